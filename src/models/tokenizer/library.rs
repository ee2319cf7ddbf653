//! Vocabularies that run in the `tokenizers` library: BERT, CLIP, and any `tokenizer.json`.

use std::path::Path;

use tokenizers::{AddedToken, Tokenizer};

use super::settings::{Settings, read};
use super::text::Scheme;
use super::{SpecialTokens, TextTokenizer, TokenizerError, inspect};

#[derive(Debug)]
pub(super) struct Library {
    tokenizer: Tokenizer,
    size: usize,
    /// What the last piece of a word ends with (CLIP).
    word_end: Option<&'static str>,
}

impl Library {
    /// A `tokenizer.json`. What it says about padding and length is not followed: both are the
    /// caller's choice.
    pub(super) fn read(path: &Path) -> Result<Self, TokenizerError> {
        let bytes = read(path)?;
        inspect::check(path, &bytes)?;
        let tokenizer =
            Tokenizer::from_bytes(bytes).map_err(|e| TokenizerError::malformed(path, e.to_string()))?;
        Self::new(tokenizer, &[])
    }

    /// A tokenizer put together in code, with the tokens that are special in it.
    pub(super) fn new(mut tokenizer: Tokenizer, special: &[&str]) -> Result<Self, TokenizerError> {
        let present = special.iter().filter(|name| tokenizer.token_to_id(name).is_some());
        let special: Vec<AddedToken> = present.map(|name| AddedToken::from(*name, true)).collect();
        let prepare = TokenizerError::library("cannot prepare the tokenizer");
        tokenizer.add_special_tokens(special).map_err(prepare)?;
        tokenizer.set_encode_special_tokens(true);
        tokenizer.with_padding(None);
        let prepare = TokenizerError::library("cannot prepare the tokenizer");
        tokenizer.with_truncation(None).map_err(prepare)?;
        let size = tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1);
        Ok(Self { tokenizer, size, word_end: None })
    }

    pub(super) fn with_word_end(self, word_end: &'static str) -> Self {
        Self { word_end: Some(word_end), ..self }
    }

    pub(super) fn into_tokenizer(self, settings: &Settings) -> Result<TextTokenizer, TokenizerError> {
        let special = SpecialTokens::find(settings, |name| self.id(name));
        TextTokenizer::new(self, special)
    }
}

impl Scheme for Library {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.tokenizer.encode_fast(text, true);
        Ok(encoding.map_err(TokenizerError::library("cannot encode the text"))?.get_ids().to_vec())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let text = self.tokenizer.decode(ids, true);
        let text = text.map_err(TokenizerError::library("cannot decode the tokens"))?;
        Ok(match self.word_end {
            Some(end) => text.replace(end, " ").trim().to_owned(),
            None => text,
        })
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.id_to_token(id)
    }

    fn size(&self) -> usize {
        self.size
    }
}
