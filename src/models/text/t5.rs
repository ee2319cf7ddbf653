//! The encoder of T5 v1.1 (Raffel et al. 2020; AraT5: Nagoudi et al. 2022), as `transformers`'
//! `T5EncoderModel`, padding mask included.
//!
//! Pre-norm layers by root mean square, no position table but a bias on the scores by the bucket of the
//! distance, learned in the first block and shared by all; scores are not scaled, because the initial
//! spread of the queries has the scale in it. Full checkpoints hold a decoder too, which is not read.

use super::fast::apply;
use super::parts::{Attention, bias_as, check_ids, check_mask, embedding, linear_no_bias};
use crate::models::layers::{Activation, Pass, RmsNorm, check_sizes, check_table, padding_bias};
use candle_core::{DType, Device, Result, Tensor, bail};
use candle_nn::{Embedding, Linear, Module, VarBuilder};
use serde::{Deserialize, Serialize};

/// The sizes of a T5 encoder, by the names of Hugging Face's `config.json`; what is absent is
/// AraT5-base's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct T5Config {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub d_model: usize,
    /// Width of a head; heads times this need not be `d_model`.
    pub d_kv: usize,
    /// Width between the linear maps of a layer.
    pub d_ff: usize,
    /// Layers of the encoder.
    pub num_layers: usize,
    /// Heads of each layer.
    pub num_heads: usize,
    /// Buckets of distances, half of them for each direction.
    pub relative_attention_num_buckets: usize,
    /// Distances from here on share a bucket.
    pub relative_attention_max_distance: usize,
    /// Epsilon of every norm.
    pub layer_norm_epsilon: f64,
    /// Share of the values that training drops.
    pub dropout_rate: f32,
    /// The maps of a layer: `gated-gelu` (v1.1), `relu` (v1.0), `gated-silu`, …
    pub feed_forward_proj: String,
    /// The id that fills up short texts.
    pub pad_token_id: u32,
    /// The id that ends a text.
    pub eos_token_id: u32,
}

impl Default for T5Config {
    fn default() -> Self {
        Self {
            vocab_size: 110_080,
            d_model: 768,
            d_kv: 64,
            d_ff: 2048,
            num_layers: 12,
            num_heads: 12,
            relative_attention_num_buckets: 32,
            relative_attention_max_distance: 128,
            layer_norm_epsilon: 1e-6,
            dropout_rate: 0.1,
            feed_forward_proj: "gated-gelu".into(),
            pad_token_id: 0,
            eos_token_id: 1,
        }
    }
}

impl T5Config {
    /// `UBC-NLP/AraT5-base`; v2 differs in its vocabulary of 110,208.
    pub fn arat5_base() -> Self {
        Self::default()
    }

    /// Whether a layer has a gate, and its activation. In this family `gated-gelu` is the tanh
    /// approximation while a plain `gelu` is exact.
    fn feed_forward(&self) -> Result<(bool, Activation)> {
        Ok(match self.feed_forward_proj.as_str() {
            "gated-gelu" => (true, Activation::GeluNew),
            "gated-silu" => (true, Activation::Swish),
            "relu" => (false, Activation::Relu),
            "gelu" => (false, Activation::Gelu),
            other => bail!(
                "T5: expected a feed_forward_proj of gated-gelu, gated-silu, relu or gelu, found {other}"
            ),
        })
    }

