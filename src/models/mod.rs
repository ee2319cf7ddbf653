//! The networks, and reading their weights strictly.
//!
//! - [`weights`]: which models there are, where their files lie, fetching and verifying them
//! - [`checkpoint`]: safetensors and PyTorch files as tensors; strict loading; variables for training
//! - [`tokenizer`]: texts to token ids, from the files that repositories ship
//! - [`device`]: the processor or a GPU
//! - [`layers`]: what all networks are made of, differentiable and fused
//! - [`text`]: AraT5 (T5), OPUS-MT (Marian), CLIP's text tower, BERT
//! - [`sign_clip`]: text and pose in one space, and the index that is searched
//! - [`motion_clip`], [`t2m_gpt`]: motion from text
//! - [`features`]: landmarks as the numbers that generators learn
//! - [`bundles`]: generators with their features, statistics and text encoders

pub mod bundles;
pub mod checkpoint;
pub mod device;
pub mod features;
pub mod layers;
pub mod motion_clip;
#[cfg(test)]
pub(crate) mod parity;
pub mod sign_clip;
pub mod t2m_gpt;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod tokenizer;
pub mod weights;
