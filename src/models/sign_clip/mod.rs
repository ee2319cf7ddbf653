//! SignCLIP (Jiang et al. 2024): landmarks and written text in one space, so that a word finds its sign.
//!
//! [`SignClip`] is what a folder holds: weights, tokenizer, preprocessing. [`SignClipNetwork`] is the two
//! towers with the reference's key names (`MMFusionSeparate`), for training too. [`EmbeddingIndex`] keeps
//! what was embedded and finds the nearest.
//!
//! Three presets: the reference's as its authors released it (dot products of mean-pooled hidden states,
//! no temperature), the SyriSign paper's, and one with what the reference's own ablations found better.

mod config;
mod error;
mod features;
#[cfg(test)]
mod folder_tests;
mod index;
mod loss;
mod model;
mod network;
#[cfg(test)]
mod tests;
mod text_tower;
mod video_tower;

pub use config::{
    Landmarks, LongClip, LongText, Preprocessing, SignClipConfig, Similarity, TextConfig, VideoConfig,
};
pub use error::SignClipError;
pub use index::{EmbeddingIndex, Hit, IndexError};
pub use loss::{Contrast, contrast};
pub use model::{SignClip, Translate, fingerprint};
pub use network::SignClipNetwork;
pub use text_tower::TextTower;
pub use video_tower::VideoTower;
