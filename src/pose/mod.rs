//! Landmarks over time: what cameras, models and files exchange.
//!
//! A [`PoseSequence`] is `[frames, points, 3]` positions and `[frames, points]` confidences with a
//! rate and a [`Layout`] that names the points. Coordinates are the file's own (MediaPipe's image
//! pixels, x right, y down, z away from the viewer) until normalising; after it they are shoulder
//! widths, origin between the shoulders, x to the signer's left, y up, z toward the viewer.

mod body_frame;
mod bytes;
mod edit;
mod error;
mod face_mirror;
mod file;
mod header;
mod layout;
mod mirror;
mod reductions;
mod resample;
mod sequence;
#[cfg(test)]
pub(crate) mod testing;

pub use body_frame::{FACE_SIDES, Shoulders};
pub use error::{FormatError, LandmarkError, PoseFileError};
pub use file::PoseFile;
pub use layout::{Component, Layout, holistic};
pub use resample::Interpolation;
pub use sequence::{ImageSize, PoseSequence};
