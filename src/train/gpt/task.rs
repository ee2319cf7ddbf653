//! The GPT as the engine trains it.

use super::loader::Written;
use super::{Corruption, GptRecipe, TokenBatch, TokenLoader};
use crate::models::checkpoint::{Checkpoint, Trainable};
use crate::models::layers::{Noise, Pass};
use crate::models::t2m_gpt::gpt::{corrupted, token_loss};
use crate::models::t2m_gpt::{Decoder, Gpt, GptConfig, Precision, Sampling};
use crate::models::text::TextEncoder;
use crate::train::motion::MotionClip;
use crate::train::samples::{self, Sketch};
use crate::train::vq_vae::TrainedVqVae;
use crate::train::words::WordTexts;
use crate::train::{Corpus, Setup, StepLoss, Task, TrainError, pretrained};
use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use std::sync::Arc;

/// Sequences that are judged at once.
const TOGETHER: usize = 32;
/// The shortest motion that is drawn.
const LEAST_TOKENS: usize = 4;

/// A GPT in training.
#[derive(Debug)]
pub struct GptTask {
    recipe: GptRecipe,
    config: GptConfig,
    vq_vae: TrainedVqVae,
    trainable: Trainable,
    network: Gpt,
    loader: Arc<TokenLoader>,
    validation: Vec<Written>,
    texts: WordTexts,
    device: Device,
    dtype: DType,
}

impl GptTask {
    /// Reads the clips into tokens and the words into features, and builds the network.
    ///
    /// # Errors
    /// Where the recipe contradicts itself, or clips, the VQ-VAE or the text encoder cannot be read.
    pub fn new(recipe: &GptRecipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError> {
        if recipe.model.vq_vae.as_os_str().is_empty() {
            let reason =
                "model.vq-vae: a GPT writes the tokens of a trained VQ-VAE, whose folder --vq-vae names";
            return Err(TrainError::Settings(reason.into()));
        }
        let vq_vae = TrainedVqVae::load(&recipe.model.vq_vae, &setup.device)?;
        let text = pretrained::text_encoder(&setup.models, &recipe.model.text)?;
        let texts = WordTexts::new(corpus.words(), recipe.training.forms);
        let features = text_features(&text, &texts)?;
        let config = recipe.model.config(&vq_vae.config, text.config().text_width());
        config.check()?;
        let statistics = Some(vq_vae.statistics.clone());
        let motions = vq_vae.config.data.read(&vq_vae.config.parts(), corpus, statistics)?;
        let offsets = recipe.training.offsets.clamp(1, vq_vae.frames_per_token());
        let train = written(&vq_vae, &motions.train, offsets, config.most_tokens())?;
        let validation = written(&vq_vae, &motions.validation, 1, config.most_tokens())?;
        let trainable = Trainable::new(setup.seed);
        let network = Gpt::new(&config, trainable.builder(DType::F32, &setup.device))?;
        if let Some(folder) = &recipe.model.from {
            let weights = pretrained::weights(&folder.join("gpt.safetensors"));
            let weights = weights.or_else(|_| pretrained::weights(folder))?;
            trainable.load(&Checkpoint::open(weights)?, &Gpt::allowed())?;
        }
        let loader = TokenLoader {
            clips: train,
            features,
            width: config.clip_dim,
            parts: config.part_count(),
            end: config.end(),
            pad: config.pad(),
            drop_end: recipe.training.drop_end,
        };
        Ok(Self {
            recipe: recipe.clone(),
            config,
            vq_vae,
            trainable,
            network,
            loader: Arc::new(loader),
            validation,
            texts,
            device: setup.device.clone(),
            dtype: setup.dtype,
        })
    }

    /// What it is trained by.
    pub fn recipe(&self) -> &GptRecipe {
        &self.recipe
    }

    /// How the network is made.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// Whose tokens it writes.
    pub fn vq_vae(&self) -> &TrainedVqVae {
        &self.vq_vae
    }

    /// The mean over codebooks of the cross-entropy, and the share of tokens that were the likeliest.
    fn run(
        &self,
        network: &Gpt,
        batch: &TokenBatch,
        corrupt: Option<&Noise>,
        pass: &Pass,
    ) -> Result<(Tensor, f64), TrainError> {
        let (rows, parts) = (batch.lengths.len(), self.loader.parts);
        let tokens = Tensor::from_slice(&batch.tokens, (rows, batch.longest, parts), &self.device)?;
        let tokens = match corrupt {
            Some(noise) => corrupted(&tokens, self.kept(noise), self.config.num_vq as u32, noise)?,
            None => tokens,
        };
        let conditions = Tensor::from_slice(&batch.conditions, (rows, self.loader.width), &self.device)?;
        let logits = network.forward(&tokens, &conditions.to_dtype(self.dtype)?, pass)?;
        let (mut sum, mut right, mut counted) = (None::<Tensor>, 0, 0);
        for (logits, targets) in logits.iter().zip(&batch.targets) {
            let targets = Tensor::from_slice(targets, (rows, batch.longest + 1), &self.device)?;
            let loss = token_loss(&logits.to_dtype(DType::F32)?, &targets, &batch.lengths)?;
            (right, counted) = (right + loss.right, counted + loss.counted);
            sum = Some(match sum {
                Some(sum) => (sum + loss.loss)?,
                None => loss.loss,
            });
        }
        let sum = sum.ok_or_else(|| TrainError::Settings("the GPT has no codebook".into()))?;
        Ok(((sum / parts as f64)?, right as f64 / counted.max(1) as f64))
    }

    /// The probability that a token of the past is right.
    fn kept(&self, noise: &Noise) -> f64 {
        match self.recipe.training.corruption {
            Corruption::None => 1.0,
            Corruption::Share { tau } => 1.0 - tau,
            Corruption::Uniform => noise.unit(),
        }
    }

    fn network(&self) -> Result<Gpt, TrainError> {
        match self.dtype {
            DType::F32 => Ok(self.network.clone()),
            dtype => Ok(Gpt::new(&self.config, self.trainable.builder(dtype, &self.device))?),
        }
    }
}

impl Task for GptTask {
    type Loader = TokenLoader;

