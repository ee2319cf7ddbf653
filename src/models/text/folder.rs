//! A folder as Hugging Face's repositories have it: configurations and weights under known names.

use super::TextError;
use crate::models::checkpoint::Checkpoint;
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A longer configuration is refused.
const LONGEST_CONFIG: u64 = 1 << 20;

/// The names that weights have, the best first.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// The folder of one model.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Nothing is looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The weights, mapped.
    ///
    /// # Errors
    /// [`TextError::MissingFile`] where there are none, and the checkpoint's own.
    pub fn weights(&self) -> Result<Checkpoint, TextError> {
        match WEIGHTS.iter().map(|name| self.0.join(name)).find(|path| path.is_file()) {
            Some(path) => Ok(Checkpoint::open(path)?),
            None => Err(self.lacks(&WEIGHTS.join(", "))),
        }
    }

    /// A file of JSON, and where it is.
    ///
    /// # Errors
    /// [`TextError::MissingFile`] where it is not there, [`TextError::Read`] and [`TextError::Config`]
    /// where it cannot be read.
    pub(super) fn json(&self, name: &str) -> Result<(PathBuf, Value), TextError> {
        let path = self.0.join(name);
        let mut bytes = Vec::new();
        let read =
            std::fs::File::open(&path).and_then(|file| file.take(LONGEST_CONFIG + 1).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(self.lacks(name)),
            Err(reason) => return Err(TextError::Read { path, reason }),
            Ok(length) if length as u64 > LONGEST_CONFIG => {
                let reason = format!("expected at most {LONGEST_CONFIG} bytes, found more");
                return Err(TextError::Config { path, reason });
            }
            Ok(_) => {}
        }
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok((path, value)),
            Err(error) => Err(TextError::Config { path, reason: format!("expected JSON: {error}") }),
        }
    }

    fn lacks(&self, expected: &str) -> TextError {
        TextError::MissingFile { folder: self.0.clone(), expected: expected.to_owned() }
    }
}
