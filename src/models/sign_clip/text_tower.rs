//! Text → an embedding: a BERT over `[CLS] text [SEP]`, and the mean of what it says.

use super::{SignClipError, TextConfig};
use crate::models::layers::{Pass, masked_mean};
use crate::models::text::BertModel;
use candle_core::{Result as CandleResult, Tensor};
use candle_nn::VarBuilder;

/// What reads text.
#[derive(Clone, Debug)]
pub struct TextTower(BertModel);

impl TextTower {
    /// Reads a BERT's keys.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(config: &TextConfig, vb: VarBuilder) -> CandleResult<Self> {
        Ok(Self(BertModel::new(&config.bert, vb)?))
    }

    /// `ids` (`[CLS] text [SEP]`, padded) and `mask` (1 where a token is), `[batch, length]` →
    /// `[batch, hidden]`: the mean over the text and `[SEP]`, without `[CLS]`.
    ///
    /// # Errors
    /// [`SignClipError::Shape`] for texts without a token after `[CLS]`; BERT's for ids beyond its
    /// vocabulary and texts beyond its positions.
    pub fn forward(&self, ids: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor, SignClipError> {
        let tokens = self.tokens(ids, mask, pass)?;
        let length = tokens.dim(1)?;
        if length < 2 {
            return Err(SignClipError::Shape {
                what: "text",
                expected: "[batch, 2 tokens or more]".into(),
                found: ids.dims().to_vec(),
            });
        }
        let after_cls = |x: &Tensor| x.narrow(1, 1, length - 1);
        Ok(masked_mean(&after_cls(&tokens)?, &after_cls(mask)?)?)
    }

    /// The last hidden states, `[batch, length, hidden]`.
    pub(super) fn tokens(&self, ids: &Tensor, mask: &Tensor, pass: &Pass) -> CandleResult<Tensor> {
        self.0.forward(ids, None, Some(mask), pass)
    }

    /// How many words it knows.
    pub fn vocabulary(&self) -> usize {
        self.0.config().vocab_size
    }
}
