//! What the GPT is trained on (T2M-GPT `train_t2m_trans.py`): the next token, from a past in which some
//! tokens are wrong, because its own will be.

use crate::models::layers::Noise;
use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops::log_softmax;

/// The loss of a batch, and how often the likeliest token was the right one.
#[derive(Clone, Debug)]
pub struct TokenLoss {
    /// The mean over the batch of each sequence's mean cross-entropy, the end included. `[]`
    pub loss: Tensor,
    /// Positions at which the likeliest token was right.
    pub right: usize,
    /// Positions in all.
    pub counted: usize,
}

/// The loss of one part's predictions.
///
/// - `logits`: `[batch, 1 + length, classes]`
/// - `target`: `[batch, 1 + length]`, u32: tokens, end, padding
/// - `lengths`: tokens of each sequence, without its end
///
/// # Errors
/// Where shapes do not fit, or a sequence is longer than its row.
pub fn token_loss(logits: &Tensor, target: &Tensor, lengths: &[usize]) -> Result<TokenLoss> {
    let (batch, positions, classes) = logits.dims3()?;
    if target.dims() != [batch, positions] || lengths.len() != batch {
        candle_core::bail!("expected targets [{batch}, {positions}], found {:?}", target.shape());
    }
    if let Some(length) = lengths.iter().find(|&&length| length >= positions) {
        candle_core::bail!("expected at most {} tokens and an end, found {length}", positions - 1);
    }
    // Padding has no class; what is gathered for it counts 0.
    let classed = target.minimum(classes as f64 - 1.0)?;
    let weight = |at: usize| {
        let length = lengths[at / positions] + 1;
        if at % positions < length { 1.0 / (length * batch) as f32 } else { 0.0 }
    };
    let weights: Vec<f32> = (0..batch * positions).map(weight).collect();
    let weights = Tensor::from_vec(weights, (batch, positions), logits.device())?;
    let likelihoods = log_softmax(&logits.to_dtype(DType::F32)?, D::Minus1)?;
    let own = likelihoods.gather(&classed.unsqueeze(2)?.contiguous()?, 2)?.squeeze(2)?;
    let hits = logits.argmax(D::Minus1)?.eq(target)?.to_dtype(DType::F32)?;
    let counts = weights.gt(0f64)?.to_dtype(DType::F32)?;
    Ok(TokenLoss {
        loss: (own * weights)?.sum_all()?.neg()?,
        right: (hits * &counts)?.sum_all()?.to_scalar::<f32>()? as usize,
        counted: counts.sum_all()?.to_scalar::<f32>()? as usize,
    })
}

/// Each token kept with probability `keep`, else any code: `[batch, length, parts]`, u32.
///
/// # Errors
/// candle's.
pub fn corrupted(tokens: &Tensor, keep: f64, codes: u32, noise: &Noise) -> Result<Tensor> {
    let mut values = tokens.flatten_all()?.to_vec1::<u32>()?;
    for value in &mut values {
        let (kept, other) = (noise.unit() < keep, noise.below(codes));
        *value = if kept { *value } else { other };
    }
    Tensor::from_vec(values, tokens.shape(), tokens.device())
}
