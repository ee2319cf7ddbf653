//! What is measured of a clip: from its landmarks in the body frame, and from its articulated motion.

use super::joints;
use crate::pose::{LandmarkError, PoseSequence};
use crate::retarget::Articulated;
use glam::Vec3;
use std::collections::BTreeMap;

const BODY: &str = "POSE_LANDMARKS";
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
const SIDES: [&str; 2] = ["LEFT", "RIGHT"];
/// A point of less confidence was not seen.
const SEEN: f32 = 0.1;
/// Speeds for the energy are taken over about this time, seconds: over less, noise counts more than
/// movement, and rates could not be compared.
const OVER: f32 = 0.04;

/// Bones of a hand as pairs of its 21 points: along the thumb and the fingers from the wrist.
#[rustfmt::skip]
const HAND_BONES: [(usize, usize); 20] = [
    (0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6), (6, 7), (7, 8), (0, 9), (9, 10), (10, 11), (11, 12),
    (0, 13), (13, 14), (14, 15), (15, 16), (0, 17), (17, 18), (18, 19), (19, 20),
];

/// A clip's measures. Lengths in shoulder widths.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measures {
    /// Length in seconds.
    pub(super) seconds: f32,
    /// Shares of frames with the left hand, the right hand, either.
    pub(super) presence: [f32; 3],
    /// Mean squared speed of a wrist, over both, a second squared.
    pub(super) wrists: f32,
    /// Mean squared speed of finger points against their wrist; none where no hand is seen.
    pub(super) fingers: Option<f32>,
    /// The fastest that a wrist, or a finger against its wrist, is from one frame to the next, a second.
    pub(super) fastest: f32,
    /// Median length of each bone that is seen.
    pub(super) bones: BTreeMap<String, f32>,
    /// How much bones of arms and hands vary: standard deviation over median, the mean over all.
    pub(super) variation: [Option<f32>; 2],
    /// Share of frames in which an arm's joint is beyond its limits whatever the elbow does.
    pub(super) beyond: f32,
    /// How far beyond at most, radians.
    pub(super) farthest: f32,
    /// Finger angles that were brought within their limits, a frame.
    pub(super) clamped: f32,
}

/// A clip in the body frame, its points of interest by number.
pub(super) struct Landmarks {
    clip: PoseSequence,
    /// Shoulder, elbow, wrist of each arm; as far as the layout has them.
    arms: [[Option<usize>; 3]; 2],
    /// First point of each hand.
    hands: [Option<usize>; 2],
}

impl Landmarks {
    /// # Errors
    /// [`LandmarkError`] where no frame shows both shoulders.
    pub(super) fn of(clip: &PoseSequence) -> Result<Self, LandmarkError> {
        let clip = clip.to_body_frame()?;
        let joint = |side: &str, joint: &str| clip.layout.point(BODY, &format!("{side}_{joint}"));
        let arms = SIDES.map(|side| ["SHOULDER", "ELBOW", "WRIST"].map(|name| joint(side, name)));
        let whole = |range: &std::ops::Range<usize>| range.len() == 21;
        let hands =
            HANDS.map(|hand| clip.layout.component_range(hand).filter(whole).map(|range| range.start));
        Ok(Self { clip, arms, hands })
    }

    /// Where a point is in a frame, if it was seen.
    fn at(&self, frame: usize, point: Option<usize>) -> Option<Vec3> {
        let point = point?;
        (self.clip.frame_confidences(frame)[point] > SEEN).then(|| self.clip.frame(frame)[point])
    }

    /// A hand's points against its wrist, if all were seen.
    fn hand(&self, frame: usize, side: usize) -> Option<[Vec3; 21]> {
        let start = self.hands[side]?;
        let confidences = self.clip.frame_confidences(frame).get(start..start + 21)?;
        let points = self.clip.frame(frame).get(start..start + 21)?;
        let seen = confidences.iter().all(|confidence| *confidence > SEEN);
        seen.then(|| std::array::from_fn(|i| points[i] - points[0]))
    }

    fn frames(&self) -> usize {
        self.clip.frame_count()
    }

    fn presence(&self) -> [f32; 3] {
        let mut counts = [0_usize; 3];
        for frame in 0..self.frames() {
            let [left, right] = [0, 1].map(|side| self.hand(frame, side).is_some());
            for (count, seen) in counts.iter_mut().zip([left, right, left || right]) {
                *count += usize::from(seen);
            }
        }
        counts.map(|count| count as f32 / self.frames().max(1) as f32)
    }

