//! Clips as single rows: the nearest one, and the nearest class mean.

use super::clip::one_width;
use super::{FeatureError, Labelled};
use crate::eval::retrieval::Scores;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Nearest neighbours of clips brought to `frames` frames, by Euclidean distance: scores of test clips and
/// of the labels that the training clips have (rising), each label's being that of its nearest clip.
///
/// # Errors
/// [`FeatureError`] if widths differ, there is no test clip, or one has a label that no training clip has.
pub fn nearest_vector(train: &[Labelled], test: &[Labelled], frames: usize) -> Result<Scores, FeatureError> {
    one_width(train, test)?;
    let rows: Vec<(usize, Vec<f32>)> =
        train.par_iter().map(|t| (t.label, t.clip.resampled(frames))).collect();
    nearest(&rows, test, frames)
}

/// The same with one row a label: the mean of its training clips.
///
/// # Errors
/// As [`nearest_vector`].
pub fn nearest_centroid(
    train: &[Labelled],
    test: &[Labelled],
    frames: usize,
) -> Result<Scores, FeatureError> {
    one_width(train, test)?;
    let mut sums: BTreeMap<usize, (Vec<f64>, usize)> = BTreeMap::new();
    for Labelled { label, clip } in train {
        let row = clip.resampled(frames);
        let (sum, count) = sums.entry(*label).or_insert_with(|| (vec![0.0; row.len()], 0));
        sum.iter_mut().zip(&row).for_each(|(sum, x)| *sum += f64::from(*x));
        *count += 1;
    }
    let mean = |(label, (sum, count)): (usize, (Vec<f64>, usize))| {
        (label, sum.iter().map(|x| (x / count as f64) as f32).collect())
    };
    nearest(&sums.into_iter().map(mean).collect::<Vec<_>>(), test, frames)
}

fn nearest(rows: &[(usize, Vec<f32>)], test: &[Labelled], frames: usize) -> Result<Scores, FeatureError> {
    let labels = labels(rows.iter().map(|row| row.0));
    let scores = test.par_iter().flat_map_iter(|query| {
        let query = query.clip.resampled(frames);
        let mut best: BTreeMap<usize, f32> = labels.iter().map(|label| (*label, f32::NEG_INFINITY)).collect();
        for (label, row) in rows {
            let score = -distance_squared(&query, row).sqrt();
            best.entry(*label).and_modify(|best| *best = best.max(score));
        }
        best.into_values()
    });
    Ok(Scores::new(test.iter().map(|query| query.label).collect(), labels.clone(), scores.collect())?)
}

/// The distinct labels, rising.
pub(super) fn labels(all: impl Iterator<Item = usize>) -> Vec<usize> {
    all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// In eight sums, which the compiler makes into one instruction each.
pub(super) fn distance_squared(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            let apart = a[lane] - b[lane];
            sums[lane] += apart * apart;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::baseline::{Axes, FeatureClip, Warping};
    use crate::eval::retrieval::Metric;
    use crate::pose::PoseSequence;
    use crate::pose::testing::reference;

    fn labelled(label: usize, values: &[f32]) -> Labelled {
        Labelled { label, clip: FeatureClip::new(1, values.to_vec()).unwrap() }
    }

    #[test]
    fn the_mean_of_a_class_may_be_nearest_where_none_of_its_clips_is() {
        let train = [labelled(7, &[0.0]), labelled(7, &[4.0]), labelled(9, &[3.2])];
        let test = [labelled(7, &[2.4])];
        assert_eq!(nearest_vector(&train, &test, 1).unwrap().ranking(0), [false, true]);
        assert_eq!(nearest_centroid(&train, &test, 1).unwrap().ranking(0), [true, false]);
    }

    #[test]
    fn clips_of_other_widths_and_unknown_labels_are_refused() {
        let wide = Labelled { label: 7, clip: FeatureClip::new(2, vec![0.0; 2]).unwrap() };
        let error = nearest_vector(&[labelled(7, &[0.0])], &[wide], 1).unwrap_err();
        assert_eq!(error, FeatureError::Width { expected: 1, found: 2, index: 1 });
        let error = nearest_centroid(&[labelled(7, &[0.0])], &[labelled(8, &[0.0])], 1).unwrap_err();
        assert!(matches!(error, FeatureError::Scores(_)));
    }

    /// What cameras see of 880 takes of eleven words, in shoulder widths, without legs. A word's takes were
    /// recorded one after another: the last fifth is the test.
    fn words() -> Option<[Vec<Labelled>; 2]> {
        let folder = reference()?.join("words-real");
        let index = std::fs::read_to_string(folder.join("index.csv")).unwrap();
        let rows: Vec<Vec<&str>> = index.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let words: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[1]).collect();
        let mut parts = [Vec::new(), Vec::new()];
        for row in &rows {
            let mut clip = PoseSequence::read(folder.join(row[0])).unwrap();
            clip.normalise().unwrap();
            let legs = ["_KNEE", "_ANKLE", "_HEEL", "_FOOT_INDEX"];
            let upper = clip.layout.part(|_, point| !legs.iter().any(|leg| point.ends_with(leg)));
            let clip = clip.to_layout(&std::sync::Arc::new(upper));
            let label = words.iter().position(|word| *word == row[1]).unwrap();
            let is_test = usize::from(row[2].parse::<usize>().unwrap() >= 64);
            parts[is_test]
                .push(Labelled { label, clip: FeatureClip::of_landmarks(&clip, Axes::Picture).unwrap() });
        }
        Some(parts)
    }

    #[test]
    fn on_real_words_the_nearest_clip_is_right_in_966_of_1000_and_the_nearest_mean_in_733() {
        let Some([train, test]) = words() else { return };
        assert_eq!((train.len(), test.len()), (704, 176));
        let accuracy = |scores: Scores| (1000.0 * scores.measure().get(Metric::HitRate(1)).unwrap()).round();
        assert_eq!(accuracy(nearest_vector(&train, &test, 24).unwrap()), 966.0);
        assert_eq!(accuracy(nearest_centroid(&train, &test, 24).unwrap()), 733.0);
        // Every eighth test clip is enough to see that warping is about as good.
        let some: Vec<Labelled> = test.into_iter().step_by(8).collect();
        let warped = Warping { band: Some(0.2) }.nearest(&train, &some).unwrap();
        let found = accuracy(warped);
        println!("warped nearest neighbour on {} real words: {found} of 1000", some.len());
        assert!(found > 900.0, "{found}");
    }
}
