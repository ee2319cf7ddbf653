//! What hands must not pass through: the body ([`body_clearance`]) and the other hand.

use crate::body::{Arm, Hand, Side, body_clearance};
use glam::Vec3;

/// The 21 points of a hand, in the chest frame.
pub(super) type HandPoints = [Vec3; 21];

/// Where an arm's hand is, in the chest frame.
pub(super) fn hand_points(side: Side, arm: &Arm) -> HandPoints {
    Hand::REFERENCE.points(side, &arm.shape).map(|point| arm.wrist + arm.palm * point)
}

/// The least clearance of a hand's points from the body.
pub(super) fn hand_clearance(points: &HandPoints) -> f32 {
    // Wrist, outer knuckles, and the joints and tips of thumb and fingers: the rest lies between.
    const OUTLINE: [usize; 17] = [0, 3, 4, 5, 17, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20];
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

    #[test]
    fn hanging_arms_touch_nothing() {
        for side in Side::BOTH {
            let points = hand_points(side, &Arm::relaxed(side));
            assert!(hand_clearance(&points) > 0.05);
        }
    }
}
