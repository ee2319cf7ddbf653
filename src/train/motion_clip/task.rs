//! MotionCLIP as the engine trains it.

use super::{MotionBatch, MotionClipRecipe, MotionLoader};
use crate::models::checkpoint::{Checkpoint, Trainable};
use crate::models::features::{Features, MotionFeatures, Statistics};
use crate::models::layers::{Noise, Pass};
use crate::models::motion_clip::{LossTerms, MotionClip as Network, MotionClipConfig, Root, reconstruction};
use crate::train::gpt::text_features;
use crate::train::motion::{MotionClip, Motions, seen_parts};
use crate::train::samples::{self, Sketch};
use crate::train::words::WordTexts;
use crate::train::{Corpus, Hits, Setup, StepLoss, Task, TrainError, pretrained};
use candle_core::{D, DType, Device, Tensor};
use std::path::Path;
use std::sync::Arc;

/// CLIP's logit scale, as it was trained to.
const LOGIT_SCALE: f32 = 4.605_170_2;
/// Clips that are judged at once.
const TOGETHER: usize = 32;

/// A MotionCLIP in training.
#[derive(Debug)]
pub struct MotionClipTask {
    recipe: MotionClipRecipe,
    config: MotionClipConfig,
    features: MotionFeatures,
    statistics: Statistics,
    trainable: Trainable,
    network: Network,
    loader: Arc<MotionLoader>,
    validation: Vec<MotionClip>,
    words: WordTexts,
    device: Device,
    dtype: DType,
}

impl MotionClipTask {
    /// Reads clips and words, and builds the network.
    ///
    /// # Errors
    /// Where the recipe contradicts itself, or clips or the text encoder cannot be read.
    pub fn new(recipe: &MotionClipRecipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError> {
        let text = pretrained::text_encoder(&setup.models, &recipe.model.text)?;
        let mut texts = WordTexts::new(corpus.words(), recipe.training.forms);
        if let Some(translator) = &recipe.model.translator {
            let translator = setup.models.translator(Path::new(""), translator)?;
            texts = texts.map(|text| translator.translate(text))?;
        }
        let texts = text_features(&text, &texts)?;
        let mut recipe = recipe.clone();
        recipe.model.parts = seen_parts(&recipe.model.parts, corpus);
        let motions = recipe.data.read(&recipe.model.parts, corpus, None)?;
        let Motions { features, statistics, train, validation } = motions;
        let config = recipe.model.config(features.width(), text.config().text_width());
        config.check()?;
        let trainable = Trainable::new(setup.seed);
        let network = Network::new(&config, trainable.builder(DType::F32, &setup.device))?;
        if let Some(folder) = &recipe.model.from {
            trainable.load(&Checkpoint::open(pretrained::weights(folder)?)?, &Network::allowed())?;
        }
        let loader = MotionLoader {
            clips: train,
            texts,
            augment: recipe.augment.clone(),
            frames: config.frames,
            stretch: recipe.training.stretch,
        };
        Ok(Self {
            recipe,
            config,
            features,
            statistics,
            trainable,
            network,
            loader: Arc::new(loader),
            validation,
            words: WordTexts::new(corpus.words(), false),
            device: setup.device.clone(),
            dtype: setup.dtype,
        })
    }

    /// What it is trained by.
    pub fn recipe(&self) -> &MotionClipRecipe {
        &self.recipe
    }

    /// How the network is made.
    pub fn config(&self) -> &MotionClipConfig {
        &self.config
    }

    /// What of a signer it is of.
    pub fn features(&self) -> &MotionFeatures {
        &self.features
    }

    /// Mean and deviation of the training clips' numbers.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The mean length of the latents of the validation clips, to which a text's vector is brought before it
    /// is decoded; none where training has taught latents the length of texts, or texts to be decoded.
    ///
    /// # Errors
    /// candle's.
    pub fn latent_norm(&self) -> Result<Option<f32>, TrainError> {
        let training = &self.recipe.training;
        if training.weights.mse > 0.0 || training.text_reconstruction > 0.0 {
            return Ok(None);
        }
        let network = self.network()?;
        let (mut sum, mut count) = (0.0, 0);
        for clips in self.validation.chunks(TOGETHER) {
            let [motion, mask, _] = self.tensors(&self.loader.plain(clips))?;
            let latent = network.encode(&motion, &mask, &Pass::Infer)?.to_dtype(DType::F32)?;
            let lengths = latent.sqr()?.sum(D::Minus1)?.sqrt()?.to_vec1::<f32>()?;
            (sum, count) = (sum + lengths.iter().sum::<f32>(), count + lengths.len());
        }
        Ok(Some(sum / count.max(1) as f32))
    }

    /// Motion `[clips, frames, inputs]`, mask `[clips, frames]` and texts `[clips, latent]`.
    fn tensors(&self, batch: &MotionBatch) -> Result<[Tensor; 3], TrainError> {
        let (clips, frames, _) = batch.clips.shape;
        let motion = Tensor::from_slice(&batch.clips.values, batch.clips.shape, &self.device)?;
        let mask = Tensor::from_slice(&batch.clips.mask, (clips, frames), &self.device)?;
        let texts = Tensor::from_slice(&batch.texts, (clips, self.config.latent), &self.device)?;
        Ok([motion.to_dtype(self.dtype)?, mask, texts])
    }

    fn network(&self) -> Result<Network, TrainError> {
        match self.dtype {
            DType::F32 => Ok(self.network.clone()),
            dtype => Ok(Network::new(&self.config, self.trainable.builder(dtype, &self.device))?),
        }
    }
}

impl Task for MotionClipTask {
    type Loader = MotionLoader;

