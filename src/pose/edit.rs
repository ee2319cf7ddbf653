//! Operations on landmarks, named and behaving as pose-format's, so that models trained with it see
//! the same numbers.

use super::reductions::{is_below_the_hips, is_leg};
use super::{LandmarkError, PoseSequence, Shoulders};
use glam::Vec3;
use std::ops::Range;
use std::sync::Arc;

const BODIES: [&str; 2] = ["POSE_LANDMARKS", "POSE_WORLD_LANDMARKS"];
const SIDES: [(&str, &str); 2] =
    [("LEFT_HAND_LANDMARKS", "LEFT_WRIST"), ("RIGHT_HAND_LANDMARKS", "RIGHT_WRIST")];

impl PoseSequence {
    /// Moves and scales the clip so that its mean shoulder middle is the origin and its mean shoulder
    /// distance (in 3-d) is 1: one translation and one scale for all frames and points. Axes stay the
    /// camera's; [`Self::to_body_frame`] turns them. Returns what was measured.
    pub fn normalise(&mut self) -> Result<Shoulders, LandmarkError> {
        let shoulders = self.shoulders()?;
        for (position, confidence) in self.positions.iter_mut().zip(&self.confidences) {
            if *confidence != 0.0 {
                *position = (*position - shoulders.middle) / shoulders.width;
            }
        }
        Ok(shoulders)
    }

    /// Hides hips and legs: unseen, at the origin.
    pub fn hide_legs(&mut self) {
        self.hide(is_leg);
    }

    /// Hides what is below the hips, as SignCLIP does.
    pub fn hide_below_the_hips(&mut self) {
        self.hide(is_below_the_hips);
    }

    /// The clip without the points of hips and legs.
    pub fn without_legs(&self) -> PoseSequence {
        let keep = |component: &str, point: &str| !(BODIES.contains(&component) && is_leg(point));
        self.to_layout(&Arc::new(self.layout.part(keep)))
    }

    /// The clip without a component.
    pub fn without_component(&self, name: &str) -> PoseSequence {
        self.to_layout(&Arc::new(self.layout.part(|component, _| component != name)))
    }

    fn hide(&mut self, is_hidden: impl Fn(&str) -> bool) {
        let layout = self.layout.clone();
        let hidden: Vec<usize> = (layout.components.iter())
            .filter(|c| BODIES.contains(&c.name.as_str()))
            .flat_map(|c| c.points.iter().filter(|p| is_hidden(p)).map(|p| (&c.name, p)))
            .filter_map(|(component, point)| layout.point(component, point))
            .collect();
        let points = self.point_count().max(1);
        let frames = self.positions.chunks_exact_mut(points).zip(self.confidences.chunks_exact_mut(points));
        for (positions, confidences) in frames {
            for &i in &hidden {
                (positions[i], confidences[i]) = (Vec3::ZERO, 0.0);
            }
        }
    }

    /// Puts the body's wrists where the hands' are seen. The hand's z comes with it, though it counts
    /// from the hand's own zero: pose-format does so.
    pub fn correct_wrists(&mut self) -> Result<(), LandmarkError> {
        for (hand, body_wrist) in SIDES {
            let from = self.layout.need_point(hand, "WRIST")?;
            let to = self.layout.need_point("POSE_LANDMARKS", body_wrist)?;
            let points = self.point_count();
            for start in (0..self.positions.len()).step_by(points.max(1)) {
                if self.confidences[start + from] != 0.0 {
                    self.positions[start + to] = self.positions[start + from];
                    self.confidences[start + to] = self.confidences[start + from];
                }
            }
        }
        Ok(())
    }

    /// The frames from the first to the last in which a hand is seen; none if none is.
    pub fn frames_with_hands(&self) -> Option<Range<usize>> {
        let wrists: Vec<usize> =
            SIDES.iter().filter_map(|(hand, _)| self.layout.point(hand, "WRIST")).collect();
        let has_hand = |&frame: &usize| wrists.iter().any(|&w| self.frame_confidences(frame)[w] != 0.0);
        let mut frames = (0..self.frame_count()).filter(has_hand);
        let first = frames.next()?;
        Some(first..frames.next_back().unwrap_or(first) + 1)
    }

    /// Some of the frames; what lies outside the clip is left out.
    pub fn slice(&self, frames: Range<usize>) -> PoseSequence {
        let end = frames.end.min(self.frame_count());
        let points = self.point_count();
        let range = frames.start.min(end) * points..end * points;
        PoseSequence {
            positions: self.positions[range.clone()].to_vec(),
            confidences: self.confidences[range].to_vec(),
            layout: self.layout.clone(),
            ..*self
        }
    }

    /// The clip from the first to the last frame in which a hand is seen; all of it if none is.
    pub fn trimmed(&self) -> PoseSequence {
        self.slice(self.frames_with_hands().unwrap_or(0..self.frame_count()))
    }

