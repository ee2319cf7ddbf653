//! Whether made motion is like recorded motion as a set: the metrics of text to motion.
//!
//! They compare embeddings, not clips, so their numbers mean nothing beside those of another embedding:
//! published ones come from the evaluators of Guo et al. (CVPR 2022), trained on HumanML3D. Protocols are
//! theirs as T2M-GPT runs them (`utils/eval_trans.py`); draws are seeded here, theirs follow numpy's.
//!
//! - [`frechet_distance`]: FID on embeddings
//! - [`diversity`], [`multimodality`]: how different motions are, of all texts and of one
//! - [`text_match`]: R-precision and MM-Dist, whether motion and text belong together

mod embeddings;
mod frechet;
mod spread;
mod text_match;

pub use embeddings::{EmbeddingError, Embeddings};
pub use frechet::{Gaussian, frechet_distance};
pub use spread::{DIVERSITY_PAIRS, MULTIMODALITY_PAIRS, diversity, multimodality};
pub use text_match::{POOL, TextMatch, text_match};

use serde::Serialize;

/// How often T2M-GPT repeats an evaluation.
pub const REPETITIONS: usize = 20;

/// A metric over repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repeated {
    /// The mean.
    pub mean: f64,
    /// Half the width of the 95 % interval of the mean: `1.96 σ / √n`, with `σ` divided by `n`, as T2M-GPT
    /// prints behind its `±`.
    pub interval: f64,
}

impl Repeated {
    /// Of so many values; nothing of none.
    pub fn of(values: &[f64]) -> Option<Repeated> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (!values.is_empty()).then(|| Repeated { mean, interval: 1.96 * (variance / count).sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_of_the_mean() {
        let found = Repeated::of(&[1.0, 3.0]).unwrap();
        assert!((found.mean - 2.0).abs() < 1e-12 && (found.interval - 1.96 / 2f64.sqrt()).abs() < 1e-12);
        assert_eq!(Repeated::of(&[]), None);
    }
}