    fn loader(&self) -> Arc<TokenLoader> {
        self.loader.clone()
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, batch: TokenBatch, noise: &Noise) -> Result<StepLoss, TrainError> {
        let (total, right) = self.run(&self.network()?, &batch, Some(noise), &Pass::Train(noise))?;
        let right = Tensor::new(right as f32, &Device::Cpu)?;
        Ok(StepLoss { parts: vec![("cross-entropy", total.detach()), ("accuracy", right)], total })
    }

    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        let network = self.network()?;
        let (mut loss, mut right, mut batches) = (0.0, 0.0, 0.0);
        for clips in self.validation.chunks(TOGETHER) {
            let sequence = |clip: &'_ Written| {
                let feature = self.loader.features(clip.word).first().cloned().unwrap_or_default();
                (clip.tokens.first().cloned().unwrap_or_default(), feature)
            };
            let owned: Vec<_> = clips.iter().map(sequence).collect();
            let rows: Vec<_> = owned.iter().map(|(tokens, feature)| (&tokens[..], &feature[..])).collect();
            let (own, share) = self.run(&network, &self.loader.batch(&rows), None, &Pass::Infer)?;
            let weight = clips.len() as f64;
            loss += weight * f64::from(own.to_scalar::<f32>()?);
            (right, batches) = (right + weight * share, batches + weight);
        }
        let batches = f64::max(batches, 1.0);
        Ok(vec![("cross-entropy", loss / batches), ("accuracy", right / batches)])
    }

    /// Motions of some words of the validation clips, drawn as the model will sign.
    fn samples(&mut self) -> Result<Vec<(String, String)>, TrainError> {
        let vq_vae = &self.vq_vae;
        let (features, statistics, fps) = (&vq_vae.features, &vq_vae.statistics, vq_vae.config.data.fps);
        let sketch = Sketch { features, statistics, fps };
        let decoder = Decoder::new(&self.network, Precision::default())?;
        let temperature = self.recipe.model.temperature;
        let sampling = Sampling { temperature, at_least: LEAST_TOKENS, ..Sampling::default() };
        let draw = |word: u32| {
            let feature = self.loader.features(word).first().cloned().unwrap_or_default();
            let condition = Tensor::new(feature, &self.device)?;
            let written = decoder.generate(&condition, &sampling)?;
            sketch.draw(samples::generated(&self.texts, word), &[vq_vae.motion(&written.tokens)?])
        };
        let words = samples::few_words(self.validation.iter().map(|clip| clip.word));
        words.into_iter().map(draw).collect()
    }

    /// The table of positions is the sinusoids'.
    fn frozen(&self, name: &str) -> bool {
        name.ends_with("pos_embed.embed")
    }
}

/// The features of each word's texts.
pub(crate) fn text_features(text: &TextEncoder, texts: &WordTexts) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
    let of_word = |forms: &Vec<String>| {
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        Ok(text.encode(&forms)?.to_dtype(DType::F32)?.to_vec2::<f32>()?)
    };
    texts.by_word().iter().map(of_word).collect()
}

/// Clips as tokens, from each of some first frames on; at most so many, the parts of an instant together.
fn written(
    vq_vae: &TrainedVqVae,
    clips: &[MotionClip],
    offsets: usize,
    most: usize,
) -> Result<Vec<Written>, TrainError> {
    let read = |clip: &MotionClip| -> Result<Option<Written>, TrainError> {
        let frames = clip.features.frame_count();
        let starts = (0..offsets).filter(|start| frames >= start + vq_vae.frames_per_token());
        let tokens = starts.map(|start| {
            let parts = vq_vae.tokens(&clip.features, start)?;
            let length = parts.iter().map(Vec::len).min().unwrap_or(0).min(most);
            Ok((0..length).flat_map(|at| parts.iter().map(move |part| part[at])).collect::<Vec<u32>>())
        });
        let tokens = tokens.collect::<Result<Vec<_>, TrainError>>()?;
        Ok((!tokens.is_empty()).then_some(Written { word: clip.word, tokens }))
    };
    let read = clips.par_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let read: Vec<Written> = read.into_iter().flatten().collect();
    if read.is_empty() {
        let reason = format!("expected clips of {} frames at least, found none", vq_vae.frames_per_token());
        return Err(TrainError::Settings(reason));
    }
    Ok(read)
}