    fn loader(&self) -> Arc<MotionLoader> {
        self.loader.clone()
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, batch: MotionBatch, noise: &Noise) -> Result<StepLoss, TrainError> {
        let (network, pass) = (self.network()?, Pass::Train(noise));
        let [motion, mask, texts] = self.tensors(&batch)?;
        let latent = network.encode(&motion, &mask, &pass)?;
        let made = network.decode(&latent, &mask, &pass)?.to_dtype(DType::F32)?;
        let motion = motion.to_dtype(DType::F32)?;
        let scale = Tensor::new(LOGIT_SCALE, &self.device)?;
        let training = &self.recipe.training;
        let latent = latent.to_dtype(DType::F32)?;
        let terms =
            LossTerms::of(&training.weights, [&made, &motion, &mask], &latent, Some((&texts, &scale)))?;
        let mut total = terms.total;
        let mut parts: Vec<(&'static str, Tensor)> =
            terms.terms.iter().map(|(name, term)| (*name, term.detach())).collect();
        if training.text_reconstruction > 0.0 {
            let said = network.decode(&texts.to_dtype(self.dtype)?, &mask, &pass)?.to_dtype(DType::F32)?;
            let term = reconstruction(&said, &motion, &mask)?;
            parts.push(("text-reconstruction", term.detach()));
            let weighted = (term * training.text_reconstruction)?;
            total = Some(match total {
                Some(total) => (total + weighted)?,
                None => weighted,
            });
        }
        let total = total.ok_or_else(|| TrainError::Settings("all losses have weight 0".into()))?;
        Ok(StepLoss { total, parts })
    }

    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        let network = self.network()?;
        let (mut rebuilt, mut said, mut weight) = (0.0, 0.0, 0.0);
        let (mut latents, mut texts) = (Vec::new(), Vec::new());
        for clips in self.validation.chunks(TOGETHER) {
            let [motion, mask, text] = self.tensors(&self.loader.plain(clips))?;
            let latent = network.encode(&motion, &mask, &Pass::Infer)?;
            let wanted = motion.to_dtype(DType::F32)?;
            let loss = |latent: &Tensor| -> Result<f64, TrainError> {
                let made = network.decode(latent, &mask, &Pass::Infer)?.to_dtype(DType::F32)?;
                Ok(f64::from(reconstruction(&made, &wanted, &mask)?.to_scalar::<f32>()?))
            };
            let share = clips.len() as f64;
            rebuilt += share * loss(&latent)?;
            said += share * loss(&text.to_dtype(self.dtype)?)?;
            weight += share;
            latents.push(unit(&latent.to_dtype(DType::F32)?)?);
            texts.push(unit(&text)?);
        }
        let labels: Vec<u32> = self.validation.iter().map(|clip| clip.word).collect();
        let (latents, texts) = (Tensor::cat(&latents, 0)?, Tensor::cat(&texts, 0)?);
        let cosine = (&latents * &texts)?.sum(D::Minus1)?.mean_all()?.to_scalar::<f32>()?;
        let hits = Hits::of(&latents, &texts, &labels, &labels)?;
        Ok(vec![
            ("reconstruction", rebuilt / f64::max(weight, 1.0)),
            ("text-reconstruction", said / f64::max(weight, 1.0)),
            ("cosine", f64::from(cosine)),
            ("latent-to-text R@1", hits.at(1)),
            ("latent-to-text R@5", hits.at(5)),
        ])
    }

    /// What some words' vectors decode to, and clips above their reconstructions.
    fn samples(&mut self) -> Result<Vec<(String, String)>, TrainError> {
        let (features, statistics, fps) = (&self.features, &self.statistics, self.recipe.data.fps);
        let sketch = Sketch { features, statistics, fps };
        let numbers = |motion: &Tensor| -> Result<Features, TrainError> {
            Ok(Features { values: motion.flatten_all()?.to_vec1()?, width: features.width() })
        };
        let mut pictures = Vec::new();
        let norm = self.latent_norm()?;
        for word in samples::few_words(self.validation.iter().map(|clip| clip.word)) {
            let text = Tensor::new(self.loader.text(word, None), &self.device)?.unsqueeze(0)?;
            let latent = match norm {
                Some(norm) => (unit(&text)? * f64::from(norm))?,
                None => text,
            };
            let made = self.network.generate(&latent, &[self.config.frames], Root::Generated)?;
            pictures.push(sketch.draw(samples::generated(&self.words, word), &[numbers(&made)?])?);
        }
        for clip in samples::few(&self.validation) {
            let batch = self.loader.plain(std::slice::from_ref(clip));
            let [_, mask, _] = self.tensors(&batch)?;
            let motion = Tensor::from_slice(&batch.clips.values, batch.clips.shape, &self.device)?;
            let latent = self.network.encode(&motion, &mask, &Pass::Infer)?;
            let made = self.network.decode(&latent, &mask, &Pass::Infer)?;
            let rows = [numbers(&motion)?, numbers(&made)?];
            pictures.push(sketch.draw(samples::rebuilt(&self.words, clip.word), &rows)?);
        }
        Ok(pictures)
    }
}

fn unit(x: &Tensor) -> candle_core::Result<Tensor> {
    x.broadcast_div(&x.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.maximum(1e-12)?)
}
