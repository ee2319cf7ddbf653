//! Whether motions and texts find each other: R-precision and MM-Dist.

use super::embeddings::draw;
use super::{EmbeddingError, Embeddings};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;

/// How many motions each text chooses from: its own and 31 others.
pub const POOL: usize = 32;

/// What [`text_match`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TextMatch {
    /// R-precision: the share of texts whose own motion is the nearest of its pool, among the two nearest,
    /// among the three nearest. Chance: 1/32, 2/32, 3/32.
    pub r_precision: [f64; 3],
    /// MM-Dist: the mean distance of a text from its own motion.
    pub distance: f64,
    /// Pairs that were in a whole pool; the rest was left out.
    pub pairs: usize,
}

/// Pairs are shuffled and taken in pools of [`POOL`]; in each, texts look for their motion by Euclidean
/// distance, of equals the wrong ones first. What does not fill a pool is left out, as the reference does.
///
/// Row `i` of `texts` belongs to row `i` of `motions`. Give each text once: a second motion of the same
/// text in a pool counts as a wrong one.
///
/// # Errors
/// [`EmbeddingError`] if counts or widths differ, or there is no whole pool.
pub fn text_match(texts: &Embeddings, motions: &Embeddings, seed: u64) -> Result<TextMatch, EmbeddingError> {
    texts.same_width(motions)?;
    let (ones, others) = (texts.len(), motions.len());
    if ones != others {
        return Err(EmbeddingError::Pairs { one: "texts", other: "motions", ones, others });
    }
    if ones < POOL {
        return Err(EmbeddingError::TooFew { metric: "R-precision", needed: POOL, found: ones });
    }
    let order = draw(&mut ChaCha8Rng::seed_from_u64(seed), ones, ones);
    let (mut hits, mut sum) = ([0_usize; 3], 0.0);
    let pools = order.as_chunks::<POOL>().0;
    for pool in pools {
        for &text in pool {
            let own = texts.distance(text, motions, text);
            let nearer = |other: &&usize| **other != text && texts.distance(text, motions, **other) <= own;
            let rank = pool.iter().filter(nearer).count();
            hits.iter_mut().skip(rank).for_each(|hits| *hits += 1);
            sum += own;
        }
    }
    let pairs = pools.len() * POOL;
    Ok(TextMatch {
        r_precision: hits.map(|hits| hits as f64 / pairs as f64),
        distance: sum / pairs as f64,
        pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::RngCore;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.next_u32() as f32 / u32::MAX as f32 - 0.5).collect()
    }

    #[test]
    fn motions_at_their_texts_are_all_found_and_strangers_at_chance() {
        let texts = Embeddings::new(4, noise(1, 4 * 640)).unwrap();
        let found = text_match(&texts, &texts, 0).unwrap();
        assert_eq!((found.r_precision, found.distance, found.pairs), ([1.0; 3], 0.0, 640));
        let strangers = Embeddings::new(4, noise(2, 4 * 640)).unwrap();
        let found = text_match(&texts, &strangers, 0).unwrap();
        for (k, share) in found.r_precision.iter().enumerate() {
            assert!((share - (k + 1) as f64 / 32.0).abs() < 0.03, "{found:?}");
        }
    }

    #[test]
    fn a_model_that_says_the_same_of_all_finds_none() {
        let same = Embeddings::new(2, vec![1.0; 2 * 40]).unwrap();
        let found = text_match(&same, &same, 0).unwrap();
        assert_eq!((found.r_precision, found.pairs), ([0.0; 3], 32));
        assert!(text_match(&same, &Embeddings::new(2, vec![1.0; 2]).unwrap(), 0).is_err());
        let few = Embeddings::new(2, vec![1.0; 4]).unwrap();
        assert!(matches!(text_match(&few, &few, 0), Err(EmbeddingError::TooFew { needed: 32, .. })));
    }
}
