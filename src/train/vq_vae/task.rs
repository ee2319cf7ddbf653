//! The VQ-VAEs of all codebooks, as the engine trains them: side by side, each for itself.

use super::{VqVaeRecipe, WindowBatch, WindowLoader};
use crate::models::bundles::{CodebookConfig, frames_of};
use crate::models::checkpoint::{Checkpoint, Trainable};
use crate::models::features::{Features, MotionFeatures, Statistics};
use crate::models::layers::Noise;
use crate::models::t2m_gpt::VqVae;
use crate::models::t2m_gpt::vq::{Averages, EmaCodebook, Quantised};
use crate::train::motion::{MotionClip, MotionData, Motions, seen_parts};
use crate::train::samples::{self, Sketch};
use crate::train::words::WordTexts;
use crate::train::{Corpus, Setup, StepLoss, Task, TrainError, pretrained};
use candle_core::{DType, Device, Result as CandleResult, Tensor};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Names of the losses of each codebook, by the part that it is named after.
const NAMES: [[&str; 3]; 4] = [
    ["reconstruction", "velocity", "commitment"],
    ["reconstruction 2", "velocity 2", "commitment 2"],
    ["reconstruction 3", "velocity 3", "commitment 3"],
    ["reconstruction 4", "velocity 4", "commitment 4"],
];
/// Names of the codebooks' perplexities.
const PERPLEXITIES: [&str; 4] = ["perplexity", "perplexity 2", "perplexity 3", "perplexity 4"];

/// VQ-VAEs in training.
#[derive(Debug)]
pub struct VqVaeTask {
    recipe: VqVaeRecipe,
    books: Vec<Book>,
    features: MotionFeatures,
    statistics: Statistics,
    trainable: Trainable,
    loader: Arc<WindowLoader>,
    validation: Vec<MotionClip>,
    words: WordTexts,
    device: Device,
    dtype: DType,
}

/// One codebook.
#[derive(Debug)]
struct Book {
    config: CodebookConfig,
    /// What its names begin with.
    prefix: String,
    /// Where its parts' numbers are in a frame.
    columns: Vec<Range<usize>>,
    network: VqVae,
    codes: EmaCodebook,
    averages: [String; 2],
}

impl VqVaeTask {
    /// Reads the clips and builds the networks.
    ///
    /// # Errors
    /// Where the recipe contradicts itself, or clips or pretrained files cannot be read.
    pub fn new(recipe: &VqVaeRecipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError> {
        recipe.model.configs()?;
        let seen = seen_parts(&recipe.model.parts(), corpus);
        let recipe = &VqVaeRecipe { model: recipe.model.only(&seen), ..recipe.clone() };
        let configs = recipe.model.configs()?;
        let frames = configs.first().map_or(1, |book| book.vq_vae.frames_per_token());
        if recipe.training.window == 0 || !recipe.training.window.is_multiple_of(frames) {
            let reason = format!(
                "expected a window of whole tokens, {frames} frames each, found {}",
                recipe.training.window
            );
            return Err(TrainError::Settings(reason));
        }
        let from = recipe.model.from.as_deref();
        let statistics =
            from.map(|folder| Statistics::load(&folder.join("statistics.safetensors"))).transpose()?;
        let motions = recipe.data.read(&recipe.model.parts(), corpus, statistics)?;
        let Motions { features, statistics, train, validation } = motions;
        let trainable = Trainable::new(setup.seed);
        let mut books = books(configs, &features, &trainable, recipe, &setup.device)?;
        if let Some(folder) = from {
            let checkpoint = Checkpoint::open(pretrained::weights(&folder.join("vqvae.safetensors"))?)?;
            trainable.load(&checkpoint, &VqVae::allowed())?;
            for book in &mut books {
                book.codes = EmaCodebook::learnt(codes(&trainable, &book.prefix)?, recipe.training.decay)?;
            }
        }
        let loader = WindowLoader {
            width: features.width(),
            clips: train,
            window: recipe.training.window,
            augment: recipe.augment.clone(),
        };
        Ok(Self {
            recipe: recipe.clone(),
            books,
            features,
            statistics,
            trainable,
            loader: Arc::new(loader),
            validation,
            words: WordTexts::new(corpus.words(), false),
            device: setup.device.clone(),
            dtype: setup.dtype,
        })
    }

    /// How clips become numbers.
    pub fn data(&self) -> &MotionData {
        &self.recipe.data
    }

    /// The codebooks' networks.
    pub fn codebooks(&self) -> Vec<CodebookConfig> {
        self.books.iter().map(|book| book.config.clone()).collect()
    }

    /// What of a signer they are of.
    pub fn features(&self) -> &MotionFeatures {
        &self.features
    }

    /// Mean and deviation of the training clips' numbers.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// A codebook's numbers of frames of all parts, `[batch, frames, width]`.
    fn part(&self, book: &Book, frames: &Tensor) -> CandleResult<Tensor> {
        let columns = book.columns.iter().map(|range| frames.narrow(2, range.start, range.len()));
        Tensor::cat(&columns.collect::<CandleResult<Vec<_>>>()?, 2)?.contiguous()
    }

    /// A clip's frames of all parts, `[1, frames, width]`, without those that fill no token; none of a clip
    /// that is shorter than one.
    fn whole(&self, clip: &MotionClip) -> CandleResult<Option<Tensor>> {
        let a_token = self.books.first().map_or(1, |book| book.config.vq_vae.frames_per_token());
        let length = clip.features.frame_count() / a_token * a_token;
        let rows = WindowBatch::of(self.features.width(), [(clip, (0..length).collect())]);
        (length > 0).then(|| Tensor::from_vec(rows.values, rows.shape, &self.device)).transpose()
    }

    fn network(&self, book: &Book) -> Result<VqVae, TrainError> {
        match self.dtype {
            DType::F32 => Ok(book.network.clone()),
            dtype => Ok(build(&book.config, &book.prefix, &self.trainable, dtype, &self.device)?),
        }
    }

    /// What a codebook makes of frames: weighted sum, then reconstruction, velocity and commitment.
    fn losses(
        &self,
        wanted: &Tensor,
        made: &Tensor,
        quantised: &Quantised,
    ) -> Result<(Tensor, Vec<Tensor>), TrainError> {
        let training = &self.recipe.training;
        let made = made.to_dtype(DType::F32)?;
        let reconstruction = training.distance.mean(&made, wanted)?;
        let commitment = quantised.commitment.to_dtype(DType::F32)?;
        let mut total = (&reconstruction + (&commitment * training.commitment)?)?;
        let velocity = training.velocity.mean(training.distance, &made, wanted)?;
        if let Some(velocity) = &velocity {
            total = (total + (velocity * training.velocity_weight)?)?;
        }
        let velocity = velocity.map_or_else(|| reconstruction.zeros_like(), Ok)?;
        Ok((total, vec![reconstruction.detach(), velocity.detach(), commitment.detach()]))
    }
}

impl Task for VqVaeTask {
    type Loader = WindowLoader;

