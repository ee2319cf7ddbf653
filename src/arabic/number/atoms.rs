//! A value → the numbers that have signs of their own, in the order in which they are signed.

/// The largest number that is signed as a number: below a thousand million million. Longer ones
/// are codes (telephone numbers, accounts) and are read digit by digit.
pub const LARGEST: u64 = 999_999_999_999_999;

const SCALES: [u64; 4] = [1_000_000_000_000, 1_000_000_000, 1_000_000, 1_000];

/// The parts of a number, largest first: 2 500 000 → 2, 1 000 000, 5, 100, 1 000.
///
/// `has_sign` says which values have a sign; 500 stays whole where it has one. Values from 0 to 10,
/// the tens, 100 and the scales are assumed to have one, others are taken apart into these.
pub fn atoms(value: u64, has_sign: &dyn Fn(u64) -> bool) -> Vec<u64> {
    if value == 0 {
        return vec![0];
    }
    let mut parts = Vec::new();
    let mut rest = value.min(LARGEST);
    for scale in SCALES {
        let count = rest / scale;
        rest %= scale;
        if count == 0 {
            continue;
        }
        // A thousand is signed THOUSAND, not ONE THOUSAND.
        if count > 1 {
            below_a_thousand(count, has_sign, &mut parts);
        }
        parts.push(scale);
    }
    below_a_thousand(rest, has_sign, &mut parts);
    parts
}

fn below_a_thousand(value: u64, has_sign: &dyn Fn(u64) -> bool, parts: &mut Vec<u64>) {
    if value == 0 {
        return;
    }
    if value <= 10 || has_sign(value) {
        parts.push(value);
        return;
    }
    let (hundreds, rest) = (value / 100, value % 100);
    if hundreds > 0 {
        if hundreds > 1 && has_sign(hundreds * 100) {
            parts.push(hundreds * 100);
        } else {
            if hundreds > 1 {
                parts.push(hundreds);
            }
            parts.push(100);
        }
        below_a_thousand(rest, has_sign, parts);
        return;
    }
    parts.push(value / 10 * 10);
    if !value.is_multiple_of(10) {
        parts.push(value % 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(value: u64) -> Vec<u64> {
        atoms(value, &|_| false)
    }

    #[test]
    fn groups_are_said_with_their_scale() {
        assert_eq!(plain(2_500_000), [2, 1_000_000, 5, 100, 1_000]);
        assert_eq!(plain(1_000), [1_000]);
        assert_eq!(plain(15), [10, 5]);
        assert_eq!(plain(2026), [2, 1_000, 20, 6]);
        assert_eq!(plain(0), [0]);
    }

    #[test]
    fn a_value_with_a_sign_of_its_own_stays_whole() {
        assert_eq!(atoms(15, &|value| (11..20).contains(&value)), [15]);
        assert_eq!(atoms(200, &|value| value == 200), [200]);
        assert_eq!(atoms(211, &|value| value == 200), [200, 10, 1]);
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_value(value in 0..=LARGEST) {
            let mut total = 0;
            let mut group = 0;
            for part in plain(value) {
                match part {
                    100 => group = group.max(1) * 100,
                    _ if part >= 1000 => {
                        total += group.max(1) * part;
                        group = 0;
                    }
                    // A unit before HUNDRED multiplies, others add.
                    _ => group += part,
                }
            }
            prop_assert_eq!(total + group, value);
        }
    }
}
