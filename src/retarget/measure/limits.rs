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
