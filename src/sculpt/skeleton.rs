//! Where the bones are: at rest (T-pose, identity rotations) and in the pose that the clay is
//! modelled in.
//!
//! The clay is modelled with arms lowered, elbows and fingers a little bent and fingers fanned out,
//! because signing happens nearer to that than to the T-pose and skin is stretched half as far. The
//! exporter writes the T-pose into the nodes and the modelling pose into the inverse bind matrices.
//!
//! Helper joints are extra nodes that keep the flesh's volume where a joint alone would pinch or
//! wring it. Each follows shares of another joint's local rotation: `swing` of the swing, `share` of
//! the roll about x. In the file they carry `extras: {"twistOf": "leftHand", "share": 0.5, "swing": 0}`.
//! Half-way joints at shoulder, elbow and thumb bend by half; twist joints along the arm only roll.

use crate::body::{
    Bone, Side,
    maths::{arc, swing_twist, twist_angle},
};
use glam::{Affine3A, Quat, Vec3};

/// The proportions in which presenters differ. Arms are as long as their shoulders are wide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Physique {
    /// Half the distance between the shoulder joints, metres.
    pub(super) shoulders: f32,
    /// Metres per millimetre of the hand's frame: hands are a little larger than life, for legibility.
    pub(super) hand: f32,
}

/// How far the upper arm is lowered when modelling.
const ARM_DOWN: f32 = 0.92;
/// How far the upper arm is swung forward when modelling.
const ARM_FORWARD: f32 = 0.12;
/// How far the elbow is bent when modelling.
const ELBOW_BENT: f32 = 0.60;
/// How far knuckle, middle and end joint of each finger are bent when modelling.
const FINGERS_BENT: [f32; 3] = [0.14, 0.17, 0.10];

/// A finger in the hand's frame (x along the fingers, y out of the back, z to the thumb), mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct FingerPlan {
    /// The knuckle.
    pub(super) root: Vec3,
    /// Lengths of the three phalanges.
    pub(super) lengths: [f32; 3],
    /// Radii at the four joints, tip last.
    pub(super) radii: [f32; 4],
    /// How far it is fanned out when modelling, toward the thumb, radians.
    pub(super) fan: f32,
}

/// Index, middle, ring, little.
pub(super) const FINGERS: [FingerPlan; 4] = [
    FingerPlan {
        root: Vec3::new(91.0, 0.0, 29.0),
        lengths: [43.0, 26.0, 21.5],
        radii: [10.6, 9.4, 8.2, 6.8],
        fan: 0.13,
    },
    FingerPlan {
        root: Vec3::new(95.0, 1.0, 8.6),
        lengths: [48.0, 30.0, 22.5],
        radii: [10.8, 9.5, 8.4, 6.9],
        fan: 0.02,
    },
    FingerPlan {
        root: Vec3::new(90.5, 0.0, -11.4),
        lengths: [44.0, 27.5, 22.0],
        radii: [10.3, 9.0, 8.0, 6.7],
        fan: -0.10,
    },
    FingerPlan {
        root: Vec3::new(81.0, -2.0, -30.0),
        lengths: [34.0, 20.5, 20.0],
        radii: [9.2, 7.9, 7.0, 5.9],
        fan: -0.24,
    },
];

/// The thumb when modelling: root, knuckle, end joint, tip; hand's frame, mm.
pub(super) const THUMB: [Vec3; 4] = [
    Vec3::new(20.0, -8.0, 24.0),
    Vec3::new(55.0, -14.0, 47.0),
    Vec3::new(83.0, -16.0, 63.0),
    Vec3::new(104.0, -17.0, 73.0),
];

/// One node of the rig.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    /// Its name in the file.
    pub(super) name: String,
    /// The joint that it hangs from; nothing for the hips.
    pub(super) parent: Option<usize>,
    /// Where it is in the T-pose, world, metres.
    pub(super) rest: Vec3,
    /// `world_from_joint` while modelling.
    pub(super) bind: Affine3A,
    /// What it follows, if it is a helper.
    pub(super) follow: Option<Follow>,
}

/// Shares of another joint's local rotation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Follow {
    /// The other joint.
    pub(super) of: Bone,
    /// Share of its roll about x.
    pub(super) share: f32,
    /// Share of the rest of its turn.
    pub(super) swing: f32,
}

impl Follow {
    /// The local rotation of the helper when the other joint is turned by `turn`.
    fn rotation(&self, turn: Quat) -> Quat {
        let (swing, _) = swing_twist(turn, Vec3::X);
        let roll = Quat::from_rotation_x(twist_angle(turn, Vec3::X) * self.share);
        Quat::IDENTITY.slerp(swing, self.swing) * roll
    }
}