    fn loader(&self) -> Arc<WindowLoader> {
        self.loader.clone()
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, batch: WindowBatch, noise: &Noise) -> Result<StepLoss, TrainError> {
        let frames = Tensor::from_vec(batch.values, batch.shape, &self.device)?;
        let (mut total, mut parts) = (None, Vec::new());
        for i in 0..self.books.len() {
            let wanted = self.part(&self.books[i], &frames)?;
            let network = self.network(&self.books[i])?;
            let latents = network.latents(&wanted.to_dtype(self.dtype)?)?.to_dtype(DType::F32)?;
            let quantised = self.books[i].codes.step(&latents, noise)?;
            let made = network.motion(&quantised.latents.to_dtype(self.dtype)?)?;
            let (loss, terms) = self.losses(&wanted, &made, &quantised)?;
            parts.extend(NAMES[i % NAMES.len()].into_iter().zip(terms));
            parts.push((PERPLEXITIES[i % NAMES.len()], quantised.perplexity.detach()));
            total = Some(match total {
                Some(total) => (total + loss)?,
                None => loss,
            });
        }
        let total = total.ok_or_else(|| TrainError::Settings("no codebook".into()))?;
        Ok(StepLoss { total, parts })
    }

    /// Whole clips, one after another, as they will be written and read: the mean loss of a frame, and how
    /// the codes are used over all of them.
    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        let mut figures = Vec::new();
        let mut whole = 0.0;
        for (i, book) in self.books.iter().enumerate() {
            let network = self.network(book)?;
            let (mut sums, mut counts) = ([0.0; 3], vec![0usize; book.config.vq_vae.nb_code]);
            let mut clips = 0;
            for clip in &self.validation {
                let Some(frames) = self.whole(clip)? else { continue };
                let wanted = self.part(book, &frames)?;
                let (made, quantised) = network.reconstruct(&wanted.to_dtype(self.dtype)?)?;
                let (_, terms) = self.losses(&wanted, &made, &quantised)?;
                for (sum, term) in sums.iter_mut().zip(&terms) {
                    *sum += f64::from(term.to_scalar::<f32>()?);
                }
                let codes = quantised.indices.flatten_all()?.to_vec1::<u32>()?;
                codes.into_iter().filter_map(|code| usize::try_from(code).ok()).for_each(|code| {
                    counts.get_mut(code).into_iter().for_each(|count| *count += 1);
                });
                clips += 1;
            }
            let means = sums.map(|sum| sum / f64::from(clips.max(1)));
            whole += means[0];
            figures.extend(NAMES[i % NAMES.len()].into_iter().zip(means));
            figures.push((PERPLEXITIES[i % NAMES.len()], perplexity(&counts)));
        }
        figures.push(("loss", whole / self.books.len().max(1) as f64));
        Ok(figures)
    }

