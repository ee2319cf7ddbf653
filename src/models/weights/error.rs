//! Why a model's files are not to be had, said so that whoever reads it can get them.

use super::Place;
use std::fmt::Write as _;
use std::path::PathBuf;

/// One place that was looked in, and what was there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Where.
    pub place: Place,
    /// What was found: "no such folder", "… has no model.safetensors".
    pub outcome: String,
    /// A folder of this model is there and files of it are missing.
    pub incomplete: bool,
}

/// What is wrong with the manifest, or with what is on disk.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The manifest is not what it should be.
    #[error("manifest of models: {0}")]
    Manifest(String),
    /// An id that the manifest does not have.
    #[error("no model is called {id:?}: {suggestion}")]
    UnknownModel {
        /// What was asked for.
        id: String,
        /// The nearest id, or all of them.
        suggestion: String,
    },
    /// The model is in none of the places, or nowhere complete.
    #[error("{}", missing(id, needs, looks, how))]
    Missing {
        /// The model.
        id: String,
        /// What it needs, one phrase a role: "model.safetensors or pytorch_model.bin".
        needs: Vec<String>,
        /// Every place, in the order of search.
        looks: Vec<Look>,
        /// What gets it: a command, or what to put where.
        how: String,
    },
    /// A role that this model's files do not have.
    #[error("{id}: {folder}: no file for {role}", folder = folder.display())]
    NoSuchRole {
        /// The model.
        id: String,
        /// Where it was found.
        folder: PathBuf,
        /// The role, or the file's name, that was asked for.
        role: String,
    },
    /// A file or folder that cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn missing(id: &str, needs: &[String], looks: &[Look], how: &str) -> String {
    let mut text = format!("{id}: not found; it needs {}", needs.join("; "));
    for Look { place, outcome, .. } in looks {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  looked in {place}: {outcome}");
    }
    let _ = write!(text, "\n  to get it: {how}");
    text
}
