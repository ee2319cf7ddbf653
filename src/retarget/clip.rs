//! A whole recording → a motion: hands sorted to their sides, gaps eased over, spikes taken out,
//! smoothed without delay.

use super::face::FaceSolver;
use super::frame::{Frame, body, frames};
use super::smooth::smooth_recording;
use super::solver::{Reading, read_frame};
use super::{Calibration, RetargetError};
use crate::body::{Arm, Articulation, FaceWeights, HandShape, Motion, Side, maths};
use crate::pose::PoseSequence;
use glam::{Quat, Vec3};

/// What was made of a recording.
#[derive(Clone, Debug)]
pub struct Articulated {
    /// The motion, at the recording's own rate, a frame for a frame.
    pub motion: Motion,
    /// What had to be mended.
    pub report: Report,
    /// The lengths and depth scales that were found.
    pub calibration: Calibration,
}

/// What had to be mended in a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Frames in all.
    pub frames: usize,
    /// Frames in which the left and the right hand was not found.
    pub missing_hands: [usize; 2],
    /// Of those, frames in gaps so long that the hand eases to rest.
    pub eased_hands: [usize; 2],
    /// Frames in which the two hands had been exchanged.
    pub swapped: usize,
    /// Finger angles that were more than 10° beyond their limits.
    pub clamped: usize,
    /// Frames whose palm stood out from both neighbours and was replaced.
    pub flipped: usize,
}

/// A gap up to this long is bridged, a longer one eases to rest, seconds.
const BRIDGE_SECONDS: f32 = 0.25;
/// How long easing to rest takes, seconds.
const EASE_SECONDS: f32 = 0.3;
/// Half of the neighbourhood that smoothing fits, seconds.
const SMOOTH_SECONDS: f32 = 0.12;

/// Reads a recording of any layout that has body and hands; the face where there is one.
///
/// # Errors
/// [`RetargetError::NoBody`] where no frame shows both shoulders, [`RetargetError::Rate`] for a
/// rate that is none.
pub fn articulate(sequence: &PoseSequence) -> Result<Articulated, RetargetError> {
    articulate_frames(frames(sequence)?, sequence.fps)
}

/// As [`articulate`], from frames in the body frame.
///
/// # Errors
/// [`RetargetError::Rate`] for a rate that is none.
pub fn articulate_frames(mut frames: Vec<Frame>, fps: f32) -> Result<Articulated, RetargetError> {
    if !(1.0..=1000.0).contains(&fps) {
        return Err(RetargetError::Rate(fps));
    }
    let mut report = Report { frames: frames.len(), ..Report::default() };
    report.swapped = repair_hands(&mut frames);
    let calibration = Calibration::measure(&frames);
    let face = FaceSolver::measure(&frames, &calibration);
    let mut readings: Vec<Reading> =
        frames.iter().map(|frame| read_frame(frame, &calibration, &face)).collect();
    report.clamped = readings.iter().map(|r| r.clamped).sum();
    for side in Side::BOTH {
        report.missing_hands[side as usize] =
            readings.iter().filter(|r| r.hands[side as usize].is_none()).count();
        report.flipped += unflip(&mut readings, side);
    }
    let poses = fill(&readings, fps, &mut report);
    let reach =
        if calibration.depth_is_measured { 0 } else { (SMOOTH_SECONDS * fps).round().max(1.0) as usize };
    Ok(Articulated { motion: Motion { fps, frames: smooth_recording(&poses, reach) }, report, calibration })
}

/// Puts hands that the landmark model exchanged back to their sides; in how many frames it had to.
pub fn repair_hands(frames: &mut [Frame]) -> usize {
    frames.iter_mut().map(|frame| usize::from(unswap(frame))).sum()
}

/// Puts exchanged hands back to the wrists that the body model found; whether it had to.
fn unswap(frame: &mut Frame) -> bool {
    let distance = |hand: usize, side: usize| {
        let wrist = frame.body[body::WRISTS[side]].truncate();
        frame.hands[hand].map(|h| h[0].truncate().distance(wrist))
    };
    // Hands are closer than this to their wrists, unless the body model lost them.
    const MARGIN: f32 = 0.25;
    let exchanged = match (distance(0, 0), distance(0, 1), distance(1, 1), distance(1, 0)) {
        (Some(ll), Some(lr), Some(rr), Some(rl)) => lr + rl + MARGIN < ll + rr,
        (Some(own), Some(other), None, None) | (None, None, Some(own), Some(other)) => other + MARGIN < own,
        _ => false,
    };
    if exchanged {
        frame.hands.swap(0, 1);
    }
    exchanged
}

/// Replaces palms that stand out from both neighbours while those agree; how many.
fn unflip(readings: &mut [Reading], side: Side) -> usize {
    let s = side as usize;
    let palm = |r: &Reading| r.hands[s].map(|(palm, _)| palm);
    let mut flipped = 0;
    for i in 1..readings.len().saturating_sub(1) {
        let (Some(before), Some(now), Some(after)) =
            (palm(&readings[i - 1]), palm(&readings[i]), palm(&readings[i + 1]))
        else {
            continue;
        };
        let between = before.slerp(after, 0.5);
        if before.angle_between(after) < 0.7 && now.angle_between(between) > 1.0 {
            if let Some((palm, _)) = &mut readings[i].hands[s] {
                *palm = between;
            }
            flipped += 1;
        }
    }
    flipped
}

