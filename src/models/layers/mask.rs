//! Which positions count: padding and the future, as biases that attention adds to its scores.

use candle_core::{Device, Result, Tensor};

/// What is added to a score that must not count. Finite, so that a row of nothing but padding gives a
/// mean and not NaN.
const NEVER: f32 = f32::MIN;

/// `[batch, length]`, 1 where something is and 0 where nothing is → `[batch, 1, 1, length]`, f32.
///
/// # Errors
/// candle's.
pub fn padding_bias(mask: &Tensor) -> Result<Tensor> {
    let (batch, length) = mask.dims2()?;
    let mask = mask.ne(0f64)?;
    let never = Tensor::new(NEVER, mask.device())?.broadcast_as((batch, length))?;
    mask.where_cond(&never.zeros_like()?, &never)?.reshape((batch, 1, 1, length))
}

/// `[1, 1, length, length]`, f32: no position sees a later one.
///
/// # Errors
/// candle's.
pub fn causal_bias(length: usize, device: &Device) -> Result<Tensor> {
    let bias = |i: usize| if i % length > i / length { NEVER } else { 0.0 };
    let bias: Vec<f32> = (0..length * length).map(bias).collect();
    Tensor::from_vec(bias, (1, 1, length, length), device)
}

/// The mean over the length of what is marked: `[batch, length, size]` and `[batch, length]` →
/// `[batch, size]`. Rows without a mark give 0.
///
/// # Errors
/// candle's.
pub fn masked_mean(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let mask = mask.ne(0f64)?.to_dtype(x.dtype())?.unsqueeze(2)?;
    let count = mask.sum(1)?.maximum(1f64)?;
    x.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    #[test]
    fn means_leave_out_what_is_not_marked() {
        let x = Tensor::new(&[[[1f32, 2.0], [3.0, 4.0], [9.0, 9.0]]], &Device::Cpu).unwrap();
        let mean = |mask: [u8; 3]| {
            let mask = Tensor::new(&[mask], &Device::Cpu).unwrap();
            masked_mean(&x, &mask).unwrap().to_vec2::<f32>().unwrap().remove(0)
        };
        assert_eq!(mean([1, 1, 0]), [2.0, 3.0]);
        assert_eq!(mean([0, 0, 0]), [0.0, 0.0]);
    }

    #[test]
    fn biases_are_finite_and_only_where_nothing_counts() {
        let causal = causal_bias(3, &Device::Cpu).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let zeros: Vec<bool> = causal.iter().map(|&b| b == 0.0).collect();
        assert_eq!(zeros, [true, false, false, true, true, false, true, true, true]);
        assert!(causal.iter().all(|b| b.is_finite()));
        let mask = Tensor::new(&[[1i64, 0]], &Device::Cpu).unwrap().to_dtype(DType::F32).unwrap();
        let bias = padding_bias(&mask).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(bias, [0.0, NEVER]);
    }
}
