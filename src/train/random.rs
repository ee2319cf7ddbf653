//! Which randomness is for what. Each draw of a run comes from a generator of the seed, a purpose and a
//! place in the run, so that a run that goes on draws what the run that was broken off would have drawn.

use crate::models::layers::Noise;

/// What is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The order of an epoch.
    Order = 1,
    /// What a loader changes in a batch.
    Load = 2,
    /// Dropout and the like.
    Loss = 3,
    /// What moves after a step.
    After = 4,
}

/// The generator of a purpose at a place.
pub(super) fn noise(seed: u64, purpose: Purpose, place: u64) -> Noise {
    // SplitMix64 keeps neighbouring seeds and purposes apart.
    let mut mixed = seed.wrapping_add((purpose as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Noise::new(mixed ^ (mixed >> 31), place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_purposes_and_places_draw_differently() {
        let draw = |seed, purpose, place| noise(seed, purpose, place).unit().to_bits();
        let draws = [
            draw(1, Purpose::Order, 0),
            draw(2, Purpose::Order, 0),
            draw(1, Purpose::Load, 0),
            draw(1, Purpose::Order, 1),
        ];
        let mut unique = draws.to_vec();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), draws.len());
        assert_eq!(draws[0], draw(1, Purpose::Order, 0));
    }
}