    /// The moving averages that the codes are made of.
    fn state(&self) -> BTreeMap<String, Tensor> {
        let mut state = BTreeMap::new();
        for book in &self.books {
            if let Some(Averages { sum, count }) = book.codes.averages() {
                let [sum_name, count_name] = book.averages.clone();
                state.insert(sum_name, sum.clone());
                state.insert(count_name, count.clone());
            }
        }
        state
    }

    fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), TrainError> {
        let decay = self.recipe.training.decay;
        for book in &mut self.books {
            let averages = match (state.get(&book.averages[0]), state.get(&book.averages[1])) {
                (Some(sum), Some(count)) => Some(Averages {
                    sum: sum.to_device(&self.device)?,
                    count: count.to_device(&self.device)?,
                }),
                _ => None,
            };
            book.codes = EmaCodebook::new(codes(&self.trainable, &book.prefix)?, averages, decay);
        }
        Ok(())
    }

    /// Validation clips above their reconstructions.
    fn samples(&mut self) -> Result<Vec<(String, String)>, TrainError> {
        let (features, statistics, fps) = (&self.features, &self.statistics, self.recipe.data.fps);
        let sketch = Sketch { features, statistics, fps };
        let width = features.width();
        let draw = |clip: &MotionClip| -> Result<_, TrainError> {
            let Some(frames) = self.whole(clip)? else { return Ok(None) };
            let rebuild =
                |book: &Book| book.network.reconstruct(&self.part(book, &frames)?).map(|made| made.0);
            let made = self.books.iter().map(rebuild).collect::<CandleResult<Vec<_>>>()?;
            let columns = self.books.iter().map(|book| &book.columns[..]);
            let made = frames_of(width, columns.zip(&made))?;
            let own = Features { values: frames.flatten_all()?.to_vec1()?, width };
            sketch.draw(samples::rebuilt(&self.words, clip.word), &[own, made]).map(Some)
        };
        samples::few(&self.validation).filter_map(|clip| draw(clip).transpose()).collect()
    }

    /// The codes follow the latents; no gradient moves them.
    fn frozen(&self, name: &str) -> bool {
        name.ends_with(VqVae::CODEBOOK)
    }
}

/// `exp` of the entropy of shares.
pub(crate) fn perplexity(counts: &[usize]) -> f64 {
    let sum = counts.iter().sum::<usize>().max(1) as f64;
    let shares = counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / sum);
    (-shares.map(|share| share * share.ln()).sum::<f64>()).exp()
}

fn books(
    configs: Vec<CodebookConfig>,
    features: &MotionFeatures,
    trainable: &Trainable,
    recipe: &VqVaeRecipe,
    device: &Device,
) -> Result<Vec<Book>, TrainError> {
    let one = configs.len() == 1;
    let book = |(i, config): (usize, CodebookConfig)| {
        let prefix = if one { String::new() } else { format!("{i}.") };
        let network = build(&config, &prefix, trainable, DType::F32, device)?;
        Ok(Book {
            columns: config.parts.iter().map(|&part| features.range(part)).collect(),
            codes: EmaCodebook::new(codes(trainable, &prefix)?, None, recipe.training.decay),
            averages: ["sum", "count"].map(|what| format!("{prefix}averages.{what}")),
            config,
            prefix,
            network,
        })
    };
    configs.into_iter().enumerate().map(book).collect()
}

fn build(
    config: &CodebookConfig,
    prefix: &str,
    trainable: &Trainable,
    dtype: DType,
    device: &Device,
) -> CandleResult<VqVae> {
    let vb = trainable.builder(dtype, device);
    let vb = match prefix.strip_suffix('.') {
        Some(number) => vb.pp(number),
        None => vb,
    };
    VqVae::new(&config.vq_vae, vb)
}

fn codes(trainable: &Trainable, prefix: &str) -> Result<candle_core::Var, TrainError> {
    let name = format!("{prefix}{}", VqVae::CODEBOOK);
    let missing = || TrainError::Settings(format!("the network has no {name}"));
    trainable.get(&name).ok_or_else(missing)
}
