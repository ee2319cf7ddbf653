//! Activations as polynomials that the compiler turns into vector code, where candle asks the system's
//! mathematics for one value after the other; and their slopes.

use super::{map, map_pairs, numbers, with};
use crate::models::layers::Activation;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// Applies an activation.
pub(crate) struct Curve(pub(crate) Activation);

impl CustomOp1 for Curve {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = numbers(storage, layout)?;
        let made = match self.0 {
            Activation::Gelu => map(x, gelu),
            Activation::GeluNew => map(x, gelu_new),
            Activation::QuickGelu => map(x, quick_gelu),
            Activation::Swish => map(x, swish),
            Activation::Relu => map(x, relu),
        };
        Ok((CpuStorage::F32(made), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let made = with(x, |x| with(grad, |grad| Ok(slopes(self.0, x, grad))))?;
        Tensor::from_vec(made, x.shape(), x.device()).map(Some)
    }
}

/// Applies an activation in place.
pub(crate) fn curve(activation: Activation, values: &mut [f32]) {
    /// Turned into a loop of its own for each activation.
    #[inline(always)]
    fn each(values: &mut [f32], curve: impl Fn(f32) -> f32) {
        values.iter_mut().for_each(|value| *value = curve(*value));
    }
    match activation {
        Activation::Gelu => each(values, gelu),
        Activation::GeluNew => each(values, gelu_new),
        Activation::QuickGelu => each(values, quick_gelu),
        Activation::Swish => each(values, swish),
        Activation::Relu => each(values, relu),
    }
}

fn slopes(activation: Activation, x: &[f32], grad: &[f32]) -> Vec<f32> {
    match activation {
        Activation::Gelu => map_pairs(x, grad, |x, grad| grad * gelu_slope(x)),
        Activation::GeluNew => map_pairs(x, grad, |x, grad| {
            let x = bounded(x);
            grad * gated_slope(
                x,
                GELU_NEW * (x + 0.044_715 * x * x * x),
                GELU_NEW * (1.0 + 0.134_145 * x * x),
            )
        }),
        Activation::QuickGelu => {
            map_pairs(x, grad, |x, grad| grad * gated_slope(bounded(x), 1.702 * x, 1.702))
        }
        Activation::Swish => map_pairs(x, grad, |x, grad| grad * gated_slope(bounded(x), x, 1.0)),
        Activation::Relu => map_pairs(x, grad, |x, grad| if x > 0.0 { grad } else { 0.0 }),
    }
}

/// Twice the root of 2/π: the tanh approximation of GELU is `x · σ(gate)`, as `(1 + tanh u) / 2 = σ(2u)`.
const GELU_NEW: f32 = 1.595_769;

#[inline(always)]
fn gelu_new(x: f32) -> f32 {
    gated(x, GELU_NEW * (x + 0.044_715 * x * x * x))
}

#[inline(always)]
fn quick_gelu(x: f32) -> f32 {
    gated(x, 1.702 * x)
}

#[inline(always)]
fn swish(x: f32) -> f32 {
    gated(x, x)
}

#[inline(always)]
fn relu(x: f32) -> f32 {
    x.max(0.0)
}

/// Where a slope has long been 0 or 1, so that 0 times a power of x is 0.
#[inline(always)]
fn bounded(x: f32) -> f32 {
    x.clamp(-1e3, 1e3)
}

/// `x · σ(gate)`.
#[inline(always)]
fn gated(x: f32, gate: f32) -> f32 {
    x / (1.0 + exp(-gate))
}

/// Its slope, where the gate's is `slope`.
#[inline(always)]
fn gated_slope(x: f32, gate: f32, slope: f32) -> f32 {
    let share = 1.0 / (1.0 + exp(-gate));
    share + x * slope * (share * (1.0 - share))
}

/// The standard normal distribution's share below x, and its density times the root of 2π.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    // erf by Abramowitz and Stegun 7.1.26, whose error is below 2e-7.
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series =
        ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    let density = exp(-z * z);
    // erfc of the absolute value: what is small stays exact on the side where it is all there is.
    let rest = 0.5 * series * density;
    (if x < 0.0 { rest } else { 1.0 - rest }, density)
}

/// `x · (1 + erf(x / √2)) / 2`.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * normal(x).0
}

#[inline(always)]
fn gelu_slope(x: f32) -> f32 {
    let (below, density) = normal(x);
    // One over the root of 2π.
    below + 0.398_942_3 * (bounded(x) * density)
}

/// `eˣ` to a few units in the last place, between what f32 can hold.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added to a small number, its last bits are the nearest whole number.
    const ROUNDER: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    // ln 2 in two parts, so that nothing is lost where they nearly cancel.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let series = 1.0 / 120.0 + rest * (1.0 / 720.0 + rest * (1.0 / 5040.0));
    let series = 0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * series));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    power * (1.0 + rest * (1.0 + rest * series))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, near, var};
    use super::*;
    use candle_core::Device;

    const ALL: [Activation; 5] =
        [Activation::Gelu, Activation::GeluNew, Activation::QuickGelu, Activation::Swish, Activation::Relu];

    #[test]
    fn the_curves_are_those_of_the_slow_way() {
        let values = (-40_000..=40_000).map(|n| n as f32 / 2000.0);
        let values: Vec<f32> = values.chain([-1e30, -90.0, 90.0, 1e30]).collect();
        let x = Tensor::new(values.as_slice(), &Device::Cpu).unwrap();
        for activation in ALL {
            let slow = activation.forward(&x).unwrap().to_vec1::<f32>().unwrap();
            let mut fast = values.clone();
            curve(activation, &mut fast);
            for ((x, fast), slow) in values.iter().zip(fast).zip(slow) {
                let allowed = 6e-7 * x.abs().clamp(1.0, 1e30);
                assert!((fast - slow).abs() <= allowed, "{activation:?} of {x}: {fast} for {slow}");
            }
        }
    }

    #[test]
    fn slopes_are_those_of_the_slow_way_and_finite_far_out() {
        let x = var(&[3, 50], 4);
        for activation in ALL {
            // candle's own constants have six digits.
            let precise = |v: &[Tensor]| match activation {
                Activation::Gelu => (&v[0] * ((&v[0] / 2f64.sqrt())?.erf()? + 1.0)?)? * 0.5,
                Activation::GeluNew => {
                    let gate = ((v[0].powf(3.0)? * 0.044_715)? + &v[0])? * 1.595_769_121_6;
                    &v[0] * candle_nn::ops::sigmoid(&gate?)?
                }
                _ => activation.composed(&v[0]),
            };
            agree(&format!("{activation:?}"), &[&x], |v| v[0].apply_op1(Curve(activation)), precise);
            let ends = slopes(activation, &[-1e30, 1e30, -30.0, 30.0], &[1.0; 4]);
            let ends = Tensor::new(ends, &Device::Cpu).unwrap();
            near("far out", &ends, &Tensor::new(&[0f32, 1.0, 0.0, 1.0], &Device::Cpu).unwrap());
        }
    }
}
