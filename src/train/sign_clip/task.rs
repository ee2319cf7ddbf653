//! SignCLIP as the engine trains it.

use super::loader::Clip;
use super::{SignClipBatch, SignClipLoader, SignClipRecipe};
use crate::dataset::Part as Portion;
use crate::models::checkpoint::{Checkpoint, Trainable};
use crate::models::features::Statistics;
use crate::models::layers::{Noise, Pass};
use crate::models::sign_clip::{SignClipConfig, SignClipNetwork, Similarity, contrast};
use crate::models::tokenizer::{TextTokenizer, WordPieces};
use crate::pose::PoseSequence;
use crate::train::rows::FrameRows;
use crate::train::words::{TokenRows, WordTexts};
use crate::train::{Corpus, Hits, Setup, StepLoss, Task, TrainError, pretrained};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Clips that are embedded at once while judging.
const TOGETHER: usize = 32;
/// Frames are kept for training at up to so many times what the tower reads, so that speed and trimming
/// have something to choose from.
const SPARE: usize = 2;

/// A SignCLIP in training.
#[derive(Debug)]
pub struct SignClipTask {
    config: SignClipConfig,
    recipe: SignClipRecipe,
    trainable: Trainable,
    network: SignClipNetwork,
    loader: Arc<SignClipLoader>,
    validation: Vec<Clip>,
    statistics: Option<Statistics>,
    tokenizer: TextTokenizer,
    /// The vocabulary, where it was trained here.
    words: Option<WordPieces>,
    ends: [u32; 2],
    device: Device,
    dtype: DType,
}

impl SignClipTask {
    /// Reads the clips and builds the network.
    ///
    /// # Errors
    /// Where the recipe contradicts itself, clips or pretrained files cannot be read.
    pub fn new(recipe: &SignClipRecipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError> {
        let mut recipe = recipe.clone();
        if let Some(bert) = &mut recipe.model.bert {
            *bert = pretrained::folder(&setup.models, bert)?.display().to_string();
        }
        let recipe = &recipe;
        let texts = WordTexts::new(corpus.words(), recipe.training.forms);
        let (tokenizer, words) = tokenizer(recipe, &texts)?;
        let config = recipe.model.config(tokenizer.vocab_size());
        config.check_whole()?;
        tokenizer.check_vocabulary(config.text.bert.vocab_size)?;
        let texts = prompts(&config, &texts, setup)?;
        let tokens = texts.tokens(&tokenizer, config.text.max_tokens, config.text.long_texts.into())?;
        let statistics = config.preprocessing.standardise.then(|| statistics(&config, corpus)).transpose()?;
        let read = Read { config: &config, statistics: statistics.as_ref() };
        let mirror = recipe.augment.mirror > 0.0;
        let keep = SPARE * config.video.max_frames;
        let clips = corpus
            .read(Portion::Train, |clip, sequence| read.clip(corpus.label(clip), &sequence, mirror, keep))?;
        let validation = corpus.read(Portion::Validation, |clip, sequence| {
            read.clip(corpus.label(clip), &sequence, false, config.video.max_frames)
        })?;
        let trainable = Trainable::new(setup.seed);
        let network = SignClipNetwork::new(&config, trainable.builder(DType::F32, &setup.device))?;
        let special = tokenizer.special();
        let end =
            |id: Option<u32>, token| id.ok_or(crate::models::sign_clip::SignClipError::NoToken { token });
        let task = Self {
            ends: [end(special.cls, "[CLS]")?, end(special.sep, "[SEP]")?],
            loader: Arc::new(SignClipLoader {
                clips,
                texts: tokens,
                augment: recipe.augment.clone(),
                max_frames: config.video.max_frames,
                unique_labels: recipe.training.unique_labels,
                means: statistics.as_ref().map(Statistics::means_in_deviations).unwrap_or_default(),
                hands: hands(&config),
            }),
            recipe: recipe.clone(),
            config,
            trainable,
            network,
            validation,
            statistics,
            tokenizer,
            words,
            device: setup.device.clone(),
            dtype: setup.dtype,
        };
        task.begin()?;
        Ok(task)
    }

    /// The first weights: another model's, a BERT's in both towers, or random ones.
    fn begin(&self) -> Result<(), TrainError> {
        if let Some(from) = &self.recipe.model.from {
            let checkpoint = Checkpoint::open(pretrained::weights(from)?)?.strip_prefix("mmmodel.")?;
            return Ok(self.trainable.load(&checkpoint, &SignClipNetwork::allowed())?);
        }
        if let Some(bert) = &self.recipe.model.bert {
            let checkpoint = Checkpoint::open(pretrained::weights(Path::new(bert))?)?;
            for tower in ["video_encoder.bert.", "text_encoder."] {
                pretrained::load_bert(&self.trainable, tower, &checkpoint)?;
            }
        }
        Ok(())
    }

    /// How the network is made.
    pub fn config(&self) -> &SignClipConfig {
        &self.config
    }

    /// Mean and deviation of the training clips' numbers, where the model standardises.
    pub fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }

