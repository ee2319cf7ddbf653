//! The retrieval metrics, with their definitions.

use super::Scores;
use serde::Serialize;

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Hit rate among the first so many.
    HitRate(usize),
    /// Precision among the first so many.
    Precision(usize),
    /// True recall among the first so many.
    Recall(usize),
    /// Median rank.
    MedianRank,
    /// Mean rank.
    MeanRank,
    /// Mean average precision.
    MeanAveragePrecision,
}

impl Metric {
    /// Those that are reported: at 1, 5 and 10, then the ranks.
    pub const REPORTED: [Metric; 12] = [
        Metric::HitRate(1),
        Metric::HitRate(5),
        Metric::HitRate(10),
        Metric::Precision(1),
        Metric::Precision(5),
        Metric::Precision(10),
        Metric::Recall(1),
        Metric::Recall(5),
        Metric::Recall(10),
        Metric::MedianRank,
        Metric::MeanRank,
        Metric::MeanAveragePrecision,
    ];

    /// Its name in reports.
    pub fn name(self) -> String {
        match self {
            Metric::HitRate(k) => format!("hit rate@{k}"),
            Metric::Precision(k) => format!("P@{k}"),
            Metric::Recall(k) => format!("recall@{k}"),
            Metric::MedianRank => "MedR".into(),
            Metric::MeanRank => "MnR".into(),
            Metric::MeanAveragePrecision => "mAP".into(),
        }
    }

    /// What it is.
    pub fn definition(self) -> String {
        match self {
            Metric::HitRate(k) => {
                format!(
                    "share of queries with a right item among the first {k} (what most papers call R@{k})"
                )
            }
            Metric::Precision(k) => {
                format!("right items among the first {k}, divided by {k}; mean over queries")
            }
            Metric::Recall(k) => format!(
                "right items among the first {k}, divided by all right items, TP/(TP+FN); mean over queries \
                 (what SignCLIP's code prints as text-to-video R@{k})"
            ),
            Metric::MedianRank => "median over queries of the first right item's rank, from 1".into(),
            Metric::MeanRank => "mean over queries of the first right item's rank, from 1".into(),
            Metric::MeanAveragePrecision => {
                "mean over queries of the mean precision at each right item's rank".into()
            }
        }
    }

    /// Whether more is better.
    pub fn is_higher_better(self) -> bool {
        !matches!(self, Metric::MedianRank | Metric::MeanRank)
    }
}

/// Values of [`Metric::REPORTED`], measured or by chance; shares from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retrieval {
    /// How many queries were asked.
    pub queries: usize,
    /// How many items there were.
    pub items: usize,
    values: Vec<(Metric, f64)>,
}

impl Retrieval {
    pub(super) fn new(queries: usize, items: usize, value: impl Fn(Metric) -> f64) -> Retrieval {
        Retrieval { queries, items, values: Metric::REPORTED.iter().map(|&m| (m, value(m))).collect() }
    }

    pub(super) fn measured(scores: &Scores) -> Retrieval {
        let queries: Vec<Query> = (0..scores.queries()).map(|q| Query::of(&scores.ranking(q))).collect();
        let mean = |value: &dyn Fn(&Query) -> f64| {
            queries.iter().map(value).sum::<f64>() / queries.len().max(1) as f64
        };
        Retrieval::new(queries.len(), scores.items(), |metric| match metric {
            Metric::HitRate(k) => mean(&|q| f64::from(u8::from(q.first() <= k))),
            Metric::Precision(k) => mean(&|q| q.found(k) as f64 / k.max(1) as f64),
            Metric::Recall(k) => mean(&|q| q.found(k) as f64 / q.ranks.len().max(1) as f64),
            Metric::MedianRank => median(queries.iter().map(Query::first).collect()),
            Metric::MeanRank => mean(&|q| q.first() as f64),
            Metric::MeanAveragePrecision => mean(&Query::average_precision),
        })
    }

    /// The value of a metric that is reported.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.values.iter().find(|(name, _)| *name == metric).map(|(_, value)| *value)
    }

    /// All values, in the order of [`Metric::REPORTED`].
    pub fn values(&self) -> &[(Metric, f64)] {
        &self.values
    }
}

/// The ranks of a query's right items, from 1, rising.
struct Query {
    ranks: Vec<usize>,
}

