//! What every source gives: clips that were found, before anything of them is read.

use super::{ImportError, Rejected};
use crate::dataset::{Dataset, Word};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// Where a source that names no signer puts its clips.
pub(super) const UNKNOWN_SIGNER: &str = "unknown";

/// A clip of a source.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Stable within its source: the path below its root, without the extension.
    pub(super) id: String,
    /// Its file or folder, for the report.
    pub(super) path: PathBuf,
    /// What its landmarks are read from.
    pub(super) landmarks: Landmarks,
    /// The word that is signed.
    pub(super) word: Word,
    pub(super) signer: String,
    /// Recorded together: a day, or an official part such as `train`. May be empty.
    pub(super) session: String,
    /// None: numbered in the order in which a signer's clips of the word are found.
    pub(super) take: Option<u32>,
    pub(super) span: Span,
    /// Frames a second where the file does not say; a `.pose` file does.
    pub(super) fps: Option<f32>,
    /// The id of the clip, in the same source, that it is a copy of.
    pub(super) copy_of: Option<String>,
}

/// What a clip's landmarks are read from.
#[derive(Clone, Debug)]
pub(super) enum Landmarks {
    /// A `.pose` or `.npy` file.
    File(PathBuf),
    /// One `.npy` file a frame, with the frames' numbers, ascending.
    Frames(Vec<(usize, PathBuf)>),
    /// A clip of another dataset.
    Stored(Arc<Dataset>, usize),
}

/// Which part of a recording is the clip.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Span {
    /// All of it.
    #[default]
    Whole,
    /// By time, seconds.
    Seconds {
        start: f64,
        /// None: until the recording ends.
        end: Option<f64>,
    },
    /// By frames, from 0, the last one not among them.
    Frames { first: usize, end: usize },
}

/// What reading a source's names gives.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) found: Vec<Found>,
    pub(super) rejected: Vec<Rejected>,
    /// ISO 639-3 code of the sign language, where the source says it.
    pub(super) language: Option<String>,
}

impl Listing {
    /// Lists something that cannot be used.
    pub(super) fn reject(&mut self, path: impl Into<PathBuf>, reason: impl Into<String>) {
        self.rejected.push(Rejected { path: path.into(), reason: reason.into() });
    }
}

/// A word known by nothing but how it is written. Its key is that, in one normal form, without spaces and
/// capitals: vowel marks stay, because عِلم and عَلَم are two words.
pub(super) fn word(written: &str) -> Word {
    let gloss = tidy(written);
    let key = gloss.to_lowercase().replace(char::is_whitespace, "-");
    Word { key, forms: vec![gloss.clone()], gloss, category: String::new() }
}

/// A word from a folder's or a file's name, where `_` stands for a space.
pub(super) fn word_of_name(name: &str) -> Word {
    word(&name.replace('_', " "))
}

/// Text in one normal form with single spaces.
pub(super) fn tidy(text: &str) -> String {
    text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number in ASCII or Arabic-Indic digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let ascii = |digit: char| match digit {
        '٠'..='٩' => char::from_digit(digit as u32 - '٠' as u32, 10),
        '۰'..='۹' => char::from_digit(digit as u32 - '۰' as u32, 10),
        _ => Some(digit),
    };
    text.trim().chars().map(ascii).collect::<Option<String>>()?.parse().ok()
}

/// A sign language's code where a source gives one.
pub(super) fn language_code(text: &str) -> Option<String> {
    let is_code = (2..=16).contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    is_code.then(|| text.to_ascii_lowercase())
}

/// A file's bytes, for lists; at most `MOST_BYTES` of them.
pub(super) fn read_list(path: &Path) -> Result<Vec<u8>, ImportError> {
    const MOST_BYTES: u64 = 1 << 30;
    let wrong = |reason: String| ImportError::List { path: path.to_owned(), reason };
    let about = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if about.len() > MOST_BYTES {
        return Err(wrong(format!("{} bytes; expected a list of at most {MOST_BYTES}", about.len())));
    }
    std::fs::read(path).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_in_two_normal_forms_has_one_key_and_vowel_marks_tell_words_apart() {
        let decomposed: String = "أمن  عام".nfd().collect();
        assert_eq!(word(&decomposed).key, "أمن-عام");
        assert_eq!(word("Good Morning").key, "good-morning");
        assert_ne!(word("عِلم").key, word("عَلَم").key);
        assert_eq!(word_of_name("وزارة_الصحة").gloss, "وزارة الصحة");
    }

    #[test]
    fn numbers_are_read_in_both_kinds_of_digits() {
        assert_eq!((number("07"), number("١٢"), number("x"), number("")), (Some(7), Some(12), None, None));
    }
}
