//! The few retrieval figures that training is steered by; [`crate::eval`] has them all, with their bases.

use candle_core::{DType, Result, Tensor};

/// How often what is sought is among the nearest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// The 1-based rank of the first right item of each query.
    ranks: Vec<usize>,
}

impl Hits {
    /// Ranks by similarity, greatest first; of equal ones the wrong go before the right.
    ///
    /// - `queries`: `[queries, width]`, `items`: `[items, width]`
    /// - `wanted`, `labels`: one label a query, one an item. Queries of a label that no item has are left out.
    ///
    /// # Errors
    /// candle's.
    pub fn of(queries: &Tensor, items: &Tensor, wanted: &[u32], labels: &[u32]) -> Result<Self> {
        let scores = queries.matmul(&items.t()?)?.to_dtype(DType::F32)?.to_vec2::<f32>()?;
        let rank = |(scores, wanted): (&Vec<f32>, &u32)| {
            let own = scores.iter().zip(labels).filter(|(_, label)| *label == wanted);
            let best = own.map(|(score, _)| *score).max_by(f32::total_cmp)?;
            let before = |(score, label): &(&f32, &u32)| **score >= best && *label != wanted;
            Some(1 + scores.iter().zip(labels).filter(before).count())
        };
        Ok(Self { ranks: scores.iter().zip(wanted).filter_map(rank).collect() })
    }

    /// The share of queries whose first right item is among the `k` nearest.
    pub fn at(&self, k: usize) -> f64 {
        self.ranks.iter().filter(|&&rank| rank <= k).count() as f64 / self.ranks.len().max(1) as f64
    }

    /// The median rank of the first right item.
    pub fn median(&self) -> f64 {
        let mut ranks = self.ranks.clone();
        ranks.sort_unstable();
        match (ranks.len() / 2, ranks.len() % 2) {
            (_, _) if ranks.is_empty() => f64::NAN,
            (middle, 1) => ranks[middle] as f64,
            (middle, _) => (ranks[middle - 1] + ranks[middle]) as f64 / 2.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn rows(rows: &[[f32; 2]]) -> Tensor {
        Tensor::from_slice(rows.as_flattened(), (rows.len(), 2), &Device::Cpu).unwrap()
    }

    #[test]
    fn ranks_count_the_wrong_items_before_the_first_right_one() {
        let items = rows(&[[1.0, 0.0], [0.9, 0.0], [0.0, 1.0]]);
        let hits =
            Hits::of(&rows(&[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), &items, &[7, 8, 9], &[7, 7, 8]).unwrap();
        assert_eq!(hits.ranks, [1, 1]);
        let far = Hits::of(&rows(&[[1.0, 0.0]]), &items, &[8], &[7, 7, 8]).unwrap();
        assert_eq!((far.at(2), far.at(3), far.median()), (0.0, 1.0, 3.0));
    }

    #[test]
    fn what_is_the_same_everywhere_is_no_hit() {
        let same = rows(&[[1.0, 1.0], [1.0, 1.0]]);
        let hits = Hits::of(&same, &same, &[1, 2], &[1, 2]).unwrap();
        assert_eq!((hits.at(1), hits.at(2)), (0.0, 1.0));
    }
}
