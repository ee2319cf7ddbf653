//! The checkpoint: tensors by name, whatever file they come from.

use super::file::Bytes;
use super::tensor_view::TensorView;
use super::{CheckpointError, FormatError, StoredType, safetensors, shards, torch_legacy, torch_zip};
use candle_core::{DType, Device, Tensor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Hugging Face's format, and ours.
    Safetensors,
    /// `torch.save` since PyTorch 1.6.
    TorchZip,
    /// `torch.save` before.
    TorchLegacy,
    /// Several files and a list of them.
    Sharded,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safetensors => "safetensors",
            Self::TorchZip => "PyTorch (zip)",
            Self::TorchLegacy => "PyTorch (legacy)",
            Self::Sharded => "sharded",
        })
    }
}

/// What a reader finds in a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) views: BTreeMap<String, Arc<TensorView>>,
    /// Under which dotted path the weights are.
    pub(super) root: String,
}

/// A tensor as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// The kind of number.
    pub stored: StoredType,
    /// Its shape.
    pub shape: &'a [usize],
}

/// The tensors of a file by name. Cheap to clone; clones and renamed ones share the mapped file.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    path: Arc<Path>,
    format: Format,
    root: Arc<str>,
    whole: Views,
    views: Views,
}

type Views = Arc<BTreeMap<String, Arc<TensorView>>>;

