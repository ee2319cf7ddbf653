//! OPUS-MT with its tokenizers: Arabic text in, English text out.

use super::TextError;
use super::folder::Folder;
use super::marian::{GenerationConfig, MarianConfig, MarianModel};
use super::recent::Recent;
use crate::models::checkpoint::{Allowed, load};
use crate::models::tokenizer::{Overflow, TextTokenizer};
use candle_core::{DType, Device, Tensor};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// So many recent texts are remembered.
const REMEMBERED: usize = 1024;

/// A translation may be this much longer than twice its text, in tokens. No headline needs more, and a
/// search that has lost itself ends.
const SLACK: usize = 32;

/// A network, its tokenizers, and the way it searches.
#[derive(Debug)]
pub struct Translator {
    model: MarianModel,
    tokenizer: TextTokenizer,
    generation: GenerationConfig,
    device: Device,
    recent: Recent<String>,
}

impl Translator {
    /// Reads a folder: `config.json`, `generation_config.json` where there is one, weights,
    /// `source.spm`, `target.spm` and `vocab.json`.
    ///
    /// # Errors
    /// Where a file is missing or not what it should be, or the tokenizer has ids that the network has
    /// no vectors for.
    pub fn load(folder: &Path, dtype: DType, device: &Device) -> Result<Self, TextError> {
        let files = Folder::new(folder);
        let (path, written) = files.json("config.json")?;
        let config: MarianConfig = configuration(&path, written.clone())?;
        // Older repositories have it all in one file.
        let (path, written) = match files.json("generation_config.json") {
            Err(TextError::MissingFile { .. }) => (path, written),
            found => found?,
        };
        let generation: GenerationConfig = configuration(&path, written)?;
        let build = |vb: candle_nn::VarBuilder<'static>| MarianModel::new(&config, vb);
        let model = load(&files.weights()?, &published(&config), dtype, device, build)?;
        Self::new(model, TextTokenizer::marian(folder)?, generation, device)
    }

    /// Puts a network and its tokenizers together. The padding is never written, whatever the
    /// configuration says.
    ///
    /// # Errors
    /// Where the tokenizer has ids that the network has no vectors for.
    pub fn new(
        model: MarianModel,
        tokenizer: TextTokenizer,
        generation: GenerationConfig,
        device: &Device,
    ) -> Result<Self, TextError> {
        let config = model.config();
        tokenizer.check_vocabulary(config.vocab_size.min(config.target_vocabulary()))?;
        let mut generation = generation;
        let padding = vec![config.pad_token_id];
        let banned = generation.bad_words_ids.get_or_insert_default();
        if !banned.contains(&padding) {
            banned.push(padding);
        }
        let recent = Recent::new(REMEMBERED);
        Ok(Self { model, tokenizer, generation, device: device.clone(), recent })
    }

    /// The way it searches.
    pub fn generation(&self) -> &GenerationConfig {
        &self.generation
    }

    /// Translates a text. Nothing, or blanks, gives nothing.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`] where the text has more tokens than the network has positions.
    pub fn translate(&self, text: &str) -> Result<String, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        if let Some(known) = self.recent.get(text) {
            return Ok(known);
        }
        let limit = self.model.config().max_position_embeddings;
        let ids = self.tokenizer.encode_bounded(text, limit, Overflow::Error)?;
        let longest = self.generation.max_length.min(2 * ids.len() + SLACK);
        let generation = GenerationConfig { max_length: longest, ..self.generation.clone() };
        let ids = Tensor::new(ids, &self.device)?.unsqueeze(0)?;
        let found = self.model.generate(&ids, None, &generation)?;
        let tokens = found.into_iter().next().unwrap_or_default().tokens;
        let translation = self.tokenizer.decode(&tokens)?;
        self.recent.put(text, translation.clone());
        Ok(translation)
    }
}

/// What a published file holds beside what the network asks for: its tables twice and three times, and
/// the sinusoids.
fn published(config: &MarianConfig) -> Allowed {
    let allowed = Allowed::none().ignoring("*.embed_positions.weight").ignoring("lm_head.weight");
    if config.share_encoder_decoder_embeddings {
        allowed.ignoring("model.encoder.embed_tokens.weight").ignoring("model.decoder.embed_tokens.weight")
    } else {
        allowed.ignoring("model.shared.weight")
    }
}

fn configuration<T: DeserializeOwned>(path: &Path, mut written: Value) -> Result<T, TextError> {
    if let Value::Object(fields) = &mut written {
        fields.retain(|_, value| !value.is_null());
    }
    let failed =
        |error: serde_json::Error| TextError::Config { path: PathBuf::from(path), reason: error.to_string() };
    serde_json::from_value(written).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::text::testing::write_folder;

    fn config() -> MarianConfig {
        let vocabulary = crate::models::text::testing::vocabulary("marian");
        MarianConfig {
            vocab_size: vocabulary,
            d_model: 16,
            encoder_layers: 1,
            decoder_layers: 1,
            encoder_attention_heads: 2,
            decoder_attention_heads: 2,
            encoder_ffn_dim: 24,
            decoder_ffn_dim: 24,
            max_position_embeddings: 64,
            pad_token_id: vocabulary as u32 - 1,
            decoder_start_token_id: vocabulary as u32 - 1,
            ..MarianConfig::default()
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let config = config();
        write_folder(folder.path(), &config, "marian", |vb| MarianModel::new(&config, vb));
        folder
    }

    #[test]
    fn a_folder_translates_and_repeats_itself() {
        let folder = folder();
        let load = || Translator::load(folder.path(), DType::F32, &Device::Cpu).unwrap();
        let translator = load();
        let text = "وزارة الصحة تعلن";
        let first = translator.translate(text).unwrap();
        assert!(!first.is_empty());
        assert_eq!(translator.translate(&format!(" {text}\n")).unwrap(), first);
        assert_eq!(load().translate(text).unwrap(), first);
        assert_eq!(translator.translate(" \n").unwrap(), "");
        assert_eq!(translator.generation().bad_words_ids, Some(vec![vec![config().pad_token_id]]));
    }

    #[test]
    fn the_search_is_that_of_the_folder() {
        let folder = folder();
        let written = r#"{"num_beams": 2, "length_penalty": null, "early_stopping": "never"}"#;
        std::fs::write(folder.path().join("generation_config.json"), written).unwrap();
        let translator = Translator::load(folder.path(), DType::F32, &Device::Cpu).unwrap();
        assert_eq!((translator.generation().num_beams, translator.generation().length_penalty), (2, 1.0));
        std::fs::write(folder.path().join("generation_config.json"), r#"{"num_beams": "two"}"#).unwrap();
        let error = Translator::load(folder.path(), DType::F32, &Device::Cpu).unwrap_err().to_string();
        assert!(error.contains("generation_config.json") && error.contains("two"), "{error}");
    }

    #[test]
    fn a_text_over_length_is_refused() {
        let folder = folder();
        let translator = Translator::load(folder.path(), DType::F32, &Device::Cpu).unwrap();
        let error = translator.translate(&"كلمة ".repeat(200)).unwrap_err();
        assert!(matches!(error, TextError::Tokenizer(_)), "{error}");
    }
}
