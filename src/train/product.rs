//! What a run leaves behind: a model's folder, as signing reads it.
//!
//! Folders are written beside their place and moved there whole, so that no half of a model is ever
//! loaded. Each has a card that says what it learnt from; how it is judged is measured here, on clips.

use super::gpt::GptTask;
use super::motion::MotionData;
use super::motion_clip::MotionClipTask;
use super::sign_clip::SignClipTask;
use super::text::TextTask;
use super::vq_vae::{self, VqVaeFolder, VqVaeTask};
use super::{Corpus, Task, TrainError, motion};
use crate::dataset::Part as Portion;
use crate::interpreter::Expectations;
use crate::interpreter::networks::Card;
use crate::lexicon::TrainedOn;
use crate::models::bundles::{MotionClipBundleConfig, SamplingConfig, T2mGptBundleConfig};
use crate::models::checkpoint::{Checkpoint, Trainable, save_safetensors};
use crate::models::sign_clip::SignClip;
use crate::models::t2m_gpt::Precision;
use crate::pose::PoseSequence;
use candle_core::{DType, Device, Tensor};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many training clips a generator's expectations are measured on; more change nothing much.
const MEASURED: usize = 240;
/// The text encoder's folder within a generator's.
const TEXT: &str = "text";
/// Files of a BERT's tokenizer; the last says whether letters have cases.
const TOKENIZER: [&str; 3] = ["tokenizer.json", "vocab.txt", "tokenizer_config.json"];
const CONFIG: &str = "config.json";
const STATISTICS: &str = "statistics.safetensors";

/// What a product is called and how it is written.
#[derive(Clone, Debug)]
pub struct About {
    /// Name and version, as provenance shows it.
    pub name: String,
    /// What it learnt from.
    pub trained_on: TrainedOn,
    /// What else people should know: data, command, measured quality.
    pub notes: String,
    /// Whether weights are kept in sixteen bits: half the size, a thousandth of the precision.
    pub half: bool,
}

/// A folder that comes into being when it is finished.
struct Fresh {
    place: PathBuf,
    temporary: PathBuf,
}

impl Fresh {
    fn new(place: &Path) -> Result<Self, TrainError> {
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let temporary = place.with_file_name(format!(".{name}.new"));
        if temporary.exists() {
            std::fs::remove_dir_all(&temporary).map_err(|source| TrainError::write(&temporary, source))?;
        }
        std::fs::create_dir_all(&temporary).map_err(|source| TrainError::write(&temporary, source))?;
        Ok(Self { place: place.to_owned(), temporary })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temporary.join(name)
    }

    fn json(&self, name: &str, value: &impl Serialize) -> Result<(), TrainError> {
        let text = serde_json::to_vec_pretty(value)
            .map_err(|error| TrainError::Settings(format!("{name}: {error}")))?;
        let path = self.path(name);
        std::fs::write(&path, [&text[..], b"\n"].concat()).map_err(|source| TrainError::write(&path, source))
    }

    fn weights(&self, name: &str, tensors: BTreeMap<String, Tensor>, half: bool) -> Result<(), TrainError> {
        let dtype = if half { DType::F16 } else { DType::F32 };
        let tensors = tensors.into_iter().map(|(name, tensor)| Ok((name, tensor.to_dtype(dtype)?)));
        Ok(save_safetensors(&self.path(name), &tensors.collect::<Result<_, TrainError>>()?)?)
    }

    /// Puts the folder in its place; what was there before goes.
    fn finish(self) -> Result<PathBuf, TrainError> {
        let old = self.temporary.with_extension("old");
        let failed = |source| TrainError::write(&self.place, source);
        if self.place.exists() {
            std::fs::rename(&self.place, &old).map_err(failed)?;
        }
        std::fs::rename(&self.temporary, &self.place).map_err(failed)?;
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(failed)?;
        }
        Ok(self.place)
    }
}

/// All variables as they stand.
fn variables(trainable: &Trainable) -> BTreeMap<String, Tensor> {
    trainable.vars().into_iter().map(|(name, var)| (name, var.as_tensor().clone())).collect()
}

impl SignClipTask {
    /// Writes the model's folder. The threshold of its card is found on the validation clips.
    ///
    /// # Errors
    /// Where it cannot be written, or not be read back.
    pub fn save(&self, folder: &Path, about: &About, corpus: &Corpus) -> Result<PathBuf, TrainError> {
        let fresh = Fresh::new(folder)?;
        fresh.json(CONFIG, self.config())?;
        fresh.weights("model.safetensors", variables(self.trainable()), about.half)?;
        match self.words() {
            Some(words) => words.save(&fresh.temporary)?,
            None => self.copy_tokenizer(&fresh.temporary)?,
        }
        if let Some(statistics) = self.statistics() {
            statistics.save(&fresh.path(STATISTICS))?;
        }
        let model = SignClip::load(&fresh.temporary, DType::F32, &Device::Cpu)?;
        let threshold = if model.config().text.translate { None } else { Some(threshold(&model, corpus)?) };
        fresh.json(Card::FILE, &about.card(None, threshold))?;
        fresh.finish()
    }

