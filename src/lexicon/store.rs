//! The lexicon itself: all entries, found by word, letter and number.
//!
//! Words are found by hash, so a lookup costs the same among a hundred signs and a hundred
//! thousand. Where several signs have one form, recordings come before practice signs, and what was
//! imported later before what was imported earlier.

use super::compile::compile;
use super::import::Span;
use super::notation::Notation;
use super::recording::{self, RecentClips};
use super::signs::WrittenSign;
use super::{Entry, LexiconError, Provenance, SignClip, SignId};
use crate::arabic::fold;
use crate::body::Motion;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

/// Signs, letters and numbers.
#[derive(Debug, Default)]
pub struct Lexicon {
    entries: Vec<Entry>,
    sources: Vec<Source>,
    by_key: HashMap<Box<str>, SignId>,
    by_form: HashMap<Box<str>, Vec<SignId>>,
    longest: HashMap<Box<str>, usize>,
    letters: HashMap<Box<str>, SignId>,
    /// Letters that are signed as others: the letter, and whose sign it takes.
    letter_aliases: HashMap<Box<str>, Box<str>>,
    longest_letter: usize,
    numbers: HashMap<u64, SignId>,
    /// Where the import that is being added begins; what was there before comes after it.
    batch: u32,
    recent: RecentClips,
}

/// Where an entry's motion comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// Compiled when first asked for.
    Notated { notation: Arc<Notation>, compiled: OnceLock<Arc<Motion>> },
    /// There already.
    Made(Arc<Motion>),
    /// Read when first signed.
    Recorded { folder: Arc<Path>, path: Box<str>, span: Span },
}

impl Lexicon {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in the order they were loaded.
    pub fn entries(&self) -> impl Iterator<Item = (SignId, &Entry)> {
        (0u32..).map(SignId).zip(&self.entries)
    }

