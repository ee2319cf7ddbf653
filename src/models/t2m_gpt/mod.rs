//! T2M-GPT (Zhang et al., CVPR 2023; reference: Mael-zys/T2M-GPT @ b1446f1): a VQ-VAE makes tokens of
//! motion, a GPT writes tokens for a text.

pub mod gpt;
pub mod vq;

pub use gpt::{Decoder, Generation, Gpt, GptConfig, Precision, Sampling};
pub use vq::{VqVae, VqVaeConfig};