    fn check(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("d_model", self.d_model),
            ("d_kv", self.d_kv),
            ("d_ff", self.d_ff),
            ("num_heads", self.num_heads),
        ];
        check_sizes("T5", &sizes)?;
        check_table("T5", self.num_heads, self.d_kv)?;
        let (buckets, far) = (self.relative_attention_num_buckets, self.relative_attention_max_distance);
        if buckets < 4 || far <= buckets / 4 {
            bail!(
                "T5: expected at least 4 buckets and distances beyond a quarter of them, found {buckets}, {far}"
            );
        }
        Ok(())
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct T5Encoder {
    config: T5Config,
    words: Embedding,
    /// `[buckets, heads]`, f32 whatever the rest is.
    distances: Embedding,
    blocks: Vec<Block>,
    norm: RmsNorm,
}

impl T5Encoder {
    /// Reads `shared.weight` and `encoder.*`.
    ///
    /// # Errors
    /// The builder's, and where the sizes are none that a network can have.
    pub fn new(config: &T5Config, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let encoder = vb.pp("encoder");
        let first = encoder.pp("block.0.layer.0.SelfAttention.relative_attention_bias");
        let (buckets, heads) = (config.relative_attention_num_buckets, config.num_heads);
        let stdev = (config.d_model as f64).powf(-0.5);
        let blocks = (0..config.num_layers).map(|n| Block::new(config, encoder.pp("block").pp(n)));
        Ok(Self {
            config: config.clone(),
            words: embedding(config.vocab_size, config.d_model, 1.0, vb.pp("shared"))?,
            distances: embedding(buckets, heads, stdev, first.to_dtype(DType::F32))?,
            blocks: blocks.collect::<Result<_>>()?,
            norm: RmsNorm::new(config.d_model, config.layer_norm_epsilon, encoder.pp("final_layer_norm"))?,
        })
    }

    /// The sizes it was built with.
    pub fn config(&self) -> &T5Config {
        &self.config
    }

    /// The last hidden states, `[batch, length, d_model]`.
    ///
    /// - `ids`: `[batch, length]`, u32 or i64
    /// - `mask`: `[batch, length]`, 1 where a token is; `None`: everywhere
    ///
    /// # Errors
    /// [`super::InputError`] where ids or shapes do not fit.
    pub fn forward(&self, ids: &Tensor, mask: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        check_ids("T5's ids", ids, self.config.vocab_size, usize::MAX)?;
        let (batch, length) = ids.dims2()?;
        let mut bias = self.distance_bias(length, ids.device())?;
        if let Some(mask) = mask {
            check_mask(mask, batch, length)?;
            bias = bias.broadcast_add(&padding_bias(mask)?)?;
        }
        let x = pass.dropout(&self.words.forward(ids)?, self.config.dropout_rate)?;
        let bias = bias_as(&bias, x.dtype())?;
        let x = self.blocks.iter().try_fold(x, |x, block| block.forward(&x, &bias, pass))?;
        pass.dropout(&self.norm.forward(&x)?, self.config.dropout_rate)
    }

    /// `[1, heads, length, length]`, f32: what is added for each distance.
    fn distance_bias(&self, length: usize, device: &Device) -> Result<Tensor> {
        let bucket = |i: usize| self.bucket(i % length, i / length);
        let buckets: Vec<u32> = (0..length * length).map(bucket).collect();
        let buckets = Tensor::from_vec(buckets, (length, length), device)?;
        self.distances.forward(&buckets)?.permute((2, 0, 1))?.unsqueeze(0)?.contiguous()
    }

