//! The sizes of a Marian network and the way it searches, by the names of Hugging Face's `config.json`
//! and `generation_config.json`.

use crate::models::layers::{Activation, check_sizes, check_table};
use candle_core::{Result, bail};
use serde::{Deserialize, Serialize};

/// The sizes; what is absent is `Helsinki-NLP/opus-mt-ar-en`'s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MarianConfig {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Rows of the decoder's, where it is another.
    pub decoder_vocab_size: Option<usize>,
    /// Width of the hidden states.
    pub d_model: usize,
    /// Layers of the encoder.
    pub encoder_layers: usize,
    /// Layers of the decoder.
    pub decoder_layers: usize,
    /// Heads of each layer of the encoder.
    pub encoder_attention_heads: usize,
    /// Heads of each layer of the decoder.
    pub decoder_attention_heads: usize,
    /// Width between the linear maps of an encoder's layer.
    pub encoder_ffn_dim: usize,
    /// Width between the linear maps of a decoder's layer.
    pub decoder_ffn_dim: usize,
    /// The activation between them.
    pub activation_function: Activation,
    /// The longest text of either language, special tokens included.
    pub max_position_embeddings: usize,
    /// Whether word vectors are multiplied by the root of their width.
    pub scale_embedding: bool,
    /// Whether both sides and the output read one word table.
    pub share_encoder_decoder_embeddings: bool,
    /// Share of the hidden values that training drops.
    pub dropout: f32,
    /// Share of the attention weights that training drops.
    pub attention_dropout: f32,
    /// Share of the values between the linear maps that training drops.
    pub activation_dropout: f32,
    /// The id that fills up short texts.
    pub pad_token_id: u32,
    /// The id that ends a text.
    pub eos_token_id: u32,
    /// The id that a translation begins with.
    pub decoder_start_token_id: u32,
}

impl Default for MarianConfig {
    fn default() -> Self {
        Self {
            vocab_size: 62_834,
            decoder_vocab_size: None,
            d_model: 512,
            encoder_layers: 6,
            decoder_layers: 6,
            encoder_attention_heads: 8,
            decoder_attention_heads: 8,
            encoder_ffn_dim: 2048,
            decoder_ffn_dim: 2048,
            activation_function: Activation::Swish,
            max_position_embeddings: 512,
            scale_embedding: true,
            share_encoder_decoder_embeddings: true,
            dropout: 0.1,
            attention_dropout: 0.0,
            activation_dropout: 0.0,
            pad_token_id: 62_833,
            eos_token_id: 0,
            decoder_start_token_id: 62_833,
        }
    }
}

impl MarianConfig {
    /// `Helsinki-NLP/opus-mt-ar-en`.
    pub fn opus_mt_ar_en() -> Self {
        Self::default()
    }

    /// Rows of the table that translations are written in.
    pub fn target_vocabulary(&self) -> usize {
        self.decoder_vocab_size.unwrap_or(self.vocab_size)
    }

    /// What word vectors are multiplied by.
    pub(super) fn word_scale(&self) -> f64 {
        if self.scale_embedding { (self.d_model as f64).sqrt() } else { 1.0 }
    }

    pub(super) fn check(&self) -> Result<()> {
        let heads = [self.encoder_attention_heads, self.decoder_attention_heads];
        if heads.iter().any(|&heads| heads == 0 || !self.d_model.is_multiple_of(heads)) {
            bail!("Marian: expected heads that divide the width {}, found {heads:?}", self.d_model);
        }
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("decoder_vocab_size", self.target_vocabulary()),
            ("d_model", self.d_model),
            ("encoder_ffn_dim", self.encoder_ffn_dim),
            ("decoder_ffn_dim", self.decoder_ffn_dim),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        check_sizes("Marian", &sizes)?;
        check_table("Marian", self.max_position_embeddings, self.d_model)?;
        if self.max_position_embeddings < 2 {
            bail!("Marian: expected room for two tokens, found {}", self.max_position_embeddings);
        }
        if self.share_encoder_decoder_embeddings && self.target_vocabulary() != self.vocab_size {
            bail!(
                "Marian: one table for both sides, but {} and {:?} rows",
                self.vocab_size,
                self.decoder_vocab_size
            );
        }
        let special = [self.pad_token_id, self.eos_token_id, self.decoder_start_token_id];
        if special.iter().any(|&id| id as usize >= self.target_vocabulary()) {
            bail!("Marian: expected special ids below {}, found {special:?}", self.target_vocabulary());
        }
        Ok(())
    }
}