    /// The vocabulary that was trained on the dataset's words, if there is one.
    pub fn words(&self) -> Option<&WordPieces> {
        self.words.as_ref()
    }

    /// The folder that its tokenizer was read from, if it was not trained here.
    pub(crate) fn tokenizer_folder(&self) -> Option<PathBuf> {
        let model = &self.recipe.model;
        model.from.clone().or_else(|| model.bert.as_deref().map(PathBuf::from))
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// The network as it is to be run: of the variables, or of casts of them.
    fn network(&self) -> Result<SignClipNetwork, TrainError> {
        match self.dtype {
            DType::F32 => Ok(self.network.clone()),
            dtype => Ok(SignClipNetwork::new(&self.config, self.trainable.builder(dtype, &self.device))?),
        }
    }

    fn embed_video(
        &self,
        network: &SignClipNetwork,
        rows: &FrameRows,
        pass: &Pass,
    ) -> Result<Tensor, TrainError> {
        let (clips, frames, _) = rows.shape;
        let values = Tensor::from_slice(&rows.values, rows.shape, &self.device)?.to_dtype(self.dtype)?;
        let mask = Tensor::from_slice(&rows.mask, (clips, frames), &self.device)?;
        Ok(network.embed_video(&values, &mask, self.ends, pass)?.to_dtype(DType::F32)?)
    }

    fn embed_text(
        &self,
        network: &SignClipNetwork,
        rows: &TokenRows,
        pass: &Pass,
    ) -> Result<Tensor, TrainError> {
        let ids = Tensor::from_slice(&rows.ids, rows.shape, &self.device)?;
        let mask = Tensor::from_slice(&rows.mask, rows.shape, &self.device)?;
        Ok(network.embed_text(&ids, &mask, pass)?.to_dtype(DType::F32)?)
    }
}

impl Task for SignClipTask {
    type Loader = SignClipLoader;

