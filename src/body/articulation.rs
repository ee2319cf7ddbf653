//! One instant of signing, in terms that survive a change of body.

use super::{FaceWeights, HandShape};
use glam::{Quat, Vec3};

/// The signer's own left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The signer's left, +x.
    Left = 0,
    /// The signer's right, −x; the dominant hand unless a viewer mirrors.
    Right = 1,
}

impl Side {
    /// Left, then right: the order of every `[T; 2]` here.
    pub const BOTH: [Side; 2] = [Side::Left, Side::Right];

    /// The other side.
    pub fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }

    /// +1 on the left, −1 on the right: the sign of outward x.
    pub fn sign(self) -> f32 {
        match self {
            Side::Left => 1.0,
            Side::Right => -1.0,
        }
    }
}

/// One arm and hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// The wrist joint in the chest frame (the body frame, carried along by the torso).
    pub wrist: Vec3,
    /// `chest_from_hand`: the hand's rotation relative to the T-pose.
    pub palm: Quat,
    /// How far the elbow is swung about the line from shoulder to wrist: 0 lets it hang straight
    /// down, positive lifts it outward.
    pub swivel: f32,
    /// The fingers.
    pub shape: HandShape,
}

/// One instant of signing.
#[derive(Clone, Debug, PartialEq)]
pub struct Articulation {
    /// `body_from_chest`: the trunk's lean and turn, about the waist.
    pub torso: Quat,
    /// `chest_from_head`: the head's turn relative to the trunk.
    pub head: Quat,
    /// Left and right shoulder, raised by this much, shoulder widths (a shrug is about 0.1).
    pub shrug: [f32; 2],
    /// Left and right arm.
    pub arms: [Arm; 2],
    /// The face, gaze included.
    pub face: FaceWeights,
}

impl Arm {
    /// The arm hanging relaxed at the side, the palm toward the thigh.
    pub fn relaxed(side: Side) -> Arm {
        let s = side.sign();
        Arm {
            wrist: Vec3::new(0.60 * s, -1.46, 0.18),
            palm: Quat::from_rotation_z(-s * 1.45),
            swivel: 0.25,
            shape: HandShape::relaxed(),
        }
    }

    /// Between `self` (`t` = 0) and `other` (`t` = 1).
    pub fn lerp(&self, other: &Arm, t: f32) -> Arm {
        Arm {
            wrist: self.wrist.lerp(other.wrist, t),
            palm: self.palm.slerp(other.palm, t),
            swivel: self.swivel + (other.swivel - self.swivel) * t,
            shape: self.shape.lerp(&other.shape, t),
        }
    }

    /// The same gesture made by the other arm.
    pub fn mirrored(&self) -> Arm {
        Arm { wrist: self.wrist * Vec3::new(-1.0, 1.0, 1.0), palm: mirror_rotation(self.palm), ..*self }
    }
}

impl Articulation {
    /// Standing at ease, between headlines: both hands low, the face at rest.
    pub fn neutral() -> Self {
        Self {
            torso: Quat::IDENTITY,
            head: Quat::IDENTITY,
            shrug: [0.0; 2],
            arms: Side::BOTH.map(Arm::relaxed),
            face: FaceWeights::NEUTRAL,
        }
    }

    /// One of the arms.
    pub fn arm(&self, side: Side) -> &Arm {
        &self.arms[side as usize]
    }

    /// One of the arms, to change.
    pub fn arm_mut(&mut self, side: Side) -> &mut Arm {
        &mut self.arms[side as usize]
    }

    /// Between `self` (`t` = 0) and `other` (`t` = 1), each quantity on its own.
    pub fn lerp(&self, other: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        Self {
            torso: self.torso.slerp(other.torso, t),
            head: self.head.slerp(other.head, t),
            shrug: [mix(self.shrug[0], other.shrug[0]), mix(self.shrug[1], other.shrug[1])],
            arms: [self.arms[0].lerp(&other.arms[0], t), self.arms[1].lerp(&other.arms[1], t)],
            face: self.face.lerp(&other.face, t),
        }
    }

    /// The same instant by a signer of the other handedness.
    pub fn mirrored(&self) -> Self {
        Self {
            torso: mirror_rotation(self.torso),
            head: mirror_rotation(self.head),
            shrug: [self.shrug[1], self.shrug[0]],
            arms: [self.arms[1].mirrored(), self.arms[0].mirrored()],
            face: self.face.mirrored(),
        }
    }
}

/// A rotation as a mirror in the plane x = 0 shows it.
fn mirror_rotation(q: Quat) -> Quat {
    Quat::from_xyzw(q.x, -q.y, -q.z, q.w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_twice_changes_nothing() {
        let mut pose = Articulation::neutral();
        pose.arms[1].palm = Quat::from_euler(glam::EulerRot::XYZ, 0.3, -0.8, 1.1);
        pose.head = Quat::from_rotation_y(0.4);
        pose.shrug = [0.1, 0.0];
        assert_eq!(pose.mirrored().mirrored(), pose);
    }

    #[test]
    fn a_mirrored_palm_faces_the_mirrored_way() {
        let mut pose = Articulation::neutral();
        pose.arms[1].palm = Quat::from_euler(glam::EulerRot::XYZ, 0.3, -0.8, 1.1);
        let palm = pose.arms[1].palm * Vec3::NEG_Y;
        let mirrored = pose.mirrored().arms[0].palm * Vec3::NEG_Y;
        assert!((mirrored - palm * Vec3::new(-1.0, 1.0, 1.0)).length() < 1e-6);
    }
}
