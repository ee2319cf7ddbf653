//! Proportions of a signer, and forward kinematics from an [`Articulation`] to joints.
//!
//! The figures of the reference are medians of the recordings that this project was built beside
//! (hands, head) and of the segment tables of Drillis and Contini (1966) for the arms, whose depth
//! a single camera does not see; all are divided by the distance between the shoulder joints.
//!
//! Trunk, neck and clavicles bend at the same pivots here as on an avatar's bones, so that a
//! [`RigPose`](super::RigPose) on the reference proportions puts every joint where this puts it.

use super::{Arm, Articulation, HandShape, Side, maths};
use glam::{Quat, Vec3};

/// Proportions of a body, in shoulder widths.
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// Shoulder joint to elbow.
    pub upper_arm: f32,
    /// Elbow to wrist.
    pub forearm: f32,
    /// The hand.
    pub hand: Hand,
}

/// Proportions of a hand, in shoulder widths, in the frame of the left hand of the T-pose: x along
/// the fingers, y out of the back, z toward the thumb. The right hand is its mirror image.
#[derive(Clone, Debug, PartialEq)]
pub struct Hand {
    /// Root of the thumb (the carpometacarpal joint), from the wrist.
    pub thumb_root: Vec3,
    /// Metacarpal, proximal and distal length of the thumb.
    pub thumb: [f32; 3],
    /// Knuckles of index, middle, ring and little finger, from the wrist.
    pub knuckles: [Vec3; 4],
    /// Proximal, middle and distal length of each finger.
    pub fingers: [[f32; 3]; 4],
}

/// A rotation about, and a place of, a part of the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Its rotation.
    pub rotation: Quat,
    /// Its origin.
    pub origin: Vec3,
}

impl Frame {
    /// A point of this frame, seen from outside.
    pub fn point(&self, inside: Vec3) -> Vec3 {
        self.origin + self.rotation * inside
    }

    /// A point outside, seen from this frame.
    pub fn inverse_point(&self, outside: Vec3) -> Vec3 {
        self.rotation.inverse() * (outside - self.origin)
    }
}

/// Joint positions in the body frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Joints {
    /// `body_from_chest`; its origin is midway between the shoulder joints at rest.
    pub chest: Frame,
    /// `body_from_head`; its origin is where the skull sits on the neck.
    pub head: Frame,
    /// Left and right shoulder joint.
    pub shoulders: [Vec3; 2],
    /// Left and right elbow.
    pub elbows: [Vec3; 2],
    /// Left and right hand, MediaPipe's 21 points; point 0 is the wrist.
    pub hands: [[Vec3; 21]; 2],
}

impl Joints {
    /// A hand's wrist.
    pub fn wrist(&self, side: Side) -> Vec3 {
        self.hands[side as usize][0]
    }
}

/// Where the reference body bends, chest frame at rest.
pub(crate) mod pivot {
    use glam::Vec3;

    /// Lower, middle and upper joint of the spine; each takes a third of the torso's rotation.
    pub(crate) const SPINE: [Vec3; 3] =
        [Vec3::new(0.0, -1.20, -0.06), Vec3::new(0.0, -0.85, -0.08), Vec3::new(0.0, -0.45, -0.08)];
    /// Root of the neck.
    pub(crate) const NECK: Vec3 = Vec3::new(0.0, 0.10, -0.04);
    /// Where the skull sits.
    pub(crate) const HEAD: Vec3 = Vec3::new(0.0, 0.42, 0.02);
    /// How much of the head's turn the neck takes.
    pub(crate) const NECK_SHARE: f32 = 0.4;
    /// Inner end of the left clavicle.
    pub(crate) const CLAVICLE: Vec3 = Vec3::new(0.07, -0.03, 0.03);
    /// The left shoulder joint.
    pub(crate) const SHOULDER: Vec3 = Vec3::new(0.5, 0.0, 0.0);
}