    /// The bucket of a key seen from a query: small distances have one each, larger ones share by
    /// their logarithm, up to the largest; half of the buckets lie on each side.
    fn bucket(&self, key: usize, query: usize) -> u32 {
        let side = self.config.relative_attention_num_buckets / 2;
        let exact = side / 2;
        let distance = key.abs_diff(query);
        let bucket = if distance < exact {
            distance
        } else {
            let far = self.config.relative_attention_max_distance as f64 / exact as f64;
            // In f32, as the reference has it: where a power falls on a border, its side is decided here.
            let share = (distance as f32 / exact as f32).ln() / far.ln() as f32;
            (exact + (share * (side - exact) as f32) as usize).min(side - 1)
        };
        (bucket + if key > query { side } else { 0 }) as u32
    }
}

/// Attention and a feed-forward, each normalised before and added after.
#[derive(Clone, Debug)]
struct Block {
    attention_norm: RmsNorm,
    attention: Attention,
    norm: RmsNorm,
    feed: FeedForward,
    dropout: f32,
}

impl Block {
    fn new(config: &T5Config, vb: VarBuilder) -> Result<Self> {
        let (size, inner) = (config.d_model, config.d_kv * config.num_heads);
        let norm = |name| RmsNorm::new(size, config.layer_norm_epsilon, vb.pp(name).pp("layer_norm"));
        let attention = vb.pp("layer.0.SelfAttention");
        let stdev = (size as f64).powf(-0.5);
        let into = |name, stdev| linear_no_bias(size, inner, stdev, attention.pp(name));
        let projections = [
            into("q", stdev * (config.d_kv as f64).powf(-0.5))?,
            into("k", stdev)?,
            into("v", stdev)?,
            linear_no_bias(inner, size, (inner as f64).powf(-0.5), attention.pp("o"))?,
        ];
        Ok(Self {
            attention_norm: norm("layer.0")?,
            attention: Attention::new(projections, config.num_heads, config.dropout_rate)?.unscaled(),
            norm: norm("layer.1")?,
            feed: FeedForward::new(config, vb.pp("layer.1.DenseReluDense"))?,
            dropout: config.dropout_rate,
        })
    }

    fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let mixed = self.attention.forward(&self.attention_norm.forward(x)?, Some(bias), pass)?;
        let x = clamped(&(x + pass.dropout(&mixed, self.dropout)?)?)?;
        let mapped = self.feed.forward(&self.norm.forward(&x)?, pass)?;
        clamped(&(x + pass.dropout(&mapped, self.dropout)?)?)
    }
}

/// Keeps f16 finite: T5 was trained in bfloat16, and some of its values go beyond.
fn clamped(x: &Tensor) -> Result<Tensor> {
    const LARGEST: f64 = 64_504.0;
    if x.dtype() == DType::F16 { x.clamp(-LARGEST, LARGEST) } else { Ok(x.clone()) }
}

/// `wo(act(wi_0 x) · wi_1 x)`, or `wo(act(wi x))`.
#[derive(Clone, Debug)]
struct FeedForward {
    activated: Linear,
    gate: Option<Linear>,
    fall: Linear,
    activation: Activation,
    dropout: f32,
}

