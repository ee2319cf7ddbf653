//! How far elbows, forearms and wrists go.
//!
//! Active ranges of healthy males, measured by Boone and Azen (1979, *Journal of Bone and Joint
//! Surgery* 61-A, 756–759): mean and standard deviation are 142.9° ± 5.6° of elbow flexion, 75.8° ± 5.1°
//! of pronation, 82.1° ± 3.8° of supination, 76.4° ± 6.3° of wrist flexion, 74.9° ± 6.4° of extension,
//! 21.5° ± 4.0° of radial and 36.0° ± 3.8° of ulnar deviation. A limit here is two deviations beyond
//! the mean, which one in forty passes.

use super::{Side, maths};
use glam::{Quat, Vec3};

/// Angles of an arm's outer joints, radians.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmAngles {
    /// Flexion of the elbow; 0 is straight.
    pub elbow: f32,
    /// Turn of the forearm; 0 has the thumb toward the side that the elbow bends to, and positive
    /// turns the palm down where that side is up.
    pub pronation: f32,
    /// Flexion of the wrist, toward the palm.
    pub flexion: f32,
    /// Deviation of the wrist, toward the thumb.
    pub deviation: f32,
}

const fn deg(d: f32) -> f32 {
    d * std::f32::consts::PI / 180.0
}

impl ArmAngles {
    /// Least and greatest of each angle.
    pub const LIMITS: [ArmAngles; 2] = [
        ArmAngles { elbow: 0.0, pronation: deg(-89.7), flexion: deg(-87.7), deviation: deg(-43.6) },
        ArmAngles { elbow: deg(154.1), pronation: deg(86.0), flexion: deg(89.0), deviation: deg(29.5) },
    ];

    /// Reads the angles of an arm.
    ///
    /// `upper` and `hand` are their rotations relative to the T-pose, in any one frame; `rest` and
    /// `along` are the unit directions of the forearm in the T-pose and now. In the T-pose the elbow
    /// bends forward and the thumb points forward.
    pub fn of(side: Side, upper: Quat, rest: Vec3, along: Vec3, hand: Quat) -> Self {
        let unbent = upper * rest;
        let forearm = maths::arc(unbent, along) * upper;
        let relative = forearm.inverse() * hand;
        let (_, twist) = maths::swing_twist(relative, rest);
        let wrist = (twist.inverse() * relative).to_scaled_axis();
        let wrist = if wrist.length() > std::f32::consts::PI {
            wrist - wrist.normalize_or_zero() * std::f32::consts::TAU
        } else {
            wrist
        };
        Self {
            elbow: unbent.angle_between(along),
            pronation: side.sign() * maths::twist_angle(twist, rest),
            flexion: -side.sign() * wrist.z,
            deviation: -side.sign() * wrist.y,
        }
    }

    /// The hand's rotation relative to the forearm, which these angles describe: turn, then wrist.
    pub fn hand_from_forearm(&self, side: Side, rest: Vec3) -> Quat {
        let turn = Quat::from_axis_angle(rest, side.sign() * self.pronation);
        turn * Quat::from_scaled_axis(Vec3::new(0.0, self.deviation, self.flexion) * -side.sign())
    }

    /// Elbow, pronation, flexion and deviation.
    pub fn to_array(self) -> [f32; 4] {
        [self.elbow, self.pronation, self.flexion, self.deviation]
    }

    /// How far each is beyond its limits less `spare`: 0 within them, else signed.
    pub fn excess(&self, spare: f32) -> [f32; 4] {
        let [low, high] = Self::LIMITS.map(Self::to_array);
        let angles = self.to_array();
        std::array::from_fn(|i| angles[i] - angles[i].clamp(low[i] + spare, high[i] - spare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_angles_of_a_hand_that_was_made_from_angles_are_those(
            left in any::<bool>(),
            turn in (-3.0f32..3.0, -1.5f32..1.5, -3.0f32..3.0),
            elbow in 0.05f32..2.5,
            (pronation, flexion, deviation) in (-1.5f32..1.5, -1.5f32..1.5, -0.7f32..0.5),
        ) {
            let side = if left { Side::Left } else { Side::Right };
            let rest = Vec3::X * side.sign();
            let angles = ArmAngles { elbow, pronation, flexion, deviation };
            let upper = Quat::from_euler(glam::EulerRot::XYZ, turn.0, turn.1, turn.2);
            // In the T-pose a forearm bends forward.
            let forearm = upper * Quat::from_rotation_y(-side.sign() * elbow);
            let hand = forearm * angles.hand_from_forearm(side, rest);
            let read = ArmAngles::of(side, upper, rest, forearm * rest, hand);
            for (a, b) in read.to_array().into_iter().zip(angles.to_array()) {
                prop_assert!((a - b).abs() < 5e-3, "{read:?} {angles:?}");
            }
        }
    }

    #[test]
    fn a_palm_turned_down_is_pronated_and_a_thumb_up_is_neither() {
        for side in Side::BOTH {
            // The upper arm hangs, the forearm points forward; then the thumb is up.
            let upper = Quat::from_rotation_z(-side.sign() * std::f32::consts::FRAC_PI_2);
            let forearm = maths::arc(upper * (Vec3::X * side.sign()), Vec3::Z) * upper;
            let read = |hand: Quat| ArmAngles::of(side, upper, Vec3::X * side.sign(), Vec3::Z, hand);
            assert!((forearm * Vec3::Z - Vec3::Y).length() < 1e-5, "{side:?}: {}", forearm * Vec3::Z);
            assert!(read(forearm).pronation.abs() < 1e-5);
            let down = Quat::from_rotation_z(side.sign() * std::f32::consts::FRAC_PI_2) * forearm;
            assert!((down * Vec3::NEG_Y - Vec3::NEG_Y).length() < 1e-5, "{side:?}");
            assert!((read(down).pronation - std::f32::consts::FRAC_PI_2).abs() < 1e-4);
        }
    }
}
