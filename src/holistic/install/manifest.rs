//! `installed.json` in the folder: what was installed, what it was made of, and under which licence.

use super::files;
use super::{InstallError, sources};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The file's name.
const NAME: &str = "installed.json";

/// Goes up whenever the converter makes other files of the same networks.
pub(super) const CONVERTER: u32 = 1;

/// What is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the converter that made the networks.
    pub converter: u32,
    /// By file name.
    pub files: BTreeMap<String, Entry>,
}

/// A file that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its size.
    pub bytes: u64,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
    /// SPDX's name of the licence.
    pub licence: String,
    /// What it was made of or copied from.
    pub source: Origin,
}

/// Where a file comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `mediapipe 0.10.21`, `onnxruntime 1.32.0`.
    pub package: String,
    /// The wheel, or the file that was given or found.
    pub file: String,
    /// Of that file, in lower-case hexadecimal digits.
    pub file_sha256: String,
    /// The path within the wheel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Of the network's file before it was converted, or of the library.
    pub sha256: String,
}

impl Manifest {
    /// That of a folder; an empty one where there is none that can be read.
    pub fn read(folder: &Path) -> Self {
        let read = std::fs::read(folder.join(NAME)).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), InstallError> {
        let path = folder.join(NAME);
        let bytes = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        let mut bytes = bytes.map_err(InstallError::io(&path, "cannot write"))?;
        bytes.push(b'\n');
        files::write(&path, &bytes)
    }

    /// Whether a file is in the folder as it was installed; a network, by this converter.
    pub fn is_whole(&self, folder: &Path, name: &str) -> bool {
        let made_here = !name.ends_with(".onnx") || self.converter == CONVERTER;
        let entry = self.files.get(name).filter(|_| made_here);
        let found = || files::hash(&folder.join(name)).ok();
        entry.is_some_and(|entry| found() == Some((entry.bytes, entry.sha256.clone())))
    }

    /// The licences of what is installed, and of what: `Apache-2.0 (mediapipe 0.10.21)`.
    pub fn licences(&self) -> Vec<String> {
        let told = |entry: &Entry| format!("{} ({})", entry.licence, entry.source.package);
        let mut told: Vec<String> = self.files.values().map(told).collect();
        told.sort();
        told.dedup();
        told
    }
}

impl Origin {
    /// MediaPipe of the version whose files are known.
    pub(super) fn mediapipe() -> String {
        format!("mediapipe {}", sources::MEDIAPIPE)
    }
}