/// The same point of the other side, for [`Side::Right`].
pub(crate) fn on_side(side: Side, left: Vec3) -> Vec3 {
    left * Vec3::new(side.sign(), 1.0, 1.0)
}

impl Skeleton {
    /// The proportions that signs are made on.
    pub fn reference() -> &'static Skeleton {
        static REFERENCE: Skeleton = Skeleton { upper_arm: 0.82, forearm: 0.72, hand: Hand::REFERENCE };
        &REFERENCE
    }

    /// Where the joints are. A wrist out of the arm's reach is brought to it.
    pub fn joints(&self, pose: &Articulation) -> Joints {
        let chest = body_from_chest(pose.torso);
        let head = chest_from_head(pose.head);
        let mut joints = Joints {
            chest,
            head: Frame { rotation: chest.rotation * head.rotation, origin: chest.point(head.origin) },
            shoulders: [Vec3::ZERO; 2],
            elbows: [Vec3::ZERO; 2],
            hands: [[Vec3::ZERO; 21]; 2],
        };
        for side in Side::BOTH {
            let arm = pose.arm(side);
            let shoulder = shoulder(side, pose.shrug[side as usize], arm.wrist);
            let bent = self.bend_arm(side, shoulder, arm);
            joints.shoulders[side as usize] = chest.point(shoulder);
            joints.elbows[side as usize] = chest.point(bent.elbow);
            let hand = Frame { rotation: chest.rotation * arm.palm, origin: chest.point(bent.wrist) };
            joints.hands[side as usize] = self.hand.points(side, &arm.shape).map(|p| hand.point(p));
        }
        joints
    }

    /// Bends an arm to its wrist; everything in the chest frame.
    pub fn bend_arm(&self, side: Side, shoulder: Vec3, arm: &Arm) -> BentArm {
        bend(side, shoulder, arm.wrist, arm.swivel, self.upper_arm, self.forearm)
    }
}

/// An arm after two-bone inverse kinematics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BentArm {
    /// The elbow.
    pub elbow: Vec3,
    /// The wrist, within reach.
    pub wrist: Vec3,
}

/// `body_from_chest` of a torso's rotation: a third at each joint of the spine.
pub(crate) fn body_from_chest(torso: Quat) -> Frame {
    let third = Quat::IDENTITY.slerp(torso, 1.0 / 3.0);
    let [low, middle, high] = pivot::SPINE;
    let at_high = low + third * (middle - low) + (third * third) * (high - middle);
    Frame { rotation: torso, origin: at_high - torso * high }
}

/// `chest_from_head` of a head's rotation: part at the root of the neck, the rest under the skull.
pub(crate) fn chest_from_head(head: Quat) -> Frame {
    let neck = Quat::IDENTITY.slerp(head, pivot::NECK_SHARE);
    Frame { rotation: head, origin: pivot::NECK + neck * (pivot::HEAD - pivot::NECK) }
}

/// How far the clavicle turns up, radians: the shrug, and what a raised hand brings with it.
pub(crate) fn clavicle_lift(shrug: f32, wrist: Vec3) -> f32 {
    let raised = maths::minimum_jerk((wrist.y + 0.3) / 1.3);
    let length = (pivot::SHOULDER - pivot::CLAVICLE).truncate().length();
    (shrug / length).clamp(-0.5, 0.65).asin() + 0.16 * raised
}

/// The shrug that, with what a raised hand brings, turns a clavicle up by `lift`.
pub(crate) fn shrug_of(lift: f32, wrist: Vec3) -> f32 {
    let length = (pivot::SHOULDER - pivot::CLAVICLE).truncate().length();
    (lift - clavicle_lift(0.0, wrist)).clamp(-0.52, 0.7).sin() * length
}

/// The shoulder joint, chest frame.
pub(crate) fn shoulder(side: Side, shrug: f32, wrist: Vec3) -> Vec3 {
    raised_shoulder(side, clavicle_lift(shrug, wrist))
}

