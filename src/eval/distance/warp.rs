//! Dynamic time warping over any cost: exact, and approximate as the package `fastdtw` has it, because
//! published numbers were computed with that.
//!
//! Steps go one frame on in the first clip, in the second, or in both; every frame pair on the path costs
//! once. [`super::super::dtw`] differs: its diagonal steps count twice and its paths are banded.

use std::ops::Range;

/// The cost of the cheapest path through all frame pairs of `rows` by `columns`; infinite if one is 0.
pub fn exact(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> f64 {
    if rows == 0 || columns == 0 {
        return f64::INFINITY;
    }
    let mut before = vec![f64::INFINITY; columns];
    let mut row = vec![f64::INFINITY; columns];
    for i in 0..rows {
        for j in 0..columns {
            let best = match (i, j) {
                (0, 0) => 0.0,
                (0, _) => row[j - 1],
                (_, 0) => before[0],
                _ => before[j].min(before[j - 1]).min(row[j - 1]),
            };
            row[j] = best + cost(i, j);
        }
        std::mem::swap(&mut before, &mut row);
    }
    before[columns - 1]
}

/// What [`fast`] warps: frames that can be put together by twos, and a cost between two.
pub trait Frames {
    /// One frame.
    type Frame;
    /// The frame half-way between two that follow each other.
    fn between(&self, a: &Self::Frame, b: &Self::Frame) -> Self::Frame;
    /// What matching two frames costs.
    fn cost(&self, a: &Self::Frame, b: &Self::Frame) -> f64;
}

/// `fastdtw` with a radius: the path of the clips at half their rate, widened by the radius, is where the
/// path is looked for; clips shorter than the radius and two are warped exactly. An upper bound of
/// [`exact`]; infinite if one clip is empty. A radius of 0 is taken for 1.
pub fn fast<F: Frames>(frames: &F, a: &[F::Frame], b: &[F::Frame], radius: usize) -> f64 {
    if a.is_empty() || b.is_empty() {
        return f64::INFINITY;
    }
    approximate(frames, a, b, radius.max(1)).0
}

type Path = Vec<(usize, usize)>;

fn approximate<F: Frames>(frames: &F, a: &[F::Frame], b: &[F::Frame], radius: usize) -> (f64, Path) {
    let shortest = radius + 2;
    if a.len() < shortest || b.len() < shortest {
        let everywhere = vec![0..b.len(); a.len()];
        return windowed(frames, a, b, &everywhere);
    }
    let (half_a, half_b) = (halved(frames, a), halved(frames, b));
    let (_, path) = approximate(frames, &half_a, &half_b, radius);
    windowed(frames, a, b, &window(&path, a.len(), b.len(), radius))
}

fn halved<F: Frames>(frames: &F, clip: &[F::Frame]) -> Vec<F::Frame> {
    clip.as_chunks::<2>().0.iter().map(|[a, b]| frames.between(a, b)).collect()
}

/// The columns of each row that lie within `radius` of the path of half the rate.
fn window(path: &Path, rows: usize, columns: usize, radius: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<Option<Range<usize>>> = vec![None; rows];
    for &(i, j) in path {
        let near = |at: usize| at.saturating_sub(radius)..at + radius + 1;
        let (first, end) = (near(j).start * 2, (near(j).end * 2).min(columns));
        for range in ranges.iter_mut().take(near(i).end * 2).skip(near(i).start * 2) {
            let (start, last) = range.as_ref().map_or((first, end), |r| (r.start.min(first), r.end.max(end)));
            *range = Some(start..last);
        }
    }
    // The path has all rows of half the rate, and a radius of 1 reaches an odd last one.
    ranges.into_iter().map(|range| range.unwrap_or(0..columns)).collect()
}

/// Where a path came from.
#[derive(Clone, Copy)]
enum From {
    Above,
    Left,
    Diagonal,
}

fn windowed<F: Frames>(frames: &F, a: &[F::Frame], b: &[F::Frame], window: &[Range<usize>]) -> (f64, Path) {
    let mut rows: Vec<(usize, Vec<(f64, From)>)> = Vec::with_capacity(a.len());
    for (i, columns) in window.iter().enumerate() {
        let mut row: Vec<(f64, From)> = Vec::with_capacity(columns.len());
        for j in columns.clone() {
            let above = |j: Option<usize>| {
                let (start, cells) = rows.last()?;
                cells.get(j?.checked_sub(*start)?).map(|cell| cell.0)
            };
            // Of equals the reference takes the first of these.
            let ways = [
                (above(Some(j)), From::Above),
                (row.last().map(|cell| cell.0), From::Left),
                (above(j.checked_sub(1)), From::Diagonal),
            ];
            let start = if i == 0 && j == 0 { 0.0 } else { f64::INFINITY };
            let best = ways.into_iter().fold((start, From::Diagonal), |best, (sum, from)| match sum {
                Some(sum) if sum < best.0 => (sum, from),
                _ => best,
            });
            row.push((best.0 + frames.cost(&a[i], &b[j]), best.1));
        }
        rows.push((columns.start, row));
    }
    let cell = |i: usize, j: usize| rows[i].1[j - rows[i].0];
    let (mut i, mut j) = (a.len() - 1, b.len() - 1);
    let sum = cell(i, j).0;
    let mut path = vec![(i, j)];
    while (i, j) != (0, 0) {
        (i, j) = match cell(i, j).1 {
            From::Above => (i - 1, j),
            From::Left => (i, j - 1),
            From::Diagonal => (i - 1, j - 1),
        };
        path.push((i, j));
    }
    path.reverse();
    (sum, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Numbers;

    impl Frames for Numbers {
        type Frame = f64;
        fn between(&self, a: &f64, b: &f64) -> f64 {
            (a + b) / 2.0
        }
        fn cost(&self, a: &f64, b: &f64) -> f64 {
            (a - b).abs()
        }
    }

    fn exactly(a: &[f64], b: &[f64]) -> f64 {
        exact(a.len(), b.len(), |i, j| (a[i] - b[j]).abs())
    }

    /// All paths, one by one.
    fn by_trying(a: &[f64], b: &[f64]) -> f64 {
        let here = (a[0] - b[0]).abs();
        let rest = [(1, 0), (0, 1), (1, 1)].into_iter().filter(|(i, j)| *i < a.len() && *j < b.len());
        let rest = rest.map(|(i, j)| by_trying(&a[i..], &b[j..])).fold(f64::INFINITY, f64::min);
        here + if rest.is_finite() { rest } else { 0.0 }
    }

    #[test]
    fn an_empty_clip_is_infinitely_far() {
        assert_eq!(exactly(&[], &[1.0]), f64::INFINITY);
        assert_eq!(fast(&Numbers, &[], &[1.0], 1), f64::INFINITY);
    }

    #[test]
    fn fastdtws_own_example_gives_its_own_number() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 4.0]);
        assert_eq!((fast(&Numbers, &a, &b, 1), exactly(&a, &b)), (2.0, 2.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_cheapest_of_all_paths_is_found(
            a in prop::collection::vec(-1f64..1.0, 1..6), b in prop::collection::vec(-1f64..1.0, 1..6)
        ) {
            prop_assert!((exactly(&a, &b) - by_trying(&a, &b)).abs() < 1e-12);
        }

        #[test]
        fn the_approximation_is_never_below_and_wide_enough_it_is_exact(
            a in prop::collection::vec(-1f64..1.0, 1..40), b in prop::collection::vec(-1f64..1.0, 1..40)
        ) {
            let exact = exactly(&a, &b);
            prop_assert!(fast(&Numbers, &a, &b, 1) >= exact - 1e-12);
            prop_assert!((fast(&Numbers, &a, &b, 40) - exact).abs() < 1e-12);
            prop_assert!(fast(&Numbers, &a, &a, 1) == 0.0);
        }
    }
}
