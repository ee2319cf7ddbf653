//! MotionCLIP (Tevet et al. 2022): a transformer autoencoder of motion whose latent lies in the space of
//! CLIP's texts, so that a text's embedding can be decoded as a motion.
//!
//! [`MotionClip`] has the reference's layers by the reference's key names and loads its checkpoints.
//! Motion goes in and out as `[batch, frames, inputs]`, where `inputs` is joints × features, joint by
//! joint; [`frames_first`] and [`frames_last`] convert from and to the reference's
//! `[batch, joints, features, frames]`.
//!
//! It is an autoencoder without a variational term: the encoder's second token, `sigma`, is attended
//! but its output is never read, and the latent is the output of the first.

mod config;
mod decoder;
mod encoder;
mod error;
mod layer;
mod losses;
mod network;
#[cfg(test)]
mod tests;

pub use config::MotionClipConfig;
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::MotionClipError;
pub use losses::{
    Contrast, LossTerms, LossWeights, contrast, latent_magnitude, reconstruction, text_cosine, text_mse,
    velocity,
};
pub use network::{MotionClip, Root, frames_first, frames_last, mask_of_lengths};
