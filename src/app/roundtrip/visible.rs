//! Whether a hand can be seen in a picture: it is inside the picture, and what is nearer to the camera
//! does not hide it. A reader is not to be blamed for a hand that nobody could see.

use crate::body::{Bone, Side};
use crate::retarget::Posed;
use crate::stage::Lens;
use glam::{Vec2, Vec3};

/// A hand is hidden when more than this share of its 21 points is.
const MOST_HIDDEN: f32 = 0.34;
/// How close to the picture's edge a hand may be, share of its height.
const EDGE: f32 = 0.01;
/// Half the thickness of a finger, of the palm between wrist and knuckle, and of a forearm in its
/// sleeve, metres.
const RADII: [f32; 3] = [0.008, 0.016, 0.038];
/// What hides must be nearer by so much, metres.
const NEARER: f32 = 0.02;

/// Limbs as seen in the picture: x and y in pixels, z the distance from the camera.
pub(super) struct Seen {
    hands: [Option<[Vec3; 21]>; 2],
    elbows: [Option<Vec3>; 2],
    /// The picture's pixels a metre, at a distance of one metre.
    focal: f32,
}

/// A limb that may hide what is behind it.
struct Bar {
    ends: [Vec3; 2],
    radius: f32,
}

impl Seen {
    /// The limbs of a pose through a lens.
    pub(super) fn new(posed: &Posed, lens: &Lens) -> Seen {
        let project = |point| lens.pixel(point);
        let hand = |side| {
            let points = posed.hand(side)?.map(|point| posed.chest().point(point));
            let mut seen = [Vec3::ZERO; 21];
            for (seen, point) in seen.iter_mut().zip(points) {
                *seen = project(point)?;
            }
            Some(seen)
        };
        let elbow = |bone| posed.bone(bone).and_then(|frame| project(frame.origin));
        Seen {
            hands: Side::BOTH.map(hand),
            elbows: [elbow(Bone::LeftLowerArm), elbow(Bone::RightLowerArm)],
            focal: lens.focal(),
        }
    }

    /// Whether a hand can be seen, in a picture that is free of captions from its upper left corner to
    /// `size`.
    pub(super) fn hand(&self, side: Side, size: Vec2) -> bool {
        let Some(points) = &self.hands[side as usize] else { return false };
        let edge = EDGE * size.y;
        let inside = |point: &Vec3| {
            let at = point.truncate();
            at.cmpge(Vec2::splat(edge)).all() && at.cmple(size - edge).all()
        };
        if !points.iter().all(inside) {
            return false;
        }
        let bars = self.bars(side.other());
        let hidden = points.iter().filter(|point| bars.iter().any(|bar| bar.hides(**point, self.focal)));
        hidden.count() as f32 <= MOST_HIDDEN * points.len() as f32
    }

    /// The forearm, palm and fingers of an arm.
    fn bars(&self, side: Side) -> Vec<Bar> {
        let Some(hand) = &self.hands[side as usize] else { return Vec::new() };
        let [finger, palm, forearm] = RADII;
        let mut bars = Vec::with_capacity(25);
        for root in [1, 5, 9, 13, 17] {
            bars.push(Bar { ends: [hand[0], hand[root]], radius: palm });
            for joint in root..root + 3 {
                bars.push(Bar { ends: [hand[joint], hand[joint + 1]], radius: finger });
            }
        }
        if let Some(elbow) = self.elbows[side as usize] {
            bars.push(Bar { ends: [elbow, hand[0]], radius: forearm });
        }
        bars
    }
}

impl Bar {
    fn hides(&self, point: Vec3, focal: f32) -> bool {
        let [from, to] = self.ends;
        let along = (to - from).truncate();
        let t = (point - from).truncate().dot(along) / along.length_squared().max(1e-6);
        let nearest = from.lerp(to, t.clamp(0.0, 1.0));
        let reach = self.radius * focal / nearest.z.max(1e-3);
        nearest.z + NEARER < point.z && nearest.truncate().distance(point.truncate()) < reach
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Vec2 = Vec2::new(1280.0, 720.0);

    /// Hands of 80 × 80 pixels, 2.5 m away, at those places.
    fn seen(left: Vec3, right: Vec3) -> Seen {
        let hand = |at: Vec3| {
            let point = |k: usize| at + Vec3::new((k % 5) as f32 * 20.0, (k / 5) as f32 * 20.0, 0.0);
            Some(std::array::from_fn(point))
        };
        Seen { hands: [hand(left), hand(right)], elbows: [None; 2], focal: 2500.0 }
    }

    #[test]
    fn a_hand_outside_the_picture_is_not_to_be_seen() {
        let at = |y| seen(Vec3::new(800.0, 300.0, 2.5), Vec3::new(300.0, y, 2.5));
        assert!(at(300.0).hand(Side::Right, SIZE));
        assert!(!at(680.0).hand(Side::Right, SIZE) && at(680.0).hand(Side::Left, SIZE));
    }

    #[test]
    fn a_hand_behind_the_other_is_not_to_be_seen_and_the_one_before_is() {
        let both = seen(Vec3::new(400.0, 300.0, 2.4), Vec3::new(402.0, 301.0, 2.6));
        assert!(both.hand(Side::Left, SIZE) && !both.hand(Side::Right, SIZE));
        let apart = seen(Vec3::new(400.0, 300.0, 2.4), Vec3::new(520.0, 300.0, 2.6));
        assert!(apart.hand(Side::Right, SIZE));
    }
}
