//! Whether a generated motion may be shown: what it is measured by, and why it is turned down.
//!
//! Generators fail in known ways: they stand still at the mean of all signs, they jitter, they lose a
//! hand, they bend what does not bend. What is usual depends on what was learnt from, so every measure of
//! a motion is compared with the same measure of the training clips ([`Expectations`], stored with the
//! model), widened by what chance allows. [`judge`] measures:
//!
//! - numbers: whether all landmarks are any;
//! - length, seconds;
//! - presence: the share of frames with each hand, and with either;
//! - energy: mean squared speed of the wrists, and of the fingers against their wrists;
//! - bones: lengths in shoulder widths, and how much they vary within the clip;
//! - jumps: the fastest point;
//! - joints: on the articulated motion, how often and how far arms are beyond what any swing of the elbow
//!   allows, and how many finger angles had to be brought within their limits.
//!
//! A gate says nothing about whether a sign is right; it says that a motion is one.

mod expectations;
mod joints;
mod measures;
#[cfg(test)]
pub(crate) mod tests;

pub use expectations::{BoneLength, Expectations, ExpectationsError, Quantiles};
pub(super) use joints::arm_excess;

use crate::body::Motion;
use crate::pose::PoseSequence;
use crate::retarget;
use measures::{Landmarks, Measures};
use std::fmt;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// Positions that are no numbers, or no body that could be read.
    Numbers,
    /// The clip's length.
    Length,
    /// Frames with hands.
    Presence,
    /// How much moves.
    Energy,
    /// Lengths of bones.
    Bones,
    /// The fastest point.
    Jumps,
    /// Joints beyond their limits.
    Joints,
}

/// A measure that is not what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Which gate it failed.
    pub gate: Gate,
    /// What was measured, with its unit.
    pub measure: String,
    /// Least and greatest that pass.
    pub expected: [f32; 2],
    /// What was measured.
    pub found: f32,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.expected.map(rounded);
        write!(f, "{}: expected {low} to {high}, found {}", self.measure, rounded(self.found))
    }
}

/// Three figures, which is what a reader wants of a measure.
fn rounded(value: f32) -> String {
    let digits = if value == 0.0 || !value.is_finite() { 0.0 } else { 2.0 - value.abs().log10().floor() };
    format!("{value:.*}", digits.clamp(0.0, 5.0) as usize)
}

/// Why a motion is turned down.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct Rejection(
    /// Every gate that it failed; at least one.
    pub Vec<Failure>,
);

fn listed(failures: &[Failure]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Measures a generated clip of so many signs, and reads it as a motion if it passes every gate.
///
/// # Errors
/// [`Rejection`] with each measure that is not what the training data lets expect.
pub fn judge(clip: &PoseSequence, expectations: &Expectations, signs: usize) -> Result<Motion, Rejection> {
    let (measures, motion) = measure(clip)?;
    let failures = expectations.failures(&measures, signs);
    if failures.is_empty() { Ok(motion) } else { Err(Rejection(failures)) }
}

/// A clip's measures, and its motion at its own rate.
fn measure(clip: &PoseSequence) -> Result<(Measures, Motion), Rejection> {
    let no_numbers = frames_without_numbers(clip);
    if no_numbers > 0 {
        return Err(unreadable("frames with landmarks that are no numbers".to_owned(), no_numbers as f32));
    }
    let landmarks = Landmarks::of(clip).map_err(|error| unreadable(error.to_string(), 1.0))?;
    let articulated = retarget::articulate(clip).map_err(|error| unreadable(error.to_string(), 1.0))?;
    Ok((Measures::of(&landmarks, &articulated), articulated.motion))
}

fn unreadable(measure: String, found: f32) -> Rejection {
    Rejection(vec![Failure { gate: Gate::Numbers, measure, expected: [0.0; 2], found }])
}

fn frames_without_numbers(clip: &PoseSequence) -> usize {
    let bad = |frame: &usize| {
        let seen = clip.frame(*frame).iter().zip(clip.frame_confidences(*frame));
        seen.into_iter()
            .any(|(at, confidence)| !confidence.is_finite() || (*confidence != 0.0 && !at.is_finite()))
    };
    (0..clip.frame_count()).filter(bad).count()
}
