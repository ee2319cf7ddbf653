//! Scaled dot-product attention (Vaswani et al. 2017), the part that all the transformers share.

use super::{Pass, softmax};
use candle_core::{Result, Tensor};

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
