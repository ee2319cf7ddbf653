//! The convolutional encoder and decoder between motion and latents (T2M-GPT `models/encdec.py`,
//! `models/resnet.py`).
//!
//! Sequences are `[batch, time, channels]`. Key names are the reference's, whose numbers count layers
//! without weights too.

use super::VqVaeConfig;
use crate::models::layers::{Activation, Conv1d, Kernel, repeat_frames};
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// Halves the rate.
const HALVE: Kernel = Kernel { size: 4, stride: 2, padding: 1, dilation: 1 };

/// Motion → latents, at a rate that is lower by `2^down_t`.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    first: Conv1d,
    stages: Vec<(Conv1d, Residuals)>,
    last: Conv1d,
}

impl Encoder {
    pub(super) fn new(config: &VqVaeConfig, vb: VarBuilder) -> Result<Self> {
        let (width, vb) = (config.width, vb.pp("model"));
        let stage = |i: usize| {
            let vb = vb.pp(i + 2);
            let halved = Conv1d::new(width, width, HALVE, vb.pp(0))?;
            Ok((halved, Residuals::new(config, vb.pp(1))?))
        };
        Ok(Self {
            first: Conv1d::new(config.input_dim, width, Kernel::same(3, 1), vb.pp(0))?,
            stages: (0..config.down_t).map(stage).collect::<Result<_>>()?,
            last: Conv1d::new(width, config.code_dim, Kernel::same(3, 1), vb.pp(config.down_t + 2))?,
        })
    }

    /// `[batch, time, input_dim]` → `[batch, time / 2^down_t, code_dim]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = relu(&self.first.forward(x)?)?;
        for (halve, residuals) in &self.stages {
            x = residuals.forward(&halve.forward(&x)?)?;
        }
        self.last.forward(&x)
    }
}

/// Latents → motion.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    first: Conv1d,
    stages: Vec<(Residuals, Conv1d)>,
    smooth: Conv1d,
    last: Conv1d,
}

impl Decoder {
    pub(super) fn new(config: &VqVaeConfig, vb: VarBuilder) -> Result<Self> {
        let (width, vb) = (config.width, vb.pp("model"));
        let same = Kernel::same(3, 1);
        let stage = |i: usize| {
            let vb = vb.pp(i + 2);
            Ok((Residuals::new(config, vb.pp(0))?, Conv1d::new(width, width, same, vb.pp(2))?))
        };
        Ok(Self {
            first: Conv1d::new(config.code_dim, width, same, vb.pp(0))?,
            stages: (0..config.down_t).map(stage).collect::<Result<_>>()?,
            smooth: Conv1d::new(width, width, same, vb.pp(config.down_t + 2))?,
            last: Conv1d::new(width, config.input_dim, same, vb.pp(config.down_t + 4))?,
        })
    }

    /// `[batch, time, code_dim]` → `[batch, time · 2^down_t, input_dim]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = relu(&self.first.forward(x)?)?;
        for (residuals, smooth) in &self.stages {
            x = smooth.forward(&repeat_frames(&residuals.forward(&x)?, 2)?)?;
        }
        self.last.forward(&relu(&self.smooth.forward(&x)?)?)
    }
}

/// Residual blocks whose dilation falls (9, 3, 1), in the encoder as in the decoder.
#[derive(Clone, Debug)]
struct Residuals(Vec<(Conv1d, Conv1d)>);

impl Residuals {
    fn new(config: &VqVaeConfig, vb: VarBuilder) -> Result<Self> {
        let (width, vb) = (config.width, vb.pp("model"));
        let block = |i: usize| {
            let dilation = config.dilation_growth_rate.pow((config.depth - 1 - i) as u32);
            let wide = Conv1d::new(width, width, Kernel::same(3, dilation), vb.pp(i).pp("conv1"))?;
            Ok((wide, Conv1d::new(width, width, Kernel::same(1, 1), vb.pp(i).pp("conv2"))?))
        };
        Ok(Self((0..config.depth).map(block).collect::<Result<_>>()?))
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (wide, mix) in &self.0 {
            x = (mix.forward(&relu(&wide.forward(&relu(&x)?)?)?)? + x)?;
        }
        Ok(x)
    }
}

fn relu(x: &Tensor) -> Result<Tensor> {
    Activation::Relu.forward(x)
}
