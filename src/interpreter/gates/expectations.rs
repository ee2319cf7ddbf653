//! What training clips are like, and how far a generated clip may be from that.

use super::measures::Measures;
use super::{Failure, Gate, measure};
use crate::pose::PoseSequence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a measure is spread over clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// One clip in a hundred has less.
    pub low: f32,
    /// Half of the clips have less.
    pub median: f32,
    /// One clip in a hundred has more.
    pub high: f32,
}

/// A bone's length over clips, shoulder widths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoneLength {
    /// Mean of the clips' medians.
    pub mean: f32,
    /// Their standard deviation.
    pub deviation: f32,
}

/// Statistics of the clips that a generator learnt from; stored with the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expectations {
    /// How many clips were measured.
    pub clips: usize,
    /// Lengths, seconds.
    pub seconds: Quantiles,
    /// Shares of frames with the left hand, the right hand, either.
    pub presence: [Quantiles; 3],
    /// Mean squared speed of the wrists, shoulder widths² a second².
    pub wrist_energy: Quantiles,
    /// Mean squared speed of fingers against their wrists, shoulder widths² a second².
    pub finger_energy: Quantiles,
    /// The fastest point from frame to frame, shoulder widths a second.
    pub fastest: Quantiles,
    /// Lengths of bones by name.
    pub bones: BTreeMap<String, BoneLength>,
    /// How much arm bones vary within a clip: standard deviation over median.
    pub arm_variation: Quantiles,
    /// The same of the hands' bones.
    pub hand_variation: Quantiles,
    /// Share of frames with an arm beyond its limits.
    pub beyond: Quantiles,
    /// How far beyond at most, radians.
    pub farthest: Quantiles,
    /// Finger angles beyond their limits, a frame.
    pub clamped: Quantiles,
}

/// Why there are no expectations.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("none of {clips} clips could be measured{}", .first.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
pub struct ExpectationsError {
    /// How many there were.
    pub clips: usize,
    /// What was wrong with the first.
    pub first: Option<String>,
}

impl Quantiles {
    /// Of any values; all 0 of none.
    pub fn of(mut values: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        let at = |share: f32| {
            let last = values.len().saturating_sub(1);
            let exact = share * last as f32;
            let (below, above) = (exact.floor() as usize, exact.ceil() as usize);
            let [below, above] = [below, above].map(|i| values.get(i).copied().unwrap_or(0.0));
            below + (above - below) * exact.fract()
        };
        Self { low: at(0.01), median: at(0.5), high: at(0.99) }
    }
}

impl BoneLength {
    fn of(lengths: &[f32]) -> Self {
        let count = lengths.len().max(1) as f32;
        let mean = lengths.iter().sum::<f32>() / count;
        let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// Four deviations, and a share for whoever is not quite built like those who were recorded.
    fn range(self, share: f32) -> [f32; 2] {
        let most = 4.0 * self.deviation + share * self.mean;
        [(self.mean - most).max(0.0), self.mean + most]
    }
}

/// Bones of arms, and of hands, may be off by this share of their length however alike the training clips
/// are, and vary by this: what a hand's bone has is a few millimetres.
const OFF: [f32; 2] = [0.1, 0.25];
const VARY: [f32; 2] = [0.06, 0.15];

impl Expectations {
    /// Measures training clips as a generator is to make them: whole, hands coming up and going down
    /// included. Clips that cannot be read are passed over.
    ///
    /// # Errors
    /// [`ExpectationsError`] where not one can be read.
    pub fn of(clips: &[PoseSequence]) -> Result<Self, ExpectationsError> {
        let mut measured = Vec::with_capacity(clips.len());
        let mut first = None;
        for clip in clips {
            match measure(clip) {
                Ok((measures, _)) => measured.push(measures),
                Err(rejection) => first = first.or(Some(rejection.to_string())),
            }
        }
        if measured.is_empty() {
            return Err(ExpectationsError { clips: clips.len(), first });
        }
        Ok(Self::of_measures(&measured))
    }

