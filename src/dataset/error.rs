//! What can be wrong with a dataset, said so that whoever keeps it finds the place.

use std::path::PathBuf;

/// Why a dataset cannot be read, written or split.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file or folder that cannot be read or written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder that is none.
    #[error("{}: expected a dataset, a folder with a dataset.json; found none", path.display())]
    NoDataset {
        /// The folder.
        path: PathBuf,
    },
    /// A dataset is not written over another.
    #[error("{}: there is a dataset already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file that does not hold what it must.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// A line of a table that does not hold what it must.
    #[error("{}:{line}: {message}", path.display())]
    Row {
        /// The table.
        path: PathBuf,
        /// The line, from 1; the header is line 1.
        line: u64,
        /// What was expected and what was found.
        message: String,
    },
    /// A clip whose bytes are not what was written.
    #[error("{}: clip {id:?} is damaged: {message}", path.display())]
    Damaged {
        /// The file of clips.
        path: PathBuf,
        /// The clip.
        id: String,
        /// What was expected and what was found.
        message: String,
    },
    /// Landmarks that cannot be stored.
    #[error("clip {id:?} cannot be stored: {message}")]
    Unstorable {
        /// The clip.
        id: String,
        /// What was expected and what was found.
        message: String,
    },
    /// A number that no clip has.
    #[error("there is no clip number {index}: the dataset has {count}")]
    NoSuchClip {
        /// The number asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A name that nothing in the dataset has.
    #[error("no {what} is called {name:?}; there are: {known}")]
    NoSuchName {
        /// Signer, session, clip.
        what: &'static str,
        /// The name asked for.
        name: String,
        /// The names that there are, the first of them where they are many.
        known: String,
    },
    /// No rule to split by.
    #[error("expected take, signer:NAME, session:NAME or last-takes, found {found:?}")]
    Rule {
        /// What was found.
        found: String,
    },
    /// No name for a file.
    #[error("expected a split's name of letters, digits, '-', '_' and '.', found {found:?}")]
    SplitName {
        /// What was found.
        found: String,
    },
}

impl DatasetError {
    /// Nothing is called so; at most twenty names are told.
    pub(super) fn unknown<'a>(what: &'static str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        const TOLD: usize = 20;
        let mut names: Vec<&str> = known.take(TOLD + 1).collect();
        if names.len() > TOLD {
            names.truncate(TOLD);
            names.push("…");
        }
        Self::NoSuchName { what, name: name.to_owned(), known: names.join(", ") }
    }
}
