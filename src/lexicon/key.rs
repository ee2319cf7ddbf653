//! A letter at an instant: joint angles in degrees and places in shoulder widths, as a file says them.

use crate::body::{Arm, Articulation, FingerAngles, HandShape, Side, ThumbAngles};
use glam::{Mat3, Quat, Vec3};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A letter at an instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Seconds from the letter's beginning.
    pub time: f32,
    /// The right arm.
    pub right: KeyArm,
    /// The left arm, where it takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<KeyArm>,
}

/// An arm at an instant: shoulder widths, and degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyArm {
    /// The wrist in the chest frame: x to the signer's left, y up, z toward the viewer.
    pub wrist: [f32; 3],
    /// Where straight fingers would point.
    pub fingers_point: [f32; 3],
    /// Where the palm faces.
    pub palm_faces: [f32; 3],
    /// The elbow's swing from hanging, outward.
    pub swivel: f32,
    /// Palmar abduction and flexion of the root, flexion of the middle and the end joint.
    pub thumb: [f32; 4],
    /// Knuckle flexion, abduction toward the thumb, flexion of the middle and the end joint.
    pub index: [f32; 4],
    /// As `index`.
    pub middle: [f32; 4],
    /// As `index`.
    pub ring: [f32; 4],
    /// As `index`.
    pub little: [f32; 4],
}

impl Key {
    /// The signer at this instant; an arm that takes no part hangs.
    pub fn pose(&self) -> Articulation {
        let mut pose = Articulation::neutral();
        *pose.arm_mut(Side::Right) = self.right.arm(Side::Right);
        if let Some(left) = &self.left {
            *pose.arm_mut(Side::Left) = left.arm(Side::Left);
        }
        pose
    }
}

impl KeyArm {
    /// From an arm, rounded to what is worth reading.
    pub fn of(side: Side, arm: &Arm) -> Self {
        let round = |v: f32, digits: f32| (v * digits).round() / digits + 0.0;
        let vector = |v: Vec3, digits| v.to_array().map(|x| round(x, digits));
        let degrees = |angles: [f32; 4]| angles.map(|a| round(a.to_degrees(), 1.0));
        let finger = |f: FingerAngles| degrees([f.mcp, f.abduction, f.pip, f.dip]);
        let thumb = arm.shape.thumb;
        let [index, middle, ring, little] = arm.shape.fingers.map(finger);
        Self {
            wrist: vector(arm.wrist, 1000.0),
            fingers_point: vector(arm.palm * Vec3::X * side.sign(), 1000.0),
            palm_faces: vector(arm.palm * Vec3::NEG_Y, 1000.0),
            swivel: round(arm.swivel.to_degrees(), 1.0),
            thumb: degrees([thumb.abduction, thumb.flexion, thumb.mcp, thumb.ip]),
            index,
            middle,
            ring,
            little,
        }
    }

    /// The arm, its fingers within the joint limits.
    pub fn arm(&self, side: Side) -> Arm {
        let [abduction, flexion, mcp, ip] = self.thumb;
        let finger =
            |[mcp, abduction, pip, dip]: [f32; 4]| FingerAngles::from_degrees(mcp, abduction, pip, dip);
        let shape = HandShape {
            thumb: ThumbAngles::from_degrees(abduction, flexion, mcp, ip),
            fingers: [self.index, self.middle, self.ring, self.little].map(finger),
        };
        Arm {
            wrist: Vec3::from_array(self.wrist),
            palm: self.palm(side).unwrap_or(Quat::IDENTITY),
            swivel: self.swivel.to_radians(),
            shape: shape.clamped(),
        }
    }

    /// The hand's rotation, from where it points and where it faces.
    fn palm(&self, side: Side) -> Option<Quat> {
        let along = (Vec3::from_array(self.fingers_point) * side.sign()).try_normalize()?;
        let back = (-Vec3::from_array(self.palm_faces)).reject_from_normalized(along);
        let back = back.try_normalize().filter(|_| back.length() > 0.05)?;
        Some(Quat::from_mat3(&Mat3::from_cols(along, back, along.cross(back))))
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let angles = [self.thumb, self.index, self.middle, self.ring, self.little];
        if !angles.iter().flatten().chain([&self.swivel]).all(|a| a.is_finite()) {
            return Err("angles");
        }
        if !self.wrist.iter().all(|v| v.is_finite() && v.abs() < 10.0) {
            return Err("wrist");
        }
        self.palm(Side::Right).filter(|q| q.is_finite()).map(|_| ()).ok_or("fingers_point and palm_faces")
    }

    pub(super) fn write(&self, text: &mut String, name: &str) {
        let list = |values: &[f32], digits: usize| {
            let numbers: Vec<String> = values.iter().map(|v| format!("{v:.digits$}")).collect();
            format!("[{}]", numbers.join(", "))
        };
        let _ = write!(
            text,
            "[letter.key.{name}]\nwrist = {}\nfingers_point = {}\npalm_faces = {}\nswivel = {:.0}.0\n",
            list(&self.wrist, 3),
            list(&self.fingers_point, 3),
            list(&self.palm_faces, 3),
            self.swivel,
        );
        let fingers = [
            ("thumb", self.thumb),
            ("index", self.index),
            ("middle", self.middle),
            ("ring", self.ring),
            ("little", self.little),
        ];
        for (finger, angles) in fingers {
            let _ = writeln!(text, "{finger} = {}", list(&angles, 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_palm_survives_being_two_directions() {
        let mut arm = Arm::relaxed(Side::Right);
        arm.palm = Quat::from_euler(glam::EulerRot::XYZ, 0.3, -0.8, 1.1);
        for side in Side::BOTH {
            assert!(KeyArm::of(side, &arm).arm(side).palm.angle_between(arm.palm) < 5e-3);
        }
    }
}
