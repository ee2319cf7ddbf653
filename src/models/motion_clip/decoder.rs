//! Latent → motion (the reference's `Decoder_TRANSFORMER`).

use super::layer::{DecoderLayer, Positions};
use super::{MotionClipConfig, MotionClipError};
use crate::models::layers::{Pass, padding_bias, project};
use candle_core::{Result, Tensor};
use candle_nn::{Linear, VarBuilder, linear};

/// Queries that are positions alone attend to each other and to the latent.
#[derive(Clone, Debug)]
pub struct Decoder {
    layers: Vec<DecoderLayer>,
    last: Linear,
    positions: Positions,
    latent: usize,
    dropout: f32,
}

impl Decoder {
    /// Reads `seqTransDecoder.layers.*` and `finallayer`.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(config: &MotionClipConfig, vb: VarBuilder) -> Result<Self> {
        let layers = vb.pp("seqTransDecoder.layers");
        Ok(Self {
            layers: (0..config.layers)
                .map(|i| DecoderLayer::new(config, layers.pp(i)))
                .collect::<Result<_>>()?,
            last: linear(config.latent, config.inputs(), vb.pp("finallayer"))?,
            positions: Positions::new(config.frames, config, &vb)?,
            latent: config.latent,
            dropout: config.dropout,
        })
    }

    /// - `latent`: `[batch, latent]`
    /// - `mask`: `[batch, frames]`, 1 where a frame is wanted
    ///
    /// Returns `[batch, frames, inputs]`, frames that are not wanted exactly 0.
    ///
    /// # Errors
    /// [`MotionClipError::Shape`], and candle's.
    pub fn forward(
        &self,
        latent: &Tensor,
        mask: &Tensor,
        pass: &Pass,
    ) -> std::result::Result<Tensor, MotionClipError> {
        let batch = match *latent.dims() {
            [batch, size] if batch > 0 && size == self.latent => batch,
            _ => {
                return Err(MotionClipError::Shape {
                    what: "latent",
                    expected: format!("[batch, {}]", self.latent),
                    found: latent.dims().to_vec(),
                });
            }
        };
        let frames = mask.dims().get(1).copied().unwrap_or_default();
        super::network::check_mask(mask, batch, frames)?;
        let queries =
            self.positions.first(frames)?.unsqueeze(0)?.broadcast_as((batch, frames, self.latent))?;
        let bias = padding_bias(mask)?.to_dtype(latent.dtype())?;
        let mut x = pass.dropout(&queries.contiguous()?, self.dropout)?;
        for layer in &self.layers {
            x = layer.forward(&x, latent, &bias, pass)?;
        }
        let wanted = mask.ne(0f64)?.to_dtype(x.dtype())?.unsqueeze(2)?;
        Ok(project(&self.last, &x)?.broadcast_mul(&wanted)?)
    }
}
