//! Why a model could not be pulled, and what to do about it.

use super::super::{HashSource, WeightsError};
use std::path::PathBuf;

/// Why a model could not be pulled.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// No repository offers it.
    #[error("{id} cannot be pulled: {how}")]
    NotOnHub {
        /// The model.
        id: String,
        /// How to get it.
        how: String,
    },
    /// An option, or a variable of the environment, that makes no sense.
    #[error("{0}")]
    Setting(String),
    /// There is no folder to put models in.
    #[error("there is no folder to keep models in: set NASHRA_MODELS or HOME, or name one with --to DIR")]
    NoFolder,
    /// The folder holds the model of another repository or revision.
    #[error("{folder}: holds {held}, not {asked}: name another folder with --to, or remove this one", folder = folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// `REPOSITORY at REVISION` that is there.
        held: String,
        /// `REPOSITORY at REVISION` that was asked for.
        asked: String,
    },
    /// Another process is pulling into the folder.
    #[error("{folder}: another pull is writing there: wait until it has ended", folder = folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// None of the alternatives is in the repository.
    #[error("{repository} at {revision} has no {phrase}")]
    NotFound {
        /// Where it was looked for.
        repository: String,
        /// At which revision.
        revision: String,
        /// The file or files.
        phrase: String,
    },
    /// The hub wants to know who asks, or does not let them.
    #[error("{url}: the hub answered {status}: {advice}")]
    Refused {
        /// What was asked for.
        url: String,
        /// 401 or 403.
        status: u16,
        /// What may help.
        advice: &'static str,
    },
    /// Any other answer.
    #[error("{url}: expected the file, found status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait, in seconds.
        wait_seconds: Option<u64>,
    },
    /// A redirect that leads nowhere, in circles, or out of encryption.
    #[error("{url}: a redirect that is not followed: {reason}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error(
        "{url}: {source}; where there is no network, pull on another machine and name the folder with --models"
    )]
    Connection {
        /// What was asked for.
        url: String,
        /// What the network said.
        source: Box<ureq::Error>,
    },
    /// The connection ended before the file did.
    #[error("{name}: the connection was cut at {done} of {} bytes ({reason}); they are kept: the same command goes on from there", count(*total))]
    Cut {
        /// The file.
        name: String,
        /// How many bytes came.
        done: u64,
        /// How many there are.
        total: Option<u64>,
        /// What the network said.
        reason: String,
    },
    /// The server has a file of another size.
    #[error(
        "{name}: expected {expected} bytes, the server has {found}: it is another file; nothing was written"
    )]
    WrongSize {
        /// The file.
        name: String,
        /// As the manifest or the hub says.
        expected: u64,
        /// As the server says.
        found: u64,
    },
    /// The hub has other content than the manifest knows.
    #[error(
        "{name}: expected the SHA-256 {expected} of the manifest, the hub has {found}: it is another file; nothing was written"
    )]
    Changed {
        /// The file.
        name: String,
        /// As the manifest says.
        expected: String,
        /// As the hub says.
        found: String,
    },
    /// What came is not what was promised.
    #[error("{name}: expected the SHA-256 {expected} of {}, what came has {found}; it was removed", told_by.describe())]
    WrongHash {
        /// The file.
        name: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
        /// Who says what it must be.
        told_by: HashSource,
    },
    /// No room for the file.
    #[error("{}: the disk is full at {done} of {} bytes; they are kept: make room, and the same command goes on from there", path.display(), count(*total))]
    DiskFull {
        /// The partial file.
        path: PathBuf,
        /// How many bytes are written.
        done: u64,
        /// How many there are.
        total: Option<u64>,
    },
    /// A file or folder that cannot be written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest or the folder.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

fn count(total: Option<u64>) -> String {
    total.map_or_else(|| "an unknown number of".to_owned(), |total| total.to_string())
}

impl PullError {
    /// Whether trying again may help, and how long the server asks to wait for it, in seconds.
    pub(super) fn is_transient(&self) -> Option<Option<u64>> {
        match self {
            Self::Cut { .. } => Some(None),
            // A host of content refuses an address that has expired meanwhile; the hub gives a new one.
            Self::Status { status: 403 | 408 | 429 | 500..=599, wait_seconds, .. } => Some(*wait_seconds),
            Self::Connection { source, .. } => match &**source {
                ureq::Error::Io(error) if error.kind() != std::io::ErrorKind::ConnectionRefused => Some(None),
                ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => {
                    Some(None)
                }
                _ => None,
            },
            _ => None,
        }
    }
}
