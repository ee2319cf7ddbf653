//! Texts to vectors: a network and its tokenizer, with a memory of recent texts.
//!
//! Texts are run together with others of the same number of tokens only, so nothing is ever padded, and
//! a text's vector does not depend on the company it was made in.

use super::folder::Folder;
use super::recent::Recent;
use super::{TextConfig, TextError, TextNetwork};
use crate::models::layers::Pass;
use crate::models::tokenizer::{Overflow, TextTokenizer};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::Path;

/// So many texts are run at once; more gain nothing on a CPU.
const TOGETHER: usize = 16;

/// So many recent texts are remembered.
const REMEMBERED: usize = 1024;

/// A text encoder that takes words.
#[derive(Debug)]
pub struct TextEncoder {
    network: TextNetwork,
    tokenizer: TextTokenizer,
    config: TextConfig,
    dtype: DType,
    device: Device,
    overflow: Overflow,
    recent: Recent<Tensor>,
}

/// A vector for each token of some texts.
#[derive(Clone, Debug)]
pub struct TextTokens {
    /// `[texts, length, width]`, 0 where a text has ended.
    pub hidden: Tensor,
    /// `[texts, length]`, u8: 1 where a token is.
    pub mask: Tensor,
}

impl TextEncoder {
    /// Reads a folder: `config.json`, weights, and the tokenizer's files.
    ///
    /// # Errors
    /// Where a file is missing or not what it should be, or the tokenizer has ids that the network has
    /// no vectors for.
    pub fn load(folder: &Path, dtype: DType, device: &Device) -> Result<Self, TextError> {
        let network = TextNetwork::load(&Folder::new(folder), dtype, device)?;
        let tokenizer = match network {
            TextNetwork::T5(_) => TextTokenizer::t5(folder),
            TextNetwork::Bert(_) => TextTokenizer::bert(folder),
            TextNetwork::Clip(_) => TextTokenizer::clip(folder),
        };
        Self::new(network, tokenizer?, dtype, device)
    }

    /// Puts a network and its tokenizer together.
    ///
    /// # Errors
    /// Where the tokenizer has ids that the network has no vectors for.
    pub fn new(
        network: TextNetwork,
        tokenizer: TextTokenizer,
        dtype: DType,
        device: &Device,
    ) -> Result<Self, TextError> {
        let config = network.config();
        tokenizer.check_vocabulary(config.vocabulary())?;
        let recent = Recent::new(REMEMBERED);
        Ok(Self {
            network,
            tokenizer,
            config,
            dtype,
            device: device.clone(),
            overflow: Overflow::Error,
            recent,
        })
    }

    /// Cuts texts that are too long, or refuses them, which is what it does if nothing is said.
    pub fn with_overflow(self, overflow: Overflow) -> Self {
        Self { overflow, recent: Recent::new(REMEMBERED), ..self }
    }

    /// The sizes of its network.
    pub fn config(&self) -> &TextConfig {
        &self.config
    }

