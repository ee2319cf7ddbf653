//! Numbers of a known seed, the same on every machine and in whatever order tensors are asked for: the
//! seed is mixed with the tensor's name.

use candle_nn::Init;
use candle_nn::init::NormalOrUniform;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};
use std::f64::consts::TAU;

/// A stream of numbers.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream of a tensor.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let key = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name).finalize();
        Self(ChaCha8Rng::from_seed(key.into()))
    }

    /// Even in [0, 1).
    fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal numbers of mean 0 and deviation 1, by Box and Muller's transform.
    pub(super) fn normal(&mut self, count: usize) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(count + 1);
        while numbers.len() < count {
            let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
            let (sine, cosine) = (TAU * self.share()).sin_cos();
            numbers.extend([radius * cosine, radius * sine]);
        }
        numbers.truncate(count);
        numbers
    }

    /// Numbers as a hint asks for.
    pub(super) fn of(&mut self, hint: Init, shape: &[usize]) -> Vec<f32> {
        let count = shape.iter().product();
        match hint {
            Init::Const(value) => vec![value as f32; count],
            Init::Randn { mean, stdev } => self.spread(count, mean, stdev),
            Init::Uniform { lo, up } => self.even(count, lo, up),
            Init::Kaiming { dist, fan, non_linearity } => {
                let deviation = non_linearity.gain() / (fan.for_shape(&shape.into()) as f64).sqrt();
                match dist {
                    NormalOrUniform::Normal => self.spread(count, 0.0, deviation),
                    NormalOrUniform::Uniform => {
                        let bound = 3f64.sqrt() * deviation;
                        self.even(count, -bound, bound)
                    }
                }
            }
        }
    }

    /// Normal numbers.
    pub(super) fn spread(&mut self, count: usize, mean: f64, deviation: f64) -> Vec<f32> {
        self.normal(count).into_iter().map(|n| (mean + deviation * n) as f32).collect()
    }

    fn even(&mut self, count: usize, low: f64, high: f64) -> Vec<f32> {
        (0..count).map(|_| (low + (high - low) * self.share()) as f32).collect()
    }
}

/// `1 / sqrt(fan_in)`: keeps the size of what flows through a matrix `[out, in, …]`.
pub(super) fn kept_size(shape: &[usize]) -> f64 {
    let fan_in: usize = shape.iter().skip(1).product();
    1.0 / (fan_in.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_deviation(numbers: &[f32]) -> (f64, f64) {
        let count = numbers.len() as f64;
        let mean = numbers.iter().map(|n| f64::from(*n)).sum::<f64>() / count;
        let square = numbers.iter().map(|n| (f64::from(*n) - mean).powi(2)).sum::<f64>() / count;
        (mean, square.sqrt())
    }

    #[test]
    fn the_stream_depends_on_seed_and_name_alone() {
        let draw = |seed, name: &str| Draws::new(seed, name).normal(5);
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    #[test]
    fn hints_give_their_mean_and_deviation() {
        let shape = [100, 100];
        let normal = Draws::new(7, "n").of(Init::Randn { mean: 2.0, stdev: 0.5 }, &shape);
        let (mean, deviation) = mean_and_deviation(&normal);
        assert!((mean - 2.0).abs() < 0.02 && (deviation - 0.5).abs() < 0.02, "{mean} {deviation}");

        let even = Draws::new(7, "u").of(Init::Uniform { lo: -1.0, up: 3.0 }, &shape);
        let (mean, deviation) = mean_and_deviation(&even);
        assert!((mean - 1.0).abs() < 0.04 && (deviation - 4.0 / 12f64.sqrt()).abs() < 0.04);
        assert!(even.iter().all(|n| (-1.0..=3.0).contains(n)));

        let kaiming = Draws::new(7, "k").of(candle_nn::init::DEFAULT_KAIMING_NORMAL, &shape);
        let (_, deviation) = mean_and_deviation(&kaiming);
        assert!((deviation - (2.0f64 / 100.0).sqrt()).abs() < 0.005, "{deviation}");
    }
}
