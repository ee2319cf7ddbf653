//! What reads outside bytes and is nobody's business but the fuzz targets'.

use super::{codec, import};
use crate::pose::{Layout, PoseSequence};
use std::sync::Arc;

/// A stored clip.
///
/// # Errors
/// What is wrong with it.
pub fn clip(bytes: &[u8], layouts: &[Arc<Layout>]) -> Result<PoseSequence, String> {
    codec::decode(bytes, layouts)
}

/// The values of a `.npy` file.
///
/// # Errors
/// What is wrong with it.
pub fn npy(bytes: &[u8]) -> Result<Vec<f32>, String> {
    import::npy_values(bytes)
}