    fn loader(&self) -> Arc<SignClipLoader> {
        self.loader.clone()
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, batch: SignClipBatch, noise: &Noise) -> Result<StepLoss, TrainError> {
        let (network, pass) = (self.network()?, Pass::Train(noise));
        let video = self.embed_video(&network, &batch.frames, &pass)?;
        let text = self.embed_text(&network, &batch.texts, &pass)?;
        let scale = network.scale()?.map(|scale| scale.to_dtype(DType::F32)).transpose()?;
        let labels = self.recipe.training.mask_twins.then_some(&batch.labels[..]);
        let contrast = contrast(&video, &text, scale.as_ref(), labels)?;
        let total = match self.config.similarity {
            Similarity::Dot => contrast.sum()?,
            Similarity::Cosine => contrast.mean()?,
        };
        let mut parts = vec![
            ("pose-to-text", contrast.from_video.detach()),
            ("text-to-pose", contrast.from_text.detach()),
        ];
        parts.extend(scale.map(|scale| ("scale", scale.detach())));
        Ok(StepLoss { total, parts })
    }

    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        let network = self.network()?;
        let labels: Vec<u32> = self.validation.iter().map(|clip| clip.word).collect();
        let mut clips = Vec::new();
        for together in self.validation.chunks(TOGETHER) {
            let features: Vec<_> = together.iter().filter_map(|clip| clip.views.first().cloned()).collect();
            clips.push(self.embed_video(&network, &FrameRows::new(&features), &Pass::Infer)?);
        }
        let clips = Tensor::cat(&clips, 0)?;
        let words: Vec<u32> = labels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let texts = self.embed_text(&network, &self.loader.texts.glosses(&words), &Pass::Infer)?;
        let to_pose = Hits::of(&texts, &clips, &words, &labels)?;
        let to_text = Hits::of(&clips, &texts, &labels, &words)?;
        Ok(vec![
            ("text-to-pose R@1", to_pose.at(1)),
            ("text-to-pose R@5", to_pose.at(5)),
            ("text-to-pose R@10", to_pose.at(10)),
            ("text-to-pose MedR", to_pose.median()),
            ("pose-to-text R@1", to_text.at(1)),
            ("pose-to-text R@5", to_text.at(5)),
        ])
    }
}

/// Clips as the network reads them.
struct Read<'a> {
    config: &'a SignClipConfig,
    statistics: Option<&'a Statistics>,
}

impl Read<'_> {
    fn clip(
        &self,
        word: u32,
        sequence: &PoseSequence,
        mirror: bool,
        keep: usize,
    ) -> Result<Clip, crate::models::sign_clip::SignClipError> {
        let features =
            |sequence: &PoseSequence| self.config.preprocessing.features(sequence, self.statistics);
        let mut views = vec![features(sequence)?.resampled(keep)];
        if mirror {
            views.push(features(&sequence.mirror_horizontal()?)?.resampled(keep));
        }
        Ok(Clip { word, views })
    }
}

/// The vocabulary: a pretrained model's, or one trained on the dataset's words.
fn tokenizer(
    recipe: &SignClipRecipe,
    texts: &WordTexts,
) -> Result<(TextTokenizer, Option<WordPieces>), TrainError> {
    let pretrained = recipe.model.from.as_deref().or(recipe.model.bert.as_deref().map(Path::new));
    if let Some(folder) = pretrained {
        return Ok((TextTokenizer::bert(folder)?, None));
    }
    let Some(small) = recipe.model.small else {
        let reason = "a network of the preset's own size needs `from` or `bert`, whose vocabulary it reads; \
                      or give it a size by `[model.small]`";
        return Err(TrainError::Settings(reason.into()));
    };
    let words = WordPieces::train(texts.all(), small.words)?;
    Ok((words.tokenizer()?, Some(words)))
}

/// Texts as the text tower reads them: translated where it wants that, in its prompt.
fn prompts(config: &SignClipConfig, texts: &WordTexts, setup: &Setup) -> Result<WordTexts, TrainError> {
    if !config.text.translate {
        return texts.map(|text| Ok(config.text.prompt(text)));
    }
    let translator = setup.models.translator(Path::new("."), pretrained::TRANSLATOR)?;
    texts.map(|text| Ok(config.text.prompt(&translator.translate(text)?)))
}

/// Mean and deviation over the training clips.
fn statistics(config: &SignClipConfig, corpus: &Corpus) -> Result<Statistics, TrainError> {
    let clips = corpus.read(Portion::Train, |_, sequence| Ok::<_, TrainError>(sequence))?;
    Ok(config.preprocessing.statistics(&clips)?)
}

/// The columns of either hand.
fn hands(config: &SignClipConfig) -> Vec<std::ops::Range<usize>> {
    let layout = config.preprocessing.landmarks.layout();
    let hands = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
    let columns = |hand| layout.component_range(hand).map(|points| 3 * points.start..3 * points.end);
    hands.into_iter().filter_map(columns).collect()
}
