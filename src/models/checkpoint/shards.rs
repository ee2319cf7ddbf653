//! A checkpoint in parts: `model.safetensors.index.json` and its like, which say for each tensor which
//! file beside them holds it.

use super::container::{Checkpoint, Contents};
use super::{CheckpointError, FormatError, safetensors};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The largest list that is read; those of models with thousands of layers have a few megabytes.
const LIMIT: usize = 64 << 20;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Whether bytes begin as JSON does.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{') && !safetensors::is(bytes)
}

/// Opens the files that the list at `path` names.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Contents, CheckpointError> {
    let wrong = |reason: String| CheckpointError::Content {
        path: path.to_owned(),
        reason: FormatError::Index(reason),
    };
    let bytes = bytes.get(..bytes.len().min(LIMIT)).unwrap_or_default();
    let index: Index = serde_json::from_slice(bytes).map_err(|e| wrong(e.to_string()))?;
    let mut parts: BTreeMap<&str, Checkpoint> = BTreeMap::new();
    let mut contents = Contents::default();
    for (name, file) in &index.weight_map {
        if !parts.contains_key(file.as_str()) {
            parts.insert(
                file,
                Checkpoint::open_part(
                    &beside(path, file)
                        .ok_or_else(|| wrong(format!("`{file}` is not the name of a file beside it")))?,
                )?,
            );
        }
        let view = parts.get(file.as_str()).and_then(|part| part.view(name));
        let view = view.ok_or_else(|| wrong(format!("`{name}` is not in `{file}`")))?;
        contents.views.insert(name.clone(), view.clone());
    }
    if contents.views.is_empty() {
        return Err(wrong("it names no tensors".to_owned()));
    }
    Ok(contents)
}

/// A file in the same folder and in no other.
fn beside(path: &Path, file: &str) -> Option<std::path::PathBuf> {
    let mut parts = Path::new(file).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(name)), None) => Some(path.with_file_name(name)),
        _ => None,
    }
}
