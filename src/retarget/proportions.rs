//! An avatar's measures: where its bones begin in the T-pose, and where its skin is.

use super::RetargetError;
use super::anatomy::Anatomy;
use crate::body::skeleton::{on_side, pivot};
use crate::body::{Bone, Finger, Frame, Hand, HandShape, Place, RigPose, Side, Skeleton};
use glam::{Quat, Vec3};
use std::sync::Arc;

/// Where bones begin in the T-pose, metres, y up, facing +z; and where named places are.
#[derive(Clone, Debug, PartialEq)]
pub struct Proportions {
    /// Indexed by [`Bone`]; None for optional bones that the avatar lacks.
    pub joints: [Option<Vec3>; Bone::COUNT],
    /// Places on the avatar's skin in the T-pose, as far as they are known. Those that are not are
    /// put where they are on the reference body, scaled.
    pub places: Vec<(Place, Vec3)>,
    /// Its flesh, where it was measured; else the reference's, scaled.
    pub anatomy: Option<Arc<Anatomy>>,
}

/// The reference body's shoulder joints are so far apart, metres, and so high above the ground.
const SHOULDER_WIDTH_METRES: f32 = 0.36;
const SHOULDER_HEIGHT_METRES: f32 = 1.42;

/// The bones of an arm of one side: clavicle, upper arm, forearm, hand.
pub(super) fn arm_bones(side: Side) -> [Bone; 4] {
    match side {
        Side::Left => [Bone::LeftShoulder, Bone::LeftUpperArm, Bone::LeftLowerArm, Bone::LeftHand],
        Side::Right => [Bone::RightShoulder, Bone::RightUpperArm, Bone::RightLowerArm, Bone::RightHand],
    }
}

/// The fifteen finger bones of a hand, thumb first, root first.
pub(super) fn finger_bones(side: Side) -> [[Bone; 3]; 5] {
    let first = match side {
        Side::Left => Bone::LeftThumbMetacarpal,
        Side::Right => Bone::RightThumbMetacarpal,
    } as usize;
    std::array::from_fn(|finger| std::array::from_fn(|k| Bone::ALL[first + 3 * finger + k]))
}

impl Proportions {
    /// The reference body's, with every bone but eyes, jaw and toes.
    pub fn reference() -> Self {
        let skeleton = Skeleton::reference();
        let mut joints = [None; Bone::COUNT];
        let mut put = |bone: Bone, at: Vec3| {
            joints[bone as usize] = Some(at * SHOULDER_WIDTH_METRES + Vec3::Y * SHOULDER_HEIGHT_METRES);
        };
        put(Bone::Hips, Vec3::new(0.0, -1.42, -0.04));
        for (bone, at) in [Bone::Spine, Bone::Chest, Bone::UpperChest].into_iter().zip(pivot::SPINE) {
            put(bone, at);
        }
        put(Bone::Neck, pivot::NECK);
        put(Bone::Head, pivot::HEAD);
        for side in Side::BOTH {
            let [clavicle, upper, lower, hand] = arm_bones(side);
            let shoulder = on_side(side, pivot::SHOULDER);
            let out = Vec3::X * side.sign();
            put(clavicle, on_side(side, pivot::CLAVICLE));
            put(upper, shoulder);
            put(lower, shoulder + out * skeleton.upper_arm);
            let wrist = shoulder + out * (skeleton.upper_arm + skeleton.forearm);
            put(hand, wrist);
            let points = skeleton.hand.points(side, &HandShape::FLAT);
            for (finger, bones) in finger_bones(side).into_iter().enumerate() {
                for (k, bone) in bones.into_iter().enumerate() {
                    put(bone, wrist + points[1 + 4 * finger + k]);
                }
            }
            let legs = match side {
                Side::Left => [Bone::LeftUpperLeg, Bone::LeftLowerLeg, Bone::LeftFoot],
                Side::Right => [Bone::RightUpperLeg, Bone::RightLowerLeg, Bone::RightFoot],
            };
            for (bone, y) in legs.into_iter().zip([-1.48, -2.60, -3.75]) {
                put(bone, Vec3::new(0.30 * side.sign(), y, -0.04));
            }
        }
        Self { joints, places: Vec::new(), anatomy: None }
    }

    /// Where a bone begins.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where the avatar lacks it.
    pub fn joint(&self, bone: Bone) -> Result<Vec3, RetargetError> {
        let at = self.joints[bone as usize].filter(|p| p.is_finite());
        at.ok_or(RetargetError::Bone(bone.name()))
    }

    /// Midway between the shoulder joints.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where one of them is missing.
    pub fn shoulder_middle(&self) -> Result<Vec3, RetargetError> {
        Ok(self.joint(Bone::LeftUpperArm)?.midpoint(self.joint(Bone::RightUpperArm)?))
    }

    /// Metres between the shoulder joints.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where one of them is missing.
    pub fn shoulder_width(&self) -> Result<f32, RetargetError> {
        Ok(self.joint(Bone::LeftUpperArm)?.distance(self.joint(Bone::RightUpperArm)?))
    }

    /// Forward kinematics: where each bone is and how it is turned, metres, the hips at rest; None
    /// for bones that the avatar lacks.
    pub fn pose(&self, rig: &RigPose) -> [Option<Frame>; Bone::COUNT] {
        let mut frames: [Option<Frame>; Bone::COUNT] = [None; Bone::COUNT];
        for &bone in Bone::ALL {
            let Some(rest) = self.joints[bone as usize] else { continue };
            let parent = self.nearest_parent(bone);
            let under = parent.and_then(|p| Some((frames[p as usize]?, self.joints[p as usize]?)));
            let (rotation, origin) = match under {
                Some((frame, parent_rest)) => (frame.rotation, frame.point(rest - parent_rest)),
                None => (Quat::IDENTITY, rest),
            };
            frames[bone as usize] = Some(Frame { rotation: rotation * rig[bone], origin });
        }
        frames
    }

    /// The nearest bone up the chain that the avatar has.
    fn nearest_parent(&self, bone: Bone) -> Option<Bone> {
        let mut at = bone;
        while at.parent() != at {
            at = at.parent();
            if self.joints[at as usize].is_some() {
                return Some(at);
            }
        }
        None
    }

    /// Size of a hand over the reference's, metres a shoulder width.
    pub(super) fn hand_scale(&self, side: Side) -> Option<f32> {
        let [_, _, _, hand] = arm_bones(side);
        let [root, ..] = finger_bones(side)[1 + Finger::Middle as usize];
        let length = self.joints[root as usize]?.distance(self.joints[hand as usize]?);
        Some(length / Hand::REFERENCE.knuckles[Finger::Middle as usize].length())
    }
}
