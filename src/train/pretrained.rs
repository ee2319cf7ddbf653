//! Weights to begin with: whole models, and parts of them.

use super::TrainError;
use crate::models::bundles::Loader as Models;
use crate::models::checkpoint::{Checkpoint, Trainable};
use crate::models::text::TextEncoder;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Translates the words of models that read English.
pub(super) const TRANSLATOR: &str = "opus-mt-ar-en";

/// Names that weights have in a folder, the first that is there.
const NAMES: [&str; 5] = [
    "model.safetensors",
    "pytorch_model.bin",
    "checkpoint_best.pt",
    "net_last.pth",
    "checkpoint_0100.pth.tar",
];

/// The file of weights in a folder; a file is itself.
///
/// # Errors
/// [`TrainError::Settings`] where there is none, with the names that were tried.
pub(super) fn weights(folder: &Path) -> Result<PathBuf, TrainError> {
    if folder.is_file() {
        return Ok(folder.to_owned());
    }
    let found = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let names = NAMES.join(", ");
    let none = || TrainError::Settings(format!("{}: expected one of {names}, found none", folder.display()));
    found.ok_or_else(none)
}

/// Sets the variables under a prefix from a BERT's file, whose names have `bert.` before them or not.
///
/// # Errors
/// [`TrainError::Settings`] where the file lacks variables, all of them named; where shapes differ.
pub(super) fn load_bert(trainable: &Trainable, prefix: &str, bert: &Checkpoint) -> Result<(), TrainError> {
    let (mut lacking, mut set) = (Vec::new(), Vec::new());
    for (name, var) in trainable.vars() {
        let Some(own) = name.strip_prefix(prefix) else { continue };
        let names = [format!("bert.{own}"), own.to_owned()];
        match names.iter().find(|name| bert.contains(name)) {
            Some(found) => set.push((var.clone(), bert.tensor(found, var.dtype(), var.device())?)),
            None => lacking.push(own.to_owned()),
        }
    }
    if !lacking.is_empty() || set.is_empty() {
        let reason = format!("expected a BERT's weights, found none for {}", lacking.join(", "));
        return Err(TrainError::Settings(reason));
    }
    for (var, tensor) in set {
        var.set(&tensor)?;
    }
    Ok(())
}

/// Reads a JSON file.
///
/// # Errors
/// [`TrainError::Settings`] where it cannot be read or is something else.
pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, TrainError> {
    let wrong = |reason: String| TrainError::Settings(format!("{}: {reason}", path.display()));
    let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}

/// The folder of what settings name: a folder, or a model by its name.
///
/// # Errors
/// Where it is nowhere.
pub(super) fn folder(models: &Models, named: &str) -> Result<PathBuf, TrainError> {
    let folder = Path::new(named);
    Ok(if folder.is_dir() { folder.to_owned() } else { models.model_folder(named)? })
}

/// A text encoder: a folder, or a model by its name.
///
/// # Errors
/// Where it is nowhere, or is none.
pub(super) fn text_encoder(models: &Models, named: &str) -> Result<Arc<TextEncoder>, TrainError> {
    Ok(models.text_encoder_in(&folder(models, named)?)?)
}
