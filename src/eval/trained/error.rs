//! Why models cannot be judged.

use crate::dataset::DatasetError;
use crate::eval::baseline::FeatureError;
use crate::eval::codes::TokenError;
use crate::eval::generation::EmbeddingError;
use crate::eval::retrieval::ScoresError;
use crate::models::bundles::BundleError;
use crate::models::features::StatisticsError;
use crate::models::sign_clip::SignClipError;
use crate::train::TrainError;

/// Why models cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// There is nothing to judge by.
    #[error("expected clips in the {part} part of the split {split}, found none that can be read")]
    NoClips {
        /// Which part.
        part: &'static str,
        /// Of which split.
        split: String,
    },
    /// Nothing was made that could be judged.
    #[error("{name} made no motion for any of {words} words")]
    NothingMade {
        /// The generator.
        name: String,
        /// How many words it was asked for.
        words: usize,
    },
    /// The store's.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// SignCLIP's.
    #[error(transparent)]
    SignClip(#[from] SignClipError),
    /// A generator's.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A run's.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The neighbours'.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// Standardising.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// A ranking's.
    #[error(transparent)]
    Scores(#[from] ScoresError),
    /// A set's.
    #[error(transparent)]
    Embeddings(#[from] EmbeddingError),
    /// A codebook's.
    #[error(transparent)]
    Tokens(#[from] TokenError),
}
