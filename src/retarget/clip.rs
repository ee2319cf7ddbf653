//! A whole recording → a motion: hands sorted to their sides, gaps eased over, spikes taken out,
//! smoothed without delay.

use super::face::FaceSolver;
use super::frame::{Frame, frames};
use super::repair::gaps::{self, Filling};
use super::repair::{Mended, sort_hands, steady_wrists, thaw, unflip_arms, unflip_hands, unspike};
use super::smooth::smooth_recording;
use super::solver::{Reading, SHRUG, read_frame};
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
    /// Gaps of hands, whatever took the hand out, that were bridged.
    pub bridged: Mended,
    /// Gaps so long that the hand eases to rest.
    pub eased: Mended,
    /// The two hands had been exchanged.
    pub swapped: Mended,
    /// One hand had been found twice.
    pub doubled: Mended,
    /// A hand jumped away and back.
    pub spikes: Mended,
    /// A hand stood still and then caught up.
    pub frozen: Mended,
    /// A hand's, a palm's or an arm's depth had been turned over.
    pub flipped: Mended,
    /// Finger angles that were more than 10° beyond their limits.
    pub clamped: usize,
}

impl Report {
    /// Takes another's in.
    pub(super) fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.clamped += other.clamped;
        self.missing_hands.iter_mut().zip(other.missing_hands).for_each(|(all, more)| *all += more);
        let pairs = [
            (&mut self.bridged, other.bridged),
            (&mut self.eased, other.eased),
            (&mut self.swapped, other.swapped),
            (&mut self.doubled, other.doubled),
            (&mut self.spikes, other.spikes),
            (&mut self.frozen, other.frozen),
            (&mut self.flipped, other.flipped),
        ];
        pairs.into_iter().for_each(|(all, more)| all.add(more));
    }
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
    [report.swapped, report.doubled] = sort_hands(&mut frames);
    for side in Side::BOTH {
        report.missing_hands[side as usize] =
            frames.iter().filter(|frame| frame.hands[side as usize].is_none()).count();
    }
    let calibration = mend(&mut frames, fps, &mut report);
    let face = FaceSolver::measure(&frames, &calibration);
    let mut readings: Vec<Reading> =
        frames.iter().map(|frame| read_frame(frame, &calibration, &face)).collect();
    report.clamped = readings.iter().map(|r| r.clamped).sum();
    for side in Side::BOTH {
        report.flipped.add(unflip(&mut readings, side));
    }
    let poses = fill(&readings, fps, &mut report);
    let reach =
        if calibration.depth_is_measured { 0 } else { (SMOOTH_SECONDS * fps).round().max(1.0) as usize };
    Ok(Articulated { motion: Motion { fps, frames: smooth_recording(&poses, reach) }, report, calibration })
}

/// Puts hands that the landmark model exchanged, or found twice, to their own sides; in how many frames
/// it had to.
pub fn repair_hands(frames: &mut [Frame]) -> [Mended; 2] {
    sort_hands(frames)
}

/// Takes out or mends what cannot have been, hands being on their own sides.
fn mend(frames: &mut [Frame], fps: f32, report: &mut Report) -> Calibration {
    report.frozen = thaw(frames, fps);
    report.spikes = unspike(frames, fps);
    let calibration = Calibration::measure(frames);
    for side in Side::BOTH {
        report.flipped.add(unflip_hands(frames, side));
        if calibration.depth_is_measured {
            report.flipped.add(unflip_arms(frames, side));
        }
    }
    steady_wrists(frames, fps);
    calibration
}

/// The longest that a palm is turned over, frames.
const LONGEST_FLIP: usize = 3;

