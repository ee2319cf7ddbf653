//! What an import is told, and what it tells.

use super::Format;
use super::files::Tree;
use crate::dataset::DatasetError;
use crate::pose::Layout;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an import is told beside its sources.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the sources are; None: told from what lies there.
    pub format: Option<Format>,
    /// Where landmarks lie that are not beside their videos or lists.
    pub landmarks: Option<PathBuf>,
    /// KArSL's labels as CSV.
    pub labels: Option<PathBuf>,
    /// The sign language: ISO 639-3, or a tag such as `ara-sy`. None: what the sources say, else `und`.
    pub language: Option<String>,
    /// Which points are stored.
    pub points: Points,
    /// The rate of arrays whose source does not say it, frames a second.
    pub fps: Option<f32>,
    /// What the dataset is called; None: as its folder.
    pub name: Option<String>,
    /// Write over what is there.
    pub force: bool,
    /// How the import was started, for the dataset's notes.
    pub command: String,
}

/// Which points are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Points {
    /// SignCLIP's 203, which SyriSign's 193 are among.
    #[default]
    Signclip203,
    /// SyriSign's 193: no hips and legs.
    Syrisign193,
    /// All of MediaPipe Holistic's 543.
    Holistic543,
    /// Whatever a clip has.
    All,
}

impl Points {
    pub(super) fn layout(self) -> Option<Arc<Layout>> {
        match self {
            Points::Signclip203 => Some(Layout::signclip_203()),
            Points::Syrisign193 => Some(Layout::syrisign_193()),
            Points::Holistic543 => Some(Layout::holistic_543()),
            Points::All => None,
        }
    }
}

impl std::str::FromStr for Points {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "203" => Ok(Points::Signclip203),
            "193" => Ok(Points::Syrisign193),
            "543" => Ok(Points::Holistic543),
            "all" => Ok(Points::All),
            _ => Err(format!("expected 203, 193, 543 or all; found {text:?}")),
        }
    }
}

impl Options {
    /// The files of a source.
    pub(super) fn walk(&self, root: &Path) -> Result<Tree, ImportError> {
        Tree::walk(root)
            .map_err(|reason| ImportError::Source { path: root.to_owned(), reason: reason.to_string() })
    }

    /// The files of `--landmarks`.
    pub(super) fn landmarks_tree(&self) -> Result<Option<Tree>, ImportError> {
        self.landmarks.as_deref().map(|folder| self.walk(folder)).transpose()
    }
}

/// How an import went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// The dataset, where something was taken.
    pub dataset: Option<PathBuf>,
    /// The sources, in their order.
    pub sources: Vec<SourceReport>,
    /// Clips that were taken in.
    pub taken: usize,
    /// Their words.
    pub words: usize,
    /// Their signers.
    pub signers: usize,
    /// What was left out.
    pub rejected: Vec<Rejected>,
}

/// What became of a source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
    /// Clips that were found by their names.
    pub found: usize,
    /// Clips that were taken in.
    pub taken: usize,
    /// What was left out.
    pub rejected: usize,
}

/// Something that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The file or folder, or a table with a line.
    pub path: PathBuf,
    /// Why, with what was expected and what was found.
    pub reason: String,
}

/// Why nothing could be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A source that is not there.
    #[error("{}: {reason}", path.display())]
    Source {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Nothing that an import knows.
    #[error(
        "{}: no landmarks, videos, index.csv, list or dataset that is known; --format says what it is",
        path.display()
    )]
    Unknown {
        /// The source.
        path: PathBuf,
    },
    /// A table or list that cannot be read as a whole.
    #[error("{}: {reason}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// The folder to write to holds something.
    #[error("{}: holds something already; --force writes over it", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A rate that nothing can be played at.
    #[error("expected a rate above 0 frames a second, found {found}")]
    Rate {
        /// The rate.
        found: f32,
    },
    /// Writing the dataset failed, or reading one.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The lexicon that words' categories are looked up in.
    #[error(transparent)]
    Lexicon(#[from] crate::lexicon::LexiconError),
}