/// All joints: the 55 bones in [`Bone`]'s order, then the helpers.
#[derive(Clone, Debug)]
pub(super) struct Rig {
    /// The joints, parents before children.
    pub(super) joints: Vec<Joint>,
    physique: Physique,
}

/// A helper joint of an arm, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Helper {
    /// At the shoulder joint, half-way between trunk and arm.
    Shoulder = 0,
    /// Between shoulder and elbow.
    UpperArm = 1,
    /// At the elbow, half-way between upper arm and forearm.
    Elbow = 2,
    /// Between elbow and wrist.
    LowerArm = 3,
    /// Just before the wrist.
    Wrist = 4,
    /// At the thumb's root, half-way between palm and thumb.
    Thumb = 5,
}

impl Helper {
    /// How many there are a side.
    pub(super) const COUNT: usize = 6;
    const ALL: [Helper; Self::COUNT] =
        [Self::Shoulder, Self::UpperArm, Self::Elbow, Self::LowerArm, Self::Wrist, Self::Thumb];

    /// Name after the side, parent, where between two joints it lies, and what it follows; left side.
    fn plan(self) -> (&'static str, Bone, [Bone; 2], f32, Follow) {
        use Bone::{LeftHand, LeftLowerArm, LeftShoulder, LeftThumbMetacarpal, LeftUpperArm};
        let follow = |of, share, swing| Follow { of, share, swing };
        let (upper, lower) = ([LeftUpperArm, LeftLowerArm], [LeftLowerArm, LeftHand]);
        match self {
            Self::Shoulder => ("ShoulderHalf", LeftShoulder, upper, 0.0, follow(LeftUpperArm, 0.25, 0.5)),
            Self::UpperArm => ("UpperArmTwist", LeftUpperArm, upper, 0.5, follow(LeftUpperArm, -0.5, 0.0)),
            Self::Elbow => ("ElbowHalf", LeftUpperArm, lower, 0.0, follow(LeftLowerArm, 0.5, 0.5)),
            Self::LowerArm => ("LowerArmTwist", LeftLowerArm, lower, 0.5, follow(LeftHand, 0.45, 0.0)),
            Self::Wrist => ("WristTwist", LeftLowerArm, lower, 0.92, follow(LeftHand, 0.9, 0.0)),
            Self::Thumb => {
                let root = [LeftThumbMetacarpal; 2];
                ("ThumbHalf", LeftHand, root, 0.0, follow(LeftThumbMetacarpal, 0.5, 0.5))
            }
        }
    }
}

/// The bone of the same name on a side: `arm_bone(Side::Right, Bone::LeftHand)` is the right hand.
pub(super) fn on_side(side: Side, left: Bone) -> Bone {
    match side {
        Side::Left => left,
        Side::Right => left
            .name()
            .strip_prefix("left")
            .and_then(|stem| Bone::from_name(&format!("right{stem}")))
            .unwrap_or(left),
    }
}

/// First bone of each finger of the left hand.
pub(super) const LEFT_FINGERS: [[Bone; 3]; 4] = [
    [Bone::LeftIndexProximal, Bone::LeftIndexIntermediate, Bone::LeftIndexDistal],
    [Bone::LeftMiddleProximal, Bone::LeftMiddleIntermediate, Bone::LeftMiddleDistal],
    [Bone::LeftRingProximal, Bone::LeftRingIntermediate, Bone::LeftRingDistal],
    [Bone::LeftLittleProximal, Bone::LeftLittleIntermediate, Bone::LeftLittleDistal],
];
/// The thumb's bones of the left hand.
pub(super) const LEFT_THUMB: [Bone; 3] =
    [Bone::LeftThumbMetacarpal, Bone::LeftThumbProximal, Bone::LeftThumbDistal];

impl Physique {
    /// Joints of the trunk, the head and the left limbs at rest, metres.
    fn trunk_rest(&self, bone: Bone) -> Option<Vec3> {
        let arm = |widths: f32| [self.shoulders * widths, 1.340, -0.008];
        let at = match bone {
            Bone::Hips => [0.0, 0.930, 0.0],
            Bone::Spine => [0.0, 1.030, -0.005],
            Bone::Chest => [0.0, 1.130, -0.012],
            Bone::UpperChest => [0.0, 1.240, -0.016],
            Bone::Neck => [0.0, 1.400, -0.012],
            Bone::Head => [0.0, 1.495, 0.010],
            Bone::LeftEye => [0.03392, 1.603, 0.0863],
            Bone::Jaw => [0.0, 1.591, 0.023],
            Bone::LeftUpperLeg => [0.090, 0.880, 0.0],
            Bone::LeftLowerLeg => [0.090, 0.480, 0.0],
            Bone::LeftFoot => [0.090, 0.085, -0.020],
            Bone::LeftToes => [0.090, 0.020, 0.100],
            Bone::LeftShoulder => [0.030, 1.370, -0.008],
            Bone::LeftUpperArm => arm(1.0),
            Bone::LeftLowerArm => arm(2.639),
            Bone::LeftHand => arm(4.078),
            _ => return None,
        };
        Some(Vec3::from_array(at))
    }

