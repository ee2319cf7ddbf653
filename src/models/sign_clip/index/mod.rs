//! Exact retrieval: the rows of an index that are most like a query.
//!
//! Every row is multiplied with the query in f32, so the answer is exact and needs no tuning. A lexicon
//! has at most some hundred thousand signs, and reading them all once is a few milliseconds of memory
//! bandwidth; an approximate index would save those and lose signs.

mod dot;
mod error;
mod ranking;
mod store;

pub use error::IndexError;
pub use ranking::Hit;

use super::Similarity;
use dot::{dot, norm};
use ranking::Best;
use rayon::prelude::*;

/// Bytes of rows that are gone through at once: they stay in a core's cache while all queries of a batch
/// pass over them.
const BLOCK_BYTES: usize = 256 * 1024;

/// Embeddings of named things, `[rows, width]`, in one piece of memory.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingIndex {
    values: Vec<f32>,
    names: Vec<String>,
    width: usize,
    similarity: Similarity,
    fingerprint: String,
    /// The length of the longest row: what keeps products finite.
    longest: f64,
}

impl EmbeddingIndex {
    /// An index of rows in one piece, `[names, width]`, brought to unit length where the similarity is the
    /// cosine. The fingerprint says what they were made from ([`super::fingerprint`]). Names may repeat.
    ///
    /// # Errors
    /// [`IndexError`] where the numbers are not so many rows, or a row has no direction (cosine) or holds
    /// what is no number.
    pub fn new(
        similarity: Similarity,
        width: usize,
        names: Vec<String>,
        mut values: Vec<f32>,
        fingerprint: impl Into<String>,
    ) -> Result<Self, IndexError> {
        if width == 0 || names.len().checked_mul(width) != Some(values.len()) {
            return Err(IndexError::Shape { rows: names.len(), width, found: values.len() });
        }
        let mut longest = 0f64;
        for (row, (values, name)) in values.chunks_exact_mut(width).zip(&names).enumerate() {
            let unusable = |reason| IndexError::Row { row, name: name.clone(), reason };
            longest = longest.max(prepare(values, similarity).map_err(unusable)?);
        }
        Ok(Self { values, names, width, similarity, fingerprint: fingerprint.into(), longest })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Numbers of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What rows and queries are compared by.
    pub fn similarity(&self) -> Similarity {
        self.similarity
    }

    /// What the rows were made from.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The rows' names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A row's embedding.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        self.values.chunks_exact(self.width).nth(row)
    }

    /// The `count` rows most like a query, the best first; of equals, the lower row. Fewer where there
    /// are fewer. The same on any number of threads.
    ///
    /// # Errors
    /// [`IndexError`] where the query has another width, no direction (cosine), or is no number.
    pub fn search(&self, query: &[f32], count: usize) -> Result<Vec<Hit>, IndexError> {
        Ok(self.search_many(query, count)?.pop().unwrap_or_default())
    }

    /// The same for several queries, `[queries, width]` in one piece.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn search_many(&self, queries: &[f32], count: usize) -> Result<Vec<Vec<Hit>>, IndexError> {
        if queries.is_empty() || !queries.len().is_multiple_of(self.width) {
            return Err(IndexError::Query { width: self.width, found: queries.len() });
        }
        let mut queries = queries.to_vec();
        for query in queries.chunks_exact_mut(self.width) {
            let length = prepare(query, self.similarity).map_err(|reason| IndexError::BadQuery { reason })?;
            // Cauchy-Schwarz: no sum of products, nor part of one, is greater.
            if length * self.longest > f64::from(f32::MAX) / 2.0 {
                return Err(IndexError::BadQuery { reason: "so long that products are no numbers" });
            }
        }
        let count = count.min(self.len());
        let none = || vec![Best::new(count); queries.len() / self.width];
        let rows = (BLOCK_BYTES / size_of::<f32>()).div_ceil(self.width);
        let best =
            self.values.par_chunks(rows * self.width).enumerate().fold(none, |mut best, (at, block)| {
                for (query, best) in queries.chunks_exact(self.width).zip(&mut best) {
                    for (row, values) in block.chunks_exact(self.width).enumerate() {
                        best.offer(at * rows + row, dot(query, values));
                    }
                }
                best
            });
        let best = best.reduce(none, |left, right| left.into_iter().zip(right).map(Best::both).collect());
        Ok(best.into_iter().map(Best::ranked).collect())
    }
}

/// How far from 1 a length may be that counts as 1: what was brought to unit length once is not changed
/// again, so that an index read from a file is the one that was written.
const UNIT_TOLERANCE: f64 = 1e-6;