/// The shoulder joint of a clavicle turned up by `lift`, chest frame.
pub(crate) fn raised_shoulder(side: Side, lift: f32) -> Vec3 {
    let root = on_side(side, pivot::CLAVICLE);
    root + Quat::from_rotation_z(side.sign() * lift) * (on_side(side, pivot::SHOULDER) - root)
}

/// How far a clavicle is turned up that brings the shoulder joint to a height in the chest frame.
pub(crate) fn lift_of(side: Side, shoulder: Vec3) -> f32 {
    let arm = pivot::SHOULDER - pivot::CLAVICLE;
    let root = on_side(side, pivot::CLAVICLE);
    let height = (shoulder.y - root.y) / arm.truncate().length();
    height.clamp(-0.6, 0.8).asin() - arm.y.atan2(arm.x)
}

/// Where the elbow points at swivel 0, for an arm along `axis` (a unit vector).
///
/// Down for an arm held forward or sideways, carried over to all other directions by the shortest
/// turn from forward: backward for a hanging arm. Its only jump is for an arm held straight back.
pub(crate) fn elbow_pole(side: Side, axis: Vec3, swivel: f32) -> Vec3 {
    let hanging = maths::arc(Vec3::Z, axis) * Vec3::NEG_Y;
    Quat::from_axis_angle(axis, side.sign() * swivel) * hanging
}

/// Two-bone inverse kinematics: `wrist` is brought within reach of `upper` + `lower`.
pub(crate) fn bend(side: Side, shoulder: Vec3, wrist: Vec3, swivel: f32, upper: f32, lower: f32) -> BentArm {
    let to_wrist = wrist - shoulder;
    let axis = to_wrist.try_normalize().unwrap_or(Vec3::NEG_Y);
    let [folded, stretched] = reach(upper, lower);
    let distance = to_wrist.length().clamp(folded, stretched);
    let along = (upper * upper + distance * distance - lower * lower) / (2.0 * distance);
    let aside = (upper * upper - along * along).max(0.0).sqrt();
    let pole = elbow_pole(side, axis, swivel);
    BentArm { elbow: shoulder + axis * along + pole * aside, wrist: shoulder + axis * distance }
}

/// The least and greatest distance of a wrist from its shoulder joint. The elbow neither locks straight
/// nor folds flat: 150° of flexion is what a joint has.
pub(crate) fn reach(upper: f32, lower: f32) -> [f32; 2] {
    let folded = (upper * upper + lower * lower - 2.0 * upper * lower * MIN_ELBOW_COS).sqrt();
    [folded, (upper + lower) * 0.9995]
}

/// Cosine of the smallest angle between upper arm and forearm (30°).
const MIN_ELBOW_COS: f32 = 0.866;

impl Hand {
    /// Medians of the recorded hands.
    pub const REFERENCE: Hand = Hand {
        thumb_root: Vec3::new(0.062, -0.018, 0.075),
        thumb: [0.118, 0.092, 0.080],
        knuckles: [
            Vec3::new(0.256, 0.000, 0.100),
            Vec3::new(0.265, 0.008, 0.027),
            Vec3::new(0.250, 0.003, -0.045),
            Vec3::new(0.224, -0.008, -0.111),
        ],
        fingers: [[0.122, 0.076, 0.062], [0.136, 0.086, 0.066], [0.126, 0.080, 0.064], [0.098, 0.060, 0.054]],
    };

    /// MediaPipe's 21 points of a hand, in the hand's own frame.
    pub fn points(&self, side: Side, shape: &HandShape) -> [Vec3; 21] {
        let mut points = [Vec3::ZERO; 21];
        let along = HandShape::thumb_rest_direction(side);
        let root = on_side(side, self.thumb_root);
        chain(&mut points[1..5], root, along, shape.thumb_rotations(side), self.thumb);
        for finger in super::Finger::ALL {
            let i = finger as usize;
            let root = on_side(side, self.knuckles[i]);
            let along = Vec3::X * side.sign();
            let rotations = shape.finger_rotations(side, finger);
            chain(&mut points[5 + 4 * i..9 + 4 * i], root, along, rotations, self.fingers[i]);
        }
        points
    }
}

