//! The pose-evaluation toolkit's metrics: steps that make two clips comparable, then a distance.
//!
//! Jiang et al. (WMT 2025) searched these steps for agreement with deaf raters; [`Pipeline::dtwp`] and
//! [`Pipeline::ndtwp`] came out best. Steps, their order and their oddities are the toolkit's
//! (`pose_processors.py`); where one is surprising, its documentation says so.

use super::{DistanceError, Gather, Points, Pointwise, Which};
use crate::pose::{Interpolation, Layout, PoseSequence};
use glam::Vec3;
use std::sync::Arc;

/// What is done to both clips before they are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// From the first frame with a hand to the last, that one left out: the toolkit takes its number for
    /// an exclusive end, so that a clip with hands in all frames loses one too.
    Trim,
    /// The shoulders' mean middle to the origin, their mean distance to 1, in 3-d.
    Normalise,
    /// Only the two hands, 42 points.
    HandsOnly,
    /// Hips and legs taken away.
    WithoutLegs,
    /// `reduce_holistic`: shoulders, elbows, wrists, hips, the face's contours, hands: 178 points.
    Reduced,
    /// At another rate, along cubic splines.
    Interpolate {
        /// Frames a second.
        fps: f32,
    },
    /// Only points that both clips have.
    Common,
    /// The shorter clip goes on at the origin until it is as long as the other. These frames count as
    /// seen, so that a clip that is too short pays for it.
    ZeroPad,
    /// What was not seen is at `(value, value, value)`, and counts as seen.
    Fill {
        /// Each coordinate's value.
        value: f32,
    },
}

/// Steps and a distance.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// What is done first, in order.
    pub steps: Vec<Step>,
    /// What is measured then.
    pub distance: Pointwise,
}

impl Pipeline {
    /// DTWp: trimmed, hands only, unseen points at 10, in the file's own unit (pixels).
    pub fn dtwp() -> Pipeline {
        let steps = vec![Step::Trim, Step::HandsOnly, Step::Fill { value: 10.0 }, Step::Common];
        Pipeline { steps, distance: Pointwise::WarpedRoots }
    }

    /// nDTWp: shoulder widths, hands only, unseen points at 1.
    pub fn ndtwp() -> Pipeline {
        let steps = vec![Step::Normalise, Step::HandsOnly, Step::Fill { value: 1.0 }, Step::Common];
        Pipeline { steps, distance: Pointwise::WarpedRoots }
    }

    /// nDTWp over arms, face contours and hands, unseen points at the origin.
    pub fn ndtwp_reduced() -> Pipeline {
        let fill = Step::Fill { value: 0.0 };
        let steps = vec![Step::Trim, Step::Normalise, Step::Reduced, fill, Step::Common];
        Pipeline { steps, distance: Pointwise::WarpedRoots }
    }

    /// The toolkit's `n-dtai-DTW-MJE (fast)`.
    pub fn dtai_mje() -> Pipeline {
        let steps = vec![Step::Trim, Step::Normalise, Step::Common, Step::WithoutLegs, Step::Reduced];
        Pipeline { steps, distance: Pointwise::WarpedRoots }
    }

    /// The toolkit's `NormalizedAveragePositionError`: frame against frame over all that is above the
    /// hips. Pairs with an unseen point count as 0, so that missing hands are rewarded.
    pub fn normalised_ape() -> Pipeline {
        let steps = vec![Step::Trim, Step::Normalise, Step::Common, Step::WithoutLegs, Step::ZeroPad];
        Pipeline { steps, distance: STRAIGHT }
    }

    /// The toolkit's `AveragePositionError` over arms, face contours and hands, untrimmed.
    pub fn ape() -> Pipeline {
        let steps = vec![Step::Normalise, Step::WithoutLegs, Step::ZeroPad, Step::Reduced];
        Pipeline { steps, distance: STRAIGHT }
    }

    /// Frame against frame over the hands, both clips at 15 frames a second, unseen points at the origin.
    pub fn hands_ape() -> Pipeline {
        let (rate, fill) = (Step::Interpolate { fps: 15.0 }, Step::Fill { value: 0.0 });
        let steps = vec![Step::Normalise, Step::HandsOnly, rate, Step::ZeroPad, fill, Step::Common];
        Pipeline { steps, distance: STRAIGHT }
    }

    /// The distance; none where the steps leave nothing to compare.
    ///
    /// # Errors
    /// [`DistanceError`] if a step cannot be done: shoulders that are never seen, an impossible rate.
    pub fn score(
        &self,
        hypothesis: &PoseSequence,
        reference: &PoseSequence,
    ) -> Result<Option<f64>, DistanceError> {
        let mut clips = [hypothesis.clone(), reference.clone()];
        for step in &self.steps {
            clips = step.apply(clips)?;
        }
        let [hypothesis, reference] = clips.map(|clip| Points::of(&clip));
        Ok(self.distance.distance(&hypothesis, &reference))
    }
}

const STRAIGHT: Pointwise = Pointwise::Aligned { power: 2.0, unseen: 0.0, gather: Gather::Mean };

