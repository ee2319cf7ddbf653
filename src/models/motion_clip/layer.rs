//! Transformer layers as PyTorch's `nn.TransformerEncoderLayer` and `nn.TransformerDecoderLayer` have
//! them, by their key names: normalised after each residual, three projections in one matrix.

use super::MotionClipConfig;
use crate::models::layers::{self, Activation, LayerNorm, Pass, merge_heads, project};
use candle_core::{Result, Tensor};
use candle_nn::{Init, Linear, VarBuilder, linear};

/// PyTorch's default.
const EPS: f64 = 1e-5;

/// `nn.MultiheadAttention`: queries, keys and values come out of one matrix `in_proj_weight`.
#[derive(Clone, Debug)]
struct Attention {
    in_proj: Linear,
    out_proj: Linear,
    heads: usize,
    dropout: f32,
}

impl Attention {
    fn new(config: &MotionClipConfig, vb: VarBuilder) -> Result<Self> {
        let size = config.latent;
        let bound = (6.0 / (4 * size) as f64).sqrt();
        let weight =
            vb.get_with_hints((3 * size, size), "in_proj_weight", Init::Uniform { lo: -bound, up: bound })?;
        let bias = vb.get_with_hints(3 * size, "in_proj_bias", Init::Const(0.0))?;
        let out_proj = linear(size, size, vb.pp("out_proj"))?;
        Ok(Self {
            in_proj: Linear::new(weight, Some(bias)),
            out_proj,
            heads: config.heads,
            dropout: config.dropout,
        })
    }

    /// A sequence that attends to itself: `[batch, length, size]` → the same.
    fn to_itself(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let scale = ((x.dim(2)? / self.heads) as f64).powf(-0.5);
        let way = layers::Attention { heads: self.heads, scale, bias: Some(bias), dropout: self.dropout };
        project(&self.out_proj, &way.mix_packed(&project(&self.in_proj, x)?, pass)?)
    }

    /// What each of `length` positions takes from one vector, `[batch, size]`: softmax over one score is
    /// 1, so neither queries nor keys matter, and the value is the same for all positions but for what
    /// training drops. `[batch, 1, size]`, or `[batch, length, size]` where training drops.
    fn to_one(&self, memory: &Tensor, length: usize, pass: &Pass) -> Result<Tensor> {
        let (batch, size) = memory.dims2()?;
        let (weight, bias) = (self.in_proj.weight(), self.in_proj.bias());
        let bias = bias.map(|bias| bias.narrow(0, 2 * size, size)).transpose()?;
        let values = project(&Linear::new(weight.narrow(0, 2 * size, size)?.contiguous()?, bias), memory)?;
        let mixed = match pass {
            Pass::Train(_) if self.dropout > 0.0 => {
                let values = values.reshape((batch, self.heads, 1, size / self.heads))?;
                let scores = Tensor::ones((batch, self.heads, length, 1), values.dtype(), values.device())?;
                merge_heads(&pass.dropout(&scores, self.dropout)?.matmul(&values)?)?
            }
            _ => values.unsqueeze(1)?,
        };
        project(&self.out_proj, &mixed)
    }
}

/// `linear2(dropout(activation(linear1(x))))`.
#[derive(Clone, Debug)]
struct FeedForward {
    widen: Linear,
    narrow: Linear,
    activation: Activation,
    dropout: f32,
}

impl FeedForward {
    fn new(config: &MotionClipConfig, vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            widen: linear(config.latent, config.feed_forward, vb.pp("linear1"))?,
            narrow: linear(config.feed_forward, config.latent, vb.pp("linear2"))?,
            activation: config.activation,
            dropout: config.dropout,
        })
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let inner = self.activation.forward(&project(&self.widen, x)?)?;
        project(&self.narrow, &pass.dropout(&inner, self.dropout)?)
    }
}

/// One layer of the encoder.
#[derive(Clone, Debug)]
pub(super) struct EncoderLayer {
    attention: Attention,
    feed_forward: FeedForward,
    norms: [LayerNorm; 2],
    dropout: f32,
}

impl EncoderLayer {
    pub(super) fn new(config: &MotionClipConfig, vb: VarBuilder) -> Result<Self> {
        let norm = |name| LayerNorm::new(config.latent, EPS, vb.pp(name));
        Ok(Self {
            attention: Attention::new(config, vb.pp("self_attn"))?,
            feed_forward: FeedForward::new(config, &vb)?,
            norms: [norm("norm1")?, norm("norm2")?],
            dropout: config.dropout,
        })
    }

    /// `[batch, length, size]` → the same.
    pub(super) fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let attended = pass.dropout(&self.attention.to_itself(x, bias, pass)?, self.dropout)?;
        let x = self.norms[0].forward(&(x + attended)?)?;
        let fed = pass.dropout(&self.feed_forward.forward(&x, pass)?, self.dropout)?;
        self.norms[1].forward(&(x + fed)?)
    }
}

/// One layer of the decoder, whose memory is a single vector.
#[derive(Clone, Debug)]
pub(super) struct DecoderLayer {
    attention: Attention,
    memory_attention: Attention,
    feed_forward: FeedForward,
    norms: [LayerNorm; 3],
    dropout: f32,
}

impl DecoderLayer {
    pub(super) fn new(config: &MotionClipConfig, vb: VarBuilder) -> Result<Self> {
        let norm = |name| LayerNorm::new(config.latent, EPS, vb.pp(name));
        Ok(Self {
            attention: Attention::new(config, vb.pp("self_attn"))?,
            memory_attention: Attention::new(config, vb.pp("multihead_attn"))?,
            feed_forward: FeedForward::new(config, &vb)?,
            norms: [norm("norm1")?, norm("norm2")?, norm("norm3")?],
            dropout: config.dropout,
        })
    }

    /// `x`: `[batch, length, size]`; `memory`: `[batch, size]`.
    pub(super) fn forward(&self, x: &Tensor, memory: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let attended = pass.dropout(&self.attention.to_itself(x, bias, pass)?, self.dropout)?;
        let x = self.norms[0].forward(&(x + attended)?)?;
        let remembered = self.memory_attention.to_one(memory, x.dim(1)?, pass)?.broadcast_as(x.shape())?;
        let x = self.norms[1].forward(&(x + pass.dropout(&remembered, self.dropout)?)?)?;
        let fed = pass.dropout(&self.feed_forward.forward(&x, pass)?, self.dropout)?;
        self.norms[2].forward(&(x + fed)?)
    }
}

/// Adds sinusoidal positions, from a table as far as it goes.
#[derive(Clone, Debug)]
pub(super) struct Positions(Tensor);

impl Positions {
    /// A table for sequences up to `length`; longer ones are possible and cost a little more.
    pub(super) fn new(length: usize, config: &MotionClipConfig, vb: &VarBuilder) -> Result<Self> {
        let table = crate::models::layers::interleaved_sinusoids(length, config.latent, vb.device())?;
        Ok(Self(table.to_dtype(vb.dtype())?))
    }

    /// `[length, size]`.
    pub(super) fn first(&self, length: usize) -> Result<Tensor> {
        let (rows, size) = self.0.dims2()?;
        if length <= rows {
            return self.0.narrow(0, 0, length);
        }
        let table = crate::models::layers::interleaved_sinusoids(length, size, self.0.device())?;
        table.to_dtype(self.0.dtype())
    }
}
