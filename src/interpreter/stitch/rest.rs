//! How the signer stands between headlines: hands folded before the belly, a calm, friendly face.

use crate::body::{ArKit, Arm, Articulation, FaceWeights, FingerAngles, HandShape, Side, ThumbAngles};
use glam::{Mat3, Quat, Vec3};

/// The signer at rest: where every utterance begins and ends, and what idling is about.
pub fn rest() -> Articulation {
    Articulation { arms: Side::BOTH.map(rest_arm), face: friendly(1.0), ..Articulation::neutral() }
}

/// An arm at rest, its hand before the belly. The right hand lies on the left one, a finger's thickness
/// before it, so that on other bodies than the reference they still touch without passing through each
/// other.
pub(super) fn rest_arm(side: Side) -> Arm {
    let (wrist, fingers) = match side {
        Side::Left => (Vec3::new(0.30, -1.06, 0.43), Vec3::new(-0.93, -0.34, 0.12)),
        Side::Right => (Vec3::new(-0.27, -0.97, 0.58), Vec3::new(0.92, -0.38, 0.20)),
    };
    Arm { wrist, palm: palm(side, fingers, Vec3::new(0.0, -0.12, -1.0)), swivel: 0.22, shape: folded() }
}

/// A hand turned so that its fingers point and its palm faces as given.
fn palm(side: Side, fingers: Vec3, faces: Vec3) -> Quat {
    let along = fingers.normalize_or_zero() * side.sign();
    let back = (-faces).reject_from_normalized(along).normalize_or_zero();
    Quat::from_mat3(&Mat3::from_cols(along, back, along.cross(back)))
}

/// Loose fingers, a little bent round what they lie on.
fn folded() -> HandShape {
    HandShape {
        thumb: ThumbAngles::from_degrees(18.0, 14.0, 12.0, 10.0),
        fingers: [
            FingerAngles::from_degrees(16.0, 2.0, 20.0, 10.0),
            FingerAngles::from_degrees(20.0, 0.0, 24.0, 12.0),
            FingerAngles::from_degrees(24.0, -1.0, 26.0, 13.0),
            FingerAngles::from_degrees(28.0, -3.0, 28.0, 14.0),
        ],
    }
}

/// A friendly face, so much of it: a smile that is just seen, in the cheeks too, brows at ease.
pub(super) fn friendly(amount: f32) -> FaceWeights {
    let mut face = FaceWeights::NEUTRAL;
    for (shapes, weight) in [
        ([ArKit::MouthSmileLeft, ArKit::MouthSmileRight], 0.19),
        ([ArKit::CheekSquintLeft, ArKit::CheekSquintRight], 0.08),
        ([ArKit::MouthDimpleLeft, ArKit::MouthDimpleRight], 0.05),
        ([ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight], 0.05),
    ] {
        shapes.into_iter().for_each(|shape| face[shape] = weight * amount);
    }
    face[ArKit::BrowInnerUp] = 0.06 * amount;
    face
}

#[cfg(test)]
mod tests {
    use super::super::obstacles::{hand_clearance, hand_points};
    use super::*;
    use crate::body::Skeleton;

    #[test]
    fn folded_hands_lie_before_the_belly_and_on_each_other() {
        let [left, right] = Side::BOTH.map(|side| hand_points(side, &rest_arm(side)));
        assert!(hand_clearance(&left) > 0.02 && hand_clearance(&right) > 0.02);
        let nearest = |points: &[Vec3], from: &[Vec3]| {
            from.iter().flat_map(|p| points.iter().map(move |q| p.distance(*q))).fold(f32::INFINITY, f32::min)
        };
        let apart = nearest(&left, &right);
        assert!((0.04..0.16).contains(&apart), "{apart}");
    }

    #[test]
    fn arms_reach_where_they_rest() {
        let joints = Skeleton::reference().joints(&rest());
        for side in Side::BOTH {
            assert!(joints.wrist(side).distance(rest_arm(side).wrist) < 1e-3, "{side:?}");
        }
    }
}
