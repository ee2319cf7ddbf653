//! A pre-norm transformer block (T2M-GPT `models/t2m_trans.py`, `Block`).

use super::GptConfig;
use crate::models::layers::{Activation, Attention, LayerNorm, Pass, project};
use candle_core::{Result, Tensor};
use candle_nn::{Linear, VarBuilder};

/// Torch's default for LayerNorm.
pub(super) const NORM_EPS: f64 = 1e-5;

/// Attention to what came before, then a layer of its own for each position.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) norms: [LayerNorm; 2],
    /// Query, key, value.
    pub(super) projections: [Linear; 3],
    pub(super) out: Linear,
    pub(super) inner: [Linear; 2],
    heads: usize,
    dropout: f32,
}

impl Block {
    pub(super) fn new(config: &GptConfig, vb: VarBuilder) -> Result<Self> {
        let (size, wide) = (config.embed_dim, config.embed_dim * config.fc_rate);
        let (attention, mlp) = (vb.pp("attn"), vb.pp("mlp"));
        let norm = |name: &str| LayerNorm::new(size, NORM_EPS, vb.pp(name));
        let projection = |name: &str| candle_nn::linear(size, size, attention.pp(name));
        Ok(Self {
            norms: [norm("ln1")?, norm("ln2")?],
            projections: [projection("query")?, projection("key")?, projection("value")?],
            out: projection("proj")?,
            inner: [candle_nn::linear(size, wide, mlp.pp(0))?, candle_nn::linear(wide, size, mlp.pp(2))?],
            heads: config.n_head,
            dropout: config.drop_out_rate,
        })
    }

    /// `[batch, length, size]` → the same; `bias` hides the future.
    pub(super) fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let attended = self.attention(&self.norms[0].forward(x)?, bias, pass)?;
        let x = (x + attended)?;
        let [widen, narrow] = &self.inner;
        let inner =
            project(narrow, &Activation::Gelu.forward(&project(widen, &self.norms[1].forward(&x)?)?)?)?;
        x + pass.dropout(&inner, self.dropout)?
    }

    fn attention(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let [query, key, value] = &self.projections;
        let (query, key, value) = (project(query, x)?, project(key, x)?, project(value, x)?);
        let bias = bias.to_dtype(x.dtype())?;
        let scale = 1.0 / ((x.dim(2)? / self.heads) as f64).sqrt();
        let way = Attention { heads: self.heads, scale, bias: Some(&bias), dropout: self.dropout };
        let mixed = way.mix([&query, &key, &value], pass)?;
        pass.dropout(&project(&self.out, &mixed)?, self.dropout)
    }
}
