//! Joints beyond their limits, on the bones that an avatar wears.

use crate::body::{ArmAngles, HandShape, Side};
use crate::retarget::Posed;
use crate::retarget::proportions::{Proportions, arm_bones};
use serde::Serialize;

/// Frames in which a joint is more than 1° beyond its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Violations {
    /// Any joint.
    pub frames: usize,
    /// An elbow.
    pub elbow: usize,
    /// A forearm's turn.
    pub forearm: usize,
    /// A wrist's flexion.
    pub wrist_flexion: usize,
    /// A wrist's deviation.
    pub wrist_deviation: usize,
    /// A finger or thumb.
    pub fingers: usize,
}

/// What is measured finer than this, radians, is rounding.
const SLACK: f32 = 0.0175;

impl Violations {
    /// Takes another's in.
    pub(super) fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.elbow += other.elbow;
        self.forearm += other.forearm;
        self.wrist_flexion += other.wrist_flexion;
        self.wrist_deviation += other.wrist_deviation;
        self.fingers += other.fingers;
    }

    /// Takes a frame in: an avatar in a pose, and the hands that it was to make.
    pub(super) fn see(&mut self, proportions: &Proportions, posed: &Posed, shapes: [&HandShape; 2]) {
        let excess = Side::BOTH.map(|side| arm_angles(side, proportions, posed).map(|a| a.excess(0.0)));
        let beyond = |i: usize| excess.iter().flatten().any(|e| e[i].abs() > SLACK);
        let fingers = shapes.iter().any(|shape| **shape != shape.clamped());
        let seen = [beyond(0), beyond(1), beyond(2), beyond(3), fingers];
        let counts = [
            &mut self.elbow,
            &mut self.forearm,
            &mut self.wrist_flexion,
            &mut self.wrist_deviation,
            &mut self.fingers,
        ];
        counts.into_iter().zip(seen).for_each(|(count, seen)| *count += usize::from(seen));
        self.frames += usize::from(seen.contains(&true));
    }
}

/// The angles of an avatar's arm; None where it lacks a bone.
fn arm_angles(side: Side, proportions: &Proportions, posed: &Posed) -> Option<ArmAngles> {
    let [_, upper, lower, hand] = arm_bones(side);
    let rest = (proportions.joint(hand).ok()? - proportions.joint(lower).ok()?).try_normalize()?;
    let [upper, lower, hand] = [posed.bone(upper)?, posed.bone(lower)?, posed.bone(hand)?];
    let along = (hand.origin - lower.origin).try_normalize()?;
    Some(ArmAngles::of(side, upper.rotation, rest, along, hand.rotation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retarget::RigSolver;
    use crate::retarget::tests::any_articulation;
    use proptest::prelude::*;

    fn violations(pose: &crate::body::Articulation, solver: &RigSolver) -> Violations {
        let proportions = Proportions::reference();
        let posed = Posed::new(&proportions, &solver.solve(pose)).unwrap();
        let mut violations = Violations::default();
        violations.see(&proportions, &posed, pose.arms.each_ref().map(|arm| &arm.shape));
        violations
    }

    proptest! {
        #[test]
        fn no_pose_however_wild_takes_a_joint_beyond_its_limits(pose in any_articulation()) {
            let solver = RigSolver::new(&Proportions::reference()).unwrap();
            prop_assert_eq!(violations(&pose, &solver), Violations::default());
        }
    }

    #[test]
    fn a_hand_bent_back_on_its_forearm_is_seen() {
        let mut pose = crate::body::Articulation::neutral();
        pose.arms[1].wrist = glam::Vec3::new(-0.3, -0.4, 0.8);
        // Fingers toward the elbow.
        pose.arms[1].palm = glam::Quat::from_rotation_y(1.2);
        pose.arms[1].shape.fingers[0].pip = -0.5;
        let solver = RigSolver::new(&Proportions::reference()).unwrap().without_flesh();
        let seen = violations(&pose, &solver);
        assert!(seen.frames == 1 && seen.fingers == 1, "{seen:?}");
        assert!(seen.forearm + seen.wrist_flexion + seen.wrist_deviation > 0, "{seen:?}");
    }
}
