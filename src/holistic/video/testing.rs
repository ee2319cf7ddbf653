//! Videos for tests, made by ffmpeg where it is installed.

use super::Ffmpeg;
use std::path::Path;
use std::process::Command;

/// The programs, or a line that says the test is skipped.
pub(crate) fn ffmpeg() -> Option<Ffmpeg> {
    let found = Ffmpeg::find();
    if let Err(error) = &found {
        eprintln!("skipped: {error}");
    }
    found.ok()
}

/// Makes a file with ffmpeg's arguments, which hold no spaces.
pub(crate) fn make(path: &Path, arguments: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
    let made = command.args(arguments.split_whitespace()).arg(path).output().unwrap();
    assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
}
