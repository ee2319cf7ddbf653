//! `pulled.json` in a model's folder: what was pulled, from where, and the hashes of it, so that a file
//! that the manifest has no hash of can be checked later all the same.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file's name.
pub(super) const NAME: &str = "pulled.json";

/// Where a folder's files came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The repository on the hub.
    pub(super) repository: String,
    /// The revision that was asked for.
    pub(super) revision: String,
    /// The commit that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    /// By name.
    #[serde(default)]
    pub(super) files: BTreeMap<String, RecordedFile>,
}

/// One file as it was when it had come whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedFile {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Record {
    /// The record of a folder; none where there is none.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(folder.join(NAME)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes it beside and moves it over, so that a half one is never found.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let fresh = folder.join("pulled.json.new");
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        std::fs::write(&fresh, bytes)?;
        std::fs::rename(&fresh, folder.join(NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_and_a_broken_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), None);
        let file = RecordedFile { bytes: 3, sha256: "ab".repeat(32) };
        let record = Record {
            repository: "org/name".into(),
            revision: "refs/pr/1".into(),
            commit: Some("c0ffee".into()),
            files: BTreeMap::from([("a.bin".into(), file)]),
        };
        record.write(folder.path()).unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), Some(record));
        std::fs::write(folder.path().join(NAME), "{").unwrap();
        assert!(Record::read(folder.path()).is_err());
    }
}
