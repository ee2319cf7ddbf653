//! Writing tensors as safetensors.

use super::CheckpointError;
use candle_core::{Device, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// Writes tensors so that the file is either the old one or whole: into `.NAME.PROCESS.part` beside it,
/// flushed, then renamed. The same tensors give the same bytes.
///
/// # Errors
/// [`CheckpointError::Write`]; nothing is left behind then.
pub fn save_safetensors(path: &Path, tensors: &BTreeMap<String, Tensor>) -> Result<(), CheckpointError> {
    save_with_metadata(path, tensors, None)
}

/// The same, with texts by name in the file's metadata. With more than one the bytes may differ between
/// writes, since safetensors keeps them in a hash map.
pub(crate) fn save_with_metadata(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    metadata: Option<HashMap<String, String>>,
) -> Result<(), CheckpointError> {
    let failed = |reason: String| CheckpointError::Write { path: path.to_owned(), reason };
    let name = path.file_name().ok_or_else(|| failed("expected the name of a file".to_owned()))?;
    let part = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    let part = path.with_file_name(part);
    let written = write(&part, tensors, metadata).and_then(|()| rename(&part, path));
    written.map_err(|reason| {
        // What went wrong first is what is told.
        let _ = fs::remove_file(&part);
        failed(reason)
    })
}

/// Also on disk when this returns, where folders can be flushed.
fn rename(part: &Path, path: &Path) -> Result<(), String> {
    fs::rename(part, path).map_err(|e| e.to_string())?;
    if let Some(folder) = path.parent().and_then(|parent| fs::File::open(parent).ok()) {
        // Not every file system can, and the name is right in any case.
        let _ = folder.sync_all();
    }
    Ok(())
}

fn write(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    metadata: Option<HashMap<String, String>>,
) -> Result<(), String> {
    let mut ready = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let tensor = tensor.detach().to_device(&Device::Cpu).and_then(|t| t.contiguous());
        ready.push((name, tensor.map_err(|e| format!("tensor `{name}`: {e}"))?));
    }
    // safetensors makes files that only their owner reads; a model is for whoever may read its folder.
    let usual = fs::File::create(path).and_then(|file| file.metadata()).map_err(|e| e.to_string())?;
    safetensors::serialize_to_file(ready, metadata, path).map_err(|e| e.to_string())?;
    let file = fs::OpenOptions::new().write(true).open(path).map_err(|e| e.to_string())?;
    file.set_permissions(usual.permissions()).map_err(|e| e.to_string())?;
    file.sync_all().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Checkpoint;
    use super::*;
    use candle_core::DType;

    #[test]
    fn what_is_written_is_read_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let matrix = Tensor::arange(0f32, 6.0, &Device::Cpu).unwrap().reshape((2, 3)).unwrap();
        let turned = matrix.t().unwrap();
        for tensor in [&matrix, &turned] {
            save_safetensors(&path, &BTreeMap::from([("m".to_owned(), tensor.clone())])).unwrap();
            let read = Checkpoint::open(&path).unwrap().tensor("m", DType::F32, &Device::Cpu).unwrap();
            assert_eq!(read.to_vec2::<f32>().unwrap(), tensor.to_vec2::<f32>().unwrap());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let path = Path::new("/nowhere/at/all/weights.safetensors");
        let error = save_safetensors(path, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all/weights.safetensors"), "{error}");
    }
}
