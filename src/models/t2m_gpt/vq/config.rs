//! How large a VQ-VAE is, by the names of the reference's options (`options/option_vq.py`).

use candle_core::Result;
use serde::{Deserialize, Serialize};

/// The shape of a VQ-VAE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VqVaeConfig {
    /// Channels of a frame.
    pub input_dim: usize,
    /// Codes.
    pub nb_code: usize,
    /// Channels of a code.
    pub code_dim: usize,
    /// Channels inside.
    pub width: usize,
    /// How many times the rate is halved.
    pub down_t: usize,
    /// Residual blocks at each rate.
    pub depth: usize,
    /// The factor between their dilations.
    pub dilation_growth_rate: usize,
}

impl VqVaeConfig {
    /// The reference's: 512 codes of 512 channels, 512 wide, four frames a token.
    pub fn reference(input_dim: usize) -> Self {
        let (nb_code, code_dim, width) = (512, 512, 512);
        Self { input_dim, nb_code, code_dim, width, down_t: 2, depth: 3, dilation_growth_rate: 3 }
    }

    /// Frames that one token stands for.
    pub fn frames_per_token(&self) -> usize {
        1 << self.down_t
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// Says which number cannot.
    pub fn check(&self) -> Result<()> {
        let sizes = [self.input_dim, self.nb_code, self.code_dim, self.width, self.depth];
        let possible = !sizes.contains(&0) && (1..=6).contains(&self.down_t) && self.depth <= 8;
        if possible && (1..=9).contains(&self.dilation_growth_rate) {
            return Ok(());
        }
        candle_core::bail!("no VQ-VAE has this shape: {self:?}")
    }
}
