//! The VQ-VAE: motion as a sequence of tokens, four frames each, and back (van den Oord et al. 2017;
//! T2M-GPT `models/vqvae.py`).

mod codebook;
mod coder;
mod config;
mod loss;
#[cfg(test)]
mod tests;

pub use codebook::{Averages, Codebook, EmaCodebook, Quantised};
pub use config::{VqVaeConfig, WINDOWS};
pub use loss::{Distance, VelocityLoss};

use crate::models::checkpoint::Allowed;
use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};
use coder::{Decoder, Encoder};

/// Encoder, codebook and decoder, by the reference's key names under `vqvae.`.
#[derive(Clone, Debug)]
pub struct VqVae {
    config: VqVaeConfig,
    encoder: Encoder,
    decoder: Decoder,
    codebook: Codebook,
}

impl VqVae {
    /// Where a [`VarBuilder`] of training keeps the codes.
    pub const CODEBOOK: &'static str = "vqvae.quantizer.codebook";

    /// Reads the weights.
    ///
    /// # Errors
    /// The builder's, where it lacks one.
    pub fn new(config: &VqVaeConfig, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let vb = vb.pp("vqvae");
        let codes = (config.nb_code, config.code_dim);
        let codes = vb.get_with_hints(codes, "quantizer.codebook", Init::Const(0.0))?;
        Ok(Self {
            encoder: Encoder::new(config, vb.pp("encoder"))?,
            decoder: Decoder::new(config, vb.pp("decoder"))?,
            codebook: Codebook(codes),
            config: config.clone(),
        })
    }

    /// What a checkpoint may hold besides: the running averages that some forks save.
    pub fn allowed() -> Allowed {
        Allowed::none().ignoring("vqvae.quantizer.code_sum").ignoring("vqvae.quantizer.code_count")
    }

    /// Its shape.
    pub fn config(&self) -> &VqVaeConfig {
        &self.config
    }

    /// Its codes.
    pub fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// Motion → latents before they are quantised: `[batch, time, input_dim]` →
    /// `[batch, time / 4, code_dim]`.
    ///
    /// # Errors
    /// Where the width is another, or the motion is shorter than a token.
    pub fn latents(&self, motion: &Tensor) -> Result<Tensor> {
        let (batch, time, width) = motion.dims3()?;
        let (expected, shortest) = (self.config.input_dim, self.config.frames_per_token());
        if width != expected || time < shortest || batch == 0 {
            candle_core::bail!(
                "expected motion of {expected} channels and at least {shortest} frames, found {:?}",
                motion.shape()
            );
        }
        self.encoder.forward(motion)
    }

    /// Latents (or codes) → motion: `[batch, tokens, code_dim]` → `[batch, 4 · tokens, input_dim]`.
    ///
    /// # Errors
    /// Where the width is another.
    pub fn motion(&self, latents: &Tensor) -> Result<Tensor> {
        self.decoder.forward(latents)
    }

    /// Motion → tokens: `[batch, time, input_dim]` → `[batch, time / 4]`, u32. Frames beyond the last
    /// whole token are dropped.
    ///
    /// # Errors
    /// As [`Self::latents`].
    pub fn encode(&self, motion: &Tensor) -> Result<Tensor> {
        self.codebook.nearest(&self.latents(motion)?)
    }

    /// Tokens → motion: `[batch, tokens]` → `[batch, 4 · tokens, input_dim]`.
    ///
    /// # Errors
    /// Where there is no token, or one is none of the codebook's.
    pub fn decode(&self, tokens: &Tensor) -> Result<Tensor> {
        if tokens.elem_count() == 0 {
            candle_core::bail!("expected at least one token, found none");
        }
        self.motion(&self.codebook.codes(tokens)?)
    }

    /// Motion through the codes and back, and what it was quantised to.
    ///
    /// # Errors
    /// As [`Self::latents`].
    pub fn reconstruct(&self, motion: &Tensor) -> Result<(Tensor, Quantised)> {
        let quantised = self.codebook.quantise(&self.latents(motion)?)?;
        Ok((self.motion(&quantised.latents)?, quantised))
    }
}
