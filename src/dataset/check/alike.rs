//! Clips that are the same, found without comparing every clip with every other.
//!
//! Equal clips have equal hashes. Of near ones, the means of the tracks are near too: for `n` numbers in
//! a track, `n (mean a - mean b)²` is at most the track's sum of squared differences. So clips are sorted by
//! the mean that differs most among them, only those within the limit of each other are looked at, most of
//! these fall by their means, and the rest are compared in full.

use super::measure::{MOMENTS, Measured, TRACKS};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Clips that are compared with their neighbours at once; between them, what belongs together is noted, so
/// that a thousand copies do not give half a million pairs.
const CHUNK: usize = 128;

/// Clips that are the same, or nearly.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// Their numbers, rising.
    pub(super) clips: Vec<usize>,
    /// Whether all are the same bit for bit.
    pub(super) is_exact: bool,
    /// The smallest distance between two that are not, shoulder widths; 0 if all are.
    pub(super) distance: f32,
}

/// The groups of clips that are at most `near` apart, directly or through others. Where a clip was
/// copied, the group of equal ones is also part of a larger one only if a near one is there too.
pub(super) fn groups(measured: &[Result<Measured, String>], near: f32) -> Vec<Group> {
    let mut by_hash: BTreeMap<&[u8; 32], Vec<usize>> = BTreeMap::new();
    for (clip, measured) in measured.iter().enumerate() {
        if let Ok(measured) = measured
            && measured.frames > 0
        {
            by_hash.entry(&measured.hash).or_default().push(clip);
        }
    }
    let same: Vec<Vec<usize>> = by_hash.into_values().collect();
    let shape = |clips: &Vec<usize>| measured.get(*clips.first()?)?.as_ref().ok()?.shape.as_deref();
    let shapes: Vec<Option<&[f32]>> = same.iter().map(shape).collect();
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    let found = near_ones(&shapes, near);
    for (number, clips) in same.iter().enumerate() {
        let (root, distance) = found[number];
        let group = groups.entry(root).or_insert(Group { clips: vec![], is_exact: true, distance: f32::MAX });
        group.is_exact &= group.clips.is_empty();
        group.distance = group.distance.min(distance);
        group.clips.extend(clips);
    }
    let mut groups: Vec<Group> = groups.into_values().filter(|group| group.clips.len() > 1).collect();
    for group in &mut groups {
        group.clips.sort_unstable();
        if group.is_exact {
            group.distance = 0.0;
        }
    }
    groups.sort_by(|a, b| a.clips.cmp(&b.clips));
    groups
}

