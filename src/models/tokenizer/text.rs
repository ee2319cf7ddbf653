//! [`TextTokenizer`]: one face for every kind of vocabulary.

use std::fmt::Debug;

use super::{SpecialTokens, TokenizerError};

/// One kind of vocabulary: how a text becomes numbers and numbers a text.
pub(super) trait Scheme: Debug + Send + Sync {
    /// The numbers of a text, special tokens included.
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError>;
    /// The text of numbers that all exist, special tokens left out.
    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError>;
    fn id(&self, token: &str) -> Option<u32>;
    fn token(&self, id: u32) -> Option<String>;
    /// One more than the largest number.
    fn size(&self) -> usize;
}

/// What is done with a text of more tokens than a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It is an error.
    Error,
    /// Its end is left out; the end token stays.
    Truncate,
}

/// Texts of one length, filled up with the padding token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBatch {
    /// How long every row is.
    pub length: usize,
    /// `[texts, length]` token numbers, row by row.
    pub ids: Vec<u32>,
    /// `[texts, length]`: 1 for a token, 0 for padding.
    pub mask: Vec<u8>,
}

/// A vocabulary and its rules, ready for any number of texts and threads.
///
/// Made by [`t5`](Self::t5), [`marian`](Self::marian), [`bert`](Self::bert) and
/// [`clip`](Self::clip) from the folders that models come in.
#[derive(Debug)]
pub struct TextTokenizer {
    scheme: Box<dyn Scheme>,
    special: SpecialTokens,
    /// How many special tokens every text gets.
    added: usize,
    /// The token that ends every text.
    end: Option<u32>,
}

impl TextTokenizer {
    /// What an empty text becomes is what frames every text.
    pub(super) fn new(scheme: impl Scheme + 'static, special: SpecialTokens) -> Result<Self, TokenizerError> {
        let frame = scheme.encode("")?;
        Ok(Self { added: frame.len(), end: frame.last().copied(), scheme: Box::new(scheme), special })
    }

