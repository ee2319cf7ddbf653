//! Rows of numbers that stand for clips or texts.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Embeddings, `[samples, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    width: usize,
    values: Vec<f32>,
}

/// Why embeddings cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EmbeddingError {
    /// Numbers that make no whole rows.
    #[error("expected whole rows of {width} numbers, found {found} numbers")]
    Shape {
        /// Numbers a row.
        width: usize,
        /// Numbers there are.
        found: usize,
    },
    /// A number that is none.
    #[error("number {at} of the embeddings is {value}")]
    NotANumber {
        /// Where.
        at: usize,
        /// What.
        value: f32,
    },
    /// Rows of two widths.
    #[error("expected rows of one width, found {0} and {1}")]
    Width(usize, usize),
    /// Too few rows for the protocol.
    #[error("{metric} needs at least {needed} samples, found {found}")]
    TooFew {
        /// What was to be computed.
        metric: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// Rows that should pair up.
    #[error("expected as many {one} as {other}, found {ones} and {others}")]
    Pairs {
        /// What is one of a pair.
        one: &'static str,
        /// What is the other.
        other: &'static str,
        /// How many there are.
        ones: usize,
        /// How many of the other.
        others: usize,
    },
}

impl Embeddings {
    /// Rows of `width` numbers, one after another.
    ///
    /// # Errors
    /// [`EmbeddingError`] if they are not whole rows, or hold what is no number.
    pub fn new(width: usize, values: Vec<f32>) -> Result<Embeddings, EmbeddingError> {
        let is_whole = values.is_empty() && width > 0 || values.len().checked_rem(width) == Some(0);
        if !is_whole {
            return Err(EmbeddingError::Shape { width, found: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(EmbeddingError::NotANumber { at, value: values[at] }),
            None => Ok(Embeddings { width, values }),
        }
    }

    /// Numbers a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The rows, each `[width]`.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width)
    }

    /// The Euclidean distance of a row from one of other embeddings of the same width.
    pub(super) fn distance(&self, row: usize, other: &Embeddings, other_row: usize) -> f64 {
        let a = self.values.iter().skip(row * self.width).take(self.width);
        let b = other.values.iter().skip(other_row * other.width).take(other.width);
        a.zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
    }

    pub(super) fn same_width(&self, other: &Embeddings) -> Result<(), EmbeddingError> {
        match self.width == other.width {
            true => Ok(()),
            false => Err(EmbeddingError::Width(self.width, other.width)),
        }
    }
}

/// `count` of the numbers below `all`, without repetition, in drawn order.
pub(super) fn draw(random: &mut ChaCha8Rng, all: usize, count: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..all).collect();
    for place in 0..count.min(all) {
        // The upper half of a 128-bit product: even to one in 2^64 / all.
        let left = (all - place) as u128;
        let drawn = (u128::from(random.next_u64()) * left) >> 64;
        numbers.swap(place, place + drawn as usize);
    }
    numbers.truncate(count);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_draw_has_no_repetition_and_reaches_all() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0; 5];
        for _ in 0..400 {
            let drawn = draw(&mut random, 5, 3);
            assert!(drawn.len() == 3 && drawn[0] != drawn[1] && drawn[1] != drawn[2] && drawn[0] != drawn[2]);
            drawn.iter().for_each(|number| counts[*number] += 1);
        }
        assert!(counts.iter().all(|count| (190..290).contains(count)), "{counts:?}");
        assert_eq!(draw(&mut random, 2, 9).len(), 2);
    }

    #[test]
    fn rows_are_whole_and_numbers() {
        assert!(Embeddings::new(0, vec![]).is_err() && Embeddings::new(2, vec![0.0; 3]).is_err());
        let error = Embeddings::new(2, vec![0.0, f32::INFINITY]).unwrap_err();
        assert!(matches!(error, EmbeddingError::NotANumber { at: 1, .. }));
        assert_eq!(Embeddings::new(2, vec![0.0; 6]).unwrap().len(), 3);
    }
}
