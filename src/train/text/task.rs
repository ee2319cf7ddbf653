//! The text encoder as the engine trains it.

use crate::dataset::Word;
use crate::models::checkpoint::Trainable;
use crate::models::layers::{Noise, Pass};
use crate::models::sign_clip::contrast;
use crate::models::text::{BertConfig, BertModel, TextConfig, TextNetwork};
use crate::models::tokenizer::{Overflow, WordPieces};
use crate::train::words::{TokenRows, WordTexts, WordTokens};
use crate::train::{Hits, Loader, RunConfig, Setup, StepLoss, Task, TrainError, shuffled};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::Init;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// CLIP's: a temperature of 0.07 to begin with.
const FIRST_LOGIT_SCALE: f64 = 2.659_260_036_932_778;
/// CLIP's: cosines are multiplied by 100 at most.
const GREATEST_LOGIT_SCALE: f64 = 4.605_170_185_988_092;
/// The name of what is trained beside the encoder and not kept.
const LOGIT_SCALE: &str = "logit_scale";

/// A whole preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextRecipe {
    /// The loop; an epoch is every word once.
    pub run: RunConfig,
    /// The network.
    pub model: TextModel,
}

/// The network: a BERT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextModel {
    /// Channels; generators are conditioned on as many numbers.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Word pieces in the vocabulary.
    pub words: usize,
    /// The longest text, tokens.
    pub longest: usize,
    /// What dropout drops.
    pub dropout: f32,
}

impl Default for TextModel {
    fn default() -> Self {
        Self { width: 128, layers: 2, words: 800, longest: 64, dropout: 0.1 }
    }
}

impl TextModel {
    fn config(&self, words: usize) -> BertConfig {
        BertConfig {
            vocab_size: words,
            hidden_size: self.width,
            num_hidden_layers: self.layers,
            num_attention_heads: (self.width / 32).max(1),
            intermediate_size: 2 * self.width,
            hidden_dropout_prob: self.dropout,
            attention_probs_dropout_prob: self.dropout,
            max_position_embeddings: self.longest,
            type_vocab_size: 1,
            ..BertConfig::base_uncased()
        }
    }
}

/// The words that it learns from.
#[derive(Debug)]
pub struct TextLoader {
    tokens: WordTokens,
    words: usize,
}

/// Two texts of each word.
#[derive(Clone, Debug)]
pub struct TextBatch {
    sides: [TokenRows; 2],
}

impl Loader for TextLoader {
    type Batch = TextBatch;

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        shuffled(self.words, batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<TextBatch, TrainError> {
        let words: Vec<u32> = examples.iter().map(|&word| word as u32).collect();
        Ok(TextBatch { sides: [self.tokens.any(&words, noise), self.tokens.any(&words, noise)] })
    }
}

/// A text encoder in training.
#[derive(Debug)]
pub struct TextTask {
    config: BertConfig,
    pieces: WordPieces,
    trainable: Trainable,
    network: BertModel,
    logit_scale: Tensor,
    loader: Arc<TextLoader>,
    /// Forms that nothing was learnt from, and their words.
    held_out: Vec<(u32, Vec<u32>)>,
    device: Device,
    dtype: DType,
}

impl TextTask {
    /// Trains the vocabulary and builds the network. One form of each word that has three or more is kept
    /// to judge by.
    ///
    /// # Errors
    /// Where the words hold no text, or no network has these sizes.
    pub fn new(recipe: &TextRecipe, words: &[Word], setup: &Setup) -> Result<Self, TrainError> {
        let all = WordTexts::new(words, true);
        let pieces = WordPieces::train(all.all(), recipe.model.words)?;
        let tokenizer = pieces.tokenizer()?;
        let (mut kept, mut held_out) = (words.to_vec(), Vec::new());
        for (label, (word, texts)) in kept.iter_mut().zip(all.by_word()).enumerate() {
            if let [_, _, .., last] = &texts[..] {
                let tokens = tokenizer.encode_bounded(last, recipe.model.longest, Overflow::Truncate)?;
                held_out.push((label as u32, tokens));
                word.forms.retain(|form| form != last);
            }
        }
        let texts = WordTexts::new(&kept, true);
        let tokens = texts.tokens(&tokenizer, recipe.model.longest, Overflow::Truncate)?;
        let config = recipe.model.config(tokenizer.vocab_size());
        config.check().map_err(candle_core::Error::wrap)?;
        let trainable = Trainable::new(setup.seed);
        let vb = trainable.builder(DType::F32, &setup.device);
        Ok(Self {
            network: BertModel::new(&config, vb.clone())?,
            logit_scale: vb.get_with_hints((), LOGIT_SCALE, Init::Const(FIRST_LOGIT_SCALE))?,
            loader: Arc::new(TextLoader { tokens, words: words.len() }),
            config,
            pieces,
            trainable,
            held_out,
            device: setup.device.clone(),
            dtype: setup.dtype,
        })
    }