    /// The token numbers of `text`, with the special tokens that the model wants and no padding.
    ///
    /// # Errors
    ///
    /// If the `tokenizers` library refuses the text, which no known text makes it do.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        self.scheme.encode(text)
    }

    /// Like [`encode`](Self::encode), but at most `limit` tokens, special tokens included.
    ///
    /// # Errors
    ///
    /// If the text is longer and `overflow` says that this is an error, or if `limit` leaves no
    /// room for the special tokens.
    pub fn encode_bounded(
        &self,
        text: &str,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Vec<u32>, TokenizerError> {
        if limit < self.added {
            return Err(TokenizerError::Limit { limit, needed: self.added });
        }
        let mut ids = self.encode(text)?;
        if ids.len() > limit {
            if overflow == Overflow::Error {
                return Err(TokenizerError::TooLong { found: ids.len(), limit });
            }
            ids.truncate(limit);
            if let (Some(last), Some(end)) = (ids.last_mut(), self.end) {
                *last = end;
            }
        }
        Ok(ids)
    }

    /// Exactly `length` tokens: [`encode_bounded`](Self::encode_bounded), then padding. CLIP wants
    /// [`CLIP_CONTEXT`](super::CLIP_CONTEXT).
    ///
    /// # Errors
    ///
    /// Those of [`encode_bounded`](Self::encode_bounded), and a vocabulary without padding token.
    pub fn encode_padded(
        &self,
        text: &str,
        length: usize,
        overflow: Overflow,
    ) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = self.encode_bounded(text, length, overflow)?;
        if ids.len() < length {
            ids.resize(length, self.special.pad.ok_or(TokenizerError::NoPadding)?);
        }
        Ok(ids)
    }

    /// Several texts, each of at most `limit` tokens, padded at their ends to the longest.
    ///
    /// # Errors
    ///
    /// Those of [`encode_bounded`](Self::encode_bounded), and a vocabulary without padding token if
    /// the texts are not equally long.
    pub fn encode_batch(
        &self,
        texts: &[&str],
        limit: usize,
        overflow: Overflow,
    ) -> Result<TokenBatch, TokenizerError> {
        let rows = texts.iter().map(|text| self.encode_bounded(text, limit, overflow));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let length = rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut batch = TokenBatch { length, ids: Vec::new(), mask: Vec::new() };
        for row in rows {
            let padding = length - row.len();
            batch.mask.extend(row.iter().map(|_| 1));
            batch.ids.extend(row);
            if padding > 0 {
                let pad = self.special.pad.ok_or(TokenizerError::NoPadding)?;
                batch.ids.extend(std::iter::repeat_n(pad, padding));
                batch.mask.extend(std::iter::repeat_n(0, padding));
            }
        }
        Ok(batch)
    }

    /// The text of `ids`. Special tokens and the unknown token are left out. Of a Marian pair this
    /// is the target side.
    ///
    /// # Errors
    ///
    /// If a number is in no vocabulary, such as that of a row that only pads an embedding.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let unknown = ids.iter().find(|id| self.scheme.token(**id).is_none());
        match unknown {
            Some(id) => Err(TokenizerError::UnknownId { id: *id, size: self.vocab_size() }),
            None => self.scheme.decode(ids),
        }
    }

    /// One more than the largest token number: how many embedding rows are needed.
    pub fn vocab_size(&self) -> usize {
        self.scheme.size()
    }

    /// Whether every token has its row in an embedding `[embedding_rows, width]`. More rows than
    /// tokens are usual: AraT5 fills its embedding up to a multiple of 128.
    ///
    /// # Errors
    ///
    /// If there are fewer rows than needed, which means a vocabulary of another model.
    pub fn check_vocabulary(&self, embedding_rows: usize) -> Result<(), TokenizerError> {
        let needed = self.vocab_size();
        if needed > embedding_rows {
            return Err(TokenizerError::Vocabulary { needed, rows: embedding_rows });
        }
        Ok(())
    }

    /// The special tokens by role.
    pub fn special(&self) -> &SpecialTokens {
        &self.special
    }

    /// The number of a token by its exact text (`▁ال`, `##ing`, `</s>`).
    pub fn id(&self, token: &str) -> Option<u32> {
        self.scheme.id(token)
    }

    /// The text of a token.
    pub fn token(&self, id: u32) -> Option<String> {
        self.scheme.token(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter is its code point; 1 begins and 2 ends a text.
    #[derive(Debug)]
    struct Letters;

    impl Scheme for Letters {
        fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
            Ok([1].into_iter().chain(text.chars().map(u32::from)).chain([2]).collect())
        }

        fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
            Ok(ids.iter().filter_map(|id| char::from_u32(*id)).collect())
        }

        fn id(&self, token: &str) -> Option<u32> {
            token.chars().next().map(u32::from)
        }

        fn token(&self, id: u32) -> Option<String> {
            char::from_u32(id).filter(|c| c.is_ascii()).map(String::from)
        }

        fn size(&self) -> usize {
            128
        }
    }

    fn letters(pad: Option<u32>) -> TextTokenizer {
        TextTokenizer::new(Letters, SpecialTokens { pad, ..SpecialTokens::default() }).unwrap()
    }

    #[test]
    fn truncating_keeps_the_end_token() {
        let letters = letters(None);
        assert_eq!(letters.encode_bounded("abcd", 6, Overflow::Error).unwrap(), [1, 97, 98, 99, 100, 2]);
        assert_eq!(letters.encode_bounded("abcd", 4, Overflow::Truncate).unwrap(), [1, 97, 98, 2]);
        assert_eq!(letters.encode_bounded("abcd", 2, Overflow::Truncate).unwrap(), [1, 2]);
        let error = letters.encode_bounded("abcd", 5, Overflow::Error).unwrap_err();
        assert!(matches!(error, TokenizerError::TooLong { found: 6, limit: 5 }));
        let error = letters.encode_bounded("", 1, Overflow::Truncate).unwrap_err();
        assert!(matches!(error, TokenizerError::Limit { limit: 1, needed: 2 }));
    }

    #[test]
    fn padding_needs_a_token_only_where_there_is_something_to_pad() {
        let padded = letters(Some(0)).encode_padded("a", 5, Overflow::Error).unwrap();
        assert_eq!(padded, [1, 97, 2, 0, 0]);
        assert_eq!(letters(None).encode_padded("a", 3, Overflow::Error).unwrap(), [1, 97, 2]);
        let error = letters(None).encode_padded("a", 4, Overflow::Error).unwrap_err();
        assert!(matches!(error, TokenizerError::NoPadding));
    }

    #[test]
    fn a_batch_is_as_long_as_its_longest_text_and_masks_its_padding() {
        let batch = letters(Some(0)).encode_batch(&["a", "abc"], 4, Overflow::Truncate).unwrap();
        let expected = TokenBatch {
            length: 4,
            ids: vec![1, 97, 2, 0, 1, 97, 98, 2],
            mask: vec![1, 1, 1, 0, 1, 1, 1, 1],
        };
        assert_eq!(batch, expected);
        assert_eq!(letters(None).encode_batch(&[], 4, Overflow::Error).unwrap().length, 0);
    }

    #[test]
    fn an_embedding_may_have_more_rows_than_tokens_but_not_fewer() {
        assert!(letters(None).check_vocabulary(128).is_ok());
        assert!(letters(None).check_vocabulary(256).is_ok());
        let error = letters(None).check_vocabulary(127).unwrap_err();
        assert!(error.to_string().contains("needs 128 embedding rows and the model has 127"), "{error}");
    }

    #[test]
    fn decoding_refuses_numbers_without_a_token() {
        assert_eq!(letters(None).decode(&[97, 98]).unwrap(), "ab");
        assert!(matches!(
            letters(None).decode(&[97, 200]),
            Err(TokenizerError::UnknownId { id: 200, size: 128 })
        ));
    }
}
