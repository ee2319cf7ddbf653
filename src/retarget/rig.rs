//! An articulation → the joint rotations of anybody's proportions.
//!
//! Hands are first led out of what they cannot be in on the reference body itself, for that is what
//! the source meant: a camera guesses depth, and a notation knows no flesh. `reach` then says where
//! wrists go so that hands touch here what they touch there, `collide` keeps them out of the avatar's
//! body and of each other, and the arms bend to there.

use super::Posed;
use super::RetargetError;
use super::anatomy::Anatomy;
use super::bones::Bones;
use super::flesh::{ArmAt, Ball, Flesh, HandAt};
use super::limits::limited;
use super::proportions::{Proportions, arm_bones};
use super::reach::{BodyMap, Heads, Reach, join_hands};
use crate::body::{Articulation, Frame, Hull, Place, RigPose, Side, Skeleton, skeleton};
use glam::Vec3;
use std::f32::consts::PI;
use std::sync::Arc;

/// Hands give way to flesh over so long before and after they are in it, seconds, looked at in so many
/// steps: a finger's breadth is left aside in a tenth of a second without haste.
const EASE: f32 = 0.14;
const STEPS: i32 = 6;
const SAMPLES: usize = 2 * STEPS as usize + 1;

/// Times around an instant and their weights, which add up to 1: a bell's.
fn window() -> [(f32, f32); SAMPLES] {
    let bell = |step: i32| (1.0 + (PI * step as f32 / (STEPS + 1) as f32).cos()) / (2 * STEPS + 2) as f32;
    std::array::from_fn(|i| {
        let step = i as i32 - STEPS;
        (EASE * step as f32 / STEPS as f32, bell(step))
    })
}

/// Where both arms go: wrists, chest frame, metres, and swivels.
type Arms = [(Vec3, f32); 2];

/// Where both arms go, with their hands' balls.
#[derive(Clone, Debug)]
struct Placed {
    arms: Arms,
    hands: [Vec<Ball>; 2],
}

/// Puts articulations onto one avatar's bones.
#[derive(Clone, Debug)]
pub struct RigSolver {
    bones: Bones,
    map: BodyMap,
    flesh: Flesh,
    reference: Arc<Flesh>,
    /// Which of the reference's balls each of a hand's is.
    twins: [Vec<Option<usize>>; 2],
    /// Whether hands are kept out of the body, and joints within their limits.
    collides: bool,
}

impl RigSolver {
    /// For an avatar's proportions.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where a bone is missing without which nobody can sign.
    pub fn new(proportions: &Proportions) -> Result<Self, RetargetError> {
        let bones = Bones::new(proportions)?;
        let anatomy = match &proportions.anatomy {
            Some(anatomy) => anatomy.clone(),
            None => Arc::new(Anatomy::of_joints(proportions)?),
        };
        let middle = proportions.shoulder_middle()?;
        let map = BodyMap::new(proportions, middle, proportions.shoulder_width()?, bones.head);
        let (flesh, reference) = (Flesh::new(&anatomy, proportions), Arc::new(Flesh::reference()?));
        let twins = flesh.twins(&reference);
        Ok(Self { bones, map, flesh, reference, twins, collides: true })
    }

    /// The rotations of an instant, taken by itself.
    ///
    /// Of a motion, take [`solve_in`](Self::solve_in): from instant to instant, hands that are deep in
    /// each other may have to leave on different sides.
    pub fn solve(&self, pose: &Articulation) -> RigPose {
        let pose = &self.limited(pose);
        let (heads, source) = (self.heads(pose), self.source(pose));
        if !self.collides {
            return self.bent(pose, self.placed(pose, source, &heads).arms);
        }
        let placed = self.led_out(pose, source, &heads);
        self.bent(pose, self.cleared(pose, &placed, &heads, Some(way(between(pose)))))
    }

