//! Any of the text encoders behind one face: ids in, token vectors and text vectors out.

use super::folder::Folder;
use super::{BertConfig, BertModel, ClipTextConfig, ClipTextModel, T5Config, T5Encoder, TextError};
use crate::models::checkpoint::{Allowed, Checkpoint, load};
use crate::models::layers::{Pass, masked_mean};
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// T5 has no longest text of its own; this is what AraT5 v2 was trained on.
const LONGEST_T5: usize = 1024;

/// The sizes of a text encoder, as its `config.json` has them; `model_type` says which it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type")]
pub enum TextConfig {
    /// T5 v1.1: AraT5.
    #[serde(rename = "t5", alias = "mt5")]
    T5(T5Config),
    /// BERT.
    #[serde(rename = "bert")]
    Bert(BertConfig),
    /// CLIP's text tower.
    #[serde(rename = "clip_text_model")]
    Clip(ClipTextConfig),
}

impl TextConfig {
    /// Reads a `config.json`; of a whole CLIP, the text tower's part.
    ///
    /// # Errors
    /// Where it is none of the three, in serde's words.
    pub fn from_json(mut config: Value) -> std::result::Result<Self, String> {
        if config["model_type"] == "clip" {
            let width = config["projection_dim"].take();
            config = config["text_config"].take();
            if let Value::Object(fields) = &mut config {
                fields.insert("model_type".into(), "clip_text_model".into());
                fields.insert("projection_dim".into(), width);
            }
        }
        if let Value::Object(fields) = &mut config {
            // An absent value is written as null by some versions.
            fields.retain(|_, value| !value.is_null());
        }
        serde_json::from_value(config).map_err(|error| error.to_string())
    }

    /// Rows of the word table.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::T5(config) => config.vocab_size,
            Self::Bert(config) => config.vocab_size,
            Self::Clip(config) => config.vocab_size,
        }
    }

    /// The longest text in tokens, special ones included.
    pub fn longest(&self) -> usize {
        match self {
            Self::T5(_) => LONGEST_T5,
            Self::Bert(config) => config.max_position_embeddings,
            Self::Clip(config) => config.max_position_embeddings,
        }
    }

    /// Width of a token's vector.
    pub fn token_width(&self) -> usize {
        match self {
            Self::T5(config) => config.d_model,
            Self::Bert(config) => config.hidden_size,
            Self::Clip(config) => config.hidden_size,
        }
    }

    /// Width of a text's vector.
    pub fn text_width(&self) -> usize {
        match self {
            Self::Clip(config) if config.with_projection => config.projection_dim,
            _ => self.token_width(),
        }
    }
}

/// What a network makes of a batch of texts.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// A vector for each token, `[batch, length, token width]`.
    pub tokens: Tensor,
    /// A vector for each text, `[batch, text width]`: the mean of its tokens; CLIP's is the state at
    /// the end token, projected where there is a projection.
    pub texts: Tensor,
}

/// Any of the text encoders.
#[derive(Clone, Debug)]
pub enum TextNetwork {
    /// T5 v1.1: AraT5.
    T5(T5Encoder),
    /// BERT.
    Bert(BertModel),
    /// CLIP's text tower.
    Clip(ClipTextModel),
}

impl TextNetwork {
    /// Builds the network of a configuration, for training or from weights.
    ///
    /// # Errors
    /// The builder's, and where the sizes are none that a network can have.
    pub fn new(config: &TextConfig, vb: VarBuilder) -> Result<Self> {
        Ok(match config {
            TextConfig::T5(config) => Self::T5(T5Encoder::new(config, vb)?),
            TextConfig::Bert(config) => Self::Bert(BertModel::new(config, vb)?),
            TextConfig::Clip(config) => Self::Clip(ClipTextModel::new(config, vb)?),
        })
    }

    /// The sizes it was built with.
    pub fn config(&self) -> TextConfig {
        match self {
            Self::T5(network) => TextConfig::T5(network.config().clone()),
            Self::Bert(network) => TextConfig::Bert(network.config().clone()),
            Self::Clip(network) => TextConfig::Clip(network.config().clone()),
        }
    }

