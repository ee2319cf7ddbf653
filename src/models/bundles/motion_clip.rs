//! MotionCLIP as it signs: Arabic → (English →) CLIP's text space → numbers → landmarks.

use super::loader::{self, statistics};
use super::{BundleError, Loader};
use crate::models::features::{Features, MotionFeatures, Part, Statistics};
use crate::models::motion_clip::{MotionClip, MotionClipConfig, Root};
use crate::models::text::{TextEncoder, Translator};
use crate::pose::PoseSequence;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// `config.json` of a MotionCLIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionClipBundleConfig {
    /// Frames a second of the motion that it learnt.
    pub fps: f32,
    /// What of the signer it learnt.
    pub parts: Vec<Part>,
    /// The network; a frame's numbers are joints of one feature.
    pub network: MotionClipConfig,
    /// The text encoder: a folder of the bundle, or a model such as `clip-text`.
    pub text: String,
    /// The translator into the text encoder's language; none where it reads Arabic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translator: Option<String>,
    /// The mean length of the latents of the training data: training aligns directions only, so a text's
    /// vector is brought to this length. None leaves it as it is, as the reference does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent_norm: Option<f32>,
}

/// A MotionCLIP with its text encoder and statistics.
#[derive(Debug)]
pub struct MotionClipBundle {
    config: MotionClipBundleConfig,
    features: MotionFeatures,
    statistics: Statistics,
    network: MotionClip,
    text: Arc<TextEncoder>,
    translator: Option<Arc<Translator>>,
}

const WEIGHTS: [&str; 2] = ["model.safetensors", "checkpoint_0100.pth.tar"];

impl MotionClipBundle {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where a file is missing, is not what it should be, or does not fit the others.
    pub fn load(folder: &Path, loader: &Loader) -> Result<Self, BundleError> {
        let config: MotionClipBundleConfig = loader::config(folder)?;
        let features = MotionFeatures::new(&config.parts);
        let text = loader.text_encoder(folder, &config.text)?;
        let (width, latent) = (text.config().text_width(), config.network.latent);
        let reason = if config.network.inputs() != features.width() {
            let (found, expected) = (config.network.inputs(), features.width());
            format!("expected njoints × nfeats to be {expected}, the parts' numbers, found {found}")
        } else if width != latent {
            format!("the text encoder gives {width} numbers, the network expects latent_dim {latent}")
        } else if !(1.0..=1000.0).contains(&config.fps) {
            format!("expected fps from 1 to 1000, found {}", config.fps)
        } else if config.latent_norm.is_some_and(|norm| !(norm.is_finite() && norm > 0.0)) {
            format!("expected latent_norm above 0, found {:?}", config.latent_norm)
        } else {
            let named = config.translator.as_deref();
            let stored = loader::weights(folder, &WEIGHTS)?;
            return Ok(Self {
                network: MotionClip::load(&stored, &config.network, DType::F32, loader.device())?,
                statistics: statistics(folder, &features)?,
                translator: named.map(|named| loader.translator(folder, named)).transpose()?,
                features,
                text,
                config,
            });
        };
        Err(BundleError::Config { path: folder.join("config.json"), reason })
    }

    /// Its configuration.
    pub fn config(&self) -> &MotionClipBundleConfig {
        &self.config
    }

    /// Landmarks for a text, `frames` of them, or as many as it was trained on.
    ///
    /// # Errors
    /// Where the text cannot be translated or is too long for its encoder.
    pub fn generate(&self, text: &str, frames: Option<usize>) -> Result<PoseSequence, BundleError> {
        let frames = frames.unwrap_or(self.config.network.frames).max(1);
        let motion = self.network.generate(&self.latent(text)?, &[frames], Root::Generated)?;
        let features = Features { values: motion.flatten_all()?.to_vec1()?, width: self.features.width() };
        Ok(self.features.write(&self.statistics.undo(&features)?, self.config.fps)?)
    }

    /// `[1, latent_dim]`.
    fn latent(&self, text: &str) -> Result<Tensor, BundleError> {
        let translated = self.translator.as_ref().map(|translator| translator.translate(text)).transpose()?;
        let latent = self.text.encode(&[translated.as_deref().unwrap_or(text)])?;
        let Some(norm) = self.config.latent_norm else { return Ok(latent) };
        let length = latent.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>()?;
        Ok(if length > 0.0 { (latent * f64::from(norm / length))? } else { latent })
    }
}
