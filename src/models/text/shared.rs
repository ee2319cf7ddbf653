//! One text encoder of each folder, however many models read their text through it.

use super::{TextEncoder, TextError};
use candle_core::{DType, Device};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The encoders that are in use. What nobody holds any more is let go.
#[derive(Debug, Default)]
pub struct SharedEncoders(Mutex<BTreeMap<Key, Weak<TextEncoder>>>);

/// A folder, by whatever path, the type of the numbers, and the device.
type Key = (PathBuf, &'static str, String);

impl SharedEncoders {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The encoder of a folder, read when nobody has it yet. Others wait meanwhile, so that two models
    /// that start at once read it once.
    ///
    /// # Errors
    /// Those of [`TextEncoder::load`], and where there is no such folder.
    pub fn get(&self, folder: &Path, dtype: DType, device: &Device) -> Result<Arc<TextEncoder>, TextError> {
        let path =
            folder.canonicalize().map_err(|reason| TextError::Read { path: folder.to_owned(), reason })?;
        let key = (path, dtype.as_str(), format!("{:?}", device.location()));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoder) = known.get(&key).and_then(Weak::upgrade) {
            return Ok(encoder);
        }
        let encoder = Arc::new(TextEncoder::load(&key.0, dtype, device)?);
        known.retain(|_, encoder| encoder.strong_count() > 0);
        known.insert(key, Arc::downgrade(&encoder));
        Ok(encoder)
    }
}
