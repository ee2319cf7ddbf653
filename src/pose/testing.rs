//! Where tests find the reference recordings, which are not part of the tree.

use std::path::{Path, PathBuf};

/// The reference folder, or a line that says the test is skipped.
pub(crate) fn reference() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|p| p.join("shared/reference"));
    let folder = std::env::var_os("NASHRA_REFERENCE").map(PathBuf::from).or(beside);
    let folder = folder.filter(|f| f.is_dir());
    if folder.is_none() {
        eprintln!("skipped: no reference folder beside the tree and none in NASHRA_REFERENCE");
    }
    folder
}

/// All `.pose` files of the reference folder.
pub(crate) fn reference_poses(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for part in ["jos-letters", "words-real"] {
        let Ok(entries) = std::fs::read_dir(folder.join(part)) else { continue };
        paths.extend(
            entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "pose")),
        );
    }
    paths.sort();
    paths
}