    /// - `ids`: `[batch, length]`, u32 or i64
    /// - `mask`: `[batch, length]`, 1 where a token is; `None`: everywhere. CLIP looks for the end token
    ///   instead.
    ///
    /// # Errors
    /// [`super::InputError`] where ids, lengths or shapes do not fit.
    pub fn forward(&self, ids: &Tensor, mask: Option<&Tensor>, pass: &Pass) -> Result<Encoded> {
        let tokens = match self {
            Self::T5(network) => network.forward(ids, mask, pass)?,
            Self::Bert(network) => network.forward(ids, None, mask, pass)?,
            Self::Clip(network) => {
                let text = network.forward(ids, pass)?;
                return Ok(Encoded { tokens: text.hidden, texts: text.embeds.unwrap_or(text.pooled) });
            }
        };
        let texts = match mask {
            Some(mask) => masked_mean(&tokens, mask)?,
            None => tokens.mean(1)?,
        };
        Ok(Encoded { tokens, texts })
    }

    /// Reads `config.json` and the weights of a folder.
    ///
    /// # Errors
    /// Where a file is missing, cannot be read, or the weights are not the configuration's.
    pub fn load(folder: &Folder, dtype: DType, device: &Device) -> std::result::Result<Self, TextError> {
        let (path, config) = folder.json("config.json")?;
        let config = TextConfig::from_json(config).map_err(|reason| TextError::Config { path, reason })?;
        let (checkpoint, allowed) = published(&config, &folder.weights()?)?;
        let config = match config {
            TextConfig::Clip(config) => {
                let with_projection = checkpoint.contains("text_projection.weight");
                TextConfig::Clip(ClipTextConfig { with_projection, ..config })
            }
            other => other,
        };
        Ok(load(&checkpoint, &allowed, dtype, device, |vb| Self::new(&config, vb))?)
    }
}

