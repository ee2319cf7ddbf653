//! Forward kinematics of a rig pose on somebody's proportions, seen from the chest.

use super::RetargetError;
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::{Bone, Finger, Frame, Hand, HandShape, RigPose, Side};
use glam::{Quat, Vec3};

/// Where an avatar's bones are in one pose, metres, hips at rest.
#[derive(Clone, Debug)]
pub struct Posed {
    frames: [Option<Frame>; Bone::COUNT],
    chest: Frame,
    /// Outer bones' lengths, thumb first, of either hand.
    tips: [[f32; 5]; 2],
}

impl Posed {
    /// Of an avatar in a pose.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where a shoulder joint is missing.
    pub fn new(proportions: &Proportions, rig: &RigPose) -> Result<Self, RetargetError> {
        let frames = proportions.pose(rig);
        let middle = proportions.shoulder_middle()?;
        let spine = [Bone::UpperChest, Bone::Chest, Bone::Spine, Bone::Hips];
        let carried =
            spine.into_iter().find_map(|b| Some((frames[b as usize]?, proportions.joints[b as usize]?)));
        let (frame, rest) = carried.ok_or(RetargetError::Bone("spine"))?;
        let chest = Frame { rotation: frame.rotation, origin: frame.point(middle - rest) };
        let tips = Side::BOTH.map(|side| {
            let scale = proportions.hand_scale(side).unwrap_or(0.0);
            let hand = &Hand::REFERENCE;
            [hand.thumb[2], hand.fingers[0][2], hand.fingers[1][2], hand.fingers[2][2], hand.fingers[3][2]]
                .map(|length| length * scale)
        });
        Ok(Self { frames, chest, tips })
    }

    /// The chest: its origin is midway between the shoulder joints at rest.
    pub fn chest(&self) -> Frame {
        self.chest
    }

    /// A bone's joint and rotation; None where the avatar lacks it.
    pub fn bone(&self, bone: Bone) -> Option<Frame> {
        self.frames[bone as usize]
    }

    /// A bone's joint and rotation, chest frame.
    pub fn in_chest(&self, bone: Bone) -> Option<Frame> {
        let frame = self.frames[bone as usize]?;
        Some(Frame {
            rotation: self.chest.rotation.inverse() * frame.rotation,
            origin: self.chest.inverse_point(frame.origin),
        })
    }

    /// MediaPipe's 21 points of a hand, chest frame; None where a finger bone is missing.
    pub fn hand(&self, side: Side) -> Option<[Vec3; 21]> {
        let mut points = [Vec3::ZERO; 21];
        let [.., hand] = arm_bones(side);
        points[0] = self.in_chest(hand)?.origin;
        for (finger, bones) in finger_bones(side).into_iter().enumerate() {
            for (k, bone) in bones.into_iter().enumerate() {
                points[1 + 4 * finger + k] = self.in_chest(bone)?.origin;
            }
            let outer = self.in_chest(bones[2])?;
            let along = rest_direction(side, finger.checked_sub(1).map(|i| Finger::ALL[i]));
            points[4 + 4 * finger] = outer.point(along * self.tips[side as usize][finger]);
        }
        Some(points)
    }

    /// How a hand is turned, chest frame.
    pub fn palm(&self, side: Side) -> Option<Quat> {
        let [.., hand] = arm_bones(side);
        Some(self.in_chest(hand)?.rotation)
    }
}

/// Where a finger (none: the thumb) points in the T-pose.
pub(crate) fn rest_direction(side: Side, finger: Option<Finger>) -> Vec3 {
    match finger {
        Some(_) => Vec3::X * side.sign(),
        None => HandShape::thumb_rest_direction(side),
    }
}
