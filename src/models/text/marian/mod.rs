//! Marian machine translation as OPUS-MT publishes it (Junczys-Dowmunt et al. 2018; Tiedemann and
//! Thottingal 2020), as `transformers`' `MarianMTModel`.
//!
//! A post-norm transformer from Arabic tokens to English ones. [`MarianModel`] is the network, for
//! training all positions at once; [`MarianModel::generate`] translates, by a search over
//! [`Decoding`] caches that gives the very tokens that `generate` of the reference gives.

mod beams;
mod config;
mod decoding;
mod generate;
mod network;
mod rules;
#[cfg(test)]
mod tests;

pub use config::{EarlyStopping, GenerationConfig, MarianConfig};
pub use decoding::{Decoding, Source};
pub use generate::Translation;
pub use network::MarianModel;
