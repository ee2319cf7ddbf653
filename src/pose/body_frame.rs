//! From a camera's pixels to the signer's own frame, which motion is measured in.
//!
//! MediaPipe gives every part its own depth, and none is a distance to the camera: the body's z
//! begins at the hips, a hand's at its wrist, the face's inside the head. They cannot be joined
//! without guessing, so each part keeps its own zero here, and what uses them joins them.

use super::{LandmarkError, PoseSequence};
use glam::Vec3;
use std::ops::Range;

const BODY: &str = "POSE_LANDMARKS";
const WORLD: &str = "POSE_WORLD_LANDMARKS";
const FACE: &str = "FACE_LANDMARKS";
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];

/// Face mesh points before the two ears; half-way between them is the face's zero in depth.
pub const FACE_SIDES: [&str; 2] = ["234", "454"];

/// Where a signer is, and how large: the clip's means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shoulders {
    /// Half-way between the shoulders.
    pub middle: Vec3,
    /// The distance between them, in 3-d.
    pub width: f32,
}

impl PoseSequence {
    /// The shoulders' mean middle and mean distance, over the frames in which both are seen.
    pub fn shoulders(&self) -> Result<Shoulders, LandmarkError> {
        self.shoulders_of(BODY)
    }

    fn shoulders_of(&self, component: &str) -> Result<Shoulders, LandmarkError> {
        let left = self.layout.need_point(component, "LEFT_SHOULDER")?;
        let right = self.layout.need_point(component, "RIGHT_SHOULDER")?;
        let (mut middle, mut width, mut count) = (glam::DVec3::ZERO, 0.0, 0_u32);
        for frame in 0..self.frame_count() {
            let (positions, seen) = (self.frame(frame), self.frame_confidences(frame));
            let (a, b) = (positions[left].as_dvec3(), positions[right].as_dvec3());
            if seen[left] != 0.0 && seen[right] != 0.0 && (a + b).is_finite() {
                middle += (a + b) / 2.0;
                width += a.distance(b);
                count += 1;
            }
        }
        let width = (width / f64::from(count)) as f32;
        if count == 0 || width <= 0.0 || !width.is_finite() {
            return Err(LandmarkError::NoShoulders { frames: self.frame_count() });
        }
        Ok(Shoulders { middle: (middle / f64::from(count)).as_vec3(), width })
    }

    /// The signer's frame: shoulder widths, origin half-way between the shoulders, x to the signer's
    /// left, y up, z toward the viewer. One translation and one scale for the whole clip.
    ///
    /// - The body's z begins at the shoulders, with MediaPipe's exaggeration as it is.
    /// - A hand's z begins at its own wrist, the face's between its points 234 and 454, frame by frame.
    /// - World landmarks get an origin and a scale of their own.
    /// - A picture without a depth means z as MediaPipe gives it, in picture widths; else z is in
    ///   pixels, as x is.
    /// - Positions that are no numbers become unseen; unseen points are at the origin.
    /// - The picture's size becomes 0: nothing refers to it any more.
    pub fn to_body_frame(&self) -> Result<PoseSequence, LandmarkError> {
        let mut clip = self.clone();
        clip.hide_unusable();
        clip.scale_depth();
        let body = clip.shoulders()?;
        let world = clip.shoulders_of(WORLD).ok();
        let mut start = 0;
        for component in &self.layout.components {
            let points = start..start + component.points.len();
            start = points.end;
            let origin = match component.name.as_str() {
                WORLD => world.unwrap_or(body),
                _ => body,
            };
            let zero: Vec<usize> = match component.name.as_str() {
                FACE => FACE_SIDES.iter().filter_map(|p| self.layout.point(FACE, p)).collect(),
                name if HANDS.contains(&name) => self.layout.point(name, "WRIST").into_iter().collect(),
                _ => Vec::new(),
            };
            clip.bring_to_frame(points, origin, &zero);
        }
        clip.size = Default::default();
        Ok(clip)
    }

