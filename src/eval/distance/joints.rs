//! Distances between whole frames of joints: DTW-JPE and DTW-PA-JPE, MPJPE and PA-MPJPE, and Progressive
//! Transformers' DTW.
//!
//! Their papers measure the joints of a body model, in metres. Landmarks are no such joints: here the body
//! is nose, shoulders, elbows and wrists, a hand is its 21 points, and the unit is the shoulder width. So
//! numbers compare with each other, not with those papers' tables. A point that is not seen is held from
//! the nearest frame in which it is: to leave it out would reward a hand that disappears.

use super::procrustes::Similarity;
use super::{DistanceError, Gather, Points, Which, warp};
use crate::pose::{LandmarkError, PoseSequence};
use glam::DVec3;

const BODY: [&str; 7] =
    ["NOSE", "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST"];
/// Where the shoulders are among the body's joints.
const SHOULDERS: [usize; 2] = [1, 2];
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];

/// Whose joints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nose, shoulders, elbows, wrists; their root is between the shoulders.
    Body,
    /// Each hand by itself, its root the wrist; the mean of the two, or the one that both clips have.
    Hands,
}

/// How one frame's joints are laid over another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Root on root.
    Root,
    /// By the similarity that fits best: place, turn and size are forgiven.
    Procrustes,
}

/// How frames find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Exact warping; the sum along the path, not divided by anything, so that longer clips are farther
    /// apart (SOKE's `mGPT/metrics`, and who compares with it).
    Warped,
    /// The made clip brought to the recording's number of frames on straight lines, then frame against
    /// frame; the mean.
    Stretched,
}

/// The mean distance of joints over frames, in one of its four usual forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JointError {
    /// Which joints.
    pub part: Part,
    /// How they are laid over each other.
    pub alignment: Alignment,
    /// Which frames are compared.
    pub matching: Matching,
}

impl JointError {
    /// The distance, in shoulder widths; none where the two clips have no joints in common (a hand that is
    /// never seen in one of them).
    ///
    /// # Errors
    /// [`DistanceError`] if the shoulders are never seen.
    pub fn score(
        &self,
        hypothesis: &PoseSequence,
        reference: &PoseSequence,
    ) -> Result<Option<f64>, DistanceError> {
        let [a, b] = in_body_frame(hypothesis, reference)?;
        let chains: Vec<Chain> = match self.part {
            Part::Body => vec![Chain::body(&a, &b)],
            Part::Hands => HANDS.iter().map(|hand| Chain::hand(&a, &b, hand)).collect(),
        };
        Ok(Gather::Mean.of(chains.iter().filter_map(|chain| self.distance(chain))))
    }

    fn distance(&self, chain: &Chain) -> Option<f64> {
        let [a, b] = [&chain.hypothesis, &chain.reference];
        if a.points() == 0 || a.frames() == 0 || b.frames() == 0 {
            return None;
        }
        let apart = |a: &[DVec3], b: &[DVec3]| match self.alignment {
            Alignment::Root => {
                let moved = chain.root(b) - chain.root(a);
                mean_distance(a, b, |point| point + moved)
            }
            Alignment::Procrustes => match Similarity::fit(a, b) {
                Some(fit) => mean_distance(a, b, |point| fit.apply(point)),
                // All in one place, which no turn or size changes.
                None => mean_distance(a, b, |point| point + chain.root(b) - chain.root(a)),
            },
        };
        Some(match self.matching {
            Matching::Warped => warp::exact(a.frames(), b.frames(), |i, j| apart(a.frame(i), b.frame(j))),
            Matching::Stretched => {
                let a = a.stretched(b.frames());
                (0..b.frames()).map(|frame| apart(a.frame(frame), b.frame(frame))).sum::<f64>()
                    / b.frames() as f64
            }
        })
    }
}

