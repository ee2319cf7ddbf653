//! How far points are from the reference body's head, neck and trunk.
//!
//! Shapes are rounded and simple: distances to them must be cheap and smooth, because hands are
//! pushed along their slopes. Their surfaces lie just under the places of [`Place`](super::Place),
//! so that a fingertip on the chin is outside.

use glam::Vec3;

/// Centre of the head in the chest frame, head straight.
const HEAD_CENTRE: Vec3 = Vec3::new(0.0, 0.645, 0.04);
/// Half extents of the head.
const HEAD_RADII: Vec3 = Vec3::new(0.21, 0.345, 0.26);

/// A capsule along y whose depth is squeezed.
struct Trunk {
    from: f32,
    to: f32,
    radius: f32,
    squeeze: f32,
}

const TRUNK: Trunk = Trunk { from: -1.25, to: -0.42, radius: 0.42, squeeze: 1.5 };
const NECK: Trunk = Trunk { from: -0.1, to: 0.40, radius: 0.115, squeeze: 1.0 };

/// The shoulders: a bar along x, its half length, radius and middle.
const SHOULDERS: (f32, f32, Vec3) = (0.40, 0.12, Vec3::new(0.0, -0.03, -0.02));

/// How far a point of the chest frame is outside the body, shoulder widths; negative inside.
pub fn body_clearance(point: Vec3) -> f32 {
    head(point).min(capsule(point, &TRUNK)).min(capsule(point, &NECK)).min(shoulders(point))
}

fn shoulders(point: Vec3) -> f32 {
    let (half, radius, middle) = SHOULDERS;
    let off = point - middle;
    Vec3::new(off.x - off.x.clamp(-half, half), off.y, off.z).length() - radius
}

fn head(point: Vec3) -> f32 {
    let scaled = (point - HEAD_CENTRE) / HEAD_RADII;
    let length = scaled.length();
    if length < 1e-3 {
        return -HEAD_RADII.min_element();
    }
    // First-order distance to an ellipsoid: the level over the level's gradient.
    length * (length - 1.0) / (scaled / HEAD_RADII).length()
}

fn capsule(point: Vec3, trunk: &Trunk) -> f32 {
    let off = Vec3::new(point.x, point.y - point.y.clamp(trunk.from, trunk.to), point.z * trunk.squeeze);
    let distance = off.length();
    // In the squeezed direction a unit of scaled length is less than a unit of length.
    let slope = Vec3::new(off.x, off.y, off.z * trunk.squeeze).length() / distance.max(1e-4);
    (distance - trunk.radius) / slope.max(1.0)
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
}
