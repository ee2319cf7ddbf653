//! What is reached without learning: nearest neighbours and class means.
//!
//! A trained retriever that does not beat these has learnt nothing that a distance does not know. Each
//! baseline gives [`crate::eval::retrieval::Scores`] of test clips and labels, so that the same metrics and
//! the same chance apply to it as to a model.

mod clip;
mod vectors;
mod warped;

pub use clip::{Axes, FeatureClip, FeatureError, Labelled};
pub use vectors::{nearest_centroid, nearest_vector};
pub use warped::Warping;
