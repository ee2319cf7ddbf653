//! What can go wrong with one clip, and with the whole job.

use super::ExtractorError;
use crate::holistic::video::VideoError;
use crate::pose::FormatError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a clip was not extracted. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// Its video cannot be read, or its preview not be written.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// The networks failed on a frame.
    #[error("{}: frame {frame}: {source}", path.display())]
    Extractor {
        /// The video.
        path: PathBuf,
        /// Which frame, from 0.
        frame: u64,
        /// Why.
        source: ExtractorError,
    },
    /// The networks cannot be opened; no other clip can be extracted either.
    #[error("the landmark networks cannot be opened: {0}")]
    Open(ExtractorError),
    /// A file cannot be written or read back.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Landmarks that no `.pose` file holds.
    #[error("{}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
    /// A `.pose` file that is not the one that was written.
    #[error("{}: expected the landmarks that were extracted, found another file", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A result's name belongs to a file that no record says is ours.
    #[error(
        "{}: {} is there already, and no record beside it says that it was extracted; --force replaces it",
        path.display(), result.display()
    )]
    InTheWay {
        /// The video.
        path: PathBuf,
        /// What is there.
        result: PathBuf,
    },
    /// A result's name belongs to a video of the job.
    #[error("{}: {} would be replaced, which is a video itself", path.display(), result.display())]
    IsSource {
        /// The video.
        path: PathBuf,
        /// The other one, or the same.
        result: PathBuf,
    },
    /// A mistake of this program.
    #[error("{}: this program failed on it: {message}", path.display())]
    Panic {
        /// The video.
        path: PathBuf,
        /// What it said.
        message: String,
    },
}

impl ClipError {
    /// Something failed at a path.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }

    /// Whether somebody wished to stop.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Video(VideoError::Interrupted))
    }

    /// Whether no other clip can be written either.
    pub fn is_full_disk(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(
                source.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem
            ),
            // The encoder is another process: its words are all there is.
            Self::Video(VideoError::Encode { problem, .. }) => problem.contains("No space left"),
            _ => false,
        }
    }
}

/// Why nothing can be extracted at all.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// No folder and no file that looks like a video.
    #[error("no videos in {looked_in}: files end in {extensions}, or are named one by one")]
    Nothing {
        /// The paths that were looked at.
        looked_in: String,
        /// The endings that are looked for.
        extensions: String,
    },
    /// Two videos whose landmarks would have one name.
    #[error(
        "{} and {} would both become {}: give the folders that they lie in, or extract them into two folders",
        first.display(), second.display(), output.display()
    )]
    Clash {
        /// A video.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The name of both.
        output: PathBuf,
    },
    /// The folder for results cannot be made.
    #[error("{}: making the folder: {source}", path.display())]
    Output {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The networks cannot be opened.
    #[error("the landmark networks cannot be opened: {0}")]
    Open(ExtractorError),
    /// No thread for a worker.
    #[error("a worker cannot be started: {0}")]
    Worker(std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let failed = |kind: ErrorKind| ClipError::io(Path::new("x.pose"), "writing")(kind.into());
        assert!(failed(ErrorKind::StorageFull).is_full_disk());
        assert!(!failed(ErrorKind::PermissionDenied).is_full_disk());
        let said = |problem: &str| {
            ClipError::Video(VideoError::Encode { path: "x.mp4".into(), problem: problem.into() })
        };
        assert!(said("av_interleaved_write_frame(): No space left on device").is_full_disk());
        assert!(!said("Unknown encoder").is_full_disk());
        assert!(ClipError::Video(VideoError::Interrupted).is_interruption());
    }
}