/// Four points of a chain of three bones, from their local rotations and lengths.
fn chain(points: &mut [Vec3], root: Vec3, along: Vec3, rotations: [Quat; 3], lengths: [f32; 3]) {
    let mut rotation = Quat::IDENTITY;
    let mut at = root;
    points[0] = at;
    for ((point, local), length) in points[1..].iter_mut().zip(rotations).zip(lengths) {
        rotation *= local;
        at += rotation * along * length;
        *point = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Place;

    #[test]
    fn wrists_in_reach_are_met_and_others_are_brought_to_reach() {
        let skeleton = Skeleton::reference();
        for place in Place::ALL {
            for side in Side::BOTH {
                let reach = place.position() + Vec3::Z * 0.2 - on_side(side, pivot::SHOULDER);
                if !(0.5..1.45).contains(&reach.length()) {
                    continue;
                }
                let mut pose = Articulation::neutral();
                pose.arm_mut(side).wrist = place.position() + Vec3::Z * 0.2;
                let joints = skeleton.joints(&pose);
                let error = (joints.chest.inverse_point(joints.wrist(side)) - pose.arm(side).wrist).length();
                assert!(error < 1e-5, "{place:?} {side:?}: {error}");
            }
        }
        for wrist in [Vec3::splat(9.0), Vec3::new(0.5, 0.0, 0.0), Vec3::new(0.5, 0.0, -1.0)] {
            let mut pose = Articulation::neutral();
            pose.arms[0].wrist = wrist;
            let joints = skeleton.joints(&pose);
            let upper = joints.shoulders[0].distance(joints.elbows[0]);
            let lower = joints.elbows[0].distance(joints.hands[0][0]);
            assert!((upper - skeleton.upper_arm).abs() < 1e-4 && (lower - skeleton.forearm).abs() < 1e-4);
        }
    }

    #[test]
    fn a_raised_swivel_moves_the_elbow_outward() {
        for side in Side::BOTH {
            let elbow = |swivel| {
                let mut pose = Articulation::neutral();
                *pose.arm_mut(side) = Arm { wrist: Place::Neutral.position(), swivel, ..*pose.arm(side) };
                Skeleton::reference().joints(&pose).elbows[side as usize]
            };
            assert!(elbow(0.0).y < -0.5);
            assert!(((elbow(0.6) - elbow(0.0)) * side.sign()).x > 0.1);
        }
    }

    #[test]
    fn a_bent_torso_carries_the_hands() {
        let mut pose = Articulation::neutral();
        pose.torso = Quat::from_rotation_x(0.3);
        let joints = Skeleton::reference().joints(&pose);
        assert!(joints.chest.origin.z > 0.1, "{:?}", joints.chest);
        let wrist = joints.chest.inverse_point(joints.wrist(Side::Left));
        assert!((wrist - pose.arms[0].wrist).length() < 1e-4);
    }

    #[test]
    fn a_thumb_flexed_across_an_abducted_palm_faces_the_fingers() {
        let mut shape = HandShape::FLAT;
        shape.thumb = crate::body::ThumbAngles::from_degrees(55.0, 25.0, 15.0, 20.0);
        shape.fingers[0] = crate::body::FingerAngles::from_degrees(45.0, 0.0, 50.0, 25.0);
        for side in Side::BOTH {
            let points = Hand::REFERENCE.points(side, &shape);
            assert!(points[4].y < -0.05);
            assert!(points[4].distance(points[8]) < 0.12, "{side:?} {}", points[4].distance(points[8]));
        }
    }
}
