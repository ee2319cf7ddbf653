//! Landmarks from pictures: MediaPipe Holistic, as its Python package 0.10.21 runs it.

mod anchors;
mod crop;
mod detection;
mod face;
mod found;
mod hands;
mod network;
mod pipeline;
mod pose;
mod refine;
mod rgb;
mod roi;
mod smoothing;
mod stage;
mod tracking;
mod warp;

pub use found::{ALL_POINTS, FACE_POINTS, HAND_POINTS, HolisticFrame, POSE_POINTS, PoseFound};
pub use network::{Model, Network, NetworkError, Runtime};
pub use pipeline::{Clock, Holistic, HolisticError, HolisticOptions};
pub use rgb::{Rgb, RgbError};
