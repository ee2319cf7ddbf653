//! The bones themselves: how a trunk's and a head's turn is shared out, and how an arm bends.
//!
//! A real forearm turns along its whole length; a rig has one joint at each end, so the forearm bone
//! takes 60 % of the turn and the hand the rest.

use super::RetargetError;
use super::limits::{Bend, Limb};
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::skeleton::{self, pivot};
use crate::body::{ArKit, Articulation, Bone, Finger, Frame, HandShape, RigPose, Side, Skeleton, maths};
use glam::{Mat3, Quat, Vec3};

/// Share of the forearm's turn that its bone takes; the hand's takes the rest.
const FOREARM_SHARE: f32 = 0.6;
/// How far an eye turns at weight 1, radians.
const GAZE: f32 = 0.5;

/// The bones of one avatar, chest frame, metres from midway between the shoulder joints.
#[derive(Clone, Debug)]
pub(super) struct Bones {
    has: [bool; Bone::COUNT],
    pub(super) arms: [ArmRig; 2],
    neck: Vec3,
    pub(super) head: Vec3,
}

/// An arm's rest, chest frame, metres from midway between the shoulder joints.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmRig {
    pub(super) clavicle: Option<Vec3>,
    pub(super) shoulder: Vec3,
    /// Rest directions and lengths of upper arm and forearm.
    pub(super) bones: [(Vec3, f32); 2],
    /// Metres a shoulder width, of the hand and of the whole arm.
    pub(super) hand_scale: f32,
    pub(super) arm_scale: f32,
}

impl Bones {
    pub(super) fn new(proportions: &Proportions) -> Result<Self, RetargetError> {
        let middle = proportions.shoulder_middle()?;
        let head = proportions.joint(Bone::Head)? - middle;
        let neck = proportions.joint(Bone::Neck).map_or(head, |p| p - middle);
        let [left, right] = Side::BOTH.map(|side| ArmRig::new(side, proportions, middle));
        let has = proportions.joints.map(|joint| joint.is_some());
        Ok(Self { has, arms: [left?, right?], neck, head })
    }

    /// Puts a pose on the bones, but its arms bent to these wrists with these swivels; with `limits`, hands
    /// turn back to what the wrists can.
    pub(super) fn bend(&self, pose: &Articulation, arms: [(Vec3, f32); 2], limits: bool) -> RigPose {
        let mut rig = RigPose::rest();
        rig.face = pose.face;
        self.bend_trunk(pose, &mut rig);
        Self::turn_eyes(pose, &mut rig);
        for (side, (wrist, swivel)) in Side::BOTH.into_iter().zip(arms) {
            let bend = Bend { wrist, swivel, palm: pose.arm(side).palm };
            self.bend_arm(side, pose, bend, limits, &mut rig);
            set_fingers(side, &pose.arm(side).shape, &mut rig);
        }
        rig
    }

    /// The avatar's `chest_from_head`.
    pub(super) fn chest_from_head(&self, head: Quat) -> Frame {
        Frame { rotation: head, origin: self.neck + self.neck_turn(head) * (self.head - self.neck) }
    }

    /// Shares the trunk's rotation out over the spine's bones, and the head's over neck and head.
    fn bend_trunk(&self, pose: &Articulation, rig: &mut RigPose) {
        let spine = [Bone::Spine, Bone::Chest, Bone::UpperChest];
        let count = spine.iter().filter(|&&b| self.has[b as usize]).count().max(1);
        let share = Quat::IDENTITY.slerp(pose.torso, 1.0 / count as f32);
        for bone in spine {
            if self.has[bone as usize] {
                rig[bone] = share;
            }
        }
        let neck = self.neck_turn(pose.head);
        if self.has[Bone::Neck as usize] {
            rig[Bone::Neck] = neck;
        }
        rig[Bone::Head] = neck.inverse() * pose.head;
    }

    fn neck_turn(&self, head: Quat) -> Quat {
        let share = if self.has[Bone::Neck as usize] { pivot::NECK_SHARE } else { 0.0 };
        Quat::IDENTITY.slerp(head, share)
    }

    fn turn_eyes(pose: &Articulation, rig: &mut RigPose) {
        let face = &pose.face;
        let turn = |outward: f32, up: f32, side: Side| {
            Quat::from_rotation_y(GAZE * outward * side.sign()) * Quat::from_rotation_x(-GAZE * 0.7 * up)
        };
        rig[Bone::LeftEye] = turn(
            face[ArKit::EyeLookOutLeft] - face[ArKit::EyeLookInLeft],
            face[ArKit::EyeLookUpLeft] - face[ArKit::EyeLookDownLeft],
            Side::Left,
        );
        rig[Bone::RightEye] = turn(
            face[ArKit::EyeLookOutRight] - face[ArKit::EyeLookInRight],
            face[ArKit::EyeLookUpRight] - face[ArKit::EyeLookDownRight],
            Side::Right,
        );
    }

