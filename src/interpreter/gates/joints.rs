//! How far arms are beyond what joints do, whatever the elbow does.
//!
//! Landmarks say where a hand is and how it is turned; where the elbow is, they guess. So an arm counts
//! as beyond its limits only where no swing of the elbow brings forearm and wrist within them.

use crate::body::{ArmAngles, Articulation, Motion, Side, Skeleton, maths, shoulder};
use glam::{Mat3, Quat, Vec3};

/// Swings of the elbow that are tried, radians: from across the body to well lifted.
const SWIVELS: [f32; 11] = [-1.0, -0.7, -0.4, -0.1, 0.2, 0.5, 0.8, 1.1, 1.4, 1.7, 2.0];
/// Less than this is how well landmarks are read, radians.
const SLACK: f32 = 0.1;

/// What is asked of an arm's joints over a motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strain {
    /// Share of frames in which a joint is beyond its limits.
    pub(super) share: f32,
    /// How far at most, radians.
    pub(super) farthest: f32,
}

/// Measures a motion.
pub(super) fn strain(motion: &Motion) -> Strain {
    let mut strain = Strain { share: 0.0, farthest: 0.0 };
    for frame in &motion.frames {
        let excess = Side::BOTH.map(|side| arm_excess(side, frame)).into_iter().fold(0.0, f32::max);
        strain.farthest = strain.farthest.max(excess);
        strain.share += if excess > SLACK { 1.0 } else { 0.0 };
    }
    strain.share /= motion.frames.len().max(1) as f32;
    strain
}

/// How far the joint that is farthest beyond its limit is, where the elbow is swung best; radians.
pub(crate) fn arm_excess(side: Side, pose: &Articulation) -> f32 {
    let own = pose.arm(side).swivel;
    let mut least = f32::INFINITY;
    for swivel in std::iter::once(own).chain(SWIVELS) {
        let [_, others @ ..] = angles(side, pose, swivel).excess(0.0);
        least = least.min(others.into_iter().map(f32::abs).fold(0.0, f32::max));
        if least == 0.0 {
            break;
        }
    }
    least
}

/// The angles of the reference body's arm with the elbow at a swivel.
fn angles(side: Side, pose: &Articulation, swivel: f32) -> ArmAngles {
    let arm = crate::body::Arm { swivel, ..*pose.arm(side) };
    let shoulder = shoulder(side, pose.shrug[side as usize], arm.wrist);
    let bent = Skeleton::reference().bend_arm(side, shoulder, &arm);
    let rest = Vec3::X * side.sign();
    let (upper, along) = (bent.elbow - shoulder, (bent.wrist - bent.elbow).normalize_or(Vec3::NEG_Y));
    ArmAngles::of(side, upper_arm(rest, upper, along), rest, along, arm.palm)
}

/// The upper arm's rotation from the T-pose: along itself, its hinge square to it and the forearm.
fn upper_arm(rest: Vec3, upper: Vec3, forearm: Vec3) -> Quat {
    let frame = |x: Vec3, hinge: Vec3| {
        let x = x.try_normalize()?;
        let y = hinge.reject_from_normalized(x).try_normalize()?;
        Some(Quat::from_mat3(&Mat3::from_cols(x, y, x.cross(y))))
    };
    match (frame(rest, rest.cross(Vec3::Z)), frame(upper, upper.cross(forearm))) {
        (Some(from), Some(to)) => to * from.inverse(),
        _ => maths::arc(rest, upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_at_ease_are_within_their_limits_and_a_hand_bent_back_is_not() {
        let neutral = Articulation::neutral();
        assert!(Side::BOTH.into_iter().all(|side| arm_excess(side, &neutral) < SLACK));
        let mut bent = neutral.clone();
        // Bent sideways, toward the thumb.
        bent.arms[1].palm *= Quat::from_rotation_y(1.5);
        assert!(arm_excess(Side::Right, &bent) > 0.3);
        let half = Motion { fps: 60.0, frames: vec![neutral, bent] };
        assert_eq!(strain(&half).share, 0.5);
    }
}
