//! The Hugging Face cache on disk, as its own libraries lay it out.
//!
//! `models--ORG--NAME/refs/REVISION` holds a commit, `snapshots/COMMIT/FILE` is a link to
//! `blobs/HASH` (a plain file where the system has no links). For large files the hash is the SHA-256 of
//! the content. A snapshot holds only the files that somebody asked for at that commit.

use super::manifest::is_sha256;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folder of the cache, by the variables that the Hugging Face libraries read.
pub(super) fn root(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let cache = || {
        let home = || variable("HOME").map(|home| home.join(".cache"));
        variable("XDG_CACHE_HOME").or_else(home).map(|cache| cache.join("huggingface"))
    };
    variable("HF_HUB_CACHE")
        .or_else(|| variable("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| variable("HF_HOME").or_else(cache).map(|home| home.join("hub")))
}

/// The repository's folder in a cache.
pub(super) fn repository_folder(root: &Path, repository: &str) -> PathBuf {
    root.join(format!("models--{}", repository.replace('/', "--")))
}

/// The snapshots of a repository's folder: the revision's own first, then the others, the newest first.
pub(super) fn snapshots(folder: &Path, revision: &str) -> Vec<PathBuf> {
    let current = commit(folder, revision);
    let Ok(entries) = std::fs::read_dir(folder.join("snapshots")) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let is_current = path.file_name().is_some_and(|name| Some(name) == current.as_deref());
            (is_current, modified(&path), path)
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, _, path)| path).collect()
}

/// The commit that a revision names: what its ref says, else the revision itself.
fn commit(folder: &Path, revision: &str) -> Option<std::ffi::OsString> {
    let mut file = folder.join("refs");
    file.extend(revision.split('/').filter(|part| !part.is_empty() && *part != ".."));
    let text = std::fs::read_to_string(file).unwrap_or_else(|_| revision.to_owned());
    Some(text.trim().into()).filter(|commit: &std::ffi::OsString| !commit.is_empty())
}

fn modified(path: &Path) -> SystemTime {
    path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The SHA-256 by which the cache keeps a file, where it keeps it by that.
pub(super) fn blob_hash(file: &Path) -> Option<String> {
    let blob = std::fs::read_link(file).ok()?;
    let is_blob = blob.parent()?.file_name()? == "blobs";
    let name = blob.file_name()?.to_str()?;
    (is_blob && is_sha256(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::testing::{age, write};
    use std::collections::BTreeMap;

    fn root_of(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        root(&|name| variables.get(name).map(PathBuf::from))
    }

    #[test]
    fn the_variables_count_in_the_order_of_the_libraries() {
        let mut variables = vec![
            ("HF_HUB_CACHE", "/a"),
            ("HUGGINGFACE_HUB_CACHE", "/b"),
            ("HF_HOME", "/c"),
            ("XDG_CACHE_HOME", "/d"),
            ("HOME", "/e"),
        ];
        for expected in ["/a", "/b", "/c/hub", "/d/huggingface/hub", "/e/.cache/huggingface/hub"] {
            assert_eq!(root_of(&variables), Some(PathBuf::from(expected)));
            variables.remove(0);
        }
        assert_eq!(root_of(&[]), None);
    }

    #[test]
    fn the_revisions_snapshot_comes_first_then_the_newest() {
        let cache = tempfile::tempdir().unwrap();
        let folder = repository_folder(cache.path(), "org/name");
        for (commit, days) in [("old", 30), ("new", 1), ("middle", 10)] {
            write(&folder.join("snapshots").join(commit).join("f"), b"x");
            age(&folder.join("snapshots").join(commit), days);
        }
        let names = |revision: &str| -> Vec<String> {
            let found = snapshots(&folder, revision);
            found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("main"), ["new", "middle", "old"], "without refs");
        write(&folder.join("refs/main"), b"middle\n");
        write(&folder.join("refs/refs/pr/4"), b"old");
        assert_eq!(names("main"), ["middle", "new", "old"]);
        assert_eq!(names("refs/pr/4"), ["old", "new", "middle"]);
        assert_eq!(names("old"), ["old", "new", "middle"], "a commit");
        assert!(snapshots(&cache.path().join("models--no--such"), "main").is_empty());
    }
}
