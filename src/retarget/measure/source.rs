//! Measures a recording, or a motion that was made as articulations.

use super::Tally;
use super::jerk::{Track, jerk};
use crate::body::{HandShape, Motion, Side, Skeleton};
use crate::pose::PoseSequence;
use crate::retarget::letters::normalised;
use crate::retarget::solver::{read_frame, with_depth};
use crate::retarget::{
    Articulated, FaceSolver, Frame, Posed, Proportions, RetargetError, RigSolver, articulate_frames, frames,
    repair_hands,
};
use glam::Vec3;

/// Fingertips among MediaPipe's 21 points.
const TIPS: [usize; 5] = [4, 8, 12, 16, 20];

/// Measures how a recording comes out.
///
/// # Errors
/// As [`articulate`](crate::retarget::articulate).
pub fn measure_clip(sequence: &PoseSequence) -> Result<Tally, RetargetError> {
    let mut seen = frames(sequence)?;
    let swapped = repair_hands(&mut seen);
    let mut clip = articulate_frames(seen.clone(), sequence.fps)?;
    clip.report.swapped += swapped;
    let source: Vec<[Option<SourceHand>; 2]> = seen.iter().map(|frame| source_hands(frame, &clip)).collect();
    let mut tally = measure(&clip.motion, &source)?;
    tally.report = clip.report;
    Ok(tally)
}

/// Measures how a motion that was made as articulations comes out: the source is the same motion on
/// the reference skeleton.
///
/// # Errors
/// None in practice: the reference has all bones.
pub fn measure_motion(motion: &Motion) -> Result<Tally, RetargetError> {
    let source: Vec<[Option<SourceHand>; 2]> = motion
        .frames
        .iter()
        .map(|pose| {
            let joints = Skeleton::reference().joints(pose);
            Side::BOTH.map(|side| {
                Some(SourceHand(joints.hands[side as usize].map(|p| joints.chest.inverse_point(p))))
            })
        })
        .collect();
    let mut tally = measure(motion, &source)?;
    tally.report.frames = motion.frames.len();
    Ok(tally)
}

/// A hand's 21 points in the chest frame, at the reference's lengths.
struct SourceHand([Vec3; 21]);

/// What the landmarks of a frame say of either hand.
fn source_hands(frame: &Frame, clip: &Articulated) -> [Option<SourceHand>; 2] {
    let reading = read_frame(frame, &clip.calibration, &FaceSolver::new());
    Side::BOTH.map(|side| {
        let s = side as usize;
        let (wrist, torso) = (reading.wrists[s]?, reading.torso?);
        let points = normalised(&with_depth(side, &frame.hands[s]?, &clip.calibration));
        Some(SourceHand(points.map(|p| wrist + torso.inverse() * p)))
    })
}

fn measure(motion: &Motion, source: &[[Option<SourceHand>; 2]]) -> Result<Tally, RetargetError> {
    let reference = Proportions::reference();
    let solver = RigSolver::new(&reference)?;
    let scale = reference.shoulder_width()?;
    let mut tally = Tally::default();
    let mut tracks: [[Track; 2]; 2] = Default::default();
    for (pose, seen) in motion.frames.iter().zip(source) {
        let posed = Posed::new(&reference, &solver.solve(pose))?;
        tally.violations += usize::from(pose.arms.iter().any(|arm| beyond_limits(&arm.shape)));
        for side in Side::BOTH {
            let s = side as usize;
            let made = posed.hand(side).map(|points| points.map(|p| p / scale));
            let seen = seen[s].as_ref().map(|hand| hand.0);
            if let (Some(made), Some(seen)) = (made, seen) {
                compare(&made, &seen, &mut tally);
            }
            for (track, hand) in tracks[s].iter_mut().zip([made, seen]) {
                track.push(hand.map(|p| [0, 4, 8, 12, 16, 20].map(|i: usize| p[i].truncate())));
            }
        }
    }
    for [made, source] in &tracks {
        let sums = jerk(made, source);
        tally.jerk.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
    }
    Ok(tally)
}

fn compare(made: &[Vec3; 21], seen: &[Vec3; 21], tally: &mut Tally) {
    tally.wrists.push(made[0] - seen[0]);
    for tip in TIPS {
        tally.fingertips.push(made[tip] - seen[tip]);
        tally.fingers.push((made[tip] - made[0]) - (seen[tip] - seen[0]));
    }
    let normal = |p: &[Vec3; 21]| (p[5] - p[0]).cross(p[17] - p[0]);
    let angle = normal(made).angle_between(normal(seen));
    if angle.is_finite() {
        tally.palms.push(angle);
    }
}

fn beyond_limits(shape: &HandShape) -> bool {
    *shape != shape.clamped()
}
