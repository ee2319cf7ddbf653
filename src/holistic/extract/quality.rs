//! How far a clip's landmarks can be relied on, judged by themselves, frame after frame.
//!
//! Distances count in shoulder widths of the picture, the largest so far, so that a signer who turns
//! aside does not become the measure.

use crate::holistic::HolisticFrame;
use glam::{Vec2, Vec3};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Shoulder widths a second above which nothing of a signer moves: about 6 m/s. Of 10,000 movements of hands from
/// frame to frame, in recordings of letters and of single words, 2 in 1,000 are above it.
const FASTEST: f32 = 15.0;

/// Body points that are less visible than this are guessed.
const VISIBLE: f32 = 0.5;

/// A hand further than this from its own arm's wrist is not at it.
const AT_WRIST: f32 = 0.25;

const LEFT_SHOULDER: usize = 11;
const RIGHT_SHOULDER: usize = 12;
const LEFT_WRIST: usize = 15;
const RIGHT_WRIST: usize = 16;

/// Shoulders, elbows, wrists.
const ARMS: std::ops::RangeInclusive<usize> = LEFT_SHOULDER..=RIGHT_WRIST;

/// How far a clip's landmarks can be relied on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Share of frames in which the body was found.
    pub pose: f32,
    /// … the face.
    pub face: f32,
    /// … the left hand.
    pub left_hand: f32,
    /// … the right hand.
    pub right_hand: f32,
    /// … at least one hand.
    pub any_hand: f32,
    /// Frames in which a hand lies at the other arm's wrist.
    pub swapped_hands: u64,
    /// Frames before which body, face or a hand moved faster than anybody can.
    pub jumps: u64,
    /// Mean share of shoulders, elbows and wrists that are hidden or outside the picture.
    pub low_visibility: f32,
    /// What is wrong, in one number for sorting: 0 is flawless. Missing body 1, face and hands ½ each, frames
    /// with swapped hands or jumps 4, invisible arms ½, all by their shares.
    pub doubt: f32,
}

/// Adds frames up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    frames: u64,
    found: [u64; 4],
    any_hand: u64,
    swapped: u64,
    jumps: u64,
    hidden: f64,
    width: f32,
    before: Option<Seen>,
}

/// Where parts were, and when.
#[derive(Debug)]
struct Seen {
    time: Duration,
    /// Middles of shoulders, face, left and right hand.
    parts: [Option<Vec2>; 4],
}

impl Tally {
    /// Adds a frame of a picture of `size` pixels.
    pub(super) fn add(&mut self, found: &HolisticFrame, time: Duration, size: Vec2) {
        let at = |point: Vec3| point.truncate() * size;
        let pose = found.pose.as_ref();
        if let Some(pose) = pose {
            let [left, right] = [LEFT_SHOULDER, RIGHT_SHOULDER].map(|i| at(pose.landmarks[i]));
            self.width = self.width.max(left.distance(right));
            let hidden = ARMS.filter(|&i| pose.visibility[i] < VISIBLE).count();
            self.hidden += hidden as f64 / ARMS.count() as f64;
        }
        let hands = [found.left_hand.as_ref(), found.right_hand.as_ref()];
        let wrists = pose.map(|pose| [LEFT_WRIST, RIGHT_WRIST].map(|i| at(pose.landmarks[i])));
        if let Some([left, right]) = wrists {
            let strays = |hand: Option<&[Vec3; 21]>, own: Vec2, other: Vec2| {
                hand.is_some_and(|hand| self.strays(at(hand[0]), own, other))
            };
            self.swapped += u64::from(strays(hands[0], left, right) || strays(hands[1], right, left));
        }
        let middle = |points: &[Vec3]| points.iter().map(|p| at(*p)).sum::<Vec2>() / points.len() as f32;
        let seen = Seen {
            time,
            parts: [
                pose.map(|pose| middle(&pose.landmarks[LEFT_SHOULDER..=RIGHT_SHOULDER])),
                found.face.as_ref().map(|face| middle(&face[..])),
                hands[0].map(|hand| middle(hand)),
                hands[1].map(|hand| middle(hand)),
            ],
        };
        self.frames += 1;
        self.jumps += u64::from(self.jumped(&seen));
        self.any_hand += u64::from(seen.parts[2].is_some() || seen.parts[3].is_some());
        for (count, part) in self.found.iter_mut().zip(seen.parts) {
            *count += u64::from(part.is_some());
        }
        self.before = Some(seen);
    }

