//! Motion as the numbers that generators learn: landmarks in the signer's frame, part by part.
//!
//! What MediaPipe gives is not what a network should copy. A hand's points are taken from its own wrist
//! and the face's from the nose, so that a handshape is the same numbers wherever the hand is; and
//! whether a part was seen is a number of its own, so that a hand which was never found is not learnt as
//! a hand at some place.

mod parts;
mod statistics;

pub use parts::Part;
pub use statistics::{Measured, Statistics, StatisticsError};

use crate::pose::{ImageSize, LandmarkError, PoseSequence};
use glam::Vec3;
use parts::Columns;
use std::ops::Range;

/// Half a turn about x, from y up and z toward the viewer.
const CAMERA_FROM_BODY: Vec3 = Vec3::new(1.0, -1.0, -1.0);

/// Which parts of the body are learnt, and where each is in a frame's numbers.
#[derive(Clone, Debug)]
pub struct MotionFeatures {
    columns: Vec<Columns>,
    width: usize,
}

/// A clip's numbers, `[frames, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Row by row.
    pub values: Vec<f32>,
    /// Numbers of a frame.
    pub width: usize,
}

impl Features {
    /// How many frames.
    pub fn frame_count(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// At most so many frames, evenly spread from the first to the last; itself where there are no more.
    pub fn resampled(self, limit: usize) -> Self {
        let frames = self.frame_count();
        if frames <= limit {
            return self;
        }
        let step = (frames - 1) as f64 / (limit.max(2) - 1) as f64;
        let nearest = |i: usize| ((i as f64 * step).round() as usize).min(frames - 1);
        let rows = (0..limit).flat_map(|i| {
            let start = nearest(i) * self.width;
            &self.values[start..start + self.width]
        });
        Self { values: rows.copied().collect(), width: self.width }
    }
}

impl MotionFeatures {
    /// Features of some parts, in the order given; each once, the body among them, because the other
    /// parts are placed by it.
    pub fn new(parts: &[Part]) -> Self {
        let mut wanted: Vec<Part> = Vec::new();
        for part in [Part::Body].iter().filter(|body| !parts.contains(body)).chain(parts) {
            if !wanted.contains(part) {
                wanted.push(*part);
            }
        }
        let mut width = 0;
        let columns = wanted.into_iter().map(|part| {
            let columns = Columns::of(part, width);
            width = columns.range().end;
            columns
        });
        Self { columns: columns.collect(), width }
    }

    /// Numbers of a frame.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The parts, in order.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part> {
        self.columns.iter().map(|columns| columns.part)
    }

    /// Where a part's numbers are in a frame; empty for one that is not learnt.
    pub fn range(&self, part: Part) -> Range<usize> {
        self.columns.iter().find(|columns| columns.part == part).map_or(0..0, Columns::range)
    }

    /// The numbers of each part along each axis: those that are lengths of one kind.
    pub fn axes(&self) -> Vec<Vec<usize>> {
        let of_part = |columns: &Columns| {
            let points = columns.points_range();
            [0, 1, 2].map(|axis| points.clone().skip(axis).step_by(3).collect())
        };
        self.columns.iter().flat_map(of_part).collect()
    }

    /// The numbers of a clip of any layout, at its own rate. What was not seen is on a line between the
    /// frames in which it was.
    ///
    /// # Errors
    /// Where no frame shows both shoulders.
    pub fn read(&self, clip: &PoseSequence) -> Result<Features, LandmarkError> {
        let mut clip = clip.to_body_frame()?.to_layout(&parts::layout());
        put_wrists_where_hands_are(&mut clip);
        bridge_body(&mut clip);
        let mut values = vec![0.0; clip.frame_count() * self.width];
        for columns in &self.columns {
            for (frame, row) in values.chunks_exact_mut(self.width).enumerate() {
                columns.read(clip.frame(frame), clip.frame_confidences(frame), row);
            }
            columns.bridge(&mut values, self.width);
        }
        Ok(Features { values, width: self.width })
    }

