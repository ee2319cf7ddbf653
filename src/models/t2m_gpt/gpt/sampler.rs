//! From scores to one token: greedy, or drawn among the likely ones.

use crate::models::layers::Noise;

/// How tokens are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Scores are divided by this; 0 takes the likeliest token (greedy).
    pub temperature: f32,
    /// Only so many of the likeliest.
    pub top_k: Option<usize>,
    /// Only the likeliest that together have this probability (Holtzman et al. 2020).
    pub top_p: Option<f32>,
    /// The same seed, text and weights give the same tokens.
    pub seed: u64,
    /// The end is not taken before so many tokens. The reference allows an end at once and then fails.
    pub at_least: usize,
    /// The end is put after so many tokens at the latest.
    pub at_most: usize,
}

impl Default for Sampling {
    /// Drawn as the reference draws: from all tokens at temperature 1, but never nothing.
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None, seed: 0, at_least: 1, at_most: usize::MAX }
    }
}

impl Sampling {
    /// The likeliest token each time.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }
}

/// Draws by a [`Sampling`].
#[derive(Debug)]
pub struct Sampler {
    sampling: Sampling,
    noise: Noise,
}

impl Sampler {
    /// Begins a sequence.
    pub fn new(sampling: Sampling) -> Self {
        let noise = Noise::new(sampling.seed, 0);
        Self { sampling, noise }
    }

    /// A token by its score; `allowed` says which may be taken. None where none may, or no score is a
    /// number.
    pub fn draw(&self, scores: &[f32], allowed: impl Fn(u32) -> bool) -> Option<u32> {
        let mut likely: Vec<(u32, f32)> =
            (0u32..).zip(scores.iter().copied()).filter(|&(t, s)| allowed(t) && s.is_finite()).collect();
        // Of equals the lower number, on every machine.
        likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let &(best, highest) = likely.first()?;
        let Sampling { temperature, top_k, top_p, .. } = self.sampling;
        if temperature <= 0.0 || !temperature.is_finite() {
            return Some(best);
        }
        likely.truncate(top_k.unwrap_or(usize::MAX).max(1));
        let weights: Vec<f64> =
            likely.iter().map(|&(_, score)| f64::from((score - highest) / temperature).exp()).collect();
        let kept = nucleus(&weights, top_p);
        let total: f64 = weights[..kept].iter().sum();
        let mut left = self.noise.unit() * total;
        for (&(token, _), weight) in likely.iter().zip(&weights[..kept]) {
            left -= weight;
            if left < 0.0 {
                return Some(token);
            }
        }
        Some(best)
    }
}

/// How many of the likeliest together reach the probability.
fn nucleus(weights: &[f64], top_p: Option<f32>) -> usize {
    let Some(share) = top_p.filter(|share| share.is_finite()) else { return weights.len() };
    let wanted = f64::from(share) * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    let reached = weights.iter().position(|weight| {
        sum += weight;
        sum >= wanted
    });
    reached.map_or(weights.len(), |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(sampling: Sampling, scores: &[f32]) -> Vec<u32> {
        let sampler = Sampler::new(sampling);
        (0..2000).map(|_| sampler.draw(scores, |_| true).unwrap()).collect()
    }

    fn share(draws: &[u32], token: u32) -> f64 {
        draws.iter().filter(|&&drawn| drawn == token).count() as f64 / draws.len() as f64
    }

    const SCORES: [f32; 4] = [0.0, 2.0, 1.0, -1.0];

    #[test]
    fn tokens_come_as_often_as_their_softmax_says() {
        let all = draws(Sampling::default(), &SCORES);
        let total: f64 = SCORES.iter().map(|s| f64::from(*s).exp()).sum();
        for (token, score) in (0u32..).zip(SCORES) {
            assert!((share(&all, token) - f64::from(score).exp() / total).abs() < 0.04, "{token}");
        }
        let cold = draws(Sampling { temperature: 0.25, ..Sampling::default() }, &SCORES);
        assert!(share(&cold, 1) > 0.95);
    }

    #[test]
    fn unlikely_tokens_are_left_out_by_number_and_by_probability() {
        let two = draws(Sampling { top_k: Some(2), ..Sampling::default() }, &SCORES);
        assert!(two.iter().all(|token| [1, 2].contains(token)) && share(&two, 2) > 0.1);
        // 0.64, 0.24, 0.09, 0.03: the first reaches 0.6, the first two 0.7.
        let one = draws(Sampling { top_p: Some(0.6), ..Sampling::default() }, &SCORES);
        assert!(one.iter().all(|&token| token == 1));
        let both = draws(Sampling { top_p: Some(0.7), ..Sampling::default() }, &SCORES);
        assert!(both.iter().all(|token| [1, 2].contains(token)) && share(&both, 2) > 0.1);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_greedy_needs_none() {
        let seeded = |seed| draws(Sampling { seed, ..Sampling::default() }, &SCORES);
        assert_eq!(seeded(5), seeded(5));
        assert_ne!(seeded(5), seeded(6));
        assert!(draws(Sampling::greedy(), &SCORES).iter().all(|&token| token == 1));
        assert!(draws(Sampling::greedy(), &[1.0, 1.0]).iter().all(|&token| token == 0));
    }

    #[test]
    fn what_is_no_number_or_not_allowed_is_never_taken() {
        let sampler = Sampler::new(Sampling::default());
        assert_eq!(sampler.draw(&[f32::NAN, f32::INFINITY, 0.5], |_| true), Some(2));
        assert_eq!(sampler.draw(&[3.0, 0.5], |token| token != 0), Some(1));
        assert_eq!(sampler.draw(&[f32::NAN], |_| true), None);
        assert_eq!(sampler.draw(&[], |_| true), None);
    }
}