impl FeedForward {
    fn new(config: &T5Config, vb: VarBuilder) -> Result<Self> {
        let (is_gated, activation) = config.feed_forward()?;
        let (size, inner) = (config.d_model, config.d_ff);
        let rise = |name| linear_no_bias(size, inner, (size as f64).powf(-0.5), vb.pp(name));
        Ok(Self {
            activated: rise(if is_gated { "wi_0" } else { "wi" })?,
            gate: if is_gated { Some(rise("wi_1")?) } else { None },
            fall: linear_no_bias(inner, size, (inner as f64).powf(-0.5), vb.pp("wo"))?,
            activation,
            dropout: config.dropout_rate,
        })
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let mut raised = apply(&self.activated, Some(self.activation), x)?;
        if let Some(gate) = &self.gate {
            raised = (raised * apply(gate, None, x)?)?;
        }
        apply(&self.fall, None, &pass.dropout(&raised, self.dropout)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::checkpoint::Spec;
    use crate::models::layers::Noise;
    use crate::models::parity::{Fixture, gap};
    use crate::models::text::testing::{check_gradients, every_variable_learns, json, network, refusal};

    fn model() -> T5Encoder {
        let config: T5Config = json("t5_encoder/config.json");
        network("t5_encoder", |vb| T5Encoder::new(&config, vb))
    }

    #[test]
    fn the_hidden_states_are_the_references_with_padding_and_without() {
        let (model, io) = (model(), Fixture::read("t5_encoder/io"));
        let (ids, mask) = (io.get("in.input_ids"), io.get("in.attention_mask"));
        let hidden = model.forward(&ids, Some(&mask), &Pass::Infer).unwrap();
        assert!(gap("t5 hidden", &hidden, &io.get("out.hidden")) < 2e-5);
        let first = model.forward(&ids.narrow(0, 0, 1).unwrap(), None, &Pass::Infer).unwrap();
        assert!(gap("t5 hidden, no mask", &first, &io.get("out.hidden_nomask")) < 2e-5);
    }

    #[test]
    fn the_gradients_are_the_references() {
        let (config, io): (T5Config, _) = (json("t5_encoder/config.json"), Fixture::read("t5_encoder/io"));
        let (ids, mask) = (io.get("in.input_ids"), io.get("in.attention_mask"));
        check_gradients(
            "t5_encoder",
            |vb| T5Encoder::new(&config, vb),
            |model| model.forward(&ids, Some(&mask), &Pass::Infer),
        );
    }

    #[test]
    fn every_variable_learns_with_a_gate_and_without() {
        let ids = Tensor::new(&[[1u32, 2, 3], [4, 5, 6]], &Device::Cpu).unwrap();
        let noise = Noise::new(5, 0);
        for feed_forward_proj in ["gated-gelu", "relu"] {
            let config = T5Config {
                vocab_size: 9,
                d_model: 8,
                d_kv: 3,
                d_ff: 12,
                num_layers: 2,
                num_heads: 2,
                feed_forward_proj: feed_forward_proj.into(),
                ..T5Config::default()
            };
            every_variable_learns(
                |vb| T5Encoder::new(&config, vb),
                |model| model.forward(&ids, None, &Pass::Train(&noise)),
            );
        }
    }

    #[test]
    fn the_full_size_is_that_of_arat5() {
        let spec = Spec::of(|vb| T5Encoder::new(&T5Config::arat5_base(), vb)).unwrap();
        // 110,080 words, 12 blocks of 4 attention maps, 3 feed-forward maps and 2 norms, the distances,
        // and the last norm.
        let block = 4 * 768 * 768 + 3 * 768 * 2048 + 2 * 768;
        assert_eq!(spec.elements(), 110_080 * 768 + 12 * block + 32 * 12 + 768);
        assert_eq!(spec.len(), 1 + 12 * 9 + 1 + 1);
    }

    #[test]
    fn distances_fall_into_the_published_buckets() {
        let config = T5Config { num_layers: 0, vocab_size: 2, ..T5Config::default() };
        let model = T5Encoder::new(&config, VarBuilder::zeros(DType::F32, &Device::Cpu)).unwrap();
        // 32 buckets to 128: 16 a side, 8 of them exact.
        let expected =
            [(0, 0), (1, 17), (7, 23), (8, 24), (11, 24), (12, 25), (64, 30), (91, 31), (127, 31), (500, 31)];
        for (distance, bucket) in expected {
            assert_eq!(model.bucket(distance, 0), bucket, "{distance} after");
            assert_eq!(model.bucket(0, distance), bucket % 16, "{distance} before");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = model();
        let ids = Tensor::new(&[[1u32, 96]], &Device::Cpu).unwrap();
        assert!(refusal(model.forward(&ids, None, &Pass::Infer)).contains("from 0 to 95, found 96"));
        let ids = Tensor::zeros((0, 4), DType::U32, &Device::Cpu).unwrap();
        assert!(refusal(model.forward(&ids, None, &Pass::Infer)).contains("at least one text"));
        let ids = Tensor::new(&[[1u32, 2]], &Device::Cpu).unwrap();
        let mask = Tensor::new(&[[1u8]], &Device::Cpu).unwrap();
        assert!(refusal(model.forward(&ids, Some(&mask), &Pass::Infer)).contains("[1, 2]"));
        let zeros = || VarBuilder::zeros(DType::F32, &Device::Cpu);
        let odd = T5Config { feed_forward_proj: "gated-tanh".into(), num_layers: 1, ..T5Config::default() };
        assert!(refusal(T5Encoder::new(&odd, zeros())).contains("gated-tanh"));
        let near = T5Config { relative_attention_max_distance: 8, ..T5Config::default() };
        assert!(refusal(T5Encoder::new(&near, zeros())).contains("32, 8"));
    }
}
