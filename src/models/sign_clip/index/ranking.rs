//! The best of many, kept while going through them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Which row.
    pub row: usize,
    /// Its similarity to the query.
    pub score: f32,
}

/// A hit among others; the greater is the worse.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Worse(Hit);

impl Eq for Worse {}

impl Ord for Worse {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.row.cmp(&other.0.row))
    }
}

impl PartialOrd for Worse {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// At most so many hits, the worst of them at hand.
#[derive(Clone, Debug)]
pub(super) struct Best {
    hits: BinaryHeap<Worse>,
    count: usize,
}

impl Best {
    pub(super) fn new(count: usize) -> Self {
        Self { hits: BinaryHeap::with_capacity(count), count }
    }

    /// Considers a row.
    pub(super) fn offer(&mut self, row: usize, score: f32) {
        // Adding 0 makes −0 a 0, so that they are equals.
        let hit = Worse(Hit { row, score: score + 0.0 });
        if self.hits.len() < self.count {
            self.hits.push(hit);
        } else if let Some(mut worst) = self.hits.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    /// The best of two lots.
    pub(super) fn both((mut left, right): (Self, Self)) -> Self {
        right.hits.into_iter().for_each(|Worse(hit)| left.offer(hit.row, hit.score));
        left
    }

    /// The best first.
    pub(super) fn ranked(self) -> Vec<Hit> {
        self.hits.into_sorted_vec().into_iter().map(|Worse(hit)| hit).collect()
    }
}
