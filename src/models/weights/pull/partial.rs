//! A file that is not whole yet: `NAME.part`, and beside it `NAME.part.json`, which says what the bytes
//! are the beginning of. Bytes of which that is not known are never continued.

use super::PullError;
use super::hub::Resume;
use crate::models::weights::verify::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a partial file is the beginning of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beginning {
    /// The etag that the hub gave the file.
    pub(super) promised: Option<String>,
    /// The strong etag of the host that sent it.
    pub(super) etag: Option<String>,
    /// The whole file's size.
    pub(super) bytes: Option<u64>,
}

impl Beginning {
    /// Whether there is anything to know the same file by.
    fn is_known(&self) -> bool {
        self.promised.is_some() || self.etag.is_some()
    }
}

/// The file, open for writing at its end.
pub(super) struct Partial {
    target: PathBuf,
    path: PathBuf,
    file: File,
    /// How many bytes it has.
    pub(super) done: u64,
    /// What they are the beginning of.
    pub(super) beginning: Beginning,
    /// Of the first `hashed` bytes.
    hasher: Sha256,
    hashed: u64,
}

impl Partial {
    /// Opens what is there of a file, or begins it.
    pub(super) fn open(target: &Path) -> Result<Self, PullError> {
        let path = part_of(target);
        let failed = |source| PullError::Io { path: path.clone(), action: "cannot open", source };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let beginning = read_beginning(&path).filter(Beginning::is_known);
        let done = if beginning.is_some() { file.seek(SeekFrom::End(0)).map_err(failed)? } else { 0 };
        let mut partial = Self {
            target: target.to_owned(),
            path,
            file,
            done,
            beginning: beginning.unwrap_or_default(),
            hasher: Sha256::new(),
            hashed: 0,
        };
        if partial.done == 0 {
            partial.start_over(Beginning::default())?;
        }
        Ok(partial)
    }

    /// From where to go on, where it can.
    pub(super) fn resume(&self) -> Option<Resume> {
        let Beginning { promised, etag, .. } = self.beginning.clone();
        // What the hub promises is enough; the host that sends may be another one by now.
        let etag = etag.filter(|_| promised.is_none());
        (self.done > 0 && self.beginning.is_known()).then_some(Resume { from: self.done, promised, etag })
    }

    /// Forgets the bytes; what comes now is the beginning of something else.
    pub(super) fn start_over(&mut self, beginning: Beginning) -> Result<(), PullError> {
        let emptied = self.empty();
        emptied.map_err(|source| self.failed("cannot empty", source))?;
        (self.done, self.hashed, self.hasher, self.beginning) = (0, 0, Sha256::new(), beginning);
        self.write_beginning().map_err(|source| self.failed("cannot write what it begins", source))
    }

    fn empty(&mut self) -> std::io::Result<()> {
        // A device that takes bytes has no length to set.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.seek(SeekFrom::Start(0)).map(drop)
    }