    /// Whether a hand is at the other arm's wrist.
    fn strays(&self, hand: Vec2, own: Vec2, other: Vec2) -> bool {
        let (to_own, to_other) = (hand.distance(own), hand.distance(other));
        to_own > AT_WRIST * self.width && to_other < to_own / 2.0
    }

    fn jumped(&self, now: &Seen) -> bool {
        let Some(before) = self.before.as_ref().filter(|_| self.width > 0.0) else { return false };
        let furthest = FASTEST * self.width * now.time.saturating_sub(before.time).as_secs_f32();
        let mut pairs = before.parts.iter().zip(&now.parts);
        pairs.any(|(before, now)| {
            before.zip(*now).is_some_and(|(before, now)| before.distance(now) > furthest)
        })
    }

    /// The sum.
    pub(super) fn quality(&self) -> Quality {
        let frames = self.frames.max(1) as f32;
        let [pose, face, left_hand, right_hand] = self.found.map(|count| count as f32 / frames);
        let any_hand = self.any_hand as f32 / frames;
        let low_visibility = (self.hidden / self.found[0].max(1) as f64) as f32;
        let wrong = (self.swapped + self.jumps) as f32 / frames;
        let doubt =
            (1.0 - pose) + 0.5 * (1.0 - face) + 0.5 * (1.0 - any_hand) + 4.0 * wrong + 0.5 * low_visibility;
        let (swapped_hands, jumps) = (self.swapped, self.jumps);
        Quality { pose, face, left_hand, right_hand, any_hand, swapped_hands, jumps, low_visibility, doubt }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::frame_at;
    use super::*;

    const SIZE: Vec2 = Vec2::new(640.0, 480.0);

    fn judge(frames: &[HolisticFrame]) -> Quality {
        let mut tally = Tally::default();
        for (i, frame) in frames.iter().enumerate() {
            tally.add(frame, Duration::from_millis(40 * i as u64), SIZE);
        }
        tally.quality()
    }

    #[test]
    fn a_signer_who_is_seen_whole_is_beyond_doubt() {
        let quality = judge(&[0.4, 0.42, 0.44].map(frame_at));
        assert_eq!(
            quality,
            Quality {
                pose: 1.0,
                face: 1.0,
                left_hand: 1.0,
                right_hand: 1.0,
                any_hand: 1.0,
                ..Quality::default()
            }
        );
    }

    #[test]
    fn missing_parts_are_shares_and_nothing_at_all_is_doubted_most() {
        let mut frames = [0.4, 0.41, 0.42, 0.43].map(frame_at);
        frames[1].left_hand = None;
        frames[2].face = None;
        frames[3] = HolisticFrame::default();
        let quality = judge(&frames);
        assert_eq!((quality.left_hand, quality.face, quality.pose, quality.any_hand), (0.5, 0.5, 0.75, 0.75));
        assert!(judge(&[HolisticFrame::default()]).doubt > quality.doubt);
        assert!(judge(&[]).doubt > 0.0);
    }

    #[test]
    fn hands_at_the_other_wrist_are_swapped() {
        let mut frames = [0.4, 0.41].map(frame_at);
        let found = &mut frames[1];
        std::mem::swap(&mut found.left_hand, &mut found.right_hand);
        let quality = judge(&frames);
        assert_eq!((quality.swapped_hands, quality.jumps), (1, 1));
    }

    #[test]
    fn what_moves_faster_than_anybody_jumps() {
        let frames = [0.4, 0.42, 0.9, 0.88].map(frame_at);
        assert_eq!(judge(&frames).jumps, 1);
    }

    #[test]
    fn hidden_arms_are_counted() {
        let mut frame = frame_at(0.4);
        let visibility = &mut frame.pose.as_mut().unwrap().visibility;
        visibility[13..=15].fill(0.1);
        visibility[27] = 0.0;
        assert_eq!(judge(&[frame]).low_visibility, 0.5);
    }
}
