//! What can be wrong with a text, its ids, or the folder that a text network is read from.

use crate::models::checkpoint::CheckpointError;
use crate::models::tokenizer::TokenizerError;
use candle_core::Tensor;
use std::path::PathBuf;

/// Why a network refuses its input. Inside a [`candle_core::Error`] it is wrapped, message and all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Another shape than the network takes.
    #[error("{what}: expected {expected}, found {found:?}")]
    Shape {
        /// Which input.
        what: &'static str,
        /// The shape it should have, in words or numbers.
        expected: String,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// No text, or a text of no tokens.
    #[error("{what}: expected at least one text of at least one token, found {found:?}")]
    Empty {
        /// Which input.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// More tokens than the network has positions for.
    #[error("{what}: expected at most {limit} tokens, found {found}")]
    TooLong {
        /// Which input.
        what: &'static str,
        /// The longest that fits.
        limit: usize,
        /// How long it is.
        found: usize,
    },
    /// An id that the embedding has no row for.
    #[error("{what}: expected ids from 0 to {}, found {found}", rows.saturating_sub(1))]
    UnknownId {
        /// Which input.
        what: &'static str,
        /// How many rows the embedding has.
        rows: usize,
        /// The first such id, or the largest.
        found: i64,
    },
    /// A text without the token that ends it.
    #[error("{what}: expected the end token {end} in every text, found one without")]
    NoEnd {
        /// Which input.
        what: &'static str,
        /// The end token's id.
        end: i64,
    },
}

impl InputError {
    pub(super) fn shape(what: &'static str, expected: impl Into<String>, found: &Tensor) -> Self {
        Self::Shape { what, expected: expected.into(), found: found.dims().to_vec() }
    }
}

impl From<InputError> for candle_core::Error {
    fn from(error: InputError) -> Self {
        Self::wrap(error)
    }
}

/// Why a text encoder or a translator could not be loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The folder lacks a file that the network is read from.
    #[error("{}: expected one of {expected}, found none", folder.display())]
    MissingFile {
        /// The folder.
        folder: PathBuf,
        /// Names that would do.
        expected: String,
    },
    /// A configuration cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A configuration is not what it should be.
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The weights do not load.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The tokenizer does not load, or refuses a text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The ids are not the network's.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The arithmetic failed: out of memory, a device that is gone.
    #[error("the text network failed: {0}")]
    Network(candle_core::Error),
}

impl From<candle_core::Error> for TextError {
    fn from(error: candle_core::Error) -> Self {
        Self::Network(error)
    }
}
