//! The 543 Holistic landmarks of a posed body: what a camera's model would find of it.

use super::face_shape;
use super::skeleton::{Joints, Skeleton, on_side};
use super::{Articulation, Side};
use crate::pose::holistic;
use glam::Vec3;

/// Hip, knee, ankle, heel and toe of the left leg, body frame, standing.
const LEG: [Vec3; 5] = [
    Vec3::new(0.34, -1.42, -0.04),
    Vec3::new(0.32, -2.60, 0.02),
    Vec3::new(0.30, -3.70, -0.08),
    Vec3::new(0.29, -3.82, -0.18),
    Vec3::new(0.33, -3.86, 0.30),
];

/// Face mesh points that stand for the body's nose, eyes (inner, middle from inner and outer, outer;
/// left then right), ears and mouth corners.
const NOSE: usize = 4;
const EYES: [[usize; 2]; 2] = [[362, 263], [133, 33]];
const EARS: [usize; 2] = [454, 234];
const MOUTH: [usize; 2] = [291, 61];

impl Skeleton {
    /// The 543 Holistic landmarks in the body frame: body 33, face 468, left and right hand 21.
    pub fn landmarks(&self, pose: &Articulation) -> Vec<Vec3> {
        let joints = self.joints(pose);
        let face =
            face_shape::face(&pose.face).into_iter().map(|p| joints.head.point(face_shape::in_head(p)));
        let mut points = vec![Vec3::ZERO; holistic::POINTS];
        for (point, at) in points[holistic::FACE].iter_mut().zip(face) {
            *point = at;
        }
        points[holistic::LEFT_HAND].copy_from_slice(&joints.hands[0]);
        points[holistic::RIGHT_HAND].copy_from_slice(&joints.hands[1]);
        let body = body_points(&points[holistic::FACE], &joints);
        points[holistic::BODY].copy_from_slice(&body);
        points
    }
}

/// The 33 body points, from the face's 468 and the joints.
fn body_points(face: &[Vec3], joints: &Joints) -> [Vec3; 33] {
    let mut body = [Vec3::ZERO; 33];
    body[0] = face[NOSE];
    for side in Side::BOTH {
        let s = side as usize;
        let [inner, outer] = EYES[s].map(|i| face[i]);
        body[1 + 3 * s] = inner;
        body[2 + 3 * s] = (inner + outer) / 2.0;
        body[3 + 3 * s] = outer;
        body[7 + s] = face[EARS[s]];
        body[9 + s] = face[MOUTH[s]];
        let hand = &joints.hands[s];
        body[11 + s] = joints.shoulders[s];
        body[13 + s] = joints.elbows[s];
        body[15 + s] = hand[0];
        body[17 + s] = hand[17];
        body[19 + s] = hand[5];
        body[21 + s] = hand[2];
        for (i, &point) in LEG.iter().enumerate() {
            body[23 + 2 * i + s] = on_side(side, point);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signer_at_ease_is_symmetric_and_finite() {
        let points = Skeleton::reference().landmarks(&Articulation::neutral());
        assert_eq!(points.len(), 543);
        assert!(points.iter().all(|p| p.is_finite()));
        for i in 0..21 {
            let (left, right) = (points[501 + i], points[522 + i]);
            assert!((left - right * Vec3::new(-1.0, 1.0, 1.0)).length() < 1e-5, "{i}: {left} {right}");
        }
    }
}