    /// Two-bone inverse kinematics on the avatar's arm; sets clavicle, upper arm, forearm and hand.
    fn bend_arm(&self, side: Side, pose: &Articulation, bend: Bend, limits: bool, rig: &mut RigPose) {
        let (arm, own) = (pose.arm(side), &self.arms[side as usize]);
        let [clavicle, upper, lower, hand] = arm_bones(side);
        let lift = skeleton::clavicle_lift(pose.shrug[side as usize], arm.wrist);
        let raise = match own.clavicle {
            Some(_) => Quat::from_rotation_z(side.sign() * lift),
            None => Quat::IDENTITY,
        };
        let shoulder = own.shoulder_at(side, lift);
        let [(upper_rest, upper_length), (lower_rest, lower_length)] = own.bones;
        let bend = if limits { own.limb(side, shoulder).turned_back(bend, 0.0, 0.0) } else { bend };
        let Bend { wrist, swivel, palm } = bend;
        let bent = skeleton::bend(side, shoulder, wrist, swivel, upper_length, lower_length);
        let axis = (bent.wrist - shoulder).try_normalize().unwrap_or(Vec3::NEG_Y);
        let hinge = skeleton::elbow_pole(side, axis, swivel).cross(axis);
        let upper_turn = hinge_turn(upper_rest, bent.elbow - shoulder, hinge);
        let lower_turn = hinge_turn(lower_rest, bent.wrist - bent.elbow, hinge);
        let twist = maths::twist_angle(lower_turn.inverse() * palm, lower_rest);
        let lower_turn = lower_turn * Quat::from_axis_angle(lower_rest, FOREARM_SHARE * twist);
        rig[clavicle] = raise;
        rig[upper] = raise.inverse() * upper_turn;
        rig[lower] = upper_turn.inverse() * lower_turn;
        rig[hand] = lower_turn.inverse() * palm;
    }
}

impl ArmRig {
    pub(super) fn new(side: Side, proportions: &Proportions, middle: Vec3) -> Result<Self, RetargetError> {
        let [clavicle, upper, lower, hand] = arm_bones(side);
        let [shoulder, elbow, wrist] =
            [proportions.joint(upper)?, proportions.joint(lower)?, proportions.joint(hand)?]
                .map(|p| p - middle);
        let bone = |from: Vec3, to: Vec3, name: Bone| {
            let along = (to - from).try_normalize().ok_or(RetargetError::Bone(name.name()))?;
            Ok::<_, RetargetError>((along, from.distance(to)))
        };
        let bones = [bone(shoulder, elbow, lower)?, bone(elbow, wrist, hand)?];
        let reference = Skeleton::reference();
        let arm_scale = (bones[0].1 + bones[1].1) / (reference.upper_arm + reference.forearm);
        Ok(Self {
            clavicle: proportions.joints[clavicle as usize].map(|p| p - middle),
            shoulder,
            bones,
            hand_scale: proportions.hand_scale(side).unwrap_or(arm_scale),
            arm_scale,
        })
    }

    fn limb(&self, side: Side, shoulder: Vec3) -> Limb {
        let [(upper, upper_length), (lower, lower_length)] = self.bones;
        let lengths = [upper_length, lower_length];
        Limb { side, shoulder, lengths, rest: [upper, lower], hand_scale: self.hand_scale }
    }

    /// The shoulder joint of a clavicle turned up by `lift`.
    pub(super) fn shoulder_at(&self, side: Side, lift: f32) -> Vec3 {
        let Some(root) = self.clavicle else { return self.shoulder };
        root + Quat::from_rotation_z(side.sign() * lift) * (self.shoulder - root)
    }
}

/// The rotation that takes a bone from its rest to a direction, its elbow hinge to `hinge`.
///
/// In the T-pose a forearm bends forward, so the hinge is square to the bone and to the front.
pub(super) fn hinge_turn(rest: Vec3, along: Vec3, hinge: Vec3) -> Quat {
    let frame = |x: Vec3, y: Vec3| {
        let x = x.try_normalize()?;
        let y = y.reject_from_normalized(x).try_normalize()?;
        Some(Quat::from_mat3(&Mat3::from_cols(x, y, x.cross(y))))
    };
    match (frame(rest, rest.cross(Vec3::Z)), frame(along, hinge)) {
        (Some(from), Some(to)) => to * from.inverse(),
        _ => maths::arc(rest, along),
    }
}

fn set_fingers(side: Side, shape: &HandShape, rig: &mut RigPose) {
    let [thumb, fingers @ ..] = finger_bones(side);
    for (bone, rotation) in thumb.into_iter().zip(shape.thumb_rotations(side)) {
        rig[bone] = rotation;
    }
    for (bones, finger) in fingers.into_iter().zip(Finger::ALL) {
        for (bone, rotation) in bones.into_iter().zip(shape.finger_rotations(side, finger)) {
            rig[bone] = rotation;
        }
    }
}
