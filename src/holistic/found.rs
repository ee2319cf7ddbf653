//! What is found in one frame, in the coordinates that MediaPipe Holistic gives it.

use glam::Vec3;

/// Points of the body.
pub const POSE_POINTS: usize = 33;
/// Points of the face's mesh, without irises.
pub const FACE_POINTS: usize = 468;
/// Points of a hand.
pub const HAND_POINTS: usize = 21;
/// All of them, in the order of [`HolisticFrame::landmarks`].
pub const ALL_POINTS: usize = POSE_POINTS + FACE_POINTS + 2 * HAND_POINTS;

/// The parts found in a frame.
///
/// x and y are in [0, 1] of the picture's width and height, and beyond where a point is guessed outside it. z
/// counts in widths of the picture, away from the viewer, from the hips (body), from the middle of the face or
/// from the wrist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HolisticFrame {
    /// The body, smoothed over time.
    pub pose: Option<PoseFound>,
    /// The face's mesh.
    pub face: Option<Box<[Vec3; FACE_POINTS]>>,
    /// The signer's own left hand.
    pub left_hand: Option<[Vec3; HAND_POINTS]>,
    /// The signer's own right hand.
    pub right_hand: Option<[Vec3; HAND_POINTS]>,
}

/// A body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoseFound {
    /// In the picture.
    pub landmarks: [Vec3; POSE_POINTS],
    /// How surely each point is in the picture and not hidden, in [0, 1].
    pub visibility: [f32; POSE_POINTS],
    /// Metres from the middle of the hips, x right, y down, z away from the viewer.
    pub world: [Vec3; POSE_POINTS],
}

impl HolisticFrame {
    /// Pose, face, left hand, right hand: the order of MediaPipe's 543 points. None where a part was not found.
    pub fn parts(&self) -> [Option<&[Vec3]>; 4] {
        [
            self.pose.as_ref().map(|pose| &pose.landmarks[..]),
            self.face.as_ref().map(|face| &face[..]),
            self.left_hand.as_ref().map(|hand| &hand[..]),
            self.right_hand.as_ref().map(|hand| &hand[..]),
        ]
    }

    /// All 543 points, zeros for parts that were not found.
    pub fn landmarks(&self) -> Vec<Vec3> {
        let counts = [POSE_POINTS, FACE_POINTS, HAND_POINTS, HAND_POINTS];
        let mut all = Vec::with_capacity(ALL_POINTS);
        for (part, count) in self.parts().into_iter().zip(counts) {
            let end = all.len() + count;
            all.extend_from_slice(part.unwrap_or_default());
            all.resize(end, Vec3::ZERO);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_missing_leaves_its_place_empty() {
        let right = [Vec3::ONE; HAND_POINTS];
        let frame = HolisticFrame { right_hand: Some(right), ..HolisticFrame::default() };
        let all = frame.landmarks();
        assert_eq!(all.len(), 543);
        assert!(all[..522].iter().all(|point| *point == Vec3::ZERO));
        assert_eq!(all[522..], right);
    }
}
