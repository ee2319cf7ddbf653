//! The network: an encoder, a decoder, and one table for the words of both.

use super::MarianConfig;
use super::decoding::{Cache, LayerCache, Source};
use crate::models::layers::{Activation, LayerNorm, Pass, causal_bias, halved_sinusoids, padding_bias};
use crate::models::text::InputError;
use crate::models::text::fast::apply;
use crate::models::text::parts::{Attention, bias_as, check_ids, check_mask, linear, spread};
use candle_core::{Result, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder};

/// `init_std` of the reference.
const SPREAD: f64 = 0.02;

/// The epsilon of every LayerNorm; no configuration names it.
const EPSILON: f64 = 1e-5;

/// The network.
#[derive(Clone, Debug)]
pub struct MarianModel {
    config: MarianConfig,
    source_words: Embedding,
    target_words: Embedding,
    /// `[positions, width]`: fixed, never read from a file.
    positions: Tensor,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
    head: Linear,
}

impl MarianModel {
    /// Reads `model.shared.weight` (or the tables of each side), `model.encoder.layers.*`,
    /// `model.decoder.layers.*` and `final_logits_bias`. The output map is the target's word table.
    ///
    /// # Errors
    /// The builder's, and where the sizes are none that a network can have.
    pub fn new(config: &MarianConfig, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let (size, rows) = (config.d_model, config.target_vocabulary());
        let model = vb.pp("model");
        let table = |rows, name| model.pp(name).get_with_hints((rows, size), "weight", spread(SPREAD));
        let [source, target] = if config.share_encoder_decoder_embeddings {
            let shared = table(rows, "shared")?;
            [shared.clone(), shared]
        } else {
            [table(config.vocab_size, "encoder.embed_tokens")?, table(rows, "decoder.embed_tokens")?]
        };
        let (encoder, decoder) = (model.pp("encoder.layers"), model.pp("decoder.layers"));
        let encoder = (0..config.encoder_layers).map(|n| EncoderLayer::new(config, encoder.pp(n)));
        let decoder = (0..config.decoder_layers).map(|n| DecoderLayer::new(config, decoder.pp(n)));
        let positions = halved_sinusoids(config.max_position_embeddings, size, vb.device())?;
        let bias = vb.get_with_hints((1, rows), "final_logits_bias", candle_nn::Init::Const(0.0))?;
        Ok(Self {
            config: config.clone(),
            positions: positions.to_dtype(vb.dtype())?,
            encoder: encoder.collect::<Result<_>>()?,
            decoder: decoder.collect::<Result<_>>()?,
            head: Linear::new(target.clone(), Some(bias.flatten_all()?)),
            source_words: Embedding::new(source, size),
            target_words: Embedding::new(target, size),
        })
    }

    /// The sizes it was built with.
    pub fn config(&self) -> &MarianConfig {
        &self.config
    }

    /// The logits of every next token, `[batch, target length, vocabulary]`, for training.
    ///
    /// - `ids`: `[batch, length]`, u32 or i64, the text; `mask`: 1 where a token is, `None`: everywhere
    /// - `target`: `[batch, target length]`, the translation, moved by one: first the start token
    ///
    /// # Errors
    /// [`InputError`] where ids, lengths or shapes do not fit.
    pub fn forward(
        &self,
        ids: &Tensor,
        mask: Option<&Tensor>,
        target: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let source = self.encode(ids, mask, pass)?;
        let rows = self.config.target_vocabulary();
        check_ids("Marian's translation", target, rows, self.config.max_position_embeddings)?;
        let (batch, length) = target.dims2()?;
        if batch != source.batch() {
            let expected = format!("[{}, length]", source.batch());
            return Err(InputError::shape("Marian's translation", expected, target).into());
        }
        let x = self.embed(&self.target_words, target, 0, pass)?;
        let bias = bias_as(&causal_bias(length, target.device())?, x.dtype())?;
        let mut layers = self.decoder.iter();
        let x = layers.try_fold(x, |x, layer| layer.forward(&x, &bias, &source, pass))?;
        apply(&self.head, None, &x)
    }

    /// Reads a text: what the decoder attends to.
    ///
    /// # Errors
    /// [`InputError`] where ids, lengths or shapes do not fit.
    pub fn encode(&self, ids: &Tensor, mask: Option<&Tensor>, pass: &Pass) -> Result<Source> {
        check_ids("Marian's text", ids, self.config.vocab_size, self.config.max_position_embeddings)?;
        let (batch, length) = ids.dims2()?;
        let x = self.embed(&self.source_words, ids, 0, pass)?;
        let bias = match mask {
            Some(mask) => {
                check_mask(mask, batch, length)?;
                Some(bias_as(&padding_bias(mask)?, x.dtype())?)
            }
            None => None,
        };
        let mut layers = self.encoder.iter();
        let hidden = layers.try_fold(x, |x, layer| layer.forward(&x, bias.as_ref(), pass))?;
        Ok(Source::new(hidden, bias))
    }

    /// Caches to write translations of a text in.
    pub(super) fn begin(&self, source: &Source) -> Result<Cache> {
        let layers = self.decoder.iter().map(|layer| layer.begin(source));
        Ok(Cache::new(layers.collect::<Result<_>>()?, source))
    }

