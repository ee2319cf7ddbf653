//! A TOML text that knows its lines, so that every mistake in it is reported by file and line.

use super::LexiconError;
use serde::de::DeserializeOwned;

/// A place in a document: a byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    /// Byte offset into the text.
    pub(super) at: usize,
}

impl<T> From<&toml::Spanned<T>> for Located {
    fn from(value: &toml::Spanned<T>) -> Self {
        Located { at: value.span().start }
    }
}

/// A named TOML text.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text }
    }

    /// The text as `T`.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, LexiconError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(Located { at }, error.message().to_owned())
        })
    }

    /// An error at a place of this text.
    pub(super) fn error(&self, place: Located, message: String) -> LexiconError {
        let before = &self.text.as_bytes()[..place.at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        LexiconError::Document { file: self.file.to_owned(), line, message }
    }
}
