//! ONNX Runtime's library out of a Python package, installed or downloaded.

use super::InstallError;
use super::files;
use super::manifest::{Entry, Origin};
use super::pip::Python;
use super::sources::ONNX_RUNTIME_LICENCE;
use super::wheel::Wheel;
use std::path::{Path, PathBuf};

/// The package on the index.
pub(super) const PACKAGE: &str = "onnxruntime";
/// What the library's interface is asked for; newer ones have it too.
const LEAST_MINOR: u32 = 24;
/// What pip is asked for. The library does not care which Python the wheel is for.
pub(super) const REQUIREMENT: &str = "onnxruntime>=1.24,<2";

/// The library, before it is put into its place.
pub(super) struct Library {
    pub(super) bytes: Vec<u8>,
    /// Of the package's licence.
    pub(super) licence_text: Option<Vec<u8>>,
    pub(super) origin: Origin,
}

/// Whether a file of the package, by its name, is the library: `libonnxruntime.so.1.32.0`,
/// `libonnxruntime.1.32.0.dylib`, `onnxruntime.dll`; and not that of a provider beside it.
fn is_library(name: &str) -> bool {
    let rest = name.strip_prefix("libonnxruntime.");
    rest.is_some_and(|rest| rest.starts_with("so") || rest.ends_with("dylib")) || name == "onnxruntime.dll"
}

/// Whether a version of ONNX Runtime is new enough.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(1), Some(LEAST_MINOR))
}

impl Library {
    /// Out of a Python's packages; none where it is not among them, or too old.
    pub(super) fn installed(python: &Python) -> Option<Self> {
        let folder = python.package_folder(PACKAGE)?;
        let version = installed_version(&folder)?;
        let path = files_in(&folder.join("capi")).into_iter().find(|path| is_library(&file_name(path)))?;
        let bytes = files::read(&path).ok().filter(|_| is_new_enough(&version))?;
        let sha256 = files::sha256(&bytes);
        let origin = Origin {
            package: format!("{PACKAGE} {version}"),
            file: path.display().to_string(),
            file_sha256: sha256.clone(),
            member: None,
            sha256,
        };
        Some(Self { bytes, licence_text: files::read(&folder.join("LICENSE")).ok(), origin })
    }

    /// Out of a wheel.
    pub(super) fn of_wheel(wheel: &mut Wheel) -> Result<Self, InstallError> {
        let lacks = |name: String| {
            let (path, expected) = (wheel.path.clone(), format!("{REQUIREMENT} for this system"));
            InstallError::NotInWheel { path, name, expected }
        };
        if !is_new_enough(&wheel.version) {
            return Err(lacks(format!("version from 1.{LEAST_MINOR} on, but {}", wheel.version)));
        }
        let folder = format!("{PACKAGE}/capi/");
        let member = wheel.find(|name| name.strip_prefix(&folder).is_some_and(is_library));
        let member = member.ok_or_else(|| lacks(format!("{folder}libonnxruntime.so")))?;
        let bytes = wheel.read(&member)?;
        let licence = wheel.find(|name| name == format!("{PACKAGE}/LICENSE"));
        let licence_text = licence.and_then(|name| wheel.read(&name).ok());
        let origin = Origin {
            package: format!("{PACKAGE} {}", wheel.version),
            file: wheel.name(),
            file_sha256: wheel.sha256.clone(),
            member: Some(member),
            sha256: files::sha256(&bytes),
        };
        Ok(Self { bytes, licence_text, origin })
    }

    /// Its line in the manifest.
    pub(super) fn entry(&self) -> Entry {
        Entry {
            bytes: self.bytes.len() as u64,
            sha256: self.origin.sha256.clone(),
            licence: ONNX_RUNTIME_LICENCE.to_owned(),
            source: self.origin.clone(),
        }
    }
}

/// By the name of the `dist-info` beside the package.
fn installed_version(folder: &Path) -> Option<String> {
    let version = |path: &PathBuf| {
        let name = file_name(path);
        Some(name.strip_prefix(PACKAGE)?.strip_prefix('-')?.strip_suffix(".dist-info")?.to_owned())
    };
    files_in(folder.parent()?).iter().find_map(version)
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_known_by_its_name() {
        let names = ["libonnxruntime.so.1.32.0", "libonnxruntime.1.32.0.dylib", "onnxruntime.dll"];
        assert!(names.into_iter().all(is_library));
        let others = ["libonnxruntime_providers_shared.so", "onnxruntime_pybind11_state.so", "__init__.py"];
        assert!(!others.into_iter().any(is_library));
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(["1.24.0", "1.32.1", "2.0", "1.100.0"].map(is_new_enough), [true; 4]);
        assert_eq!(["1.23.9", "1.9.0", "0.99.0", "", "x"].map(is_new_enough), [false; 5]);
    }
}
