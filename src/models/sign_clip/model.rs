//! A SignCLIP as a folder holds it: landmarks and words in, embeddings out.

use super::{LongClip, SignClipConfig, SignClipError, SignClipNetwork, Similarity};
use crate::models::checkpoint::Checkpoint;
use crate::models::features::{Features, Statistics};
use crate::models::layers::Pass;
use crate::models::tokenizer::TextTokenizer;
use crate::pose::PoseSequence;
use candle_core::{DType, Device, Tensor};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = "config.json";
const STATISTICS: &str = "statistics.safetensors";

/// Files that a folder may have its weights in, the first that is there.
const WEIGHTS: [&str; 2] = ["model.safetensors", "checkpoint_best.pt"];

/// Files that embeddings depend on, where a folder has them.
const DEPENDED_ON: [&str; 7] =
    [CONFIG, STATISTICS, WEIGHTS[0], WEIGHTS[1], "tokenizer.json", "tokenizer_config.json", "vocab.txt"];

/// Clips or texts that go through a tower at once: enough to keep the cores busy, few enough to fit.
const BATCH: usize = 16;

/// Translates a text into the language that the prompt names.
pub type Translate = dyn Fn(&str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> + Send + Sync;

/// A model with all that it needs to read landmarks and words. Cheap to clone.
#[derive(Clone)]
pub struct SignClip {
    config: Arc<SignClipConfig>,
    network: SignClipNetwork,
    tokenizer: Arc<TextTokenizer>,
    statistics: Option<Arc<Statistics>>,
    translate: Option<Arc<Translate>>,
    /// The ids of `[CLS]` and `[SEP]`.
    ends: [u32; 2],
    folder: PathBuf,
    dtype: DType,
    device: Device,
}

impl std::fmt::Debug for SignClip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignClip").field("folder", &self.folder).field("config", &self.config).finish()
    }
}

impl SignClip {
    /// Loads a folder: `config.json` ([`SignClipConfig`]), `model.safetensors` or the reference's
    /// `checkpoint_best.pt`, BERT's tokenizer (`tokenizer.json` or `vocab.txt`), and
    /// `statistics.safetensors` where the model standardises.
    ///
    /// # Errors
    /// Where a file is missing or is not what it should be, named; where parts do not belong together.
    pub fn load(folder: &Path, dtype: DType, device: &Device) -> Result<Self, SignClipError> {
        let path = folder.join(CONFIG);
        let fail = |reason: String| SignClipError::File { path: path.clone(), reason };
        let text = std::fs::read(&path).map_err(|error| fail(error.to_string()))?;
        let config: SignClipConfig =
            serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
        config.check_whole().map_err(|error| fail(error.to_string()))?;
        let tokenizer = TextTokenizer::bert(folder)?;
        tokenizer.check_vocabulary(config.text.bert.vocab_size)?;
        let end = |id: Option<u32>, token| id.ok_or(SignClipError::NoToken { token });
        let ends = [end(tokenizer.special().cls, "[CLS]")?, end(tokenizer.special().sep, "[SEP]")?];
        let weights = WEIGHTS.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        let weights = weights.ok_or_else(|| SignClipError::File {
            path: folder.to_owned(),
            reason: format!("expected {} or {}, found neither", WEIGHTS[0], WEIGHTS[1]),
        })?;
        let network = SignClipNetwork::load(&Checkpoint::open(weights)?, &config, dtype, device)?;
        let standardise = config.preprocessing.standardise;
        let statistics = standardise.then(|| Statistics::load(&folder.join(STATISTICS))).transpose()?;
        if let Some(statistics) = &statistics {
            statistics.check_width(config.video.inputs)?;
        }
        Ok(Self {
            config: Arc::new(config),
            network,
            tokenizer: Arc::new(tokenizer),
            statistics: statistics.map(Arc::new),
            translate: None,
            ends,
            folder: folder.to_owned(),
            dtype,
            device: device.clone(),
        })
    }

    /// The model with something that translates its texts, where its configuration asks for that.
    #[must_use]
    pub fn with_translator(self, translate: Arc<Translate>) -> Self {
        Self { translate: Some(translate), ..self }
    }

    /// How it was made.
    pub fn config(&self) -> &SignClipConfig {
        &self.config
    }

    /// The towers.
    pub fn network(&self) -> &SignClipNetwork {
        &self.network
    }

    /// The width of an embedding.
    pub fn width(&self) -> usize {
        self.config.width()
    }

    /// What [`super::EmbeddingIndex`] should compare embeddings by.
    pub fn similarity(&self) -> Similarity {
        self.config.similarity
    }

    /// The numbers that the video tower reads of a clip, `[frames, inputs]`.
    ///
    /// # Errors
    /// [`SignClipError::Landmarks`] where the clip lacks points or shoulders; [`SignClipError::Frames`]
    /// where it has no frames, or more than the model reads.
    pub fn features(&self, clip: &PoseSequence) -> Result<Features, SignClipError> {
        let features = self.config.preprocessing.features(clip, self.statistics.as_deref())?;
        let (found, limit) = (features.frame_count(), self.config.video.max_frames);
        match self.config.video.long_clips {
            _ if found == 0 => Err(SignClipError::Frames { found, limit }),
            LongClip::Refuse if found > limit => Err(SignClipError::Frames { found, limit }),
            LongClip::Resample => Ok(features.resampled(limit)),
            LongClip::Refuse | LongClip::Whole => Ok(features),
        }
    }