    /// A clip of numbers: shoulder widths about the middle of the shoulders, with a camera's axes (y down,
    /// z away). Parts that are not learnt, and parts that the numbers say were not seen, are unseen.
    ///
    /// # Errors
    /// [`LandmarkError::Rate`] for a rate that is none.
    pub fn write(&self, features: &Features, fps: f32) -> Result<PoseSequence, LandmarkError> {
        let frames = features.frame_count();
        if !(fps.is_finite() && fps > 0.0) || features.width != self.width {
            return Err(LandmarkError::Rate { frames, from: fps, to: fps });
        }
        let mut clip = PoseSequence::unseen(parts::layout(), ImageSize::default(), fps, frames);
        let points = clip.point_count();
        let rows = features.values.chunks_exact(self.width);
        let positions = clip.positions.chunks_exact_mut(points);
        for ((row, positions), confidences) in
            rows.zip(positions).zip(clip.confidences.chunks_exact_mut(points))
        {
            for columns in &self.columns {
                columns.write(row, positions, confidences);
            }
            positions.iter_mut().for_each(|position| *position *= CAMERA_FROM_BODY);
        }
        Ok(clip)
    }
}

/// A hand's own wrist is seen better than the body's; its depth is the body's, since a hand's begins at
/// itself.
fn put_wrists_where_hands_are(clip: &mut PoseSequence) {
    let points = clip.point_count();
    let frames = clip.positions.chunks_exact_mut(points).zip(clip.confidences.chunks_exact_mut(points));
    for (positions, confidences) in frames {
        for (hand, body) in parts::wrists() {
            if confidences[hand] != 0.0 {
                let depth = positions[body].z;
                (positions[body], confidences[body]) = (positions[hand].with_z(depth), confidences[hand]);
            }
        }
    }
}