    /// Logits `[rows, vocabulary]` after one more token for each row, `[rows]`.
    pub(super) fn step(&self, tokens: &Tensor, cache: &mut Cache) -> Result<Tensor> {
        let at = cache.length();
        let mut x = self.embed(&self.target_words, &tokens.unsqueeze(1)?, at, &Pass::Infer)?;
        let (texts, bias) = (cache.texts(), cache.bias().cloned());
        for (layer, cache) in self.decoder.iter().zip(cache.layers()) {
            x = layer.step(&x, cache, bias.as_ref(), texts)?;
        }
        apply(&self.head, None, &x.squeeze(1)?)
    }

    fn embed(&self, words: &Embedding, ids: &Tensor, from: usize, pass: &Pass) -> Result<Tensor> {
        let words = (words.forward(ids)? * self.config.word_scale())?;
        let positions = self.positions.narrow(0, from, ids.dim(1)?)?;
        pass.dropout(&words.broadcast_add(&positions)?, self.config.dropout)
    }
}

/// A projection to all heads, by its name in the file.
fn attention(size: usize, heads: usize, config: &MarianConfig, vb: VarBuilder) -> Result<Attention> {
    let square = |name| linear(size, size, SPREAD, vb.pp(name));
    let projections = [square("q_proj")?, square("k_proj")?, square("v_proj")?, square("out_proj")?];
    Attention::new(projections, heads, config.attention_dropout)
}

/// Two linear maps, added to what went in and normalised.
#[derive(Clone, Debug)]
struct FeedForward {
    rise: Linear,
    fall: Linear,
    norm: LayerNorm,
    activation: Activation,
    dropout: [f32; 2],
}

impl FeedForward {
    fn new(size: usize, inner: usize, config: &MarianConfig, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            rise: linear(size, inner, SPREAD, vb.pp("fc1"))?,
            fall: linear(inner, size, SPREAD, vb.pp("fc2"))?,
            norm: LayerNorm::new(size, EPSILON, vb.pp("final_layer_norm"))?,
            activation: config.activation_function,
            dropout: [config.activation_dropout, config.dropout],
        })
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let raised = apply(&self.rise, Some(self.activation), x)?;
        let mapped = apply(&self.fall, None, &pass.dropout(&raised, self.dropout[0])?)?;
        self.norm.forward(&(x + pass.dropout(&mapped, self.dropout[1])?)?)
    }
}

#[derive(Clone, Debug)]
struct EncoderLayer {
    attention: Attention,
    norm: LayerNorm,
    feed: FeedForward,
    dropout: f32,
}

impl EncoderLayer {
    fn new(config: &MarianConfig, vb: VarBuilder) -> Result<Self> {
        let size = config.d_model;
        Ok(Self {
            attention: attention(size, config.encoder_attention_heads, config, vb.pp("self_attn"))?,
            norm: LayerNorm::new(size, EPSILON, vb.pp("self_attn_layer_norm"))?,
            feed: FeedForward::new(size, config.encoder_ffn_dim, config, vb)?,
            dropout: config.dropout,
        })
    }

    fn forward(&self, x: &Tensor, bias: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        let mixed = pass.dropout(&self.attention.forward(x, bias, pass)?, self.dropout)?;
        self.feed.forward(&self.norm.forward(&(x + mixed)?)?, pass)
    }
}

#[derive(Clone, Debug)]
struct DecoderLayer {
    attention: Attention,
    norm: LayerNorm,
    source_attention: Attention,
    source_norm: LayerNorm,
    feed: FeedForward,
    dropout: f32,
}

impl DecoderLayer {
    fn new(config: &MarianConfig, vb: VarBuilder) -> Result<Self> {
        let (size, heads) = (config.d_model, config.decoder_attention_heads);
        Ok(Self {
            attention: attention(size, heads, config, vb.pp("self_attn"))?,
            norm: LayerNorm::new(size, EPSILON, vb.pp("self_attn_layer_norm"))?,
            source_attention: attention(size, heads, config, vb.pp("encoder_attn"))?,
            source_norm: LayerNorm::new(size, EPSILON, vb.pp("encoder_attn_layer_norm"))?,
            feed: FeedForward::new(size, config.decoder_ffn_dim, config, vb)?,
            dropout: config.dropout,
        })
    }

    fn forward(&self, x: &Tensor, causal: &Tensor, source: &Source, pass: &Pass) -> Result<Tensor> {
        let mixed = pass.dropout(&self.attention.forward(x, Some(causal), pass)?, self.dropout)?;
        let x = self.norm.forward(&(x + mixed)?)?;
        let memory = self.source_attention.memory(source.hidden())?;
        let read = self.source_attention.attend(&x, &memory, source.bias(), pass)?;
        let x = self.source_norm.forward(&(x + pass.dropout(&read, self.dropout)?)?)?;
        self.feed.forward(&x, pass)
    }

    fn begin(&self, source: &Source) -> Result<LayerCache> {
        Ok(LayerCache::new(self.source_attention.memory(source.hidden())?))
    }

    /// One position for every row, `[rows, 1, width]`.
    fn step(
        &self,
        x: &Tensor,
        cache: &mut LayerCache,
        bias: Option<&Tensor>,
        texts: usize,
    ) -> Result<Tensor> {
        let past = cache.append(self.attention.memory(x)?)?;
        let x = self.norm.forward(&(x + self.attention.attend(x, &past, None, &Pass::Infer)?)?)?;
        // The rows of one text attend to one source: they stand in the place of its length.
        let (rows, _, size) = x.dims3()?;
        let asked = x.reshape((texts, rows / texts, size))?;
        let read = self.source_attention.attend(&asked, cache.source(), bias, &Pass::Infer)?;
        let x = self.source_norm.forward(&(&x + read.reshape((rows, 1, size))?)?)?;
        self.feed.forward(&x, &Pass::Infer)
    }
}