/// For each shape, the lowest number of those that it belongs with, and the smallest distance that was found
/// from it.
fn near_ones(shapes: &[Option<&[f32]>], near: f32) -> Vec<(usize, f32)> {
    let means: Vec<Option<[f32; TRACKS]>> = shapes.iter().map(|shape| shape.map(means)).collect();
    let key = most_different(&means);
    let mut order: Vec<(f32, usize)> =
        means.iter().enumerate().filter_map(|(number, means)| Some((means.as_ref()?[key], number))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let most = near * near * (TRACKS * MOMENTS) as f32;
    let reach = (most / MOMENTS as f32).sqrt();
    let mut parents: Vec<usize> = (0..shapes.len()).collect();
    let mut nearest = vec![f32::MAX; shapes.len()];
    for start in (0..order.len()).step_by(CHUNK) {
        let end = (start + CHUNK).min(order.len());
        let known: Vec<usize> = (0..shapes.len()).map(|number| root(&parents, number)).collect();
        let pairs: Vec<Vec<(usize, usize, f32)>> = (start..end)
            .into_par_iter()
            .map(|at| {
                let (value, one) = order[at];
                let after = order[at + 1..].iter().take_while(|(other, _)| other - value <= reach);
                let unknown = after.filter(|(_, other)| known[one] != known[*other]);
                unknown
                    .filter_map(|&(_, other)| {
                        let coarse = squares(means[one].as_ref()?, means[other].as_ref()?, f32::MAX)?;
                        let worth = coarse * MOMENTS as f32 <= most;
                        let sum = worth.then(|| squares(shapes[one]?, shapes[other]?, most)).flatten()?;
                        Some((one, other, (sum / (TRACKS * MOMENTS) as f32).sqrt()))
                    })
                    .collect()
            })
            .collect();
        for (one, other, distance) in pairs.into_iter().flatten() {
            let (a, b) = (root(&parents, one), root(&parents, other));
            parents[a.max(b)] = a.min(b);
            nearest[one] = nearest[one].min(distance);
            nearest[other] = nearest[other].min(distance);
        }
    }
    (0..shapes.len()).map(|number| (root(&parents, number), nearest[number])).collect()
}

fn root(parents: &[usize], mut at: usize) -> usize {
    while parents[at] != at {
        at = parents[at];
    }
    at
}

/// The means of a shape's tracks.
fn means(shape: &[f32]) -> [f32; TRACKS] {
    let mut means = [0.0; TRACKS];
    for (mean, track) in means.iter_mut().zip(shape.chunks_exact(MOMENTS)) {
        *mean = track.iter().sum::<f32>() / MOMENTS as f32;
    }
    means
}

/// The track whose means vary most.
fn most_different(means: &[Option<[f32; TRACKS]>]) -> usize {
    let variance = |track: usize| {
        let values = means.iter().flatten().map(|means| f64::from(means[track]));
        let (sum, squares, count) =
            values.fold((0.0, 0.0, 0.0), |(s, q, n), value| (s + value, q + value * value, n + 1.0_f64));
        squares - sum * sum / count.max(1.0)
    };
    (0..TRACKS).max_by(|a, b| variance(*a).total_cmp(&variance(*b))).unwrap_or(0)
}

/// The sum of squared differences; None as soon as it is above `most`.
fn squares(a: &[f32], b: &[f32], most: f32) -> Option<f32> {
    let mut sum = 0.0;
    for (a, b) in a.chunks(MOMENTS).zip(b.chunks(MOMENTS)) {
        sum += a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        if sum > most {
            return None;
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Groups by comparing every pair.
    fn plainly(shapes: &[Vec<f32>], near: f32) -> Vec<usize> {
        let mut roots: Vec<usize> = (0..shapes.len()).collect();
        for a in 0..shapes.len() {
            for b in 0..a {
                let sum: f32 = shapes[a].iter().zip(&shapes[b]).map(|(a, b)| (a - b).powi(2)).sum();
                if (sum / (TRACKS * MOMENTS) as f32).sqrt() <= near {
                    let (from, to) = (roots[a].max(roots[b]), roots[a].min(roots[b]));
                    roots.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
                }
            }
        }
        roots
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn sorting_and_means_leave_nothing_out(seeds in proptest::collection::vec((0_u32..6, 0_u32..4), 1..40)) {
            let shape = |(word, take): (u32, u32)| -> Vec<f32> {
                let wave = |i: usize| ((i as f32 * 0.37 + word as f32) * (1.0 + word as f32)).sin();
                let moved = 0.012 * take as f32;
                (0..TRACKS * MOMENTS).map(|i| wave(i) + moved * if i % 3 == 0 { 1.0 } else { -1.0 }).collect()
            };
            let shapes: Vec<Vec<f32>> = seeds.into_iter().map(shape).collect();
            let found = near_ones(&shapes.iter().map(|s| Some(s.as_slice())).collect::<Vec<_>>(), 0.02);
            let roots: Vec<usize> = found.iter().map(|(root, _)| *root).collect();
            prop_assert_eq!(roots, plainly(&shapes, 0.02));
        }
    }

    #[test]
    fn one_copy_is_found_among_a_thousand_clips() {
        let shape = |number: usize| -> Vec<f32> {
            let wave = |i: usize| ((i / MOMENTS * 7919 + number * 104_729) % 1000) as f32 * 1e-3;
            (0..TRACKS * MOMENTS).map(wave).collect()
        };
        let mut shapes: Vec<Vec<f32>> = (0..1000).map(shape).collect();
        shapes.push(shapes[17].clone());
        let found = near_ones(&shapes.iter().map(|s| Some(s.as_slice())).collect::<Vec<_>>(), 0.0004);
        assert_eq!(found.iter().enumerate().filter(|(i, (root, _))| i != root).count(), 1);
        assert_eq!(found[1000].0, 17);
    }
}
