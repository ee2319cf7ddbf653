//! The reader: another program that finds landmarks in a video and writes them as a `.pose` file.
//!
//! Without another, it is MediaPipe Holistic in a Python environment of its own, which
//! `scripts/setup-holistic` installs.

use crate::pose::{PoseFileError, PoseSequence};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the Python environment runs.
const SCRIPT: &str = include_str!("../../../scripts/holistic.py");
/// How the script's own lines begin; the rest of what it says is its libraries' talk.
const OWN_LINES: &str = "holistic:";
/// How many of its last lines an error repeats.
const LAST_LINES: usize = 6;

/// A program that reads landmarks.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    /// What comes before the video's name.
    arguments: Vec<String>,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// MediaPipe is not installed.
    #[error(
        "no reader: {looked_for} is not there; run scripts/setup-holistic (MediaPipe 0.10.21 for Python, \
         about 1 GB), or name another program with --reader"
    )]
    NotInstalled {
        /// Where it was looked for.
        looked_for: String,
    },
    /// The program did not start.
    #[error("the reader {program} did not start: {source}")]
    Start {
        /// Which.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program failed.
    #[error("the reader {program} ended with {status}: {said}")]
    Failed {
        /// Which.
        program: String,
        /// How it ended.
        status: String,
        /// The last it said.
        said: String,
    },
    /// What it wrote is no `.pose` file.
    #[error("the reader {program} did not write what was expected: {source}")]
    Unreadable {
        /// Which.
        program: String,
        /// What is wrong.
        source: PoseFileError,
    },
}

/// The user's folder for what can be made again: `XDG_CACHE_HOME`, else `~/.cache`, and our own in it.
pub fn cache_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_default().join("nashra")
}

impl Reader {
    /// A program that is called as `PROGRAM VIDEO -o FILE.pose`.
    pub fn program(program: PathBuf) -> Reader {
        Reader { program, arguments: Vec::new() }
    }

    /// MediaPipe Holistic, as `scripts/setup-holistic` installs it.
    ///
    /// # Errors
    /// [`ReaderError::NotInstalled`] if it did not.
    pub fn holistic() -> Result<Reader, ReaderError> {
        let python = cache_folder().join("holistic/bin/python");
        if !python.exists() {
            return Err(ReaderError::NotInstalled { looked_for: python.display().to_string() });
        }
        Ok(Reader { program: python, arguments: vec!["-c".into(), SCRIPT.into()] })
    }

    /// Reads a video; the landmarks are left in `landmarks`. `progress` hears the program's own lines.
    ///
    /// # Errors
    /// [`ReaderError`] where the program cannot be run, fails, or writes something else.
    pub fn read(
        &self,
        video: &Path,
        landmarks: &Path,
        mut progress: impl FnMut(&str),
    ) -> Result<PoseSequence, ReaderError> {
        let program = self.program.display().to_string();
        let start = |source| ReaderError::Start { program: program.clone(), source };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(video)
            .arg("-o")
            .arg(landmarks)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        let mut last: Vec<String> = Vec::new();
        let said = child.stderr.take().map(BufReader::new);
        for line in said.into_iter().flat_map(|said| said.split(b'\n')).map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Some(own) = line.strip_prefix(OWN_LINES) {
                progress(own.trim());
            }
            last.push(line);
            if last.len() > LAST_LINES {
                last.remove(0);
            }
        }
        let status = child.wait().map_err(start)?;
        if !status.success() {
            return Err(ReaderError::Failed { program, status: status.to_string(), said: last.join("\n") });
        }
        PoseSequence::read(landmarks).map_err(|source| ReaderError::Unreadable { program, source })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(folder: &Path, text: &str) -> Reader {
        let path = folder.join("reader");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
        Reader::program(path)
    }

    #[test]
    fn a_program_that_fails_is_quoted_and_its_own_lines_are_heard() {
        let folder = tempfile::tempdir().expect("a folder");
        let reader = script(folder.path(), "echo 'holistic: 3 frames' >&2; echo no such codec >&2; exit 3");
        let mut heard = Vec::new();
        let error = reader
            .read(Path::new("x.mp4"), &folder.path().join("x.pose"), |line| heard.push(line.to_owned()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("no such codec") && error.contains('3'), "{error}");
        assert_eq!(heard, ["3 frames"]);
    }

    #[test]
    fn a_program_that_writes_nothing_or_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let pose = folder.path().join("x.pose");
        let error = script(folder.path(), "exit 0").read(Path::new("x.mp4"), &pose, |_| ()).unwrap_err();
        assert!(matches!(error, ReaderError::Unreadable { .. }), "{error}");
        let nowhere = Reader::program(folder.path().join("nothing"));
        let error = nowhere.read(Path::new("x.mp4"), &pose, |_| ()).unwrap_err();
        assert!(matches!(error, ReaderError::Start { .. }), "{error}");
    }
}
