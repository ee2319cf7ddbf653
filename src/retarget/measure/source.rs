//! Measures a recording, or a motion that was made as articulations.

use super::Tally;
use super::contact::{depth, touches};
use super::jerk::{Jerk, Track};
use crate::body::{Articulation, Motion, Side, Skeleton};
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

/// Measures recordings and motions on the reference body and on one avatar.
#[derive(Clone, Debug)]
pub struct Judge {
    reference: Wearer,
    /// The reference without flesh: what the source itself touches.
    source: RigSolver,
    avatar: Wearer,
}

/// A body and what puts motion on it.
#[derive(Clone, Debug)]
struct Wearer {
    proportions: Proportions,
    solver: RigSolver,
    /// Metres a shoulder width.
    scale: f32,
}

impl Wearer {
    fn new(proportions: &Proportions) -> Result<Self, RetargetError> {
        let solver = RigSolver::new(proportions)?;
        Ok(Self { proportions: proportions.clone(), solver, scale: proportions.shoulder_width()? })
    }

    /// The body at an instant of a motion, whose argument is seconds from then.
    fn posed(&self, motion: impl Fn(f32) -> Articulation) -> Result<Posed, RetargetError> {
        Posed::new(&self.proportions, &self.solver.solve_in(motion))
    }
}

impl Judge {
    /// For an avatar.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where a bone is missing without which nobody can sign.
    pub fn new(avatar: &Proportions) -> Result<Self, RetargetError> {
        let reference = Wearer::new(&Proportions::reference())?;
        let source = reference.solver.clone().without_flesh();
        Ok(Self { reference, source, avatar: Wearer::new(avatar)? })
    }

    /// Measures how a recording comes out.
    ///
    /// # Errors
    /// As [`articulate`](crate::retarget::articulate).
    pub fn clip(&self, sequence: &PoseSequence) -> Result<Tally, RetargetError> {
        let mut seen = frames(sequence)?;
        let [swapped, doubled] = repair_hands(&mut seen);
        let mut clip = articulate_frames(seen.clone(), sequence.fps)?;
        (clip.report.swapped, clip.report.doubled) = (swapped, doubled);
        let source: Vec<_> = seen.iter().map(|frame| source_hands(frame, &clip)).collect();
        let mut tally = self.measure(&clip.motion, &source)?;
        tally.report = clip.report;
        Ok(tally)
    }

    /// Measures how a motion that was made as articulations comes out: the source is the same motion
    /// on the reference skeleton.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where the avatar lacks a bone.
    pub fn motion(&self, motion: &Motion) -> Result<Tally, RetargetError> {
        let hands = |pose: &Articulation| {
            let joints = Skeleton::reference().joints(pose);
            joints.hands.map(|hand| Some(SourceHand(hand.map(|p| joints.chest.inverse_point(p)))))
        };
        let source: Vec<_> = motion.frames.iter().map(hands).collect();
        let mut tally = self.measure(motion, &source)?;
        tally.report.frames = motion.frames.len();
        Ok(tally)
    }

    fn measure(&self, motion: &Motion, source: &[[Option<SourceHand>; 2]]) -> Result<Tally, RetargetError> {
        let mut tally = Tally::default();
        let mut tracks: [[Track; 2]; 2] = Default::default();
        for (frame, (pose, seen)) in motion.frames.iter().zip(source).enumerate() {
            let now = frame as f32 / motion.fps;
            let around = |later: f32| motion.sample(now + later).unwrap_or_else(|| pose.clone());
            let posed = self.reference.posed(around)?;
            for side in Side::BOTH {
                let s = side as usize;
                let made = posed.hand(side).map(|points| points.map(|p| p / self.reference.scale));
                let seen = seen[s].as_ref().map(|hand| hand.0);
                if let (Some(made), Some(seen)) = (made, seen) {
                    compare(&made, &seen, &mut tally);
                }
                for (track, hand) in tracks[s].iter_mut().zip([made, seen]) {
                    track.push(hand.map(|p| [0, 4, 8, 12, 16, 20].map(|i: usize| p[i])));
                }
            }
            self.touch(pose, around, &mut tally)?;
        }
        for [made, source] in &tracks {
            tally.jerk.add(&Jerk::measure(made, source));
        }
        Ok(tally)
    }

    /// What is touched, and what is gone into.
    fn touch(
        &self,
        pose: &Articulation,
        around: impl Fn(f32) -> Articulation,
        tally: &mut Tally,
    ) -> Result<(), RetargetError> {
        let (reference, avatar) = (&self.reference, &self.avatar);
        let posed = Posed::new(&reference.proportions, &self.source.solve(pose))?;
        let meant = touches(&self.source, pose, &posed, reference.scale);
        let posed = avatar.posed(around)?;
        let made = touches(&avatar.solver, pose, &posed, avatar.scale);
        tally.contacts.compare(&meant, &made);
        let shapes = pose.arms.each_ref().map(|arm| &arm.shape);
        tally.violations.see(&avatar.proportions, &posed, shapes);
        if let Some(anatomy) = &avatar.proportions.anatomy {
            tally.depths.push(depth(&avatar.solver, pose, &posed, &anatomy.skin));
        }
        Ok(())
    }
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
