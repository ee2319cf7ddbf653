//! Video → landmarks: MediaPipe Holistic, as its Python package 0.10.21 runs it.

mod anchors;
pub mod convert;
mod crop;
mod detection;
mod exact;
pub mod extract;
mod face;
mod found;
mod hands;
pub mod install;
pub mod library;
mod network;
#[cfg(feature = "onnx")]
mod onnx;
pub mod parity;
mod pipeline;
mod pose;
#[cfg(test)]
mod reference_tests;
mod refine;
mod rgb;
mod roi;
mod smoothing;
mod stage;
mod tracking;
pub mod video;
mod warp;

pub use crate::stop::Stop;
pub use exact::ExactRuntime;
pub use found::{ALL_POINTS, FACE_POINTS, HAND_POINTS, HolisticFrame, POSE_POINTS, PoseFound};
pub use network::{Complexity, Model, Network, NetworkError, Output, Runtime};
#[cfg(feature = "onnx")]
pub use onnx::{OnnxOptions, OnnxRuntime};
pub use pipeline::{Clock, Holistic, HolisticError, HolisticOptions};
pub use rgb::{Rgb, RgbError};
