//! The Fréchet distance between two sets of embeddings, each taken for a Gaussian (FID, FGD).
//!
//! `|μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½)`. The trace of the root is computed from the eigenvalues of the
//! symmetric matrix `Σ₁^½ Σ₂ Σ₁^½`, which are those of `Σ₁ Σ₂`. The reference takes the root of the
//! product itself and adds 1e-6 to the diagonals where that fails, as it may when samples are fewer than
//! numbers; here nothing fails, because eigenvalues that rounding made negative count as 0.

use super::{EmbeddingError, Embeddings};
use crate::eval::symmetric::{decompose, transposed};

/// Mean `[width]` and covariance `[width, width]` of embeddings.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Gaussian {
    /// Of embeddings; the covariance is divided by one less than their number, as numpy's is.
    ///
    /// # Errors
    /// [`EmbeddingError::TooFew`] below two.
    pub fn of(embeddings: &Embeddings) -> Result<Gaussian, EmbeddingError> {
        let (count, width) = (embeddings.len(), embeddings.width());
        if count < 2 {
            return Err(EmbeddingError::TooFew { metric: "the Fréchet distance", needed: 2, found: count });
        }
        let mut mean = vec![0.0; width];
        for row in embeddings.rows() {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += f64::from(*x) / count as f64);
        }
        let mut covariance = vec![0.0; width * width];
        for row in embeddings.rows() {
            let apart: Vec<f64> = row.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect();
            for (i, a) in apart.iter().enumerate() {
                let part = &mut covariance[i * width..i * width + i + 1];
                part.iter_mut().zip(&apart).for_each(|(sum, b)| *sum += a * b / (count - 1) as f64);
            }
        }
        for i in 0..width {
            for j in i + 1..width {
                covariance[i * width + j] = covariance[j * width + i];
            }
        }
        Ok(Gaussian { mean, covariance })
    }

    /// A Gaussian that is known: mean `[width]`, covariance `[width, width]`, which must be symmetric.
    ///
    /// # Errors
    /// [`EmbeddingError::Shape`] if the two do not fit.
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Result<Gaussian, EmbeddingError> {
        let width = mean.len();
        if covariance.len() != width * width {
            return Err(EmbeddingError::Shape { width, found: covariance.len() });
        }
        Ok(Gaussian { mean, covariance })
    }

    /// The Fréchet distance (Wasserstein's, squared); infinite if a number is none.
    ///
    /// # Errors
    /// [`EmbeddingError::Width`] if the widths differ.
    pub fn distance(&self, other: &Gaussian) -> Result<f64, EmbeddingError> {
        let width = self.mean.len();
        if other.mean.len() != width {
            return Err(EmbeddingError::Width(width, other.mean.len()));
        }
        let apart: f64 = self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
        let trace = |covariance: &[f64]| (0..width).map(|i| covariance[i * width + i]).sum::<f64>();
        let Some(root) = trace_of_root(width, &self.covariance, &other.covariance) else {
            return Ok(f64::INFINITY);
        };
        Ok(apart + trace(&self.covariance) + trace(&other.covariance) - 2.0 * root)
    }
}

/// `Tr((a b)^½)` of two covariances.
fn trace_of_root(size: usize, a: &[f64], b: &[f64]) -> Option<f64> {
    let eigen = decompose(size, a)?;
    let roots: Vec<f64> = eigen.values.iter().map(|value| value.max(0.0).sqrt()).collect();
    // With a = V D² Vᵀ: D Vᵀ b V D has the eigenvalues of a b.
    let vectors = transposed(size, &eigen.vectors);
    let turned = product(size, &product(size, &vectors, b), &eigen.vectors);
    let middle: Vec<f64> =
        turned.iter().enumerate().map(|(at, x)| x * roots[at / size] * roots[at % size]).collect();
    Some(decompose(size, &middle)?.values.iter().map(|value| value.max(0.0).sqrt()).sum())
}

