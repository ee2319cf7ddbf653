//! Windows of clips, of one length.

use crate::models::layers::Noise;
use crate::train::motion::MotionClip;
use crate::train::{Augment, Loader, TrainError, shuffled};

/// The clips that a VQ-VAE learns from.
#[derive(Debug)]
pub struct WindowLoader {
    pub(super) clips: Vec<MotionClip>,
    pub(super) window: usize,
    pub(super) augment: Augment,
    pub(super) width: usize,
}

/// Windows side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowBatch {
    /// `[windows, frames, width]`
    pub values: Vec<f32>,
    /// Windows, frames and width.
    pub shape: (usize, usize, usize),
}

impl WindowBatch {
    /// Rows of clips by number, each list of the same length.
    pub(super) fn of<'a>(
        width: usize,
        windows: impl IntoIterator<Item = (&'a MotionClip, Vec<usize>)>,
    ) -> Self {
        let (mut values, mut count, mut length) = (Vec::new(), 0, 0);
        for (clip, frames) in windows {
            (count, length) = (count + 1, frames.len());
            for frame in frames {
                values.extend_from_slice(&clip.features.values[frame * width..(frame + 1) * width]);
            }
        }
        Self { values, shape: (count, length, width) }
    }
}

impl WindowLoader {
    /// The frames of a window: a stretch of the clip, at another speed perhaps, anywhere in it; a clip
    /// that is too short is held at its end.
    fn frames(&self, clip: &MotionClip, noise: &Noise) -> Vec<usize> {
        let whole = self.augment.frames(clip.features.frame_count(), usize::MAX, noise);
        window(&whole, self.window, noise)
    }
}

/// A stretch of `length` of some frames, which begins anywhere; the last one is held where they are fewer.
fn window(frames: &[usize], length: usize, noise: &Noise) -> Vec<usize> {
    let room = frames.len().saturating_sub(length);
    let start = noise.below(room as u32 + 1) as usize;
    let last = frames.len().saturating_sub(1);
    (start..start + length).map(|i| frames.get(i.min(last)).copied().unwrap_or(0)).collect()
}

impl Loader for WindowLoader {
    type Batch = WindowBatch;

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        shuffled(self.clips.len(), batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<WindowBatch, TrainError> {
        let windows = examples.iter().map(|&example| {
            let clip = &self.clips[example];
            (clip, self.frames(clip, noise))
        });
        let mut batch = WindowBatch::of(self.width, windows);
        self.augment.shake(&mut batch.values, self.width, &[], noise);
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_window_is_a_stretch_of_the_clip(frames in 1usize..100, length in 1usize..90, seed: u64) {
            let own: Vec<usize> = (0..frames).collect();
            let window = window(&own, length, &Noise::new(seed, 0));
            prop_assert_eq!(window.len(), length);
            let whole = window.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair[1] == frames - 1);
            prop_assert!(whole && window.iter().all(|&frame| frame < frames));
        }
    }
}