/// When a search over beams ends, `early_stopping` in the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EarlyStopping {
    /// As soon as there are as many finished translations as beams (`true`).
    WhenFull,
    /// When the best open beam, scored at its present length, is worse than all finished (`false`).
    #[default]
    WhenUnlikely,
    /// When no open beam can become better at any length (`"never"`).
    WhenImpossible,
}

impl Serialize for EarlyStopping {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::WhenFull => to.serialize_bool(true),
            Self::WhenUnlikely => to.serialize_bool(false),
            Self::WhenImpossible => to.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for EarlyStopping {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Flag(bool),
            Word(String),
        }
        match Written::deserialize(from)? {
            Written::Flag(true) => Ok(Self::WhenFull),
            Written::Flag(false) => Ok(Self::WhenUnlikely),
            Written::Word(word) if word == "never" => Ok(Self::WhenImpossible),
            Written::Word(word) => {
                Err(serde::de::Error::custom(format!("expected true, false or \"never\", found {word:?}")))
            }
        }
    }
}

/// How a translation is searched; what is absent is OPUS-MT's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerationConfig {
    /// How many translations are followed at once; 1 takes the likeliest token each time.
    pub num_beams: usize,
    /// The longest translation in tokens, the first and the last included.
    pub max_length: usize,
    /// The power of its length that a translation's score is divided by.
    pub length_penalty: f64,
    /// When the search ends.
    pub early_stopping: EarlyStopping,
    /// Runs of tokens that are never written; the padding is one.
    pub bad_words_ids: Option<Vec<Vec<u32>>>,
    /// Runs of so many tokens are written once only; 0 allows all.
    pub no_repeat_ngram_size: usize,
    /// The token that a translation of the greatest length ends with.
    pub forced_eos_token_id: Option<u32>,
    /// Whether what is left after the rules is made to sum to 1 again.
    pub renormalize_logits: bool,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            num_beams: 4,
            max_length: 512,
            length_penalty: 1.0,
            early_stopping: EarlyStopping::WhenUnlikely,
            bad_words_ids: None,
            no_repeat_ngram_size: 0,
            forced_eos_token_id: None,
            renormalize_logits: false,
        }
    }
}

impl GenerationConfig {
    /// OPUS-MT's own: four beams, no padding in the text, an end at the greatest length.
    pub fn opus_mt(config: &MarianConfig) -> Self {
        Self {
            bad_words_ids: Some(vec![vec![config.pad_token_id]]),
            forced_eos_token_id: Some(config.eos_token_id),
            renormalize_logits: true,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_stopping_is_written_as_the_reference_writes_it() {
        for (text, expected) in [
            ("true", EarlyStopping::WhenFull),
            ("false", EarlyStopping::WhenUnlikely),
            ("\"never\"", EarlyStopping::WhenImpossible),
        ] {
            assert_eq!(serde_json::from_str::<EarlyStopping>(text).unwrap(), expected);
            assert_eq!(serde_json::to_string(&expected).unwrap(), text);
        }
        assert!(serde_json::from_str::<EarlyStopping>("\"soon\"").is_err());
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let good = MarianConfig::default();
        good.check().unwrap();
        for bad in [
            MarianConfig { decoder_attention_heads: 7, ..good.clone() },
            MarianConfig { encoder_attention_heads: 0, ..good.clone() },
            MarianConfig { decoder_vocab_size: Some(9), ..good.clone() },
            MarianConfig { pad_token_id: 70_000, ..good.clone() },
            MarianConfig { d_model: 0, ..good },
        ] {
            bad.check().unwrap_err();
        }
    }
}
