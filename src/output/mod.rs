//! Frames out: video files and folders of pictures, and beside them what is signed in them.

mod error;
mod frames;
mod picture;
mod transcript;
mod video;

pub use error::OutputError;
pub use frames::Frames;
pub use picture::Picture;
pub use transcript::Transcript;
pub use video::Mp4;

use std::path::{Path, PathBuf};

/// Where the frames of a render go, in order.
pub trait Sink {
    /// Takes the next frame.
    ///
    /// # Errors
    /// If it cannot be written; the sink is of no more use then.
    fn write(&mut self, picture: &Picture) -> Result<(), OutputError>;

    /// Completes the output. Without it, a video is not left behind.
    ///
    /// # Errors
    /// If the last of it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), OutputError>;
}

/// The name under which a file is written until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