impl Checkpoint {
    /// Opens safetensors, files of `torch.save` (`.pth`, `.pt`, `.bin`, old and new) and
    /// `*.index.json` lists of such files, told apart by content. Maps the file and reads names and
    /// shapes only.
    ///
    /// Where the weights of a `torch.save` file lie in one obvious dictionary (`model`, `state_dict`,
    /// `net`, `trans`, `model_state_dict`, `module`, or the only one there is), the names are those
    /// within it: see [`root`](Self::root).
    ///
    /// # Errors
    /// [`CheckpointError::Read`] and [`CheckpointError::Content`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CheckpointError> {
        let path = path.as_ref();
        let bytes = Bytes::open(path)?;
        if shards::is(&bytes) {
            let contents = shards::read(path, &bytes)?;
            return Ok(Self::new(path, Format::Sharded, contents));
        }
        Self::of_bytes(path, bytes)
    }

    /// Opens a file that is whole in itself.
    pub(super) fn open_part(path: &Path) -> Result<Self, CheckpointError> {
        Self::of_bytes(path, Bytes::open(path)?)
    }

    /// As [`open`](Self::open), from memory; `path` is what messages call it.
    ///
    /// # Errors
    /// [`CheckpointError::Content`].
    pub fn from_bytes(bytes: Vec<u8>, path: impl Into<PathBuf>) -> Result<Self, CheckpointError> {
        Self::of_bytes(&path.into(), Bytes::Owned(bytes))
    }

    fn of_bytes(path: &Path, bytes: Bytes) -> Result<Self, CheckpointError> {
        let file = Arc::new(bytes);
        let (format, contents) = if file.starts_with(torch_zip::MAGIC) {
            (Format::TorchZip, torch_zip::read(&file))
        } else if file.starts_with(torch_legacy::MAGIC) {
            (Format::TorchLegacy, torch_legacy::read(&file))
        } else if safetensors::is(&file) {
            (Format::Safetensors, safetensors::read(&file))
        } else {
            (Format::Safetensors, Err(FormatError::Unknown { found: resemblance(&file) }))
        };
        let wrong = |reason| CheckpointError::Content { path: path.to_owned(), reason };
        Ok(Self::new(path, format, contents.map_err(wrong)?))
    }

    fn new(path: &Path, format: Format, contents: Contents) -> Self {
        let whole = Arc::new(contents.views);
        let views = match contents.root.as_str() {
            "" => whole.clone(),
            root => Arc::new(under(&whole, root)),
        };
        Self { path: path.into(), format, root: contents.root.into(), whole, views }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The dictionary that opening went into: `model`; empty where the weights are bare.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// How many tensors there are.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The tensors, sorted by name.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = TensorInfo<'_>> {
        self.views.iter().map(|(name, view)| info(name, view))
    }

    /// A tensor's type and shape.
    pub fn get(&self, name: &str) -> Option<TensorInfo<'_>> {
        self.views.get_key_value(name).map(|(name, view)| info(name, view))
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.views.contains_key(name)
    }

    pub(super) fn view(&self, name: &str) -> Option<&Arc<TensorView>> {
        self.views.get(name)
    }

    /// Everything in the file, the names from its top on: `model.encoder.weight`.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { root: "".into(), views: self.whole.clone(), ..self.clone() }
    }

    /// Only the tensors whose names begin with `part` and a dot, without that.
    ///
    /// # Errors
    /// [`CheckpointError::NothingUnder`].
    pub fn under(&self, part: &str) -> Result<Self, CheckpointError> {
        let views = under(&self.views, part);
        if views.is_empty() {
            let found: BTreeSet<&str> =
                self.views.keys().map(|name| name.split('.').next().unwrap_or_default()).collect();
            let found: Vec<&str> = found.into_iter().take(10).collect();
            let found = format!("names that begin with {}", found.join(", "));
            return Err(CheckpointError::NothingUnder {
                path: self.path.to_path_buf(),
                part: part.to_owned(),
                found,
            });
        }
        Ok(Self { views: Arc::new(views), ..self.clone() })
    }

    /// Takes a prefix (`module.`, `bert.`) from the names that have it; the others stay.
    ///
    /// # Errors
    /// [`CheckpointError::Collision`].
    pub fn strip_prefix(&self, prefix: &str) -> Result<Self, CheckpointError> {
        self.renamed(|name| Some(name.strip_prefix(prefix).unwrap_or(name).to_owned()))
    }

    /// Gives every tensor the name that `rename` makes of its own; `None` leaves it out.
    ///
    /// # Errors
    /// [`CheckpointError::Collision`] where two would have one name.
    pub fn renamed(&self, rename: impl Fn(&str) -> Option<String>) -> Result<Self, CheckpointError> {
        let mut views = BTreeMap::new();
        for (name, view) in self.views.iter() {
            let Some(name) = rename(name) else { continue };
            if views.contains_key(&name) {
                return Err(CheckpointError::Collision { path: self.path.to_path_buf(), name });
            }
            views.insert(name, view.clone());
        }
        Ok(Self { views: Arc::new(views), ..self.clone() })
    }

    /// Reads a tensor and converts it. Fractions are read as `f16`, `bf16`, `f32` or `f64`; whole
    /// numbers as those or as `u8`, `u32`, `i32` or `i64`.
    ///
    /// # Errors
    /// [`CheckpointError::NoTensor`] and [`CheckpointError::Tensor`].
    pub fn tensor(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor, CheckpointError> {
        self.read(name, dtype, device, false)
    }

    /// As [`tensor`](Self::tensor), but NaN and infinities are refused.
    pub(super) fn weight(
        &self,
        name: &str,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor, CheckpointError> {
        self.read(name, dtype, device, true)
    }

    fn read(
        &self,
        name: &str,
        dtype: DType,
        device: &Device,
        finite: bool,
    ) -> Result<Tensor, CheckpointError> {
        let path = || self.path.to_path_buf();
        let view = self.views.get(name).ok_or_else(|| CheckpointError::NoTensor {
            path: path(),
            name: name.to_owned(),
            count: self.len(),
        })?;
        let failed = |reason| CheckpointError::Tensor { path: path(), name: name.to_owned(), reason };
        view.read(dtype, device, finite).map_err(failed)
    }
}

fn info<'a>(name: &'a str, view: &'a TensorView) -> TensorInfo<'a> {
    TensorInfo { name, stored: view.stored, shape: &view.shape }
}

fn under(views: &BTreeMap<String, Arc<TensorView>>, part: &str) -> BTreeMap<String, Arc<TensorView>> {
    let inner = |name: &str| name.strip_prefix(part)?.strip_prefix('.').map(str::to_owned);
    views.iter().filter_map(|(name, view)| Some((inner(name)?, view.clone()))).collect()
}

/// What a file that is no checkpoint looks like.
fn resemblance(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        _ if bytes.starts_with(b"version https://git-lfs") => {
            "a pointer of Git LFS: the file itself was not downloaded"
        }
        _ if bytes.trim_ascii_start().starts_with(b"<") => "a web page: the download was refused",
        _ if bytes.get(257..262) == Some(b"ustar") => "a tar file (PyTorch before 0.2, which is not read)",
        _ if bytes.starts_with(b"\x1f\x8b") => "a compressed file: unpack it first",
        [0x80, 2..=5, ..] => "a pickle that is not of torch.save",
        _ => "something else",
    }
}
