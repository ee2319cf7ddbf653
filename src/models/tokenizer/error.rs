//! What can be wrong with a vocabulary, or with a text for it.

use std::path::{Path, PathBuf};

/// Why a tokenizer cannot be read, or a text cannot be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// A file that cannot be read or written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder without the files of this kind of tokenizer.
    #[error("{}: expected {expected}, found neither", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The files that would do.
        expected: &'static str,
    },
    /// A file that is not what its name says.
    #[error("{}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// A sound file of a kind that is not handled here.
    #[error("{}: not supported: {message}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is handled, and what was found.
        message: String,
    },
    /// A text of more tokens than the model takes.
    #[error("the text is {found} tokens long, special tokens included; the limit is {limit}")]
    TooLong {
        /// How many tokens it is.
        found: usize,
        /// How many were allowed.
        limit: usize,
    },
    /// A limit that leaves no room for the special tokens alone.
    #[error("a limit of {limit} tokens is too small: the special tokens alone are {needed}")]
    Limit {
        /// The limit.
        limit: usize,
        /// What an empty text needs.
        needed: usize,
    },
    /// A vocabulary for another model.
    #[error("the vocabulary needs {needed} embedding rows and the model has {rows}: are they of one model?")]
    Vocabulary {
        /// One more than the largest number that the tokenizer can give.
        needed: usize,
        /// How many rows the embedding has.
        rows: usize,
    },
    /// A number that no token has.
    #[error("token {id} is not in the vocabulary, whose numbers are below {size}")]
    UnknownId {
        /// The number.
        id: u32,
        /// One more than the largest known number.
        size: usize,
    },
    /// Padding asked of a vocabulary that has no token for it.
    #[error("this vocabulary has no padding token")]
    NoPadding,
    /// What the `tokenizers` library refused.
    #[error("{action}: {source}")]
    Library {
        /// What was tried.
        action: &'static str,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A vocabulary that cannot be trained.
    #[error("cannot train a vocabulary: {message}")]
    Training {
        /// What was expected and what was found.
        message: String,
    },
}

impl TokenizerError {
    pub(super) fn malformed(path: &Path, message: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), message: message.into() }
    }

    pub(super) fn unsupported(path: &Path, message: impl Into<String>) -> Self {
        Self::Unsupported { path: path.to_owned(), message: message.into() }
    }

    /// For `map_err` on what the `tokenizers` library returns.
    pub(super) fn library(
        action: &'static str,
    ) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self::Library { action, source }
    }
}