    /// For each component, the share of frames, 0 to 1, in which any of its points is seen.
    pub fn seen_shares(&self) -> Vec<(String, f32)> {
        let frames = self.frame_count();
        let share = |component: &str| {
            let range = self.layout.component_range(component).unwrap_or(0..0);
            let seen =
                (0..frames).filter(|&f| self.frame_confidences(f)[range.clone()].iter().any(|&c| c != 0.0));
            seen.count() as f32 / frames.max(1) as f32
        };
        self.layout.components.iter().map(|c| (c.name.clone(), share(&c.name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::testing::reference;
    use crate::pose::{Interpolation, Layout};
    use serde_json::Value;

    /// The recordings and the numbers that pose-format 0.15 finds in them.
    fn parity() -> Vec<(PoseSequence, Value)> {
        let Some(folder) = reference() else { return Vec::new() };
        let json = std::fs::read(folder.join("parity/pose_metrics/reference.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let read = |name: &String| PoseSequence::read(folder.join("jos-letters").join(name)).unwrap();
        json["pose_ops"].as_object().unwrap().iter().map(|(name, ops)| (read(name), ops.clone())).collect()
    }

    fn near(found: f64, expected: &Value, what: &str) {
        let expected = expected.as_f64().unwrap();
        let apart = (found - expected).abs() / expected.abs().max(1.0);
        assert!(apart < 1e-5, "{what}: found {found}, expected {expected}");
    }

    fn mean(values: impl Iterator<Item = f32>) -> f64 {
        let (sum, count) = values.fold((0.0, 0), |(s, n), v| (s + f64::from(v), n + 1));
        sum / f64::from(count)
    }

    /// Compares shape, rate, means and some values, where masked values count as zero.
    fn check(clip: &PoseSequence, expected: &Value, what: &str) {
        assert_eq!(expected["shape"][0], clip.frame_count(), "{what}");
        assert_eq!(expected["shape"][2], clip.point_count(), "{what}");
        near(clip.fps.into(), &expected["fps"], what);
        let zeros = clip.confidences.iter().filter(|&&c| c == 0.0).count();
        assert_eq!(expected["confidence_zero"], zeros, "{what}");
        near(mean(clip.confidences.iter().copied()), &expected["confidence_mean"], what);
        let filled: Vec<f32> = (clip.positions.iter().zip(&clip.confidences))
            .flat_map(|(p, &c)| if c == 0.0 { [0.0; 3] } else { p.to_array() })
            .collect();
        near(mean(filled.iter().copied()), &expected["mean_zero_filled"], what);
        let middle = clip.frame_count() / 2 * clip.point_count() * 3;
        for (start, name) in [
            (0, "first5_zero_filled"),
            (filled.len() - 5, "last5_zero_filled"),
            (middle, "middle_frame_first5"),
        ] {
            for (i, value) in expected[name].as_array().unwrap().iter().enumerate() {
                near(filled[start + i].into(), value, &format!("{what}, {name} {i}"));
            }
        }
    }

    #[test]
    fn operations_give_the_numbers_of_pose_format() {
        for (raw, expected) in parity() {
            check(&raw, &expected["raw"], "raw");
            let mut clip = raw.clone();
            clip.normalise().unwrap();
            check(&clip, &expected["normalize"], "normalize");
            let mut clip = raw.clone();
            clip.hide_legs();
            check(&clip, &expected["pose_hide_legs(remove=False)"], "hide");
            check(&raw.without_legs(), &expected["pose_hide_legs(remove=True)"], "remove");
            let mut clip = raw.clone();
            clip.correct_wrists().unwrap();
            check(&clip, &expected["correct_wrists"], "wrists");
            let mut clip = raw.select(&Layout::reduced_178()).unwrap();
            check(&clip, &expected["reduce_holistic"], "reduce");
            clip.normalise().unwrap();
            check(&clip, &expected["reduce_holistic+normalize"], "reduce and normalize");
            let bodies = raw.without_component("POSE_WORLD_LANDMARKS");
            check(&bodies, &expected["remove_components(POSE_WORLD_LANDMARKS)"], "without world");
        }
    }

    #[test]
    fn interpolation_gives_the_numbers_of_pose_format() {
        for (raw, expected) in parity() {
            for (fps, kind, name) in [
                (50.0, Interpolation::Cubic, "interpolate(new_fps=50, kind=cubic)"),
                (15.0, Interpolation::Cubic, "interpolate(new_fps=15, kind=cubic)"),
                (50.0, Interpolation::Linear, "interpolate(new_fps=50, kind=linear)"),
            ] {
                check(&raw.interpolate(fps, kind).unwrap(), &expected[name], name);
            }
        }
    }

    /// The reference's trimming leaves out the last frame with a hand; ours keeps it.
    #[test]
    fn trimming_keeps_one_frame_more_than_the_reference() {
        for (raw, expected) in parity() {
            let hands = raw.frames_with_hands().unwrap();
            check(&raw.slice(hands.start..hands.end - 1), &expected["trim_pose"], "trim");
            assert_eq!(raw.trimmed().frame_count(), hands.len());
        }
    }

    #[test]
    fn signclip_sees_the_numbers_that_its_own_preprocessing_makes() {
        for (raw, expected) in parity() {
            let expected = &expected["signclip_preprocess_pose"];
            let mut clip = raw.select(&Layout::signclip_203()).unwrap();
            clip.normalise().unwrap();
            clip.hide_below_the_hips();
            let values: Vec<f32> = clip.positions.iter().flat_map(|p| p.to_array()).collect();
            near(mean(values.iter().copied()), &expected["mean"], "mean");
            assert_eq!(expected["nonzero"], values.iter().filter(|&&v| v != 0.0).count());
            for (i, value) in expected["last5"].as_array().unwrap().iter().enumerate() {
                near(values[values.len() - 5 + i].into(), value, "last5");
            }
            near(clip.frame(0)[23].x.into(), &expected["hip_x_frame0"][0], "hip");
        }
    }

    #[test]
    fn shares_tell_which_parts_are_seen() {
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), Default::default(), 25.0, 4);
        let at = 3 * clip.point_count() + crate::pose::holistic::LEFT_HAND.start;
        clip.confidences[at] = 1.0;
        assert_eq!(clip.seen_shares()[2], ("LEFT_HAND_LANDMARKS".into(), 0.25));
        assert_eq!((clip.frames_with_hands(), clip.trimmed().frame_count()), (Some(3..4), 1));
        assert_eq!(clip.slice(2..99).frame_count(), 2);
    }
}
