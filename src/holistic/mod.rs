//! Video → landmarks: MediaPipe Holistic on ONNX Runtime.

pub mod convert;
pub mod install;
pub mod library;
mod network;
#[cfg(feature = "onnx")]
mod onnx;

pub use network::{Complexity, Model, Network, NetworkError, Output, Runtime};
#[cfg(feature = "onnx")]
pub use onnx::{OnnxOptions, OnnxRuntime};
