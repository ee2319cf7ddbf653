//! A file's bytes, mapped: of a checkpoint of gigabytes only what is asked for is read. A tensor is a copy of
//! its own, converted and checked on the way, so the file's pages can be let go.

use super::CheckpointError;
use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// Bytes of a checkpoint.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file.
    pub(super) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let failed = |reason| CheckpointError::Read { path: path.to_owned(), reason };
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(failed(io::Error::other("expected a file, found something else")));
        }
        if about.len() == 0 {
            return Ok(Self::Owned(Vec::new()));
        }
        map(&file).map(Self::Mapped).map_err(failed)
    }
}

#[expect(
    unsafe_code,
    reason = "mapping a file: sound while nobody shortens or changes it. Programs that write checkpoints, \
              ours too, write a new file and rename it, which leaves a mapped one as it was"
)]
fn map(file: &File) -> io::Result<Mmap> {
    unsafe { Mmap::map(file) }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}
