//! Networks with all that signing takes besides: how motion becomes numbers, their statistics, the text
//! encoder, a translator.
//!
//! A bundle is a folder that training writes and signing reads: `config.json`, weights, and
//! `statistics.safetensors`. Its text encoder lies in the folder too, or is one of the manifest's
//! (`arat5`), which several bundles then share.

mod error;
mod loader;
mod motion_clip;
mod t2m_gpt;
#[cfg(test)]
mod tests;

pub use error::BundleError;
pub use loader::Loader;
pub use motion_clip::{MotionClipBundle, MotionClipBundleConfig};
pub(crate) use t2m_gpt::frames_of;
pub use t2m_gpt::{
    CodebookConfig, SamplingConfig, T2mGptBundle, T2mGptBundleConfig, Through, ThroughCodebook,
};
