//! What was made of recent texts: a bulletin repeats its words.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A bounded memory of texts, which forgets those that were not asked for the longest.
#[derive(Debug)]
pub(super) struct Recent<V> {
    limit: usize,
    known: Mutex<Known<V>>,
}

#[derive(Debug)]
struct Known<V> {
    /// The value of each text, and when it was last asked for.
    values: BTreeMap<Box<str>, (u64, V)>,
    now: u64,
}

impl<V: Clone> Recent<V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, known: Mutex::new(Known { values: BTreeMap::new(), now: 0 }) }
    }

    pub(super) fn get(&self, text: &str) -> Option<V> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.now += 1;
        let now = known.now;
        let (asked, value) = known.values.get_mut(text)?;
        *asked = now;
        Some(value.clone())
    }

    pub(super) fn put(&self, text: &str, value: V) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.now += 1;
        let now = known.now;
        known.values.insert(text.into(), (now, value));
        if known.values.len() > self.limit {
            let oldest = known.values.iter().min_by_key(|(_, (asked, _))| *asked);
            if let Some(oldest) = oldest.map(|(text, _)| text.clone()) {
                known.values.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_the_longest_is_forgotten() {
        let recent = Recent::new(2);
        recent.put("a", 1);
        recent.put("b", 2);
        assert_eq!(recent.get("a"), Some(1));
        recent.put("c", 3);
        assert_eq!([recent.get("a"), recent.get("b"), recent.get("c")], [Some(1), None, Some(3)]);
    }
}
