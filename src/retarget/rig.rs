//! An articulation → the joint rotations of anybody's proportions.
//!
//! A wrist in free space goes where the avatar's own arm would have it. A hand near the body goes to
//! the same anatomical place instead, because that is what the sign means: it is the nearest
//! fingertip or palm that is placed there, and the wrist follows. Hands that touch keep touching.
//!
//! A real forearm turns along its whole length; a rig has one joint at each end, so the forearm bone
//! takes 60 % of the turn and the hand the rest.

use super::RetargetError;
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::skeleton::{self, pivot};
use crate::body::{
    ArKit, Articulation, Bone, Finger, Frame, HandShape, Place, RigPose, Side, Skeleton, maths,
};
use glam::{Mat3, Quat, Vec3};

/// Share of the forearm's turn that its bone takes; the hand's takes the rest.
const FOREARM_SHARE: f32 = 0.6;
/// Closer to the body than the first, a hand is placed on it; farther than the second, it is free.
const NEAR_BODY: [f32; 2] = [0.06, 0.40];
/// The same between the hands.
const NEAR_HAND: [f32; 2] = [0.05, 0.30];
/// How far an eye turns at weight 1, radians.
const GAZE: f32 = 0.5;

/// Puts articulations onto one avatar's bones.
#[derive(Clone, Debug)]
pub struct RigSolver {
    has: [bool; Bone::COUNT],
    /// Metres a shoulder width.
    scale: f32,
    arms: [ArmRig; 2],
    neck: Vec3,
    head: Vec3,
    anchors: Vec<Anchor>,
}

/// An arm's rest, chest frame, metres from midway between the shoulder joints.
#[derive(Clone, Copy, Debug)]
struct ArmRig {
    clavicle: Option<Vec3>,
    shoulder: Vec3,
    /// Rest directions and lengths of upper arm and forearm.
    bones: [(Vec3, f32); 2],
    /// Metres a shoulder width, of the hand and of the whole arm.
    hand_scale: f32,
    arm_scale: f32,
}

/// A place on the reference body and on the avatar, in the frame of the part that it moves with.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    on_head: bool,
    reference: Vec3,
    avatar: Vec3,
}

/// One hand on its way from the reference's body to the avatar's.
#[derive(Clone, Copy)]
struct Reach {
    /// Wrist, knuckle of the middle finger and five tips, reference chest frame.
    points: [Vec3; 7],
    /// Where the wrist goes, avatar's chest frame, metres.
    wrist: Vec3,
}

const TIPS: [usize; 7] = [0, 9, 4, 8, 12, 16, 20];

impl RigSolver {
    /// For an avatar's proportions.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where a bone is missing without which nobody can sign.
    pub fn new(proportions: &Proportions) -> Result<Self, RetargetError> {
        let joint = |bone| proportions.joint(bone);
        let shoulders = [joint(Bone::LeftUpperArm)?, joint(Bone::RightUpperArm)?];
        let middle = (shoulders[0] + shoulders[1]) / 2.0;
        let scale = shoulders[0].distance(shoulders[1]);
        let head = joint(Bone::Head)? - middle;
        let neck = joint(Bone::Neck).map_or(head, |p| p - middle);
        let [left, right] = Side::BOTH.map(|side| ArmRig::new(side, proportions, middle));
        let mut solver = Self {
            has: proportions.joints.map(|joint| joint.is_some()),
            scale,
            arms: [left?, right?],
            neck,
            head,
            anchors: Vec::new(),
        };
        solver.anchors = anchors(proportions, middle, scale, head);
        Ok(solver)
    }

