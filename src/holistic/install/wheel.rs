//! Wheels: zip files whose `NAME-VERSION.dist-info/` says what they are.

use super::InstallError;
use super::files;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

/// More than any file that is taken out of one.
const MOST_BYTES: u64 = 1 << 30;

/// A wheel that is open.
pub(super) struct Wheel {
    pub(super) path: PathBuf,
    /// As the package index has it: `mediapipe`, `onnxruntime`.
    pub(super) package: String,
    pub(super) version: String,
    /// In lower-case hexadecimal digits.
    pub(super) sha256: String,
    /// Of its files, in alphabetical order.
    names: Vec<String>,
    archive: ZipArchive<BufReader<File>>,
}

impl Wheel {
    pub(super) fn open(path: &Path) -> Result<Self, InstallError> {
        let (_, sha256) = files::hash(path)?;
        let file = File::open(path).map_err(InstallError::io(path, "cannot open"))?;
        let bad = |reason: String| InstallError::NotWheel { path: path.to_owned(), reason };
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| bad(error.to_string()))?;
        let mut names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
        names.sort_unstable();
        let known = names.iter().find_map(|name| {
            let (folder, file) = name.split_once('/')?;
            let (package, version) = folder.strip_suffix(".dist-info")?.split_once('-')?;
            (file == "METADATA").then(|| (package.to_owned(), version.to_owned()))
        });
        let (package, version) = known.ok_or_else(|| bad("it has no dist-info/METADATA".to_owned()))?;
        Ok(Self { path: path.to_owned(), package, version, sha256, names, archive })
    }

    /// Its file name.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The first of its files, in alphabetical order, whose path is as asked for.
    pub(super) fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        self.names.iter().find(|name| is_it(name)).cloned()
    }

    /// Takes a file out of it.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, InstallError> {
        let (path, expected) = (self.path.clone(), format!("{} {}", self.package, self.version));
        let entry = self.archive.by_name(name).map_err(|error| match error {
            ZipError::FileNotFound => {
                InstallError::NotInWheel { path: path.clone(), name: name.to_owned(), expected }
            }
            other => InstallError::NotWheel { path: path.clone(), reason: format!("{name}: {other}") },
        })?;
        let mut bytes = Vec::new();
        let read = entry.take(MOST_BYTES).read_to_end(&mut bytes);
        read.map_err(|error| InstallError::NotWheel { path, reason: format!("{name}: {error}") })?;
        Ok(bytes)
    }
}
