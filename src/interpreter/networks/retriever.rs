//! SignCLIP as the interpreter asks it: which signs of the lexicon lie nearest to a word.
//!
//! The lexicon's motions are embedded once and kept in the user's data folder, under a name of the
//! weights and of the lexicon: whichever changes, the index is made anew.

use super::{Card, NetworkError};
use crate::interpreter::landmarks;
use crate::interpreter::model::{Hit, ModelFailure, Retriever};
use crate::lexicon::{Category, Lexicon, SignClip, SignId};
use crate::models::bundles::Loader;
use crate::models::sign_clip::{EmbeddingIndex, SignClip as Network, fingerprint};
use crate::pose::PoseSequence;
use candle_core::DType;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The translator of models whose prompts are English.
const TRANSLATOR: &str = "opus-mt-ar-en";

/// SignCLIP, and the lexicon as it sees it.
pub struct SignClipRetriever {
    network: Network,
    index: EmbeddingIndex,
    /// The signs of the index's rows.
    signs: Vec<SignId>,
    card: Card,
    threshold: f32,
}

impl SignClipRetriever {
    /// Loads a folder and the index of a lexicon, which is made where it is not kept in `indices`.
    ///
    /// # Errors
    /// Where the folder is broken, or the index cannot be made or kept.
    pub fn load(
        folder: &Path,
        card: Card,
        loader: &Loader,
        lexicon: &Lexicon,
        indices: Option<&Path>,
    ) -> Result<Self, NetworkError> {
        let threshold = card.threshold(folder)?;
        let mut network = Network::load(folder, DType::F32, loader.device())?;
        if network.config().text.translate {
            let translator = loader.translator(folder, TRANSLATOR)?;
            network = network.with_translator(Arc::new(move |text: &str| Ok(translator.translate(text)?)));
        }
        let (index, signs) = index(&network, lexicon, indices)?;
        Ok(Self { network, index, signs, card, threshold })
    }

    /// How many signs can be found.
    pub fn sign_count(&self) -> usize {
        self.signs.len()
    }
}

impl Retriever for SignClipRetriever {
    fn name(&self) -> &str {
        &self.card.name
    }

    fn threshold(&self) -> f32 {
        self.threshold
    }

    fn nearest(&self, text: &str, count: usize) -> Result<Vec<Hit>, ModelFailure> {
        let failed = |message: String| ModelFailure { model: self.card.name.clone(), message };
        let query = self.network.embed_text(text).map_err(|error| failed(error.to_string()))?;
        let rows = self.index.search(&query, count).map_err(|error| failed(error.to_string()))?;
        let hit = |row: usize| {
            let similarity = cosine(&query, self.index.row(row)?);
            Some(Hit { sign: *self.signs.get(row)?, similarity })
        };
        Ok(rows.into_iter().filter_map(|found| hit(found.row)).collect())
    }
}

/// Whatever ranks them, people and thresholds speak of angles.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// The index of a lexicon, and the signs of its rows. Signs that cannot be embedded are left out.
fn index(
    network: &Network,
    lexicon: &Lexicon,
    folder: Option<&Path>,
) -> Result<(EmbeddingIndex, Vec<SignId>), NetworkError> {
    let wanted: BTreeMap<String, SignId> = (lexicon.entries())
        .filter(|(_, entry)| entry.category != Category::Letter)
        .map(|(sign, _)| (name(lexicon, sign), sign))
        .collect();
    let model = network.fingerprint()?;
    let mark = fingerprint(std::iter::once(&model).chain(wanted.keys()));
    let path = folder.map(|folder| kept(folder, &mark));
    let index = match path.as_deref().map(|path| EmbeddingIndex::load_fresh(path, &mark)).transpose()? {
        Some(Some(index)) => index,
        _ => {
            let index = embedded(network, lexicon, &wanted, &mark)?;
            if let Some(path) = &path {
                keep(&index, path);
            }
            index
        }
    };
    let signs = index.names().iter().filter_map(|name| wanted.get(name).copied()).collect();
    Ok((index, signs))
}

/// An index that cannot be kept is made again next time, which is no reason not to sign.
fn keep(index: &EmbeddingIndex, path: &Path) {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    match made.map_err(|error| error.to_string()).and_then(|()| index.save(path).map_err(|e| e.to_string())) {
        Ok(()) => tracing::debug!("the index of the lexicon is kept in {}", path.display()),
        Err(error) => tracing::warn!("the index of the lexicon cannot be kept: {error}"),
    }
}

fn kept(folder: &Path, mark: &str) -> PathBuf {
    folder.join(format!("signs-{}.safetensors", mark.get(..16).unwrap_or(mark)))
}

/// A row's name: it changes when the sign's motion may have changed.
fn name(lexicon: &Lexicon, sign: SignId) -> String {
    format!("{} {}", lexicon.entry(sign).key, lexicon.stamp(sign))
}

fn embedded(
    network: &Network,
    lexicon: &Lexicon,
    wanted: &BTreeMap<String, SignId>,
    mark: &str,
) -> Result<EmbeddingIndex, NetworkError> {
    tracing::info!("embedding {} signs of the lexicon, once", wanted.len());
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, &sign) in wanted {
        let Some(clip) = clip(lexicon, sign) else { continue };
        match network.embed_pose(&clip) {
            Ok(embedding) => {
                names.push(name.clone());
                values.extend(embedding);
            }
            Err(error) => tracing::warn!("{name} cannot be found by meaning: {error}"),
        }
    }
    Ok(EmbeddingIndex::new(network.similarity(), network.width(), names, values, mark)?)
}

/// A sign's landmarks, as a camera would see them.
fn clip(lexicon: &Lexicon, sign: SignId) -> Option<PoseSequence> {
    match lexicon.clip(sign) {
        Ok(SignClip::Recorded(clip)) => Some((*clip).clone()),
        Ok(SignClip::Notated(motion)) => Some(landmarks::of_motion(&motion)),
        Err(error) => {
            tracing::warn!("«{}» cannot be found by meaning: {error}", lexicon.entry(sign).gloss);
            None
        }
    }
}