    fn write_beginning(&self) -> std::io::Result<()> {
        match serde_json::to_vec(&self.beginning) {
            _ if !self.beginning.is_known() => remove(&beginning_of(&self.path)),
            Ok(bytes) => std::fs::write(beginning_of(&self.path), bytes),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds bytes at the end.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PullError> {
        if let Err(source) = self.file.write_all(bytes) {
            return Err(self.failed("cannot write", source));
        }
        if self.hashed == self.done {
            self.hasher.update(bytes);
            self.hashed += bytes.len() as u64;
        }
        self.done += bytes.len() as u64;
        Ok(())
    }

    /// The SHA-256 of all bytes; those that an earlier process wrote are read for it.
    pub(super) fn sha256(&mut self) -> Result<String, PullError> {
        if self.hashed != self.done {
            let hashed = self.rehash();
            hashed.map_err(|source| self.failed("cannot read", source))?;
        }
        Ok(hexadecimal(self.hasher.clone()))
    }

    fn rehash(&mut self) -> std::io::Result<()> {
        self.hasher = Sha256::new();
        self.file.seek(SeekFrom::Start(0))?;
        let mut rest = (&self.file).take(self.done);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match rest.read(&mut buffer)? {
                0 => break,
                read => self.hasher.update(buffer.get(..read).unwrap_or_default()),
            }
        }
        self.hashed = self.done;
        self.file.seek(SeekFrom::End(0)).map(drop)
    }

    /// The file is whole: it gets its name.
    pub(super) fn finish(self) -> Result<(), PullError> {
        let synced = self.file.sync_all();
        synced.map_err(|source| self.failed("cannot write", source))?;
        let renamed = std::fs::rename(&self.path, &self.target);
        renamed.map_err(|source| self.failed("cannot rename", source))?;
        // Without the file it means nothing; one that stays is overwritten by the next pull.
        let _ = remove(&beginning_of(&self.path));
        Ok(())
    }

    /// The file is of no use.
    pub(super) fn discard(self) -> Result<(), PullError> {
        let removed = remove(&beginning_of(&self.path)).and_then(|()| remove(&self.path));
        removed.map_err(|source| self.failed("cannot remove", source))
    }

    fn failed(&self, action: &'static str, source: std::io::Error) -> PullError {
        let (path, done) = (self.path.clone(), self.done);
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                PullError::DiskFull { path, done, total: self.beginning.bytes }
            }
            _ => PullError::Io { path, action, source },
        }
    }
}

/// How many bytes of a file are there, where it can be gone on with.
pub(super) fn bytes_kept(target: &Path) -> Option<u64> {
    let path = part_of(target);
    read_beginning(&path).filter(Beginning::is_known)?;
    std::fs::metadata(path).ok().map(|data| data.len()).filter(|bytes| *bytes > 0)
}

fn part_of(target: &Path) -> PathBuf {
    with_suffix(target, ".part")
}

fn beginning_of(part: &Path) -> PathBuf {
    with_suffix(part, ".json")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn read_beginning(part: &Path) -> Option<Beginning> {
    serde_json::from_slice(&std::fs::read(beginning_of(part)).ok()?).ok()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning() -> Beginning {
        Beginning { promised: Some("p".into()), etag: None, bytes: Some(6) }
    }

    #[test]
    fn what_an_earlier_process_wrote_is_gone_on_with_and_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("f");
        let mut first = Partial::open(&target).unwrap();
        assert!(first.resume().is_none());
        first.start_over(beginning()).unwrap();
        first.write(b"ab").unwrap();
        drop(first);
        assert_eq!(bytes_kept(&target), Some(2));
        let mut second = Partial::open(&target).unwrap();
        assert_eq!((second.done, second.resume().unwrap().from), (2, 2));
        second.write(b"c").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(second.sha256().unwrap(), abc);
        second.write(b"d").unwrap();
        second.finish().unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"abcd");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn bytes_of_which_nothing_is_known_are_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("f");
        for beginning in [None, Some("{}"), Some("{ broken")] {
            std::fs::write(folder.path().join("f.part"), "abc").unwrap();
            if let Some(text) = beginning {
                std::fs::write(folder.path().join("f.part.json"), text).unwrap();
            }
            assert_eq!(bytes_kept(&target), None);
            let partial = Partial::open(&target).unwrap();
            assert_eq!(partial.done, 0);
            assert_eq!(std::fs::metadata(folder.path().join("f.part")).unwrap().len(), 0);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.path().join("f.part")).unwrap();
        let mut partial = Partial::open(&folder.path().join("f")).unwrap();
        partial.start_over(beginning()).unwrap();
        let error = partial.write(b"abc").unwrap_err();
        assert!(matches!(error, PullError::DiskFull { done: 0, total: Some(6), .. }), "{error}");
        assert!(error.to_string().contains("the same command goes on"), "{error}");
    }
}
