//! The nearest neighbour by dynamic time warping.
//!
//! Frames are compared by Euclidean distance and sums run along the path, as in [`crate::eval::distance`].
//! Only each label's nearest clip is asked for, so a comparison is given up as soon as no path can be
//! shorter than the best of its label: no row of the table has a cell below it.

use super::clip::one_width;
use super::vectors::{distance_squared, labels};
use super::{FeatureClip, FeatureError, Labelled};
use crate::eval::retrieval::Scores;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// How clips are warped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warping {
    /// How far from the diagonal frames may be matched, share of the longer clip; anywhere if none.
    pub band: Option<f32>,
}

impl Warping {
    /// Scores of test clips and of the training clips' labels (rising): each label's is minus the distance
    /// of its nearest clip.
    ///
    /// # Errors
    /// [`FeatureError`] if widths differ, there is no test clip, or one has a label that no training clip
    /// has.
    pub fn nearest(self, train: &[Labelled], test: &[Labelled]) -> Result<Scores, FeatureError> {
        one_width(train, test)?;
        let labels = labels(train.iter().map(|t| t.label));
        let scores = test.par_iter().flat_map_iter(|query| {
            let mut best: BTreeMap<usize, f32> = labels.iter().map(|label| (*label, f32::INFINITY)).collect();
            for Labelled { label, clip } in self.likely_first(query, train) {
                if let Some(best) = best.get_mut(label)
                    && let Some(distance) = self.below(&query.clip, clip, *best)
                {
                    *best = distance;
                }
            }
            best.into_values().map(|distance| -distance)
        });
        Ok(Scores::new(test.iter().map(|query| query.label).collect(), labels.clone(), scores.collect())?)
    }

    /// The distance of two clips; `f32::INFINITY` only if numbers overflow.
    ///
    /// # Errors
    /// [`FeatureError::Width`] if their frames differ.
    pub fn distance(self, a: &FeatureClip, b: &FeatureClip) -> Result<f32, FeatureError> {
        if a.width() != b.width() {
            return Err(FeatureError::Width { expected: a.width(), found: b.width(), index: 1 });
        }
        Ok(self.below(a, b, f32::INFINITY).unwrap_or(f32::INFINITY))
    }

    /// The training clips, those first whose middle and end are like the query's: the sooner a near one is met, the
    /// sooner the others are given up.
    fn likely_first<'a>(self, query: &Labelled, train: &'a [Labelled]) -> Vec<&'a Labelled> {
        let middle = |clip: &FeatureClip| clip.frames() / 2;
        let apart = |other: &Labelled| {
            let (a, b) = (&query.clip, &other.clip);
            distance_squared(a.frame(middle(a)), b.frame(middle(b)))
                + distance_squared(a.frame(a.frames() - 1), b.frame(b.frames() - 1))
        };
        let mut order: Vec<(f32, &Labelled)> = train.iter().map(|other| (apart(other), other)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        order.into_iter().map(|(_, other)| other).collect()
    }

    /// The distance if it is below `bound`.
    fn below(self, a: &FeatureClip, b: &FeatureClip, bound: f32) -> Option<f32> {
        let (rows, columns) = (a.frames(), b.frames());
        let mut before = vec![f32::INFINITY; columns];
        let mut row = vec![f32::INFINITY; columns];
        for i in 0..rows {
            let (first, last) = self.columns(i, rows, columns);
            row.fill(f32::INFINITY);
            let mut least = f32::INFINITY;
            for j in first..=last {
                let left = if j > 0 { row[j - 1] } else { f32::INFINITY };
                let diagonal = if j > 0 { before[j - 1] } else { f32::INFINITY };
                let best = if (i, j) == (0, 0) { 0.0 } else { left.min(diagonal).min(before[j]) };
                if best < bound {
                    row[j] = best + distance_squared(a.frame(i), b.frame(j)).sqrt();
                    least = least.min(row[j]);
                }
            }
            if least >= bound {
                return None;
            }
            std::mem::swap(&mut before, &mut row);
        }
        before.last().copied().filter(|distance| *distance < bound)
    }

    /// The first and the last column of a row that lie in the band; always wide enough for a path.
    fn columns(self, row: usize, rows: usize, columns: usize) -> (usize, usize) {
        let Some(band) = self.band else { return (0, columns - 1) };
        let slope = (columns - 1) as f32 / (rows - 1).max(1) as f32;
        let reach =
            (band.max(0.0) * rows.max(columns) as f32).max(slope).max(columns as f32 / rows as f32) + 1.0;
        let centre = row as f32 * slope;
        ((centre - reach).floor().max(0.0) as usize, ((centre + reach).ceil() as usize).min(columns - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::warp;
    use proptest::prelude::*;

    fn clip(values: &[f32]) -> FeatureClip {
        FeatureClip::new(1, values.to_vec()).unwrap()
    }

    #[test]
    fn speed_is_forgiven_and_another_course_is_not() {
        let wave: Vec<f32> = (0..20).map(|i| (i as f32 * 0.4).sin()).collect();
        let slow: Vec<f32> = wave.iter().flat_map(|x| [*x, *x]).collect();
        let other: Vec<f32> = slow.iter().map(|x| -x).collect();
        let labelled = |label, values: &[f32]| Labelled { label, clip: clip(values) };
        let train = [labelled(3, &other), labelled(5, &slow)];
        for band in [None, Some(0.2)] {
            let scores = Warping { band }.nearest(&train, &[labelled(5, &wave)]).unwrap();
            assert_eq!(scores.ranking(0), [true, false]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn without_a_band_it_is_exact_and_with_one_never_below(
            a in prop::collection::vec(-1f32..1.0, 1..30), b in prop::collection::vec(-1f32..1.0, 1..30),
            band in 0f32..1.0
        ) {
            let exact = warp::exact(a.len(), b.len(), |i, j| f64::from((a[i] - b[j]).abs()));
            let found = Warping { band: None }.distance(&clip(&a), &clip(&b)).unwrap();
            prop_assert!((f64::from(found) - exact).abs() < 1e-4);
            let banded = Warping { band: Some(band) }.distance(&clip(&a), &clip(&b)).unwrap();
            prop_assert!(banded.is_finite() && banded >= found - 1e-4);
        }

        #[test]
        fn giving_up_changes_nothing_about_each_labels_nearest(
            values in prop::collection::vec(-1f32..1.0, 12 * 9)
        ) {
            let warping = Warping { band: None };
            let clips: Vec<Labelled> = values.chunks(9).enumerate()
                .map(|(i, values)| Labelled { label: i % 3, clip: clip(values) }).collect();
            let (test, train) = clips.split_at(3);
            let all: Vec<f32> = test.iter().flat_map(|query| (0..3).map(|label| {
                let of_label = train.iter().filter(|t| t.label == label);
                -of_label.map(|t| warping.distance(&query.clip, &t.clip).unwrap()).fold(f32::INFINITY, f32::min)
            })).collect();
            let expected = Scores::new(vec![0, 1, 2], vec![0, 1, 2], all).unwrap();
            prop_assert_eq!(warping.nearest(train, test).unwrap(), expected);
        }
    }
}
