//! Dropout.

use super::{map_pairs, numbers, with};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

/// What of some values is kept, and how much of it to make up for the rest.
#[derive(Clone, Debug)]
pub(crate) struct Mask {
    /// 0, or what a value is multiplied by.
    factors: Vec<f32>,
}

impl Mask {
    /// From random numbers of sixteen bits, one for each value.
    pub(crate) fn new(drawn: &[u8], share: f32) -> Self {
        let share = share.clamp(0.0, 0.999);
        let (threshold, kept) = ((f64::from(share) * 65_536.0).round() as u16, 1.0 / (1.0 - share));
        let (pairs, _) = drawn.as_chunks::<2>();
        let factor = |pair: &[u8; 2]| if u16::from_le_bytes(*pair) < threshold { 0.0 } else { kept };
        Self { factors: pairs.iter().map(factor).collect() }
    }

    /// The factors themselves.
    pub(crate) fn into_factors(self) -> Vec<f32> {
        self.factors
    }

    /// Values times their factors.
    pub(super) fn times(&self, x: &[f32]) -> Result<Vec<f32>> {
        if x.len() != self.factors.len() {
            bail!("expected {} values, found {}", self.factors.len(), x.len())
        }
        Ok(map_pairs(x, &self.factors, |x, factor| x * factor))
    }
}

/// Values times a mask.
pub(crate) struct Dropout(pub(crate) Mask);

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.0.times(numbers(storage, layout)?)?), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let made = with(grad, |grad| self.0.times(grad))?;
        Tensor::from_vec(made, x.shape(), x.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;
    use candle_core::Device;

    #[test]
    fn it_is_a_product_with_the_mask() {
        let drawn: Vec<u8> = (0..48).map(|i| (i * 37 % 256) as u8).collect();
        let mask = Mask::new(&drawn, 0.4);
        let factors = Tensor::from_vec(mask.clone().into_factors(), (4, 6), &Device::Cpu).unwrap();
        let x = var(&[4, 6], 1);
        agree("dropout", &[&x], |v| v[0].apply_op1(Dropout(mask.clone())), |v| &v[0] * &factors);
        let kept = mask.into_factors().iter().filter(|&&factor| factor > 0.0).count();
        assert!((1..24).contains(&kept), "{kept}");
    }
}