/// Progressive Transformers' DTW: a frame pair costs the sum of all coordinates' absolute differences
/// (its comment says Euclidean, its code does not), and the path's sum is divided by the recording's
/// frames. Its skeleton has 50 joints; here they are the 49 of body and hands. Unit: shoulder widths,
/// summed over 147 coordinates. Source: `helpers.calculate_dtw` of ProgressiveTransformersSLP.
///
/// # Errors
/// [`DistanceError`] if the shoulders are never seen.
pub fn progressive_transformers_dtw(
    hypothesis: &PoseSequence,
    reference: &PoseSequence,
) -> Result<Option<f64>, DistanceError> {
    let [a, b] = in_body_frame(hypothesis, reference)?;
    let named = |clip: &PoseSequence| -> Vec<Option<usize>> {
        let body = BODY.iter().map(|name| clip.layout.point("POSE_LANDMARKS", name));
        let hand = |hand: &'static str| {
            let range = clip.layout.component_range(hand).unwrap_or(0..0);
            (0..21).map(move |point| Some(range.start + point).filter(|at| range.contains(at)))
        };
        body.chain(HANDS.into_iter().flat_map(hand)).collect()
    };
    let [a, b] = both(&a, &named(&a), &b, &named(&b));
    if a.points() == 0 || a.frames() == 0 || b.frames() == 0 {
        return Ok(None);
    }
    let cost = |i: usize, j: usize| {
        let pairs = a.frame(i).iter().zip(b.frame(j));
        pairs.map(|(p, q)| (*p - *q).abs().element_sum()).sum::<f64>()
    };
    Ok(Some(warp::exact(a.frames(), b.frames(), cost) / b.frames() as f64))
}

/// The same joints of two clips, and which of them is the root.
struct Chain {
    hypothesis: Points,
    reference: Points,
    /// The root is between these; between all where the joints named are not there.
    root: Vec<usize>,
}

impl Chain {
    fn body(a: &PoseSequence, b: &PoseSequence) -> Chain {
        let named = |clip: &PoseSequence| -> Vec<Option<usize>> {
            BODY.iter().map(|name| clip.layout.point("POSE_LANDMARKS", name)).collect()
        };
        Chain::new(a, &named(a), b, &named(b), &SHOULDERS)
    }

    fn hand(a: &PoseSequence, b: &PoseSequence, hand: &str) -> Chain {
        let named = |clip: &PoseSequence| -> Vec<Option<usize>> {
            clip.layout.component_range(hand).unwrap_or(0..0).map(Some).collect()
        };
        Chain::new(a, &named(a), b, &named(b), &[0])
    }

    fn new(
        a: &PoseSequence,
        a_names: &[Option<usize>],
        b: &PoseSequence,
        b_names: &[Option<usize>],
        root: &[usize],
    ) -> Chain {
        let kept = kept(a, a_names, b, b_names);
        let root = root.iter().filter_map(|r| kept.iter().position(|(index, ..)| index == r)).collect();
        let [hypothesis, reference] = both(a, a_names, b, b_names);
        Chain { hypothesis, reference, root }
    }

    fn root(&self, frame: &[DVec3]) -> DVec3 {
        let all: Vec<usize> =
            if self.root.is_empty() { (0..frame.len()).collect() } else { self.root.clone() };
        let places = all.iter().filter_map(|&at| frame.get(at));
        places.clone().sum::<DVec3>() / places.count().max(1) as f64
    }
}

/// The joints that are seen at least once in both clips: their number, and their place in each layout.
fn kept(
    a: &PoseSequence,
    a_names: &[Option<usize>],
    b: &PoseSequence,
    b_names: &[Option<usize>],
) -> Vec<(usize, usize, usize)> {
    let is_seen = |clip: &PoseSequence, point: usize| {
        clip.confidences.iter().skip(point).step_by(clip.point_count().max(1)).any(|c| *c != 0.0)
    };
    let pairs = a_names.iter().zip(b_names).enumerate();
    let pairs = pairs.filter_map(|(index, (a, b))| Some((index, (*a)?, (*b)?)));
    pairs.filter(|(_, p, q)| is_seen(a, *p) && is_seen(b, *q)).collect()
}

fn both(
    a: &PoseSequence,
    a_names: &[Option<usize>],
    b: &PoseSequence,
    b_names: &[Option<usize>],
) -> [Points; 2] {
    let kept = kept(a, a_names, b, b_names);
    let of_a: Vec<usize> = kept.iter().map(|(_, point, _)| *point).collect();
    let of_b: Vec<usize> = kept.iter().map(|(.., point)| *point).collect();
    [Points::of(a).select(&of_a).held(), Points::of(b).select(&of_b).held()]
}

