//! What the planner asks of a lexicon, and the part of it that may be used now.

use crate::arabic::{Vocabulary, fold};
use crate::lexicon::{Category, Entry, Lexicon, Provenance, SignId};

/// What stands for a word that has no sign of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct StandIn {
    /// The sign that is made for it; none where a model makes a motion of the word itself.
    pub sign: Option<SignId>,
    /// The word that its sign is of.
    pub known_as: String,
    /// How it got here.
    pub provenance: Provenance,
}

/// What the planner asks of a lexicon. Words are in look-up form ([`fold`]).
pub trait Signs {
    /// The entry of a sign.
    fn entry(&self, id: SignId) -> &Entry;
    /// The signs that have exactly this form, best provenance first.
    fn lookup(&self, folded_words: &[&str]) -> &[SignId];
    /// The words of the longest form that begins with a word; 0 where none does.
    fn longest_form(&self, first_folded_word: &str) -> usize;
    /// The longest letter at the start of a text in display form, and the bytes that it takes.
    fn letter(&self, text: &str) -> Option<(SignId, usize)>;
    /// The sign of a number that has one.
    fn number_atom(&self, value: u64) -> Option<SignId>;
    /// The sign of a key, for what has no word of its own: `not`, `future`, `question-who`.
    fn by_key(&self, key: &str) -> Option<SignId>;
    /// What stands for a word, in display form without its article, that has none of these.
    fn stand_in(&self, _word: &str) -> Option<StandIn> {
        None
    }
}

impl Signs for Lexicon {
    fn entry(&self, id: SignId) -> &Entry {
        Lexicon::entry(self, id)
    }

    fn lookup(&self, folded_words: &[&str]) -> &[SignId] {
        Lexicon::lookup(self, folded_words)
    }

    fn longest_form(&self, first_folded_word: &str) -> usize {
        Lexicon::longest_form(self, first_folded_word)
    }

    fn letter(&self, text: &str) -> Option<(SignId, usize)> {
        Lexicon::letter(self, text)
    }

    fn number_atom(&self, value: u64) -> Option<SignId> {
        Lexicon::number_atom(self, value)
    }

    fn by_key(&self, key: &str) -> Option<SignId> {
        Lexicon::by_key(self, key)
    }
}

/// The signs that may be used: on air, all but practice signs; where everything is spelled, numbers.
#[derive(Clone, Copy)]
pub(super) struct Usable<'a> {
    pub(super) signs: &'a dyn Signs,
    pub(super) without_practice: bool,
    pub(super) spell: bool,
}

impl Usable<'_> {
    fn may_use(&self, id: SignId) -> bool {
        let entry = self.signs.entry(id);
        let is_apt =
            entry.category != Category::Letter && (!self.spell || entry.category == Category::Number);
        is_apt && !(self.without_practice && entry.provenance.is_practice())
    }

    /// The best usable sign of a form.
    pub(super) fn find(&self, folded_words: &[&str]) -> Option<SignId> {
        self.signs.lookup(folded_words).iter().copied().find(|&id| self.may_use(id))
    }

    /// Whether a form has signs, but none that may go on air.
    pub(super) fn is_refused(&self, folded_words: &[&str]) -> bool {
        let found = self.signs.lookup(folded_words);
        let is_word = |id: &SignId| self.signs.entry(*id).category != Category::Letter;
        self.without_practice && found.iter().any(is_word) && self.find(folded_words).is_none()
    }

    /// The sign of a word of grammar: of the first form that has one, else of the key.
    pub(super) fn grammatical(&self, forms: &[&str], key: &str) -> Option<SignId> {
        let by_form = forms.iter().find_map(|form| {
            let folded = fold(form);
            self.find(&folded.split(' ').collect::<Vec<_>>())
        });
        by_form.or_else(|| self.signs.by_key(key).filter(|&id| self.may_use(id)))
    }

    /// The sign of a number that has one.
    pub(super) fn number(&self, value: u64) -> Option<SignId> {
        self.signs.number_atom(value).filter(|&id| self.may_use(id))
    }

    /// The letters of a word in display form. Characters without a letter are passed over (a
    /// hamza by itself); empty where none has one. ال and لا have signs of their own, which are of the
    /// article and of the word: inside a word these are two letters (سالم is س ا ل م).
    pub(super) fn letters(&self, text: &str) -> Vec<SignId> {
        let mut letters = Vec::new();
        let mut rest = text;
        let mut begins = true;
        while let Some(first) = rest.chars().next() {
            let looked_at = if begins { rest } else { &rest[..first.len_utf8()] };
            begins = first.is_whitespace();
            match self.signs.letter(looked_at) {
                Some((id, bytes)) if bytes > 0 && rest.is_char_boundary(bytes) => {
                    letters.push(id);
                    rest = &rest[bytes..];
                }
                _ => rest = &rest[first.len_utf8()..],
            }
        }
        letters
    }
}

impl Vocabulary for Usable<'_> {
    fn contains(&self, folded_words: &[&str]) -> bool {
        self.find(folded_words).is_some()
    }

    fn longest_from(&self, first_folded_word: &str) -> usize {
        self.signs.longest_form(first_folded_word)
    }
}
