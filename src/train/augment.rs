//! The same clip as it might have been signed another time: begun later, slower, shakier, a hand lost.
//!
//! SignCLIP's ablation found changes of time to help most (see `docs/training.md`); the others are what
//! MediaPipe does to clips anyway. All are drawn from the loader's noise, so a resumed run draws the same.

use crate::models::features::Features;
use crate::models::layers::Noise;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How much a clip is changed; all 0 leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Augment {
    /// At each end up to this share of the frames is cut off.
    pub trim: f64,
    /// Frames are taken faster or slower by a factor of `exp(N(0, speed))`.
    pub speed: f64,
    /// Up to this share fewer frames are seen than there is room for, as of a sign that was cut to its stroke.
    pub thin: f64,
    /// Within the clip, time runs unevenly by up to this share of its length.
    pub warp: f64,
    /// A seen frame is the mean of those around it, up to so many times the way to the next seen one to either
    /// side: how much a tracker, a camera or a model smooths differs.
    pub smooth: f64,
    /// Width, height and depth are each stretched by a factor of `exp(N(0, stretch))`, as signers' proportions and
    /// cameras differ.
    pub stretch: f64,
    /// Standard deviation of the noise on each number, after standardising.
    pub noise: f32,
    /// The probability that a stretch of a hand, a quarter of the clip on average, is not seen.
    pub drop_hand: f64,
    /// The probability that a clip is mirrored, so that the other hand leads.
    pub mirror: f64,
}

impl Augment {
    /// Which of `frames` frames are seen, at most `limit` of them, in order.
    pub fn frames(&self, frames: usize, limit: usize, noise: &Noise) -> Vec<usize> {
        if frames == 0 || limit == 0 {
            return Vec::new();
        }
        let cut = |share: f64| (share * noise.unit() * frames as f64) as usize;
        let (start, end) = (cut(self.trim), frames - cut(self.trim));
        let (start, end) = if start < end { (start, end) } else { (0, frames) };
        let wanted = (end - start) as f64 / (self.speed * gaussian(noise)).exp();
        let room = limit as f64 * (1.0 - self.thin * noise.unit());
        let count = wanted.min(room).round().max(1.0) as usize;
        let bend = self.warp * (2.0 * noise.unit() - 1.0);
        let at = |i: usize| {
            let even = i as f64 / (count - 1).max(1) as f64;
            let bent = even + bend * (std::f64::consts::PI * even).sin();
            start + (bent.clamp(0.0, 1.0) * (end - start - 1) as f64).round() as usize
        };
        (0..count).map(at).collect()
    }

    /// The clip as it is seen this time, at most `limit` frames of it, before [`Self::shake`].
    pub fn seen(&self, clip: &Features, limit: usize, noise: &Noise) -> Features {
        let frames = clip.frame_count();
        let picked = self.frames(frames, limit, noise);
        let step = frames as f64 / picked.len().max(1) as f64;
        let radius = (self.smooth * noise.unit() * step).round() as usize;
        let mut values = Vec::with_capacity(picked.len() * clip.width);
        for frame in picked {
            let around = frame.saturating_sub(radius)..(frame + radius + 1).min(frames);
            mean_row(clip, frame, around, &mut values);
        }
        Features { values, width: clip.width }
    }

    /// Whether this time the clip is mirrored.
    pub fn mirrors(&self, noise: &Noise) -> bool {
        noise.unit() < self.mirror
    }

    /// Stretches a clip's axes; its columns are x, y and z in turn, standardised by a mean that is so many of their
    /// deviations (`means`, nothing if it is not). What is not shown stays 0.
    pub fn stretch(&self, values: &mut [f32], means: &[f32], width: usize, noise: &Noise) {
        if self.stretch == 0.0 {
            return;
        }
        let factors = [(); 3].map(|()| (self.stretch * gaussian(noise)).exp() as f32);
        for row in values.chunks_exact_mut(width.max(1)) {
            for (column, value) in row.iter_mut().enumerate().filter(|(_, value)| **value != 0.0) {
                let mean = means.get(column).copied().unwrap_or(0.0);
                *value = (*value + mean) * factors[column % 3] - mean;
            }
        }
    }

    /// Shakes the numbers of a clip, `[frames, width]`, and hides a stretch of a hand; `hands` are the
    /// columns of either.
    pub fn shake(&self, values: &mut [f32], width: usize, hands: &[Range<usize>], noise: &Noise) {
        if self.noise > 0.0 {
            values.iter_mut().for_each(|value| *value += self.noise * fast_gaussian(noise));
        }
        let frames = values.len().checked_div(width).unwrap_or(0);
        for hand in hands {
            if noise.unit() >= self.drop_hand {
                continue;
            }
            let length = (0.5 * noise.unit() * frames as f64) as usize;
            let start = noise.below((frames - length) as u32 + 1) as usize;
            for row in values.chunks_exact_mut(width).skip(start).take(length) {
                row.get_mut(hand.clone()).into_iter().for_each(|columns| columns.fill(0.0));
            }
        }
    }
}

