//! An arm as its joints feel it: the palm relative to the forearm, split into turn and bend.
//!
//! Interpolating the palm's rotation in space can take a forearm the long way round, through a twist
//! that no wrist can make. Here the turn about the forearm is one number, zero when the hand hangs at
//! the side, that never wraps: going from palm up to palm down passes through thumb up.

use crate::body::{Arm, HandShape, Side, Skeleton, maths};
use glam::{Mat3, Quat, Vec3};
use std::sync::OnceLock;

/// An arm's quantities, each of which may be interpolated on its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ArmState {
    /// Wrist, chest frame.
    pub(super) wrist: Vec3,
    /// Elbow swivel, radians.
    pub(super) swivel: f32,
    /// Bend of the wrist: a rotation vector, radians.
    pub(super) bend: Vec3,
    /// Turn of the hand about the forearm, radians; 0 as it hangs at the side.
    pub(super) turn: f32,
    /// The fingers.
    pub(super) shape: HandShape,
}

impl ArmState {
    /// The state of an arm.
    pub(super) fn of(side: Side, arm: &Arm) -> Self {
        let (bend, twist) = relative_palm(side, arm);
        let turn = maths::wrap_angle(twist - hanging_twist(side));
        Self { wrist: arm.wrist, swivel: arm.swivel, bend, turn, shape: arm.shape }
    }

    /// The arm of a state.
    pub(super) fn arm(&self, side: Side) -> Arm {
        let turn = Quat::from_rotation_x(self.turn + hanging_twist(side));
        let palm =
            chest_from_forearm(side, self.wrist, self.swivel) * Quat::from_scaled_axis(self.bend) * turn;
        Arm { wrist: self.wrist, palm: palm.normalize(), swivel: self.swivel, shape: self.shape }
    }

    /// `self + (other - self) * t` for everything but the fingers, which stay.
    pub(super) fn towards(&self, other: &Self, t: f32) -> Self {
        Self {
            wrist: self.wrist.lerp(other.wrist, t),
            swivel: self.swivel + (other.swivel - self.swivel) * t,
            bend: self.bend.lerp(other.bend, t),
            turn: self.turn + (other.turn - self.turn) * t,
            shape: self.shape,
        }
    }

    /// This state after moving for `seconds` at `rate`; the fingers stay.
    pub(super) fn moved(&self, rate: &Rate, seconds: f32) -> Self {
        Self {
            wrist: self.wrist + rate.wrist * seconds,
            swivel: self.swivel + rate.swivel * seconds,
            bend: self.bend + rate.bend * seconds,
            turn: self.turn + rate.turn * seconds,
            shape: self.shape,
        }
    }
}

/// How fast an arm's quantities change, a second.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(super) struct Rate {
    wrist: Vec3,
    swivel: f32,
    bend: Vec3,
    turn: f32,
}

impl Rate {
    /// The greatest speeds that a movement carries over its end, a second.
    const WRIST_MOST: f32 = 3.0;
    const TURN_MOST: f32 = 6.0;

    /// From one state to the next, `seconds` later.
    pub(super) fn between(before: &ArmState, after: &ArmState, seconds: f32) -> Self {
        let per_second = 1.0 / seconds;
        let turn = maths::wrap_angle(after.turn - before.turn) * per_second;
        Self {
            wrist: ((after.wrist - before.wrist) * per_second).clamp_length_max(Self::WRIST_MOST),
            swivel: ((after.swivel - before.swivel) * per_second).clamp(-Self::TURN_MOST, Self::TURN_MOST),
            bend: ((after.bend - before.bend) * per_second).clamp_length_max(Self::TURN_MOST),
            turn: turn.clamp(-Self::TURN_MOST, Self::TURN_MOST),
        }
    }
}

/// `chest_from_forearm`: x along the forearm (toward the hand on the left, away from it on the right,
/// as in the T-pose), z along the elbow's hinge.
fn chest_from_forearm(side: Side, wrist: Vec3, swivel: f32) -> Quat {
    let shoulder = Vec3::X * (0.5 * side.sign());
    let arm = Arm { wrist, palm: Quat::IDENTITY, swivel, shape: HandShape::FLAT };
    let bent = Skeleton::reference().bend_arm(side, shoulder, &arm);
    let along = (bent.wrist - bent.elbow).normalize_or(Vec3::NEG_Y);
    let upper = bent.elbow - shoulder;
    let hinge = upper.cross(along).normalize_or(along.any_orthonormal_vector());
    let x = along * side.sign();
    Quat::from_mat3(&Mat3::from_cols(x, hinge.cross(x), hinge))
}

/// Bend (rotation vector) and raw twist angle of the hand relative to the forearm.
fn relative_palm(side: Side, arm: &Arm) -> (Vec3, f32) {
    let local = chest_from_forearm(side, arm.wrist, arm.swivel).inverse() * arm.palm;
    let (swing, twist) = maths::swing_twist(local, Vec3::X);
    let swing = if swing.w < 0.0 { -swing } else { swing };
    (swing.to_scaled_axis(), maths::twist_angle(twist, Vec3::X))
}

/// The raw twist of a hand that hangs at the side: the middle of the forearm's range.
fn hanging_twist(side: Side) -> f32 {
    static TWISTS: OnceLock<[f32; 2]> = OnceLock::new();
    TWISTS.get_or_init(|| Side::BOTH.map(|side| relative_palm(side, &Arm::relaxed(side)).1))[side as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Place;

    fn some_arms(side: Side) -> Vec<Arm> {
        let mut arms = vec![Arm::relaxed(side)];
        for (i, place) in [Place::Neutral, Place::Chin, Place::Belly, Place::NeutralHigh].iter().enumerate() {
            let wrist = place.position() + Vec3::new(0.3 * side.sign(), -0.2, 0.3);
            let palm = Quat::from_euler(glam::EulerRot::YXZ, 0.7 * i as f32, 0.3, -1.2 + 0.5 * i as f32);
            arms.push(Arm { wrist, palm, swivel: 0.2 * i as f32, shape: HandShape::relaxed() });
        }
        arms
    }

    #[test]
    fn an_arm_comes_back_from_its_state() {
        for side in Side::BOTH {
            for arm in some_arms(side) {
                let back = ArmState::of(side, &arm).arm(side);
                assert!(back.palm.dot(arm.palm).abs() > 1.0 - 1e-4, "{side:?} {arm:?}");
                assert_eq!((back.wrist, back.swivel), (arm.wrist, arm.swivel));
            }
        }
    }

    #[test]
    fn a_hanging_hand_has_turn_zero_and_sides_mirror() {
        for side in Side::BOTH {
            assert!(ArmState::of(side, &Arm::relaxed(side)).turn.abs() < 1e-4);
        }
        for arm in some_arms(Side::Left) {
            let left = ArmState::of(Side::Left, &arm);
            let right = ArmState::of(Side::Right, &arm.mirrored());
            assert!((left.turn - right.turn).abs() < 1e-3 || (left.turn + right.turn).abs() < 1e-3);
            assert!((left.bend.length() - right.bend.length()).abs() < 1e-3);
        }
    }
}