fn in_body_frame(
    hypothesis: &PoseSequence,
    reference: &PoseSequence,
) -> Result<[PoseSequence; 2], DistanceError> {
    let framed = |clip: &PoseSequence, which| {
        let wrong = |reason: LandmarkError| DistanceError::Landmarks { which, reason };
        clip.to_body_frame().map_err(wrong)
    };
    Ok([framed(hypothesis, Which::Hypothesis)?, framed(reference, Which::Reference)?])
}

fn mean_distance(a: &[DVec3], b: &[DVec3], place: impl Fn(DVec3) -> DVec3) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| place(*a).distance(*b)).sum();
    sum / a.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::signer;
    use glam::Vec3;

    fn all() -> Vec<JointError> {
        let mut all = Vec::new();
        for part in [Part::Body, Part::Hands] {
            for alignment in [Alignment::Root, Alignment::Procrustes] {
                for matching in [Matching::Warped, Matching::Stretched] {
                    all.push(JointError { part, alignment, matching });
                }
            }
        }
        all
    }

    #[test]
    fn a_clip_is_at_no_distance_from_itself_nor_from_itself_slowed_and_farther_away() {
        let clip = signer(6, 0.0);
        let mut slow = signer(6, 0.0);
        let twice = |values: &[Vec3]| -> Vec<Vec3> {
            values.chunks(543).flat_map(|frame| [frame, frame].concat()).collect()
        };
        slow.positions = twice(&clip.positions).iter().map(|p| *p * 0.5 + 40.0).collect();
        slow.confidences = clip.confidences.chunks(543).flat_map(|frame| [frame, frame].concat()).collect();
        for measure in all() {
            let same = measure.score(&clip, &clip).unwrap().unwrap();
            assert!(same < 1e-5, "{measure:?}: {same}");
            if measure.matching == Matching::Warped {
                let slowed = measure.score(&slow, &clip).unwrap().unwrap();
                assert!(slowed < 1e-4, "{measure:?}: {slowed}");
            }
        }
        assert!(progressive_transformers_dtw(&slow, &clip).unwrap().unwrap() < 1e-3);
    }

    #[test]
    fn a_turned_hand_is_forgiven_by_procrustes_alone() {
        let (clip, turned) = (signer(6, 0.0), signer(6, 0.5));
        let error = |alignment| {
            let measure = JointError { part: Part::Hands, alignment, matching: Matching::Stretched };
            measure.score(&turned, &clip).unwrap().unwrap()
        };
        assert!(error(Alignment::Procrustes) < 1e-4 && error(Alignment::Root) > 0.05);
    }

    #[test]
    fn warping_sums_and_stretching_averages() {
        let (clip, turned) = (signer(6, 0.0), signer(6, 0.5));
        let [sum, mean] = [Matching::Warped, Matching::Stretched].map(|matching| {
            let measure = JointError { part: Part::Hands, alignment: Alignment::Root, matching };
            measure.score(&turned, &clip).unwrap().unwrap()
        });
        assert!((sum / mean - 6.0).abs() < 0.5, "{sum} {mean}");
    }

    #[test]
    fn a_hand_that_one_clip_never_shows_is_left_out_and_both_leave_nothing() {
        let clip = signer(4, 0.0);
        let mut without = signer(4, 0.0);
        let hide = |clip: &mut PoseSequence, hand: std::ops::Range<usize>| {
            for frame in 0..4 {
                clip.confidences[frame * 543..][hand.clone()].fill(0.0);
            }
        };
        let measure =
            JointError { part: Part::Hands, alignment: Alignment::Root, matching: Matching::Warped };
        hide(&mut without, crate::pose::holistic::LEFT_HAND);
        assert!(measure.score(&without, &clip).unwrap().is_some());
        hide(&mut without, crate::pose::holistic::RIGHT_HAND);
        assert_eq!(measure.score(&without, &clip).unwrap(), None);
    }
}
