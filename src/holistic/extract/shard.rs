//! Which machine of several does which clips.
//!
//! The video's own path alone decides, so machines agree without talking, and a video that is added later
//! moves no other one: not even a namesake with another ending, which changes what results are called.

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Part `number` of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    count: u32,
}

impl Shard {
    /// Whether a clip, by its video's path under its input with `/` between folders, is in this part.
    pub fn has(self, key: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let first = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        first % u64::from(self.count) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        parts
            .filter(|shard| (1..=shard.count).contains(&shard.number))
            .ok_or_else(|| format!("expected I/N with I from 1 to N, such as 3/8; found {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("3/8".parse::<Shard>().unwrap().to_string(), "3/8");
        for wrong in ["0/8", "9/8", "1/0", "1", "", "-1/2", "a/b"] {
            assert!(wrong.parse::<Shard>().unwrap_err().contains("3/8"), "{wrong}");
        }
    }

    #[test]
    fn parts_are_of_about_the_same_size() {
        let sizes: Vec<usize> = (1..=4)
            .map(|number| Shard { number, count: 4 })
            .map(|shard| (0..1000).filter(|i| shard.has(&format!("signer{}/{i}", i % 7))).count())
            .collect();
        assert_eq!(sizes.iter().sum::<usize>(), 1000);
        assert!(sizes.iter().all(|size| (200..300).contains(size)), "{sizes:?}");
    }

    proptest! {
        #[test]
        fn every_clip_is_in_exactly_one_part(key: String, count in 1_u32..50) {
            let parts = (1..=count).filter(|&number| Shard { number, count }.has(&key)).count();
            prop_assert_eq!(parts, 1);
        }
    }
}
