//! What can be wrong with a SignCLIP and what it is given.

use crate::models::checkpoint::CheckpointError;
use crate::models::features::StatisticsError;
use crate::models::tokenizer::TokenizerError;
use crate::pose::LandmarkError;
use std::path::PathBuf;

/// Why a SignCLIP cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum SignClipError {
    /// Parts that contradict each other.
    #[error("SignCLIP's configuration: {reason}")]
    Config {
        /// What was expected and what was found.
        reason: String,
    },
    /// A tensor of another shape than the network takes.
    #[error("SignCLIP's {what}: expected {expected}, found {found:?}")]
    Shape {
        /// Which tensor.
        what: &'static str,
        /// The shape that it should have.
        expected: String,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// A clip that has nothing to be embedded, or too much.
    #[error("a clip of {found} frames: expected 1 to {limit}")]
    Frames {
        /// Frames of the clip.
        found: usize,
        /// The most that this model reads.
        limit: usize,
    },
    /// Landmarks that cannot be brought to the model's.
    #[error("the landmarks do not fit SignCLIP: {0}")]
    Landmarks(#[from] LandmarkError),
    /// A text with nothing in it.
    #[error("a text without a letter: expected something to embed")]
    EmptyText,
    /// The model reads translations, and nothing translates.
    #[error(
        "this SignCLIP reads translated texts (`translate` in its config.json), and no translator was given"
    )]
    NoTranslator,
    /// The translator failed.
    #[error("cannot translate {text:?} for SignCLIP: {reason}")]
    Translation {
        /// What was to be translated.
        text: String,
        /// What the translator said.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tokenizer that lacks a token.
    #[error("SignCLIP's tokenizer has no {token}")]
    NoToken {
        /// Which.
        token: &'static str,
    },
    /// A file that is missing or is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// Statistics that are not the landmarks'.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// A tokenizer that cannot be read, or a text over length.
    #[error(transparent)]
    Tokenizer(Box<TokenizerError>),
    /// Weights that are not this network's.
    #[error(transparent)]
    Weights(Box<CheckpointError>),
    /// candle's.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl From<CheckpointError> for SignClipError {
    fn from(error: CheckpointError) -> Self {
        Self::Weights(Box::new(error))
    }
}

impl From<TokenizerError> for SignClipError {
    fn from(error: TokenizerError) -> Self {
        Self::Tokenizer(Box::new(error))
    }
}
