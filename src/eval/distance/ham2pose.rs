//! nDTW-MJE as Ham2Pose computes it, and its nMSE and nAPE.
//!
//! Pictures count, not depth: two coordinates. Each point's track is warped by itself, a point that the
//! recording lacks costs nothing, and one that only the made clip lacks costs half the distance of the
//! recording's point from the origin. So it is not symmetric, and where the origin lies matters: after
//! normalising, the picture is moved until its smallest x and y are 0 (pose-format's `focus`). Source:
//! `metrics.py` of rotem-shalev/Ham2Pose at 25a5cd7.

use super::points::Sample;
use super::warp::{self, Frames};
use super::{DistanceError, Gather, Points, Which};
use crate::pose::PoseSequence;
use glam::DVec3;

/// Confidences up to this are taken for unseen, after normalising.
const LOW_CONFIDENCE: f32 = 0.2;

/// The body's points that count: of OpenPose's nine down to the hips, those that Holistic has.
const BODY: [&str; 7] =
    ["NOSE", "RIGHT_SHOULDER", "RIGHT_ELBOW", "RIGHT_WRIST", "LEFT_SHOULDER", "LEFT_ELBOW", "LEFT_WRIST"];

/// What is done with a point's two tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ham2Pose {
    /// nDTW-MJE with exact warping.
    Warped,
    /// nDTW-MJE with `fastdtw` of radius 1, which published numbers have.
    FastWarped,
    /// nMSE: frame against frame, squares; the shorter clip goes on at the origin.
    SquaredError,
    /// nAPE: the same with distances.
    PositionError,
}

impl Ham2Pose {
    /// The distance over nose, arms and hands of two clips in MediaPipe's names, normalised first.
    ///
    /// # Errors
    /// [`DistanceError`] if the shoulders are never seen.
    pub fn score(
        self,
        hypothesis: &PoseSequence,
        reference: &PoseSequence,
    ) -> Result<Option<f64>, DistanceError> {
        let [a, b] = super::pipeline::common(hypothesis.clone(), reference.clone());
        let layout = a.layout.clone();
        let body = BODY.iter().filter_map(|name| layout.point("POSE_LANDMARKS", name));
        let hands = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
        let hands = hands.iter().filter_map(|hand| layout.component_range(hand)).flatten();
        let counted: Vec<usize> = body.chain(hands).collect();
        let a =
            prepared(a).map_err(|reason| DistanceError::Landmarks { which: Which::Hypothesis, reason })?;
        let b = prepared(b).map_err(|reason| DistanceError::Landmarks { which: Which::Reference, reason })?;
        Ok(self.distance(&a.select(&counted), &b.select(&counted)))
    }

    /// The distance of tracks that are prepared already; none where there are none.
    pub fn distance(self, hypothesis: &Points, reference: &Points) -> Option<f64> {
        if hypothesis.frames() == 0 || reference.frames() == 0 {
            return None;
        }
        let points = hypothesis.points().min(reference.points());
        Gather::Mean.of((0..points).map(|point| {
            let (a, b) = (hypothesis.track(point), reference.track(point));
            match self {
                Ham2Pose::Warped => warp::exact(a.len(), b.len(), |i, j| Masked.cost(&a[i], &b[j])),
                Ham2Pose::FastWarped => warp::fast(&Masked, &a, &b, 1),
                Ham2Pose::SquaredError => padded_mean(&a, &b, |square| square),
                Ham2Pose::PositionError => padded_mean(&a, &b, f64::sqrt),
            }
        }))
    }
}

/// In shoulder widths, from the picture's upper left, what is below the hips and what is unsure unseen.
fn prepared(mut clip: PoseSequence) -> Result<Points, crate::pose::LandmarkError> {
    clip.normalise()?;
    for (position, confidence) in clip.positions.iter_mut().zip(&clip.confidences) {
        position.z = 0.0;
        if *confidence == 0.0 {
            *position = glam::Vec3::ZERO;
        }
    }
    focus(&mut clip);
    for confidence in &mut clip.confidences {
        if *confidence <= LOW_CONFIDENCE {
            *confidence = 0.0;
        }
    }
    Ok(Points::of(&clip))
}

/// Moves what is seen until its smallest x and y are 0.
fn focus(clip: &mut PoseSequence) {
    let seen = clip.positions.iter().zip(&clip.confidences).filter(|(p, c)| **c != 0.0 && p.is_finite());
    let least = seen.fold(glam::Vec3::INFINITY, |least, (p, _)| least.min(*p));
    if least.is_finite() {
        let seen = clip.positions.iter_mut().zip(&clip.confidences).filter(|(_, c)| **c != 0.0);
        seen.for_each(|(position, _)| *position -= least);
    }
}

/// Ham2Pose's `masked_euclidean`.
struct Masked;

