//! What a ranking by lot reaches, exactly: the first `k` of `n` items are a draw without replacement, so
//! the number of right ones among them is hypergeometric.
//!
//! Chance depends on how many items are right: of 150 clips of 150 signs one is, and a hit among five has
//! a chance of 0.033; of 1,500 clips ten are, and the same hit has the same chance, but precision and
//! recall differ.

use super::{Metric, Retrieval};

/// How far products of many fractions may be from what they are.
const ROUNDING: f64 = 1e-9;

/// The expected metrics of rankings by lot, for queries with so many right items of `items`. The median
/// rank is that of the ranks of all queries together: the first rank that half of them reach.
pub fn of(right_items: &[usize], items: usize) -> Retrieval {
    let mean = |value: &dyn Fn(usize) -> f64| {
        right_items.iter().map(|&right| value(right.min(items))).sum::<f64>()
            / right_items.len().max(1) as f64
    };
    Retrieval::new(right_items.len(), items, |metric| match metric {
        Metric::HitRate(k) => mean(&|right| hit(items, right, k)),
        Metric::Precision(k) => {
            mean(&|right| (k.min(items) * right) as f64 / (k.max(1) * items.max(1)) as f64)
        }
        Metric::Recall(k) => mean(&|_| k.min(items) as f64 / items.max(1) as f64),
        Metric::MeanRank => mean(&|right| (items + 1) as f64 / (right + 1) as f64),
        Metric::MedianRank => {
            let reached = |rank: &usize| mean(&|right| hit(items, right, *rank)) >= 0.5 - ROUNDING;
            (1..=items).find(reached).unwrap_or(items) as f64
        }
        Metric::MeanAveragePrecision => mean(&|right| average_precision(items, right)),
    })
}

/// The chance that at least one of `right` items is among the first `k` of `items`:
/// `1 - C(n - r, k) / C(n, k)`.
pub fn hit(items: usize, right: usize, k: usize) -> f64 {
    let k = k.min(items);
    if right.saturating_add(k) > items {
        return if right > 0 && k > 0 { 1.0 } else { 0.0 };
    }
    let missed = (0..k).map(|drawn| (items - right - drawn) as f64 / (items - drawn) as f64);
    1.0 - missed.product::<f64>()
}

/// The expected average precision: an item at rank `i` is right with `r / n`, and each of the `i - 1` above
/// it with `(r - 1) / (n - 1)` then.
fn average_precision(items: usize, right: usize) -> f64 {
    if right == 0 {
        return 0.0;
    }
    let n = items as f64;
    let harmonic: f64 = (1..=items).map(|rank| 1.0 / rank as f64).sum();
    let others = (right - 1) as f64 / (n - 1.0).max(1.0);
    (harmonic + others * (n - harmonic)) / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::retrieval::Scores;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    #[test]
    fn one_right_of_150_is_among_five_once_in_thirty() {
        assert!((hit(150, 1, 5) - 5.0 / 150.0).abs() < 1e-12);
        let chance = of(&[1; 150], 150);
        assert_eq!(chance.get(Metric::MeanRank), Some(75.5));
        assert_eq!(chance.get(Metric::MedianRank), Some(75.0));
        assert_eq!((hit(10, 0, 5), hit(10, 6, 5), hit(10, 1, 99)), (0.0, 1.0, 1.0));
    }

    #[test]
    fn all_rankings_of_five_items_have_these_means() {
        // Two of five right: all ten places that they can have.
        let (n, mut found) = (5, vec![0.0; Metric::REPORTED.len()]);
        for a in 0..n {
            for b in a + 1..n {
                let values = (0..n).map(|i| 1.0 - i as f32 / 10.0).collect();
                let labels = (0..n).map(|i| usize::from(i == a || i == b)).collect();
                let measured = Scores::new(vec![1], labels, values).unwrap().measure();
                for (sum, (_, value)) in found.iter_mut().zip(measured.values()) {
                    *sum += value / 10.0;
                }
            }
        }
        for (value, (metric, chance)) in found.iter().zip(of(&[2], n).values()) {
            // The mean of medians is no median.
            if *metric != Metric::MedianRank {
                assert!((value - chance).abs() < 1e-12, "{}: {value} {chance}", metric.name());
            }
        }
    }

    #[test]
    fn random_scores_come_near_it() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let labels: Vec<usize> = (0..200).map(|i| i % 20).collect();
        let queries: Vec<usize> = (0..2000).map(|i| i % 20).collect();
        let values = (0..queries.len() * labels.len()).map(|_| random.next_u32() as f32).collect();
        let scores = Scores::new(queries, labels, values).unwrap();
        let (measured, chance) = (scores.measure(), scores.chance());
        for ((metric, value), (_, expected)) in measured.values().iter().zip(chance.values()) {
            let allowed = if metric.is_higher_better() { 0.03 } else { 1.0 };
            assert!((value - expected).abs() < allowed, "{}: {value} {expected}", metric.name());
        }
    }
}
