//! All that a run needs to go on as if nothing had happened, in one safetensors file.
//!
//! Tensors are called `part/name`: `weights`, `optimiser`, `ema`, `watch` (the parameters' report in the
//! making) and `task`. The rest is JSON in the file's metadata. A file gets its name when it is whole and
//! on the disk; where the newest cannot be read all the same, the one before is taken.

use super::TrainError;
use super::state::RunState;
use crate::models::checkpoint::save_with_metadata;
use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// So many are kept, the newest.
const KEPT: usize = 2;

/// The entry of the metadata.
const STATE: &str = "nashra-run";

/// Tensors by name.
pub(super) type Tensors = BTreeMap<String, Tensor>;

/// What a checkpoint holds.
pub(super) struct Snapshot {
    pub(super) state: RunState,
    pub(super) parts: BTreeMap<&'static str, Tensors>,
}

const PARTS: [&str; 5] = ["weights", "optimiser", "ema", "watch", "task"];

impl Snapshot {
    /// The tensors of a part; none where it had none.
    pub(super) fn part(&self, part: &str) -> &Tensors {
        static NONE: Tensors = Tensors::new();
        self.parts.get(part).unwrap_or(&NONE)
    }

    /// Writes it into a folder of checkpoints, then removes the oldest there.
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf, TrainError> {
        let path = folder.join(format!("step-{:08}.safetensors", self.state.step));
        let state = serde_json::to_string(&self.state).map_err(|e| TrainError::write(&path, e))?;
        let named = |(part, tensors): (&&'static str, &Tensors)| {
            let named = |(name, tensor): (&String, &Tensor)| (format!("{part}/{name}"), tensor.clone());
            tensors.iter().map(named).collect::<Vec<_>>()
        };
        let tensors: Tensors = self.parts.iter().flat_map(named).collect();
        save_with_metadata(&path, &tensors, Some(HashMap::from([(STATE.to_owned(), state)])))?;
        // A newer one could not be read, and would be tried first for ever.
        let (newer, older): (Vec<_>, Vec<_>) =
            list(folder)?.into_iter().partition(|(step, _)| *step > self.state.step);
        for (_, other) in older.into_iter().rev().skip(KEPT).chain(newer) {
            fs::remove_file(&other).map_err(|e| TrainError::write(&other, e))?;
        }
        Ok(path)
    }

    fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|e| e.to_string())?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| e.to_string())?;
        let state = header.metadata().as_ref().and_then(|metadata| metadata.get(STATE));
        let state = state.ok_or_else(|| format!("expected `{STATE}` in its metadata"))?;
        let state = serde_json::from_str(state).map_err(|e| e.to_string())?;
        let tensors =
            candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).map_err(|e| e.to_string())?;
        let mut parts: BTreeMap<&'static str, Tensors> = BTreeMap::new();
        let tensors: Tensors = tensors.into_iter().collect();
        for (name, tensor) in tensors {
            let split = name.split_once('/');
            let part = split.and_then(|(part, _)| PARTS.into_iter().find(|known| *known == part));
            let (Some(part), Some((_, name))) = (part, split) else {
                return Err(format!("expected tensors of {}, found `{name}`", PARTS.join(", ")));
            };
            parts.entry(part).or_default().insert(name.to_owned(), tensor);
        }
        Ok(Self { state, parts })
    }
}

/// The newest checkpoint that can be read.
pub(super) fn latest(folder: &Path) -> Result<Option<(PathBuf, Snapshot)>, TrainError> {
    for (_, path) in list(folder)?.into_iter().rev() {
        match Snapshot::read(&path) {
            Ok(snapshot) => return Ok(Some((path, snapshot))),
            Err(reason) => tracing::warn!("{}: {reason}; trying the one before", path.display()),
        }
    }
    Ok(None)
}

/// Checkpoints, oldest first.
fn list(folder: &Path) -> Result<Vec<(u64, PathBuf)>, TrainError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| TrainError::read(folder, e))? {
        let path = entry.map_err(|e| TrainError::read(folder, e))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let step = name.strip_prefix("step-").and_then(|rest| rest.strip_suffix(".safetensors"));
        found.extend(step.and_then(|step| step.parse().ok()).map(|step| (step, path)));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(step: u64) -> Snapshot {
        let weights = Tensor::new(&[step as f32, 2.0, 3.0], &Device::Cpu).unwrap();
        let weights = Tensors::from([("a/b.weight".to_owned(), weights)]);
        Snapshot {
            state: RunState { step, ..RunState::default() },
            parts: BTreeMap::from([("weights", weights)]),
        }
    }

    fn newest(folder: &Path) -> Option<u64> {
        let (_, snapshot) = latest(folder).unwrap()?;
        let first = snapshot.part("weights")["a/b.weight"].to_vec1::<f32>().unwrap()[0];
        assert_eq!(first, snapshot.state.step as f32);
        Some(snapshot.state.step)
    }

    #[test]
    fn the_last_two_are_kept_and_the_newest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for step in [5, 900, 1_000_000_000] {
            snapshot(step).write(folder.path()).unwrap();
            assert_eq!(newest(folder.path()), Some(step));
        }
        assert_eq!(list(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn one_that_was_cut_anywhere_is_never_read() {
        let folder = tempfile::tempdir().unwrap();
        snapshot(1).write(folder.path()).unwrap();
        let path = snapshot(2).write(folder.path()).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(newest(folder.path()), Some(1), "cut at {length}");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(newest(folder.path()), Some(2));
    }

    #[test]
    fn a_damaged_newer_one_does_not_outlive_its_successor() {
        let folder = tempfile::tempdir().unwrap();
        snapshot(1).write(folder.path()).unwrap();
        fs::write(folder.path().join("step-00000009.safetensors"), "nothing").unwrap();
        snapshot(5).write(folder.path()).unwrap();
        let steps: Vec<u64> = list(folder.path()).unwrap().into_iter().map(|(step, _)| step).collect();
        assert_eq!(steps, [1, 5]);
    }

    #[test]
    fn where_nothing_can_be_written_the_one_before_stays() {
        let folder = tempfile::tempdir().unwrap();
        snapshot(1).write(folder.path()).unwrap();
        // A folder in the place of the file stands in for a full disk.
        fs::create_dir_all(folder.path().join("step-00000002.safetensors/x")).unwrap();
        assert!(snapshot(2).write(folder.path()).unwrap_err().to_string().contains("cannot write"));
        assert_eq!(newest(folder.path()), Some(1));
    }
}
