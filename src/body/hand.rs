//! What the fingers do: joint angles, the same for both hands.
//!
//! Flexion curls toward the palm, abduction moves toward the thumb's side of the hand; both are 0
//! in the flat hand of the T-pose. Limits are the ranges of `facts` on hand kinematics that a
//! healthy adult reaches.

use super::Side;
use glam::{Quat, Vec3};

/// One of the four fingers; the thumb is its own thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finger {
    /// Next to the thumb.
    Index = 0,
    /// The longest.
    Middle = 1,
    /// The fourth.
    Ring = 2,
    /// The smallest.
    Little = 3,
}

impl Finger {
    /// From the thumb's side outward: the order of every `[T; 4]` here.
    pub const ALL: [Finger; 4] = [Finger::Index, Finger::Middle, Finger::Ring, Finger::Little];
}

/// Joint angles of one finger, radians.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct FingerAngles {
    /// Flexion at the knuckle.
    pub mcp: f32,
    /// Abduction at the knuckle, toward the thumb's side.
    pub abduction: f32,
    /// Flexion at the middle joint.
    pub pip: f32,
    /// Flexion at the end joint.
    pub dip: f32,
}

/// Joint angles of the thumb, radians.
///
/// The metacarpal lies, at rest in the T-pose, 45° between the fingers' direction and the thumb's
/// side, in the plane of the palm. `abduction` swings it out of that plane toward where the palm
/// faces; `flexion` swings it across the palm toward the little finger (negative: spread away).
/// Turning the pad toward the fingers (opposition) follows from the two and is no freedom of its own.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct ThumbAngles {
    /// Palmar abduction at the root.
    pub abduction: f32,
    /// Flexion across the palm at the root.
    pub flexion: f32,
    /// Flexion at the middle joint (MCP).
    pub mcp: f32,
    /// Flexion at the end joint (IP).
    pub ip: f32,
}

/// A handshape: five fingers' angles.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct HandShape {
    /// The thumb.
    pub thumb: ThumbAngles,
    /// Index, middle, ring, little.
    pub fingers: [FingerAngles; 4],
}

/// How far below the plane of the palm the resting thumb bends.
const THUMB_TILT: f32 = deg(30.0);

const fn deg(d: f32) -> f32 {
    d * std::f32::consts::PI / 180.0
}

impl FingerAngles {
    /// Least and greatest of each angle.
    pub const LIMITS: [FingerAngles; 2] = [
        FingerAngles { mcp: deg(-20.0), abduction: deg(-20.0), pip: 0.0, dip: deg(-5.0) },
        FingerAngles { mcp: deg(95.0), abduction: deg(20.0), pip: deg(110.0), dip: deg(80.0) },
    ];

    /// From degrees.
    pub const fn from_degrees(mcp: f32, abduction: f32, pip: f32, dip: f32) -> Self {
        Self { mcp: deg(mcp), abduction: deg(abduction), pip: deg(pip), dip: deg(dip) }
    }

    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self {
            mcp: f(self.mcp, other.mcp),
            abduction: f(self.abduction, other.abduction),
            pip: f(self.pip, other.pip),
            dip: f(self.dip, other.dip),
        }
    }

    /// Brought within the limits.
    pub fn clamped(self) -> Self {
        self.zip(Self::LIMITS[0], f32::max).zip(Self::LIMITS[1], f32::min)
    }
}

impl ThumbAngles {
    /// Least and greatest of each angle.
    pub const LIMITS: [ThumbAngles; 2] = [
        ThumbAngles { abduction: deg(-10.0), flexion: deg(-45.0), mcp: deg(-10.0), ip: deg(-15.0) },
        ThumbAngles { abduction: deg(70.0), flexion: deg(50.0), mcp: deg(60.0), ip: deg(80.0) },
    ];

    /// From degrees.
    pub const fn from_degrees(abduction: f32, flexion: f32, mcp: f32, ip: f32) -> Self {
        Self { abduction: deg(abduction), flexion: deg(flexion), mcp: deg(mcp), ip: deg(ip) }
    }

    /// How far the metacarpal is turned about itself, the pad toward the fingers.
    pub fn pronation(self) -> f32 {
        0.5 * (self.abduction + self.flexion)
    }

    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self {
            abduction: f(self.abduction, other.abduction),
            flexion: f(self.flexion, other.flexion),
            mcp: f(self.mcp, other.mcp),
            ip: f(self.ip, other.ip),
        }
    }

    /// Brought within the limits.
    pub fn clamped(self) -> Self {
        self.zip(Self::LIMITS[0], f32::max).zip(Self::LIMITS[1], f32::min)
    }
}

