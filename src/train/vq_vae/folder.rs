//! A trained VQ-VAE as a folder: what the GPT's training reads and a T2M-GPT is put together of.

use crate::models::bundles::{CodebookConfig, frames_of};
use crate::models::checkpoint::{Checkpoint, load};
use crate::models::features::{Features, MotionFeatures, Part, Statistics};
use crate::models::t2m_gpt::VqVae;
use crate::train::motion::MotionData;
use crate::train::{TrainError, pretrained};
use candle_core::{DType, Device, Result as CandleResult, Tensor};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

/// `config.json` of the folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VqVaeFolder {
    /// How clips became numbers.
    pub data: MotionData,
    /// The codebooks.
    pub codebooks: Vec<CodebookConfig>,
}

/// A trained VQ-VAE.
#[derive(Debug)]
pub struct TrainedVqVae {
    /// How it was made.
    pub config: VqVaeFolder,
    /// What of a signer it is of.
    pub features: MotionFeatures,
    /// Mean and deviation of its training clips' numbers.
    pub statistics: Statistics,
    /// Each codebook's network, and where its parts' numbers are in a frame.
    books: Vec<(VqVae, Vec<Range<usize>>)>,
    /// The file that they were read from.
    pub(crate) stored: Checkpoint,
}

/// Files of the folder.
pub(crate) const CONFIG: &str = "config.json";
pub(crate) const WEIGHTS: &str = "vqvae.safetensors";
pub(crate) const STATISTICS: &str = "statistics.safetensors";

impl VqVaeFolder {
    /// All parts, codebook by codebook.
    pub fn parts(&self) -> Vec<Part> {
        self.codebooks.iter().flat_map(|book| book.parts.clone()).collect()
    }

    /// What names of a codebook's weights begin with.
    pub fn prefix(&self, codebook: usize) -> String {
        if self.codebooks.len() == 1 { String::new() } else { format!("{codebook}.") }
    }
}

impl TrainedVqVae {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where a file is missing or is not what it should be.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, TrainError> {
        let config: VqVaeFolder = pretrained::json(&folder.join(CONFIG))?;
        let features = MotionFeatures::new(&config.parts());
        let statistics = Statistics::load(&folder.join(STATISTICS))?;
        statistics.check_width(features.width())?;
        let stored = Checkpoint::open(pretrained::weights(&folder.join(WEIGHTS))?)?;
        let book = |(i, book): (usize, &CodebookConfig)| -> Result<_, TrainError> {
            let stored = match config.prefix(i).strip_suffix('.') {
                Some(number) => stored.under(number)?,
                None => stored.clone(),
            };
            let build = |vb| VqVae::new(&book.vq_vae, vb);
            let network = load(&stored, &VqVae::allowed(), DType::F32, device, build)?;
            Ok((network, book.parts.iter().map(|&part| features.range(part)).collect()))
        };
        let books = config.codebooks.iter().enumerate().map(book).collect::<Result<_, _>>()?;
        Ok(Self { config, features, statistics, books, stored })
    }

    /// Frames that a token stands for.
    pub fn frames_per_token(&self) -> usize {
        self.config.codebooks.first().map_or(1, |book| book.vq_vae.frames_per_token())
    }

    /// The tokens of a clip's standardised numbers from a frame on: `[codebooks][tokens]`.
    ///
    /// # Errors
    /// candle's, where less than a token is left.
    pub fn tokens(&self, clip: &Features, from: usize) -> CandleResult<Vec<Vec<u32>>> {
        let (frames, width) = (clip.frame_count(), clip.width);
        let left = frames.saturating_sub(from);
        let values = clip.values.get(from * width..).unwrap_or_default();
        let tokens = |(network, columns): &(VqVae, Vec<Range<usize>>)| {
            let all = Tensor::from_slice(values, (1, left, width), network.codebook().device())?;
            let parts = columns.iter().map(|range| all.narrow(2, range.start, range.len()));
            let own = Tensor::cat(&parts.collect::<CandleResult<Vec<_>>>()?, 2)?;
            network.encode(&own)?.squeeze(0)?.to_vec1()
        };
        self.books.iter().map(tokens).collect()
    }

    /// The standardised numbers that tokens stand for: `[codebooks][tokens]` as [`Self::tokens`] gives them.
    ///
    /// # Errors
    /// candle's, where there are none or one is none of its codebook's.
    pub fn motion(&self, tokens: &[Vec<u32>]) -> CandleResult<Features> {
        let decode = |((network, _), tokens): (&(VqVae, Vec<Range<usize>>), &Vec<u32>)| {
            network.decode(&Tensor::new(&tokens[..], network.codebook().device())?.unsqueeze(0)?)
        };
        let decoded = self.books.iter().zip(tokens).map(decode).collect::<CandleResult<Vec<_>>>()?;
        let columns = self.books.iter().map(|(_, columns)| &columns[..]);
        frames_of(self.features.width(), columns.zip(&decoded))
    }
}
