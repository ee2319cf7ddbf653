//! The order of examples in an epoch.

use crate::models::layers::Noise;

/// All of `count` examples in batches, in an order drawn from `noise` (Fisher and Yates). The last batch
/// is smaller where they do not come out even, and is dropped where it would be a single example:
/// contrast and batch statistics need two. An only example is a batch all the same.
pub fn shuffled(count: usize, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        order.swap(last, noise.below(bound) as usize);
    }
    let size = batch_size.max(1);
    let whole = |batch: &&[usize]| batch.len() > 1 || size == 1 || count == 1;
    order.chunks(size).filter(whole).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_example_comes_once_save_for_a_single_last_one(count in 0usize..200, size in 1usize..20, seed: u64) {
            let batches = shuffled(count, size, &Noise::new(seed, 3));
            prop_assert_eq!(&batches, &shuffled(count, size, &Noise::new(seed, 3)));
            prop_assert!(batches.iter().all(|batch| batch.len() <= size));
            let mut seen = batches.concat();
            seen.sort_unstable();
            seen.dedup();
            let dropped = usize::from(size > 1 && count > 1 && count % size == 1);
            prop_assert_eq!(seen.len(), count - dropped);
            prop_assert_eq!(seen.len(), batches.concat().len());
        }
    }

    #[test]
    fn epochs_differ() {
        assert_ne!(shuffled(50, 5, &Noise::new(1, 0)), shuffled(50, 5, &Noise::new(1, 1)));
    }
}