/// Replaces palms that stand out from those before and after while these agree; how many.
fn unflip(readings: &mut [Reading], side: Side) -> Mended {
    let s = side as usize;
    let palm = |r: &Reading| r.hands[s].map(|(palm, _)| palm);
    let mut flipped = Mended::default();
    let mut at = 1;
    while at < readings.len() {
        let run = (1..=LONGEST_FLIP).find_map(|length| {
            let (before, after) = (palm(&readings[at - 1])?, palm(readings.get(at + length)?)?);
            let between = |i: usize| before.slerp(after, (i + 1) as f32 / (length + 1) as f32);
            let stands_out =
                |i: usize| palm(&readings[at + i]).is_some_and(|now| now.angle_between(between(i)) > 1.0);
            let agree = before.angle_between(after) < 0.7;
            (agree && (0..length).all(stands_out)).then(|| (0..length).map(between).collect::<Vec<_>>())
        });
        for (reading, between) in readings[at..].iter_mut().zip(run.iter().flatten()) {
            if let Some((palm, _)) = &mut reading.hands[s] {
                *palm = *between;
            }
        }
        let length = run.map_or(0, |run| run.len());
        flipped.add(Mended { events: length.min(1), frames: length });
        at += length.max(1);
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
        let filling = Filling { bridge: usize::MAX, ease: 1.0, rest: Quat::IDENTITY };
        gaps::fill(readings.iter().map(get).collect(), &filling, turn).0
    };
    let torso = track(&|r| r.torso);
    let head = track(&|r| r.head);
    let filling = Filling { bridge, ease, rest: FaceWeights::NEUTRAL };
    let face = gaps::fill(readings.iter().map(|r| r.face).collect(), &filling, FaceWeights::lerp).0;
    let mut poses: Vec<Articulation> = (0..readings.len())
        .map(|i| Articulation { torso: torso[i], head: head[i], face: face[i], ..rest.clone() })
        .collect();
    for side in Side::BOTH {
        let s = side as usize;
        let filling = Filling { bridge, ease, rest: 0.0 };
        let shrugs = gaps::fill(readings.iter().map(|r| r.shrug[s]).collect(), &filling, mix).0;
        for (pose, shrug) in poses.iter_mut().zip(shrugs) {
            pose.shrug[s] = shrug.clamp(SHRUG[0], SHRUG[1]);
        }
        let arms = fill_arm(readings, side, bridge, ease, report);
        for (pose, arm) in poses.iter_mut().zip(arms) {
            pose.arms[s] = arm;
        }
    }
    poses
}

fn mix(a: &f32, b: &f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// As [`Quat::slerp`], and beyond its ends.
fn turn(a: &Quat, b: &Quat, t: f32) -> Quat {
    let b = if a.dot(*b) < 0.0 { -*b } else { *b };
    (*a * Quat::from_scaled_axis((a.inverse() * b).to_scaled_axis() * t)).normalize()
}

/// One arm through all readings.
fn fill_arm(readings: &[Reading], side: Side, bridge: usize, ease: f32, report: &mut Report) -> Vec<Arm> {
    let s = side as usize;
    let rest = Arm::relaxed(side);
    let wrists = readings.iter().map(|r| r.wrists[s]).collect();
    let filling = Filling { bridge, ease, rest: rest.wrist };
    let wrists = gaps::fill(wrists, &filling, |a: &Vec3, b, t| a.lerp(*b, t)).0;
    let swivels = readings.iter().map(|r| r.swivels[s]).collect();
    let filling = Filling { bridge: usize::MAX, ease, rest: rest.swivel };
    let swivels = gaps::fill(swivels, &filling, |a: &f32, b, t| a + maths::wrap_angle(b - a) * t).0;
    let hands = readings.iter().map(|r| r.hands[s]).collect();
    let filling = Filling { bridge, ease, rest: (rest.palm, rest.shape) };
    let lerp =
        |a: &(Quat, HandShape), b: &(Quat, HandShape), t: f32| (turn(&a.0, &b.0, t), a.1.lerp(&b.1, t));
    let (hands, [bridged, eased]) = gaps::fill(hands, &filling, lerp);
    report.bridged.add(Mended::runs(bridged));
    report.eased.add(Mended::runs(eased));
    let arm = |((wrist, swivel), (palm, shape)): ((Vec3, f32), (Quat, HandShape))| Arm {
        wrist,
        palm,
        swivel,
        shape: shape.clamped(),
    };
    wrists.into_iter().zip(swivels).zip(hands).map(arm).collect()
}
