//! T2M-GPT as it signs: text → feature → tokens → numbers → landmarks.

use super::loader::{self, statistics};
use super::{BundleError, Loader};
use crate::models::checkpoint;
use crate::models::features::{Features, MotionFeatures, Part, Statistics};
use crate::models::t2m_gpt::vq::Distance;
use crate::models::t2m_gpt::{Decoder, Generation, Gpt, GptConfig, Precision, Sampling, VqVae, VqVaeConfig};
use crate::models::text::TextEncoder;
use crate::pose::PoseSequence;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// `config.json` of a T2M-GPT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct T2mGptBundleConfig {
    /// Frames a second of the motion that it learnt.
    pub fps: f32,
    /// The codebooks: one of everything, or one for each part (body, hands, face).
    pub codebooks: Vec<CodebookConfig>,
    /// The GPT.
    pub gpt: GptConfig,
    /// The text encoder: a folder of the bundle, or a model such as `arat5`.
    pub text: String,
    /// How tokens are chosen.
    #[serde(default)]
    pub sampling: SamplingConfig,
    /// How the GPT's weights are held.
    #[serde(default)]
    pub precision: Precision,
}

/// One codebook and the parts that it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodebookConfig {
    /// What it is of; its VQ-VAE takes their numbers, in this order.
    pub parts: Vec<Part>,
    /// Its VQ-VAE.
    pub vq_vae: VqVaeConfig,
}

/// How tokens are chosen while signing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplingConfig {
    /// 0 takes the likeliest.
    pub temperature: f32,
    /// Only so many of the likeliest.
    pub top_k: Option<usize>,
    /// Only the likeliest of this probability together.
    pub top_p: Option<f32>,
    /// The shortest motion, tokens.
    pub at_least: usize,
}

impl Default for SamplingConfig {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None, at_least: 4 }
    }
}

/// A T2M-GPT with its text encoder and statistics.
#[derive(Debug)]
pub struct T2mGptBundle {
    config: T2mGptBundleConfig,
    features: MotionFeatures,
    statistics: Statistics,
    /// Each codebook's, and where its parts' numbers are in a frame.
    codebooks: Vec<(VqVae, Vec<Range<usize>>)>,
    decoder: Decoder,
    text: Arc<TextEncoder>,
}

/// What came of a clip on its way through the codes.
#[derive(Clone, Debug)]
pub struct Through {
    /// As it came out, whole tokens long.
    pub clip: PoseSequence,
    /// Codebook by codebook.
    pub codebooks: Vec<ThroughCodebook>,
}

/// One codebook's share of [`Through`].
#[derive(Clone, Debug)]
pub struct ThroughCodebook {
    /// The clip's tokens.
    pub tokens: Vec<u32>,
    /// Smooth L1 of the standardised numbers, mean over frames and numbers (T2M-GPT's reconstruction loss).
    pub loss: f32,
    /// Mean squared distance of latents from their codes, not weighted.
    pub commitment: f32,
}

/// Files of a bundle.
const VQ_VAE: [&str; 3] = ["vqvae.safetensors", "vqvae/model.safetensors", "vqvae/net_last.pth"];
const GPT: [&str; 3] = ["gpt.safetensors", "gpt/model.safetensors", "gpt/net_last.pth"];

impl T2mGptBundleConfig {
    /// The features that it is of: the parts of all codebooks, in order.
    pub fn features(&self) -> MotionFeatures {
        let parts: Vec<Part> = self.codebooks.iter().flat_map(|book| book.parts.clone()).collect();
        MotionFeatures::new(&parts)
    }

    /// What of `vqvae.safetensors` is a codebook's: everything, where there is one.
    pub fn prefix(&self, codebook: usize) -> String {
        if self.codebooks.len() == 1 { String::new() } else { format!("{codebook}.") }
    }

