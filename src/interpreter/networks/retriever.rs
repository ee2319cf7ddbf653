//! SignCLIP as the interpreter asks it: which signs of the lexicon lie nearest to a word.
//!
//! The lexicon's motions are embedded once and kept in the user's data folder, under a name of the
//! weights and of the lexicon: whichever changes, the index is made anew, and so it is where the file is
//! damaged. Whatever a model was trained with, signs are ranked by the cosine: the threshold is one.

use super::{Card, NetworkError};
use crate::body::maths::minimum_jerk;
use crate::body::{Articulation, Motion};
use crate::interpreter::landmarks;
use crate::interpreter::model::{Hit, ModelFailure, Retriever};
use crate::lexicon::{Category, Lexicon, SignClip, SignId, TrainedOn};
use crate::models::bundles::Loader;
use crate::models::sign_clip::{EmbeddingIndex, Hit as Row, SignClip as Network, Similarity, fingerprint};
use crate::pose::PoseSequence;
use candle_core::DType;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The translator of models whose prompts are English.
const TRANSLATOR: &str = "opus-mt-ar-en";
/// How many signs are embedded at once: more are no faster, and their landmarks lie in memory.
const BATCH: usize = 16;
/// What a kept index's name begins and ends with.
const KEPT: [&str; 2] = ["signs-", ".safetensors"];

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

    fn trained_on(&self) -> &TrainedOn {
        &self.card.trained_on
    }

    fn threshold(&self) -> f32 {
        self.threshold
    }

    fn nearest(&self, text: &str, count: usize) -> Result<Vec<Hit>, ModelFailure> {
        let failed = |message: String| ModelFailure { model: self.card.name.clone(), message };
        let query = self.network.embed_text(text).map_err(|error| failed(error.to_string()))?;
        let rows = self.index.search(&query, count).map_err(|error| failed(error.to_string()))?;
        let hit = |row: Row| Some(Hit { sign: *self.signs.get(row.row)?, similarity: row.score });
        Ok(rows.into_iter().filter_map(hit).collect())
    }
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
    let mark = fingerprint(
        [&model, "cosine of performed signs"].into_iter().chain(wanted.keys().map(String::as_str)),
    );
    let path = folder.map(|folder| kept(folder, &mark));
    if let Some(path) = &path
        && let Some(index) = read(path, &mark, network.width())
        && let Some(signs) = signs(&index, &wanted)
    {
        return Ok((index, signs));
    }
    let index = embedded(network, lexicon, &wanted, &mark)?;
    if let Some(path) = &path {
        keep(&index, path);
    }
    let signs = signs(&index, &wanted).unwrap_or_default();
    Ok((index, signs))
}

/// The sign of each row.
fn signs(index: &EmbeddingIndex, wanted: &BTreeMap<String, SignId>) -> Option<Vec<SignId>> {
    index.names().iter().map(|name| wanted.get(name).copied()).collect()
}

/// The index that is kept in a file, if there is one that can be used.
fn read(path: &Path, mark: &str, width: usize) -> Option<EmbeddingIndex> {
    match EmbeddingIndex::load_fresh(path, mark) {
        Ok(index) => index.filter(|index| index.width() == width && index.similarity() == Similarity::Cosine),
        Err(error) => {
            tracing::warn!("the kept index of the lexicon is made anew: {error}");
            None
        }
    }
}

/// Keeps an index in the place of others. One that cannot be kept is made again next time, which is no
/// reason not to sign.
fn keep(index: &EmbeddingIndex, path: &Path) {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    match made.map_err(|error| error.to_string()).and_then(|()| index.save(path).map_err(|e| e.to_string())) {
        Ok(()) => tracing::debug!("the index of the lexicon is kept in {}", path.display()),
        Err(error) => {
            tracing::warn!("the index of the lexicon cannot be kept: {error}");
            return;
        }
    }
    let files = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    for old in files.into_iter().flatten().flatten().map(|file| file.path()).filter(|old| old != path) {
        let [begin, end] = KEPT;
        let is_index = |name: &str| name.starts_with(begin) && name.ends_with(end);
        if old.file_name().and_then(|name| name.to_str()).is_some_and(is_index)
            && let Err(error) = std::fs::remove_file(&old)
        {
            tracing::debug!("the old index {} stays: {error}", old.display());
        }
    }
}