    /// How the network is made.
    pub fn config(&self) -> TextConfig {
        TextConfig::Bert(self.config.clone())
    }

    /// Its vocabulary.
    pub fn pieces(&self) -> &WordPieces {
        &self.pieces
    }

    /// Whether a variable is the encoder's, and not only training's.
    pub fn is_kept(name: &str) -> bool {
        name != LOGIT_SCALE
    }

    fn embed(&self, network: &TextNetwork, rows: &TokenRows, pass: &Pass) -> Result<Tensor, TrainError> {
        let ids = Tensor::from_slice(&rows.ids, rows.shape, &self.device)?;
        let mask = Tensor::from_slice(&rows.mask, rows.shape, &self.device)?;
        let texts = network.forward(&ids, Some(&mask), pass)?.texts.to_dtype(DType::F32)?;
        Ok(texts.broadcast_div(&texts.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.maximum(1e-12)?)?)
    }

    fn network(&self) -> Result<TextNetwork, TrainError> {
        Ok(TextNetwork::Bert(match self.dtype {
            DType::F32 => self.network.clone(),
            dtype => BertModel::new(&self.config, self.trainable.builder(dtype, &self.device))?,
        }))
    }
}

impl Task for TextTask {
    type Loader = TextLoader;

    fn loader(&self) -> Arc<TextLoader> {
        self.loader.clone()
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, batch: TextBatch, noise: &Noise) -> Result<StepLoss, TrainError> {
        let (network, pass) = (self.network()?, Pass::Train(noise));
        let [left, right] = &batch.sides;
        let (left, right) = (self.embed(&network, left, &pass)?, self.embed(&network, right, &pass)?);
        let scale = self.logit_scale.minimum(GREATEST_LOGIT_SCALE)?.exp()?;
        let total = contrast(&left, &right, Some(&scale), None)?.mean()?;
        Ok(StepLoss { parts: vec![("contrast", total.detach()), ("scale", scale.detach())], total })
    }

    /// Whether forms that were never seen lie nearest to their words; how far apart words are.
    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        let network = self.network()?;
        let words: Vec<u32> = (0..self.loader.words as u32).collect();
        let glosses = self.embed(&network, &self.loader.tokens.glosses(&words), &Pass::Infer)?;
        let alike = glosses.matmul(&glosses.t()?)?.to_vec2::<f32>()?;
        let others = alike.iter().enumerate().filter_map(|(row, scores)| {
            let others = scores.iter().enumerate().filter(|(column, _)| *column != row);
            others.map(|(_, score)| *score).max_by(f32::total_cmp)
        });
        let nearest = others.map(f64::from).fold(-1.0, f64::max);
        let mut figures = vec![("nearest words", nearest)];
        if !self.held_out.is_empty() {
            let labels: Vec<u32> = self.held_out.iter().map(|(word, _)| *word).collect();
            let rows = self.held_out.iter().map(|(_, tokens)| {
                let rows =
                    TokenRows { ids: tokens.clone(), mask: vec![1; tokens.len()], shape: (1, tokens.len()) };
                self.embed(&network, &rows, &Pass::Infer)
            });
            let rows = Tensor::cat(&rows.collect::<Result<Vec<_>, _>>()?, 0)?;
            figures.push(("unseen form R@1", Hits::of(&rows, &glosses, &labels, &words)?.at(1)));
        }
        Ok(figures)
    }
}
