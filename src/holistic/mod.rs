//! Video → landmarks: MediaPipe Holistic on ONNX Runtime.

pub mod convert;
