//! What torch's two file formats share: a pickled tree whose tensors are views of storages elsewhere in
//! the file.

use super::FormatError;
use super::container::Contents;
use super::file::Bytes;
use super::pickle::{Storage, StoredTensor, Tree, Value};
use super::root::{root, tensors};
use super::tensor_view::{Layout, TensorView};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::Arc;

/// A pickle read, and the place of each storage's bytes in the file.
pub(super) struct Pickled<'a> {
    pub(super) file: &'a Arc<Bytes>,
    pub(super) tree: &'a Tree<'a>,
    /// The pickle's bytes.
    pub(super) length: usize,
    pub(super) storages: &'a BTreeMap<&'a str, Range<usize>>,
}

impl Pickled<'_> {
    /// The tensors by their dotted paths, and where the weights are among them.
    pub(super) fn contents(&self) -> Result<Contents, FormatError> {
        let mut views = BTreeMap::new();
        for named in tensors(self.tree, self.length)? {
            let view = self.view(&named.name, named.tensor)?;
            match views.entry(named.name) {
                Entry::Vacant(place) => place.insert(Arc::new(view)),
                Entry::Occupied(other) => {
                    return Err(FormatError::Duplicate { name: other.key().clone() });
                }
            };
        }
        if views.is_empty() {
            return Err(FormatError::NoTensors { hint: self.hint() });
        }
        Ok(Contents { views, root: root(self.tree) })
    }

    fn view(&self, name: &str, tensor: &StoredTensor) -> Result<TensorView, FormatError> {
        let Value::Storage(storage) = self.tree.get(tensor.storage) else {
            return Err(FormatError::NoStorage { key: name.to_owned() });
        };
        let bytes = self.bytes(storage)?;
        let (offset, room) = (tensor.offset, bytes.len());
        let layout = Layout { offset, shape: tensor.shape.clone(), strides: Some(tensor.strides.clone()) };
        let view = TensorView::new(self.file, bytes, tensor.stored, layout);
        view.ok_or_else(|| FormatError::View {
            name: name.to_owned(),
            shape: tensor.shape.clone(),
            offset,
            room,
        })
    }

    /// The storage's bytes: as many as the pickle says, which must be there.
    fn bytes(&self, storage: &Storage<'_>) -> Result<Range<usize>, FormatError> {
        let key = storage.key;
        let found = self.storages.get(key).ok_or_else(|| FormatError::NoStorage { key: key.to_owned() })?;
        let Some(expected) = storage_bytes(storage) else { return Ok(found.clone()) };
        let fits = expected <= found.len() as u64;
        let missing = || FormatError::Storage { key: key.to_owned(), expected, found: found.len() as u64 };
        fits.then(|| found.start..found.start + expected as usize).ok_or_else(missing)
    }

    fn hint(&self) -> &'static str {
        match self.tree.get(self.tree.top) {
            Value::Opaque => "it seems to be a whole pickled object, not the state_dict of one",
            Value::Tensor(_) => "it is one tensor without a name",
            _ => "it seems to be settings or results",
        }
    }
}

/// How many bytes the pickle says; `None` where nobody knows how large a number is.
pub(super) fn storage_bytes(storage: &Storage<'_>) -> Option<u64> {
    // A product too large for a number is too large for a file.
    storage.size.map(|size| storage.count.saturating_mul(size as u64))
}