    /// The rotations of the instant `motion(0.0)` of a motion, whose argument is seconds from that
    /// instant.
    ///
    /// Arms give way to flesh by the mean over the time around it, so that they do it without haste, and
    /// what that leaves inside by as much as is missing. Hands that are in each other leave towards where
    /// they are around that time.
    pub fn solve_in(&self, motion: impl Fn(f32) -> Articulation) -> RigPose {
        if !self.collides {
            return self.solve(&motion(0.0));
        }
        let poses = window().map(|(seconds, weight)| (self.limited(&motion(seconds)), weight));
        let between = way(poses.iter().map(|(pose, weight)| between(pose) * *weight).sum());
        let around = poses.each_ref().map(|(pose, weight)| {
            let (heads, source) = (self.heads(pose), self.source(pose));
            let bare = self.placed(pose, source.clone(), &heads);
            let clear = self.cleared(pose, &self.led_out(pose, source, &heads), &heads, Some(between));
            (bare, clear, *weight)
        });
        let mut eased = around[STEPS as usize].0.clone();
        for (bare, clear, weight) in &around {
            for ((eased, bare), clear) in eased.arms.iter_mut().zip(bare.arms).zip(clear) {
                eased.0 += (clear.0 - bare.0) * *weight;
                eased.1 += (clear.1 - bare.1) * *weight;
            }
        }
        let pose = &poses[STEPS as usize].0;
        self.bent(pose, self.cleared(pose, &eased, &self.heads(pose), None))
    }

    /// A pose that joints allow.
    fn limited(&self, pose: &Articulation) -> Articulation {
        if self.collides { limited(pose) } else { pose.clone() }
    }

    fn bent(&self, pose: &Articulation, arms: Arms) -> RigPose {
        self.bones.bend(pose, arms, self.collides)
    }

    /// Where arms go whose hands are first led out of the body on the reference.
    fn led_out(&self, pose: &Articulation, mut source: [HandAt; 2], heads: &Heads) -> Placed {
        for (hand, arm) in source.iter_mut().zip(source_arms(pose)) {
            self.reference.lead_out(hand, &heads.reference, |wrist| arm.within(wrist));
        }
        self.placed(pose, source, heads)
    }

    /// Where arms go from where the hands are on the reference, through everything.
    fn placed(&self, pose: &Articulation, source: [HandAt; 2], heads: &Heads) -> Placed {
        let reaches = self.reaches(pose, source, heads);
        let arms = Side::BOTH.map(|side| (reaches[side as usize].hand.wrist, pose.arm(side).swivel));
        Placed { arms, hands: reaches.map(|reach| reach.hand.balls) }
    }

    /// The same arms, everything out of the body, and the hands out of each other where it is said how they
    /// lie.
    fn cleared(&self, pose: &Articulation, placed: &Placed, heads: &Heads, between: Option<Vec3>) -> Arms {
        let mut arms = Side::BOTH.map(|side| {
            let (s, own) = (side as usize, &self.bones.arms[side as usize]);
            let shoulder = own.shoulder_at(side, skeleton::clavicle_lift(pose.shrug[s], pose.arms[s].wrist));
            let (wrist, swivel) = placed.arms[s];
            ArmAt { shoulder, wrist, swivel, lengths: own.bones.map(|(_, length)| length) }
        });
        self.flesh.clear_arms(&mut arms, placed.hands.clone(), &heads.avatar, between);
        arms.map(|arm| (arm.wrist, arm.swivel))
    }

    fn reaches(&self, pose: &Articulation, source: [HandAt; 2], heads: &Heads) -> [Reach; 2] {
        let mut reaches = Side::BOTH.map(|side| {
            let (s, arm) = (side as usize, pose.arm(side));
            let rig = &self.bones.arms[s];
            let lift = skeleton::clavicle_lift(pose.shrug[s], arm.wrist);
            let to_wrist = source[s].wrist - skeleton::raised_shoulder(side, lift);
            let free = HandAt {
                wrist: rig.shoulder_at(side, lift) + to_wrist * rig.arm_scale,
                balls: self.flesh.hand(side, arm.palm, &arm.shape),
            };
            let flesh = [&*self.reference, &self.flesh];
            self.map.reach(source[s].clone(), free, &self.twins[s], flesh, heads)
        });
        let scale = 0.5 * (self.bones.arms[0].hand_scale + self.bones.arms[1].hand_scale);
        join_hands(&mut reaches, scale);
        reaches
    }

