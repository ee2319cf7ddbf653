//! Trunk, shoulders and head of a frame.

use super::Calibration;
use super::calibration::head_pairs;
use super::frame::{Frame, body};
use super::procrustes::best_rotation;
use crate::body::skeleton as kinematics;
use crate::body::{self as humanoid, Side, maths};
use glam::{Quat, Vec3};

/// What was read of the trunk.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trunk {
    /// `body_from_chest`; its origin is where the shoulders' middle is while neither is raised.
    pub(crate) chest: humanoid::Frame,
    /// How far each clavicle is turned up, radians, for whatever reason.
    pub(crate) lift: [f32; 2],
    /// `chest_from_head`, where the head was seen.
    pub(crate) head: Option<Quat>,
}

/// The reference's middle of the hips, body frame.
const HIPS: Vec3 = Vec3::new(0.0, -1.42, -0.04);

/// Farthest lean and turn of the trunk, and of the head, radians.
const TRUNK_MOST: f32 = 0.9;
const HEAD_MOST: f32 = 1.3;

/// A turn of the trunk smaller than this cannot be told from the shoulders' width in a picture.
const YAW_BLIND: f32 = 0.22;

/// Reads trunk and head; None where a shoulder was not seen.
pub(crate) fn solve_trunk(frame: &Frame, calibration: &Calibration) -> Option<Trunk> {
    let mut shoulders = body::SHOULDERS.map(|i| frame.body[i]);
    if !shoulders.iter().all(|p| p.is_finite()) {
        return None;
    }
    let mut hips = Some(frame.hip_middle()).filter(|p| p.is_finite());
    if !calibration.depth_is_measured {
        flatten(&mut shoulders, &mut hips, calibration);
    }
    let mut trunk = match hips {
        Some(hips) => from_hips_up(shoulders, hips, calibration.depth_is_measured),
        None => from_shoulders(shoulders),
    };
    trunk.chest.rotation = limited(trunk.chest.rotation, TRUNK_MOST);
    trunk.head = solve_head(frame, calibration, trunk.chest.rotation);
    Some(trunk)
}

/// Replaces guessed depths: the shoulders turn as far as their width in the picture shrinks, and
/// the trunk does not lean toward the camera.
fn flatten(shoulders: &mut [Vec3; 2], hips: &mut Option<Vec3>, calibration: &Calibration) {
    let across = shoulders[0] - shoulders[1];
    let shrunk = across.truncate().length() / calibration.shoulder_width.max(1e-3);
    let turned = (shrunk.clamp(0.0, 1.0).acos() - YAW_BLIND).max(0.0);
    let depth = 0.5 * turned.sin() * (across.z - calibration.shoulder_depth).signum();
    [shoulders[0].z, shoulders[1].z] = [depth, -depth];
    if let Some(hips) = hips {
        hips.z = HIPS.z;
    }
}

/// Trunk and clavicles from shoulders and hips. A raised shoulder looks like a lean, and the other
/// way round: a few rounds tell them apart.
fn from_hips_up(shoulders: [Vec3; 2], hips: Vec3, depth_is_measured: bool) -> Trunk {
    let mean = (shoulders[0] + shoulders[1]) / 2.0;
    let mut torso = Quat::IDENTITY;
    let mut middle = mean;
    let mut lift = [0.0; 2];
    for _round in 0..6 {
        let expected = kinematics::body_from_chest(torso).origin - HIPS;
        torso = (maths::arc(expected, middle - hips) * torso).normalize();
        let along = (middle - hips).try_normalize().unwrap_or(Vec3::Y);
        let [left, right] = Side::BOTH.map(|side| kinematics::raised_shoulder(side, lift[side as usize]));
        let (from, to) = (torso * (left - right), shoulders[0] - shoulders[1]);
        torso = (maths::arc(from.reject_from_normalized(along), to.reject_from_normalized(along)) * torso)
            .normalize();

        lift = Side::BOTH
            .map(|side| kinematics::lift_of(side, torso.inverse() * (shoulders[side as usize] - middle)));
        let [left, right] = Side::BOTH.map(|side| kinematics::raised_shoulder(side, lift[side as usize]));
        middle = mean - torso * ((left + right) / 2.0);
        if depth_is_measured {
            // Both shoulders up is told from the trunk's length only.
            let length = (kinematics::body_from_chest(torso).origin - HIPS).length();
            middle += torso * Vec3::Y * (length - (middle - hips).length());
        }
    }
    Trunk { chest: humanoid::Frame { rotation: torso, origin: middle }, lift, head: None }
}

/// Without hips: the shoulders' line is half a lean, half one shoulder up.
fn from_shoulders(shoulders: [Vec3; 2]) -> Trunk {
    let across = shoulders[0] - shoulders[1];
    let torso = maths::arc(Vec3::X, across * Vec3::new(1.0, 0.5, 1.0));
    let middle = (shoulders[0] + shoulders[1]) / 2.0;
    let lift = Side::BOTH
        .map(|side| kinematics::lift_of(side, torso.inverse() * (shoulders[side as usize] - middle)));
    Trunk { chest: humanoid::Frame { rotation: torso, origin: middle }, lift, head: None }
}

/// `chest_from_head`, from the rigid points of the face.
fn solve_head(frame: &Frame, calibration: &Calibration, torso: Quat) -> Option<Quat> {
    let seen = best_rotation(&head_pairs(frame, calibration.face_depth))?;
    let head = torso.inverse() * seen * calibration.head_rest.inverse();
    Some(limited(head, HEAD_MOST))
}

/// A rotation cut to an angle.
fn limited(q: Quat, most: f32) -> Quat {
    let angle = q.angle_between(Quat::IDENTITY);
    if angle > most { Quat::IDENTITY.slerp(q, most / angle) } else { q }
}