    /// The rotations of an instant.
    pub fn solve(&self, pose: &Articulation) -> RigPose {
        let mut rig = RigPose::rest();
        rig.face = pose.face;
        self.bend_trunk(pose, &mut rig);
        self.turn_eyes(pose, &mut rig);
        let reaches = self.reaches(pose);
        for side in Side::BOTH {
            self.bend_arm(side, pose, reaches[side as usize].wrist, &mut rig);
            set_fingers(side, &pose.arm(side).shape, &mut rig);
        }
        rig
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

    fn turn_eyes(&self, pose: &Articulation, rig: &mut RigPose) {
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

    /// The avatar's `chest_from_head`.
    fn chest_from_head(&self, head: Quat) -> Frame {
        Frame { rotation: head, origin: self.neck + self.neck_turn(head) * (self.head - self.neck) }
    }

    /// Where both wrists go.
    fn reaches(&self, pose: &Articulation) -> [Reach; 2] {
        let heads = [skeleton::chest_from_head(pose.head), self.chest_from_head(pose.head)];
        let mut reaches = Side::BOTH.map(|side| self.reach(side, pose, &heads));
        let (from, to) = nearest_points(&reaches);
        let touch = 1.0 - ramp(NEAR_HAND, from.distance(to));
        if touch > 0.0 {
            self.join_hands(&mut reaches, [from, to], touch);
        }
        reaches
    }

    /// Where one wrist goes, by itself.
    fn reach(&self, side: Side, pose: &Articulation, heads: &[Frame; 2]) -> Reach {
        let (arm, rig) = (pose.arm(side), &self.arms[side as usize]);
        let shoulder = skeleton::shoulder(side, pose.shrug[side as usize], arm.wrist);
        let wrist = Skeleton::reference().bend_arm(side, shoulder, arm).wrist;
        let hand = Skeleton::reference().hand.points(side, &arm.shape);
        let points = TIPS.map(|i| wrist + arm.palm * hand[i]);
        let lift = skeleton::clavicle_lift(pose.shrug[side as usize], arm.wrist);
        let free = rig.shoulder_at(side, lift) + (wrist - shoulder) * rig.arm_scale;
        let mut anchored = free;
        let mut nearest = f32::INFINITY;
        for point in points {
            let (at, distance) = self.on_body(point, heads);
            if distance < nearest {
                nearest = distance;
                anchored = at - (point - wrist) * rig.hand_scale;
            }
        }
        Reach { points, wrist: anchored.lerp(free, ramp(NEAR_BODY, nearest)) }
    }

    /// The avatar's place for a point near the reference body, and how far it is from the nearest
    /// anchor.
    fn on_body(&self, point: Vec3, [reference_head, avatar_head]: &[Frame; 2]) -> (Vec3, f32) {
        let (mut sum, mut weights, mut nearest) = (Vec3::ZERO, 0.0, f32::INFINITY);
        for anchor in &self.anchors {
            let (from, to) = match anchor.on_head {
                true => (reference_head.point(anchor.reference), avatar_head.point(anchor.avatar)),
                false => (anchor.reference, anchor.avatar),
            };
            let square = from.distance_squared(point);
            let weight = 1.0 / (square * square + 1e-6);
            sum += (to + (point - from) * self.scale) * weight;
            weights += weight;
            nearest = nearest.min(square);
        }
        (sum / weights, nearest.sqrt())
    }

    /// Moves both wrists, half each, so that the hands are as near as on the reference.
    fn join_hands(&self, reaches: &mut [Reach; 2], points: [Vec3; 2], touch: f32) {
        let placed: [Vec3; 2] = std::array::from_fn(|s| {
            reaches[s].wrist + (points[s] - reaches[s].points[0]) * self.arms[s].hand_scale
        });
        let wanted = (points[1] - points[0]) * self.scale;
        let missing = (wanted - (placed[1] - placed[0])) * (0.5 * touch);
        reaches[0].wrist -= missing;
        reaches[1].wrist += missing;
    }

    /// Two-bone inverse kinematics on the avatar's arm; sets clavicle, upper arm, forearm and hand.
    fn bend_arm(&self, side: Side, pose: &Articulation, wrist: Vec3, rig: &mut RigPose) {
        let (arm, own) = (pose.arm(side), &self.arms[side as usize]);
        let [clavicle, upper, lower, hand] = arm_bones(side);
        let lift = skeleton::clavicle_lift(pose.shrug[side as usize], arm.wrist);
        let raise = match own.clavicle {
            Some(_) => Quat::from_rotation_z(side.sign() * lift),
            None => Quat::IDENTITY,
        };
        let shoulder = own.shoulder_at(side, lift);
        let [(upper_rest, upper_length), (lower_rest, lower_length)] = own.bones;
        let bent = skeleton::bend(side, shoulder, wrist, arm.swivel, upper_length, lower_length);
        let axis = (bent.wrist - shoulder).try_normalize().unwrap_or(Vec3::NEG_Y);
        let hinge = skeleton::elbow_pole(side, axis, arm.swivel).cross(axis);
        let upper_turn = hinge_turn(upper_rest, bent.elbow - shoulder, hinge);
        let lower_turn = hinge_turn(lower_rest, bent.wrist - bent.elbow, hinge);
        let twist = maths::twist_angle(lower_turn.inverse() * arm.palm, lower_rest);
        let lower_turn = lower_turn * Quat::from_axis_angle(lower_rest, FOREARM_SHARE * twist);
        rig[clavicle] = raise;
        rig[upper] = raise.inverse() * upper_turn;
        rig[lower] = upper_turn.inverse() * lower_turn;
        rig[hand] = lower_turn.inverse() * arm.palm;
    }
}

impl ArmRig {
    fn new(side: Side, proportions: &Proportions, middle: Vec3) -> Result<Self, RetargetError> {
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

    /// The shoulder joint of a clavicle turned up by `lift`.
    fn shoulder_at(&self, side: Side, lift: f32) -> Vec3 {
        let Some(root) = self.clavicle else { return self.shoulder };
        root + Quat::from_rotation_z(side.sign() * lift) * (self.shoulder - root)
    }
}

/// The rotation that takes a bone from its rest to a direction, its elbow hinge to `hinge`.
///
/// In the T-pose a forearm bends forward, so the hinge is square to the bone and to the front.
fn hinge_turn(rest: Vec3, along: Vec3, hinge: Vec3) -> Quat {
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

/// 0 up to the first, 1 from the second on.
fn ramp([from, to]: [f32; 2], at: f32) -> f32 {
    maths::minimum_jerk((at - from) / (to - from))
}

/// The nearest points of the two hands.
fn nearest_points([left, right]: &[Reach; 2]) -> (Vec3, Vec3) {
    let mut best = (left.points[0], right.points[0]);
    for a in left.points {
        for b in right.points {
            if a.distance_squared(b) < best.0.distance_squared(best.1) {
                best = (a, b);
            }
        }
    }
    best
}

/// Places that hands touch, on the reference and on the avatar.
fn anchors(proportions: &Proportions, middle: Vec3, scale: f32, head: Vec3) -> Vec<Anchor> {
    let in_space = [Place::Neutral, Place::NeutralHigh, Place::NeutralLow];
    // Without places of its own, an avatar's trunk is as long as its hips say.
    let hips = proportions.joint(Bone::Hips).map_or(-1.42 * scale, |p| p.y - middle.y);
    let tall = hips / -1.42;
    let places = Place::ALL.into_iter().filter(|place| !in_space.contains(place));
    places
        .map(|place| {
            let on_head = is_on_head(place);
            let origin = if on_head { pivot::HEAD } else { Vec3::ZERO };
            let reference = place.position() - origin;
            let known = proportions.places.iter().find(|(p, _)| *p == place).map(|(_, at)| *at - middle);
            let avatar = match known {
                Some(at) if on_head => at - head,
                Some(at) => at,
                None if on_head => reference * scale,
                None => reference * Vec3::new(scale, tall, scale),
            };
            Anchor { on_head, reference, avatar }
        })
        .collect()
}

fn is_on_head(place: Place) -> bool {
    use Place::*;
    matches!(
        place,
        HeadTop
            | Forehead
            | LeftTemple
            | RightTemple
            | Eyes
            | LeftEye
            | RightEye
            | Nose
            | LeftCheek
            | RightCheek
            | LeftEar
            | RightEar
            | Mouth
            | Chin
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Arm;
    use crate::retarget::hand::tests::any_shape;
    use crate::retarget::tests::any_articulation;
    use proptest::prelude::*;

    /// Joints of a rig pose in shoulder widths from midway between the shoulders at rest.
    fn posed(proportions: &Proportions, rig: &RigPose) -> impl Fn(Bone) -> Vec3 {
        let [left, right] = [Bone::LeftUpperArm, Bone::RightUpperArm].map(|b| proportions.joint(b).unwrap());
        let frames = proportions.pose(rig);
        move |bone| {
            let at = frames[bone as usize].expect("the bone is there").origin;
            (at - (left + right) / 2.0) / left.distance(right)
        }
    }

    proptest! {
        #[test]
        fn the_reference_body_puts_every_joint_where_the_articulation_does(pose in any_articulation()) {
            let proportions = Proportions::reference();
            let rig = RigSolver::new(&proportions).unwrap().solve(&pose);
            let at = posed(&proportions, &rig);
            let joints = Skeleton::reference().joints(&pose);
            for side in Side::BOTH {
                let s = side as usize;
                let [_, upper, lower, hand] = arm_bones(side);
                for (bone, truth) in [(upper, joints.shoulders[s]), (lower, joints.elbows[s]), (hand, joints.hands[s][0])] {
                    prop_assert!((at(bone) - truth).length() < 2e-3, "{bone:?} {} {truth}", at(bone));
                }
                for (finger, bones) in finger_bones(side).into_iter().enumerate() {
                    for (k, bone) in bones.into_iter().enumerate() {
                        let truth = joints.hands[s][1 + 4 * finger + k];
                        prop_assert!((at(bone) - truth).length() < 2e-3, "{bone:?} {} {truth}", at(bone));
                    }
                }
            }
            prop_assert!((at(Bone::Head) - joints.head.origin).length() < 2e-3);
        }

        #[test]
        fn a_fingertip_on_the_chin_is_on_any_avatars_chin(shape in any_shape(), tall in 0.7f32..1.4, long in 0.8f32..1.2) {
            let mut proportions = Proportions::reference();
            for joint in proportions.joints.iter_mut().flatten() {
                *joint *= Vec3::new(long, tall, 1.0);
            }
            let solver = RigSolver::new(&proportions).unwrap();
            let mut pose = Articulation::neutral();
            let palm = Quat::from_rotation_z(-1.2) * Quat::from_rotation_x(1.2);
            pose.arms[1] = Arm { wrist: Vec3::ZERO, palm, swivel: 0.3, shape };
            let tip = Skeleton::reference().hand.points(Side::Right, &shape)[8];
            pose.arms[1].wrist = Place::Chin.position() - palm * tip;
            let chest = solver.anchors.iter().find(|a| a.on_head && a.reference == Place::Chin.position() - pivot::HEAD).unwrap();
            let chin = solver.head + chest.avatar;
            let reach = solver.reaches(&pose)[1];
            let wrist_to_tip = palm * tip * solver.arms[1].hand_scale;
            prop_assert!((reach.wrist + wrist_to_tip - chin).length() < 0.03, "{}", (reach.wrist + wrist_to_tip).distance(chin));
        }
    }

    #[test]
    fn hands_that_touch_keep_touching_on_other_proportions() {
        let mut proportions = Proportions::reference();
        for joint in proportions.joints.iter_mut().flatten() {
            joint.x *= 1.2;
        }
        let solver = RigSolver::new(&proportions).unwrap();
        let mut pose = Articulation::neutral();
        for side in Side::BOTH {
            let hand = Arm { palm: Quat::from_rotation_z(side.sign() * 1.4), ..Arm::relaxed(side) };
            let tip = hand.palm * Skeleton::reference().hand.points(side, &hand.shape)[8];
            *pose.arm_mut(side) = Arm { wrist: Place::Neutral.position() - tip, ..hand };
        }
        let tips = |reaches: &[Reach; 2]| {
            Side::BOTH.map(|side| {
                let s = side as usize;
                reaches[s].wrist + (reaches[s].points[3] - reaches[s].points[0]) * solver.arms[s].hand_scale
            })
        };
        let [left, right] = tips(&solver.reaches(&pose));
        assert!(left.distance(right) < 5e-3, "{left} {right}");
    }

    #[test]
    fn an_avatar_without_arms_is_refused_by_the_bones_name() {
        let mut proportions = Proportions::reference();
        proportions.joints[Bone::RightLowerArm as usize] = None;
        let error = RigSolver::new(&proportions).unwrap_err().to_string();
        assert!(error.contains("rightLowerArm"), "{error}");
    }

    #[test]
    fn optional_bones_may_be_absent() {
        let mut proportions = Proportions::reference();
        for bone in [Bone::UpperChest, Bone::Chest, Bone::Neck, Bone::LeftShoulder, Bone::RightShoulder] {
            proportions.joints[bone as usize] = None;
        }
        let mut pose = Articulation::neutral();
        pose.torso = Quat::from_rotation_y(0.3);
        let rig = RigSolver::new(&proportions).unwrap().solve(&pose);
        assert!(rig[Bone::Spine].angle_between(pose.torso) < 1e-3);
        assert!(rig.rotations.iter().all(|q| q.is_finite()));
    }
}
