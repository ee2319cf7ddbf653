//! A pre-norm transformer block (T2M-GPT `models/t2m_trans.py`, `Block`).

use super::GptConfig;
use crate::models::layers::{LayerNorm, Pass, attend, merge_heads, split_heads};
use candle_core::{Module, Result, Tensor};
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
        let inner = narrow.forward(&widen.forward(&self.norms[1].forward(&x)?)?.gelu_erf()?)?;
        x + pass.dropout(&inner, self.dropout)?
    }

    fn attention(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let heads = |linear: &Linear| split_heads(&linear.forward(x)?, self.heads);
        let [query, key, value] = &self.projections;
        let (query, key, value) = (heads(query)?, heads(key)?, heads(value)?);
        let width = query.dim(3)? as f64;
        let bias = bias.to_dtype(x.dtype())?;
        let scale = 1.0 / width.sqrt();
        let attended = attend([&query, &key, &value], scale, Some(&bias), self.dropout, pass)?;
        pass.dropout(&self.out.forward(&merge_heads(&attended)?)?, self.dropout)
    }
}
