//! What a SignCLIP is trained by: the `[model]` and `[training]` tables of its preset.

use crate::models::sign_clip::SignClipConfig;
use crate::train::{Augment, RunConfig};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignClipRecipe {
    /// The loop: length, optimiser, checkpoints.
    pub run: RunConfig,
    /// The network.
    pub model: SignClipModel,
    /// What is special about this training.
    pub training: SignClipTraining,
    /// How clips are changed while training.
    pub augment: Augment,
}

/// Which network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignClipModel {
    /// Landmarks, preprocessing, prompt, similarity and full size.
    pub preset: SignClipPreset,
    /// A smaller size than the preset's, trained from nothing.
    pub small: Option<Small>,
    /// The longest clip, frames; longer ones are thinned evenly. None: the preset's.
    pub max_frames: Option<usize>,
    /// What dropout drops. None: the preset's.
    pub dropout: Option<f32>,
    /// A folder of the same network to go on from: `model.safetensors` or the reference's
    /// `checkpoint_best.pt`.
    pub from: Option<PathBuf>,
    /// A BERT's folder or name to begin both towers with, as the reference does. Its tokenizer is used.
    pub bert: Option<String>,
}

/// Named networks; see [`SignClipConfig`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignClipPreset {
    /// The released models'.
    Reference,
    /// The SyriSign paper's.
    Syrisign,
    /// The paper's with what ablations found better.
    #[default]
    Best,
}

/// A size of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Small {
    /// Channels of both towers; a multiple of 32 gives heads of 32.
    pub width: usize,
    /// Layers of both towers.
    pub layers: usize,
    /// Word pieces in the vocabulary, which is trained on the dataset's words.
    pub words: usize,
}

/// What is special about training a SignCLIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignClipTraining {
    /// Whether a batch has each word once at most, so that no clip is held against another of its word.
    pub unique_labels: bool,
    /// Whether pairs of one word that meet in a batch are left out of each other's sums.
    pub mask_twins: bool,
    /// Whether a word is trained by all of its forms, or by its gloss alone.
    pub forms: bool,
}

impl Default for SignClipTraining {
    fn default() -> Self {
        Self { unique_labels: true, mask_twins: true, forms: true }
    }
}

impl Default for SignClipModel {
    fn default() -> Self {
        Self {
            preset: SignClipPreset::Best,
            small: None,
            max_frames: None,
            dropout: None,
            from: None,
            bert: None,
        }
    }
}

impl SignClipModel {
    /// The network's configuration; `words` is how many pieces the vocabulary turned out to have.
    pub fn config(&self, words: usize) -> SignClipConfig {
        let mut config = match self.preset {
            SignClipPreset::Reference => SignClipConfig::reference(),
            SignClipPreset::Syrisign => SignClipConfig::syrisign(),
            SignClipPreset::Best => SignClipConfig::best(),
        };
        if let Some(small) = self.small {
            config = config.small(words, small.width, small.layers);
        }
        if let Some(frames) = self.max_frames {
            config.video.max_frames = frames;
        }
        for bert in [&mut config.video.bert, &mut config.text.bert] {
            if let Some(dropout) = self.dropout {
                (bert.hidden_dropout_prob, bert.attention_probs_dropout_prob) = (dropout, dropout);
            }
            if self.small.is_some() {
                // Rows that nothing reads would be trained by nothing.
                bert.type_vocab_size = 1;
            }
        }
        if self.small.is_some() {
            config.video.bert.max_position_embeddings = config.video.max_frames + 2;
            config.text.bert.max_position_embeddings = config.text.max_tokens;
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_networks_are_possible_and_unknown_keys_are_errors() {
        let small = Some(Small { width: 64, layers: 2, words: 300 });
        let model = SignClipModel { small, max_frames: Some(32), dropout: Some(0.0), ..Default::default() };
        let config = model.config(280);
        config.check_whole().unwrap();
        assert_eq!((config.video.max_frames, config.text.bert.vocab_size), (32, 280));
        assert!(toml::from_str::<SignClipRecipe>("[model]\nmax-frame = 3").is_err());
        assert!(toml::from_str::<SignClipRecipe>("[training]\nunique = true").is_err());
        assert!(toml::from_str::<SignClipRecipe>("[model]\nmax-frames = 3").is_ok());
    }

    #[test]
    fn presets_without_a_size_are_the_models_own() {
        let model = SignClipModel { preset: SignClipPreset::Syrisign, ..Default::default() };
        assert_eq!(model.config(0), SignClipConfig::syrisign());
    }
}