    pub(super) fn of_measures(measured: &[Measures]) -> Self {
        let spread = |get: &dyn Fn(&Measures) -> Option<f32>| {
            Quantiles::of(measured.iter().filter_map(get).filter(|value| value.is_finite()).collect())
        };
        let mut bones: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        for (bone, length) in measured.iter().flat_map(|measures| &measures.bones) {
            bones.entry(bone.clone()).or_default().push(*length);
        }
        Self {
            clips: measured.len(),
            seconds: spread(&|m| Some(m.seconds)),
            presence: [0, 1, 2].map(|which| spread(&|m| Some(m.presence[which]))),
            wrist_energy: spread(&|m| Some(m.wrists)),
            finger_energy: spread(&|m| m.fingers),
            fastest: spread(&|m| Some(m.fastest)),
            bones: bones.into_iter().map(|(bone, lengths)| (bone, BoneLength::of(&lengths))).collect(),
            arm_variation: spread(&|m| m.variation[0]),
            hand_variation: spread(&|m| m.variation[1]),
            beyond: spread(&|m| Some(m.beyond)),
            farthest: spread(&|m| Some(m.farthest)),
            clamped: spread(&|m| Some(m.clamped)),
        }
    }

    /// Everything about a clip of so many signs that is not as expected.
    pub(super) fn failures(&self, measures: &Measures, signs: usize) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut check = |gate: Gate, measure: &str, expected: [f32; 2], found: f32| {
            if !(expected[0]..=expected[1]).contains(&found) {
                failures.push(Failure { gate, measure: measure.to_owned(), expected, found });
            }
        };
        let longest = 1.5 * self.seconds.high * signs.max(1) as f32;
        check(Gate::Length, "length, seconds", [0.5 * self.seconds.low, longest], measures.seconds);
        let hands = [
            "frames with the left hand, share",
            "frames with the right hand, share",
            "frames with a hand, share",
        ];
        for ((hand, usual), found) in hands.into_iter().zip(&self.presence).zip(measures.presence) {
            check(Gate::Presence, hand, [(usual.low - 0.1).max(0.0), 1.0], found);
        }
        let energies = [
            ("wrists", self.wrist_energy, Some(measures.wrists)),
            ("fingers", self.finger_energy, measures.fingers),
        ];
        for (part, usual, found) in energies {
            let Some(found) = found else { continue };
            let kind = if found < usual.low { "too still" } else { "too wild" };
            let measure = format!("{part} {kind}, mean squared speed");
            check(Gate::Energy, &measure, [0.3 * usual.low, 2.5 * usual.high], found);
        }
        for (bone, length) in &measures.bones {
            let Some(usual) = self.bones.get(bone) else { continue };
            let share = OFF[usize::from(bone.contains("hand"))];
            check(Gate::Bones, &format!("length of {bone}"), usual.range(share), *length);
        }
        let variations = [("arms", self.arm_variation, VARY[0]), ("hands", self.hand_variation, VARY[1])];
        for ((part, usual, spare), found) in variations.into_iter().zip(measures.variation) {
            let measure = format!("bones of {part} stretch, deviation over length");
            check(Gate::Bones, &measure, [0.0, 1.5 * usual.high + spare], found.unwrap_or(0.0));
        }
        let fastest = [0.0, 1.5 * self.fastest.high + 1.0];
        check(Gate::Jumps, "fastest point, shoulder widths a second", fastest, measures.fastest);
        let share = [0.0, 1.5 * self.beyond.high + 0.2];
        check(Gate::Joints, "frames with an arm beyond its limits, share", share, measures.beyond);
        let most = [0.0, self.farthest.high + 0.35];
        check(Gate::Joints, "joint beyond its limit, radians", most, measures.farthest);
        let most = [0.0, 1.5 * self.clamped.high + 2.0];
        check(Gate::Joints, "finger angles beyond their limits, a frame", most, measures.clamped);
        failures
    }
}
