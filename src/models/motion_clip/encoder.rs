//! Motion → latent (the reference's `Encoder_TRANSFORMER`).

use super::layer::{EncoderLayer, Positions};
use super::{MotionClipConfig, MotionClipError};
use crate::models::layers::{Pass, padding_bias, project};
use candle_core::{Result, Tensor};
use candle_nn::{Init, Linear, VarBuilder, linear};

/// Two learned tokens before the frames; the latent is what the first becomes.
#[derive(Clone, Debug)]
pub struct Encoder {
    mu_query: Tensor,
    sigma_query: Tensor,
    embedding: Linear,
    layers: Vec<EncoderLayer>,
    positions: Positions,
    inputs: usize,
    dropout: f32,
}

impl Encoder {
    /// Reads `muQuery`, `sigmaQuery`, `skelEmbedding` and `seqTransEncoder.layers.*`.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(config: &MotionClipConfig, vb: VarBuilder) -> Result<Self> {
        let query = |name| vb.get_with_hints((1, config.latent), name, Init::Randn { mean: 0.0, stdev: 1.0 });
        let layers = vb.pp("seqTransEncoder.layers");
        Ok(Self {
            mu_query: query("muQuery")?,
            sigma_query: query("sigmaQuery")?,
            embedding: linear(config.inputs(), config.latent, vb.pp("skelEmbedding"))?,
            layers: (0..config.layers)
                .map(|i| EncoderLayer::new(config, layers.pp(i)))
                .collect::<Result<_>>()?,
            positions: Positions::new(config.frames + 2, config, &vb)?,
            inputs: config.inputs(),
            dropout: config.dropout,
        })
    }

    /// - `motion`: `[batch, frames, inputs]`; what padded frames hold does not matter
    /// - `mask`: `[batch, frames]`, 1 where a frame is
    ///
    /// Returns `[batch, latent]`.
    ///
    /// # Errors
    /// [`MotionClipError::Shape`], and candle's.
    pub fn forward(
        &self,
        motion: &Tensor,
        mask: &Tensor,
        pass: &Pass,
    ) -> std::result::Result<Tensor, MotionClipError> {
        let (batch, frames) = match *motion.dims() {
            [batch, frames, inputs] if batch > 0 && frames > 0 && inputs == self.inputs => (batch, frames),
            _ => {
                return Err(MotionClipError::Shape {
                    what: "motion",
                    expected: format!("[batch, frames, {}]", self.inputs),
                    found: motion.dims().to_vec(),
                });
            }
        };
        super::network::check_mask(mask, batch, frames)?;
        let queries = Tensor::cat(&[&self.mu_query, &self.sigma_query], 0)?;
        let size = queries.dim(1)?;
        let queries = queries.unsqueeze(0)?.broadcast_as((batch, 2, size))?;
        let tokens = Tensor::cat(&[&queries, &project(&self.embedding, motion)?], 1)?;
        let tokens = tokens.broadcast_add(&self.positions.first(frames + 2)?)?;
        let both = Tensor::ones((batch, 2), mask.dtype(), mask.device())?;
        let bias = padding_bias(&Tensor::cat(&[&both, mask], 1)?)?.to_dtype(tokens.dtype())?;
        let mut x = pass.dropout(&tokens, self.dropout)?;
        for layer in &self.layers {
            x = layer.forward(&x, &bias, pass)?;
        }
        Ok(x.narrow(1, 0, 1)?.squeeze(1)?)
    }
}
