//! The measures by name, each with what it is in a sentence.

use super::{
    Alignment, DistanceError, Ham2Pose, JointError, Matching, Part, Pipeline, progressive_transformers_dtw,
};
use crate::pose::PoseSequence;

/// How a measure is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The pose-evaluation toolkit's way.
    Pipeline(Pipeline),
    /// Ham2Pose's way.
    Ham2Pose(Ham2Pose),
    /// Joints of whole frames.
    Joints(JointError),
    /// Progressive Transformers' DTW.
    ProgressiveTransformers,
}

/// A named distance between a made clip and a recorded one; lower is nearer.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in reports.
    pub name: &'static str,
    /// What its numbers are in.
    pub unit: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// How it is computed.
    pub kind: Kind,
}

const WIDTHS: &str = "shoulder widths";

impl Measure {
    /// All of them, those that agree best with deaf raters first.
    pub fn all() -> Vec<Measure> {
        let mut all = toolkit();
        all.extend(ham2pose());
        all.extend(joints());
        all
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Measure> {
        Measure::all().into_iter().find(|measure| measure.name == name)
    }

    /// The distance; none where the clips have nothing to compare.
    ///
    /// # Errors
    /// [`DistanceError`] if a clip lacks what the measure needs.
    pub fn score(
        &self,
        hypothesis: &PoseSequence,
        reference: &PoseSequence,
    ) -> Result<Option<f64>, DistanceError> {
        match &self.kind {
            Kind::Pipeline(pipeline) => pipeline.score(hypothesis, reference),
            Kind::Ham2Pose(distance) => distance.score(hypothesis, reference),
            Kind::Joints(error) => error.score(hypothesis, reference),
            Kind::ProgressiveTransformers => progressive_transformers_dtw(hypothesis, reference),
        }
    }
}

fn toolkit() -> Vec<Measure> {
    let of =
        |name, unit, definition, pipeline| Measure { name, unit, definition, kind: Kind::Pipeline(pipeline) };
    vec![
        of(
            "nDTWp",
            WIDTHS,
            "pose-evaluation: normalised by the shoulders, hands only, unseen points at 1; each point's exact \
             DTW, root of the summed squares; mean over points",
            Pipeline::ndtwp(),
        ),
        of(
            "DTWp",
            "pixels",
            "pose-evaluation: trimmed to the frames with hands, hands only, unseen points at 10; each point's \
             exact DTW, root of the summed squares; mean over points",
            Pipeline::dtwp(),
        ),
        of(
            "nDTWp reduced",
            WIDTHS,
            "as nDTWp, trimmed, over arms, face contours and hands, unseen points at 0",
            Pipeline::ndtwp_reduced(),
        ),
        of(
            "n-dtai-DTW-MJE",
            WIDTHS,
            "pose-evaluation's n-dtai-DTW-MJE (fast): as nDTWp reduced, without hips, nothing filled",
            Pipeline::dtai_mje(),
        ),
        of(
            "nAPE",
            WIDTHS,
            "pose-evaluation's NormalizedAveragePositionError: frame against frame, the shorter clip padded \
             with zeros; a pair with an unseen point counts as 0",
            Pipeline::normalised_ape(),
        ),
        of(
            "APE",
            WIDTHS,
            "pose-evaluation's AveragePositionError: as nAPE, untrimmed, over arms, face contours and hands",
            Pipeline::ape(),
        ),
        of(
            "hands APE at 15",
            WIDTHS,
            "frame against frame over the hands, both at 15 frames a second, padded with zeros, unseen at 0",
            Pipeline::hands_ape(),
        ),
    ]
}

fn ham2pose() -> Vec<Measure> {
    let of = |name, unit, definition, how| Measure { name, unit, definition, kind: Kind::Ham2Pose(how) };
    vec![
        of(
            "nDTW-MJE",
            WIDTHS,
            "Ham2Pose in 2-d over nose, arms and hands: each point's exact DTW, summed along the path; a point \
             that only the hypothesis lacks costs half the reference's; mean over points",
            Ham2Pose::Warped,
        ),
        of(
            "nDTW-MJE fastdtw",
            WIDTHS,
            "the same with fastdtw's approximation of radius 1, which published numbers have",
            Ham2Pose::FastWarped,
        ),
        of(
            "Ham2Pose nMSE",
            "squared shoulder widths",
            "Ham2Pose: squared distances frame against frame, the shorter clip padded with zeros; 0 where the \
             reference lacks a point, an unseen point of the hypothesis at the origin",
            Ham2Pose::SquaredError,
        ),
        of("Ham2Pose nAPE", WIDTHS, "the same with distances", Ham2Pose::PositionError),
    ]
}

fn joints() -> Vec<Measure> {
    let of = |name, definition, part, alignment, matching| Measure {
        name,
        unit: WIDTHS,
        definition,
        kind: Kind::Joints(JointError { part, alignment, matching }),
    };
    use {Alignment::*, Matching::*, Part::*};
    vec![
        Measure {
            name: "PT-DTW",
            unit: WIDTHS,
            definition: "Progressive Transformers: DTW over the summed absolute differences of all coordinates \
                         of body and hands, divided by the reference's frames",
            kind: Kind::ProgressiveTransformers,
        },
        of(
            "DTW-JPE body",
            "SOKE: DTW over the mean joint distance, root on root, summed along the path (so longer clips \
             are farther); nose, shoulders, elbows, wrists",
            Body,
            Root,
            Warped,
        ),
        of(
            "DTW-JPE hands",
            "the same for each hand, wrist on wrist; the mean of the two",
            Hands,
            Root,
            Warped,
        ),
        of(
            "DTW-PA-JPE body",
            "SOKE: as DTW-JPE, each pair of frames aligned by a similarity (Procrustes with scale)",
            Body,
            Procrustes,
            Warped,
        ),
        of("DTW-PA-JPE hands", "the same for each hand; the mean of the two", Hands, Procrustes, Warped),
        of(
            "MPJPE body",
            "mean joint distance, root on root, the hypothesis stretched to the reference's frames",
            Body,
            Root,
            Stretched,
        ),
        of("MPJPE hands", "the same for each hand, wrist on wrist", Hands, Root, Stretched),
        of(
            "PA-MPJPE body",
            "as MPJPE, each frame aligned by a similarity (Procrustes with scale)",
            Body,
            Procrustes,
            Stretched,
        ),
        of("PA-MPJPE hands", "the same for each hand", Hands, Procrustes, Stretched),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::signer;

    #[test]
    fn every_measure_is_zero_for_the_same_clip_and_grows_with_what_is_changed() {
        let clip = signer(8, 0.0);
        let near = signer(8, 0.1);
        let far = signer(8, 0.9);
        for measure in Measure::all() {
            let score = |made| measure.score(made, &clip).unwrap().unwrap();
            assert!(score(&clip) < 1e-4, "{}", measure.name);
            // The body's joints stay where they are, and Procrustes forgives a turn.
            if !measure.name.contains("body") && !measure.name.contains("PA-") {
                assert!(score(&near) > 1e-5 && score(&near) < score(&far), "{}", measure.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_find_their_measure() {
        let all = Measure::all();
        for (index, measure) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.name == measure.name), "{}", measure.name);
            assert_eq!(Measure::named(measure.name).as_ref(), Some(measure));
        }
        assert_eq!(Measure::named("DTW"), None);
    }
}
