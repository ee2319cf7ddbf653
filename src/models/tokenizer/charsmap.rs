//! SentencePiece's precompiled table of replacements, such as `nmt_nfkc`.
//!
//! The bytes are the length of a double-array trie (Darts-clone), the trie, and the replacements,
//! each ended by a zero byte. A leaf holds where its replacement begins.

/// The high bit that only a leaf's label has.
const LEAF: u32 = 1 << 31;

/// Longest-match replacements. Every step from a node that [`parse`](Self::parse) let through
/// stays inside the trie.
#[derive(Debug, Default)]
pub(super) struct Charsmap {
    trie: Vec<u32>,
    replacements: String,
}

impl Charsmap {
    /// Reads and checks a table. No bytes are a table without replacements.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let (length, rest) =
            bytes.split_first_chunk::<4>().ok_or("the table of replacements ends in its length")?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (trie, replacements) = rest.split_at_checked(length).ok_or_else(|| {
            format!("the table of replacements promises a trie of {length} bytes, found {}", rest.len())
        })?;
        let (units, odd) = trie.as_chunks::<4>();
        if units.is_empty() || units.len() % 256 != 0 || !odd.is_empty() {
            return Err(format!("expected a trie of a multiple of 1024 bytes, found {length}"));
        }
        let replacements = std::str::from_utf8(replacements)
            .map_err(|_| "expected replacements in UTF-8, found other bytes".to_owned())?;
        let map = Self {
            trie: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(),
            replacements: replacements.to_owned(),
        };
        map.check()?;
        Ok(map)
    }

    /// That no step leads out of the trie, nor a leaf out of the replacements or into a letter.
    fn check(&self) -> Result<(), String> {
        let nodes = self.trie.iter().enumerate().filter(|(at, unit)| *at == 0 || *unit & LEAF == 0);
        for (at, unit) in nodes {
            let next = at ^ offset(*unit);
            let target = self.trie.get(next).ok_or_else(|| {
                format!("node {at} of the table of replacements leads to {next}, of {}", self.trie.len())
            })?;
            if has_leaf(*unit) && self.replacement(*target).is_none() {
                return Err(format!("node {at} of the table of replacements leads to no replacement"));
            }
        }
        Ok(())
    }

    fn replacement(&self, leaf: u32) -> Option<&str> {
        let start = usize::try_from(leaf & !LEAF).ok()?;
        self.replacements.get(start..)?.split('\0').next()
    }

    /// The longest beginning of `text` that has a replacement: the replacement, and how many bytes
    /// it is for.
    pub(super) fn longest(&self, text: &str) -> Option<(&str, usize)> {
        let mut unit = *self.trie.first()?;
        let mut at = offset(unit);
        let mut longest = None;
        for (read, byte) in text.bytes().enumerate() {
            at ^= usize::from(byte);
            unit = *self.trie.get(at)?;
            if unit & (LEAF | 0xff) != u32::from(byte) {
                break;
            }
            at ^= offset(unit);
            if has_leaf(unit) && text.is_char_boundary(read + 1) {
                longest = Some((self.replacement(*self.trie.get(at)?)?, read + 1));
            }
        }
        longest
    }
}

fn has_leaf(unit: u32) -> bool {
    unit >> 8 & 1 == 1
}

fn offset(unit: u32) -> usize {
    let offset = (unit >> 10) << ((unit & 1 << 9) >> 6);
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A trie that knows only `a`, with the replacement at `start`.
    fn only_a(start: u32, replacements: &str) -> Vec<u8> {
        let mut trie = vec![0_u32; 512];
        trie[0] = 256 << 10;
        trie[256 ^ 0x61] = 0x61 | 1 << 8 | 0x61 << 10;
        trie[256] = LEAF | start;
        let trie: Vec<u8> = trie.into_iter().flat_map(u32::to_le_bytes).collect();
        [&2048_u32.to_le_bytes(), &*trie, replacements.as_bytes()].concat()
    }

    #[test]
    fn a_leaf_gives_the_replacement_up_to_its_zero() {
        let map = Charsmap::parse(&only_a(1, "\0ش\0x\0")).unwrap();
        assert_eq!(map.longest("ab"), Some(("ش", 1)));
        assert_eq!(map.longest("b"), None);
        assert_eq!(map.longest(""), None);
    }

    #[test]
    fn tables_that_lead_outside_are_refused() {
        for (start, replacements) in [(2, "\0ش\0"), (100, "\0ش\0")] {
            let error = Charsmap::parse(&only_a(start, replacements)).unwrap_err();
            assert!(error.ends_with("leads to no replacement"), "{error}");
        }
        let mut far = only_a(1, "\0ش\0");
        far[4..8].copy_from_slice(&(600_u32 << 10).to_le_bytes());
        assert!(Charsmap::parse(&far).unwrap_err().contains("leads to 600, of 512"));
        for cut in [1, 3, 4, 500, 2051] {
            assert!(Charsmap::parse(&only_a(1, "\0ش\0")[..cut]).is_err(), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn what_is_let_through_never_panics(
            units in proptest::collection::vec((any::<u16>(), any::<u32>()), 0..40), text in ".{0,8}",
        ) {
            let mut bytes = only_a(1, "\0ش\0");
            for (at, unit) in units {
                let at = 4 + usize::from(at) % 512 * 4;
                bytes[at..at + 4].copy_from_slice(&(unit & 0x7ffff).to_le_bytes());
            }
            if let Ok(map) = Charsmap::parse(&bytes) {
                for (_, length) in map.longest(&text).into_iter().chain(map.longest("aش")) {
                    prop_assert!(length > 0);
                }
            }
        }
    }
}
