//! Why an installation failed, and what to do about it.

use super::sources::MEDIAPIPE;
use crate::holistic::convert::ConvertError;
use std::io;
use std::path::{Path, PathBuf};

/// What helps a machine without a network.
const CARRY: &str = "on a machine without a network, download the wheels on another one with `pip download` and name them with --wheel";

/// Why the networks or the runtime could not be installed. What was in place before stays.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// There is no Python to ask for the wheel.
    #[error("no Python found (tried {}): name one with --python, or a wheel that is there with --wheel", tried.join(", "))]
    NoPython {
        /// What was tried.
        tried: Vec<String>,
    },
    /// Python without pip.
    #[error(
        "{python} has no pip: install it, name another Python with --python, or a wheel that is there with --wheel"
    )]
    NoPip {
        /// The Python.
        python: String,
    },
    /// pip reached no server.
    #[error("pip could not reach a package index for {package}: {said}; {CARRY}")]
    NoNetwork {
        /// What was asked for.
        package: String,
        /// What pip said last.
        said: String,
    },
    /// pip failed otherwise.
    #[error("pip download {package}: {said}; {CARRY}")]
    Pip {
        /// What was asked for.
        package: String,
        /// What pip said last.
        said: String,
    },
    /// A file that is no wheel.
    #[error("{}: expected a wheel, found none: {reason}", path.display())]
    NotWheel {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another wheel, or one without what is needed.
    #[error("{}: has no {name}: expected the wheel of {expected}", path.display())]
    NotInWheel {
        /// The wheel.
        path: PathBuf,
        /// What it lacks.
        name: String,
        /// Whose wheel has it.
        expected: String,
    },
    /// A network's file that is another one than is known.
    #[error(
        "{name}: expected the SHA-256 {expected} of MediaPipe {MEDIAPIPE}, found {found}: it is another file; nothing was made of it"
    )]
    WrongHash {
        /// The file.
        name: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A given file that is none of the networks.
    #[error("{}: its SHA-256 {found} is that of no known network; known are {}", path.display(), known.join(", "))]
    UnknownFile {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: String,
        /// The names of those that are known.
        known: Vec<String>,
    },
    /// A network that cannot be converted.
    #[error("{name}: {source}")]
    Convert {
        /// The file.
        name: String,
        /// Why.
        source: ConvertError,
    },
    /// No room.
    #[error("{}: the disk is full; what was in place before is kept: make room and run the same command again", path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// A file or folder that cannot be read or written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl InstallError {
    /// For `map_err`: what was tried on a path.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), action, source },
        }
    }
}