impl HandShape {
    /// The flat hand of the T-pose.
    pub const FLAT: HandShape = HandShape {
        thumb: ThumbAngles { abduction: 0.0, flexion: 0.0, mcp: 0.0, ip: 0.0 },
        fingers: [FingerAngles { mcp: 0.0, abduction: 0.0, pip: 0.0, dip: 0.0 }; 4],
    };

    /// A hand that does nothing: fingers loosely curled.
    pub fn relaxed() -> Self {
        let curl = |k: f32| FingerAngles::from_degrees(18.0 + 4.0 * k, 0.0, 28.0 + 4.0 * k, 14.0);
        Self {
            thumb: ThumbAngles::from_degrees(25.0, 8.0, 12.0, 15.0),
            fingers: [curl(0.0), curl(1.0), curl(2.0), curl(3.0)],
        }
    }

    /// Between `self` (`t` = 0) and `other` (`t` = 1), angle by angle.
    pub fn lerp(&self, other: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        let mut fingers = self.fingers;
        for (finger, to) in fingers.iter_mut().zip(other.fingers) {
            *finger = finger.zip(to, mix);
        }
        Self { thumb: self.thumb.zip(other.thumb, mix), fingers }
    }

    /// Brought within the joint limits.
    pub fn clamped(self) -> Self {
        Self { thumb: self.thumb.clamped(), fingers: self.fingers.map(FingerAngles::clamped) }
    }

    /// Local rotations of the three joints of a finger, root first, as normalised humanoid bones.
    pub fn finger_rotations(&self, side: Side, finger: Finger) -> [Quat; 3] {
        let angles = self.fingers[finger as usize];
        // Flexion turns the finger's direction (±x) toward the palm (−y); abduction toward +z.
        let flex = |a: f32| Quat::from_rotation_z(-side.sign() * a);
        let abduct = Quat::from_rotation_y(-side.sign() * angles.abduction);
        [abduct * flex(angles.mcp), flex(angles.pip), flex(angles.dip)]
    }

    /// Local rotations of the thumb's metacarpal, proximal and distal bone, as normalised humanoid
    /// bones.
    ///
    /// The metacarpal's direction has `abduction` as latitude below the palm and `flexion` as
    /// longitude within it; it also turns about itself, half as far as both together (opposition).
    pub fn thumb_rotations(&self, side: Side) -> [Quat; 3] {
        let thumb = self.thumb;
        let along = Self::thumb_rest_direction(side);
        let swing = Quat::from_rotation_y(side.sign() * thumb.flexion)
            * Quat::from_axis_angle(along.cross(Vec3::NEG_Y), thumb.abduction);
        let turn = Quat::from_axis_angle(along, side.sign() * thumb.pronation());
        let hinge = Self::thumb_hinge(side);
        [swing * turn, Quat::from_axis_angle(hinge, thumb.mcp), Quat::from_axis_angle(hinge, thumb.ip)]
    }

    /// The axis about which the thumb's outer joints flex, in the hand's frame, the thumb at rest:
    /// the tip bends mostly across the palm, a little toward where it faces.
    pub fn thumb_hinge(side: Side) -> Vec3 {
        let along = Self::thumb_rest_direction(side);
        let across = Vec3::new(side.sign(), 0.0, -1.0) * std::f32::consts::FRAC_1_SQRT_2;
        let tilt: f32 = THUMB_TILT;
        along.cross(across * tilt.cos() + Vec3::NEG_Y * tilt.sin())
    }

    /// Direction of the thumb's metacarpal in the flat hand, in the hand's frame.
    pub fn thumb_rest_direction(side: Side) -> Vec3 {
        Vec3::new(side.sign(), 0.0, 1.0) * std::f32::consts::FRAC_1_SQRT_2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flexion_turns_fingers_toward_the_palm_and_abduction_toward_the_thumb() {
        for side in Side::BOTH {
            let along = Vec3::X * side.sign();
            let mut shape = HandShape::FLAT;
            shape.fingers[0].mcp = 0.5;
            let [bent, ..] = shape.finger_rotations(side, Finger::Index);
            assert!((bent * along).y < -0.4, "{side:?}");
            shape.fingers[0] = FingerAngles { abduction: 0.3, ..Default::default() };
            let [spread, ..] = shape.finger_rotations(side, Finger::Index);
            assert!((spread * along).z > 0.2, "{side:?}");
        }
    }
}
