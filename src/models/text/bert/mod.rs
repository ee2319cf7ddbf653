//! The BERT encoder (Devlin et al. 2019), as `transformers`' `BertModel` without its pooler.
//!
//! Post-norm layers, learned positions, GELU by the error function, LayerNorm with an epsilon of 1e-12.
//! It is taken apart into three steps, [`BertModel::words`], [`BertModel::embed`] and
//! [`BertModel::encode`], because SignCLIP's video tower puts frames in the place of words and
//! interpolates the positions of long clips.

use super::InputError;
use super::fast::apply;
use super::parts::{Attention, bias_as, check_ids, check_mask, embedding, linear};
use crate::models::layers::{Activation, LayerNorm, Pass, check_sizes, padding_bias};
use candle_core::{Result, Tensor, bail};
use candle_nn::{Embedding, Linear, Module, VarBuilder};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// `initializer_range` of all published BERTs.
const SPREAD: f64 = 0.02;

/// The sizes of a BERT, by the names of Hugging Face's `config.json`; what is absent is bert-base's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BertConfig {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of each layer; they divide the width.
    pub num_attention_heads: usize,
    /// Width between the two linear maps of a layer.
    pub intermediate_size: usize,
    /// The activation between them.
    pub hidden_act: Activation,
    /// Share of the hidden values that training drops.
    pub hidden_dropout_prob: f32,
    /// Share of the attention weights that training drops.
    pub attention_probs_dropout_prob: f32,
    /// Rows of the position table: the longest text, special tokens included.
    pub max_position_embeddings: usize,
    /// Rows of the token type table.
    pub type_vocab_size: usize,
    /// Epsilon of every LayerNorm.
    pub layer_norm_eps: f64,
    /// The id that fills up short texts.
    pub pad_token_id: u32,
}

impl Default for BertConfig {
    fn default() -> Self {
        Self {
            vocab_size: 30_522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: Activation::Gelu,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            pad_token_id: 0,
        }
    }
}

impl BertConfig {
    /// `bert-base-cased`.
    pub fn base_cased() -> Self {
        Self { vocab_size: 28_996, ..Self::default() }
    }

    /// `bert-base-uncased`.
    pub fn base_uncased() -> Self {
        Self::default()
    }