fn product(size: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for (out, a) in out.chunks_exact_mut(size.max(1)).zip(a.chunks_exact(size.max(1))) {
        for (factor, row) in a.iter().zip(b.chunks_exact(size.max(1))) {
            out.iter_mut().zip(row).for_each(|(out, x)| *out += factor * x);
        }
    }
    out
}

/// The Fréchet distance of two sets of embeddings; lower is nearer, 0 for the same set.
///
/// # Errors
/// [`EmbeddingError`] if widths differ or a set has fewer than two.
pub fn frechet_distance(made: &Embeddings, recorded: &Embeddings) -> Result<f64, EmbeddingError> {
    Gaussian::of(made)?.distance(&Gaussian::of(recorded)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");
    }

    #[test]
    fn gaussians_that_commute_have_the_closed_form() {
        let one = Gaussian::new(vec![1.0, 2.0], vec![4.0, 0.0, 0.0, 9.0]).unwrap();
        let two = Gaussian::new(vec![0.0, 4.0], vec![1.0, 0.0, 0.0, 25.0]).unwrap();
        // |μ|² + Σ (σ₁ - σ₂)²
        near(one.distance(&two).unwrap(), 5.0 + 1.0 + 4.0);
        near(one.distance(&one).unwrap(), 0.0);
        assert_eq!(
            one.distance(&Gaussian::new(vec![0.0], vec![1.0]).unwrap()),
            Err(EmbeddingError::Width(2, 1))
        );
    }

    /// The number is that of numpy 2.4 and scipy 1.17: `cov(rowvar=False)` and `sqrtm`.
    #[test]
    #[rustfmt::skip]
    fn two_small_sets_are_as_far_apart_as_scipy_says() {
        let a = [
            2.04, -2.56, 0.42, -0.57, -0.45, -0.22, -2.02, -0.23, -0.87, 3.32, 0.23, -0.35, -0.28, -0.67, -1.06,
            -0.39, 0.48, -0.24,
        ];
        let b = [
            1.84, 0.1, 0.44, 2.72, 1.22, -0.36, 0.13, 1.21, 3.3, -0.0, 0.03, 1.9, -0.93, -0.04, 1.72, 1.27, 0.54,
            1.41, -3.84, 1.93, -1.04,
        ];
        let [a, b] = [&a[..], &b[..]].map(|values| Embeddings::new(3, values.to_vec()).unwrap());
        let found = frechet_distance(&a, &b).unwrap();
        assert!((found - 4.83775289088422).abs() < 1e-5, "{found}");
    }

    #[test]
    fn fewer_samples_than_numbers_are_no_trouble() {
        let few = Embeddings::new(40, (0..120).map(|i| (i as f32 * 0.7).sin()).collect()).unwrap();
        let other = Embeddings::new(40, (0..160).map(|i| (i as f32 * 0.3).cos()).collect()).unwrap();
        let distance = frechet_distance(&few, &other).unwrap();
        assert!(distance.is_finite() && distance > 0.0, "{distance}");
        assert!(frechet_distance(&few, &few).unwrap().abs() < 1e-9);
        let one = Embeddings::new(40, vec![0.0; 40]).unwrap();
        assert!(matches!(frechet_distance(&one, &few), Err(EmbeddingError::TooFew { found: 1, .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn it_is_symmetric_not_negative_and_moves_with_the_mean(
            a in prop::collection::vec(-1f32..1.0, 30), b in prop::collection::vec(-1f32..1.0, 30)
        ) {
            let made = Embeddings::new(3, a.clone()).unwrap();
            let recorded = Embeddings::new(3, b).unwrap();
            let there = frechet_distance(&made, &recorded).unwrap();
            prop_assert!((there - frechet_distance(&recorded, &made).unwrap()).abs() < 1e-9 && there > -1e-9);
            let moved = Embeddings::new(3, a.iter().map(|x| x + 2.0).collect()).unwrap();
            prop_assert!((frechet_distance(&made, &moved).unwrap() - 12.0).abs() < 1e-5);
        }
    }
}
