//! What the decoder remembers: the text that is translated, and the translations as far as they go.

use super::MarianModel;
use crate::models::text::InputError;
use crate::models::text::parts::Memory;
use candle_core::{Result, Tensor};

/// A batch of texts as the encoder left them.
#[derive(Clone, Debug)]
pub struct Source {
    hidden: Tensor,
    bias: Option<Tensor>,
}

impl Source {
    pub(super) fn new(hidden: Tensor, bias: Option<Tensor>) -> Self {
        Self { hidden, bias }
    }

    /// The last hidden states, `[batch, length, width]`.
    pub fn hidden(&self) -> &Tensor {
        &self.hidden
    }

    /// How many texts there are.
    pub fn batch(&self) -> usize {
        self.hidden.dims().first().copied().unwrap_or_default()
    }

    /// What is added to scores, `[batch, 1, 1, length]`, where some texts are shorter.
    pub(super) fn bias(&self) -> Option<&Tensor> {
        self.bias.as_ref()
    }
}

/// Translations being written: equally many rows for each text, one token at a time.
#[derive(Debug)]
pub struct Decoding<'a> {
    model: &'a MarianModel,
    cache: Cache,
}

impl<'a> Decoding<'a> {
    /// Begins the translations of a batch of texts.
    ///
    /// # Errors
    /// candle's.
    pub fn new(model: &'a MarianModel, source: &Source) -> Result<Self> {
        Ok(Self { model, cache: model.begin(source)? })
    }

    /// The logits of the next token, `[rows, vocabulary]`, after one token for each row. Rows are
    /// ordered by text; a text may have several, and always as many as the others.
    ///
    /// # Errors
    /// [`InputError`] where the rows are no multiple of the texts, or the positions are used up.
    pub fn step(&mut self, tokens: &[u32]) -> Result<Tensor> {
        let config = self.model.config();
        let (rows, texts) = (tokens.len(), self.cache.texts);
        if rows == 0 || !rows.is_multiple_of(texts) {
            return Err(InputError::Shape {
                what: "Marian's next tokens",
                expected: format!("the same number for each of {texts} texts"),
                found: vec![rows],
            }
            .into());
        }
        let limit = config.max_position_embeddings;
        if self.cache.length >= limit {
            return Err(InputError::TooLong { what: "Marian's translation", limit, found: limit + 1 }.into());
        }
        let vocabulary = config.target_vocabulary();
        if let Some(&found) = tokens.iter().find(|&&token| token as usize >= vocabulary) {
            let found = i64::from(found);
            return Err(
                InputError::UnknownId { what: "Marian's next tokens", rows: vocabulary, found }.into()
            );
        }
        let tokens = Tensor::new(tokens, self.cache.device())?;
        let logits = self.model.step(&tokens, &mut self.cache)?;
        self.cache.length += 1;
        Ok(logits)
    }

    /// Goes on with these rows of what was written, in this order; a row may be taken twice.
    ///
    /// # Errors
    /// candle's, where there is no such row.
    pub fn keep_rows(&mut self, rows: &[u32]) -> Result<()> {
        let rows = Tensor::new(rows, self.cache.device())?;
        for layer in &mut self.cache.layers {
            layer.past = layer.past.take().map(|past| past.rows(&rows)).transpose()?;
        }
        Ok(())
    }

    /// Goes on with these texts only.
    ///
    /// # Errors
    /// candle's, where there is no such text.
    pub fn keep_texts(&mut self, texts: &[u32]) -> Result<()> {
        let kept = Tensor::new(texts, self.cache.device())?;
        for layer in &mut self.cache.layers {
            layer.source = layer.source.rows(&kept)?;
        }
        self.cache.bias = self.cache.bias.take().map(|bias| bias.index_select(&kept, 0)).transpose()?;
        self.cache.texts = texts.len();
        Ok(())
    }
}

impl Memory {
    fn rows(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self { keys: self.keys.index_select(rows, 0)?, values: self.values.index_select(rows, 0)? })
    }
}

/// What all layers remember.
#[derive(Debug)]
pub(super) struct Cache {
    layers: Vec<LayerCache>,
    bias: Option<Tensor>,
    texts: usize,
    length: usize,
    device: candle_core::Device,
}

impl Cache {
    pub(super) fn new(layers: Vec<LayerCache>, source: &Source) -> Self {
        let device = source.hidden.device().clone();
        Self { layers, bias: source.bias.clone(), texts: source.batch(), length: 0, device }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn texts(&self) -> usize {
        self.texts
    }

    pub(super) fn bias(&self) -> Option<&Tensor> {
        self.bias.as_ref()
    }

    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut LayerCache> {
        self.layers.iter_mut()
    }

    fn device(&self) -> &candle_core::Device {
        &self.device
    }
}

/// What one layer remembers: the source as it projects it, and the translations so far.
#[derive(Debug)]
pub(super) struct LayerCache {
    source: Memory,
    past: Option<Memory>,
}

impl LayerCache {
    pub(super) fn new(source: Memory) -> Self {
        Self { source, past: None }
    }

    pub(super) fn source(&self) -> &Memory {
        &self.source
    }

    /// Adds a position of every row, `[rows, heads, 1, width]`, and gives all of them.
    pub(super) fn append(&mut self, next: Memory) -> Result<Memory> {
        let all = match self.past.take() {
            None => next,
            Some(past) => Memory {
                keys: Tensor::cat(&[past.keys, next.keys], 2)?,
                values: Tensor::cat(&[past.values, next.values], 2)?,
            },
        };
        self.past = Some(all.clone());
        Ok(all)
    }
}