/// The names of a published file brought to the network's, and what it holds beside them.
fn published(
    config: &TextConfig,
    checkpoint: &Checkpoint,
) -> std::result::Result<(Checkpoint, Allowed), TextError> {
    let allowed = Allowed::none();
    Ok(match config {
        TextConfig::T5(_) => {
            let allowed = allowed.alias("shared.weight", "encoder.embed_tokens.weight");
            (checkpoint.clone(), allowed.ignoring("decoder.*").ignoring("lm_head.*"))
        }
        TextConfig::Bert(_) => {
            // TensorFlow's names live on in the oldest files.
            let rename = |name: &str| {
                let (gamma, beta) = ("LayerNorm.gamma", "LayerNorm.beta");
                Some(name.replace(gamma, "LayerNorm.weight").replace(beta, "LayerNorm.bias"))
            };
            let checkpoint = checkpoint.strip_prefix("bert.")?.renamed(rename)?;
            let allowed = allowed.ignoring("cls.*").ignoring("pooler.*").ignoring("embeddings.position_ids");
            (checkpoint, allowed)
        }
        TextConfig::Clip(_) => {
            let allowed = allowed.ignoring("vision_model.*").ignoring("visual_projection.*");
            let allowed = allowed.ignoring("logit_scale").ignoring("embeddings.position_ids");
            (checkpoint.strip_prefix("text_model.")?, allowed)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::checkpoint::{Spec, save_safetensors};
    use crate::models::parity::{Fixture, gap};
    use crate::models::text::testing::json;
    use std::collections::BTreeMap;

    /// A fixture's folder, its tensors under other names and beside others.
    fn published_as(fixture: &str, more: &[&str], rename: impl Fn(&str) -> String) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(Fixture::path(&format!("{fixture}/config.json")), folder.path().join("config.json"))
            .unwrap();
        let path = Fixture::path(&format!("{fixture}/model.safetensors"));
        let tensors = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
        let mut tensors: BTreeMap<String, Tensor> =
            tensors.into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect();
        let one = Tensor::ones(1, DType::F32, &Device::Cpu).unwrap();
        tensors.extend(more.iter().map(|&name| (name.to_owned(), one.clone())));
        save_safetensors(&folder.path().join("model.safetensors"), &tensors).unwrap();
        folder
    }

    fn load_from(folder: &tempfile::TempDir) -> std::result::Result<TextNetwork, TextError> {
        TextNetwork::load(&Folder::new(folder.path()), DType::F32, &Device::Cpu)
    }

    #[test]
    fn files_load_by_all_the_names_that_were_published() {
        let io = Fixture::read("bert/io");
        let old = published_as(
            "bert",
            &["cls.predictions.bias", "bert.pooler.dense.bias", "bert.embeddings.position_ids"],
            |name| {
                format!(
                    "bert.{}",
                    name.replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta")
                )
            },
        );
        let network = load_from(&old).unwrap();
        let made = network
            .forward(&io.get("in.input_ids"), Some(&io.get("in.attention_mask")), &Pass::Infer)
            .unwrap();
        assert!(gap("bert by old names", &made.tokens, &io.get("out.hidden")) < 2e-5);
        assert!(gap("bert mean by the network", &made.texts, &io.get("out.mean")) < 2e-5);

        let io = Fixture::read("t5_encoder/io");
        let whole = published_as(
            "t5_encoder",
            &["decoder.block.0.layer.0.SelfAttention.q.weight", "lm_head.weight"],
            |name| name.replace("shared.weight", "encoder.embed_tokens.weight"),
        );
        let made = load_from(&whole).unwrap().forward(
            &io.get("in.input_ids"),
            Some(&io.get("in.attention_mask")),
            &Pass::Infer,
        );
        assert!(gap("t5 out of a whole model", &made.unwrap().tokens, &io.get("out.hidden")) < 2e-5);

        let io = Fixture::read("clip_text_proj/io");
        let more = [
            "vision_model.embeddings.class_embedding",
            "visual_projection.weight",
            "logit_scale",
            "text_model.embeddings.position_ids",
        ];
        let made = load_from(&published_as("clip_text_proj", &more, str::to_owned)).unwrap();
        let made = made.forward(&io.get("in.input_ids"), None, &Pass::Infer).unwrap();
        assert!(gap("clip out of a whole model", &made.texts, &io.get("out.text_embeds")) < 2e-5);

        let io = Fixture::read("clip_text/io");
        let made = load_from(&published_as("clip_text", &[], str::to_owned)).unwrap();
        assert_eq!(made.config().text_width(), 32);
        let made = made.forward(&io.get("in.input_ids"), None, &Pass::Infer).unwrap();
        assert!(gap("clip without projection", &made.texts, &io.get("out.pooled")) < 2e-5);
    }

    #[test]
    fn what_is_unknown_or_missing_in_a_file_is_named() {
        let error = load_from(&published_as("bert", &["encoder.layer.7.gate"], str::to_owned)).unwrap_err();
        assert!(error.to_string().contains("encoder.layer.7.gate"), "{error}");
        let error =
            load_from(&published_as("bert", &[], |name| name.replace("layer.1", "layer.2"))).unwrap_err();
        assert!(error.to_string().contains("encoder.layer.1.attention"), "{error}");
    }

    #[test]
    fn a_whole_clips_configuration_gives_its_text_tower() {
        let whole = serde_json::json!({
            "model_type": "clip", "projection_dim": 24, "vision_config": {"hidden_size": 9},
            "text_config": {"hidden_size": 32, "num_attention_heads": 4, "eos_token_id": 2, "bos_token_id": null,
                            "projection_dim": 512, "dropout": 0.0, "layer_norm_eps": 1e-5},
        });
        let TextConfig::Clip(config) = TextConfig::from_json(whole).unwrap() else { panic!("a CLIP") };
        assert_eq!((config.hidden_size, config.projection_dim, config.eos_token_id), (32, 24, 2));
        assert_eq!(config.num_hidden_layers, 12);
    }

    #[test]
    fn configurations_are_read_as_they_are_written() {
        for name in ["bert", "t5_encoder", "clip_text"] {
            let config = TextConfig::from_json(json(&format!("{name}/config.json"))).unwrap();
            let again = TextConfig::from_json(serde_json::to_value(&config).unwrap()).unwrap();
            assert_eq!(config, again);
            Spec::of(|vb| TextNetwork::new(&config, vb)).unwrap();
        }
    }
}
