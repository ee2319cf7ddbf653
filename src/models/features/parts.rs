//! The parts of a signer's landmarks, and a part's numbers in a frame.

use crate::pose::Layout;
use glam::Vec3;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// What can be learnt by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// 23 points from the head to the wrists (SyriSign's paper).
    Body,
    /// 21 points, from the signer's left wrist.
    LeftHand,
    /// 21 points, from the signer's right wrist.
    RightHand,
    /// 128 points on the face's contours, from the nose.
    Face,
}

/// SyriSign's 193 points.
pub(super) fn layout() -> Arc<Layout> {
    Layout::syrisign_193()
}

/// Where the parts begin in that layout, and where what they are placed by is.
pub(super) const BODY: Range<usize> = 0..23;
const FACE: Range<usize> = 23..151;
const LEFT_HAND: Range<usize> = 151..172;
const RIGHT_HAND: Range<usize> = 172..193;
const NOSE: usize = 0;
const LEFT_WRIST: usize = 15;
const RIGHT_WRIST: usize = 16;

/// A number above this says that a part was seen.
const SEEN: f32 = 0.5;

/// Each hand's own wrist and the body's.
pub(super) fn wrists() -> [(usize, usize); 2] {
    [(LEFT_HAND.start, LEFT_WRIST), (RIGHT_HAND.start, RIGHT_WRIST)]
}

/// A part's numbers in a frame: x, y and z of each point, then whether it was seen.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) part: Part,
    start: usize,
    points: Range<usize>,
    /// The point of the body that it is taken from.
    anchor: Option<usize>,
}

impl Columns {
    pub(super) fn of(part: Part, start: usize) -> Self {
        // A hand's wrist is its anchor, at the same place by definition.
        let after_wrist = |hand: Range<usize>| hand.start + 1..hand.end;
        let (points, anchor) = match part {
            Part::Body => (BODY, None),
            Part::LeftHand => (after_wrist(LEFT_HAND), Some(LEFT_WRIST)),
            Part::RightHand => (after_wrist(RIGHT_HAND), Some(RIGHT_WRIST)),
            Part::Face => (FACE, Some(NOSE)),
        };
        Self { part, start, points, anchor }
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.points_range().end + usize::from(self.anchor.is_some())
    }

    /// Where the points' coordinates are.
    pub(super) fn points_range(&self) -> Range<usize> {
        self.start..self.start + 3 * self.points.len()
    }

    /// Where it is taken from: across the picture. Each part's depth begins at itself already.
    fn origin(&self, positions: &[Vec3]) -> Vec3 {
        self.anchor.map_or(Vec3::ZERO, |anchor| positions[anchor].with_z(0.0))
    }

    /// Whether its presence is in the numbers, and where.
    fn seen_at(&self) -> Option<usize> {
        self.anchor.map(|_| self.range().end - 1)
    }

    pub(super) fn read(&self, positions: &[Vec3], confidences: &[f32], row: &mut [f32]) {
        let origin = self.origin(positions);
        for (values, point) in row[self.start..].chunks_exact_mut(3).zip(self.points.clone()) {
            values.copy_from_slice(&(positions[point] - origin).to_array());
        }
        if let Some(at) = self.seen_at() {
            let seen = self.points.clone().filter(|&point| confidences[point] != 0.0).count();
            row[at] = if 2 * seen > self.points.len() { 1.0 } else { 0.0 };
        }
    }

    /// Puts the numbers of frames in which the part was not seen on a line between those in which it was;
    /// 0 where it never was.
    pub(super) fn bridge(&self, values: &mut [f32], width: usize) {
        let (Some(at), range) = (self.seen_at(), self.range()) else { return };
        let frames = values.len() / width.max(1);
        let seen: Vec<usize> = (0..frames).filter(|frame| values[frame * width + at] > SEEN).collect();
        if seen.is_empty() {
            values.chunks_exact_mut(width).for_each(|row| row[range.start..at].fill(0.0));
        }
        for number in range.start..at {
            each_gap(&seen, frames, |frame, from, to, t| {
                let [from, to] = [from, to].map(|frame| values[frame * width + number]);
                values[frame * width + number] = from + (to - from) * t;
            });
        }
    }

    pub(super) fn write(&self, row: &[f32], positions: &mut [Vec3], confidences: &mut [f32]) {
        let seen = self.seen_at().is_none_or(|at| row[at] > SEEN);
        if !seen {
            return;
        }
        let origin = self.origin(positions);
        for (values, point) in row[self.start..].chunks_exact(3).zip(self.points.clone()) {
            (positions[point], confidences[point]) = (Vec3::from_slice(values) + origin, 1.0);
        }
        for (hand, wrist) in wrists() {
            if self.anchor == Some(wrist) {
                (positions[hand], confidences[hand]) = (origin, 1.0);
            }
        }
    }
}

/// Calls `fill(frame, from, to, t)` for each frame that was not seen: its neighbours that were, and how
/// far it is from the one to the other. Nothing where no frame was seen.
pub(super) fn each_gap(seen: &[usize], frames: usize, mut fill: impl FnMut(usize, usize, usize, f32)) {
    let (Some(&first), Some(&last)) = (seen.first(), seen.last()) else { return };
    (0..first).for_each(|frame| fill(frame, first, first, 0.0));
    for gap in seen.windows(2) {
        let (from, to) = (gap[0], gap[1]);
        (from + 1..to).for_each(|frame| fill(frame, from, to, (frame - from) as f32 / (to - from) as f32));
    }
    (last + 1..frames).for_each(|frame| fill(frame, last, last, 0.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_where_the_layout_has_them() {
        let layout = layout();
        let range = |name: &str| layout.component_range(name).unwrap();
        assert_eq!(range("POSE_LANDMARKS"), BODY);
        assert_eq!(range("FACE_LANDMARKS"), FACE);
        assert_eq!(range("LEFT_HAND_LANDMARKS"), LEFT_HAND);
        assert_eq!(range("RIGHT_HAND_LANDMARKS"), RIGHT_HAND);
        let body = |name: &str| layout.point("POSE_LANDMARKS", name).unwrap();
        assert_eq!([body("NOSE"), body("LEFT_WRIST"), body("RIGHT_WRIST")], [NOSE, LEFT_WRIST, RIGHT_WRIST]);
    }
}
