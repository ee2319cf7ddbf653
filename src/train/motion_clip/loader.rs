//! Clips with the vectors of their words.

use crate::models::features::Features;
use crate::models::layers::Noise;
use crate::train::motion::MotionClip;
use crate::train::rows::FrameRows;
use crate::train::{Augment, Loader, TrainError, shuffled};

/// The clips that a MotionCLIP learns from.
#[derive(Debug)]
pub struct MotionLoader {
    pub(super) clips: Vec<MotionClip>,
    /// The vectors of each word's texts: `[words][texts][width]`, the gloss first.
    pub(super) texts: Vec<Vec<Vec<f32>>>,
    pub(super) augment: Augment,
    pub(super) frames: usize,
    pub(super) stretch: bool,
}

/// Clips side by side, each with a vector of its word.
#[derive(Clone, Debug, PartialEq)]
pub struct MotionBatch {
    /// The clips.
    pub clips: FrameRows,
    /// `[clips, width]`
    pub texts: Vec<f32>,
}

impl MotionLoader {
    /// The clips as they are, by their glosses.
    pub(super) fn plain(&self, clips: &[MotionClip]) -> MotionBatch {
        let whole = |clip: &MotionClip| {
            let frames: Vec<usize> = (0..clip.features.frame_count()).collect();
            (rows(&clip.features, &self.fitted(&frames)), self.text(clip.word, None))
        };
        batch(clips.iter().map(whole))
    }

    /// Frames in a window's number: all of them where they fit, or stretched where that is wanted.
    fn fitted(&self, frames: &[usize]) -> Vec<usize> {
        if frames.len() <= self.frames && !self.stretch {
            return frames.to_vec();
        }
        let last = frames.len().saturating_sub(1) as f64;
        let step = last / (self.frames.max(2) - 1) as f64;
        let at = |i: usize| frames.get((i as f64 * step).round() as usize).copied();
        (0..self.frames).filter_map(at).collect()
    }

    /// The vector of a word: of its gloss, or of whichever text is drawn.
    pub(super) fn text(&self, word: u32, noise: Option<&Noise>) -> Vec<f32> {
        let texts = self.texts.get(word as usize).map_or(&[][..], Vec::as_slice);
        let which = noise.map_or(0, |noise| noise.below(texts.len() as u32) as usize);
        texts.get(which).cloned().unwrap_or_default()
    }
}

fn rows(features: &Features, frames: &[usize]) -> Features {
    let width = features.width;
    let values = frames.iter().flat_map(|frame| &features.values[frame * width..(frame + 1) * width]);
    Features { values: values.copied().collect(), width }
}

fn batch(clips: impl Iterator<Item = (Features, Vec<f32>)>) -> MotionBatch {
    let (clips, texts): (Vec<Features>, Vec<Vec<f32>>) = clips.unzip();
    MotionBatch { clips: FrameRows::new(&clips), texts: texts.concat() }
}

impl Loader for MotionLoader {
    type Batch = MotionBatch;

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        shuffled(self.clips.len(), batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<MotionBatch, TrainError> {
        let drawn = examples.iter().map(|&example| {
            let clip = &self.clips[example];
            let frames = self.augment.frames(clip.features.frame_count(), usize::MAX, noise);
            (rows(&clip.features, &self.fitted(&frames)), self.text(clip.word, Some(noise)))
        });
        let mut batch = batch(drawn);
        let width = batch.clips.shape.2;
        self.augment.shake(&mut batch.clips.values, width, &[], noise);
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loader(stretch: bool) -> MotionLoader {
        MotionLoader { clips: vec![], texts: vec![], augment: Augment::default(), frames: 5, stretch }
    }

    #[test]
    fn clips_fit_the_window_and_are_stretched_where_that_is_wanted() {
        assert_eq!(loader(false).fitted(&[0, 1, 2]), [0, 1, 2]);
        assert_eq!(loader(true).fitted(&[0, 1, 2]), [0, 1, 1, 2, 2]);
        let long: Vec<usize> = (0..9).collect();
        assert_eq!(loader(false).fitted(&long), [0, 2, 4, 6, 8]);
    }
}
