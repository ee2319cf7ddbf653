//! Whether a network is used or trained, and the randomness that training draws.
//!
//! candle draws dropout from the device's own generator, whose state cannot be saved on a CPU. Masks are
//! drawn here from a generator of known seed instead, so that a resumed run is the run that was broken
//! off.

use super::ops::{Dropout, Mask, is_trained};
use candle_core::{Device, Result, Shape, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::f64::consts::TAU;
use std::sync::{Mutex, PoisonError};

/// How a network is run.
#[derive(Clone, Copy, Debug)]
pub enum Pass<'a> {
    /// To use it: nothing is drawn.
    Infer,
    /// To train it: dropout draws from here.
    Train(&'a Noise),
}

impl Pass<'_> {
    /// Sets a `share` of the values to 0 and scales the others up to keep the mean (inverted dropout);
    /// the identity when nothing is trained.
    ///
    /// # Errors
    /// candle's.
    pub fn dropout(&self, x: &Tensor, share: f32) -> Result<Tensor> {
        match self {
            Pass::Train(noise) if share > 0.0 => {
                let mask = noise.mask(x.elem_count(), share);
                if is_trained(&[x]) {
                    return x.contiguous()?.apply_op1(Dropout(mask));
                }
                x.mul(&Tensor::from_vec(mask.into_factors(), x.shape(), x.device())?.to_dtype(x.dtype())?)
            }
            _ => Ok(x.clone()),
        }
    }
}

/// Randomness of a known seed.
#[derive(Debug)]
pub struct Noise(Mutex<ChaCha8Rng>);

impl Noise {
    /// Begins at a step of a run: the same seed and step draw the same, whatever was drawn before.
    pub fn new(seed: u64, step: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(step);
        Self(Mutex::new(rng))
    }

    /// Draws from the standard normal distribution (Box and Muller 1958), f32.
    ///
    /// # Errors
    /// candle's.
    pub fn normal(&self, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
        let shape = shape.into();
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Above 0, because its logarithm is taken.
        let mut uniform = || (f64::from(rng.next_u32()) + 1.0) / 2f64.powi(32);
        let mut draw = |_| {
            let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), TAU * uniform());
            (radius * angle.cos()) as f32
        };
        let values: Vec<f32> = (0..shape.elem_count()).map(&mut draw).collect();
        Tensor::from_vec(values, shape, device)
    }

    /// A number below `bound`, each as likely; 0 of nothing.
    pub fn below(&self, bound: u32) -> u32 {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ((u64::from(rng.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A number from 0 to 1, 1 left out.
    pub fn unit(&self) -> f64 {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f64::from(rng.next_u32()) / 2f64.powi(32)
    }

    /// 0 or `1 / (1 − share)` for each of so many values.
    pub(super) fn mask(&self, count: usize, share: f32) -> Mask {
        let mut drawn = vec![0u8; 2 * count];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut drawn);
        Mask::new(&drawn, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    #[test]
    fn dropout_keeps_the_mean_and_repeats_itself() {
        let ones = Tensor::ones((100, 100), DType::F32, &Device::Cpu).unwrap();
        let draw = |step| Pass::Train(&Noise::new(7, step)).dropout(&ones, 0.25).unwrap();
        let mean = draw(1).mean_all().unwrap().to_scalar::<f32>().unwrap();
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        let same = |a: Tensor, b: Tensor| a.to_vec2::<f32>().unwrap() == b.to_vec2::<f32>().unwrap();
        assert!(same(draw(1), draw(1)));
        assert!(!same(draw(1), draw(2)));
        assert!(same(Pass::Infer.dropout(&ones, 0.25).unwrap(), ones.clone()));
    }

    #[test]
    fn normal_draws_have_the_mean_and_spread_of_their_name() {
        let draws = Noise::new(3, 0).normal(20_000, &Device::Cpu).unwrap().to_vec1::<f32>().unwrap();
        let mean = draws.iter().sum::<f32>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        assert!(draws.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let noise = Noise::new(3, 0);
        let draws: Vec<u32> = (0..300).map(|_| noise.below(7)).collect();
        assert!((0..7).all(|number| draws.contains(&number)) && draws.iter().all(|&n| n < 7));
        assert!((0..300).map(|_| noise.unit()).all(|x| (0.0..1.0).contains(&x)));
    }
}
