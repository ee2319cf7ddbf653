//! Shoulder, elbow and wrist of a frame: depth from the arm's lengths, the elbow as a swivel.

use super::Calibration;
use super::frame::{Frame, body};
use super::trunk::Trunk;
use crate::body::skeleton as kinematics;
use crate::body::{Side, Skeleton, maths};
use glam::Vec3;

/// Where an arm is, chest frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SolvedArm {
    /// The wrist.
    pub(crate) wrist: Vec3,
    /// The elbow's swivel; None where the arm is too straight to have one, or the elbow is unseen.
    pub(crate) swivel: Option<f32>,
}

/// How far an elbow may swing from hanging, radians: what shoulders reach.
const SWIVEL: [f32; 2] = [-1.0, 2.0];

/// Closer to the line from shoulder to wrist than this, an elbow says nothing of its swivel.
const LEAST_BEND: f32 = 0.03;

/// Reads an arm; None where its wrist was not seen.
pub(crate) fn solve_arm(
    side: Side,
    frame: &Frame,
    trunk: &Trunk,
    calibration: &Calibration,
) -> Option<SolvedArm> {
    let s = side as usize;
    let shoulder = frame.body[body::SHOULDERS[s]];
    let mut elbow = frame.body[body::ELBOWS[s]];
    let mut wrist = match &frame.hands[s] {
        // The hand's own wrist is the sharper one; its depth is relative to itself.
        Some(hand) if calibration.depth_is_measured => hand[0],
        Some(hand) => hand[0].truncate().extend(frame.body[body::WRISTS[s]].z),
        None => frame.body[body::WRISTS[s]],
    };
    if !shoulder.truncate().is_finite() || !wrist.truncate().is_finite() {
        return None;
    }
    let mut shoulder = shoulder;
    if !calibration.depth_is_measured {
        shoulder.z = trunk.chest.point(kinematics::raised_shoulder(side, 0.0)).z;
        raise(shoulder, &mut elbow, &mut wrist, calibration);
    }
    let mut wrist = trunk.chest.inverse_point(wrist);
    if !calibration.depth_is_measured {
        wrist.z = reachable_depth(side, wrist);
    }
    let shrug = kinematics::shrug_of(trunk.lift[s], wrist);
    let root = kinematics::shoulder(side, shrug, wrist);
    // The elbow is taken relative to the seen shoulder, which the reference's may not coincide with.
    let elbow = trunk.chest.rotation.inverse() * (elbow - shoulder);
    Some(SolvedArm { wrist, swivel: swivel(side, wrist - root, elbow, calibration.depth_is_measured) })
}

/// The depth nearest to a wrist's at which the reference's arm reaches it: the picture says where a hand
/// is beside its shoulder, and only guesses how far before it.
fn reachable_depth(side: Side, wrist: Vec3) -> f32 {
    let reference = Skeleton::reference();
    let [least, most] = kinematics::reach(reference.upper_arm, reference.forearm);
    let shoulder = kinematics::shoulder(side, 0.0, wrist);
    let aside = (wrist - shoulder).truncate().length_squared();
    let depth = |reach: f32| (reach * reach - aside).max(0.0).sqrt();
    let [near, far] = [depth(1.02 * least), depth(0.98 * most)];
    let ahead = wrist.z - shoulder.z;
    shoulder.z + if near > 0.0 { ahead.clamp(near, far) } else { ahead.clamp(-far, far) }
}

/// The elbow's turn about the line from shoulder to wrist.
fn swivel(side: Side, to_wrist: Vec3, to_elbow: Vec3, depth_is_measured: bool) -> Option<f32> {
    let axis = to_wrist.try_normalize()?;
    let aside = to_elbow.reject_from_normalized(axis);
    if aside.is_nan() || aside.length() <= LEAST_BEND {
        return None;
    }
    let hanging = kinematics::elbow_pole(side, axis, 0.0);
    let angle = side.sign() * hanging.cross(aside).dot(axis).atan2(hanging.dot(aside));
    Some(if depth_is_measured { angle } else { angle.clamp(SWIVEL[0], SWIVEL[1]) })
}

/// Gives elbow and wrist the depth that the arm's lengths leave them.
///
/// A picture does not say whether a bone points toward or away from the camera. Signers' forearms
/// point toward it; the elbow comes forward as the hand is raised, and falls back a little as it
/// hangs.
fn raise(shoulder: Vec3, elbow: &mut Vec3, wrist: &mut Vec3, calibration: &Calibration) {
    let [upper, forearm] = calibration.arm;
    let hidden = |length: f32, a: Vec3, b: Vec3| {
        let seen = a.truncate().distance(b.truncate());
        (length * length - seen * seen).max(0.0).sqrt()
    };
    if elbow.truncate().is_finite() {
        let raised = maths::minimum_jerk((wrist.y - elbow.y) / forearm + 0.5);
        elbow.z = shoulder.z + hidden(upper, shoulder, *elbow) * (-0.25 + 0.85 * raised);
        wrist.z = elbow.z + hidden(forearm, *elbow, *wrist);
    } else {
        wrist.z = shoulder.z + 0.7 * hidden(upper + forearm, shoulder, *wrist);
    }
}
