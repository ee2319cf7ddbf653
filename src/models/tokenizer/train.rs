//! A small vocabulary of one's own, for text encoders that are trained from nothing.
//!
//! Pieces are made as byte pairs are (Sennrich et al. 2016): single letters first, then again and
//! again the most frequent pair of neighbours. The `tokenizers` library trains as well, but numbers
//! its pieces in another order at each run; here equal texts give equal files.

use std::collections::BTreeMap;
use std::path::Path;

use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::tokenizer::{Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

use super::bert::{SPECIAL, word_piece};
use super::library::Library;
use super::settings::Settings;
use super::{TextTokenizer, TokenizerError};

/// What a piece inside a word begins with.
const INSIDE: &str = "##";

/// A trained vocabulary in BERT's manner: `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`, then letters
/// and pieces. Case, vowel marks and the hamza on a letter are not told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordPieces {
    tokens: Vec<String>,
}

/// A word as pieces, and how often it was seen.
struct Word {
    pieces: Vec<String>,
    count: usize,
}

impl WordPieces {
    /// Trains on `texts`. The vocabulary has at most `size` tokens, special ones included, and
    /// fewer where no pair of pieces is left that was seen twice. If there are more letters than
    /// room, the rarest are left out.
    ///
    /// # Errors
    ///
    /// If the texts hold no word, or `size` has no room for one letter.
    pub fn train<'a>(texts: impl IntoIterator<Item = &'a str>, size: usize) -> Result<Self, TokenizerError> {
        if size <= SPECIAL.len() {
            let message = format!("expected a size above {}, found {size}", SPECIAL.len());
            return Err(TokenizerError::Training { message });
        }
        let mut words = words(texts)?;
        if words.is_empty() {
            return Err(TokenizerError::Training { message: "the texts hold no word".to_owned() });
        }
        let mut tokens: Vec<String> = SPECIAL.map(str::to_owned).to_vec();
        tokens.extend(letters(&words).into_iter().take(size - SPECIAL.len()));
        while tokens.len() < size
            && let Some((left, right)) = most_frequent_pair(&words)
        {
            let made = joined(&left, &right);
            words.iter_mut().for_each(|word| word.merge(&left, &right, &made));
            if !tokens.contains(&made) {
                tokens.push(made);
            }
        }
        Ok(Self { tokens })
    }

    /// Writes `tokenizer.json` into `folder`, which [`TextTokenizer::bert`] reads.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), TokenizerError> {
        let path = folder.join("tokenizer.json");
        let json =
            self.build()?.to_string(true).map_err(TokenizerError::library("cannot write the vocabulary"))?;
        std::fs::write(&path, json + "\n").map_err(|source| TokenizerError::Io {
            path,
            action: "cannot write it",
            source,
        })
    }

    /// The same tokenizer as that of a saved file.
    ///
    /// # Errors
    ///
    /// If the `tokenizers` library refuses the vocabulary, which no trained one makes it do.
    pub fn tokenizer(&self) -> Result<TextTokenizer, TokenizerError> {
        Library::new(self.build()?, &SPECIAL)?.into_tokenizer(&Settings::default())
    }

    fn build(&self) -> Result<tokenizers::Tokenizer, TokenizerError> {
        let tokens = self.tokens.iter().cloned().zip(0..).collect();
        let mut tokenizer = word_piece(Path::new("the trained vocabulary"), tokens, normaliser())?;
        let special = SPECIAL.map(|name| tokenizers::AddedToken::from(name, true));
        let prepare = TokenizerError::library("cannot prepare the tokenizer");
        tokenizer.add_special_tokens(special).map_err(prepare)?;
        Ok(tokenizer)
    }
}

fn normaliser() -> BertNormalizer {
    BertNormalizer::new(true, true, Some(true), true)
}