    /// Its network.
    pub fn network(&self) -> &TextNetwork {
        &self.network
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// The type that its vectors have.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// A vector for each text, `[texts, width]`; see [`super::Encoded::texts`] for what it is.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`] where a text is too long; [`TextError::Network`].
    pub fn encode(&self, texts: &[&str]) -> Result<Tensor, TextError> {
        let mut found: BTreeMap<&str, Tensor> = BTreeMap::new();
        let mut lacking: Vec<&str> = Vec::new();
        for &text in texts {
            match self.recent.get(text) {
                Some(vector) => drop(found.insert(text, vector)),
                None => lacking.push(text),
            }
        }
        lacking.sort_unstable();
        lacking.dedup();
        for Group { members, ids } in self.groups(&lacking)? {
            let vectors = self.network.forward(&ids, None, &Pass::Infer)?.texts;
            for (row, &member) in members.iter().enumerate() {
                // A copy of its own, else one vector would keep the whole batch in memory.
                let vector = vectors.get(row)?.copy()?;
                self.recent.put(lacking[member], vector.clone());
                found.insert(lacking[member], vector);
            }
        }
        let rows: Vec<&Tensor> = texts.iter().filter_map(|text| found.get(text)).collect();
        if rows.is_empty() {
            return Ok(Tensor::zeros((0, self.config.text_width()), self.dtype, &self.device)?);
        }
        Ok(Tensor::stack(&rows, 0)?)
    }

    /// A vector for each token of each text.
    ///
    /// # Errors
    /// As [`TextEncoder::encode`].
    pub fn encode_tokens(&self, texts: &[&str]) -> Result<TextTokens, TextError> {
        let groups = self.groups(texts)?;
        let longest = groups.iter().map(|group| group.length()).max().unwrap_or_default();
        let mut rows: BTreeMap<usize, Tensor> = BTreeMap::new();
        let mut mask = vec![0u8; texts.len() * longest];
        for group in &groups {
            let length = group.length();
            let hidden = self.network.forward(&group.ids, None, &Pass::Infer)?.tokens;
            let hidden = hidden.pad_with_zeros(1, 0, longest - length)?;
            for (row, &member) in group.members.iter().enumerate() {
                rows.insert(member, hidden.get(row)?);
                mask[member * longest..][..length].fill(1);
            }
        }
        let hidden = if rows.is_empty() {
            Tensor::zeros((0, 0, self.config.token_width()), self.dtype, &self.device)?
        } else {
            Tensor::stack(&rows.into_values().collect::<Vec<_>>(), 0)?
        };
        Ok(TextTokens { hidden, mask: Tensor::from_vec(mask, (texts.len(), longest), &self.device)? })
    }

    /// Texts of the same number of tokens, up to [`TOGETHER`] at a time.
    fn groups(&self, texts: &[&str]) -> Result<Vec<Group>, TextError> {
        let mut by_length: BTreeMap<usize, (Vec<usize>, Vec<u32>)> = BTreeMap::new();
        for (member, text) in texts.iter().enumerate() {
            let ids = self.tokenizer.encode_bounded(text, self.config.longest(), self.overflow)?;
            let (members, all) = by_length.entry(ids.len()).or_default();
            members.push(member);
            all.extend(ids);
        }
        let mut groups = Vec::new();
        for (length, (members, ids)) in by_length {
            for (members, ids) in members.chunks(TOGETHER).zip(ids.chunks(TOGETHER * length.max(1))) {
                let ids = Tensor::from_slice(ids, (members.len(), length), &self.device)?;
                groups.push(Group { members: members.to_vec(), ids });
            }
        }
        Ok(groups)
    }
}

/// Texts that are run together.
struct Group {
    /// Which texts.
    members: Vec<usize>,
    /// `[members, length]`.
    ids: Tensor,
}

impl Group {
    fn length(&self) -> usize {
        self.ids.dims().last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::parity::{bits, gap};
    use crate::models::text::testing::write_folder;
    use crate::models::text::{BertConfig, ClipTextConfig, SharedEncoders, T5Config};
    use std::sync::Arc;

    const TEXTS: [&str; 5] = ["وزارة الصحة", "دمشق", "", "news of the day, at length", "وزارة الصحة"];

    /// A small configuration and the tokenizer fixture that goes with it.
    fn kinds() -> [(TextConfig, &'static str); 3] {
        let t5 = T5Config {
            vocab_size: 1200,
            d_model: 16,
            d_kv: 4,
            d_ff: 24,
            num_layers: 2,
            num_heads: 4,
            ..T5Config::default()
        };
        let bert = BertConfig {
            vocab_size: 1200,
            hidden_size: 16,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            intermediate_size: 24,
            max_position_embeddings: 64,
            ..BertConfig::default()
        };
        let clip = ClipTextConfig {
            vocab_size: 1200,
            hidden_size: 96,
            intermediate_size: 24,
            projection_dim: 12,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            eos_token_id: 2,
            ..ClipTextConfig::default()
        };
        [(TextConfig::T5(t5), "t5"), (TextConfig::Bert(bert), "bert_cased"), (TextConfig::Clip(clip), "clip")]
    }

    fn folder(config: &TextConfig, tokenizer: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write_folder(folder.path(), config, tokenizer, |vb| TextNetwork::new(config, vb));
        folder
    }

    fn encoder(config: &TextConfig, tokenizer: &str) -> TextEncoder {
        TextEncoder::load(folder(config, tokenizer).path(), DType::F32, &Device::Cpu).unwrap()
    }

    fn exact(tensor: &Tensor) -> Vec<u32> {
        tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn a_text_has_the_same_vector_in_any_company_and_from_memory() {
        for (config, tokenizer) in kinds() {
            let encoder = encoder(&config, tokenizer);
            let together = encoder.encode(&TEXTS).unwrap();
            assert_eq!(together.dims(), [5, config.text_width()]);
            let alone = self::encoder(&config, tokenizer);
            for (row, text) in TEXTS.iter().enumerate() {
                let alone = alone.encode(&[text]).unwrap();
                assert_eq!(exact(&together.get(row).unwrap()), exact(&alone), "{tokenizer}: {text}");
            }
            assert_eq!(exact(&encoder.encode(&TEXTS).unwrap()), exact(&together));
            assert!(gap(tokenizer, &together.get(0).unwrap(), &together.get(1).unwrap()) > 1e-3);
        }
    }

    #[test]
    fn token_vectors_have_the_text_vector_as_their_mean() {
        for (config, tokenizer) in kinds() {
            let encoder = encoder(&config, tokenizer);
            let tokens = encoder.encode_tokens(&TEXTS).unwrap();
            let (texts, longest, width) = tokens.hidden.dims3().unwrap();
            assert_eq!((texts, width), (5, config.token_width()));
            assert_eq!(tokens.mask.dims(), [texts, longest]);
            let lengths = bits(&tokens.mask.to_dtype(DType::U32).unwrap().sum(1).unwrap());
            let wanted = TEXTS.map(|text| encoder.tokenizer().encode(text).unwrap().len() as u32);
            assert_eq!(lengths, wanted);
            if !matches!(config, TextConfig::Clip(_)) {
                let mean = crate::models::layers::masked_mean(&tokens.hidden, &tokens.mask).unwrap();
                assert!(gap(tokenizer, &mean, &encoder.encode(&TEXTS).unwrap()) < 1e-5);
            }
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        for (config, tokenizer) in kinds() {
            let encoder = encoder(&config, tokenizer);
            assert_eq!(encoder.encode(&[]).unwrap().dims(), [0, config.text_width()]);
            assert_eq!(encoder.encode_tokens(&[]).unwrap().hidden.dims(), [0, 0, config.token_width()]);
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_or_cut() {
        let long = "word ".repeat(90);
        for (config, tokenizer) in kinds().into_iter().skip(1) {
            let encoder = encoder(&config, tokenizer);
            let error = encoder.encode(&["short", &long]).unwrap_err();
            assert!(matches!(error, TextError::Tokenizer(_)), "{error}");
            let cut = encoder.with_overflow(Overflow::Truncate).encode_tokens(&[&long]).unwrap();
            assert_eq!(cut.mask.dims(), [1, config.longest()]);
        }
    }

    #[test]
    fn one_folder_is_read_once_by_whatever_path() {
        let (config, tokenizer) = &kinds()[1];
        let folder = folder(config, tokenizer);
        let shared = SharedEncoders::new();
        let get = |path: &Path, dtype| shared.get(path, dtype, &Device::Cpu).unwrap();
        let first = get(folder.path(), DType::F32);
        let again = get(&folder.path().join("."), DType::F32);
        assert!(Arc::ptr_eq(&first, &again));
        let half = get(folder.path(), DType::F16);
        assert_eq!(half.encode(&["دمشق"]).unwrap().dtype(), DType::F16);
        assert!(!Arc::ptr_eq(&first, &half));
        let missing = shared.get(&folder.path().join("nowhere"), DType::F32, &Device::Cpu).unwrap_err();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
    }

    #[test]
    fn what_a_folder_lacks_is_named() {
        let (config, tokenizer) = &kinds()[1];
        let message = |spoil: &dyn Fn(&Path)| {
            let folder = folder(config, tokenizer);
            spoil(folder.path());
            TextEncoder::load(folder.path(), DType::F32, &Device::Cpu).unwrap_err().to_string()
        };
        let remove =
            |name: &'static str| move |folder: &Path| std::fs::remove_file(folder.join(name)).unwrap();
        assert!(message(&remove("config.json")).contains("config.json"));
        assert!(message(&remove("model.safetensors")).contains("pytorch_model.bin"));
        assert!(message(&remove("vocab.txt")).contains("vocab.txt"));
        let write = |text: &'static str| {
            move |folder: &Path| std::fs::write(folder.join("config.json"), text).unwrap()
        };
        assert!(message(&write("{")).contains("expected JSON"));
        assert!(message(&write("{\"model_type\": \"gpt2\"}")).contains("gpt2"));
        assert!(message(&write("{\"model_type\": \"bert\", \"vocab_size\": -1}")).contains("-1"));
        let few = TextConfig::Bert(BertConfig {
            vocab_size: 5,
            hidden_size: 8,
            num_attention_heads: 2,
            num_hidden_layers: 0,
            ..BertConfig::default()
        });
        let folder = self::folder(&few, tokenizer);
        let error = TextEncoder::load(folder.path(), DType::F32, &Device::Cpu).unwrap_err();
        assert!(error.to_string().contains('5'), "{error}");
    }
}