    /// What does not fit together.
    fn check(&self, features: &MotionFeatures) -> Result<(), String> {
        let parts: Vec<Part> = self.codebooks.iter().flat_map(|book| book.parts.clone()).collect();
        let mut once = parts.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() != parts.len() || !parts.contains(&Part::Body) {
            return Err(format!("expected the body and other parts, each in one codebook, found {parts:?}"));
        }
        if self.gpt.part_count() != self.codebooks.len() {
            let (tokens, books) = (self.gpt.part_count(), self.codebooks.len());
            return Err(format!(
                "the GPT writes {tokens} tokens an instant, expected {books}, one a codebook"
            ));
        }
        let rate = self.codebooks.first().map(|book| book.vq_vae.frames_per_token());
        for CodebookConfig { parts, vq_vae } in &self.codebooks {
            let width: usize = parts.iter().map(|&part| features.range(part).len()).sum();
            if vq_vae.input_dim != width || vq_vae.nb_code != self.gpt.num_vq {
                return Err(format!(
                    "the codebook of {parts:?}: expected input_dim {width} and nb_code {}, found {} and {}",
                    self.gpt.num_vq, vq_vae.input_dim, vq_vae.nb_code
                ));
            }
            if Some(vq_vae.frames_per_token()) != rate {
                return Err("expected the same down_t of all codebooks".to_owned());
            }
        }
        if !(1.0..=1000.0).contains(&self.fps) {
            return Err(format!("expected fps from 1 to 1000, found {}", self.fps));
        }
        Ok(())
    }
}

impl T2mGptBundle {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where a file is missing, is not what it should be, or does not fit the others.
    pub fn load(folder: &Path, loader: &Loader) -> Result<Self, BundleError> {
        let config: T2mGptBundleConfig = loader::config(folder)?;
        let features = config.features();
        let invalid = |reason| BundleError::Config { path: folder.join("config.json"), reason };
        config.check(&features).map_err(invalid)?;
        let text = loader.text_encoder(folder, &config.text)?;
        let (given, wanted) = (text.config().text_width(), config.gpt.clip_dim);
        if given != wanted {
            let reason = format!("the text encoder gives {given} numbers, the GPT expects clip_dim {wanted}");
            return Err(invalid(reason));
        }
        let device = loader.device();
        let stored = loader::weights(folder, &VQ_VAE)?;
        let codebook = |(i, book): (usize, &CodebookConfig)| -> Result<_, BundleError> {
            let prefix = config.prefix(i);
            let stored = if prefix.is_empty() {
                stored.clone()
            } else {
                stored.under(prefix.trim_end_matches('.'))?
            };
            let build = |vb| VqVae::new(&book.vq_vae, vb);
            let vq_vae = checkpoint::load(&stored, &VqVae::allowed(), DType::F32, device, build)?;
            Ok((vq_vae, book.parts.iter().map(|&part| features.range(part)).collect()))
        };
        let codebooks = config.codebooks.iter().enumerate().map(codebook).collect::<Result<_, _>>()?;
        let stored = loader::weights(folder, &GPT)?;
        let build = |vb| Gpt::new(&config.gpt, vb);
        let gpt = checkpoint::load(&stored, &Gpt::allowed(), DType::F32, device, build)?;
        Ok(Self {
            decoder: Decoder::new(&gpt, config.precision)?,
            statistics: statistics(folder, &features)?,
            features,
            codebooks,
            text,
            config,
        })
    }

    /// Its configuration.
    pub fn config(&self) -> &T2mGptBundleConfig {
        &self.config
    }

    /// Its features.
    pub fn features(&self) -> &MotionFeatures {
        &self.features
    }

    /// Frames that a token stands for.
    pub fn frames_per_token(&self) -> usize {
        self.config.codebooks.first().map_or(4, |book| book.vq_vae.frames_per_token())
    }

    /// Landmarks for a text, at the bundle's rate: as long as it finds right, or about `frames`.
    ///
    /// # Errors
    /// Where the text is too long for its encoder, or a number is none.
    pub fn generate(
        &self,
        text: &str,
        seed: u64,
        frames: Option<usize>,
    ) -> Result<PoseSequence, BundleError> {
        let tokens = self.write(text, seed, frames)?;
        self.motion(&tokens)
    }