impl Frames for Masked {
    type Frame = Sample;

    fn between(&self, a: &Sample, b: &Sample) -> Sample {
        Sample { position: (a.position + b.position) / 2.0, seen: a.seen && b.seen }
    }

    fn cost(&self, hypothesis: &Sample, reference: &Sample) -> f64 {
        match (hypothesis.seen, reference.seen) {
            (_, false) => 0.0,
            (false, true) => reference.position.length() / 2.0,
            (true, true) => hypothesis.position.distance(reference.position),
        }
    }
}

/// The mean error of tracks of which the shorter goes on at the origin.
///
/// The reference means to leave out what either clip lacks, and does not: its first assignment through
/// numpy's mask clears that mask, and its `concatenate` loses that of the padded clip. So what is computed
/// is: nothing for what the recording lacks; a made point that is unseen is at the origin; and in the clip
/// that was padded all points are where they are stored.
fn padded_mean(hypothesis: &[Sample], reference: &[Sample], of_square: impl Fn(f64) -> f64) -> f64 {
    let frames = hypothesis.len().max(reference.len());
    let at = |track: &[Sample], frame: usize| {
        let sample = track.get(frame).copied().unwrap_or(Sample { position: DVec3::ZERO, seen: true });
        Sample { seen: sample.seen || track.len() < frames, ..sample }
    };
    let errors = (0..frames).map(|frame| {
        let (made, recorded) = (at(hypothesis, frame), at(reference, frame));
        let made = if made.seen { made.position } else { DVec3::ZERO };
        if recorded.seen { of_square(made.distance_squared(recorded.position)) } else { 0.0 }
    });
    errors.sum::<f64>() / frames as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::{Reference, numbers};
    use crate::pose::{Component, ImageSize, Layout};
    use std::sync::Arc;

    /// The reference's OpenPose clip, its shoulders under the names that normalising asks for. Hips and
    /// legs are not hidden: they do not count.
    fn clip(name: &str) -> PoseSequence {
        let (shape, values) = numbers("ham2pose_synthetic.safetensors", &format!("{name}.data"));
        let (_, confidences) = numbers("ham2pose_synthetic.safetensors", &format!("{name}.confidence"));
        let named = |point: usize| match point {
            2 => "RIGHT_SHOULDER".to_owned(),
            5 => "LEFT_SHOULDER".to_owned(),
            _ => point.to_string(),
        };
        let component = Component {
            name: "POSE_LANDMARKS".into(),
            points: (0..shape[2]).map(named).collect(),
            format: "XYC".into(),
            ..Component::default()
        };
        let layout = Arc::new(Layout { components: vec![component] });
        let size = ImageSize { width: 640, height: 480, depth: 0 };
        let mut clip = PoseSequence::unseen(layout, size, 25.0, shape[0]);
        for (position, [x, y]) in clip.positions.iter_mut().zip(values.as_chunks::<2>().0) {
            *position = glam::Vec3::new(*x as f32, *y as f32, 0.0);
        }
        for (mine, theirs) in clip.confidences.iter_mut().zip(confidences) {
            *mine = theirs as f32;
        }
        clip
    }

    #[test]
    fn the_distances_are_those_of_its_own_code() {
        let reference = Reference::read();
        let counted: Vec<usize> = (0..9).chain(95..137).collect();
        for (pair, a, b) in
            [("1->2", "pose1", "pose2"), ("2->1", "pose2", "pose1"), ("1->1", "pose1", "pose1")]
        {
            let raw = [a, b].map(|name| Points::of(&clip(name)).select(&counted));
            let made = [a, b].map(|name| prepared(clip(name)).unwrap().select(&counted));
            for (how, name) in [
                (Ham2Pose::Warped, "DTW-MJE exact dtw"),
                (Ham2Pose::FastWarped, "DTW-MJE fastdtw(radius=1)"),
                (Ham2Pose::SquaredError, "mse"),
                (Ham2Pose::PositionError, "APE"),
            ] {
                for (kind, [a, b]) in [("raw", &raw), ("normalised (nDTW-MJE)", &made)] {
                    reference
                        .same(&["ham2pose", &format!("{kind} {pair} | {name}")], how.distance(a, b).unwrap());
                }
            }
        }
    }

    #[test]
    fn a_hand_that_only_the_made_clip_lacks_costs_and_one_that_the_recording_lacks_does_not() {
        let seen = Sample { position: DVec3::new(3.0, 4.0, 0.0), seen: true };
        let unseen = Sample { seen: false, ..seen };
        let [with, without] = [seen, unseen].map(|sample| Points::from_samples(1, &[sample; 2]));
        assert_eq!(Ham2Pose::Warped.distance(&without, &with), Some(5.0));
        assert_eq!(Ham2Pose::Warped.distance(&with, &without), Some(0.0));
    }
}
