//! What a GPT is trained by.

use crate::models::t2m_gpt::GptConfig;
use crate::train::RunConfig;
use crate::train::vq_vae::VqVaeFolder;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GptRecipe {
    /// The loop.
    pub run: RunConfig,
    /// The network and what it stands on.
    pub model: GptModel,
    /// How it is taught.
    pub training: GptTraining,
}

/// The network and what it stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GptModel {
    /// The folder of the trained VQ-VAE whose tokens it writes.
    pub vq_vae: PathBuf,
    /// The text encoder, frozen: a folder, or a model's name.
    pub text: String,
    /// Channels.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Blocks in the base, and as many again in the head.
    pub layers: usize,
    /// What dropout drops.
    pub dropout: f32,
    /// The longest motion, tokens.
    pub longest: usize,
    /// The temperature that it signs with: 1 draws by its likelihoods, less keeps to the likelier.
    pub temperature: f32,
    /// A folder of the same network to go on from.
    pub from: Option<PathBuf>,
}

/// How it is taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GptTraining {
    /// How much of the past is wrong while learning.
    pub corruption: Corruption,
    /// The probability that a token is missing at the beginning or at the end.
    pub drop_end: f64,
    /// Each clip is read into tokens from so many frames on: 0, 1, … At most the frames of a token.
    pub offsets: usize,
    /// Whether a word is taught by all of its forms, or by its gloss alone.
    pub forms: bool,
}

/// How much of the past is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Corruption {
    /// Nothing (the reference's τ = 0).
    None,
    /// Each token with this probability (τ).
    Share {
        /// τ; the reference's best is 0.5.
        tau: f64,
    },
    /// A share that is drawn anew for each batch (τ ~ U[0, 1]).
    Uniform,
}

impl Default for GptModel {
    fn default() -> Self {
        let config = GptConfig::syrisign();
        Self {
            vq_vae: PathBuf::new(),
            text: "arat5".into(),
            width: config.embed_dim,
            heads: config.n_head,
            layers: config.num_layers,
            dropout: config.drop_out_rate,
            longest: config.most_tokens(),
            temperature: 1.0,
            from: None,
        }
    }
}

impl Default for GptTraining {
    fn default() -> Self {
        Self { corruption: Corruption::Share { tau: 0.5 }, drop_end: 1.0 / 3.0, offsets: 1, forms: true }
    }
}

impl GptModel {
    /// The network's configuration, on a VQ-VAE's codes and a text encoder of a width.
    pub fn config(&self, vq_vae: &VqVaeFolder, text_width: usize) -> GptConfig {
        let parts = match vq_vae.codebooks.len() {
            0 | 1 => Vec::new(),
            _ => vq_vae
                .codebooks
                .iter()
                .map(|book| format!("{:?}", book.parts.first()).to_lowercase())
                .collect(),
        };
        GptConfig {
            num_vq: vq_vae.codebooks.first().map_or(0, |book| book.vq_vae.nb_code),
            embed_dim: self.width,
            clip_dim: text_width,
            block_size: self.longest + 1,
            num_layers: self.layers,
            n_head: self.heads,
            drop_out_rate: self.dropout,
            parts,
            ..GptConfig::reference()
        }
    }
}
