//! Batches of clips and words.

use crate::models::features::Features;
use crate::models::layers::Noise;
use crate::train::rows::FrameRows;
use crate::train::words::{TokenRows, WordTokens};
use crate::train::{Augment, Loader, TrainError, shuffled};
use std::ops::Range;

/// A clip as the video tower reads it.
#[derive(Clone, Debug)]
pub(super) struct Clip {
    pub(super) word: u32,
    /// As it was seen, and, where training mirrors, mirrored.
    pub(super) views: Vec<Features>,
}

/// The clips and words that a SignCLIP learns from.
#[derive(Debug)]
pub struct SignClipLoader {
    pub(super) clips: Vec<Clip>,
    pub(super) texts: WordTokens,
    pub(super) augment: Augment,
    pub(super) max_frames: usize,
    pub(super) unique_labels: bool,
    /// Each column's mean in its deviations; nothing where clips are not standardised.
    pub(super) means: Vec<f32>,
    /// The columns of either hand.
    pub(super) hands: Vec<Range<usize>>,
}

/// Clips side by side, each with a text of its word.
#[derive(Clone, Debug)]
pub struct SignClipBatch {
    /// The clips.
    pub frames: FrameRows,
    /// Their words' texts.
    pub texts: TokenRows,
    /// Their words.
    pub labels: Vec<u32>,
}

impl SignClipLoader {
    fn view(&self, example: usize, noise: &Noise) -> (u32, Features) {
        let clip = &self.clips[example];
        let view = usize::from(self.augment.mirrors(noise)).min(clip.views.len() - 1);
        let mut seen = self.augment.seen(&clip.views[view], self.max_frames, noise);
        self.augment.stretch(&mut seen.values, &self.means, seen.width, noise);
        self.augment.shake(&mut seen.values, seen.width, &self.hands, noise);
        (clip.word, seen)
    }
}

impl Loader for SignClipLoader {
    type Batch = SignClipBatch;

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        if self.unique_labels {
            let labels: Vec<u32> = self.clips.iter().map(|clip| clip.word).collect();
            return rounds(&labels, batch_size, noise);
        }
        shuffled(self.clips.len(), batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<SignClipBatch, TrainError> {
        let (labels, clips): (Vec<u32>, Vec<Features>) =
            examples.iter().map(|&example| self.view(example, noise)).unzip();
        let texts = self.texts.any(&labels, noise);
        Ok(SignClipBatch { frames: FrameRows::new(&clips), texts, labels })
    }
}

/// All examples in batches that have each label once at most: a round takes one example of each label
/// that has any left. A round's last batch may be small; one of a single example has nothing to be held
/// against and is left out.
fn rounds(labels: &[u32], batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
    let mut of_label: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
    for example in shuffle((0..labels.len()).collect(), noise) {
        of_label.entry(labels[example]).or_default().push(example);
    }
    let mut batches = Vec::new();
    while !of_label.is_empty() {
        let round: Vec<usize> = of_label.values_mut().filter_map(Vec::pop).collect();
        of_label.retain(|_, left| !left.is_empty());
        // Evenly, so that no batch is much smaller than the others.
        let count = round.len().div_ceil(batch_size.max(2));
        let size = round.len().div_ceil(count.max(1));
        let round = shuffle(round, noise);
        batches.extend(round.chunks(size.max(1)).filter(|batch| batch.len() > 1).map(<[usize]>::to_vec));
    }
    shuffle(batches, noise)
}

/// In another order, each as likely (Fisher and Yates).
fn shuffle<T>(mut items: Vec<T>, noise: &Noise) -> Vec<T> {
    for last in (1..items.len()).rev() {
        items.swap(last, noise.below(last as u32 + 1) as usize);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_round_has_no_label_twice_and_an_epoch_every_example_once(
            labels in prop::collection::vec(0u32..12, 2..80),
            batch_size in 2usize..16,
            seed: u64,
        ) {
            let batches = rounds(&labels, batch_size, &Noise::new(seed, 0));
            let mut seen: Vec<usize> = batches.concat();
            for batch in &batches {
                let mut own: Vec<u32> = batch.iter().map(|&example| labels[example]).collect();
                own.sort_unstable();
                own.dedup();
                prop_assert!(own.len() == batch.len() && (2..=batch_size).contains(&batch.len()));
            }
            seen.sort_unstable();
            let before = seen.len();
            seen.dedup();
            prop_assert_eq!(before, seen.len());
            // What is left over is what had no partner in its round.
            let most = labels.iter().map(|label| labels.iter().filter(|l| *l == label).count()).max();
            prop_assert!(labels.len() - seen.len() <= most.unwrap_or(0) * labels.len().div_ceil(batch_size));
        }
    }
}