    fn copy_tokenizer(&self, to: &Path) -> Result<(), TrainError> {
        let Some(from) = self.tokenizer_folder() else { return Ok(()) };
        copy(&from, to, &TOKENIZER)
    }
}

impl TextTask {
    /// Writes the encoder's folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<PathBuf, TrainError> {
        let fresh = Fresh::new(folder)?;
        fresh.json(CONFIG, &self.config())?;
        let kept = variables(self.trainable()).into_iter().filter(|(name, _)| TextTask::is_kept(name));
        fresh.weights("model.safetensors", kept.collect(), false)?;
        self.pieces().save(&fresh.temporary)?;
        fresh.finish()
    }
}

impl VqVaeTask {
    /// Writes the folder that a GPT is trained on.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<PathBuf, TrainError> {
        let fresh = Fresh::new(folder)?;
        let config = VqVaeFolder { data: self.data().clone(), codebooks: self.codebooks() };
        fresh.json(vq_vae::CONFIG, &config)?;
        fresh.weights(vq_vae::WEIGHTS, variables(self.trainable()), false)?;
        self.statistics().save(&fresh.path(vq_vae::STATISTICS))?;
        fresh.finish()
    }
}

impl GptTask {
    /// Writes the folder of a T2M-GPT: the VQ-VAE, the GPT, and the text encoder where it is a folder.
    ///
    /// # Errors
    /// Where it cannot be written, or no clip can be measured.
    pub fn save(&self, folder: &Path, about: &About, corpus: &Corpus) -> Result<PathBuf, TrainError> {
        let fresh = Fresh::new(folder)?;
        let vq_vae = self.vq_vae();
        let config = T2mGptBundleConfig {
            fps: vq_vae.config.data.fps,
            codebooks: vq_vae.config.codebooks.clone(),
            gpt: self.config().clone(),
            text: fresh_text(&fresh, &self.recipe().model.text, about.half)?,
            sampling: SamplingConfig { temperature: self.recipe().model.temperature, ..Default::default() },
            precision: Precision::default(),
        };
        fresh.json(CONFIG, &config)?;
        fresh.weights("vqvae.safetensors", vq_vae.weights()?, about.half)?;
        fresh.weights("gpt.safetensors", variables(self.trainable()), about.half)?;
        vq_vae.statistics.save(&fresh.path(STATISTICS))?;
        fresh.json(Card::FILE, &about.card(Some(expectations(&vq_vae.config.data, corpus)?), None))?;
        fresh.finish()
    }
}

impl MotionClipTask {
    /// Writes the folder of a MotionCLIP.
    ///
    /// # Errors
    /// Where it cannot be written, or no clip can be measured.
    pub fn save(&self, folder: &Path, about: &About, corpus: &Corpus) -> Result<PathBuf, TrainError> {
        let fresh = Fresh::new(folder)?;
        let recipe = self.recipe();
        let config = MotionClipBundleConfig {
            fps: recipe.data.fps,
            parts: recipe.model.parts.clone(),
            network: self.config().clone(),
            text: fresh_text(&fresh, &recipe.model.text, about.half)?,
            translator: recipe.model.translator.clone(),
            latent_norm: self.latent_norm()?,
        };
        fresh.json(CONFIG, &config)?;
        fresh.weights("model.safetensors", variables(self.trainable()), about.half)?;
        self.statistics().save(&fresh.path(STATISTICS))?;
        fresh.json(Card::FILE, &about.card(Some(expectations(&recipe.data, corpus)?), None))?;
        fresh.finish()
    }
}

impl About {
    fn card(&self, expectations: Option<Expectations>, threshold: Option<f32>) -> Card {
        Card {
            name: self.name.clone(),
            trained_on: self.trained_on.clone(),
            expectations,
            threshold,
            notes: self.notes.clone(),
        }
    }
}

