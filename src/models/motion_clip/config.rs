//! The sizes of a MotionCLIP, by the names that the reference's options have.

use super::MotionClipError;
use super::network::MOST_FRAMES;
use crate::models::layers::{Activation, LARGEST};
use serde::{Deserialize, Serialize};

/// Sizes. What else the reference's options say (the rotation's representation, the body model) is no
/// part of the networks and is passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MotionClipConfig {
    /// Joints, or landmarks, of a frame.
    #[serde(rename = "njoints")]
    pub joints: usize,
    /// Numbers of a joint: 6 for a rotation (its matrix's first two rows), 3 for a landmark.
    #[serde(rename = "nfeats")]
    pub features: usize,
    /// The frames of a training window. Others are possible: positions are computed, not learned.
    #[serde(rename = "num_frames")]
    pub frames: usize,
    /// The latent's size, which is the text embedding's.
    #[serde(rename = "latent_dim")]
    pub latent: usize,
    /// The inner size of the feed-forward layers.
    #[serde(rename = "ff_size")]
    pub feed_forward: usize,
    /// Layers of the encoder, and again of the decoder.
    #[serde(rename = "num_layers")]
    pub layers: usize,
    /// Attention heads.
    #[serde(rename = "num_heads")]
    pub heads: usize,
    /// The share that training drops.
    #[serde(default = "default_dropout")]
    pub dropout: f32,
    /// The feed-forward layers' activation.
    #[serde(default)]
    pub activation: Activation,
}

fn default_dropout() -> f32 {
    0.1
}

impl MotionClipConfig {
    /// The released model: 24 joints' rotations and one row for the translation, 60 frames, CLIP ViT-B/32.
    pub fn reference() -> Self {
        Self {
            joints: 25,
            features: 6,
            frames: 60,
            latent: 512,
            feed_forward: 1024,
            layers: 8,
            heads: 4,
            dropout: default_dropout(),
            activation: Activation::Gelu,
        }
    }

    /// SyriSign's: the reference's sizes on MediaPipe landmarks, 193 points of x, y and z.
    pub fn syrisign() -> Self {
        Self { joints: 193, features: 3, ..Self::reference() }
    }

    /// Numbers of a frame.
    pub fn inputs(&self) -> usize {
        self.joints * self.features
    }

    /// # Errors
    /// [`MotionClipError::Config`] where no network has these sizes.
    pub fn check(&self) -> Result<(), MotionClipError> {
        let sizes = [
            ("njoints", self.joints),
            ("nfeats", self.features),
            ("num_frames", self.frames),
            ("latent_dim", self.latent),
            ("ff_size", self.feed_forward),
            ("num_layers", self.layers),
            ("num_heads", self.heads),
        ];
        let most = |name: &str| if name == "num_frames" { MOST_FRAMES } else { LARGEST };
        let bad = sizes.into_iter().find(|(name, size)| !(1..=most(name)).contains(size));
        let reason = if let Some((name, found)) = bad {
            format!("expected {name} from 1 to {}, found {found}", most(name))
        } else if !self.latent.is_multiple_of(self.heads) {
            format!("expected latent_dim to be a multiple of num_heads {}, found {}", self.heads, self.latent)
        } else if !(0.0..1.0).contains(&self.dropout) {
            format!("expected dropout from 0 to below 1, found {}", self.dropout)
        } else {
            return Ok(());
        };
        Err(MotionClipError::Config { reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_options_are_read_and_the_presets_are_possible() {
        let text =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity/motionclip/config.json"));
        let config: MotionClipConfig = serde_json::from_str(text).unwrap();
        assert_eq!((config.inputs(), config.latent, config.layers, config.heads), (30, 16, 2, 2));
        for config in [config, MotionClipConfig::reference(), MotionClipConfig::syrisign()] {
            config.check().unwrap();
        }
        assert_eq!(MotionClipConfig::syrisign().inputs(), 579);
    }

    #[test]
    fn sizes_that_no_network_has_are_refused_by_name() {
        let whole = MotionClipConfig::reference();
        for (config, said) in [
            (MotionClipConfig { heads: 7, ..whole.clone() }, "num_heads 7"),
            (MotionClipConfig { layers: 0, ..whole.clone() }, "num_layers"),
            (MotionClipConfig { joints: usize::MAX, ..whole.clone() }, "njoints"),
            (MotionClipConfig { dropout: f32::NAN, ..whole }, "dropout"),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
