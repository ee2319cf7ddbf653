//! How a codebook is used: which of its entries a model's tokens name, and how evenly.

use serde::Serialize;

/// Counts over token sequences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeUse {
    /// Entries that the codebook has.
    pub codes: usize,
    /// Tokens counted.
    pub tokens: usize,
    /// Entries that were used at least once.
    pub used: usize,
    /// Entries that were never used: `codes - used`.
    pub dead: usize,
    /// `exp(-Σ p ln p)` over the entries' shares: as many codes as this, used evenly, carry as much. From 1
    /// (or 0 without tokens) to `codes`.
    pub perplexity: f64,
    /// The perplexity as T2M-GPT's code logs it, `exp(-Σ p ln(p + 1e-7))`; over all tokens here, over one
    /// batch there, where it can be no higher than the batch has tokens.
    pub perplexity_t2m: f64,
    /// The share of the tokens that the most used entry takes, 0 to 1.
    pub largest_share: f64,
}

/// A token that no codebook entry has.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("expected tokens below {codes}, found {token} at place {place} of sequence {sequence}")]
pub struct TokenError {
    /// Entries that the codebook has.
    pub codes: usize,
    /// The token.
    pub token: u32,
    /// Which sequence, from 0.
    pub sequence: usize,
    /// Where in it, from 0.
    pub place: usize,
}

impl CodeUse {
    /// What its numbers are.
    pub fn definition() -> &'static str {
        "over all tokens: used = entries that occur; perplexity = exp(entropy of the entries' shares)"
    }

    /// Counts the tokens of sequences, of which the ends and paddings were taken away.
    ///
    /// # Errors
    /// [`TokenError`] on the first token that is not below `codes`.
    pub fn of<S: AsRef<[u32]>>(codes: usize, sequences: &[S]) -> Result<CodeUse, TokenError> {
        let mut counts = vec![0_u64; codes];
        for (sequence, tokens) in sequences.iter().enumerate() {
            for (place, &token) in tokens.as_ref().iter().enumerate() {
                let count = counts.get_mut(token as usize);
                *count.ok_or(TokenError { codes, token, sequence, place })? += 1;
            }
        }
        let tokens: u64 = counts.iter().sum();
        let shares: Vec<f64> = counts.iter().filter(|c| **c > 0).map(|&c| c as f64 / tokens as f64).collect();
        let entropy = |offset: f64| -shares.iter().map(|p| p * (p + offset).ln()).sum::<f64>();
        let perplexity = |offset: f64| if tokens == 0 { 0.0 } else { entropy(offset).exp() };
        Ok(CodeUse {
            codes,
            tokens: tokens as usize,
            used: shares.len(),
            dead: codes - shares.len(),
            perplexity: perplexity(0.0),
            perplexity_t2m: perplexity(1e-7),
            largest_share: shares.iter().copied().fold(0.0, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn even_use_of_four_codes_has_a_perplexity_of_four() {
        let found = CodeUse::of(10, &[vec![0, 1, 2, 3], vec![3, 2, 1, 0]]).unwrap();
        assert_eq!((found.used, found.dead, found.tokens), (4, 6, 8));
        assert!((found.perplexity - 4.0).abs() < 1e-12 && (found.largest_share - 0.25).abs() < 1e-12);
        assert!((found.perplexity_t2m - 4.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_uses_nothing_and_a_foreign_token_is_named() {
        let none = CodeUse::of::<Vec<u32>>(4, &[]).unwrap();
        assert_eq!((none.perplexity, none.used, none.dead), (0.0, 0, 4));
        let error = CodeUse::of(4, &[vec![0], vec![1, 4]]).unwrap_err();
        assert_eq!(error, TokenError { codes: 4, token: 4, sequence: 1, place: 1 });
    }

    proptest! {
        #[test]
        fn perplexity_is_between_one_and_the_used_codes(tokens in prop::collection::vec(0u32..16, 1..80)) {
            let found = CodeUse::of(16, &[tokens]).unwrap();
            prop_assert!(found.perplexity >= 1.0 - 1e-9 && found.perplexity <= found.used as f64 + 1e-9);
        }
    }
}