/// A text encoder's folder within a product's; the name of one that is none stays a name.
fn fresh_text(fresh: &Fresh, text: &str, half: bool) -> Result<String, TrainError> {
    let from = Path::new(text);
    if !from.is_dir() {
        return Ok(text.to_owned());
    }
    let to = fresh.path(TEXT);
    std::fs::create_dir_all(&to).map_err(|source| TrainError::write(&to, source))?;
    copy(from, &to, &["config.json", "spiece.model", "merges.txt", "vocab.json"])?;
    copy(from, &to, &TOKENIZER)?;
    let weights = super::pretrained::weights(from)?;
    fresh.weights("text/model.safetensors", stored(&Checkpoint::open(&weights)?)?, half)?;
    Ok(TEXT.to_owned())
}

/// All tensors of a file.
fn stored(checkpoint: &Checkpoint) -> Result<BTreeMap<String, Tensor>, TrainError> {
    let read = |name: &str| Ok((name.to_owned(), checkpoint.tensor(name, DType::F32, &Device::Cpu)?));
    checkpoint.tensors().map(|info| read(info.name)).collect()
}

/// Copies those files of a folder that are there.
fn copy(from: &Path, to: &Path, names: &[&str]) -> Result<(), TrainError> {
    for name in names.iter().filter(|name| from.join(name).is_file()) {
        let path = from.join(name);
        std::fs::copy(&path, to.join(name)).map_err(|source| TrainError::write(&path, source))?;
    }
    Ok(())
}

/// What training clips are like, as a generator is to make them; measured on some, evenly picked.
fn expectations(data: &MotionData, corpus: &Corpus) -> Result<Expectations, TrainError> {
    let mirrored = if data.mirror_left_handed { motion::left_handed(corpus) } else { Vec::new() };
    let train = corpus.clips(Portion::Train);
    let some: Vec<usize> = train.iter().copied().step_by(train.len().div_ceil(MEASURED).max(1)).collect();
    let clips: Vec<PoseSequence> = corpus.read_these(&some, |clip, sequence| {
        let signer = corpus.dataset().clips().get(clip).map(|record| &record.signer);
        data.prepare(sequence, signer.is_some_and(|signer| mirrored.contains(signer)))
    });
    Ok(Expectations::of(&clips)?)
}

/// The cosine that tells clips of a text's word best from the nearest clips of other words: where right
/// ones above it less wrong ones above it are most (Youden 1950).
fn threshold(model: &SignClip, corpus: &Corpus) -> Result<f32, TrainError> {
    let clips = corpus.read(Portion::Validation, |clip, sequence| {
        Ok::<_, crate::models::sign_clip::SignClipError>((corpus.label(clip), model.embed_pose(&sequence)?))
    })?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for (word, label) in corpus.words().iter().zip(0u32..) {
        let text = model.embed_text(&word.gloss)?;
        let nearest = |own: bool| {
            let of = clips.iter().filter(|(other, _)| (*other == label) == own);
            of.map(|(_, clip)| cosine(&text, clip)).max_by(f32::total_cmp)
        };
        right.extend(nearest(true));
        wrong.extend(nearest(false));
    }
    Ok(youden(&right, &wrong))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

fn youden(right: &[f32], wrong: &[f32]) -> f32 {
    let above = |of: &[f32], at: f32| of.iter().filter(|&&x| x >= at).count() as f32 / of.len().max(1) as f32;
    let gain = |at: f32| above(right, at) - above(wrong, at);
    let best = right.iter().copied().max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(a.total_cmp(b)));
    let Some(best) = best else { return 1.0 };
    // Half way down to the next wrong one: the right ones that were seen are not the lowest there are.
    let below = wrong.iter().copied().filter(|&x| x < best).max_by(f32::total_cmp).unwrap_or(best);
    (best + below) / 2.0
}

impl vq_vae::TrainedVqVae {
    /// All weights by their names in the folder.
    ///
    /// # Errors
    /// Where they cannot be read any more.
    pub fn weights(&self) -> Result<BTreeMap<String, Tensor>, TrainError> {
        stored(&self.stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_between_right_and_wrong() {
        let at = youden(&[0.9, 0.8, 0.7], &[0.2, 0.3, 0.5]);
        assert!(at > 0.5 && at <= 0.7, "{at}");
        let mixed = youden(&[0.9, 0.4], &[0.5, 0.1]);
        assert!((0.1..=0.9).contains(&mixed), "{mixed}");
        assert_eq!(youden(&[], &[0.4]), 1.0);
    }

    #[test]
    fn a_folder_is_there_when_it_is_whole_and_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("model");
        for text in ["old", "new"] {
            let fresh = Fresh::new(&place).unwrap();
            fresh.json("a.json", &text).unwrap();
            assert_eq!(place.exists(), text == "new");
            fresh.finish().unwrap();
            assert_eq!(std::fs::read_to_string(place.join("a.json")).unwrap(), format!("\"{text}\"\n"));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
