//! What can be wrong with a MotionCLIP and what it is given.

use crate::models::checkpoint::CheckpointError;
use std::path::PathBuf;

/// Why a MotionCLIP cannot be made or run.
#[derive(Debug, thiserror::Error)]
pub enum MotionClipError {
    /// Sizes that no network has.
    #[error("MotionCLIP's configuration: {reason}")]
    Config {
        /// What was expected and what was found.
        reason: String,
    },
    /// A tensor of another shape than the network takes.
    #[error("MotionCLIP's {what}: expected {expected}, found {found:?}")]
    Shape {
        /// Which tensor.
        what: &'static str,
        /// The shape that it should have.
        expected: String,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// A motion without frames, or with more than memory allows for.
    #[error("MotionCLIP: motions of {found:?} frames: expected one or more motions of 1 to {limit} frames")]
    Frames {
        /// The numbers of frames asked for.
        found: Vec<usize>,
        /// The most that one may have.
        limit: usize,
    },
    /// A folder that cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// Weights that are not this network's.
    #[error(transparent)]
    Weights(Box<CheckpointError>),
    /// candle's.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl From<CheckpointError> for MotionClipError {
    fn from(error: CheckpointError) -> Self {
        Self::Weights(Box::new(error))
    }
}
