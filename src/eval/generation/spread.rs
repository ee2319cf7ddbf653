//! How different motions are: of all texts (diversity), and of one text (multimodality).

use super::embeddings::draw;
use super::{EmbeddingError, Embeddings};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Pairs that diversity draws; `FEW_PAIRS` where there are fewer samples.
pub const DIVERSITY_PAIRS: usize = 300;
const FEW_PAIRS: usize = 100;
/// Pairs that multimodality draws for each text, of 30 motions in T2M-GPT's evaluation.
pub const MULTIMODALITY_PAIRS: usize = 10;

/// The mean distance of [`DIVERSITY_PAIRS`] random pairs (100 below 300 samples, as many as there are
/// below 100): two draws without repetition, laid side by side, so that a pair may be a sample and itself.
///
/// # Errors
/// [`EmbeddingError::TooFew`] below two samples.
pub fn diversity(embeddings: &Embeddings, seed: u64) -> Result<f64, EmbeddingError> {
    let found = embeddings.len();
    if found < 2 {
        return Err(EmbeddingError::TooFew { metric: "diversity", needed: 2, found });
    }
    let pairs = if found < DIVERSITY_PAIRS { FEW_PAIRS } else { DIVERSITY_PAIRS }.min(found);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (first, second) = (draw(&mut random, found, pairs), draw(&mut random, found, pairs));
    let distances = first.iter().zip(&second).map(|(a, b)| embeddings.distance(*a, embeddings, *b));
    Ok(distances.sum::<f64>() / pairs as f64)
}

/// The mean distance of random pairs of motions of one text, over all texts: `motions_per_text` rows of
/// each text follow one another. Draws [`MULTIMODALITY_PAIRS`] as [`diversity`] does, the same places for
/// all texts.
///
/// # Errors
/// [`EmbeddingError`] if the rows are not whole texts, or there are fewer motions a text than pairs.
pub fn multimodality(
    embeddings: &Embeddings,
    motions_per_text: usize,
    seed: u64,
) -> Result<f64, EmbeddingError> {
    let metric = "multimodality, for each text,";
    if motions_per_text < MULTIMODALITY_PAIRS || embeddings.is_empty() {
        let found = motions_per_text.min(embeddings.len());
        return Err(EmbeddingError::TooFew { metric, needed: MULTIMODALITY_PAIRS, found });
    }
    if !embeddings.len().is_multiple_of(motions_per_text) {
        return Err(EmbeddingError::Shape { width: motions_per_text, found: embeddings.len() });
    }
    let texts = embeddings.len() / motions_per_text;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut places = || draw(&mut random, motions_per_text, MULTIMODALITY_PAIRS);
    let (first, second) = (places(), places());
    let mut sum = 0.0;
    for start in (0..texts).map(|text| text * motions_per_text) {
        let pairs = first.iter().zip(&second);
        sum += pairs.map(|(a, b)| embeddings.distance(start + a, embeddings, start + b)).sum::<f64>();
    }
    Ok(sum / (texts * MULTIMODALITY_PAIRS) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(count: usize) -> Embeddings {
        Embeddings::new(1, (0..count).map(|i| i as f32).collect()).unwrap()
    }

    #[test]
    fn numbers_from_nought_to_n_are_a_third_of_n_apart() {
        let seeds = 0..40;
        let mean = seeds.clone().map(|seed| diversity(&line(600), seed).unwrap()).sum::<f64>() / 40.0;
        assert!((mean - 200.0).abs() < 5.0, "{mean}");
        assert_eq!(diversity(&line(600), 3), diversity(&line(600), 3));
        assert_ne!(diversity(&line(600), 3), diversity(&line(600), 4));
        assert_eq!(diversity(&Embeddings::new(2, vec![1.0; 20]).unwrap(), 0), Ok(0.0));
        assert!(diversity(&line(1), 0).is_err());
    }

    #[test]
    fn multimodality_does_not_see_how_far_texts_are_apart() {
        let of = |between: f32, within: f32| {
            let value = |i: usize| (i / 30) as f32 * between + (i % 30) as f32 * within;
            multimodality(&Embeddings::new(1, (0..120).map(value).collect()).unwrap(), 30, 7).unwrap()
        };
        assert_eq!(of(1000.0, 0.0), 0.0);
        assert!((of(0.0, 2.0) - of(64.0, 2.0)).abs() < 1e-9 && of(0.0, 2.0) > 5.0);
        assert!(multimodality(&line(60), 9, 0).is_err() && multimodality(&line(61), 30, 0).is_err());
    }
}
