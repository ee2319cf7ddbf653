//! How far a made clip is from a recorded one, by the measures of the field.
//!
//! Papers use one name for several measures, so each [`Measure`] here says what it is in a sentence and
//! has one definition in code, taken from the code that made the published numbers:
//!
//! - [`Pipeline`]: the pose-evaluation toolkit: DTWp, nDTWp, APE
//! - [`Ham2Pose`]: nDTW-MJE, nMSE, nAPE
//! - [`JointError`]: DTW-JPE, DTW-PA-JPE, MPJPE, PA-MPJPE; [`progressive_transformers_dtw`]
//!
//! All are lower where clips are more alike, and are computed in double precision.

mod ham2pose;
mod joints;
mod measure;
mod pipeline;
mod points;
mod pointwise;
mod procrustes;
#[cfg(test)]
pub(crate) mod testing;
pub mod warp;

pub use ham2pose::Ham2Pose;
pub use joints::{Alignment, JointError, Matching, Part, progressive_transformers_dtw};
pub use measure::{Kind, Measure};
pub use pipeline::{Pipeline, Step};
pub use points::{Points, Sample};
pub use pointwise::{Gather, Pointwise};
pub use procrustes::Similarity;

use crate::pose::LandmarkError;

/// One of the two clips that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What was made.
    Hypothesis,
    /// What was recorded.
    Reference,
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Which::Hypothesis => "hypothesis",
            Which::Reference => "reference",
        })
    }
}

/// Why two clips cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum DistanceError {
    /// A clip's landmarks are not what the measure needs.
    #[error("the {which}: {reason}")]
    Landmarks {
        /// Whose.
        which: Which,
        /// What is wrong.
        reason: LandmarkError,
    },
}