fn kept(folder: &Path, mark: &str) -> PathBuf {
    let [begin, end] = KEPT;
    folder.join(format!("{begin}{}{end}", mark.get(..16).unwrap_or(mark)))
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
    let wanted: Vec<(&String, SignId)> = wanted.iter().map(|(name, &sign)| (name, sign)).collect();
    for signs in wanted.chunks(BATCH) {
        let clips = signs.iter().filter_map(|&(name, sign)| Some((name, clip(lexicon, sign)?)));
        let clips: Vec<(&String, PoseSequence)> = clips.collect();
        for ((name, _), embedding) in clips.iter().zip(embed(network, &clips)) {
            match embedding.and_then(usable) {
                Ok(embedding) => {
                    names.push((*name).clone());
                    values.extend(embedding);
                }
                Err(reason) => tracing::warn!("{name} cannot be found by meaning: {reason}"),
            }
        }
    }
    Ok(EmbeddingIndex::new(Similarity::Cosine, network.width(), names, values, mark)?)
}

/// The embeddings of clips together; where one of them cannot be embedded, each alone.
fn embed(network: &Network, clips: &[(&String, PoseSequence)]) -> Vec<Result<Vec<f32>, String>> {
    let together: Vec<&PoseSequence> = clips.iter().map(|(_, clip)| clip).collect();
    match network.embed_poses(&together) {
        Ok(embeddings) => embeddings.into_iter().map(Ok).collect(),
        Err(_) => {
            let alone = |clip| network.embed_pose(clip).map_err(|error| error.to_string());
            together.into_iter().map(alone).collect()
        }
    }
}

/// An embedding that has a direction.
fn usable(embedding: Vec<f32>) -> Result<Vec<f32>, String> {
    let length = embedding.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if length.is_finite() && length > 0.0 {
        Ok(embedding)
    } else {
        Err(format!("expected an embedding with a direction, found one of length {length}"))
    }
}

/// Seconds in which hands come up to a sign, and go down after it.
const WAY: f32 = 0.45;

/// A sign's stroke as clips have it, by which the network knows signs: hands come up, sign and go down.
fn performed(stroke: &Motion) -> Motion {
    let (Some(first), Some(last)) = (stroke.frames.first(), stroke.frames.last()) else {
        return stroke.clone();
    };
    let rest = Articulation::neutral();
    let frames = (WAY * stroke.fps).round() as usize;
    let way = |from: &Articulation, to: &Articulation| -> Vec<Articulation> {
        (0..frames).map(|i| from.lerp(to, minimum_jerk(i as f32 / frames as f32))).collect()
    };
    let mut whole = way(&rest, first);
    whole.extend(stroke.frames.iter().cloned());
    whole.extend(way(last, &rest));
    Motion { fps: stroke.fps, frames: whole }
}

/// A sign's landmarks, as a camera would see them.
fn clip(lexicon: &Lexicon, sign: SignId) -> Option<PoseSequence> {
    match lexicon.clip(sign) {
        Ok(SignClip::Recorded(clip)) => Some((*clip).clone()),
        Ok(SignClip::Notated(motion)) => Some(landmarks::of_motion(&performed(&motion))),
        Err(error) => {
            tracing::warn!("«{}» cannot be found by meaning: {error}", lexicon.entry(sign).gloss);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_is_performed_between_two_rests_without_a_jump() {
        let lexicon = Lexicon::builtin().unwrap();
        let (sign, _) = lexicon.entries().find(|(_, entry)| entry.key == "hospital").unwrap();
        let Ok(SignClip::Notated(stroke)) = lexicon.clip(sign) else { panic!("a practice sign is notated") };
        let whole = performed(&stroke);
        assert_eq!(whole.frames[0], Articulation::neutral());
        assert!(whole.duration() > stroke.duration() + 0.8);
        for pair in whole.frames.windows(2) {
            let step = (pair[1].arms[1].wrist - pair[0].arms[1].wrist).length();
            assert!(step < 0.15, "{step}");
        }
    }

    #[test]
    fn an_embedding_without_a_direction_is_left_out() {
        assert!(usable(vec![0.0, -2.0]).is_ok());
        for broken in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 0.0]] {
            assert!(usable(broken.to_vec()).unwrap_err().contains("direction"));
        }
    }
}
