//! Where a crop's pixels lie in the picture, to the last bit as OpenCV finds them.
//! [`getPerspectiveTransform`, `warpPerspective`]
//!
//! The corners of a turned rectangle, rounded to 32 bits, are not quite a rectangle, so OpenCV solves for a
//! projective map, inverts it, and walks the crop in blocks. A coordinate that falls between two 1/32 of a pixel
//! goes to either by the last bit of these computations, and a byte that changes by one moves a body by a
//! hundredth of a pixel, which the next frame builds on. Hence the same steps in the same order.

use super::crop::Corners;
use glam::{DVec2, Vec2};

/// Steps of a pixel in which coordinates are counted.
pub(super) const STEPS: i32 = 32;
/// log2 of [`STEPS`].
pub(super) const STEP_BITS: i32 = 5;

/// Pixels of a row that are counted from one start.
const BLOCK: usize = 64;

/// A projective map from the crop to the picture: three rows of three, of which the last gives the divisor.
pub(super) struct Warp([f64; 9]);

impl Warp {
    /// The map that takes the corners of a crop of `side` pixels to `corners`.
    pub(super) fn new(corners: Corners, side: usize) -> Self {
        let side = side as f64;
        let [left_upper, right_upper, right_lower, left_lower] = corners.0.map(Vec2::as_dvec2);
        let pairs = [
            (left_lower, DVec2::new(0.0, side)),
            (left_upper, DVec2::ZERO),
            (right_upper, DVec2::new(side, 0.0)),
            (right_lower, DVec2::splat(side)),
        ];
        Self(inverted(crop_from_image(pairs)))
    }

    /// Where the pixels of row `y` lie, in 1/32 pixel.
    pub(super) fn row(&self, y: usize, row: &mut [[i32; 2]]) {
        let m = self.0;
        let y = y as f64;
        for (block, places) in row.chunks_mut(BLOCK).enumerate() {
            let x = (block * BLOCK) as f64;
            let start: [f64; 3] = std::array::from_fn(|at| m[3 * at] * x + m[3 * at + 1] * y + m[3 * at + 2]);
            for (x, place) in places.iter_mut().enumerate() {
                let x = x as f64;
                let steps = f64::from(STEPS) / (start[2] + m[6] * x);
                *place = [rounded((start[0] + m[0] * x) * steps), rounded((start[1] + m[3] * x) * steps)];
            }
        }
    }
}

/// To the nearest whole number, halves to the even one, by an addition that leaves no place for a fraction.
fn rounded(value: f64) -> i32 {
    // 1.5 · 2^52: what is added to it stays in the lowest 32 bits, for values of 31 bits and a sign.
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    (value.clamp(-1e9, 1e9) + MAGIC).to_bits() as i32
}

/// The projective map that takes four points of the picture to four of the crop.
fn crop_from_image(pairs: [(DVec2, DVec2); 4]) -> [f64; 9] {
    let mut matrix = [[0.0; 8]; 8];
    let mut right = [0.0; 8];
    for (at, (image, crop)) in pairs.into_iter().enumerate() {
        let DVec2 { x, y } = image;
        matrix[at] = [x, y, 1.0, 0.0, 0.0, 0.0, -x * crop.x, -y * crop.x];
        matrix[at + 4] = [0.0, 0.0, 0.0, x, y, 1.0, -x * crop.y, -y * crop.y];
        (right[at], right[at + 4]) = (crop.x, crop.y);
    }
    let solved = solved(matrix, right);
    std::array::from_fn(|at| solved.get(at).copied().unwrap_or(1.0))
}

/// Gaussian elimination with the largest pivot of each column.
fn solved(mut matrix: [[f64; 8]; 8], mut right: [f64; 8]) -> [f64; 8] {
    for column in 0..8 {
        let pivot = (column + 1..8).fold(column, |best, row| {
            if matrix[row][column].abs() > matrix[best][column].abs() { row } else { best }
        });
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (pivot, value) = (matrix[column], right[column]);
        let negative = -1.0 / pivot[column];
        for row in column + 1..8 {
            let factor = matrix[row][column] * negative;
            for at in column + 1..8 {
                matrix[row][at] += factor * pivot[at];
            }
            right[row] += factor * value;
        }
    }
    for row in (0..8).rev() {
        let rest = (row + 1..8).fold(right[row], |rest, at| rest - matrix[row][at] * right[at]);
        right[row] = rest / matrix[row][row];
    }
    right
}

/// The inverse of a matrix given row by row.
fn inverted([a, b, c, d, e, f, g, h, i]: [f64; 9]) -> [f64; 9] {
    let determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    let by = 1.0 / determinant;
    [
        (e * i - f * h) * by,
        (c * h - b * i) * by,
        (b * f - c * e) * by,
        (f * g - d * i) * by,
        (a * i - c * g) * by,
        (c * d - a * f) * by,
        (d * h - e * g) * by,
        (b * g - a * h) * by,
        (a * e - b * d) * by,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_are_rounded_to_the_even_number() {
        assert_eq!([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999].map(rounded), [0, 2, 2, 0, -2, 2]);
        assert_eq!([f64::MAX, f64::MIN].map(rounded), [1_000_000_000, -1_000_000_000]);
    }

    proptest! {
        #[test]
        fn corners_of_a_crop_are_corners_in_the_picture(
            x in -500.0_f32..500.0, y in -500.0_f32..500.0, side in 10.0_f32..900.0, turn in -3.0_f32..3.0,
        ) {
            let along = Vec2::from_angle(turn) * side;
            let first = Vec2::new(x, y);
            let corners = [first, first + along, first + along + along.perp(), first + along.perp()];
            let warp = Warp::new(Corners(corners), 96);
            let mut row = [[0; 2]; 97];
            for (y, ends) in [(0, [0, 1]), (96, [3, 2])] {
                warp.row(y, &mut row);
                for (place, corner) in [row[0], row[96]].into_iter().zip(ends.map(|end| corners[end])) {
                    let place = Vec2::from(place.map(|step| step as f32)) / STEPS as f32;
                    prop_assert!((place - corner).length() < 0.03, "{place} {corner}");
                }
            }
        }
    }
}