    /// Moves and scales some points; their z begins at the mean of the points `zero`, else at the
    /// origin.
    fn bring_to_frame(&mut self, points: Range<usize>, origin: Shoulders, zero: &[usize]) {
        let count = self.point_count();
        let frames = self.positions.chunks_exact_mut(count).zip(self.confidences.chunks_exact(count));
        for (positions, confidences) in frames {
            let depths = zero.iter().filter(|&&i| confidences[i] != 0.0).map(|&i| positions[i].z);
            let middle = match depths.clone().count() {
                0 => origin.middle,
                n => origin.middle.with_z(depths.sum::<f32>() / n as f32),
            };
            for i in points.clone().filter(|&i| confidences[i] != 0.0) {
                positions[i] = (positions[i] - middle) / origin.width * Vec3::new(1.0, -1.0, -1.0);
            }
        }
    }

    fn scale_depth(&mut self) {
        if self.size.depth == 0 && self.size.width > 0 {
            let width = f32::from(self.size.width);
            let world = self.layout.component_range(WORLD).unwrap_or(0..0);
            let count = self.point_count();
            for (i, position) in self.positions.iter_mut().enumerate() {
                if !world.contains(&(i % count)) {
                    position.z *= width;
                }
            }
        }
    }

    /// Marks points unseen whose position or confidence is no number, and moves unseen ones to zero.
    pub(super) fn hide_unusable(&mut self) {
        for (position, confidence) in self.positions.iter_mut().zip(&mut self.confidences) {
            if *confidence == 0.0 || !confidence.is_finite() || !position.is_finite() {
                (*position, *confidence) = (Vec3::ZERO, 0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{ImageSize, Layout, holistic};

    fn signer() -> PoseSequence {
        let size = ImageSize { width: 640, height: 480, depth: 640 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, 2);
        for frame in 0..2 {
            let mut put = |point: usize, x: f32, y: f32, z: f32| {
                let at = frame * holistic::POINTS + point;
                clip.positions[at] = Vec3::new(x, y, z);
                clip.confidences[at] = 1.0;
            };
            put(11, 400.0, 300.0, -50.0);
            put(12, 200.0, 300.0, -50.0);
            put(15, 400.0, 500.0, -250.0);
            put(holistic::LEFT_HAND.start, 400.0, 500.0, 7.0);
            put(holistic::LEFT_HAND.start + 8, 400.0, 440.0, -3.0);
        }
        clip
    }

    #[test]
    fn the_left_shoulder_is_at_plus_a_half_and_a_low_near_wrist_is_below_and_before() {
        let clip = signer().to_body_frame().unwrap();
        assert_eq!(clip.frame(1)[11], Vec3::new(0.5, 0.0, 0.0));
        assert_eq!(clip.frame(1)[12], Vec3::new(-0.5, 0.0, 0.0));
        assert_eq!(clip.frame(0)[15], Vec3::new(0.5, -1.0, 1.0));
    }

    #[test]
    fn a_hands_depth_begins_at_its_wrist() {
        let clip = signer().to_body_frame().unwrap();
        let hand = &clip.frame(0)[holistic::LEFT_HAND];
        assert_eq!(hand[0], Vec3::new(0.5, -1.0, 0.0));
        assert!((hand[8] - Vec3::new(0.5, -0.7, 0.05)).length() < 1e-6);
    }

    #[test]
    fn depth_in_picture_widths_and_in_pixels_give_the_same() {
        let pixels = signer();
        let mut widths = pixels.clone();
        widths.size.depth = 0;
        widths.positions.iter_mut().for_each(|p| p.z /= 640.0);
        let (a, b) = (pixels.to_body_frame().unwrap(), widths.to_body_frame().unwrap());
        let apart = a.positions.iter().zip(&b.positions).map(|(a, b)| a.distance(*b));
        assert!(apart.fold(0.0, f32::max) < 1e-5);
    }

    #[test]
    fn what_is_no_number_becomes_unseen() {
        let mut clip = signer();
        clip.positions[15].x = f32::NAN;
        let clip = clip.to_body_frame().unwrap();
        assert_eq!((clip.frame_confidences(0)[15], clip.frame(0)[15]), (0.0, Vec3::ZERO));
    }

    #[test]
    fn without_shoulders_there_is_no_frame() {
        let clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 30.0, 3);
        assert_eq!(clip.to_body_frame().unwrap_err(), LandmarkError::NoShoulders { frames: 3 });
    }
}
