//! One made clip beside its recording, by all measures; and many of them as tables.

use super::distance::{DistanceError, Measure};
use super::kinematics::{Kinematics, hand_agreement};
use super::table::{Row, Table, Value};
use crate::pose::{LandmarkError, PoseSequence};
use serde::Serialize;

/// What was measured of one pair of clips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// What the pair is called.
    pub name: String,
    /// Each measure's name and distance; none where the clips have nothing to compare.
    pub distances: Vec<(&'static str, Option<f64>)>,
    /// How the made clip moves.
    pub made: Kinematics,
    /// How the recorded one does.
    pub recorded: Kinematics,
    /// Share of frames in which both show the same hands.
    pub hand_agreement: Option<f64>,
}

/// Why a pair was not measured.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A measure cannot be computed.
    #[error("{measure}: {reason}")]
    Distance {
        /// Which measure.
        measure: &'static str,
        /// Why not.
        reason: DistanceError,
    },
    /// A clip cannot be scaled.
    #[error("the {which}: {reason}")]
    Kinematics {
        /// Which clip.
        which: super::distance::Which,
        /// Why not.
        reason: LandmarkError,
    },
}

impl Compared {
    /// Compares two clips by all of [`Measure::all`].
    ///
    /// # Errors
    /// [`CompareError`] if a clip's shoulders are never seen.
    pub fn new(
        name: &str,
        hypothesis: &PoseSequence,
        reference: &PoseSequence,
    ) -> Result<Compared, CompareError> {
        use super::distance::Which;
        let moves = |clip: &PoseSequence, which| {
            Kinematics::of(clip).map_err(|reason| CompareError::Kinematics { which, reason })
        };
        let made = moves(hypothesis, Which::Hypothesis)?;
        let recorded = moves(reference, Which::Reference)?;
        let score = |measure: Measure| {
            let found = measure.score(hypothesis, reference);
            let wrong = |reason| CompareError::Distance { measure: measure.name, reason };
            Ok((measure.name, found.map_err(wrong)?))
        };
        let distances = Measure::all().into_iter().map(score).collect::<Result<_, _>>()?;
        let hand_agreement = hand_agreement(hypothesis, reference);
        Ok(Compared { name: name.into(), distances, made, recorded, hand_agreement })
    }
}

/// Two tables over pairs: distances, and how the clips move. Means over the pairs in which a measure has a
/// value; how many those are stands in each cell's count, and in a note where they are not all.
pub fn tables(compared: &[Compared]) -> [Table; 2] {
    [distances(compared), kinematics(compared)]
}

fn distances(compared: &[Compared]) -> Table {
    let mut table = Table::new("Distance from the recording, lower is nearer", ["mean ± sd over clips"]);
    for (index, measure) in Measure::all().into_iter().enumerate() {
        let found: Vec<f64> =
            compared.iter().filter_map(|pair| pair.distances.get(index)).filter_map(|(_, d)| *d).collect();
        if found.len() < compared.len() {
            let missing = compared.len() - found.len();
            table.notes.push(format!(
                "{}: nothing to compare in {missing} of {} clips",
                measure.name,
                compared.len()
            ));
        }
        let metric = format!("{} ({})", measure.name, measure.unit);
        table.rows.push(Row::new(metric, measure.definition, vec![Value::of(&found)]));
    }
    table.notes.push(
        "numbers of papers compare only where landmarks, unit and code are the same; DTW-JPE, DTW-PA-JPE and \
         nDTW-MJE are sums along the path and grow with a clip's length"
            .into(),
    );
    table
}

fn kinematics(compared: &[Compared]) -> Table {
    let mut table = Table::new("Motion", ["made", "recorded", "made / recorded"]);
    for quantity in Kinematics::QUANTITIES {
        let of = |clip: fn(&Compared) -> &Kinematics| -> Option<Value> {
            let found: Vec<f64> = compared.iter().filter_map(|pair| (quantity.of)(clip(pair))).collect();
            Value::of(&found)
        };
        let (made, recorded) = (of(|pair| &pair.made), of(|pair| &pair.recorded));
        let ratio = made.zip(recorded).filter(|(_, recorded)| recorded.mean > 0.0);
        let ratio = ratio.map(|(made, recorded)| Value::from(made.mean / recorded.mean));
        let metric = format!("{} ({})", quantity.name, quantity.unit);
        table.rows.push(Row::new(metric, quantity.definition, vec![made, recorded, ratio]));
    }
    let agreement: Vec<f64> = compared.iter().filter_map(|pair| pair.hand_agreement).collect();
    let definition = "frames of the recording in which the made clip, at the same share of its length, shows the same hands";
    table.rows.push(Row::new("hand agreement (share)", definition, vec![Value::of(&agreement)]));
    table.notes.push(
        "1 is best for made / recorded of energy: well below it the clip is nearer to a mean pose, well above it \
         trembles; lengths are in shoulder widths"
            .into(),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::signer;
    use crate::eval::table::{html, markdown, text};
    use crate::pose::Layout;

    #[test]
    fn a_clip_beside_itself_is_at_no_distance_and_moves_as_much() {
        let clip = signer(8, 0.0);
        let pairs = [Compared::new("a", &clip, &clip).unwrap(), Compared::new("b", &clip, &clip).unwrap()];
        let [distances, motion] = tables(&pairs);
        for row in &distances.rows {
            let value = row.cells[0].unwrap();
            assert!(value.mean.abs() < 1e-4 && value.count == 2, "{}: {value:?}", row.metric);
        }
        let energy = motion.rows.iter().find(|row| row.metric.starts_with("hand energy")).unwrap();
        assert_eq!(energy.cells[2].unwrap().mean, 1.0);
        assert_eq!(distances.notes.len(), 1);
        for shown in [text(&distances), markdown(&[distances.clone(), motion.clone()]), html("x", &[motion])]
        {
            assert!(!shown.contains("NaN"));
        }
    }

    #[test]
    fn what_a_pair_has_nothing_of_is_said_in_a_note() {
        let clip = signer(8, 0.0);
        let mut handless = clip.clone();
        for frame in handless.confidences.chunks_exact_mut(543) {
            frame[501..].fill(0.0);
        }
        let [distances, _] = tables(&[Compared::new("a", &handless, &clip).unwrap()]);
        assert!(distances.notes.iter().any(|note| note.starts_with("MPJPE hands: nothing")), "{distances:?}");
        let nobody = PoseSequence::unseen(Layout::holistic_543(), Default::default(), 25.0, 2);
        let error = Compared::new("a", &clip, &nobody).unwrap_err().to_string();
        assert!(error.contains("reference") && error.contains("shoulders"), "{error}");
    }
}
