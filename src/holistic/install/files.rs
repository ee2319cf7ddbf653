//! Files that are whole or not there, and their hashes.

use super::InstallError;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place and moves it there, so that a half one is never found.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), InstallError> {
    let fresh = beside(path, "new");
    let written = (|| {
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    })();
    written.inspect_err(|_| drop(fs::remove_file(&fresh))).map_err(InstallError::io(path, "cannot write"))
}

/// A name that no other process takes.
fn beside(path: &Path, what: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{what}", std::process::id()))
}

/// Reads a whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, InstallError> {
    fs::read(path).map_err(InstallError::io(path, "cannot read"))
}

/// Makes a folder, and those that it lies in.
pub(super) fn make_folder(path: &Path) -> Result<(), InstallError> {
    fs::create_dir_all(path).map_err(InstallError::io(path, "cannot make the folder"))
}

/// The SHA-256 of bytes, in lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// A file's size and the SHA-256 of it.
pub(super) fn hash(path: &Path) -> Result<(u64, String), InstallError> {
    let mut file = File::open(path).map_err(InstallError::io(path, "cannot open"))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(InstallError::io(path, "cannot read"))?;
        if read == 0 {
            return Ok((bytes, hexadecimal(hasher)));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder for what is needed for a while: removed with all that is in it when it is dropped.
pub(super) struct Scratch {
    pub(super) path: PathBuf,
}

impl Scratch {
    /// Within a folder, so that it lies on the disk that is to hold the result.
    pub(super) fn within(folder: &Path) -> Result<Self, InstallError> {
        let path = folder.join(format!(".install.{}", std::process::id()));
        // A process of the same number may have left it.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(InstallError::io(&path, "cannot empty"))?;
        }
        make_folder(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed does no harm: nothing is looked for there.
        drop(fs::remove_dir_all(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        write(&path, b"old").unwrap();
        assert_eq!(hash(&path).unwrap(), (3, sha256(b"old")));
        let folder = root.path().join("folder");
        make_folder(&folder.join("full")).unwrap();
        let error = write(&folder, b"new").unwrap_err();
        assert!(error.to_string().contains("cannot write"), "{error}");
        let mut names: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["file", "folder"]);
    }

    #[test]
    fn a_full_disk_is_named() {
        // A device that takes nothing, where the system has one.
        let Ok(mut full) = File::options().write(true).open("/dev/full") else {
            eprintln!("not tested: there is no /dev/full");
            return;
        };
        let path = Path::new("/dev/full");
        let error = full.write_all(b"x").map_err(InstallError::io(path, "cannot write")).unwrap_err();
        assert!(matches!(error, InstallError::DiskFull { .. }), "{error}");
    }
}
