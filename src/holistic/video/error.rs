//! What can keep a video from being read or written.

use std::path::PathBuf;
use std::time::Duration;

/// Why a video cannot be used. Every message names the file or the program.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// A program is not installed, or cannot be started.
    #[error(
        "{program} cannot be started: {source}; it comes with FFmpeg: install it (`apt install ffmpeg`, \
         `dnf install ffmpeg-free`, `brew install ffmpeg`) so that ffmpeg and ffprobe are on the PATH"
    )]
    NoProgram {
        /// ffmpeg or ffprobe, as it was called.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program that answers, but not as it should.
    #[error("{program} {problem}; it said: {said}")]
    Program {
        /// ffmpeg or ffprobe, as it was called.
        program: String,
        /// What was wrong.
        problem: String,
        /// The end of its messages.
        said: String,
    },
    /// A file that cannot be looked at.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder, a device, a pipe.
    #[error("{}: expected a video file, found something else", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Zero bytes.
    #[error("{}: expected a video, found an empty file", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// No container or codec that ffmpeg knows.
    #[error("{}: cannot be read as a video; ffprobe says: {said}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What ffprobe said.
        said: String,
    },
    /// Sound, subtitles, a cover picture, but no moving pictures.
    #[error("{}: expected a video, found {found}", path.display())]
    NoVideo {
        /// The file.
        path: PathBuf,
        /// What there is instead.
        found: String,
    },
    /// Sides that no picture has.
    #[error("{}: expected pictures of 1 to 32766 pixels a side, found {width}x{height}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Pixels.
        width: u64,
        /// Pixels.
        height: u64,
    },
    /// Nothing could be decoded.
    #[error("{}: no frame of it can be decoded; ffmpeg says: {said}", path.display())]
    NoFrames {
        /// The file.
        path: PathBuf,
        /// What ffmpeg said.
        said: String,
    },
    /// The decoder gave nothing for too long.
    #[error(
        "{}: no frame came for {} s after frame {frames}: given up", path.display(), waited.as_secs()
    )]
    Stalled {
        /// The file.
        path: PathBuf,
        /// Frames that came before.
        frames: u64,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The decoder was killed or crashed.
    #[error("{}: ffmpeg {status} after frame {frames}; it said: {said}", path.display())]
    Crashed {
        /// The file.
        path: PathBuf,
        /// Frames that came before.
        frames: u64,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
    },
    /// The video that was being written cannot be.
    #[error("cannot write {}: {problem}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// How it failed, with the encoder's words.
        problem: String,
    },
    /// Somebody wished the work to end.
    #[error("interrupted")]
    Interrupted,
}
