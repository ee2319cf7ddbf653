//! Regions of interest: turned rectangles in a picture that networks see as their whole world.
//!
//! A region is what MediaPipe calls a `NormalizedRect`: its place and size in parts of the picture's width and
//! height, its rotation clockwise in the picture. Geometry happens in pixels, in 32-bit floats as the
//! reference has it. The names in brackets are the calculators that these functions stand for.

use glam::{Vec2, Vec3};
use std::f64::consts::PI;

/// A turned rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Roi {
    /// In parts of the picture.
    pub(super) centre: Vec2,
    /// Width in parts of the picture's width, height in parts of its height.
    pub(super) size: Vec2,
    /// Radians, clockwise on the screen, in [-π, π).
    pub(super) rotation: f32,
}

/// How a region is enlarged and moved before it is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enlarged {
    /// The longer side becomes both sides, times this.
    pub(super) scale: f32,
    /// Along the region's own vertical, in heights before squaring.
    pub(super) shift_y: f32,
}

/// What two points say of a direction: which way it goes, and which way it should go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upright {
    /// In parts of the picture.
    pub(super) from: Vec2,
    /// In parts of the picture.
    pub(super) to: Vec2,
    /// Where `from` → `to` points in an upright region, counter-clockwise from the right.
    pub(super) target: f32,
}

impl Upright {
    /// The rotation that a region needs for it. [`DetectionsToRectsCalculator::ComputeRotation`]
    pub(super) fn rotation(self, size_px: Vec2) -> f32 {
        let along = self.to * size_px - self.from * size_px;
        wrapped(self.target - (-along.y).atan2(along.x))
    }
}

impl Roi {
    /// A square around `from` whose half side is the way to `to`. [AlignmentPointsRectsCalculator]
    pub(super) fn aligned(points: Upright, size_px: Vec2) -> Self {
        let centre_px = points.from * size_px;
        let side_px = 2.0 * (points.to * size_px - centre_px).length();
        Self {
            centre: centre_px / size_px,
            size: Vec2::splat(side_px) / size_px,
            rotation: points.rotation(size_px),
        }
    }

    /// The upright box around points, turned about its centre.
    /// [LandmarksToDetectionCalculator, DetectionsToRectsCalculator]
    pub(super) fn around(points: impl Iterator<Item = Vec2>, upright: Upright, size_px: Vec2) -> Self {
        let (low, high) = bounds(points);
        Self { centre: low + (high - low) / 2.0, size: high - low, rotation: upright.rotation(size_px) }
    }

    /// The same as [`Roi::around`], rounded as the reference does where it has keypoints only.
    /// [DetectionsToRectsCalculator with USE_KEYPOINTS]
    pub(super) fn across(points: impl Iterator<Item = Vec2>, upright: Upright, size_px: Vec2) -> Self {
        let (low, high) = bounds(points);
        Self { centre: (low + high) / 2.0, size: high - low, rotation: upright.rotation(size_px) }
    }

    /// A point of its crop, x and y in [0, 1] of it, in parts of the picture, by one matrix for the whole way.
    /// [MATRIX of ImageToTensorCalculator, DetectionProjectionCalculator]
    pub(super) fn image_from_unstretched(self, point: Vec2, size_px: Vec2) -> Vec2 {
        let side = (self.size * size_px).max_element();
        let (sin, cos) = (self.rotation.sin(), self.rotation.cos());
        let centre = self.centre * size_px;
        let inverse = 1.0 / size_px;
        let x = Vec2::new(side * cos, side * sin) * inverse;
        let y = Vec2::new(-side * sin, side * cos) * inverse;
        let (half_x, half_y) = (-0.5 * side * cos, -0.5 * side * sin);
        let origin = Vec2::new(half_x + 0.5 * side * sin + centre.x, half_x + half_y + centre.y) * inverse;
        x * point.x + y * point.y + origin
    }

    /// Moved, then squared, then scaled. [RectTransformationCalculator with `square_long`]
    pub(super) fn enlarged(self, by: Enlarged, size_px: Vec2) -> Self {
        let shift = if self.rotation == 0.0 {
            Vec2::new(0.0, self.size.y * by.shift_y)
        } else {
            turned(Vec2::new(0.0, size_px.y * self.size.y * by.shift_y), self.rotation) / size_px
        };
        let long_px = (self.size * size_px).max_element();
        Self {
            centre: self.centre + shift,
            size: Vec2::splat(long_px) / size_px * by.scale,
            rotation: self.rotation,
        }
    }

    /// A point of its crop, x and y in [0, 1] of it, in parts of the picture, where the crop was made square.
    pub(super) fn image_from_square_crop(self, point: Vec3, size_px: Vec2) -> Vec3 {
        self.image_from_roi(Letterbox::of(self.size * size_px).removed(point))
    }

    /// A point of the region, x and y in [0, 1] of it, in parts of the picture. The region must be square in
    /// pixels. [LandmarkProjectionCalculator]
    pub(super) fn image_from_roi(self, point: Vec3) -> Vec3 {
        let at = turned(point.truncate() - 0.5, self.rotation) * self.size + self.centre;
        at.extend(point.z * self.size.x)
    }

    /// Whether a crop of it is defined.
    pub(super) fn is_usable(self) -> bool {
        self.centre.is_finite()
            && self.size.is_finite()
            && self.rotation.is_finite()
            && self.size.min_element() > 0.0
    }
}

