//! Sequences of tokens, each with the feature of a text.

use crate::models::layers::Noise;
use crate::train::{Loader, TrainError, shuffled};

/// A clip's tokens, read from several frames on: `[offsets][tokens · parts]`.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) word: u32,
    pub(super) tokens: Vec<Vec<u32>>,
}

/// The sequences that a GPT learns from.
#[derive(Debug)]
pub struct TokenLoader {
    pub(super) clips: Vec<Written>,
    /// The features of each word's texts: `[words][texts][width]`, the gloss first.
    pub(super) features: Vec<Vec<Vec<f32>>>,
    pub(super) width: usize,
    pub(super) parts: usize,
    pub(super) end: u32,
    pub(super) pad: u32,
    pub(super) drop_end: f64,
}

/// Sequences side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenBatch {
    /// `[sequences, longest, parts]`: the tokens, filled up.
    pub tokens: Vec<u32>,
    /// `[parts][sequences, longest + 1]`: the tokens, the end, filled up.
    pub targets: Vec<Vec<u32>>,
    /// Tokens of each.
    pub lengths: Vec<usize>,
    /// The longest.
    pub longest: usize,
    /// `[sequences, width]`
    pub conditions: Vec<f32>,
}

impl TokenLoader {
    /// Sequences with their words' features.
    pub(super) fn batch(&self, sequences: &[(&[u32], &[f32])]) -> TokenBatch {
        let lengths: Vec<usize> = sequences.iter().map(|(tokens, _)| tokens.len() / self.parts).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut batch = TokenBatch {
            tokens: Vec::with_capacity(sequences.len() * longest * self.parts),
            targets: vec![Vec::with_capacity(sequences.len() * (longest + 1)); self.parts],
            lengths,
            longest,
            conditions: Vec::with_capacity(sequences.len() * self.width),
        };
        for (row, (tokens, feature)) in sequences.iter().enumerate() {
            batch.tokens.extend_from_slice(tokens);
            batch.tokens.resize((row + 1) * longest * self.parts, self.pad);
            for (part, target) in batch.targets.iter_mut().enumerate() {
                target.extend(tokens.iter().skip(part).step_by(self.parts));
                target.push(self.end);
                target.resize((row + 1) * (longest + 1), self.pad);
            }
            batch.conditions.extend_from_slice(feature);
        }
        batch
    }

    /// The features of a word's texts.
    pub(super) fn features(&self, word: u32) -> &[Vec<f32>] {
        self.features.get(word as usize).map_or(&[], Vec::as_slice)
    }

    /// One reading of a clip, a token short at an end perhaps, and the feature of one of its texts.
    fn drawn(&self, example: usize, noise: &Noise) -> (&[u32], &[f32]) {
        let clip = &self.clips[example];
        let tokens = &clip.tokens[noise.below(clip.tokens.len() as u32) as usize][..];
        let at_start = noise.unit() < 0.5;
        let tokens = match noise.unit() < self.drop_end && tokens.len() > self.parts {
            true if at_start => &tokens[self.parts..],
            true => &tokens[..tokens.len() - self.parts],
            false => tokens,
        };
        let texts = self.features(clip.word);
        let feature = texts.get(noise.below(texts.len() as u32) as usize);
        (tokens, feature.map_or(&[], Vec::as_slice))
    }
}

impl Loader for TokenLoader {
    type Batch = TokenBatch;

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        shuffled(self.clips.len(), batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<TokenBatch, TrainError> {
        let sequences: Vec<_> = examples.iter().map(|&example| self.drawn(example, noise)).collect();
        Ok(self.batch(&sequences))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_end_and_are_filled_up_part_by_part() {
        let loader = TokenLoader {
            clips: vec![],
            features: vec![],
            width: 1,
            parts: 2,
            end: 8,
            pad: 9,
            drop_end: 0.0,
        };
        let batch = loader.batch(&[(&[1, 2, 3, 4], &[0.5]), (&[5, 6], &[0.7])]);
        assert_eq!(batch.tokens, [1, 2, 3, 4, 5, 6, 9, 9]);
        assert_eq!(batch.targets, [vec![1, 3, 8, 5, 8, 9], vec![2, 4, 8, 6, 8, 9]]);
        assert_eq!((batch.lengths, batch.longest, batch.conditions), (vec![2, 1], 2, vec![0.5, 0.7]));
    }
}
