//! `torch.save` since PyTorch 1.6: a zip file, nothing compressed, with the tree in `NAME/data.pkl` and
//! each storage in `NAME/data/KEY`.
//!
//! Checksums are not verified: torch can be told to write files without them.

use super::FormatError;
use super::container::Contents;
use super::file::Bytes;
use super::pickle;
use super::torch::Pickled;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// How such a file begins.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// Reads the tree; the storages stay where they are.
pub(super) fn read(file: &Arc<Bytes>) -> Result<Contents, FormatError> {
    let entries = entries(file)?;
    let tree = entries.iter().find_map(|(name, bytes)| {
        let folder = name.strip_suffix("data.pkl")?;
        (folder.is_empty() || folder.ends_with('/')).then_some((folder, bytes.clone()))
    });
    let (folder, tree) = tree.ok_or(FormatError::NoPickle)?;
    let place = |name: &str| entries.get(&format!("{folder}{name}")).cloned();
    let order = place("byteorder").and_then(|range| file.get(range));
    if order.is_some_and(|order| order != b"little") {
        return Err(FormatError::BigEndian);
    }
    let bytes = file.get(tree).unwrap_or_default();
    let (tree, length) = pickle::read(bytes).map_err(FormatError::Pickle)?;
    let data = format!("{folder}data/");
    let storages: BTreeMap<&str, Range<usize>> =
        entries.iter().filter_map(|(name, range)| Some((name.strip_prefix(&data)?, range.clone()))).collect();
    let contents = Pickled { file, tree: &tree, length, storages: &storages }.contents();
    match contents {
        Err(FormatError::NoTensors { .. }) if entries.contains_key(&format!("{folder}constants.pkl")) => {
            Err(FormatError::NoTensors { hint: "it seems to be a TorchScript program, not a state_dict" })
        }
        contents => contents,
    }
}

/// TorchScript adds source code, which is compressed and not read.
fn is_of_tensors(name: &str) -> bool {
    name.ends_with("data.pkl") || name.contains("data/")
}

/// Where each entry's bytes lie.
fn entries(file: &[u8]) -> Result<BTreeMap<String, Range<usize>>, FormatError> {
    let wrong = |reason: String| FormatError::Zip(reason);
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|e| wrong(e.to_string()))?;
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|e| wrong(e.to_string()))?;
        let name = entry.name().map_err(|e| wrong(e.to_string()))?.into_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            if is_of_tensors(&name) {
                return Err(FormatError::Compressed { entry: name });
            }
            continue;
        }
        let start = entry.data_start().and_then(|start| usize::try_from(start).ok());
        let range = start.zip(usize::try_from(entry.size()).ok()).and_then(|(start, size)| {
            let end = start.checked_add(size)?;
            (end <= file.len()).then_some(start..end)
        });
        let range = range.ok_or_else(|| wrong(format!("entry `{name}` reaches beyond the file")))?;
        entries.insert(name, range);
    }
    Ok(entries)
}
