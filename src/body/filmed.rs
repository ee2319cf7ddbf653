//! A motion as a camera's landmark model would find it.

use super::{Motion, Skeleton};
use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
use glam::{Quat, Vec2, Vec3};

/// The first body point below the hips: legs are outside an interpreter's picture.
const LEGS: std::ops::Range<usize> = 25..33;

/// Where a camera is, and how large the signer is in its picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// The picture.
    pub size: ImageSize,
    /// Pixels a shoulder width, where the shoulders are.
    pub scale_px: f32,
    /// Where the middle between the shoulders is, pixels.
    pub origin_px: Vec2,
    /// `camera_from_body`: how the signer stands to the camera.
    pub turn: Quat,
    /// How much larger what is a shoulder width nearer looks: 1 over the camera's distance in shoulder
    /// widths; 0 of a camera at infinity.
    pub perspective: f32,
}

impl Camera {
    /// Straight before the signer and far away: a picture of 1000 × 1000 pixels in which a shoulder width is
    /// 250 and the middle between the shoulders is at (500, 450), with room for raised arms above and
    /// hanging ones below.
    pub const REFERENCE: Camera = Camera {
        size: ImageSize { width: 1000, height: 1000, depth: 1000 },
        scale_px: 250.0,
        origin_px: Vec2::new(500.0, 450.0),
        turn: Quat::IDENTITY,
        perspective: 0.0,
    };

    /// Where a point of the body frame is in the picture, pixels; z away from the viewer, scaled like x.
    pub fn project(&self, point: Vec3) -> Vec3 {
        let at = self.turn * point;
        // Nobody puts a hand behind the camera; the limit keeps what would be there finite.
        let nearer = 1.0 / (1.0 - self.perspective * at.z).max(0.2);
        self.origin_px.extend(0.0) + at * Vec3::new(self.scale_px, -self.scale_px, -self.scale_px) * nearer
    }
}

/// The 543 Holistic landmarks of every frame, at the motion's rate.
///
/// As in MediaPipe's own `.pose` files: pixels, x right in the picture (the signer's left), y down; z is
/// scaled like x and negative toward the viewer, for all components from one origin. Points have confidence
/// 1, legs 0.
pub fn filmed(motion: &Motion, skeleton: &Skeleton, camera: &Camera) -> PoseSequence {
    let layout = Layout::holistic_543();
    let mut sequence = PoseSequence::unseen(layout, camera.size, motion.fps, motion.frames.len());
    let rows = sequence.positions.chunks_exact_mut(holistic::POINTS);
    let confidences = sequence.confidences.chunks_exact_mut(holistic::POINTS);
    for ((frame, points), confidences) in motion.frames.iter().zip(rows).zip(confidences) {
        for (point, at) in points.iter_mut().zip(skeleton.landmarks(frame)) {
            *point = camera.project(at);
        }
        confidences.fill(1.0);
        confidences[LEGS].fill(0.0);
        points[LEGS].fill(Vec3::ZERO);
    }
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Articulation;

    #[test]
    fn a_turned_signer_is_narrower_and_a_near_hand_larger() {
        let motion = Motion { fps: 60.0, frames: vec![Articulation::neutral()] };
        let turned = Camera { turn: Quat::from_rotation_y(0.5), ..Camera::REFERENCE };
        let width = |camera: &Camera| {
            let clip = filmed(&motion, Skeleton::reference(), camera);
            clip.positions[11].x - clip.positions[12].x
        };
        assert!(width(&turned) < 0.95 * width(&Camera::REFERENCE));
        let near = Camera { perspective: 0.2, ..Camera::REFERENCE };
        let from_the_middle = |camera: &Camera| camera.project(Vec3::new(0.5, 0.0, 1.0)).x - 500.0;
        assert!((from_the_middle(&near) / from_the_middle(&Camera::REFERENCE) - 1.25).abs() < 1e-3);
    }
}
