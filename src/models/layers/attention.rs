//! Scaled dot-product attention (Vaswani et al. 2017), the part that all the transformers share.

use super::ops::{Attend, Sizes, is_trained};
use super::{Pass, softmax};
use candle_core::{Result, Tensor};

/// What attends to what, and how.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    /// Heads, which divide the width.
    pub heads: usize,
    /// What scores are multiplied by.
    pub scale: f64,
    /// What is added to them: broadcast to `[batch, heads, length, memory]`.
    pub bias: Option<&'a Tensor>,
    /// The share of weights that training drops.
    pub dropout: f32,
}

impl Attention<'_> {
    /// Queries `[batch, length, size]`, keys and values `[batch, memory, size]` → `[batch, length, size]`.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn mix(&self, [queries, keys, values]: [&Tensor; 3], pass: &Pass) -> Result<Tensor> {
        let sizes = self.sizes(queries.dims3()?, keys.dim(1)?);
        if self.is_fused(&[queries, keys, values], &sizes) {
            let operation = self.operation(sizes, pass)?;
            return queries.contiguous()?.apply_op3(&keys.contiguous()?, &values.contiguous()?, operation);
        }
        let split = |x: &Tensor| split_heads(x, self.heads);
        let parts = [&split(queries)?, &split(keys)?, &split(values)?];
        merge_heads(&attend(parts, self.scale, self.bias, self.dropout, pass)?)
    }

    /// The same of queries, keys and values side by side: `[batch, length, 3 · size]` →
    /// `[batch, length, size]`.
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn mix_packed(&self, packed: &Tensor, pass: &Pass) -> Result<Tensor> {
        let (batch, length, size) = packed.dims3()?;
        let sizes = self.sizes((batch, length, size / 3), length);
        if self.is_fused(&[packed], &sizes) {
            return packed.contiguous()?.apply_op1(self.operation(sizes, pass)?);
        }
        let part = |i: usize| packed.narrow(2, i * (size / 3), size / 3);
        self.mix([&part(0)?, &part(1)?, &part(2)?], pass)
    }

    fn sizes(&self, (batch, length, size): (usize, usize, usize), memory: usize) -> Sizes {
        Sizes { batch, length, memory, heads: self.heads, width: size / self.heads.max(1) }
    }

    fn is_fused(&self, tensors: &[&Tensor], sizes: &Sizes) -> bool {
        let counts = [sizes.batch, sizes.length, sizes.memory, sizes.heads, sizes.width];
        let is_plain = |bias: &Tensor| !bias.track_op() && bias.dtype() == tensors[0].dtype();
        counts.iter().all(|&count| count > 0) && self.bias.is_none_or(is_plain) && is_trained(tensors)
    }

    fn operation(&self, sizes: Sizes, pass: &Pass) -> Result<Attend> {
        let count = sizes.batch * sizes.heads * sizes.length * sizes.memory;
        let mask = match pass {
            Pass::Train(noise) if self.dropout > 0.0 => Some(noise.mask(count, self.dropout)),
            _ => None,
        };
        Attend::new(sizes, self.scale, self.bias, mask)
    }
}

/// `[batch, length, heads · width]` → `[batch, heads, length, width]`.
///
/// # Errors
/// Where the last dimension is no multiple of `heads`.
pub fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (batch, length, size) = x.dims3()?;
    x.reshape((batch, length, heads, size / heads))?.transpose(1, 2)?.contiguous()
}

/// `[batch, heads, length, width]` → `[batch, length, heads · width]`.
///
/// # Errors
/// candle's.
pub fn merge_heads(x: &Tensor) -> Result<Tensor> {
    let (batch, heads, length, width) = x.dims4()?;
    x.transpose(1, 2)?.reshape((batch, length, heads * width))
}

/// `softmax(q kᵀ · scale + bias) v`.
///
/// - `queries`: `[batch, heads, length, width]`; `keys` and `values`: `[batch, heads, memory, width]`
/// - `bias`: broadcast to `[batch, heads, length, memory]`
/// - `dropout`: the share of weights that training drops
///
/// # Errors
/// Where shapes do not fit.
pub fn attend(
    [queries, keys, values]: [&Tensor; 3],
    scale: f64,
    bias: Option<&Tensor>,
    dropout: f32,
    pass: &Pass,
) -> Result<Tensor> {
    let scores = (queries * scale)?.matmul(&keys.t()?)?;
    let scores = match bias {
        Some(bias) => scores.broadcast_add(bias)?,
        None => scores,
    };
    pass.dropout(&softmax(&scores)?, dropout)?.matmul(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::layers::{causal_bias, padding_bias};
    use candle_core::Device;

    #[test]
    fn heads_split_and_merge_back() {
        let x = Tensor::arange(0f32, 48.0, &Device::Cpu).unwrap().reshape((2, 4, 6)).unwrap();
        let back = merge_heads(&split_heads(&x, 3).unwrap()).unwrap();
        assert_eq!(back.to_vec3::<f32>().unwrap(), x.to_vec3::<f32>().unwrap());
    }

    #[test]
    fn what_is_masked_is_not_attended() {
        let draw = || Tensor::randn(0f32, 1.0, (1, 2, 3, 4), &Device::Cpu).unwrap();
        let (q, k, v) = (draw(), draw(), draw());
        let masked = padding_bias(&Tensor::new(&[[1u8, 1, 0]], &Device::Cpu).unwrap()).unwrap();
        let all = attend([&q, &k, &v], 0.5, Some(&masked), 0.0, &Pass::Infer).unwrap();
        let cut = |x: &Tensor| x.narrow(2, 0, 2).unwrap().contiguous().unwrap();
        let short = attend([&q, &cut(&k), &cut(&v)], 0.5, None, 0.0, &Pass::Infer).unwrap();
        let gap = (all - short).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        assert!(gap.to_scalar::<f32>().unwrap() < 1e-6);
        let causal = causal_bias(3, &Device::Cpu).unwrap();
        let first = attend([&q, &k, &v], 0.5, Some(&causal), 0.0, &Pass::Infer).unwrap();
        let gap = (first.narrow(2, 0, 1).unwrap() - v.narrow(2, 0, 1).unwrap()).unwrap();
        assert!(gap.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-6);
    }
}
