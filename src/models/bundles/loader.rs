//! What bundles are loaded with: where other models are, and what several of them share.

use super::BundleError;
use crate::models::checkpoint::Checkpoint;
use crate::models::features::{MotionFeatures, Statistics};
use crate::models::text::{SharedEncoders, TextEncoder, Translator};
use crate::models::weights::Places;
use candle_core::{DType, Device};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Loads bundles; keeps one of each text encoder and translator, however many bundles name it.
#[derive(Debug)]
pub struct Loader {
    places: Places,
    device: Device,
    encoders: SharedEncoders,
    translators: Mutex<BTreeMap<PathBuf, Arc<Translator>>>,
}

impl Loader {
    /// Models that a bundle names are looked for in `places`.
    pub fn new(places: Places, device: Device) -> Self {
        let (encoders, translators) = (SharedEncoders::new(), Mutex::default());
        Self { places, device, encoders, translators }
    }

    /// Where models are looked for.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Where networks run.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The text encoder that a bundle names: a folder of its own, or a model of the manifest.
    ///
    /// # Errors
    /// Where it is nowhere, or is none.
    pub fn text_encoder(&self, bundle: &Path, named: &str) -> Result<Arc<TextEncoder>, BundleError> {
        self.text_encoder_in(&self.folder(bundle, named)?)
    }

    /// The text encoder in a folder.
    ///
    /// # Errors
    /// Where it is none.
    pub fn text_encoder_in(&self, folder: &Path) -> Result<Arc<TextEncoder>, BundleError> {
        Ok(self.encoders.get(folder, DType::F32, &self.device)?)
    }

    /// The translator that a bundle names.
    ///
    /// # Errors
    /// Where it is nowhere, or is none.
    pub fn translator(&self, bundle: &Path, named: &str) -> Result<Arc<Translator>, BundleError> {
        let folder = self.folder(bundle, named)?;
        let mut known = self.translators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(translator) = known.get(&folder) {
            return Ok(translator.clone());
        }
        let translator = Arc::new(Translator::load(&folder, DType::F32, &self.device)?);
        known.insert(folder, translator.clone());
        Ok(translator)
    }

    /// The folder of a model of the manifest.
    ///
    /// # Errors
    /// Where it is nowhere, or its files lie in several folders.
    pub fn model_folder(&self, named: &str) -> Result<PathBuf, BundleError> {
        self.folder(Path::new(""), named)
    }

    /// A name with a folder in the bundle is that; only plain names are, so that no file reaches outside.
    fn folder(&self, bundle: &Path, named: &str) -> Result<PathBuf, BundleError> {
        let plain =
            !named.is_empty() && named.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !plain {
            let reason = format!("expected the name of a folder or a model, found {named:?}");
            return Err(BundleError::Config { path: bundle.join("config.json"), reason });
        }
        let own = bundle.join(named);
        if own.is_dir() {
            return Ok(own);
        }
        let found = self.places.find(named)?;
        // In the Hugging Face cache the files of one model may lie in several snapshots.
        let mut files = found.all().map(|(_, file)| file);
        let elsewhere = files.find(|file| !file.starts_with(&found.folder)).map(Path::to_owned);
        drop(files);
        match elsewhere {
            None => Ok(found.folder),
            Some(other) => {
                Err(BundleError::Scattered { model: named.to_owned(), folder: found.folder, other })
            }
        }
    }
}

/// Reads a bundle's `config.json`.
pub(super) fn config<C: DeserializeOwned>(folder: &Path) -> Result<C, BundleError> {
    let path = folder.join("config.json");
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(reason) => return Err(BundleError::Read { path, reason }),
    };
    let parsed = serde_json::from_slice(&text);
    parsed.map_err(|error| BundleError::Config { path, reason: error.to_string() })
}

/// A bundle's weights, by the first of their names that is there; the manifest lists the same names.
pub(super) fn weights(folder: &Path, names: &[&str]) -> Result<Checkpoint, BundleError> {
    let found = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    // Where none is, opening the first says so.
    let path = found.or_else(|| Some(folder.join(names.first()?))).unwrap_or_else(|| folder.to_owned());
    Ok(Checkpoint::open(path)?)
}

/// Reads a bundle's statistics, which must be of its features.
pub(super) fn statistics(folder: &Path, features: &MotionFeatures) -> Result<Statistics, BundleError> {
    let statistics = Statistics::load(&folder.join("statistics.safetensors"))?;
    statistics.check_width(features.width())?;
    Ok(statistics)
}
