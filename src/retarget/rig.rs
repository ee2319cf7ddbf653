//! An articulation → the joint rotations of anybody's proportions.
//!
//! `reach` says where wrists go so that hands touch what they touch in the source, `collide` keeps them
//! out of the body and of each other; the arms then bend to there.
//!
//! A real forearm turns along its whole length; a rig has one joint at each end, so the forearm bone
//! takes 60 % of the turn and the hand the rest.

use super::Posed;
use super::RetargetError;
use super::anatomy::Anatomy;
use super::collide::{ArmAt, Ball, Flesh};
use super::limits::{Bend, Limb, limited};
use super::proportions::{Proportions, arm_bones, finger_bones};
use super::reach::{BodyMap, Heads, Reach, join_hands};
use crate::body::skeleton::{self, pivot};
use crate::body::{
    ArKit, Articulation, Bone, Finger, Frame, HandShape, Hull, Place, RigPose, Side, Skeleton, maths,
};
use glam::{Mat3, Quat, Vec3};
use std::f32::consts::PI;
use std::sync::Arc;

/// Share of the forearm's turn that its bone takes; the hand's takes the rest.
const FOREARM_SHARE: f32 = 0.6;
/// How far an eye turns at weight 1, radians.
const GAZE: f32 = 0.5;

/// Hands give way to flesh over so long before and after they are in it, seconds, in so many steps:
/// a finger's breadth is left aside in a tenth of a second without haste.
const EASE: f32 = 0.12;
const EASE_STEPS: i32 = 7;

/// What an arm gives way to flesh: how far its wrist moves, metres, chest frame, and how far its elbow
/// swings outward, radians.
#[derive(Clone, Copy, Debug, Default)]
struct GivenWay {
    wrist: Vec3,
    swivel: f32,
}

/// Times around an instant and their weights, which add up to 1: a bell's.
fn window() -> impl Iterator<Item = (f32, f32)> {
    let bell = |step: i32| (1.0 + (PI * step as f32 / (EASE_STEPS + 1) as f32).cos()) / 2.0;
    let sum: f32 = (-EASE_STEPS..=EASE_STEPS).map(bell).sum();
    (-EASE_STEPS..=EASE_STEPS).map(move |step| (EASE * step as f32 / EASE_STEPS as f32, bell(step) / sum))
}

