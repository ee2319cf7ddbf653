//! The body's points, moved to where their heatmaps say. [RefineLandmarksFromHeatmapCalculator]
//!
//! The landmark network names coordinates, which are steady, and draws for each point a map of where it may be,
//! which is finer. Where the map is sure within a window around the named place, its centre of mass is taken.
//!
//! The window has nine cells: the graph's file asks for seven, but the reference's Python interface drops that
//! option, so the calculator's own default is what everybody's landmarks were made with.

use super::detection::sigmoid;
use glam::Vec3;

/// Both sides of a map.
const MAP_SIDE: usize = 64;

/// Cells on each side of the middle of a window.
const REACH: i32 = 4;

/// A map that is nowhere as sure as this within the window moves nothing.
const SURE: f32 = 0.5;

/// Moves `landmarks`, x and y in [0, 1] of the crop, by `maps`, `[64, 64, landmarks]` before the sigmoid.
pub(super) fn refine(landmarks: &mut [Vec3], maps: &[f32]) {
    let count = landmarks.len();
    for (index, landmark) in landmarks.iter_mut().enumerate() {
        if let Some([x, y]) = centre_of_mass(*landmark, |cell| maps[cell * count + index]) {
            (landmark.x, landmark.y) = (x, y);
        }
    }
}

fn centre_of_mass(landmark: Vec3, map: impl Fn(usize) -> f32) -> Option<[f32; 2]> {
    let side = MAP_SIDE as i32;
    let (column, row) = ((landmark.x * side as f32) as i32, (landmark.y * side as f32) as i32);
    // Rows beyond the lower edge are not refused: a window that still touches the map counts.
    if column < 0 || column >= side || row < 0 {
        return None;
    }
    let (mut sum, mut most, mut columns, mut rows) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    for y in (row - REACH).max(0)..(row.saturating_add(REACH + 1)).min(side) {
        for x in (column - REACH).max(0)..(column + REACH + 1).min(side) {
            let weight = sigmoid(map((y * side + x) as usize));
            sum += weight;
            most = most.max(weight);
            columns += x as f32 * weight;
            rows += y as f32 * weight;
        }
    }
    (most >= SURE && sum > 0.0).then(|| [columns / side as f32 / sum, rows / side as f32 / sum])
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSURE: f32 = -20.0;

    /// A map for one landmark with sure cells, given by column and row.
    fn refined(landmark: [f32; 2], sure: &[[usize; 2]]) -> Vec3 {
        let mut map = vec![UNSURE; MAP_SIDE * MAP_SIDE];
        for [x, y] in sure {
            map[y * MAP_SIDE + x] = 20.0;
        }
        let mut landmarks = [Vec3::new(landmark[0], landmark[1], 0.7)];
        refine(&mut landmarks, &map);
        landmarks[0]
    }

    #[test]
    fn a_point_goes_to_the_middle_of_the_sure_cells() {
        let moved = refined([0.5, 0.5], &[[33, 31], [35, 33]]);
        assert!((moved - Vec3::new(34.0 / 64.0, 0.5, 0.7)).length() < 1e-4, "{moved}");
    }

    #[test]
    fn four_cells_away_counts_and_five_does_not() {
        assert!((refined([0.5, 0.5], &[[36, 28]]).x - 36.0 / 64.0).abs() < 1e-4);
        assert_eq!(refined([0.5, 0.5], &[[37, 32]]), Vec3::new(0.5, 0.5, 0.7));
    }

    #[test]
    fn points_outside_the_crop_stay_where_they_are() {
        let everywhere: Vec<[usize; 2]> = (0..4096).map(|cell| [cell % 64, cell / 64]).collect();
        for outside in [[-0.1, 0.5], [1.0, 0.5], [0.5, -0.1], [0.5, 1.2], [f32::MAX, f32::MAX]] {
            assert_eq!(refined(outside, &everywhere).truncate(), glam::Vec2::from(outside));
        }
    }

    #[test]
    fn just_below_the_crop_the_last_rows_still_count() {
        assert!((refined([0.5, 66.5 / 64.0], &[[32, 63]]).y - 63.0 / 64.0).abs() < 1e-4);
    }
}
