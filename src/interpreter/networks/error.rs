//! Why a network cannot be used for signing.

use crate::lexicon::LexiconError;
use crate::models::bundles::BundleError;
use crate::models::sign_clip::{IndexError, SignClipError};
use crate::models::weights::WeightsError;
use std::path::PathBuf;

/// Why a model that is there cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Nothing says what it was trained on.
    #[error(
        "cannot read {}: {reason}; a model signs only with a card that says what it was trained on (README: \
         Models)", path.display()
    )]
    NoCard {
        /// Where it should be.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A card that is none.
    #[error("{}: {reason}", path.display())]
    Card {
        /// Which.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// Looking for it failed.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A generator's folder.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// SignCLIP's folder.
    #[error(transparent)]
    SignClip(#[from] SignClipError),
    /// The index of the lexicon.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A sign that cannot be read to be indexed.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
}
