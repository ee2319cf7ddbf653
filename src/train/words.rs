//! What the words of a dataset are called: its gloss and the other forms that sign it.
//!
//! A word is trained by all of its forms, so that «الوزارة» finds what «وزارة» is; it is judged by its
//! gloss, which is what signing asks for.

use crate::dataset::Word;
use crate::models::layers::Noise;
use crate::models::tokenizer::{Overflow, TextTokenizer, TokenizerError};

/// The texts of each word: the gloss first. `[words][forms]`
#[derive(Clone, Debug)]
pub struct WordTexts(Vec<Vec<String>>);

impl WordTexts {
    /// Of a dataset's words; without forms where only glosses are wanted.
    pub fn new(words: &[Word], with_forms: bool) -> Self {
        let of = |word: &Word| {
            let mut texts = vec![word.gloss.clone()];
            let forms = word.forms.iter().filter(|form| with_forms && **form != word.gloss);
            texts.extend(forms.cloned());
            texts
        };
        Self(words.iter().map(of).collect())
    }

    /// Each text as something else, such as its translation.
    ///
    /// # Errors
    /// The first that cannot be.
    pub fn map<E>(&self, mut change: impl FnMut(&str) -> Result<String, E>) -> Result<Self, E> {
        let word = |texts: &Vec<String>| texts.iter().map(|text| change(text)).collect::<Result<_, E>>();
        Ok(Self(self.0.iter().map(word).collect::<Result<_, E>>()?))
    }

    /// All texts, word by word.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// A word's gloss; empty for a word that is none.
    pub fn gloss(&self, word: u32) -> &str {
        self.0.get(word as usize).and_then(|texts| texts.first()).map_or("", String::as_str)
    }

    /// The texts of each word.
    pub fn by_word(&self) -> &[Vec<String>] {
        &self.0
    }

    /// Their tokens.
    ///
    /// # Errors
    /// The tokenizer's.
    pub fn tokens(
        &self,
        tokenizer: &TextTokenizer,
        limit: usize,
        overflow: Overflow,
    ) -> Result<WordTokens, TokenizerError> {
        let of = |texts: &Vec<String>| {
            texts.iter().map(|text| tokenizer.encode_bounded(text, limit, overflow)).collect()
        };
        let tokens = self.0.iter().map(of).collect::<Result<_, TokenizerError>>()?;
        Ok(WordTokens { tokens, pad: tokenizer.special().pad.unwrap_or(0) })
    }
}

/// The texts of each word as tokens.
#[derive(Clone, Debug)]
pub struct WordTokens {
    /// `[words][forms][tokens]`
    tokens: Vec<Vec<Vec<u32>>>,
    pad: u32,
}

/// Texts side by side, the shorter ones filled up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRows {
    /// `[texts, length]`
    pub ids: Vec<u32>,
    /// `[texts, length]`, 1 where a token is.
    pub mask: Vec<u8>,
    /// Texts and length.
    pub shape: (usize, usize),
}

impl WordTokens {
    /// The glosses of words.
    pub fn glosses(&self, words: &[u32]) -> TokenRows {
        self.rows(words.iter().map(|&word| self.texts(word).first()))
    }

    /// One text of each word, whichever `noise` picks.
    pub fn any(&self, words: &[u32], noise: &Noise) -> TokenRows {
        let pick = |&word: &u32| {
            let texts = self.texts(word);
            texts.get(noise.below(texts.len() as u32) as usize)
        };
        // Collected first: rows are laid out when the longest is known.
        let picked: Vec<Option<&Vec<u32>>> = words.iter().map(pick).collect();
        self.rows(picked.into_iter())
    }

    fn texts(&self, word: u32) -> &[Vec<u32>] {
        self.tokens.get(word as usize).map_or(&[], Vec::as_slice)
    }

    fn rows<'a>(&self, texts: impl Iterator<Item = Option<&'a Vec<u32>>>) -> TokenRows {
        let texts: Vec<&[u32]> = texts.map(|text| text.map_or(&[][..], Vec::as_slice)).collect();
        let length = texts.iter().map(|text| text.len()).max().unwrap_or(0).max(1);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for (row, text) in texts.iter().enumerate() {
            ids.extend_from_slice(text);
            ids.resize((row + 1) * length, self.pad);
            mask.resize(row * length + text.len(), 1);
            mask.resize((row + 1) * length, 0);
        }
        TokenRows { ids, mask, shape: (texts.len(), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tokenizer::WordPieces;

    fn words() -> Vec<Word> {
        let word = |gloss: &str, forms: &[&str]| Word {
            key: gloss.to_owned(),
            gloss: gloss.to_owned(),
            category: "other".to_owned(),
            forms: forms.iter().map(|form| (*form).to_owned()).collect(),
        };
        vec![word("وزارة", &["وزارة", "الوزارة"]), word("مشفى", &[])]
    }

    #[test]
    fn a_words_texts_are_its_gloss_and_its_other_forms() {
        let texts = WordTexts::new(&words(), true);
        assert_eq!(texts.by_word()[0], ["وزارة", "الوزارة"]);
        assert_eq!(WordTexts::new(&words(), false).all().count(), 2);
        assert_eq!((texts.gloss(1), texts.gloss(7)), ("مشفى", ""));
    }

    #[test]
    fn rows_are_as_long_as_the_longest_and_masked_after_their_ends() {
        let texts = WordTexts::new(&words(), true);
        let tokenizer = WordPieces::train(texts.all(), 30).unwrap().tokenizer().unwrap();
        let tokens = texts.tokens(&tokenizer, 20, Overflow::Truncate).unwrap();
        let rows = tokens.glosses(&[1, 0]);
        let lengths: Vec<usize> =
            rows.mask.chunks(rows.shape.1).map(|row| row.iter().filter(|&&m| m == 1).count()).collect();
        assert_eq!(rows.shape.0, 2);
        assert_eq!(*lengths.iter().max().unwrap(), rows.shape.1);
        let own = tokenizer.encode("مشفى").unwrap();
        assert_eq!(&rows.ids[..own.len()], own);
        let noise = Noise::new(1, 1);
        let picked: Vec<TokenRows> = (0..20).map(|_| tokens.any(&[0], &noise)).collect();
        assert!(picked.iter().any(|rows| *rows != picked[0]));
    }
}
