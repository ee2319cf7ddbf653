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

/// The library that a variable names, and which variable that is.
pub fn named(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<(&'static str, PathBuf)> {
    let filled = |path: &PathBuf| !path.as_os_str().is_empty();
    let value = |name: &&'static str| Some((*name, variable(name).filter(filled)?));
    let (name, path) = VARIABLES.iter().find_map(value)?;
    // A folder that has it may be named as well.
    let file = if path.is_dir() { path.join(LIBRARY_NAME) } else { path };
    Some((name, file))
}

/// Finds the library: the one that a variable names, and no other then; else the one that lies in the folder
/// of installed networks.
///
/// # Errors
/// Where it was looked for, if it is not there.
pub fn find(models: &Path, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, PathBuf> {
    let path = named(variable).map_or_else(|| models.join(LIBRARY_NAME), |(_, path)| path);
    if path.is_file() { Ok(path) } else { Err(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_goes_before_the_folder_of_networks() {
        let root = tempfile::tempdir().unwrap();
        let models = root.path().join("models");
        assert_eq!(find(&models, &|_| None), Err(models.join(LIBRARY_NAME)));
        std::fs::create_dir(&models).unwrap();
        std::fs::write(models.join(LIBRARY_NAME), "").unwrap();
        assert_eq!(find(&models, &|_| None), Ok(models.join(LIBRARY_NAME)));
        let other = root.path().join("other.so");
        let named = |name: &str| (name == "ORT_DYLIB_PATH").then(|| other.clone());
        assert_eq!(find(&models, &named), Err(other.clone()));
        let folder = |name: &str| (name == "NASHRA_ONNXRUNTIME").then(|| models.clone());
        assert_eq!(find(Path::new("/nowhere"), &folder), Ok(models.join(LIBRARY_NAME)));
    }
}