/// Puts articulations onto one avatar's bones.
#[derive(Clone, Debug)]
pub struct RigSolver {
    has: [bool; Bone::COUNT],
    arms: [ArmRig; 2],
    neck: Vec3,
    head: Vec3,
    map: BodyMap,
    flesh: Flesh,
    /// Whether hands are kept out of the body, and joints within their limits.
    collides: bool,
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
        let anatomy = match &proportions.anatomy {
            Some(anatomy) => anatomy.clone(),
            None => Arc::new(Anatomy::of_joints(proportions)?),
        };
        Ok(Self {
            has: proportions.joints.map(|joint| joint.is_some()),
            arms: [left?, right?],
            neck,
            head,
            map: BodyMap::new(proportions, middle, scale, head),
            flesh: Flesh::new(&anatomy, proportions),
            collides: true,
        })
    }

    /// The rotations of an instant, taken by itself.
    ///
    /// Of a motion, take [`solve_in`](Self::solve_in): from instant to instant, hands that are deep in
    /// each other may have to leave on different sides.
    pub fn solve(&self, pose: &Articulation) -> RigPose {
        let pose = &self.limited(pose);
        let heads = self.heads(pose);
        let reaches = self.reaches(pose, &heads);
        let given = self.given_way(pose, &reaches, &heads);
        self.bend(pose, &reaches, &given)
    }

    /// The rotations of the instant `motion(0.0)` of a motion, whose argument is seconds from that
    /// instant. Hands and elbows give way to flesh as the mean over the time around it says.
    pub fn solve_in(&self, motion: impl Fn(f32) -> Articulation) -> RigPose {
        let mut mean = [GivenWay::default(); 2];
        for (seconds, weight) in window() {
            let pose = self.limited(&motion(seconds));
            let heads = self.heads(&pose);
            let given = self.given_way(&pose, &self.reaches(&pose, &heads), &heads);
            for (mean, given) in mean.iter_mut().zip(given) {
                mean.wrist += given.wrist * weight;
                mean.swivel += given.swivel * weight;
            }
        }
        let pose = self.limited(&motion(0.0));
        let heads = self.heads(&pose);
        self.bend(&pose, &self.reaches(&pose, &heads), &mean)
    }

    /// A pose that joints allow.
    fn limited(&self, pose: &Articulation) -> Articulation {
        if self.collides { limited(pose) } else { pose.clone() }
    }

    /// Puts a pose on the bones, the arms where they reach to but for what they give way.
    fn bend(&self, pose: &Articulation, reaches: &[Reach; 2], given: &[GivenWay; 2]) -> RigPose {
        let mut rig = RigPose::rest();
        rig.face = pose.face;
        self.bend_trunk(pose, &mut rig);
        self.turn_eyes(pose, &mut rig);
        for side in Side::BOTH {
            self.bend_arm(side, pose, reaches[side as usize].wrist, given[side as usize], &mut rig);
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

    /// The avatar's `chest_from_head` in a pose.
    pub(crate) fn avatar_head(&self, pose: &Articulation) -> Frame {
        self.chest_from_head(pose.head)
    }

    /// The avatar's head and trunk.
    pub(crate) fn hull(&self) -> &Hull {
        &self.flesh.hull
    }

    /// The balls of a posed hand, chest frame.
    pub(crate) fn flesh_of(&self, side: Side, pose: &Articulation, posed: &Posed) -> Vec<Ball> {
        let [.., hand] = arm_bones(side);
        let Some(frame) = posed.in_chest(hand) else { return Vec::new() };
        let (mut balls, _) = self.flesh.hand(side, frame.rotation, &pose.arm(side).shape);
        balls.iter_mut().for_each(|ball| ball.at += frame.origin);
        balls
    }

    /// The places of the body that are hardly farther from a point than the nearest is, nearest first.
    pub(crate) fn places_near(&self, point: Vec3, head: &Frame, beside: f32) -> Vec<Place> {
        self.map.places_near(point, head, beside)
    }

    /// The same, but hands pass through everything, and joints go where they are asked to.
    pub(crate) fn without_flesh(self) -> Self {
        Self { collides: false, ..self }
    }

    fn heads(&self, pose: &Articulation) -> Heads {
        Heads { reference: skeleton::chest_from_head(pose.head), avatar: self.chest_from_head(pose.head) }
    }

    /// How both arms must give way so that nothing is in the body or in the other hand.
    fn given_way(&self, pose: &Articulation, reaches: &[Reach; 2], heads: &Heads) -> [GivenWay; 2] {
        if !self.collides {
            return [GivenWay::default(); 2];
        }
        let mut wrists = reaches.each_ref().map(|reach| reach.wrist);
        self.flesh.part(&mut wrists, [&reaches[0].balls, &reaches[1].balls], &heads.avatar);
        Side::BOTH.map(|side| {
            let s = side as usize;
            let (arm, own) = (pose.arm(side), &self.arms[s]);
            let shoulder = own.shoulder_at(side, skeleton::clavicle_lift(pose.shrug[s], arm.wrist));
            let lengths = own.bones.map(|(_, length)| length);
            let pushed = ArmAt { shoulder, wrist: wrists[s], swivel: arm.swivel, lengths };
            let clear = self.flesh.clear_arm(side, pushed, &heads.avatar);
            GivenWay { wrist: clear.wrist - reaches[s].wrist, swivel: clear.swivel - arm.swivel }
        })
    }

    fn reaches(&self, pose: &Articulation, heads: &Heads) -> [Reach; 2] {
        let mut reaches = Side::BOTH.map(|side| {
            let rig = &self.arms[side as usize];
            let lift = skeleton::clavicle_lift(pose.shrug[side as usize], pose.arm(side).wrist);
            let free = |to_wrist: Vec3| rig.shoulder_at(side, lift) + to_wrist * rig.arm_scale;
            self.map.reach(side, pose, free, &self.flesh, heads)
        });
        join_hands(&mut reaches, 0.5 * (self.arms[0].hand_scale + self.arms[1].hand_scale));
        reaches
    }

    /// Two-bone inverse kinematics on the avatar's arm; sets clavicle, upper arm, forearm and hand.
    fn bend_arm(&self, side: Side, pose: &Articulation, wrist: Vec3, given: GivenWay, rig: &mut RigPose) {
        let (arm, own) = (pose.arm(side), &self.arms[side as usize]);
        let [clavicle, upper, lower, hand] = arm_bones(side);
        let lift = skeleton::clavicle_lift(pose.shrug[side as usize], arm.wrist);
        let raise = match own.clavicle {
            Some(_) => Quat::from_rotation_z(side.sign() * lift),
            None => Quat::IDENTITY,
        };
        let shoulder = own.shoulder_at(side, lift);
        let [(upper_rest, upper_length), (lower_rest, lower_length)] = own.bones;
        let wanted = Bend { wrist: wrist + given.wrist, swivel: arm.swivel + given.swivel, palm: arm.palm };
        let Bend { wrist, swivel, palm } = match self.collides {
            true => own.limb(side, shoulder).turned_back(wanted, 0.0, 0.0),
            false => wanted,
        };
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

    fn limb(&self, side: Side, shoulder: Vec3) -> Limb {
        let [(upper, upper_length), (lower, lower_length)] = self.bones;
        let lengths = [upper_length, lower_length];
        Limb { side, shoulder, lengths, rest: [upper, lower], hand_scale: self.hand_scale }
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
            let solver = RigSolver::new(&proportions).unwrap().without_flesh();
            let rig = solver.solve(&pose);
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
            let of_chin = Place::Chin.position() - pivot::HEAD;
            let chest = solver.map.anchors.iter().find(|a| a.on_head && a.reference == of_chin).unwrap();
            let chin = solver.head + chest.avatar;
            let heads = solver.heads(&pose);
            let placed = solver.reaches(&pose, &heads)[1].tip(1);
            // The other fingers are as near and ask for their own places.
            prop_assert!(placed.distance(chin) < 0.045, "{}", placed.distance(chin));
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
        let [left, right] = solver.reaches(&pose, &solver.heads(&pose)).map(|reach| reach.tip(1));
        assert!(left.distance(right) < 5e-3, "{left} {right}");
    }

    #[test]
    fn a_pose_that_is_held_gives_way_as_much_as_it_does_by_itself() {
        let solver = RigSolver::new(&Proportions::reference()).unwrap();
        let mut pose = Articulation::neutral();
        // In the chest.
        pose.arms[1].wrist = Vec3::new(-0.2, -0.5, 0.0);
        let heads = solver.heads(&pose);
        let given = solver.given_way(&pose, &solver.reaches(&pose, &heads), &heads);
        assert!(given[1].wrist.length() > 0.02, "{given:?}");
        let (held, alone) = (solver.solve_in(|_| pose.clone()), solver.solve(&pose));
        for (held, alone) in held.rotations.iter().zip(&alone.rotations) {
            assert!(held.angle_between(*alone) < 2e-3);
        }
    }

    #[test]
    fn what_gives_way_for_an_instant_gives_way_gently() {
        let proportions = Proportions::reference();
        let solver = RigSolver::new(&proportions).unwrap();
        let (free, mut inside) = (Articulation::neutral(), Articulation::neutral());
        inside.arms[1].wrist = Vec3::new(-0.2, -0.5, 0.0);
        // A jump into the chest: what the arm gives way must not jump with it.
        let motion = |t: f32| if t < 0.0 { free.clone() } else { inside.clone() };
        let given = |t: f32| {
            let at = |rig: &RigPose| posed(&proportions, rig)(Bone::RightHand);
            let pose = motion(t);
            let heads = solver.heads(&pose);
            let bare = solver.bend(&pose, &solver.reaches(&pose, &heads), &Default::default());
            at(&solver.solve_in(|later| motion(t + later))) - at(&bare)
        };
        let way: Vec<Vec3> = (0..60).map(|i| given(0.002 + i as f32 / 120.0)).collect();
        let last = way.last().unwrap().length();
        assert!(last > 0.05, "{last}");
        for pair in way.windows(2) {
            assert!(pair[0].distance(pair[1]) < 0.25 * last, "{} {}", pair[0], pair[1]);
        }
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