/// Appends the mean of the rows `around` a frame. What the frame does not show stays 0, and rows that do not
/// show it do not count.
fn mean_row(clip: &Features, frame: usize, around: Range<usize>, values: &mut Vec<f32>) {
    let own = &clip.values[frame * clip.width..(frame + 1) * clip.width];
    if around.len() == 1 {
        return values.extend_from_slice(own);
    }
    values.extend(own.iter().enumerate().map(|(column, &value)| {
        let seen = around.clone().map(|row| clip.values[row * clip.width + column]).filter(|&v| v != 0.0);
        let (sum, count) = seen.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
        if value == 0.0 || count == 0 { 0.0 } else { sum / count as f32 }
    }));
}

/// A standard normal number (Box and Muller 1958).
fn gaussian(noise: &Noise) -> f64 {
    let radius = (-2.0 * (1.0 - noise.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * noise.unit()).cos()
}

/// About normal, of deviation 1: the sum of three uniform numbers, each of a third of one draw.
fn fast_gaussian(noise: &Noise) -> f32 {
    const THIRD: u32 = 1 << 10;
    let draw = noise.below(1 << 30);
    let sum = (draw % THIRD) + (draw / THIRD % THIRD) + (draw / THIRD / THIRD);
    2.0 * (sum as f32 / (THIRD - 1) as f32 - 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Augment = Augment {
        trim: 0.3,
        speed: 0.3,
        thin: 0.5,
        warp: 0.2,
        smooth: 1.0,
        stretch: 0.1,
        noise: 0.1,
        drop_hand: 1.0,
        mirror: 0.5,
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn frames_are_the_clips_own_and_in_order(frames in 1usize..200, limit in 1usize..80, seed: u64) {
            let picked = ALL.frames(frames, limit, &Noise::new(seed, 0));
            prop_assert!(!picked.is_empty() && picked.len() <= limit);
            prop_assert!(picked.is_sorted() && picked.iter().all(|&frame| frame < frames));
        }
    }

    #[test]
    fn nothing_changes_a_clip_unless_it_is_asked_for() {
        let noise = Noise::new(1, 0);
        let none = Augment::default();
        assert_eq!(none.frames(7, 10, &noise), [0, 1, 2, 3, 4, 5, 6]);
        let mut values = vec![1.0; 12];
        none.shake(&mut values, 4, &[0..2, 2..4], &noise);
        assert_eq!(values, [1.0; 12]);
        assert!(!none.mirrors(&noise));
    }

    #[test]
    fn smoothing_takes_trembling_away_and_leaves_what_is_not_shown() {
        let smooth = Augment { smooth: 2.0, ..Augment::default() };
        let trembling = (0..120).flat_map(|i| [if i % 2 == 0 { 1.0 } else { 3.0 }, 5.0 * f32::from(i < 60)]);
        let clip = Features { values: trembling.collect(), width: 2 };
        let seen: Vec<Features> = (0..20).map(|seed| smooth.seen(&clip, 40, &Noise::new(seed, 0))).collect();
        let calmest = seen.iter().map(spread).fold(f32::INFINITY, f32::min);
        assert!(calmest < 0.3 && seen.iter().any(|clip| spread(clip) > 1.9), "{calmest}");
        let hand = seen.iter().flat_map(|clip| clip.values.chunks(2)).map(|row| row[1]);
        assert!(hand.clone().all(|value| value == 0.0 || value == 5.0), "neither halves nor shadows");
    }

    fn spread(clip: &Features) -> f32 {
        let column = || clip.values.chunks(2).map(|row| row[0]);
        column().fold(0.0, f32::max) - column().fold(f32::INFINITY, f32::min)
    }

    #[test]
    fn a_stretched_clip_keeps_its_zeros_and_each_axis_has_one_factor() {
        let stretch = Augment { stretch: 0.2, ..Augment::default() };
        let (raw, mean, deviation) = ([1.0f32, 2.0, 3.0, 4.0, 0.0, 6.0], [0.5f32, 1.0, -1.0], 2.0);
        let mut values: Vec<f32> =
            raw.iter().enumerate().map(|(i, v)| (v - mean[i % 3]) / deviation).collect();
        values[4] = 0.0;
        stretch.stretch(&mut values, &mean.map(|mean| mean / deviation), 3, &Noise::new(5, 0));
        let factor = |i: usize| (values[i] * deviation + mean[i % 3]) / raw[i];
        assert!((factor(0) - factor(3)).abs() < 1e-5 && (factor(2) - factor(5)).abs() < 1e-5);
        assert!((factor(0) - factor(1)).abs() > 1e-3 && values[4] == 0.0);
    }

    #[test]
    fn a_lost_hand_loses_its_own_columns_only() {
        let lose = Augment { drop_hand: 1.0, ..Augment::default() };
        let mut values = vec![1.0; 40 * 4];
        lose.shake(&mut values, 4, std::slice::from_ref(&(1..3)), &Noise::new(3, 0));
        let lost = values.chunks(4).filter(|row| row[1] == 0.0).count();
        assert!((1..=20).contains(&lost), "{lost}");
        assert!(values.chunks(4).all(|row| row[0] == 1.0 && row[3] == 1.0 && row[1] == row[2]));
    }

    #[test]
    fn the_quick_draws_have_mean_0_and_deviation_1() {
        let noise = Noise::new(1, 0);
        let draws: Vec<f32> = (0..20_000).map(|_| fast_gaussian(&noise)).collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let deviation = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / draws.len() as f32).sqrt();
        assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.03, "{mean} {deviation}");
    }
}
