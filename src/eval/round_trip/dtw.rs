//! Dynamic time warping: how alike two motions are that may run at different speeds.

use super::{Look, Track};
use rayon::prelude::*;

/// Frames may be matched so far from the diagonal, share of the longer motion.
const BAND: f32 = 0.25;

/// The mean distance of matched frames along the best matching (Sakoe and Chiba's symmetric steps, a
/// diagonal step counted twice, so that a longer path does not cost more). Infinite if one is empty.
pub fn distance(a: &[Look], b: &[Look]) -> f32 {
    warp(a.len(), b.len(), |i, j| a[i].distance(&b[j]))
}

fn warp(rows: usize, columns: usize, distance: impl Fn(usize, usize) -> f32) -> f32 {
    if rows == 0 || columns == 0 {
        return f32::INFINITY;
    }
    let slope = (columns - 1) as f32 / (rows - 1).max(1) as f32;
    // The band must be wide enough to get from one row's part of the diagonal to the next's.
    let reach = (BAND * rows.max(columns) as f32).max(slope).max(columns as f32 / rows as f32) + 1.0;
    let mut before = vec![f32::INFINITY; columns];
    for i in 0..rows {
        let mut row = vec![f32::INFINITY; columns];
        let centre = i as f32 * slope;
        let first = (centre - reach).floor().max(0.0) as usize;
        let last = ((centre + reach).ceil() as usize).min(columns - 1);
        for j in first..=last {
            let here = distance(i, j);
            row[j] = if i == 0 && j == 0 {
                2.0 * here
            } else {
                let above = before[j] + here;
                let left = if j > 0 { row[j - 1] + here } else { f32::INFINITY };
                let diagonal = if i > 0 && j > 0 { before[j - 1] + 2.0 * here } else { f32::INFINITY };
                above.min(left).min(diagonal)
            };
        }
        before = row;
    }
    before[columns - 1] / (rows + columns) as f32
}

/// The distances of each track read to each track known, `[read, known]`.
pub fn all(read: &[Track], known: &[Track]) -> Vec<Vec<f32>> {
    let row = |track: &Track| known.iter().map(|known| distance(track.looks(), known.looks())).collect();
    read.par_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_numbers(a: &[f32], b: &[f32]) -> f32 {
        warp(a.len(), b.len(), |i, j| (a[i] - b[j]).abs())
    }

    #[test]
    fn the_same_motion_at_half_the_speed_is_the_same() {
        let once: Vec<f32> = (0..20).map(|i| (i as f32 * 0.3).sin()).collect();
        let slow: Vec<f32> = once.iter().flat_map(|x| [*x, *x]).collect();
        assert!(of_numbers(&once, &slow) < 1e-6);
        let other: Vec<f32> = slow.iter().map(|x| -x).collect();
        assert!(of_numbers(&once, &other) > 0.3);
    }

    #[test]
    fn nothing_is_like_an_empty_motion() {
        assert_eq!(of_numbers(&[], &[1.0]), f32::INFINITY);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_finite_and_no_more_than_the_frame_by_frame_mean(
            pairs in prop::collection::vec((-1f32..1.0, -1f32..1.0), 1..40)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let mean = pairs.iter().map(|(a, b)| (a - b).abs()).sum::<f32>() / pairs.len() as f32;
            let warped = of_numbers(&a, &b);
            prop_assert!(warped <= mean + 1e-5 && warped >= 0.0);
            prop_assert!((warped - of_numbers(&b, &a)).abs() < 1e-5);
        }

        #[test]
        fn any_two_lengths_have_a_path(a in 1usize..60, b in 1usize..60) {
            prop_assert!(warp(a, b, |_, _| 1.0).is_finite());
        }
    }
}