    /// Refuses sizes that no network can have.
    ///
    /// # Errors
    /// Where a size is 0, or the heads do not divide the width.
    pub fn check(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        check_sizes("BERT", &sizes)?;
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            bail!(
                "BERT: expected heads that divide the width {}, found {}",
                self.hidden_size,
                self.num_attention_heads
            );
        }
        Ok(())
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct BertModel {
    config: BertConfig,
    words: Embedding,
    positions: Tensor,
    token_types: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

impl BertModel {
    /// Reads `embeddings.*` and `encoder.layer.N.*`. The pooler, where the file has one, is not asked
    /// for.
    ///
    /// # Errors
    /// The builder's, and those of [`BertConfig::check`].
    pub fn new(config: &BertConfig, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let size = config.hidden_size;
        let parts = vb.pp("embeddings");
        let table = |rows, name| embedding(rows, size, SPREAD, parts.pp(name));
        let layers = vb.pp("encoder.layer");
        let layers = (0..config.num_hidden_layers).map(|n| Layer::new(config, layers.pp(n)));
        Ok(Self {
            config: config.clone(),
            words: table(config.vocab_size, "word_embeddings")?,
            positions: table(config.max_position_embeddings, "position_embeddings")?.embeddings().clone(),
            token_types: table(config.type_vocab_size, "token_type_embeddings")?,
            norm: LayerNorm::new(size, config.layer_norm_eps, parts.pp("LayerNorm"))?,
            layers: layers.collect::<Result<_>>()?,
        })
    }

    /// The sizes it was built with.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// The plain word vectors: ids `[batch, length]` → `[batch, length, hidden]`.
    ///
    /// # Errors
    /// [`InputError`] where there is no id, or one beyond the vocabulary.
    pub fn words(&self, ids: &Tensor) -> Result<Tensor> {
        check_ids("BERT's ids", ids, self.config.vocab_size, usize::MAX)?;
        self.words.forward(ids)
    }

    /// The learned positions, `[max_position_embeddings, hidden]`.
    pub fn position_table(&self) -> &Tensor {
        &self.positions
    }

    /// Adds token types and positions, normalises and drops: `[batch, length, hidden]` → the same.
    ///
    /// - `words`: word vectors, or whatever stands in their place
    /// - `token_types`: ids, `[batch, length]`; `None` is 0 throughout
    /// - `positions`: `[length, hidden]` or `[batch, length, hidden]`, added as they are; `None` takes
    ///   the table's first rows
    ///
    /// # Errors
    /// [`InputError`] where shapes do not fit, or the table is shorter than the text.
    pub fn embed(
        &self,
        words: &Tensor,
        token_types: Option<&Tensor>,
        positions: Option<&Tensor>,
        pass: &Pass,
    ) -> Result<Tensor> {
        let size = self.config.hidden_size;
        let (batch, length) = match *words.dims() {
            [batch, length, width] if width == size => (batch, length),
            _ => {
                let expected = format!("[batch, length, {size}]");
                return Err(InputError::shape("BERT's words", expected, words).into());
            }
        };
        let token_types = match token_types {
            Some(ids) => {
                check_ids("BERT's token types", ids, self.config.type_vocab_size, usize::MAX)?;
                check_mask(ids, batch, length)?;
                self.token_types.forward(ids)?
            }
            None => self.token_types.embeddings().narrow(0, 0, 1)?,
        };
        let positions = match positions {
            Some(positions) => positions.clone(),
            None => self.first_positions(length)?,
        };
        let x = words.broadcast_add(&token_types)?.broadcast_add(&positions)?;
        pass.dropout(&self.norm.forward(&x)?, self.config.hidden_dropout_prob)
    }

    fn first_positions(&self, length: usize) -> Result<Tensor> {
        let limit = self.config.max_position_embeddings;
        if length > limit {
            return Err(InputError::TooLong { what: "BERT's text", limit, found: length }.into());
        }
        self.positions.narrow(0, 0, length)
    }

    /// The layers: `[batch, length, hidden]` → the same. `bias` is added to the scores:
    /// [`padding_bias`] of the mask.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn encode(&self, hidden: &Tensor, bias: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        let bias = bias.map(|bias| bias_as(bias, hidden.dtype())).transpose()?;
        self.layers.iter().try_fold(hidden.clone(), |x, layer| layer.forward(&x, bias.as_ref(), pass))
    }

    /// The last hidden states of a text, `[batch, length, hidden]`.
    ///
    /// - `ids`, `token_types`: `[batch, length]`, u32 or i64
    /// - `mask`: `[batch, length]`, 1 where a token is; `None`: everywhere
    ///
    /// # Errors
    /// [`InputError`] where ids, lengths or shapes do not fit.
    pub fn forward(
        &self,
        ids: &Tensor,
        token_types: Option<&Tensor>,
        mask: Option<&Tensor>,
        pass: &Pass,
    ) -> Result<Tensor> {
        let hidden = self.embed(&self.words(ids)?, token_types, None, pass)?;
        let (batch, length) = ids.dims2()?;
        let bias = mask.map(|mask| check_mask(mask, batch, length).and_then(|()| padding_bias(mask)));
        self.encode(&hidden, bias.transpose()?.as_ref(), pass)
    }
}

/// Attention and two linear maps, each added to what went in and then normalised.
#[derive(Clone, Debug)]
struct Layer {
    attention: Attention,
    attention_norm: LayerNorm,
    rise: Linear,
    fall: Linear,
    norm: LayerNorm,
    activation: Activation,
    dropout: f32,
}

impl Layer {
    fn new(config: &BertConfig, vb: VarBuilder) -> Result<Self> {
        let size = config.hidden_size;
        let norm = |name| LayerNorm::new(size, config.layer_norm_eps, vb.pp(name).pp("LayerNorm"));
        let square = |name| linear(size, size, SPREAD, vb.pp(name));
        let projections = [
            square("attention.self.query")?,
            square("attention.self.key")?,
            square("attention.self.value")?,
            square("attention.output.dense")?,
        ];
        let heads = config.num_attention_heads;
        Ok(Self {
            attention: Attention::new(projections, heads, config.attention_probs_dropout_prob)?,
            attention_norm: norm("attention.output")?,
            rise: linear(size, config.intermediate_size, SPREAD, vb.pp("intermediate.dense"))?,
            fall: linear(config.intermediate_size, size, SPREAD, vb.pp("output.dense"))?,
            norm: norm("output")?,
            activation: config.hidden_act,
            dropout: config.hidden_dropout_prob,
        })
    }

    fn forward(&self, x: &Tensor, bias: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        let mixed = pass.dropout(&self.attention.forward(x, bias, pass)?, self.dropout)?;
        let x = self.attention_norm.forward(&(mixed + x)?)?;
        let raised = apply(&self.rise, Some(self.activation), &x)?;
        let mapped = pass.dropout(&apply(&self.fall, None, &raised)?, self.dropout)?;
        self.norm.forward(&(mapped + x)?)
    }
}