    /// Mean squared speed of the wrists, and of the fingers against them.
    fn energies(&self) -> (f32, Option<f32>) {
        let step = ((OVER * self.clip.fps).round() as usize).max(1);
        let rate = self.clip.fps / step as f32;
        let (mut wrists, mut fingers) = (Mean::default(), Mean::default());
        for frame in step..self.frames() {
            for side in 0..2 {
                let wrist = |frame| self.at(frame, self.arms[side][2]);
                if let (Some(a), Some(b)) = (wrist(frame - step), wrist(frame)) {
                    wrists.add((a.distance(b) * rate).powi(2));
                }
                if let (Some(a), Some(b)) = (self.hand(frame - step, side), self.hand(frame, side)) {
                    let squares = a.iter().zip(&b).map(|(a, b)| (a.distance(*b) * rate).powi(2));
                    fingers.add(squares.sum::<f32>() / 20.0);
                }
            }
        }
        (wrists.value().unwrap_or(0.0), fingers.value())
    }

    fn fastest(&self) -> f32 {
        let mut farthest = 0.0_f32;
        for frame in 1..self.frames() {
            for side in 0..2 {
                let wrist = |frame| self.at(frame, self.arms[side][2]);
                if let (Some(a), Some(b)) = (wrist(frame - 1), wrist(frame)) {
                    farthest = farthest.max(a.distance(b));
                }
                if let (Some(a), Some(b)) = (self.hand(frame - 1, side), self.hand(frame, side)) {
                    farthest = a.iter().zip(&b).map(|(a, b)| a.distance(*b)).fold(farthest, f32::max);
                }
            }
        }
        farthest * self.clip.fps
    }

    /// Lengths over time of each bone, arms' first.
    fn bones(&self) -> [BTreeMap<String, Vec<f32>>; 2] {
        let [mut arms, mut hands] = [BTreeMap::<String, Vec<f32>>::new(), BTreeMap::new()];
        for frame in 0..self.frames() {
            for (s, side) in ["left", "right"].into_iter().enumerate() {
                let joints = self.arms[s].map(|joint| self.at(frame, joint));
                for (i, name) in ["upper arm", "forearm"].into_iter().enumerate() {
                    if let (Some(a), Some(b)) = (joints[i], joints[i + 1]) {
                        arms.entry(format!("{side} {name}")).or_default().push(a.distance(b));
                    }
                }
                let Some(points) = self.hand(frame, s) else { continue };
                for (a, b) in HAND_BONES {
                    let length = points[a].distance(points[b]);
                    hands.entry(format!("{side} hand {a:02}–{b:02}")).or_default().push(length);
                }
            }
        }
        [arms, hands]
    }
}

impl Measures {
    pub(super) fn of(landmarks: &Landmarks, articulated: &Articulated) -> Self {
        let (wrists, fingers) = landmarks.energies();
        let lengths = landmarks.bones();
        let variation = lengths.each_ref().map(|bones| variation(bones.values()));
        let medians = lengths.into_iter().flatten();
        let strain = joints::strain(&articulated.motion);
        Self {
            seconds: landmarks.frames() as f32 / landmarks.clip.fps,
            presence: landmarks.presence(),
            wrists,
            fingers,
            fastest: landmarks.fastest(),
            bones: medians.map(|(bone, mut lengths)| (bone, median(&mut lengths))).collect(),
            variation,
            beyond: strain.share,
            farthest: strain.farthest,
            clamped: articulated.report.clamped as f32 / articulated.report.frames.max(1) as f32,
        }
    }
}

/// Standard deviation over median, the mean over all bones.
fn variation<'a>(bones: impl Iterator<Item = &'a Vec<f32>>) -> Option<f32> {
    let mut all = Mean::default();
    for lengths in bones {
        let count = lengths.len() as f32;
        let mean = lengths.iter().sum::<f32>() / count;
        let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / count;
        let median = median(&mut lengths.clone());
        if median > 0.0 {
            all.add(variance.sqrt() / median);
        }
    }
    all.value()
}

/// The middle value; 0 of none.
pub(super) fn median(values: &mut [f32]) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A mean being taken.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    fn value(&self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / f64::from(self.count)) as f32)
    }
}