/// The bands that make a region square before it is cropped, in [0, 1] of the crop: on its left and right, above
/// and below it. [LETTERBOX_PADDING of ImageToTensorCalculator]
///
/// Regions are square in pixels but for rounding; its traces are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letterbox(Vec2);

impl Letterbox {
    /// That of a region of a size in pixels.
    pub(super) fn of(roi_px: Vec2) -> Self {
        let aspect = roi_px.y / roi_px.x;
        Self(if aspect < 1.0 {
            Vec2::new(0.0, (1.0 - aspect) / 2.0)
        } else {
            Vec2::new((1.0 - 1.0 / aspect) / 2.0, 0.0)
        })
    }

    /// From the crop to the region, both in [0, 1].
    /// [LandmarkLetterboxRemovalCalculator, DetectionLetterboxRemovalCalculator]
    pub(super) fn removed(self, point: Vec3) -> Vec3 {
        let inner = 1.0 - (self.0 + self.0);
        ((point.truncate() - self.0) / inner).extend(point.z / inner.x)
    }
}

/// The smallest and the largest coordinates of points.
///
/// The reference begins its search for the largest at the smallest *positive* float, so a box that lies
/// beyond the left or the upper edge reaches back to it. Its regions there are what tracking goes on with.
pub(super) fn bounds(points: impl Iterator<Item = Vec2>) -> (Vec2, Vec2) {
    let start = (Vec2::MAX, Vec2::splat(f32::MIN_POSITIVE));
    points.fold(start, |(low, high), point| (low.min(point), high.max(point)))
}

/// A vector turned clockwise on the screen.
pub(super) fn turned(vector: Vec2, radians: f32) -> Vec2 {
    let (sin, cos) = radians.sin_cos();
    Vec2::new(vector.x * cos - vector.y * sin, vector.x * sin + vector.y * cos)
}

/// An angle within [-π, π).
pub(super) fn wrapped(radians: f32) -> f32 {
    // In 64 bits like the reference, whose π is a double.
    let angle = f64::from(radians);
    (angle - 2.0 * PI * ((angle + PI) / (2.0 * PI)).floor()) as f32
}

#[cfg(test)]
mod tests {
    use super::{Enlarged, Roi, Upright, bounds, wrapped};
    use glam::{Vec2, Vec3};
    use proptest::prelude::*;
    use std::f32::consts::{FRAC_PI_2, PI};

    const SIZE_PX: Vec2 = Vec2::new(640.0, 480.0);

    fn upright(from: [f32; 2], to: [f32; 2], target: f32) -> Upright {
        Upright { from: from.into(), to: to.into(), target }
    }

    #[test]
    fn a_person_who_stands_upright_has_an_upright_region() {
        let roi = Roi::aligned(upright([0.5, 0.5], [0.5, 0.25], FRAC_PI_2), SIZE_PX);
        assert!(roi.rotation.abs() < 1e-6, "{roi:?}");
        assert!((roi.size * SIZE_PX - 240.0).length() < 1e-4);
    }

    #[test]
    fn a_person_who_leans_to_the_right_of_the_picture_is_turned_clockwise() {
        let roi = Roi::aligned(upright([0.5, 0.5], [0.75, 0.5], FRAC_PI_2), SIZE_PX);
        assert!((roi.rotation - FRAC_PI_2).abs() < 1e-6, "{roi:?}");
    }

    #[test]
    fn a_region_moves_along_its_own_vertical_by_its_height_before_squaring() {
        let roi = Roi { centre: Vec2::splat(0.5), size: Vec2::new(0.5, 0.25), rotation: FRAC_PI_2 };
        let moved = roi.enlarged(Enlarged { scale: 2.0, shift_y: -0.1 }, SIZE_PX);
        assert!((moved.centre * SIZE_PX - Vec2::new(320.0 + 12.0, 240.0)).length() < 1e-3, "{moved:?}");
        assert!((moved.size * SIZE_PX - 640.0).length() < 1e-3);
    }

    #[test]
    fn a_box_left_of_the_picture_reaches_to_its_edge() {
        let points = [Vec2::new(-0.4, 0.2), Vec2::new(-0.2, 0.3)];
        let (low, high) = bounds(points.into_iter());
        assert_eq!(low, Vec2::new(-0.4, 0.2));
        assert!(high.x.abs() < 1e-6 && high.y == 0.3, "{high}");
    }

    proptest! {
        #[test]
        fn angles_are_wrapped_and_keep_their_direction(angle in -20.0_f32..20.0) {
            let same = wrapped(angle);
            prop_assert!((-PI - 1e-6..PI + 1e-6).contains(&same));
            prop_assert!((same.sin() - angle.sin()).abs() < 1e-5 && (same.cos() - angle.cos()).abs() < 1e-5);
        }

        #[test]
        fn projection_keeps_proportions_in_pixels(
            rotation in -3.0_f32..3.0, side in 20.0_f32..900.0, u in 0.0_f32..1.0, v in 0.0_f32..1.0,
        ) {
            let roi = Roi { centre: Vec2::new(0.4, 0.6), size: Vec2::splat(side) / SIZE_PX, rotation };
            let at = roi.image_from_roi(Vec3::new(u, v, 0.0)).truncate();
            let from_centre_px = ((at - roi.centre) * SIZE_PX).length();
            let expected_px = (Vec2::new(u, v) - 0.5).length() * side;
            prop_assert!((from_centre_px - expected_px).abs() < 2e-3);
        }
    }
}
