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

    /// How far each is beyond its limits: 0 within them, else signed.
    pub fn excess(&self) -> [f32; 4] {
        let [low, high] = Self::LIMITS.map(Self::to_array);
        let angles = self.to_array();
        std::array::from_fn(|i| angles[i] - angles[i].clamp(low[i], high[i]))
    }
}
