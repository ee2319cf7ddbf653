//! What the four networks share: layers with their references' initial spread, attention over four
//! projections, and the checks of what comes in.

use super::InputError;
use super::fast::apply;
use crate::models::layers::{self, Pass, attend, merge_heads, split_heads};
use candle_core::{DType, Result, Tensor};
use candle_nn::{Embedding, Init, Linear, VarBuilder};

/// Weights of normal spread around 0.
pub(super) fn spread(stdev: f64) -> Init {
    Init::Randn { mean: 0.0, stdev }
}

/// A linear layer that begins with weights of that standard deviation and no bias.
pub(super) fn linear(from: usize, to: usize, stdev: f64, vb: VarBuilder) -> Result<Linear> {
    let weight = vb.get_with_hints((to, from), "weight", spread(stdev))?;
    let bias = vb.get_with_hints(to, "bias", Init::Const(0.0))?;
    Ok(Linear::new(weight, Some(bias)))
}

/// The same without a bias at all.
pub(super) fn linear_no_bias(from: usize, to: usize, stdev: f64, vb: VarBuilder) -> Result<Linear> {
    Ok(Linear::new(vb.get_with_hints((to, from), "weight", spread(stdev))?, None))
}

/// A table of vectors that begins with that standard deviation.
pub(super) fn embedding(rows: usize, size: usize, stdev: f64, vb: VarBuilder) -> Result<Embedding> {
    Ok(Embedding::new(vb.get_with_hints((rows, size), "weight", spread(stdev))?, size))
}

/// Refuses ids that are no `[batch, length]` of rows that the table has, and texts over `limit` tokens.
pub(super) fn check_ids(what: &'static str, ids: &Tensor, rows: usize, limit: usize) -> Result<()> {
    let &[batch, length] = ids.dims() else {
        return Err(InputError::shape(what, "[batch, length]", ids).into());
    };
    if batch == 0 || length == 0 {
        return Err(InputError::Empty { what, found: ids.dims().to_vec() }.into());
    }
    if length > limit {
        return Err(InputError::TooLong { what, limit, found: length }.into());
    }
    let ids = ids.to_dtype(DType::I64)?.flatten_all()?.to_vec1::<i64>()?;
    match ids.into_iter().find(|&id| id < 0 || id >= rows as i64) {
        Some(found) => Err(InputError::UnknownId { what, rows, found }.into()),
        None => Ok(()),
    }
}

/// Refuses a mask that is not of the ids' shape.
pub(super) fn check_mask(mask: &Tensor, batch: usize, length: usize) -> Result<()> {
    if mask.dims() == [batch, length] {
        Ok(())
    } else {
        Err(InputError::shape("the attention mask", format!("[{batch}, {length}]"), mask).into())
    }
}

/// Half of the largest f16, so that a score added to it is still finite.
const NEVER_F16: f64 = -30_000.0;

/// A bias in the type of the scores that it is added to.
pub(super) fn bias_as(bias: &Tensor, dtype: DType) -> Result<Tensor> {
    match dtype {
        _ if bias.dtype() == dtype => Ok(bias.clone()),
        DType::F16 => bias.maximum(NEVER_F16)?.to_dtype(dtype),
        _ => bias.to_dtype(dtype),
    }
}

/// Multi-head attention of four projections, whatever their names in the file.
#[derive(Clone, Debug)]
pub(super) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
    scale: f64,
    dropout: f32,
}

/// Keys and values of what is attended to, `[batch, heads, memory, width]` each.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) keys: Tensor,
    pub(super) values: Tensor,
}

impl Attention {
    /// `[query, key, value, output]`; scores are scaled by one over the root of a head's width.
    pub(super) fn new([query, key, value, output]: [Linear; 4], heads: usize, dropout: f32) -> Result<Self> {
        let width = query.weight().dim(0)? / heads.max(1);
        let scale = 1.0 / (width.max(1) as f64).sqrt();
        Ok(Self { query, key, value, output, heads, scale, dropout })
    }

    /// Without the scaling, as T5 has it.
    pub(super) fn unscaled(self) -> Self {
        Self { scale: 1.0, ..self }
    }

    /// Attends to itself: `[batch, length, size]` → the same.
    pub(super) fn forward(&self, x: &Tensor, bias: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        let of = |map| apply(map, None, x);
        let way = layers::Attention { heads: self.heads, scale: self.scale, bias, dropout: self.dropout };
        let mixed = way.mix([&of(&self.query)?, &of(&self.key)?, &of(&self.value)?], pass)?;
        apply(&self.output, None, &mixed)
    }

    /// Attends to what was projected before.
    pub(super) fn attend(
        &self,
        x: &Tensor,
        memory: &Memory,
        bias: Option<&Tensor>,
        pass: &Pass,
    ) -> Result<Tensor> {
        let queries = split_heads(&apply(&self.query, None, x)?, self.heads)?;
        let of = [&queries, &memory.keys, &memory.values];
        let mixed = attend(of, self.scale, bias, self.dropout, pass)?;
        apply(&self.output, None, &merge_heads(&mixed)?)
    }

    /// Projects what is attended to.
    pub(super) fn memory(&self, x: &Tensor) -> Result<Memory> {
        Ok(Memory {
            keys: split_heads(&apply(&self.key, None, x)?, self.heads)?,
            values: split_heads(&apply(&self.value, None, x)?, self.heads)?,
        })
    }
}
