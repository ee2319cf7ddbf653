//! What hands must not pass through: head, neck and trunk of the reference body, and the other hand.
//!
//! Shapes are rounded and simple, because transitions only need to know on which side of the body
//! to pass, and distances to them must be cheap and smooth. Their surfaces lie just under the places
//! of [`Place`](crate::body::Place), so that a fingertip on the chin is outside.

use crate::body::{Arm, Hand, Side};
use glam::Vec3;

/// Centre of the head in the chest frame, head straight.
const HEAD_CENTRE: Vec3 = Vec3::new(0.0, 0.645, 0.04);
/// Half extents of the head.
const HEAD_RADII: Vec3 = Vec3::new(0.21, 0.345, 0.26);
/// The trunk is a capsule along y, its depth squeezed: from, to, radius across, squeeze.
const TRUNK: (f32, f32, f32, f32) = (-1.25, -0.42, 0.42, 1.5);
/// The shoulders: a bar along x: half length, radius, and its middle.
const SHOULDERS: (f32, f32, Vec3) = (0.40, 0.12, Vec3::new(0.0, -0.03, -0.02));
/// The neck, as the trunk.
const NECK: (f32, f32, f32, f32) = (-0.1, 0.40, 0.115, 1.0);

/// The 21 points of a hand, in the chest frame.
pub(super) type HandPoints = [Vec3; 21];

/// Where an arm's hand is, in the chest frame.
pub(super) fn hand_points(side: Side, arm: &Arm) -> HandPoints {
    Hand::REFERENCE.points(side, &arm.shape).map(|point| arm.wrist + arm.palm * point)
}

/// How far a point of the chest frame is outside the body, shoulder widths; negative inside.
pub fn body_clearance(point: Vec3) -> f32 {
    head(point).min(capsule(point, TRUNK)).min(capsule(point, NECK)).min(shoulders(point))
}

fn shoulders(point: Vec3) -> f32 {
    let (half, radius, middle) = SHOULDERS;
    let off = point - middle;
    Vec3::new(off.x - off.x.clamp(-half, half), off.y, off.z).length() - radius
}

fn head(point: Vec3) -> f32 {
    let scaled = (point - HEAD_CENTRE) / HEAD_RADII;
    let length = scaled.length();
    // First-order distance to an ellipsoid: the level over the level's gradient.
    if length < 1e-3 {
        return -HEAD_RADII.min_element();
    }
    length * (length - 1.0) / (scaled / HEAD_RADII).length()
}

fn capsule(point: Vec3, (from, to, radius, squeeze): (f32, f32, f32, f32)) -> f32 {
    let off = Vec3::new(point.x, point.y - point.y.clamp(from, to), point.z * squeeze);
    let distance = off.length();
    // In the squeezed direction a unit of scaled length is less than a unit of length.
    let slope =
        if distance > 1e-4 { Vec3::new(off.x, off.y, off.z * squeeze).length() / distance } else { 1.0 };
    (distance - radius) / slope.max(1.0)
}

/// The least clearance of a hand's points from the body.
pub(super) fn hand_clearance(points: &HandPoints) -> f32 {
    // Wrist, outer knuckles, and the middle joints and tips of thumb and fingers: the rest lies between.
    const OUTLINE: [usize; 12] = [0, 3, 4, 5, 17, 6, 8, 10, 12, 16, 18, 20];
    OUTLINE.iter().map(|&i| body_clearance(points[i])).fold(f32::INFINITY, f32::min)
}

/// The arm so far forward that its hand is before the body and not in it.
pub(super) fn before_the_body(side: Side, mut arm: Arm) -> Arm {
    const STEP: f32 = 0.08;
    const FREE: f32 = 0.03;
    for _ in 0..6 {
        if hand_clearance(&hand_points(side, &arm)) > FREE {
            break;
        }
        arm.wrist.z += STEP;
    }
    arm
}

/// How far two hands are apart: between their palms and their middle fingers, less a thickness.
pub(super) fn hands_apart(a: &HandPoints, b: &HandPoints) -> f32 {
    const THICKNESS: f32 = 0.12;
    // Wrist, middle of the palm, knuckle and tip of the middle finger.
    let spine = |hand: &HandPoints| [hand[0], hand[0].midpoint(hand[9]), hand[9], hand[12]];
    let mut least = f32::INFINITY;
    for p in spine(a) {
        for q in spine(b) {
            least = least.min(p.distance_squared(q));
        }
    }
    least.sqrt() - THICKNESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Place;

    #[test]
    fn places_on_the_skin_are_outside_and_not_far() {
        for place in Place::ALL {
            let clear = body_clearance(place.position());
            assert!(clear > -0.02, "{place:?}: {clear}");
            if !format!("{place:?}").starts_with("Neutral") {
                assert!(clear < 0.25, "{place:?}: {clear}");
            }
        }
    }

    #[test]
    fn the_middles_of_head_and_trunk_are_inside() {
        for (x, y, z) in [(0.0, 0.65, 0.05), (0.0, -0.6, 0.0), (0.0, 0.1, 0.0), (0.3, -0.5, 0.0)] {
            assert!(body_clearance(Vec3::new(x, y, z)) < -0.05);
        }
    }

    #[test]
    fn hanging_arms_touch_nothing() {
        for side in Side::BOTH {
            let points = hand_points(side, &Arm::relaxed(side));
            assert!(hand_clearance(&points) > 0.05);
        }
    }
}