    /// Joints of the left hand's digits at rest, from the wrist, metres.
    fn digit_rest(&self, bone: Bone) -> Option<Vec3> {
        if let Some(k) = LEFT_THUMB.iter().position(|&b| b == bone) {
            let lengths = [THUMB[0].distance(THUMB[1]), THUMB[1].distance(THUMB[2])];
            let along: f32 = lengths.iter().take(k).sum();
            let direction = Vec3::new(1.0, 0.0, 1.0) * std::f32::consts::FRAC_1_SQRT_2;
            return Some((THUMB[0] + direction * along) * self.hand);
        }
        FINGERS.iter().zip(LEFT_FINGERS).find_map(|(plan, bones)| {
            let k = bones.iter().position(|&b| b == bone)?;
            let along: f32 = plan.lengths.iter().take(k).sum();
            Some((plan.root + Vec3::X * along) * self.hand)
        })
    }

    /// Where a bone's joint is in the T-pose, metres.
    pub(super) fn rest_position(&self, bone: Bone) -> Vec3 {
        let (left, mirrored) = left_twin(bone);
        let wrist = || self.trunk_rest(Bone::LeftHand).unwrap_or_default();
        let digit = || self.digit_rest(left).map(|d| wrist() + d);
        let at = self.trunk_rest(left).or_else(digit).unwrap_or_default();
        if mirrored { at * Vec3::new(-1.0, 1.0, 1.0) } else { at }
    }
}

/// The left bone of a pair; bones of the middle line are their own.
fn left_twin(bone: Bone) -> (Bone, bool) {
    match bone.name().strip_prefix("right") {
        Some(stem) => (Bone::from_name(&format!("left{stem}")).unwrap_or(bone), true),
        None => (bone, false),
    }
}

/// Local rotation of a left (or middle) bone while modelling, relative to the T-pose.
fn modelling_rotation(bone: Bone) -> Quat {
    match bone {
        Bone::LeftUpperArm => Quat::from_rotation_y(-ARM_FORWARD) * Quat::from_rotation_z(-ARM_DOWN),
        Bone::LeftLowerArm => Quat::from_rotation_y(-ELBOW_BENT),
        _ => digit_rotation(bone),
    }
}

fn digit_rotation(bone: Bone) -> Quat {
    if let Some(k) = LEFT_THUMB.iter().position(|&b| b == bone) {
        let world = |k: usize| {
            let rest = Vec3::new(1.0, 0.0, 1.0);
            arc(rest, THUMB[k + 1] - THUMB[k])
        };
        return if k == 0 { world(0) } else { world(k - 1).inverse() * world(k) };
    }
    for (plan, bones) in FINGERS.iter().zip(LEFT_FINGERS) {
        if let Some(k) = bones.iter().position(|&b| b == bone) {
            let fan = if k == 0 { Quat::from_rotation_y(-plan.fan) } else { Quat::IDENTITY };
            return fan * Quat::from_rotation_z(-FINGERS_BENT[k]);
        }
    }
    Quat::IDENTITY
}

impl Rig {
    /// The rig of a presenter of these proportions.
    pub(super) fn new(physique: Physique) -> Self {
        let mut joints: Vec<Joint> = Vec::new();
        for &bone in Bone::ALL {
            let parent = (bone != Bone::Hips).then_some(bone.parent() as usize);
            let rest = physique.rest_position(bone);
            let local = modelling_turn(bone);
            let bind = match parent.and_then(|i| joints.get(i)) {
                Some(p) => p.bind * Affine3A::from_rotation_translation(local, rest - p.rest),
                None => Affine3A::from_rotation_translation(local, rest),
            };
            joints.push(Joint { name: bone.name().to_owned(), parent, rest, bind, follow: None });
        }
        let mut rig = Rig { joints, physique };
        for side in Side::BOTH {
            Helper::ALL.into_iter().for_each(|helper| rig.add(side, helper));
        }
        rig
    }

