//! Where ONNX Runtime's library is on a machine.

use std::path::{Path, PathBuf};

/// The library's file name in the folder of installed networks.
pub const LIBRARY_NAME: &str = if cfg!(target_os = "windows") {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Environment variables that name the library: ours, then the one that other programs use.
pub const VARIABLES: [&str; 2] = ["NASHRA_ONNXRUNTIME", "ORT_DYLIB_PATH"];

/// Where the library is looked for: the file that a variable names, and no other then; else the folder of
/// installed networks.
pub fn candidates(models: &Path, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let named = VARIABLES.iter().find_map(|name| variable(name).filter(|path| !path.as_os_str().is_empty()));
    vec![named.map_or_else(|| models.join(LIBRARY_NAME), |path| in_folder(&path))]
}

/// The library itself, where its folder is named.
fn in_folder(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(LIBRARY_NAME) } else { path.to_owned() }
}

/// Finds the library.
///
/// # Errors
/// The places, where it is in none of them.
pub fn find(models: &Path, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, Vec<PathBuf>> {
    let candidates = candidates(models, variable);
    candidates.iter().find(|path| path.is_file()).cloned().ok_or(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_goes_before_the_folder_of_networks() {
        let root = tempfile::tempdir().unwrap();
        let models = root.path().join("models");
        assert_eq!(find(&models, &|_| None), Err(vec![models.join(LIBRARY_NAME)]));
        std::fs::create_dir(&models).unwrap();
        std::fs::write(models.join(LIBRARY_NAME), "").unwrap();
        assert_eq!(find(&models, &|_| None), Ok(models.join(LIBRARY_NAME)));
        let other = root.path().join("other.so");
        let named = |name: &str| (name == "ORT_DYLIB_PATH").then(|| other.clone());
        assert_eq!(find(&models, &named), Err(vec![other.clone()]));
        let folder = |name: &str| (name == "NASHRA_ONNXRUNTIME").then(|| models.clone());
        assert_eq!(find(Path::new("/nowhere"), &folder), Ok(models.join(LIBRARY_NAME)));
    }
}
