//! What takes long to make and is wanted again: kept while there is room.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// At most `room` values by key; when one more comes, all go.
///
/// A bulletin repeats its words, so that hardly anything is made twice, and forgetting all at once costs
/// no bookkeeping at each look.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    values: Mutex<HashMap<K, V>>,
    room: usize,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    pub(super) fn with_room(room: usize) -> Self {
        Self { values: Mutex::default(), room }
    }

    /// The value of a key, made if it is not kept. Made without the lock: another thread may want
    /// another value meanwhile.
    ///
    /// # Errors
    /// Whatever making it gives; errors are not kept.
    pub(super) fn get_or_make<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        let kept = self.values.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(value) = kept {
            return Ok(value);
        }
        let value = make()?;
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.room {
            values.clear();
        }
        values.insert(key, value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_an_error_is_not_kept() {
        let kept = Kept::with_room(2);
        assert_eq!(kept.get_or_make("a", || Err("not yet")), Err("not yet"));
        assert_eq!(kept.get_or_make("a", || Ok::<_, &str>(1)), Ok(1));
        assert_eq!(kept.get_or_make("a", || Err("made again")), Ok(1));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let kept = Kept::with_room(2);
        for key in 0..5 {
            let _ = kept.get_or_make(key, || Ok::<_, ()>(key));
        }
        assert!(kept.values.lock().unwrap().len() <= 2);
    }
}
