//! `torch.save` before PyTorch 1.6, and since then on demand: a pickled magic number, the version, the
//! machine's byte order, the tree, the keys of the storages, then each storage with its length.

use super::FormatError;
use super::container::Contents;
use super::file::Bytes;
use super::pickle::{self, Tree, Value};
use super::torch::{Pickled, storage_bytes};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// How such a file begins: a pickle of protocol 2 with the number 0x1950a86a20f9469cfc6c.
pub(super) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Reads the tree; the storages stay where they are.
pub(super) fn read(file: &Arc<Bytes>) -> Result<Contents, FormatError> {
    let mut at = 0;
    let mut next = || -> Result<(Tree<'_>, usize), FormatError> {
        let rest = file.get(at..).unwrap_or_default();
        let (tree, length) = pickle::read(rest).map_err(FormatError::Pickle)?;
        at += length;
        Ok((tree, length))
    };
    let _magic = next()?;
    let _version = next()?;
    let (machine, _) = next()?;
    let (tree, length) = next()?;
    let (keys, _) = next()?;
    if is_big_endian(&machine) {
        return Err(FormatError::BigEndian);
    }
    let storages = storages(file, at, &keys, &sizes(&tree))?;
    Pickled { file, tree: &tree, length, storages: &storages }.contents()
}

fn is_big_endian(machine: &Tree<'_>) -> bool {
    let items = machine.dict(machine.top).unwrap_or_default();
    let order = items.iter().find(|(key, _)| machine.text(*key) == Some("little_endian"));
    order.is_some_and(|(_, value)| matches!(machine.get(*value), Value::Bool(false)))
}

/// For each storage that a tensor uses, how many numbers it holds and how many bytes they are.
fn sizes<'a>(tree: &Tree<'a>) -> BTreeMap<&'a str, (u64, Option<u64>)> {
    tree.storages().map(|storage| (storage.key, (storage.count, storage_bytes(storage)))).collect()
}

/// Walks over the storages that follow the pickles.
fn storages<'a>(
    file: &[u8],
    mut at: usize,
    keys: &Tree<'a>,
    sizes: &BTreeMap<&str, (u64, Option<u64>)>,
) -> Result<BTreeMap<&'a str, Range<usize>>, FormatError> {
    let mut storages = BTreeMap::new();
    for key in keys.sequence(keys.top).unwrap_or_default() {
        let key = keys.text(*key).unwrap_or_default();
        let lost = || FormatError::NoStorage { key: key.to_owned() };
        let (count, bytes) = sizes.get(key).ok_or_else(lost)?;
        let length = bytes.ok_or_else(lost)?;
        let rest = file.get(at..).unwrap_or_default();
        let cut = |needed| FormatError::Truncated { at, expected: "a storage", needed, left: rest.len() };
        let (head, data) = rest.split_first_chunk::<8>().ok_or_else(|| cut(8))?;
        let found = u64::from_le_bytes(*head);
        if found != *count {
            return Err(FormatError::Storage { key: key.to_owned(), expected: *count, found });
        }
        if length > data.len() as u64 {
            return Err(cut(length.saturating_add(8)));
        }
        let begin = at + head.len();
        at = begin + length as usize;
        storages.insert(key, begin..at);
    }
    Ok(storages)
}