    /// The hands on the reference body, shoulder widths.
    fn source(&self, pose: &Articulation) -> [HandAt; 2] {
        let arms = source_arms(pose);
        Side::BOTH.map(|side| {
            let arm = pose.arm(side);
            let wrist = arms[side as usize].within(arm.wrist);
            HandAt { wrist, balls: self.reference.hand(side, arm.palm, &arm.shape) }
        })
    }

    fn heads(&self, pose: &Articulation) -> Heads {
        Heads { reference: skeleton::chest_from_head(pose.head), avatar: self.avatar_head(pose) }
    }

    /// The avatar's `chest_from_head` in a pose.
    pub(crate) fn avatar_head(&self, pose: &Articulation) -> Frame {
        self.bones.chest_from_head(pose.head)
    }

    /// The avatar's head and trunk.
    pub(crate) fn hull(&self) -> &Hull {
        &self.flesh.hull
    }

    /// The balls of a posed hand, chest frame.
    pub(crate) fn flesh_of(&self, side: Side, pose: &Articulation, posed: &Posed) -> Vec<Ball> {
        let [.., hand] = arm_bones(side);
        let Some(frame) = posed.in_chest(hand) else { return Vec::new() };
        let mut balls = self.flesh.hand(side, frame.rotation, &pose.arm(side).shape);
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
}

/// The reference's arms in a pose, shoulder widths.
fn source_arms(pose: &Articulation) -> [ArmAt; 2] {
    let Skeleton { upper_arm, forearm, .. } = *Skeleton::reference();
    Side::BOTH.map(|side| {
        let arm = pose.arm(side);
        let shoulder = skeleton::shoulder(side, pose.shrug[side as usize], arm.wrist);
        ArmAt { shoulder, wrist: arm.wrist, swivel: arm.swivel, lengths: [upper_arm, forearm] }
    })
}

/// A direction of its own for what has none.
fn way(between: Vec3) -> Vec3 {
    between.try_normalize().unwrap_or(Vec3::NEG_X)
}

/// From the left palm to the right one, chest frame.
fn between(pose: &Articulation) -> Vec3 {
    let palm = |side: Side| {
        let arm = pose.arm(side);
        arm.wrist + arm.palm * (Vec3::X * side.sign() * HALF_PALM)
    };
    palm(Side::Right) - palm(Side::Left)
}

/// From a wrist to the middle of its palm, shoulder widths.
const HALF_PALM: f32 = 0.14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::skeleton::pivot;
    use crate::body::{Arm, Bone};
    use crate::retarget::hand::tests::any_shape;
    use crate::retarget::proportions::finger_bones;
    use crate::retarget::tests::any_articulation;
    use glam::Quat;
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
            let chin = solver.bones.head + chest.avatar;
            let heads = solver.heads(&pose);
            let placed = solver.reaches(&pose, solver.source(&pose), &heads)[1].tip(1);
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
        let [left, right] =
            solver.reaches(&pose, solver.source(&pose), &solver.heads(&pose)).map(|reach| reach.tip(1));
        // Skin to skin: the middles of the fingertips are within a fingertip of each other.
        assert!(left.distance(right) < 0.03, "{left} {right}");
    }

    #[test]
    fn a_pose_that_is_held_is_solved_as_by_itself() {
        let solver = RigSolver::new(&Proportions::reference()).unwrap();
        let mut pose = Articulation::neutral();
        // In the chest.
        pose.arms[1].wrist = Vec3::new(-0.2, -0.5, 0.0);
        let (held, alone) = (solver.solve_in(|_| pose.clone()), solver.solve(&pose));
        let free = solver.without_flesh().solve(&pose);
        assert!(alone[Bone::RightUpperArm].angle_between(free[Bone::RightUpperArm]) > 0.02);
        for (held, alone) in held.rotations.iter().zip(&alone.rotations) {
            assert!(held.angle_between(*alone) < 0.02);
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
