//! What a MotionCLIP is trained by.

use crate::models::features::Part;
use crate::models::motion_clip::{LossWeights, MotionClipConfig};
use crate::train::motion::MotionData;
use crate::train::{Augment, RunConfig};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MotionClipRecipe {
    /// The loop.
    pub run: RunConfig,
    /// The clips.
    pub data: MotionData,
    /// The network.
    pub model: MotionClipModel,
    /// Losses.
    pub training: MotionClipTraining,
    /// How clips are changed while training.
    pub augment: Augment,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MotionClipModel {
    /// What of a signer is learnt.
    pub parts: Vec<Part>,
    /// The text encoder, frozen: a folder, or a model's name. The latent has its width.
    pub text: String,
    /// The translator into the text encoder's language; none where it reads Arabic.
    pub translator: Option<String>,
    /// The frames of a window, and of a generated motion.
    pub frames: usize,
    /// Inner size of the feed-forward layers.
    pub feed_forward: usize,
    /// Layers of the encoder, and again of the decoder.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// What dropout drops.
    pub dropout: f32,
    /// A folder of the same network to go on from.
    pub from: Option<PathBuf>,
}

/// Losses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MotionClipTraining {
    /// The weight of each term.
    pub weights: LossWeights,
    /// Weight of the reconstruction from the text's vector in the latent's place. The reference has none:
    /// what a text decodes to is then left to how near latents happen to come to texts.
    pub text_reconstruction: f64,
    /// Whether each clip is stretched to the window, so that generated motions know their length.
    pub stretch: bool,
    /// Whether a word is taught by all of its forms, or by its gloss alone.
    pub forms: bool,
}

impl Default for MotionClipModel {
    fn default() -> Self {
        let config = MotionClipConfig::syrisign();
        Self {
            parts: vec![Part::Body, Part::LeftHand, Part::RightHand, Part::Face],
            text: "clip-text".into(),
            translator: None,
            frames: config.frames,
            feed_forward: config.feed_forward,
            layers: config.layers,
            heads: config.heads,
            dropout: config.dropout,
            from: None,
        }
    }
}

impl Default for MotionClipTraining {
    fn default() -> Self {
        Self { weights: LossWeights::aligned(), text_reconstruction: 0.0, stretch: false, forms: false }
    }
}

impl MotionClipModel {
    /// The network's configuration, of so many numbers a frame and a latent as wide as texts are.
    pub fn config(&self, inputs: usize, latent: usize) -> MotionClipConfig {
        MotionClipConfig {
            joints: inputs,
            features: 1,
            frames: self.frames,
            latent,
            feed_forward: self.feed_forward,
            layers: self.layers,
            heads: self.heads,
            dropout: self.dropout,
            ..MotionClipConfig::syrisign()
        }
    }
}
