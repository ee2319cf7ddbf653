//! The activations that the references' configurations name.

use super::ops::{Curve, is_trained};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// An elementwise activation, by the name that Hugging Face's `config.json` has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Gaussian error linear unit by the error function (BERT, MotionCLIP, T2M-GPT).
    #[default]
    Gelu,
    /// The same by its tanh approximation (T5 v1.1).
    #[serde(alias = "gelu_pytorch_tanh")]
    GeluNew,
    /// The same by a logistic: `x · σ(1.702 x)` (CLIP).
    QuickGelu,
    /// `x · σ(x)`, also called SiLU (Marian).
    #[serde(alias = "silu")]
    Swish,
    /// `max(x, 0)`.
    Relu,
}

impl Activation {
    /// Applies it.
    ///
    /// # Errors
    /// candle's.
    pub fn forward(self, x: &Tensor) -> Result<Tensor> {
        if is_trained(&[x]) { x.contiguous()?.apply_op1(Curve(self)) } else { self.composed(x) }
    }

    /// The same by candle's operations.
    pub(super) fn composed(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Gelu => x.gelu_erf(),
            Self::GeluNew => x.gelu(),
            Self::QuickGelu => x * candle_nn::ops::sigmoid(&(x * 1.702)?)?,
            Self::Swish => x.silu(),
            Self::Relu => x.relu(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    const ALL: [Activation; 5] =
        [Activation::Gelu, Activation::GeluNew, Activation::QuickGelu, Activation::Swish, Activation::Relu];

    #[test]
    fn values_are_the_published_ones() {
        // torch.nn.functional at 1 and −2: gelu, gelu(approximate="tanh"), x·sigmoid(1.702x), silu, relu.
        let expected = [
            [0.841_344_7, -0.045_500_3],
            [0.841_192, -0.045_402_3],
            [0.845_795_8, -0.064_344_8],
            [0.731_058_6, -0.238_405_8],
            [1.0, 0.0],
        ];
        let x = Tensor::new(&[1f32, -2.0], &Device::Cpu).unwrap();
        for (activation, expected) in ALL.into_iter().zip(expected) {
            let got = activation.forward(&x).unwrap().to_vec1::<f32>().unwrap();
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{activation:?}: {got:?}");
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        let at = [0.7f64, -0.4, 1.9];
        for activation in ALL {
            let x = Var::new(&at, &Device::Cpu).unwrap();
            let y = activation.forward(&x).unwrap().sum_all().unwrap();
            let gradient = y.backward().unwrap().get(&x).unwrap().to_vec1::<f64>().unwrap();
            let value = |x: f64| {
                let y = activation.forward(&Tensor::new(&[x], &Device::Cpu).unwrap()).unwrap();
                y.to_vec1::<f64>().unwrap()[0]
            };
            for (x, gradient) in at.into_iter().zip(gradient) {
                let difference = (value(x + 1e-4) - value(x - 1e-4)) / 2e-4;
                assert!((gradient - difference).abs() < 1e-4, "{activation:?} at {x}");
            }
        }
    }
}