impl Query {
    fn of(ranking: &[bool]) -> Query {
        let right = ranking.iter().enumerate().filter(|(_, is_right)| **is_right);
        Query { ranks: right.map(|(index, _)| index + 1).collect() }
    }

    fn first(&self) -> usize {
        self.ranks.first().copied().unwrap_or(usize::MAX)
    }

    fn found(&self, k: usize) -> usize {
        self.ranks.iter().filter(|rank| **rank <= k).count()
    }

    fn average_precision(&self) -> f64 {
        let precisions = self.ranks.iter().enumerate().map(|(index, &rank)| (index + 1) as f64 / rank as f64);
        precisions.sum::<f64>() / self.ranks.len().max(1) as f64
    }
}

fn median(mut ranks: Vec<usize>) -> f64 {
    ranks.sort_unstable();
    let middle = ranks.len() / 2;
    match ranks.len() {
        0 => 0.0,
        n if n % 2 == 1 => ranks[middle] as f64,
        _ => (ranks[middle - 1] + ranks[middle]) as f64 / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two queries, five items: right at ranks 2 and 5, and at 1.
    fn small() -> Retrieval {
        let values = vec![0.8, 0.9, 0.1, 0.5, 0.4, 0.1, 0.2, 0.3, 0.4, 0.9];
        Scores::new(vec![1, 2], vec![1, 3, 1, 4, 2], values).unwrap().measure()
    }

    #[test]
    fn a_small_ranking_by_hand() {
        let found = small();
        for (metric, expected) in [
            (Metric::HitRate(1), 0.5),
            (Metric::HitRate(5), 1.0),
            (Metric::Precision(5), 0.3),
            (Metric::Recall(1), 0.5),
            (Metric::Recall(5), 1.0),
            (Metric::MedianRank, 1.5),
            (Metric::MeanRank, 1.5),
            (Metric::MeanAveragePrecision, (0.5 * (0.5 + 0.4) + 1.0) / 2.0),
        ] {
            let value = found.get(metric).unwrap();
            assert!((value - expected).abs() < 1e-12, "{}: {value}", metric.name());
        }
        assert_eq!((found.get(Metric::HitRate(3)), found.queries, found.items), (None, 2, 5));
    }

    #[test]
    fn a_perfect_matrix_is_perfect_and_one_that_says_nothing_is_no_better_than_chance() {
        let labels: Vec<usize> = (0..30).map(|i| i / 3).collect();
        let texts: Vec<usize> = (0..10).collect();
        let perfect = texts.iter().flat_map(|t| labels.iter().map(move |l| f32::from(u8::from(l == t))));
        let scores = Scores::new(texts.clone(), labels.clone(), perfect.collect()).unwrap();
        let found = scores.measure();
        assert_eq!(found.get(Metric::HitRate(1)), Some(1.0));
        assert_eq!(found.get(Metric::MeanAveragePrecision), Some(1.0));
        assert!((found.get(Metric::Recall(1)).unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.get(Metric::MedianRank), Some(1.0));
        let nothing = Scores::new(texts, labels, vec![0.5; 300]).unwrap();
        for (metric, value) in nothing.measure().values() {
            let chance = nothing.chance().get(*metric).unwrap();
            assert!(if metric.is_higher_better() { *value <= chance } else { *value >= chance });
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_order_of_queries_and_items_does_not_matter(
            values in prop::collection::vec(-1f32..1.0, 24), turn in 0usize..6, flip in 0usize..4
        ) {
            let (queries, items) = (vec![0, 1, 2, 0], vec![0, 1, 2, 0, 1, 2]);
            let scores = Scores::new(queries.clone(), items.clone(), values.clone()).unwrap();
            let row = |i: usize| (i + flip) % 4;
            let column = |j: usize| (j + turn) % 6;
            let moved = Scores::new(
                (0..4).map(|i| queries[row(i)]).collect(),
                (0..6).map(|j| items[column(j)]).collect(),
                (0..24).map(|at| values[row(at / 6) * 6 + column(at % 6)]).collect(),
            ).unwrap();
            for ((metric, a), (_, b)) in scores.measure().values().iter().zip(moved.measure().values()) {
                prop_assert!((a - b).abs() < 1e-12, "{}", metric.name());
            }
        }
    }
}