    /// Embeds a clip: `width` numbers.
    ///
    /// # Errors
    /// As [`Self::features`], and candle's.
    pub fn embed_pose(&self, clip: &PoseSequence) -> Result<Vec<f32>, SignClipError> {
        Ok(self.embed_poses(&[clip])?.pop().unwrap_or_default())
    }

    /// Embeds clips, each as it would be alone.
    ///
    /// # Errors
    /// As [`Self::embed_pose`].
    pub fn embed_poses(&self, clips: &[&PoseSequence]) -> Result<Vec<Vec<f32>>, SignClipError> {
        let mut embeddings = Vec::with_capacity(clips.len());
        for clips in clips.chunks(BATCH) {
            let features = clips.iter().map(|clip| self.features(clip)).collect::<Result<Vec<_>, _>>()?;
            let (frames, mask) = self.batch(&features)?;
            let embedded = self.network.embed_video(&frames, &mask, self.ends, &Pass::Infer)?;
            embeddings.extend(embedded.to_dtype(DType::F32)?.to_vec2::<f32>()?);
        }
        Ok(embeddings)
    }

    /// `[batch, longest, inputs]`, 0 after a clip's end, and `[batch, longest]`, 1 where a frame is.
    fn batch(&self, clips: &[Features]) -> Result<(Tensor, Tensor), SignClipError> {
        let inputs = self.config.video.inputs;
        let longest = clips.iter().map(Features::frame_count).max().unwrap_or_default();
        let mut values = Vec::with_capacity(clips.len() * longest * inputs);
        let mut mask = Vec::with_capacity(clips.len() * longest);
        for (i, clip) in clips.iter().enumerate() {
            values.extend_from_slice(&clip.values);
            values.resize((i + 1) * longest * inputs, 0.0);
            mask.resize(i * longest + clip.frame_count(), 1u8);
            mask.resize((i + 1) * longest, 0);
        }
        let frames = Tensor::from_vec(values, (clips.len(), longest, inputs), &self.device)?;
        let mask = Tensor::from_vec(mask, (clips.len(), longest), &self.device)?;
        Ok((frames.to_dtype(self.dtype)?, mask))
    }

    /// Embeds a word or a sentence, in the prompt that the model was trained with: `width` numbers.
    ///
    /// # Errors
    /// [`SignClipError::EmptyText`]; where the text cannot be translated, or is over length and the model
    /// does not shorten; candle's.
    pub fn embed_text(&self, text: &str) -> Result<Vec<f32>, SignClipError> {
        Ok(self.embed_texts(&[text])?.pop().unwrap_or_default())
    }

    /// Embeds texts, each as it would be alone.
    ///
    /// # Errors
    /// As [`Self::embed_text`].
    pub fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, SignClipError> {
        let config = &self.config.text;
        let mut embeddings = Vec::with_capacity(texts.len());
        for texts in texts.chunks(BATCH) {
            let prompts = texts.iter().map(|text| self.prompt(text)).collect::<Result<Vec<_>, _>>()?;
            let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
            let batch = self.tokenizer.encode_batch(&prompts, config.max_tokens, config.long_texts.into())?;
            let shape = (prompts.len(), batch.length);
            let ids = Tensor::from_vec(batch.ids, shape, &self.device)?;
            let mask = Tensor::from_vec(batch.mask, shape, &self.device)?;
            let embedded = self.network.embed_text(&ids, &mask, &Pass::Infer)?;
            embeddings.extend(embedded.to_dtype(DType::F32)?.to_vec2::<f32>()?);
        }
        Ok(embeddings)
    }

    /// A text as the text tower reads it: translated where the model wants that, in its prompt.
    ///
    /// # Errors
    /// [`SignClipError::EmptyText`], [`SignClipError::NoTranslator`], [`SignClipError::Translation`].
    pub fn prompt(&self, text: &str) -> Result<String, SignClipError> {
        let is_something = |text: &str| text.chars().any(char::is_alphanumeric);
        if !is_something(text) {
            return Err(SignClipError::EmptyText);
        }
        if !self.config.text.translate {
            return Ok(self.config.text.prompt(text));
        }
        let translate = self.translate.as_ref().ok_or(SignClipError::NoTranslator)?;
        let failed = |reason| SignClipError::Translation { text: text.to_owned(), reason };
        let translated = translate(text).map_err(failed)?;
        if !is_something(&translated) {
            return Err(failed("the translation is empty".into()));
        }
        Ok(self.config.text.prompt(&translated))
    }

    /// What embeddings depend on, as a hash of the folder's files: reads them all, so keep it.
    ///
    /// # Errors
    /// [`SignClipError::File`].
    pub fn fingerprint(&self) -> Result<String, SignClipError> {
        let mut hash = Sha256::new();
        for name in DEPENDED_ON {
            let path = self.folder.join(name);
            if path.is_file() {
                hash.update(name);
                hash_file(&path, &mut hash)
                    .map_err(|error| SignClipError::File { path, reason: error.to_string() })?;
            }
        }
        Ok(hex(hash))
    }
}

fn hash_file(path: &Path, hash: &mut Sha256) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    hash.update(file.metadata()?.len().to_le_bytes());
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// One fingerprint of several things, in their order: the model's, the lexicon's.
pub fn fingerprint<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.as_ref().len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