    /// An entry of this lexicon.
    ///
    /// # Panics
    /// Where the number is another lexicon's.
    pub fn entry(&self, id: SignId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// The sign of a key: `ministry-of-health`, `not`, `question-who`.
    pub fn by_key(&self, key: &str) -> Option<SignId> {
        self.by_key.get(key).copied()
    }

    /// The signs that have exactly this form, folded, one or several words; the best provenance
    /// first. Empty where none has.
    pub fn lookup(&self, folded_words: &[&str]) -> &[SignId] {
        let found = match folded_words {
            [word] => self.by_form.get(*word),
            words => self.by_form.get(words.join(" ").as_str()),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// How many words the longest form has that begins with this folded word; 0 when none does.
    pub fn longest_form(&self, first_folded_word: &str) -> usize {
        self.longest.get(first_folded_word).copied().unwrap_or(0)
    }

    /// The longest letter (or ligature, such as لا) at the start of a text in surface form, and the
    /// bytes that it takes.
    pub fn letter(&self, text: &str) -> Option<(SignId, usize)> {
        let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(self.longest_letter);
        let ends: Vec<usize> = ends.collect();
        ends.into_iter().rev().find_map(|end| self.whole_letter(&text[..end]).map(|id| (id, end)))
    }

    /// A letter's own sign, else that of the letter it is signed as.
    fn whole_letter(&self, letter: &str) -> Option<SignId> {
        let own = self.letters.get(letter);
        own.or_else(|| self.letters.get(self.letter_aliases.get(letter)?)).copied()
    }

    /// The sign of a number that has one: 0 to 10, the tens, 100, 1000 and its powers to a million
    /// million.
    pub fn number_atom(&self, value: u64) -> Option<SignId> {
        self.numbers.get(&value).copied()
    }

    /// How a sign moves. Notated signs are compiled when first asked for.
    ///
    /// # Errors
    /// [`LexiconError::NoSuchSign`] for another lexicon's number; [`LexiconError::Recording`] where
    /// a recording cannot be read.
    pub fn clip(&self, id: SignId) -> Result<SignClip, LexiconError> {
        match self.sources.get(id.0 as usize) {
            None => Err(LexiconError::NoSuchSign { number: id.0, count: self.len() }),
            Some(Source::Made(motion)) => Ok(SignClip::Notated(motion.clone())),
            Some(Source::Notated { notation, compiled }) => {
                Ok(SignClip::Notated(compiled.get_or_init(|| Arc::new(compile(notation))).clone()))
            }
            Some(Source::Recorded { folder, path, span }) => {
                let read = || recording::read(&folder.join(&**path), *span);
                self.recent.get_or_read(id.0, read).map(SignClip::Recorded)
            }
        }
    }

    /// A text that changes when a sign's motion may have changed, without reading it: for whoever keeps
    /// what was computed of it. Empty for another lexicon's number.
    pub fn stamp(&self, id: SignId) -> String {
        match self.sources.get(id.0 as usize) {
            None => String::new(),
            Some(Source::Made(_)) => env!("CARGO_PKG_VERSION").to_owned(),
            Some(Source::Notated { notation, .. }) => {
                let digest = Sha256::digest(format!("{notation:?}"));
                let digest = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>();
                format!("{} {digest}", env!("CARGO_PKG_VERSION"))
            }
            Some(Source::Recorded { folder, path, span }) => {
                let file = folder.join(&**path);
                let about = std::fs::metadata(&file).ok();
                let changed = about.as_ref().and_then(|about| about.modified().ok());
                let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                let bytes = about.map_or(0, |about| about.len());
                format!("{} {span:?} {bytes} {}", file.display(), changed.unwrap_or_default().as_millis())
            }
        }
    }

    pub(super) fn add_written(&mut self, sign: WrittenSign) -> SignId {
        let source = Source::Notated { notation: sign.notation, compiled: OnceLock::new() };
        let id = self.add(sign.entry, source);
        if let Some(value) = sign.value {
            self.numbers.insert(value, id);
        }
        id
    }

    /// Adds a letter, found by its own spelling.
    pub(super) fn add_letter(&mut self, letter: &str, entry: Entry, source: Source) -> SignId {
        let id = self.add(entry, source);
        self.longest_letter = self.longest_letter.max(letter.chars().count());
        let kept = self.letters.entry(letter.into()).or_insert(id);
        if kept.0 < self.batch {
            *kept = id;
        }
        id
    }

    /// Lets a letter without a sign take another's.
    pub(super) fn add_letter_alias(&mut self, letter: &str, signed_as: &str) {
        self.longest_letter = self.longest_letter.max(letter.chars().count());
        self.letter_aliases.insert(letter.into(), signed_as.into());
    }

    /// What is added from here on comes before what is there, among signs of one provenance.
    pub(super) fn begin_batch(&mut self) {
        self.batch = self.entries.len() as u32;
    }

    /// Adds an entry and makes its forms found.
    pub(super) fn add(&mut self, entry: Entry, source: Source) -> SignId {
        let folded: Vec<String> = entry.forms.iter().map(|form| fold(form)).collect();
        self.add_folded(entry, &folded, source)
    }

    /// As [`Self::add`], the forms folded already.
    pub(super) fn add_folded(&mut self, entry: Entry, folded: &[String], source: Source) -> SignId {
        let id = SignId(self.entries.len() as u32);
        for form in folded {
            self.add_form(form, id, &entry.provenance);
        }
        self.by_key.insert(entry.key.as_str().into(), id);
        self.entries.push(entry);
        self.sources.push(source);
        id
    }

    fn add_form(&mut self, folded: &str, id: SignId, provenance: &Provenance) {
        let words = folded.split(' ').count();
        let first = folded.split(' ').next().unwrap_or_default();
        match self.longest.get_mut(first) {
            Some(longest) => *longest = words.max(*longest),
            None => {
                self.longest.insert(first.into(), words);
            }
        }
        let rank = rank(provenance);
        let entries = &self.entries;
        let ids = self.by_form.entry(folded.into()).or_default();
        if !ids.contains(&id) {
            let batch = self.batch;
            let worse = |other: &SignId| {
                let other_rank = entries.get(other.0 as usize).map_or(rank, |e| self::rank(&e.provenance));
                other_rank > rank || (other_rank == rank && other.0 < batch)
            };
            let at = ids.iter().position(worse).unwrap_or(ids.len());
            ids.insert(at, id);
        }
    }
}

/// The order in which signs of one form are offered; smaller is better.
fn rank(provenance: &Provenance) -> u8 {
    match provenance {
        Provenance::Recorded { .. } => 0,
        Provenance::Retrieved { .. } => 1,
        Provenance::Generated { .. } => 2,
        Provenance::Letter { .. } => 3,
        Provenance::Practice => 4,
    }
}
