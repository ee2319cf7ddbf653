//! Linear maps.

use super::ops::{Project, ProjectWithBias, is_trained};
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module};

/// `x Wᵀ + b`: `[…, from]` → `[…, to]`; what `map.forward(x)` gives, sooner where it is trained on a
/// processor.
///
/// # Errors
/// Where the last dimension is another.
pub fn project(map: &Linear, x: &Tensor) -> Result<Tensor> {
    let weight = map.weight();
    match map.bias() {
        Some(bias) if is_trained(&[x, weight, bias]) => {
            x.contiguous()?.apply_op3(weight, bias, ProjectWithBias)
        }
        None if is_trained(&[x, weight]) => x.contiguous()?.apply_op2(weight, Project),
        _ => map.forward(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn what_is_trained_and_what_is_not_agree() {
        let x = Tensor::randn(0f32, 1.0, (2, 5, 4), &Device::Cpu).unwrap().transpose(0, 1).unwrap();
        let weight = Var::randn(0f32, 1.0, (3, 4), &Device::Cpu).unwrap();
        for bias in [None, Some(Tensor::randn(0f32, 1.0, 3, &Device::Cpu).unwrap())] {
            let plain = project(&Linear::new(weight.as_detached_tensor(), bias.clone()), &x).unwrap();
            let trained = project(&Linear::new(weight.as_tensor().clone(), bias), &x).unwrap();
            let gap = (&plain - &trained).unwrap().abs().unwrap().max_all().unwrap();
            assert!(gap.to_scalar::<f32>().unwrap() < 1e-5);
            let gradients = trained.sum_all().unwrap().backward().unwrap();
            assert_eq!(gradients.get(&weight).unwrap().dims(), [3, 4]);
        }
    }
}
