//! Whether a part is followed from the last frame or looked for anew. [RoiTrackingCalculator]
//!
//! Each frame has a region found afresh, which is steady but coarse, and one around the landmarks of the
//! last frame, which is finer and late. The second is used as long as the networks, which were trained on
//! regions that much askew, can bear the difference.

use super::roi::{Roi, turned};
use glam::{Vec2, Vec3};

/// How far the last frame's region may be from the fresh one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    /// Degrees.
    pub(super) rotation_deg: f32,
    /// Along each axis of the fresh region, in its sides.
    pub(super) translation: f32,
    /// Of the fresh region's sides.
    pub(super) scale: f32,
    /// How much larger than the fresh region the box is that must hold all landmarks of the last frame;
    /// negative for smaller.
    pub(super) margin: f32,
}

/// The region to look in: `previous` where it is near enough to `fresh`, else `fresh`.
///
/// `landmarks` are the last frame's, and `previous` is the region around them.
pub(super) fn tracked(
    landmarks: &[Vec3],
    previous: Roi,
    fresh: Roi,
    tolerance: Tolerance,
    size_px: Vec2,
) -> Roi {
    let is_near = is_near(previous, fresh, tolerance, size_px);
    let is_inside = is_near && are_inside(landmarks, fresh, tolerance.margin, size_px);
    if is_inside { previous } else { fresh }
}

fn is_near(previous: Roi, fresh: Roi, tolerance: Tolerance, size_px: Vec2) -> bool {
    let to_degrees = |radians: f32| (f64::from(radians) / std::f64::consts::PI * 180.0) as f32;
    let turn_deg = to_degrees(previous.rotation) - to_degrees(fresh.rotation);
    let turn_deg = if turn_deg > 180.0 { turn_deg - 360.0 } else { turn_deg };
    let turn_deg = if turn_deg < -180.0 { turn_deg + 360.0 } else { turn_deg };
    let fresh_px = fresh.size * size_px;
    let moved_px =
        (fresh_axes(previous.centre, fresh, size_px) - fresh_axes(fresh.centre, fresh, size_px)).abs();
    let grown_px = (previous.size * size_px - fresh_px).abs();
    turn_deg.abs() <= tolerance.rotation_deg
        && moved_px.cmple(fresh_px * tolerance.translation).all()
        && grown_px.cmple(fresh_px * tolerance.scale).all()
}

fn are_inside(landmarks: &[Vec3], fresh: Roi, margin: f32, size_px: Vec2) -> bool {
    let centre = fresh_axes(fresh.centre, fresh, size_px);
    let half = fresh.size * size_px * (1.0 + margin) * 0.5;
    let (low, high) = (centre - half, centre + half);
    landmarks.iter().all(|landmark| {
        let at = fresh_axes(landmark.truncate(), fresh, size_px);
        low.cmplt(at).all() && at.cmplt(high).all()
    })
}

/// A point of the picture in pixels, turned so that the fresh region's sides are level.
fn fresh_axes(point: Vec2, fresh: Roi, size_px: Vec2) -> Vec2 {
    turned(point * size_px, -fresh.rotation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE_PX: Vec2 = Vec2::new(500.0, 250.0);
    const HAND: Tolerance = Tolerance { rotation_deg: 40.0, translation: 0.2, scale: 0.4, margin: -0.1 };

    fn roi(x_px: f32, y_px: f32, side_px: f32, rotation_deg: f32) -> Roi {
        Roi {
            centre: Vec2::new(x_px, y_px) / SIZE_PX,
            size: Vec2::splat(side_px) / SIZE_PX,
            rotation: rotation_deg.to_radians(),
        }
    }

    fn follows(landmarks: &[Vec3], previous: Roi, fresh: Roi) -> bool {
        tracked(landmarks, previous, fresh, HAND, SIZE_PX) == previous
    }

    #[test]
    fn a_hand_is_followed_until_it_turns_moves_or_grows_too_much() {
        let fresh = roi(200.0, 100.0, 100.0, 0.0);
        assert!(follows(&[], roi(219.0, 81.0, 139.0, 39.0), fresh));
        assert!(!follows(&[], roi(200.0, 100.0, 100.0, 41.0), fresh));
        assert!(!follows(&[], roi(221.0, 100.0, 100.0, 0.0), fresh));
        assert!(!follows(&[], roi(200.0, 79.0, 100.0, 0.0), fresh));
        assert!(!follows(&[], roi(200.0, 100.0, 59.0, 0.0), fresh));
        assert!(!follows(&[], roi(200.0, 100.0, 141.0, 0.0), fresh));
    }

    #[test]
    fn angles_either_side_of_half_a_turn_are_near() {
        assert!(follows(&[], roi(200.0, 100.0, 100.0, 179.0), roi(200.0, 100.0, 100.0, -179.0)));
    }

    #[test]
    fn a_finger_outside_the_fresh_region_ends_it() {
        let fresh = roi(200.0, 100.0, 100.0, 0.0);
        let previous = roi(201.0, 100.0, 100.0, 0.0);
        let at = |x_px: f32| [(Vec2::new(x_px, 100.0) / SIZE_PX).extend(0.0)];
        assert!(follows(&at(244.0), previous, fresh) && !follows(&at(246.0), previous, fresh));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_way_the_picture_is_turned(
            turn_deg in -170.0_f32..170.0, x_px in 0.0_f32..30.0, y_px in 0.0_f32..30.0,
        ) {
            prop_assume!((x_px - 20.0).abs() > 0.1 && (y_px - 20.0).abs() > 0.1);
            let fresh = roi(250.0, 125.0, 100.0, turn_deg);
            let moved = turned(Vec2::new(x_px, y_px), turn_deg.to_radians());
            let previous = roi(250.0 + moved.x, 125.0 + moved.y, 100.0, turn_deg);
            prop_assert_eq!(follows(&[], previous, fresh), x_px <= 20.0 && y_px <= 20.0);
        }
    }
}