/// Puts points of the body that were not seen on a line between the frames in which they were.
fn bridge_body(clip: &mut PoseSequence) {
    let points = clip.point_count();
    for point in parts::BODY {
        let seen: Vec<usize> =
            (0..clip.frame_count()).filter(|frame| clip.confidences[frame * points + point] != 0.0).collect();
        parts::each_gap(&seen, clip.frame_count(), |frame, from, to, t| {
            let [from, to] = [from, to].map(|frame| clip.positions[frame * points + point]);
            clip.positions[frame * points + point] = from.lerp(to, t);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::layers::Noise;
    use crate::pose::{Layout, holistic};
    use candle_core::Device;
    use proptest::prelude::*;

    /// A signer in a picture, all points somewhere about the place where they belong.
    fn signer(frames: usize, seed: u64) -> PoseSequence {
        let size = ImageSize { width: 1000, height: 1000, depth: 1000 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, frames);
        let noise = Noise::new(seed, 0).normal(clip.positions.len() * 3, &Device::Cpu).unwrap();
        let noise = noise.to_vec1::<f32>().unwrap();
        for (i, position) in clip.positions.iter_mut().enumerate() {
            *position = Vec3::from_slice(&noise[3 * i..]) * 80.0 + Vec3::new(500.0, 500.0, 0.0);
        }
        for frame in clip.positions.chunks_exact_mut(holistic::POINTS) {
            (frame[11], frame[12]) = (Vec3::new(620.0, 450.0, -9.0), Vec3::new(380.0, 450.0, -9.0));
        }
        clip.confidences.fill(1.0);
        clip
    }

    const ALL: [Part; 4] = [Part::Body, Part::LeftHand, Part::RightHand, Part::Face];

    #[test]
    fn a_frame_has_the_numbers_of_its_parts_and_whether_they_were_seen() {
        let features = MotionFeatures::new(&ALL);
        assert_eq!(features.width(), 23 * 3 + 2 * (20 * 3 + 1) + 128 * 3 + 1);
        let ranges: Vec<_> = ALL.map(|part| features.range(part)).to_vec();
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        let hands = MotionFeatures::new(&[Part::RightHand, Part::RightHand]);
        assert_eq!(hands.parts().collect::<Vec<_>>(), [Part::Body, Part::RightHand]);
        assert!(hands.range(Part::Face).is_empty());
    }

    #[test]
    fn each_part_has_three_axes_that_hold_all_but_whether_it_was_seen() {
        let features = MotionFeatures::new(&ALL);
        let axes = features.axes();
        assert_eq!(axes.len(), 3 * ALL.len());
        let mut all = axes.concat();
        all.sort_unstable();
        let seen: Vec<usize> = (0..features.width()).filter(|number| !all.contains(number)).collect();
        assert_eq!(seen, ALL[1..].iter().map(|&part| features.range(part).end - 1).collect::<Vec<_>>());
        assert_eq!(axes[4][..2], [23 * 3 + 1, 23 * 3 + 4]);
    }

    #[test]
    fn a_hand_is_the_same_numbers_wherever_it_is() {
        let features = MotionFeatures::new(&ALL);
        let still = signer(2, 3);
        let mut moved = still.clone();
        for frame in moved.positions.chunks_exact_mut(holistic::POINTS) {
            frame[holistic::LEFT_HAND].iter_mut().for_each(|p| *p += Vec3::new(90.0, -30.0, 0.0));
        }
        let [a, b] = [&still, &moved].map(|clip| features.read(clip).unwrap().values);
        let hand = features.range(Part::LeftHand);
        let apart = hand.map(|i| (a[i] - b[i]).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5 && a != b, "{apart}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn what_is_read_is_written_back(frames in 1usize..6, seed in 0u64..1000) {
            let features = MotionFeatures::new(&ALL);
            let clip = signer(frames, seed);
            let values = features.read(&clip).unwrap();
            let back = features.write(&values, clip.fps).unwrap();
            prop_assert_eq!(back.frame_count(), frames);
            let again = features.read(&back).unwrap();
            let apart = values.values.iter().zip(&again.values).map(|(a, b)| (a - b).abs());
            prop_assert!(apart.fold(0.0, f32::max) < 1e-4);
        }
    }

    #[test]
    fn a_hand_that_was_not_seen_stays_unseen_and_gaps_are_bridged() {
        let features = MotionFeatures::new(&ALL);
        let mut clip = signer(5, 1);
        let points = holistic::POINTS;
        for frame in 0..5 {
            let confidences = &mut clip.confidences[frame * points..(frame + 1) * points];
            confidences[holistic::LEFT_HAND].fill(0.0);
            if frame == 2 {
                confidences[holistic::RIGHT_HAND].fill(0.0);
            }
        }
        let values = features.read(&clip).unwrap();
        assert!(values.values.iter().all(|value| value.is_finite()));
        let back = features.write(&values, 30.0).unwrap();
        let shares = back.seen_shares();
        let share = |name: &str| shares.iter().find(|(component, _)| component == name).unwrap().1;
        assert_eq!(share("LEFT_HAND_LANDMARKS"), 0.0);
        assert_eq!(share("RIGHT_HAND_LANDMARKS"), 0.8);
        let thumb = features.range(Part::RightHand).start + 6;
        let at = |frame: usize| values.values[frame * values.width + thumb];
        assert!((at(2) - (at(1) + at(3)) / 2.0).abs() < 1e-5);
    }

    #[test]
    fn a_clip_without_shoulders_is_an_error_and_one_without_frames_is_empty() {
        let features = MotionFeatures::new(&ALL);
        let unseen = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 30.0, 3);
        assert!(features.read(&unseen).is_err());
        let nothing = Features { values: vec![], width: features.width() };
        assert_eq!(features.write(&nothing, 30.0).unwrap().frame_count(), 0);
        assert!(features.write(&nothing, f32::NAN).is_err());
        let other = Features { values: vec![0.0; 5], width: 5 };
        assert!(features.write(&other, 30.0).is_err());
    }
}
