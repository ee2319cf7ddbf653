//! Normalising layers and softmax, fused where no gradient is wanted and differentiable where one is.

use super::ops::{Normalise, Softmax, is_trained};
use candle_core::{D, Result, Tensor};
use candle_nn::{Init, VarBuilder};

/// Layer normalisation over the last dimension (Ba et al. 2016), as `torch.nn.LayerNorm`.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
}

impl LayerNorm {
    /// Reads `weight` and `bias`, both `[size]`.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(size: usize, eps: f64, vb: VarBuilder) -> Result<Self> {
        let weight = vb.get_with_hints(size, "weight", Init::Const(1.0))?;
        let bias = vb.get_with_hints(size, "bias", Init::Const(0.0))?;
        Ok(Self { weight, bias, eps })
    }

    /// `[…, size]` → `[…, size]`.
    ///
    /// # Errors
    /// Where the last dimension is another.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let all = [x, &self.weight, &self.bias];
        if is_trained(&all) {
            x.contiguous()?.apply_op3(&self.weight, &self.bias, Normalise::new(self.eps))
        } else if any_tracked(&all) {
            candle_nn::ops::layer_norm_slow(x, &self.weight, &self.bias, self.eps as f32)
        } else {
            candle_nn::ops::layer_norm(&x.contiguous()?, &self.weight, &self.bias, self.eps as f32)
        }
    }
}

/// Root-mean-square normalisation without mean or bias (Zhang and Sennrich 2019), as T5 has it.
#[derive(Clone, Debug)]
pub struct RmsNorm {
    weight: Tensor,
    eps: f64,
}

impl RmsNorm {
    /// Reads `weight`, `[size]`.
    ///
    /// # Errors
    /// The builder's, where it lacks it.
    pub fn new(size: usize, eps: f64, vb: VarBuilder) -> Result<Self> {
        let weight = vb.get_with_hints(size, "weight", Init::Const(1.0))?;
        Ok(Self { weight, eps })
    }

    /// `[…, size]` → `[…, size]`.
    ///
    /// # Errors
    /// Where the last dimension is another.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if any_tracked(&[x, &self.weight]) {
            candle_nn::ops::rms_norm_slow(x, &self.weight, self.eps as f32)
        } else {
            candle_nn::ops::rms_norm(&x.contiguous()?, &self.weight, self.eps as f32)
        }
    }
}

/// Softmax over the last dimension.
///
/// # Errors
/// candle's.
pub fn softmax(x: &Tensor) -> Result<Tensor> {
    if is_trained(&[x]) {
        x.contiguous()?.apply_op1(Softmax)
    } else if x.track_op() {
        // The maximum only keeps the exponential finite; it cancels, so no gradient goes through it.
        let shifted = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?.exp()?;
        shifted.broadcast_div(&shifted.sum_keepdim(D::Minus1)?)
    } else {
        candle_nn::ops::softmax_last_dim(&x.contiguous()?)
    }
}

fn any_tracked(tensors: &[&Tensor]) -> bool {
    tensors.iter().any(|tensor| tensor.track_op())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};

    fn differs(a: &Tensor, b: &Tensor) -> f32 {
        (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn the_fused_and_the_differentiable_way_agree() {
        let x = Tensor::randn(0.3f32, 2.0, (3, 5, 16), &Device::Cpu).unwrap();
        let weight = Tensor::randn(1f32, 0.2, 16, &Device::Cpu).unwrap();
        let bias = Tensor::randn(0f32, 0.2, 16, &Device::Cpu).unwrap();
        let layer = LayerNorm { weight: weight.clone(), bias, eps: 1e-5 };
        let rms = RmsNorm { weight, eps: 1e-6 };
        let tracked = Var::from_tensor(&x).unwrap();
        let both = |f: &dyn Fn(&Tensor) -> Result<Tensor>| differs(&f(&x).unwrap(), &f(&tracked).unwrap());
        assert!(both(&|x| layer.forward(x)) < 2e-6);
        assert!(both(&|x| rms.forward(x)) < 2e-6);
        assert!(both(&softmax) < 1e-6);
    }

    #[test]
    fn gradients_pass_through_each_of_them() {
        let x = Var::randn(0f32, 1.0, (2, 8), &Device::Cpu).unwrap();
        let weight = Var::randn(1f32, 0.1, 8, &Device::Cpu).unwrap();
        let bias = Var::zeros(8, DType::F32, &Device::Cpu).unwrap();
        let layer =
            LayerNorm { weight: weight.as_tensor().clone(), bias: bias.as_tensor().clone(), eps: 1e-5 };
        let scores = softmax(&layer.forward(&x).unwrap()).unwrap();
        let gradients = scores.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        for var in [&x, &weight, &bias] {
            let gradient = gradients.get(var).expect("a gradient").abs().unwrap().sum_all().unwrap();
            assert!(gradient.to_scalar::<f32>().unwrap() > 1e-6);
        }
    }

    #[test]
    fn softmax_stays_finite_for_large_scores() {
        let x = Tensor::new(&[1e30f32, 0.0, f32::MIN], &Device::Cpu).unwrap();
        assert_eq!(softmax(&x).unwrap().to_vec1::<f32>().unwrap(), [1.0, 0.0, 0.0]);
        let tracked = Var::from_tensor(&x).unwrap();
        assert_eq!(softmax(&tracked).unwrap().to_vec1::<f32>().unwrap(), [1.0, 0.0, 0.0]);
    }
}
