//! The GPT that writes motion tokens for a text (T2M-GPT `models/t2m_trans.py`).
//!
//! Position 0 is the text's feature, so the output at position `i` predicts token `i`. [`Gpt`] sees whole
//! sequences and is what is trained; [`Decoder`] writes one token after another and is what signs.

mod block;
mod config;
mod decoder;
mod loss;
mod sampler;
#[cfg(test)]
mod tests;

pub use config::GptConfig;
pub use decoder::{Decoder, Generation, Precision, Session};
pub use loss::{TokenLoss, corrupted, token_loss};
pub use sampler::{Sampler, Sampling};

use crate::models::checkpoint::Allowed;
use crate::models::layers::{LayerNorm, Pass, causal_bias, interleaved_sinusoids, project};
use block::Block;
use candle_core::{Module, Result, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};

/// Transformer base and head, by the reference's key names.
#[derive(Clone, Debug)]
pub struct Gpt {
    config: GptConfig,
    /// A table for each part, of its codes, the end and the padding.
    tokens: Vec<Embedding>,
    condition: Linear,
    /// `[block_size, size]`, not trained.
    positions: Tensor,
    /// The base's and the head's.
    blocks: Vec<Block>,
    norm: LayerNorm,
    heads: Vec<Linear>,
}

impl Gpt {
    /// Reads the weights.
    ///
    /// # Errors
    /// The builder's, where it lacks one.
    pub fn new(config: &GptConfig, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let (base, head, size) = (vb.pp("trans_base"), vb.pp("trans_head"), config.embed_dim);
        let rows = config.num_vq + 2;
        let table = |key: String| candle_nn::embedding(rows, size, base.pp(key));
        let classes = config.num_vq + 1;
        let classifier = |key: String| candle_nn::linear_no_bias(size, classes, head.pp(key));
        let blocks = [&base, &head].into_iter().flat_map(|half| {
            (0..config.num_layers).map(move |i| Block::new(config, half.pp("blocks").pp(i)))
        });
        Ok(Self {
            tokens: config.keys("tok_emb").into_iter().map(table).collect::<Result<_>>()?,
            condition: candle_nn::linear(config.clip_dim, size, base.pp("cond_emb"))?,
            positions: positions(config, &base)?,
            blocks: blocks.collect::<Result<_>>()?,
            norm: LayerNorm::new(size, block::NORM_EPS, head.pp("ln_f"))?,
            heads: config.keys("head").into_iter().map(classifier).collect::<Result<_>>()?,
            config: config.clone(),
        })
    }

    /// What a checkpoint holds besides: a table that the reference never reads, the masks, and the
    /// positions, which are fixed.
    pub fn allowed() -> Allowed {
        Allowed::none()
            .ignoring("trans_base.pos_embedding.weight")
            .ignoring("trans_base.pos_embed.embed")
            .ignoring("*.attn.mask")
    }

    /// Its shape.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// `[batch, clip_dim]` and `[batch, length, parts]` → for each part `[batch, 1 + length, num_vq + 1]`,
    /// what comes next after the condition and after each token.
    ///
    /// # Errors
    /// Where the sequence is longer than the positions, a token is none, or the condition has another
    /// width.
    pub fn forward(&self, tokens: &Tensor, condition: &Tensor, pass: &Pass) -> Result<Vec<Tensor>> {
        let x = self.norm.forward(&self.features(tokens, condition, pass)?)?;
        self.heads.iter().map(|head| project(head, &x)).collect()
    }

    /// What the blocks make of it, before the last norm: `[batch, 1 + length, embed_dim]`.
    fn features(&self, tokens: &Tensor, condition: &Tensor, pass: &Pass) -> Result<Tensor> {
        let mut x = self.embed(tokens, condition)?;
        let bias = causal_bias(x.dim(1)?, x.device())?;
        for block in &self.blocks {
            x = block.forward(&x, &bias, pass)?;
        }
        Ok(x)
    }

    /// Everything but the blocks, for a decoder that holds them packed.
    fn clone_without_blocks(&self) -> Self {
        Self {
            config: self.config.clone(),
            tokens: self.tokens.clone(),
            condition: self.condition.clone(),
            positions: self.positions.clone(),
            blocks: Vec::new(),
            norm: self.norm.clone(),
            heads: Vec::new(),
        }
    }

    fn embed(&self, tokens: &Tensor, condition: &Tensor) -> Result<Tensor> {
        let (batch, length, parts) = tokens.dims3()?;
        let expected = (self.tokens.len(), self.config.clip_dim, self.config.most_tokens());
        if batch == 0 || parts != expected.0 || condition.dims() != [batch, expected.1] || length > expected.2
        {
            let found = (tokens.shape(), condition.shape());
            candle_core::bail!("expected (parts, condition, most tokens) {expected:?}, found {found:?}");
        }
        let mut x = project(&self.condition, condition)?.unsqueeze(1)?;
        if length > 0 {
            let column = |part: usize| tokens.narrow(2, part, 1)?.squeeze(2)?.contiguous();
            let mut sum = self.tokens[0].forward(&column(0)?)?;
            for (part, table) in self.tokens.iter().enumerate().skip(1) {
                sum = (sum + table.forward(&column(part)?)?)?;
            }
            x = Tensor::cat(&[&x, &sum], 1)?;
        }
        x.broadcast_add(&self.positions.narrow(0, 0, length + 1)?)
    }
}

/// The stored table where there is one, else the sinusoids that it was made from.
fn positions(config: &GptConfig, base: &VarBuilder) -> Result<Tensor> {
    let (length, size) = (config.block_size, config.embed_dim);
    if base.contains_tensor("pos_embed.embed") {
        return base.get((length, 1, size), "pos_embed.embed")?.detach().squeeze(1);
    }
    interleaved_sinusoids(length, size, base.device())?.to_dtype(base.dtype())
}
