//! The same signing by the other hand.

use super::face_mirror::FACE_MIRROR;
use super::{LandmarkError, PoseSequence};

const WORLD: &str = "POSE_WORLD_LANDMARKS";

impl PoseSequence {
    /// The clip in a mirror: left and right change places in the body's names, the hands and the face
    /// mesh, and x is mirrored in the picture, or about 0 where there is no picture (and for world
    /// landmarks). Fails where a point's counterpart is missing.
    pub fn mirror_horizontal(&self) -> Result<PoseSequence, LandmarkError> {
        let mut sources = Vec::with_capacity(self.point_count());
        for component in &self.layout.components {
            let counterpart = other_side(&component.name);
            for point in &component.points {
                let name = mirrored_point(&component.name, point);
                sources.push((self.layout.need_point(&counterpart, &name)?, component.name == WORLD));
            }
        }
        let width = f32::from(self.size.width);
        let mut mirrored = self.clone();
        let points = sources.len().max(1);
        for (frame, positions) in mirrored.positions.chunks_exact_mut(points).enumerate() {
            let (from, seen) = (self.frame(frame), self.frame_confidences(frame));
            for (i, &(source, is_world)) in sources.iter().enumerate() {
                positions[i] = from[source];
                if seen[source] != 0.0 {
                    positions[i].x = if is_world { -from[source].x } else { width - from[source].x };
                }
                mirrored.confidences[frame * points + i] = seen[source];
            }
        }
        Ok(mirrored)
    }
}

/// A name with left and right exchanged.
fn other_side(name: &str) -> String {
    if name.contains("LEFT") { name.replace("LEFT", "RIGHT") } else { name.replace("RIGHT", "LEFT") }
}

/// The name of a point's counterpart; face mesh points are named by their numbers.
fn mirrored_point(component: &str, point: &str) -> String {
    let number = point.parse::<usize>().ok().filter(|_| component == "FACE_LANDMARKS");
    match number.and_then(|n| FACE_MIRROR.get(n)) {
        Some(image) => image.to_string(),
        None => other_side(point),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::testing::reference;
    use crate::pose::{ImageSize, Layout, holistic};

    #[test]
    fn mirroring_twice_gives_the_clip_back() {
        let Some(folder) = reference() else { return };
        let path = folder.join("jos-letters/fs-sts04b54833c6e9a0c0f4395450b02707c6.pose");
        let clip = PoseSequence::read(path).unwrap();
        let again = clip.mirror_horizontal().unwrap().mirror_horizontal().unwrap();
        let apart = clip.positions.iter().zip(&again.positions).map(|(a, b)| a.distance(*b));
        assert!(apart.fold(0.0, f32::max) < 1e-3);
        assert_eq!(clip.confidences, again.confidences);
    }

    #[test]
    fn the_right_hand_becomes_the_left_one_on_the_other_side_of_the_picture() {
        for layout in [Layout::holistic_543(), Layout::reduced_178()] {
            let size = ImageSize { width: 100, height: 100, depth: 0 };
            let mut clip = PoseSequence::unseen(layout.clone(), size, 25.0, 1);
            let right = layout.point("RIGHT_HAND_LANDMARKS", "THUMB_TIP").unwrap();
            let left = layout.point("LEFT_HAND_LANDMARKS", "THUMB_TIP").unwrap();
            (clip.positions[right].x, clip.confidences[right]) = (10.0, 0.7);
            let mirrored = clip.mirror_horizontal().unwrap();
            assert_eq!((mirrored.positions[left].x, mirrored.confidences[left]), (90.0, 0.7));
            assert_eq!(mirrored.confidences[right], 0.0);
        }
    }

    #[test]
    fn names_change_sides() {
        assert_eq!(mirrored_point("POSE_LANDMARKS", "MOUTH_LEFT"), "MOUTH_RIGHT");
        assert_eq!(mirrored_point("POSE_LANDMARKS", "NOSE"), "NOSE");
        assert_eq!(mirrored_point("FACE_LANDMARKS", "33"), "263");
        assert_eq!(holistic::BODY_NAMES.iter().filter(|n| other_side(n) == **n).count(), 1);
    }
}