/// Articulations from readings, what was not seen filled in.
fn fill(readings: &[Reading], fps: f32, report: &mut Report) -> Vec<Articulation> {
    let bridge = (BRIDGE_SECONDS * fps).round() as usize;
    let ease = (EASE_SECONDS * fps).max(1.0);
    let rest = Articulation::neutral();
    let track = |get: &dyn Fn(&Reading) -> Option<Quat>| {
        // The trunk and the head have no rest of their own: they stay as they were.
        fill_track(readings.iter().map(get).collect(), usize::MAX, 1.0, Quat::IDENTITY, |a, b, t| {
            a.slerp(*b, t)
        })
        .0
    };
    let torso = track(&|r| r.torso);
    let head = track(&|r| r.head);
    let face = fill_track(
        readings.iter().map(|r| r.face).collect(),
        bridge,
        ease,
        FaceWeights::NEUTRAL,
        FaceWeights::lerp,
    )
    .0;
    let mut poses: Vec<Articulation> = (0..readings.len())
        .map(|i| Articulation { torso: torso[i], head: head[i], face: face[i], ..rest.clone() })
        .collect();
    for side in Side::BOTH {
        let s = side as usize;
        let mix = |a: &f32, b: &f32, t: f32| a + (b - a) * t;
        let shrugs = fill_track(readings.iter().map(|r| r.shrug[s]).collect(), bridge, ease, 0.0, mix).0;
        for (pose, shrug) in poses.iter_mut().zip(shrugs) {
            pose.shrug[s] = shrug;
        }
        let (arms, eased) = fill_arm(readings, side, bridge, ease);
        report.eased_hands[s] = eased;
        for (pose, arm) in poses.iter_mut().zip(arms) {
            pose.arms[s] = arm;
        }
    }
    poses
}

/// One arm through all readings; and how many frames had no hand for so long that it went to rest.
fn fill_arm(readings: &[Reading], side: Side, bridge: usize, ease: f32) -> (Vec<Arm>, usize) {
    let s = side as usize;
    let rest = Arm::relaxed(side);
    let wrists = readings.iter().map(|r| r.wrists[s]).collect();
    let wrists = fill_track(wrists, bridge, ease, rest.wrist, |a: &Vec3, b, t| a.lerp(*b, t)).0;
    let swivels = readings.iter().map(|r| r.swivels[s]).collect();
    let swivels =
        fill_track(swivels, usize::MAX, ease, rest.swivel, |a: &f32, b, t| a + maths::wrap_angle(b - a) * t)
            .0;
    let hands = readings.iter().map(|r| r.hands[s]).collect();
    let lerp = |a: &(Quat, HandShape), b: &(Quat, HandShape), t: f32| (a.0.slerp(b.0, t), a.1.lerp(&b.1, t));
    let (hands, eased) = fill_track(hands, bridge, ease, (rest.palm, rest.shape), lerp);
    let arms = wrists
        .into_iter()
        .zip(swivels)
        .zip(hands)
        .map(|((wrist, swivel), (palm, shape))| Arm { wrist, palm, swivel, shape })
        .collect();
    (arms, eased)
}

/// Fills the gaps of a track: those of up to `bridge` frames from side to side, longer ones (and
/// those at the ends) by easing to `rest` over `ease` frames and back. Gaps at the ends of a track
/// that may be bridged at any length hold the nearest value.
fn fill_track<T: Clone>(
    mut track: Vec<Option<T>>,
    bridge: usize,
    ease: f32,
    rest: T,
    lerp: impl Fn(&T, &T, f32) -> T,
) -> (Vec<T>, usize) {
    let mut eased = 0;
    let mut at = 0;
    while at < track.len() {
        if track[at].is_some() {
            at += 1;
            continue;
        }
        let end = (at..track.len()).find(|&i| track[i].is_some()).unwrap_or(track.len());
        let before = at.checked_sub(1).and_then(|i| track[i].clone());
        let after = track.get(end).cloned().flatten();
        let gap = end - at;
        for (i, slot) in track[at..end].iter_mut().enumerate() {
            let (since, until) = ((i + 1) as f32, (gap - i) as f32);
            let value = match (&before, &after) {
                (Some(a), Some(b)) if gap <= bridge => lerp(a, b, since / (gap + 1) as f32),
                (Some(a), None) | (None, Some(a)) if bridge == usize::MAX => a.clone(),
                (a, b) => {
                    let mut value = rest.clone();
                    if let Some(a) = a {
                        value = lerp(&value, a, 1.0 - maths::minimum_jerk(since / ease));
                    }
                    if let Some(b) = b {
                        value = lerp(&value, b, 1.0 - maths::minimum_jerk(until / ease));
                    }
                    eased += 1;
                    value
                }
            };
            *slot = Some(value);
        }
        at = end;
    }
    (track.into_iter().map(|v| v.unwrap_or_else(|| rest.clone())).collect(), eased)
}
