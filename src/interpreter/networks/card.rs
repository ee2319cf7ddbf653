//! `card.json`: what a model is, and what its answers are judged by.

use super::NetworkError;
use crate::interpreter::gates::Expectations;
use crate::lexicon::TrainedOn;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What lies beside a model's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Card {
    /// Name and version, as provenance shows it.
    pub name: String,
    /// What it learnt from. Practice signs make it a practice model, which is marked and kept off air.
    pub trained_on: TrainedOn,
    /// For a generator: what its training clips were like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Expectations>,
    /// For a retriever: from which cosine on a sign is near enough, as evaluation found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// Whatever else people should know: data, licence, measured quality.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Card {
    /// Its name in a model's folder.
    pub const FILE: &'static str = "card.json";

    /// Reads a folder's card.
    ///
    /// # Errors
    /// Where there is none, because then nobody knows what the model was trained on; where it is none.
    pub fn read(folder: &Path) -> Result<Self, NetworkError> {
        let path = folder.join(Self::FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(reason) => return Err(NetworkError::NoCard { path, reason }),
        };
        let card: Self = serde_json::from_slice(&text)
            .map_err(|error| NetworkError::Card { path: path.clone(), reason: error.to_string() })?;
        if card.threshold.is_some_and(|threshold| !(-1.0..=1.0).contains(&threshold)) {
            let reason = format!("expected a threshold from -1 to 1, found {:?}", card.threshold);
            return Err(NetworkError::Card { path, reason });
        }
        Ok(card)
    }

    pub(super) fn expectations(&self, folder: &Path) -> Result<Expectations, NetworkError> {
        self.expectations.clone().ok_or_else(|| lacks(folder, "expectations, by which motion is judged"))
    }

    pub(super) fn threshold(&self, folder: &Path) -> Result<f32, NetworkError> {
        self.threshold.ok_or_else(|| lacks(folder, "a threshold, from which a sign is near enough"))
    }
}

fn lacks(folder: &Path, what: &str) -> NetworkError {
    NetworkError::Card { path: folder.join(Card::FILE), reason: format!("expected {what}, found none") }
}
