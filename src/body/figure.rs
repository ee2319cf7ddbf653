//! The reference body's skin: the neutral face, a skull behind it, and a trunk of rounded sections.
//!
//! Its surface lies on the places of [`Place`](super::Place), so that "a fingertip on the chin" is a
//! fingertip whose distance from this is nothing.

use super::hull::{Column, Globe, Hull};
use super::{FACE_POINTS, face_shape, neutral_face};
use glam::{Vec2, Vec3};
use std::sync::OnceLock;

/// Middle of the head, chest frame, head straight.
const MIDDLE: Vec3 = Vec3::new(0.0, 0.62, 0.04);
/// Half extents of the skull about the middle.
const SKULL: Vec3 = Vec3::new(0.215, 0.37, 0.25);
/// How far the face's points shape the surface around them, radians.
const BLUR: f32 = 0.09;

/// Sections of trunk and neck from below: height, half width, depth ahead and behind.
const SECTIONS: [[f32; 4]; 9] = [
    [-1.45, 0.46, 0.26, 0.28],
    [-1.10, 0.43, 0.29, 0.26],
    [-0.85, 0.40, 0.31, 0.25],
    [-0.55, 0.42, 0.30, 0.26],
    [-0.35, 0.44, 0.29, 0.27],
    [-0.12, 0.46, 0.21, 0.26],
    [0.04, 0.46, 0.15, 0.19],
    [0.14, 0.20, 0.135, 0.16],
    [0.36, 0.15, 0.125, 0.14],
];

impl Hull {
    /// The reference body's, shoulder widths.
    pub fn reference() -> &'static Hull {
        static REFERENCE: OnceLock<Hull> = OnceLock::new();
        REFERENCE.get_or_init(|| Hull { head: head(), trunk: trunk() })
    }
}

fn head() -> Globe {
    let points: Vec<(Vec3, f32)> = (0..FACE_POINTS)
        .map(|i| neutral_face()[i] - MIDDLE)
        .map(|off| (off.normalize_or_zero(), off.length()))
        .collect();
    Globe::new(face_shape::in_head(MIDDLE), |direction| {
        let skull = 1.0 / (direction / SKULL).length();
        // The skull counts little where the face is and takes over where it ends.
        let (mut sum, mut weights) = (skull * 0.02, 0.02);
        for &(towards, radius) in &points {
            let square = 2.0 - 2.0 * towards.dot(direction);
            if square < 9.0 * BLUR * BLUR {
                let weight = (-square / (BLUR * BLUR)).exp();
                sum += radius * weight;
                weights += weight;
            }
        }
        sum / weights
    })
}

fn trunk() -> Column {
    let [first, .., last] = &SECTIONS;
    Column::new(Vec2::new(0.0, -0.02), [first[0], last[0]], |direction, height| {
        let after = SECTIONS.partition_point(|s| s[0] < height).clamp(1, SECTIONS.len() - 1);
        let (low, high) = (SECTIONS[after - 1], SECTIONS[after]);
        let t = (height - low[0]) / (high[0] - low[0]);
        let [_, half, ahead, behind]: [f32; 4] = std::array::from_fn(|i| low[i] + (high[i] - low[i]) * t);
        let depth = if direction.z > 0.0 { ahead } else { behind };
        // A section is a little squarer than an ellipse.
        let (across, along) = (direction.x.abs() / half, direction.z.abs() / depth);
        1.0 / (across.powf(2.5) + along.powf(2.5)).powf(0.4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Place, skeleton};
    use glam::Quat;

    #[test]
    fn places_of_the_skin_lie_on_it() {
        let head = skeleton::chest_from_head(Quat::IDENTITY);
        // The shoulder's cap is the arm's.
        let caps = [Place::LeftShoulder, Place::RightShoulder];
        for place in Place::ALL.into_iter().filter(|place| !caps.contains(place)) {
            let clearance = Hull::reference().probe(place.position(), &head).clearance;
            let on_skin = !format!("{place:?}").starts_with("Neutral");
            assert!(!on_skin || clearance.abs() < 0.06, "{place:?}: {clearance}");
            assert!(on_skin || clearance > 0.2, "{place:?}: {clearance}");
        }
    }
}