/// Brings a vector to unit length where the similarity is the cosine; returns its length then.
fn prepare(values: &mut [f32], similarity: Similarity) -> Result<f64, &'static str> {
    let length = norm(values);
    if !length.is_finite() {
        return Err("not all numbers");
    }
    if similarity == Similarity::Dot {
        return Ok(length);
    }
    if length == 0.0 {
        return Err("of no direction: all zeros");
    }
    if (length - 1.0).abs() > UNIT_TOLERANCE {
        values.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    Ok(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("sign-{i}")).collect()
    }

    fn index(similarity: Similarity, width: usize, values: &[f32]) -> EmbeddingIndex {
        EmbeddingIndex::new(similarity, width, names(values.len() / width), values.to_vec(), "test").unwrap()
    }

    /// All rows by the plain definition, in f64.
    fn by_definition(
        similarity: Similarity,
        width: usize,
        values: &[f32],
        query: &[f32],
    ) -> Vec<(usize, f64)> {
        let unit = |x: &[f32]| {
            let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            let scale = if similarity == Similarity::Cosine { 1.0 / length } else { 1.0 };
            x.into_iter().map(|x| x * scale).collect::<Vec<_>>()
        };
        let query = unit(query);
        let score = |row: &[f32]| unit(row).iter().zip(&query).map(|(a, b)| a * b).sum::<f64>();
        let mut all: Vec<_> = values.chunks_exact(width).map(score).enumerate().collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_sorting_all_rows_finds(
            width in 1usize..70,
            seed in proptest::collection::vec(-1.0f32..1.0, 70 * 41),
            count in 0usize..50,
            is_cosine in any::<bool>(),
        ) {
            let similarity = if is_cosine { Similarity::Cosine } else { Similarity::Dot };
            let values = &seed[..40 * width];
            let query = &seed[40 * width..41 * width];
            prop_assume!(seed.chunks(width).all(|x| norm(x) > 1e-3));
            let hits = index(similarity, width, values).search(query, count).unwrap();
            let wanted = by_definition(similarity, width, values, query);
            prop_assert_eq!(hits.len(), count.min(40));
            for (hit, (row, score)) in hits.iter().zip(&wanted) {
                prop_assert!((f64::from(hit.score) - score).abs() < 1e-4);
                let own = wanted.iter().find(|(row, _)| *row == hit.row).unwrap().1;
                prop_assert!(hit.row == *row || (own - score).abs() < 1e-5);
            }
            let ordered = hits.windows(2).all(|w| (w[0].score, w[1].row) > (w[1].score, w[0].row));
            prop_assert!(ordered);
        }
    }

    #[test]
    fn of_equals_the_lower_row_comes_first_however_many_blocks_there_are() {
        let rows = 3 * BLOCK_BYTES / size_of::<f32>() / 2;
        let values: Vec<f32> = (0..2 * rows).map(|i| if i % 2 == 0 { 1.0 } else { 0.5 }).collect();
        let hits = index(Similarity::Dot, 2, &values).search(&[1.0, 0.0], 5).unwrap();
        assert_eq!(hits.iter().map(|hit| hit.row).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let zeros = index(Similarity::Dot, 1, &[0.0, -0.0, 0.0]).search(&[1.0], 3).unwrap();
        assert_eq!(zeros.iter().map(|hit| hit.row).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn many_queries_find_what_each_finds_alone() {
        let values: Vec<f32> = (0..300 * 7).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
        let index = index(Similarity::Cosine, 7, &values);
        let together = index.search_many(&values[..7 * 20], 9).unwrap();
        for (row, hits) in together.iter().enumerate() {
            assert_eq!(hits, &index.search(index.row(row).unwrap(), 9).unwrap());
            assert!((hits[0].score - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn what_has_no_place_in_an_index_is_refused() {
        let make = |similarity, width, count, values: &[f32]| {
            EmbeddingIndex::new(similarity, width, names(count), values.to_vec(), "").map(drop)
        };
        for (result, said) in [
            (make(Similarity::Dot, 3, 2, &[0.0; 5]), "2 rows of 3"),
            (make(Similarity::Dot, 0, 0, &[]), "rows of 0"),
            (make(Similarity::Dot, usize::MAX, 2, &[0.0; 5]), "rows of"),
            (make(Similarity::Dot, 1, 2, &[0.0, f32::NAN]), "row 1, \"sign-1\""),
            (make(Similarity::Cosine, 2, 2, &[1.0, 0.0, 0.0, 0.0]), "no direction"),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let index = index(Similarity::Dot, 2, &[1e30, 1e30, 1.0, 0.0]);
        for query in [&[1.0][..], &[], &[f32::NAN, 0.0], &[1e30, 1.0]] {
            assert!(index.search(query, 1).is_err(), "{query:?}");
        }
        assert!(index.search(&[1.0, 1.0], 0).unwrap().is_empty());
        let empty = EmbeddingIndex::new(Similarity::Dot, 2, Vec::new(), Vec::new(), "").unwrap();
        assert!(empty.search(&[1.0, 1.0], 3).unwrap().is_empty() && empty.is_empty());
    }
}
