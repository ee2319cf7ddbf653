//! How large a VQ-VAE is, by the names of the reference's options (`options/option_vq.py`).

use crate::models::layers::{check_sizes, check_table};
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

/// Frames of a training window: the reference's 64, and the 84 and 168 that SyriSign's paper compared (its
/// best results are of 168). Whole tokens at every rate that halves twice.
pub const WINDOWS: [usize; 3] = [64, 84, 168];

impl VqVaeConfig {
    /// One that two cores train in minutes.
    pub fn small(input_dim: usize) -> Self {
        Self { nb_code: 256, code_dim: 64, width: 128, ..Self::reference(input_dim) }
    }

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
        let sizes = [
            ("input_dim", self.input_dim),
            ("nb_code", self.nb_code),
            ("code_dim", self.code_dim),
            ("width", self.width),
            ("depth", self.depth),
        ];
        check_sizes("VQ-VAE", &sizes)?;
        check_table("VQ-VAE", self.nb_code, self.code_dim)?;
        let is_possible = (1..=6).contains(&self.down_t) && self.depth <= 8;
        if is_possible && (1..=9).contains(&self.dilation_growth_rate) {
            return Ok(());
        }
        candle_core::bail!("no VQ-VAE has this shape: {self:?}")
    }
}