/// The distinct words, in the order of the alphabet.
fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<Word>, TokenizerError> {
    let mut counts = BTreeMap::<String, usize>::new();
    for text in texts {
        let mut text = PreTokenizedString::from(text);
        let split = text
            .normalize(|part| normaliser().normalize(part))
            .and_then(|()| BertPreTokenizer.pre_tokenize(&mut text));
        split.map_err(TokenizerError::library("cannot split a text into words"))?;
        for (word, _, _) in text.get_splits(OffsetReferential::Original, OffsetType::Byte) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    let words = counts.into_iter().map(|(word, count)| {
        let letters = word.chars().enumerate();
        let pieces = letters
            .map(|(at, letter)| if at == 0 { letter.to_string() } else { format!("{INSIDE}{letter}") });
        Word { pieces: pieces.collect(), count }
    });
    Ok(words.filter(|word| !word.pieces.is_empty()).collect())
}

/// The single letters, the most frequent first.
fn letters(words: &[Word]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for word in words {
        for piece in &word.pieces {
            *counts.entry(piece).or_default() += word.count;
        }
    }
    let mut letters: Vec<(&str, usize)> = counts.into_iter().collect();
    letters.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    letters.into_iter().map(|(letter, _)| letter.to_owned()).collect()
}

/// The pair seen most often, and at least twice; of equals the first in the alphabet.
fn most_frequent_pair(words: &[Word]) -> Option<(String, String)> {
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    for word in words {
        for (left, right) in word.pieces.iter().zip(word.pieces.iter().skip(1)) {
            *counts.entry((left, right)).or_default() += word.count;
        }
    }
    let best = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    let ((left, right), count) = best;
    (count > 1).then(|| (left.to_owned(), right.to_owned()))
}

fn joined(left: &str, right: &str) -> String {
    format!("{left}{}", right.strip_prefix(INSIDE).unwrap_or(right))
}

impl Word {
    /// Puts every `left` together with the `right` that follows it.
    fn merge(&mut self, left: &str, right: &str, made: &str) {
        let mut merged: Vec<String> = Vec::with_capacity(self.pieces.len());
        let mut may_join = false;
        for piece in self.pieces.drain(..) {
            if let Some(last) = merged.last_mut().filter(|last| may_join && *last == left && piece == right) {
                made.clone_into(last);
                may_join = false;
            } else {
                merged.push(piece);
                may_join = true;
            }
        }
        self.pieces = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = ["الوزير يصل إلى العاصمة", "الوزير يغادر العاصمة", "العاصِمة تستقبل الوزير"];

    #[test]
    fn frequent_words_become_one_token_and_marks_do_not_matter() {
        let tokenizer = WordPieces::train(TEXTS, 80).unwrap().tokenizer().unwrap();
        let word = tokenizer.id("العاصمة").unwrap();
        assert_eq!(tokenizer.encode("العاصِمة").unwrap(), [2, word, 3]);
        assert_eq!(tokenizer.special().pad, Some(0));
        assert_eq!(tokenizer.decode(&tokenizer.encode("الوزير يصل").unwrap()).unwrap(), "الوزير يصل");
    }

    #[test]
    fn a_saved_vocabulary_reads_back_the_same_and_training_repeats() {
        let (trained, again) = (WordPieces::train(TEXTS, 50).unwrap(), WordPieces::train(TEXTS, 50).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let saved = |pieces: &WordPieces| {
            pieces.save(folder.path()).unwrap();
            std::fs::read_to_string(folder.path().join("tokenizer.json")).unwrap()
        };
        assert_eq!(saved(&trained), saved(&again));
        let read = TextTokenizer::bert(folder.path()).unwrap();
        assert!(read.vocab_size() <= 50);
        assert_eq!(read.vocab_size(), trained.tokens.len());
        assert_eq!(*read.special(), *trained.tokenizer().unwrap().special());
        for text in TEXTS.iter().chain(&["كلمة غريبة 😀", "", "[SEP]"]) {
            assert_eq!(read.encode(text).unwrap(), trained.tokenizer().unwrap().encode(text).unwrap());
        }
    }

    #[test]
    fn a_vocabulary_without_room_or_words_is_refused() {
        assert!(WordPieces::train(TEXTS, 5).unwrap_err().to_string().contains("above 5, found 5"));
        assert!(WordPieces::train(["  "], 50).unwrap_err().to_string().contains("no word"));
        assert_eq!(WordPieces::train(TEXTS, 7).unwrap().tokens.len(), 7);
    }

    #[test]
    fn repeated_letters_are_paired_from_the_left() {
        let mut word = Word { pieces: ["##a", "##a", "##a"].map(str::to_owned).to_vec(), count: 1 };
        word.merge("##a", "##a", "##aa");
        assert_eq!(word.pieces, ["##aa", "##a"]);
    }
}