    /// The tokens for a text.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub fn write(&self, text: &str, seed: u64, frames: Option<usize>) -> Result<Generation, BundleError> {
        let condition = self.text.encode(&[text])?.get(0)?;
        Ok(self.decoder.generate(&condition, &self.sampling(seed, frames))?)
    }

    fn sampling(&self, seed: u64, frames: Option<usize>) -> Sampling {
        let SamplingConfig { temperature, top_k, top_p, at_least } = self.config.sampling;
        let wanted = frames.map(|frames| frames.div_ceil(self.frames_per_token()).max(1));
        Sampling {
            temperature,
            top_k,
            top_p,
            seed,
            at_least: wanted.unwrap_or(at_least),
            at_most: wanted.unwrap_or(usize::MAX),
        }
    }

    /// Landmarks of tokens.
    ///
    /// # Errors
    /// Where there are none, or one is none of its codebook's.
    pub fn motion(&self, tokens: &Generation) -> Result<PoseSequence, BundleError> {
        let mut decoded = Vec::with_capacity(self.codebooks.len());
        for ((vq_vae, _), tokens) in self.codebooks.iter().zip(&tokens.tokens) {
            let device = vq_vae.codebook().device();
            decoded.push(vq_vae.decode(&Tensor::new(&tokens[..], device)?.unsqueeze(0)?)?);
        }
        self.clip(&decoded)
    }

    /// A clip through the codes and back: what of it the codebooks can say.
    ///
    /// # Errors
    /// Where it shows no shoulders or is shorter than a token.
    pub fn reconstruct(&self, clip: &PoseSequence) -> Result<PoseSequence, BundleError> {
        Ok(self.through(clip)?.clip)
    }

    /// As [`Self::reconstruct`], with the codes and what was lost.
    ///
    /// # Errors
    /// As [`Self::reconstruct`].
    pub fn through(&self, clip: &PoseSequence) -> Result<Through, BundleError> {
        let features = self.statistics.apply(&self.features.read(clip)?)?;
        let (frames, width) = (features.frame_count(), features.width);
        let mut decoded = Vec::with_capacity(self.codebooks.len());
        let mut books = Vec::with_capacity(self.codebooks.len());
        for (vq_vae, ranges) in &self.codebooks {
            let device = vq_vae.codebook().device();
            let all = Tensor::from_slice(&features.values, (1, frames, width), device)?;
            let parts = ranges.iter().map(|range| all.narrow(2, range.start, range.len()));
            let own = Tensor::cat(&parts.collect::<candle_core::Result<Vec<_>>>()?, 2)?;
            let (made, quantised) = vq_vae.reconstruct(&own)?;
            let wanted = own.narrow(1, 0, made.dim(1)?.min(frames))?;
            let loss = Distance::L1Smooth.mean(&made.narrow(1, 0, wanted.dim(1)?)?, &wanted)?;
            books.push(ThroughCodebook {
                tokens: quantised.indices.flatten_all()?.to_vec1()?,
                loss: loss.to_scalar()?,
                commitment: quantised.commitment.to_scalar()?,
            });
            decoded.push(made);
        }
        Ok(Through { clip: self.clip(&decoded)?, codebooks: books })
    }

    /// What the VQ-VAEs decoded, `[1, frames, …]` each, as landmarks.
    fn clip(&self, decoded: &[Tensor]) -> Result<PoseSequence, BundleError> {
        let books = self.codebooks.iter().map(|(_, ranges)| &ranges[..]);
        let features = frames_of(self.features.width(), books.zip(decoded))?;
        Ok(self.features.write(&self.statistics.undo(&features)?, self.config.fps)?)
    }
}

/// Frames of all parts, from what each codebook's VQ-VAE decoded, `[1, frames, …]`, and where its parts'
/// numbers are in a frame.
///
/// # Errors
/// candle's, where they are of different lengths or of other parts.
pub(crate) fn frames_of<'a>(
    width: usize,
    decoded: impl Iterator<Item = (&'a [Range<usize>], &'a Tensor)>,
) -> candle_core::Result<Features> {
    let mut values = Vec::new();
    for (ranges, motion) in decoded {
        let rows: Vec<Vec<f32>> = motion.squeeze(0)?.to_vec2()?;
        if values.is_empty() {
            values.resize(rows.len() * width, 0.0);
        }
        let own: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        if motion.dim(2)? != own || rows.len() * width != values.len() {
            let found = motion.dims();
            candle_core::bail!(
                "expected [1, {}, {own}] decoded, found {found:?}",
                values.len() / width.max(1)
            );
        }
        for (row, own) in values.chunks_exact_mut(width.max(1)).zip(&rows) {
            let mut at = 0;
            for range in ranges {
                row[range.clone()].copy_from_slice(&own[at..at + range.len()]);
                at += range.len();
            }
        }
    }
    Ok(Features { values, width })
}