    fn add(&mut self, side: Side, helper: Helper) {
        let (name, parent, between, t, follow) = helper.plan();
        let [parent, of] = [parent, follow.of].map(|bone| on_side(side, bone));
        let [from, to] = between.map(|bone| self.physique.rest_position(on_side(side, bone)));
        let (rest, above) = (from.lerp(to, t), self.physique.rest_position(parent));
        let turn = follow.rotation(modelling_turn(of));
        let prefix = if side == Side::Left { "left" } else { "right" };
        self.joints.push(Joint {
            name: format!("{prefix}{name}"),
            parent: Some(parent as usize),
            rest,
            bind: self.bind(parent) * Affine3A::from_rotation_translation(turn, rest - above),
            follow: Some(Follow { of, ..follow }),
        });
    }

    /// `world_from_bone` while modelling.
    pub(super) fn bind(&self, bone: Bone) -> Affine3A {
        self.joints.get(bone as usize).map_or(Affine3A::IDENTITY, |joint| joint.bind)
    }

    /// Where a bone's joint is while modelling, metres.
    pub(super) fn at(&self, bone: Bone) -> Vec3 {
        self.bind(bone).translation.into()
    }

    /// The index of a helper joint.
    pub(super) fn helper(&self, side: Side, helper: Helper) -> usize {
        Bone::COUNT + Helper::COUNT * side as usize + helper as usize
    }

    /// `world_from_hand` while modelling; the hand's frame in mm, mirrored for the right hand.
    pub(super) fn hand_frame(&self, side: Side) -> Affine3A {
        self.bind(on_side(side, Bone::LeftHand))
            * Affine3A::from_scale(Vec3::new(side.sign(), 1.0, 1.0) * self.physique.hand)
    }
}

/// Local rotation of a bone of either side while modelling, relative to the T-pose.
fn modelling_turn(bone: Bone) -> Quat {
    let (left, mirrored) = left_twin(bone);
    let q = modelling_rotation(left);
    if mirrored { Quat::from_xyzw(q.x, -q.y, -q.z, q.w) } else { q }
}

/// Joints of a finger while modelling, root to tip; hand's frame, mm.
pub(super) fn finger_joints(plan: &FingerPlan) -> [Vec3; 4] {
    let mut rotation = Quat::from_rotation_y(-plan.fan);
    let mut joints = [plan.root; 4];
    for k in 0..3 {
        rotation *= Quat::from_rotation_z(-FINGERS_BENT[k]);
        joints[k + 1] = joints[k] + rotation * Vec3::X * plan.lengths[k];
    }
    joints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sculpt::people::{MAN, WOMAN};

    #[test]
    fn left_and_right_mirror_each_other_at_rest_and_while_modelling() {
        let rig = Rig::new(WOMAN.physique);
        for &bone in Bone::ALL {
            let (left, mirrored) = left_twin(bone);
            if mirrored {
                let flip = Vec3::new(-1.0, 1.0, 1.0);
                assert!(
                    (WOMAN.physique.rest_position(bone) - WOMAN.physique.rest_position(left) * flip).length()
                        < 1e-6
                );
                assert!((rig.at(bone) - rig.at(left) * flip).length() < 1e-5, "{bone:?}");
            }
        }
    }

    #[test]
    fn arms_have_the_reference_proportions() {
        use crate::body::Skeleton;
        let reference = Skeleton::reference();
        for person in [WOMAN, MAN] {
            let x = |bone| person.physique.rest_position(bone).x;
            let width = 2.0 * x(Bone::LeftUpperArm);
            let upper = x(Bone::LeftLowerArm) - x(Bone::LeftUpperArm);
            let lower = x(Bone::LeftHand) - x(Bone::LeftLowerArm);
            assert!((upper / width - reference.upper_arm).abs() < 0.01);
            assert!((lower / width - reference.forearm).abs() < 0.01);
        }
    }

    #[test]
    fn a_half_way_joint_turns_half_as_far_and_a_twist_joint_only_rolls() {
        let turn = Quat::from_rotation_y(-1.2);
        let half = Follow { of: Bone::LeftLowerArm, share: 0.5, swing: 0.5 }.rotation(turn);
        assert!(half.angle_between(Quat::from_rotation_y(-0.6)) < 1e-3);
        let twist = Follow { of: Bone::LeftHand, share: 0.5, swing: 0.0 };
        let rolled = twist.rotation(turn * Quat::from_rotation_x(0.8));
        assert!(rolled.angle_between(Quat::from_rotation_x(0.4)) < 1e-3);
    }

    #[test]
    fn the_modelled_fingers_lie_on_the_modelled_bones() {
        let rig = Rig::new(WOMAN.physique);
        let frame = rig.hand_frame(Side::Right);
        for (plan, bones) in FINGERS.iter().zip(LEFT_FINGERS) {
            for (joint, bone) in finger_joints(plan).into_iter().zip(bones) {
                let expected = rig.at(on_side(Side::Right, bone));
                assert!((frame.transform_point3(joint) - expected).length() < 1e-4);
            }
        }
    }
}