impl Step {
    fn apply(self, clips: [PoseSequence; 2]) -> Result<[PoseSequence; 2], DistanceError> {
        let [hypothesis, reference] = clips;
        Ok(match self {
            Step::Common => common(hypothesis, reference),
            Step::ZeroPad => {
                let frames = hypothesis.frame_count().max(reference.frame_count());
                [padded(hypothesis, frames), padded(reference, frames)]
            }
            _ => [self.one(hypothesis, Which::Hypothesis)?, self.one(reference, Which::Reference)?],
        })
    }

    fn one(self, mut clip: PoseSequence, which: Which) -> Result<PoseSequence, DistanceError> {
        let wrong = |reason| DistanceError::Landmarks { which, reason };
        Ok(match self {
            Step::Trim => {
                let all = 0..clip.frame_count();
                let hands = clip.frames_with_hands().map_or(all, |f| f.start..(f.end - 1).max(f.start + 1));
                clip.slice(hands)
            }
            Step::Normalise => {
                clip.normalise().map_err(wrong)?;
                clip
            }
            Step::HandsOnly => part(&clip, |component, _| is_hand(component)),
            Step::WithoutLegs => clip.without_legs(),
            Step::Reduced => {
                let reduced = Layout::reduced_178();
                part(&clip, |component, point| reduced.point(component, point).is_some())
            }
            Step::Interpolate { fps } => clip.interpolate(fps, Interpolation::Cubic).map_err(wrong)?,
            Step::Fill { value } => {
                for (position, confidence) in clip.positions.iter_mut().zip(&mut clip.confidences) {
                    if *confidence == 0.0 || !position.is_finite() {
                        (*position, *confidence) = (Vec3::splat(value), 1.0);
                    }
                }
                clip
            }
            Step::Common | Step::ZeroPad => clip,
        })
    }
}

fn is_hand(component: &str) -> bool {
    matches!(component, "LEFT_HAND_LANDMARKS" | "RIGHT_HAND_LANDMARKS")
}

fn part(clip: &PoseSequence, keep: impl Fn(&str, &str) -> bool) -> PoseSequence {
    clip.to_layout(&Arc::new(clip.layout.part(keep)))
}

/// Both with the points that both have, in the first one's order.
pub(super) fn common(a: PoseSequence, b: PoseSequence) -> [PoseSequence; 2] {
    if a.layout == b.layout {
        return [a, b];
    }
    let both = Arc::new(a.layout.part(|component, point| b.layout.point(component, point).is_some()));
    [a.to_layout(&both), b.to_layout(&both)]
}

fn padded(mut clip: PoseSequence, frames: usize) -> PoseSequence {
    let count = frames * clip.point_count();
    clip.positions.resize(count, Vec3::ZERO);
    clip.confidences.resize(count, 1.0);
    clip
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::{TOLERANCE, near};
    use crate::pose::testing::reference;
    use serde_json::Value;

    #[test]
    fn real_clips_get_the_toolkits_numbers() {
        let Some(folder) = reference() else { return };
        let json = std::fs::read(folder.join("parity/pose_metrics/reference.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        for (name, pipeline) in [
            ("DTWp", Pipeline::dtwp()),
            ("nDTWp", Pipeline::ndtwp()),
            ("nDTWp_reduceholistic", Pipeline::ndtwp_reduced()),
            ("n-dtai-DTW-MJE (fast)", Pipeline::dtai_mje()),
            ("NormalizedAveragePositionError", Pipeline::normalised_ape()),
            ("AveragePositionError", Pipeline::ape()),
            ("hands_interp15_zeropad_APE", Pipeline::hands_ape()),
        ] {
            let scores = json["metrics"][name]["scores"].as_object().unwrap();
            assert_eq!(scores.len(), 16, "{name}");
            for (pair, expected) in scores {
                let (a, b) = pair.split_once(" -> ").unwrap();
                let [a, b] =
                    [a, b].map(|file| PoseSequence::read(folder.join("jos-letters").join(file)).unwrap());
                let found = pipeline.score(&a, &b).unwrap().unwrap();
                near(&format!("{name} {pair}"), found, expected.as_f64().unwrap(), TOLERANCE);
            }
        }
    }

    #[test]
    fn clips_of_two_layouts_are_compared_by_what_both_have() {
        let whole = PoseSequence::unseen(Layout::holistic_543(), Default::default(), 25.0, 3);
        let small = PoseSequence::unseen(Layout::reduced_178(), Default::default(), 25.0, 3);
        let [a, b] = common(whole, small);
        assert_eq!((a.point_count(), &a.layout), (178, &b.layout));
    }

    #[test]
    fn a_clip_without_shoulders_is_named_in_the_error() {
        let clip = PoseSequence::unseen(Layout::holistic_543(), Default::default(), 25.0, 3);
        let error = Pipeline::ndtwp().score(&clip, &clip).unwrap_err().to_string();
        assert!(error.contains("hypothesis") && error.contains("shoulders"), "{error}");
    }
}
