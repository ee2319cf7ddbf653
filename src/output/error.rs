//! What can keep frames from being written.

/// Why an output failed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file or folder cannot be written.
    #[error("cannot write {file:?}: {source}")]
    Write {
        /// The file or folder.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The video encoder is not installed.
    #[error(
        "cannot write {file:?}: ffmpeg was not found ({source}); install it (`apt install ffmpeg`, \
         `dnf install ffmpeg-free`, `brew install ffmpeg`) or write a folder of pictures"
    )]
    NoFfmpeg {
        /// The video.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The video encoder gave up.
    #[error("cannot write {file:?}: ffmpeg {problem}; it said: {said}")]
    Ffmpeg {
        /// The video.
        file: String,
        /// How it ended.
        problem: String,
        /// The end of its messages.
        said: String,
    },
    /// A picture that the format cannot hold.
    #[error("cannot write {file:?}: {problem}")]
    Unsuitable {
        /// The video.
        file: String,
        /// What does not fit, and what would.
        problem: String,
    },
}
