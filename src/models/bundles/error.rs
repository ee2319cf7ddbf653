//! Why a bundle cannot be used.

use crate::models::checkpoint::CheckpointError;
use crate::models::features::StatisticsError;
use crate::models::motion_clip::MotionClipError;
use crate::models::text::TextError;
use crate::models::weights::WeightsError;
use crate::pose::LandmarkError;
use std::path::PathBuf;

/// Why a bundle cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A `config.json` that is not one of this kind of bundle.
    #[error("{}: {reason}", path.display())]
    Config {
        /// Which.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// A model whose files lie in several folders, of which one is read.
    #[error(
        "{model}: its files lie in several snapshots, {} and {}: `nashra models pull {model} --to FOLDER` brings \
         them together", folder.display(), other.display()
    )]
    Scattered {
        /// Which.
        model: String,
        /// Where it begins.
        folder: PathBuf,
        /// A file that lies elsewhere.
        other: PathBuf,
    },
    /// The text encoder, or what it was given.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Weights that are missing everywhere.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Weights that are not this network's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Statistics that are not these features'.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// MotionCLIP's.
    #[error(transparent)]
    MotionClip(#[from] MotionClipError),
    /// Numbers that make no clip, or a clip that makes no numbers.
    #[error(transparent)]
    Landmark(#[from] LandmarkError),
    /// candle's.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}
