//! The text tower of CLIP (Radford et al. 2021), as `transformers`' `CLIPTextModel` and
//! `CLIPTextModelWithProjection`.
//!
//! Pre-norm layers with a causal mask; the text is the state at its end token. Published
//! configurations name a wrong end token, 2, which stands for "the largest id of the text".

use super::InputError;
use super::fast::apply;
use super::parts::{Attention, bias_as, check_ids, embedding, linear, linear_no_bias};
use crate::models::layers::{Activation, LayerNorm, Pass, causal_bias, check_sizes};
use candle_core::{DType, Result, Tensor, bail};
use candle_nn::{Embedding, Linear, Module, VarBuilder};
use serde::{Deserialize, Serialize};

/// What published configurations have in the place of the end token.
const OLD_END: u32 = 2;

/// The sizes of a CLIP text tower, by the names of Hugging Face's `config.json` (the whole file of a
/// text model, `text_config` in that of a whole CLIP); what is absent is ViT-B/32's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipTextConfig {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Width between the two linear maps of a layer.
    pub intermediate_size: usize,
    /// Width of the space that texts and images share.
    pub projection_dim: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of each layer; they divide the width.
    pub num_attention_heads: usize,
    /// The longest text, special tokens included.
    pub max_position_embeddings: usize,
    /// The activation between the linear maps.
    pub hidden_act: Activation,
    /// Epsilon of every LayerNorm.
    pub layer_norm_eps: f64,
    /// Share of the attention weights that training drops.
    pub attention_dropout: f32,
    /// The id that ends a text; 2 stands for the largest id there is in it.
    pub eos_token_id: u32,
    /// Whether there is a map into the space shared with images. Published configurations do not say;
    /// their weights do.
    pub with_projection: bool,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            vocab_size: 49_408,
            hidden_size: 512,
            intermediate_size: 2048,
            projection_dim: 512,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: 1e-5,
            attention_dropout: 0.0,
            eos_token_id: 49_407,
            with_projection: true,
        }
    }
}

impl ClipTextConfig {
    /// `openai/clip-vit-base-patch32`.
    pub fn vit_b_32() -> Self {
        Self { eos_token_id: OLD_END, ..Self::default() }
    }

    fn check(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("projection_dim", self.projection_dim),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        check_sizes("CLIP", &sizes)?;
        let (size, heads) = (self.hidden_size, self.num_attention_heads);
        if heads == 0 || !size.is_multiple_of(heads) {
            bail!("CLIP: expected heads that divide the width {size}, found {heads}");
        }
        Ok(())
    }
}

/// What the tower makes of a batch of texts.
#[derive(Clone, Debug)]
pub struct ClipText {
    /// The last hidden states, `[batch, length, hidden]`.
    pub hidden: Tensor,
    /// Those at the end tokens, `[batch, hidden]`.
    pub pooled: Tensor,
    /// Them in the space shared with images, `[batch, projection]`, where the tower has the map.
    pub embeds: Option<Tensor>,
}

/// The network.
#[derive(Clone, Debug)]
pub struct ClipTextModel {
    config: ClipTextConfig,
    words: Embedding,
    positions: Tensor,
    layers: Vec<Layer>,
    norm: LayerNorm,
    projection: Option<Linear>,
}

impl ClipTextModel {
    /// Reads `embeddings.*`, `encoder.*` and `final_layer_norm.*`, without the `text_model.` that some
    /// files begin them with, and `text_projection.weight` where the configuration has it.
    ///
    /// # Errors
    /// The builder's, and where the sizes are none that a network can have.
    pub fn new(config: &ClipTextConfig, vb: VarBuilder) -> Result<Self> {
        config.check()?;
        let size = config.hidden_size;
        let table = |rows, stdev, name| embedding(rows, size, stdev, vb.pp("embeddings").pp(name));
        let layers = vb.pp("encoder.layers");
        let layers = (0..config.num_hidden_layers).map(|n| Layer::new(config, layers.pp(n)));
        let stdev = (size as f64).powf(-0.5);
        let project = || linear_no_bias(size, config.projection_dim, stdev, vb.pp("text_projection"));
        Ok(Self {
            config: config.clone(),
            words: table(config.vocab_size, 0.02, "token_embedding")?,
            positions: table(config.max_position_embeddings, 0.02, "position_embedding")?
                .embeddings()
                .clone(),
            layers: layers.collect::<Result<_>>()?,
            norm: LayerNorm::new(size, config.layer_norm_eps, vb.pp("final_layer_norm"))?,
            projection: if config.with_projection { Some(project()?) } else { None },
        })
    }

    /// The sizes it was built with.
    pub fn config(&self) -> &ClipTextConfig {
        &self.config
    }

    /// Ids `[batch, length]`, u32 or i64, each text ended by the end token and filled up with anything.
    ///
    /// # Errors
    /// [`InputError`] where ids or lengths do not fit.
    pub fn forward(&self, ids: &Tensor, pass: &Pass) -> Result<ClipText> {
        check_ids("CLIP's ids", ids, self.config.vocab_size, self.config.max_position_embeddings)?;
        let (_, length) = ids.dims2()?;
        let x = self.words.forward(ids)?.broadcast_add(&self.positions.narrow(0, 0, length)?)?;
        let bias = bias_as(&causal_bias(length, ids.device())?, x.dtype())?;
        let x = self.layers.iter().try_fold(x, |x, layer| layer.forward(&x, &bias, pass))?;
        let hidden = self.norm.forward(&x)?;
        let pooled = self.pool(&hidden, ids)?;
        let embeds = self.projection.as_ref().map(|map| apply(map, None, &pooled)).transpose()?;
        Ok(ClipText { hidden, pooled, embeds })
    }

    /// The state at each text's first end token.
    fn pool(&self, hidden: &Tensor, ids: &Tensor) -> Result<Tensor> {
        let (batch, length, size) = hidden.dims3()?;
        let rows = ids.to_dtype(DType::I64)?.to_vec2::<i64>()?;
        let ends = rows.iter().zip(0..).map(|(row, n)| self.end(row).map(|end| n * length as u32 + end));
        let ends = Tensor::from_vec(ends.collect::<Result<Vec<_>>>()?, batch, hidden.device())?;
        hidden.reshape((batch * length, size))?.index_select(&ends, 0)
    }

    fn end(&self, ids: &[i64]) -> Result<u32> {
        let wanted = match self.config.eos_token_id {
            OLD_END => ids.iter().copied().max().unwrap_or_default(),
            id => i64::from(id),
        };
        match (0..).zip(ids).find(|&(_, &id)| id == wanted) {
            Some((end, _)) => Ok(end),
            None => Err(InputError::NoEnd { what: "CLIP's ids", end: wanted }.into()),
        }
    }
}

/// Attention and two linear maps, each normalised before and added after.
#[derive(Clone, Debug)]
struct Layer {
    attention_norm: LayerNorm,
    attention: Attention,
    norm: LayerNorm,
    rise: Linear,
    fall: Linear,
    activation: Activation,
}

impl Layer {
    fn new(config: &ClipTextConfig, vb: VarBuilder) -> Result<Self> {
        let (size, inner) = (config.hidden_size, config.intermediate_size);
        let stdev = (size as f64).powf(-0.5);
        // Deeper towers begin with smaller steps.
        let into = stdev * (2.0 * config.num_hidden_layers as f64).powf(-0.5);
        let norm = |name| LayerNorm::new(size, config.layer_norm_eps, vb.pp(name));
        let square = |stdev, name| linear(size, size, stdev, vb.pp("self_attn").pp(name));
        let projections = [
            square(into, "q_proj")?,
            square(into, "k_proj")?,
            square(into, "v_proj")?,
            square(stdev, "out_proj")?,
        ];
        Ok(Self {
            attention_norm: norm("layer_norm1")?,
            attention: Attention::new(projections, config.num_attention_heads, config.attention_dropout)?,
            norm: norm("layer_norm2")?,
            rise: linear(size, inner, stdev / 2f64.sqrt(), vb.pp("mlp.fc1"))?,
            fall: linear(inner, size, into, vb.pp("mlp.fc2"))?,
            activation: config.hidden_act,
        })
    }

    fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let x = (x + self.attention.forward(&self.attention_norm.forward(x)?, Some(bias), pass)?)?;
        let raised = apply(&self.rise, Some(self.activation), &self.norm.forward(&x)?)?;
        x + apply(&self.fall, None, &raised)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::checkpoint::Spec;
    use crate::models::layers::Noise;
    use crate::models::parity::{Fixture, gap};
    use crate::models::text::testing::{check_gradients, every_variable_learns, json, network, refusal};
    use candle_core::Device;

    fn model(folder: &str, with_projection: bool) -> ClipTextModel {
        let config: ClipTextConfig = json(&format!("{folder}/config.json"));
        let config = ClipTextConfig { with_projection, ..config };
        network(folder, |vb| ClipTextModel::new(&config, vb))
    }

    #[test]
    fn the_hidden_and_pooled_states_are_the_references() {
        let (model, io) = (model("clip_text", false), Fixture::read("clip_text/io"));
        let text = model.forward(&io.get("in.input_ids"), &Pass::Infer).unwrap();
        assert!(gap("clip hidden", &text.hidden, &io.get("out.hidden")) < 2e-5);
        assert!(gap("clip pooled", &text.pooled, &io.get("out.pooled")) < 2e-5);
        assert!(text.embeds.is_none());
    }

    #[test]
    fn the_projected_texts_are_the_references() {
        let (model, io) = (model("clip_text_proj", true), Fixture::read("clip_text_proj/io"));
        let text = model.forward(&io.get("in.input_ids"), &Pass::Infer).unwrap();
        assert!(gap("clip text_embeds", &text.embeds.unwrap(), &io.get("out.text_embeds")) < 2e-5);
    }

    #[test]
    fn the_gradients_are_the_references() {
        let config: ClipTextConfig = json("clip_text_proj/config.json");
        let ids = Fixture::read("clip_text_proj/io").get("in.input_ids");
        check_gradients(
            "clip_text_proj",
            |vb| ClipTextModel::new(&config, vb),
            |model| Ok(model.forward(&ids, &Pass::Infer)?.embeds.expect("a projection")),
        );
    }

    #[test]
    fn every_variable_learns_under_dropout() {
        let config = ClipTextConfig {
            vocab_size: 9,
            hidden_size: 8,
            intermediate_size: 12,
            projection_dim: 5,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            max_position_embeddings: 4,
            attention_dropout: 0.2,
            eos_token_id: 8,
            ..ClipTextConfig::default()
        };
        let ids = Tensor::new(&[[1u32, 2, 3, 8], [4, 8, 0, 0]], &Device::Cpu).unwrap();
        let noise = Noise::new(5, 0);
        every_variable_learns(
            |vb| ClipTextModel::new(&config, vb),
            |model| Ok(model.forward(&ids, &Pass::Train(&noise))?.embeds.expect("a projection")),
        );
    }

    #[test]
    fn the_full_size_is_that_of_vit_b_32() {
        let spec = Spec::of(|vb| ClipTextModel::new(&ClipTextConfig::vit_b_32(), vb)).unwrap();
        assert_eq!((spec.len(), spec.elements()), (197, 63_428_096));
    }

    #[test]
    fn the_text_is_its_first_end_token_or_by_old_files_its_largest() {
        let io = Fixture::read("clip_text/io");
        let new = model("clip_text", false);
        let mut old = new.clone();
        old.config.eos_token_id = OLD_END;
        let ids = io.get("in.input_ids");
        let [a, b] = [&new, &old].map(|model| model.forward(&ids, &Pass::Infer).unwrap().pooled);
        assert_eq!(gap("clip pooled by the largest id", &a, &b), 0.0);
        // What comes after the end is not seen.
        let ends = Tensor::new(&[[97u32, 5, 98], [97, 5, 98]], &Device::Cpu).unwrap();
        let more = Tensor::new(&[[97u32, 5, 98, 98, 1], [97, 5, 98, 3, 98]], &Device::Cpu).unwrap();
        let [a, b] = [ends, more].map(|ids| new.forward(&ids, &Pass::Infer).unwrap().pooled);
        assert!(gap("clip pooled before anything", &a, &b) < 1e-5);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = model("clip_text", false);
        let ask = |ids: &[u32]| {
            let ids = Tensor::new(ids, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
            refusal(model.forward(&ids, &Pass::Infer))
        };
        assert!(ask(&[97, 5]).contains("end token 98"));
        assert!(ask(&[97, 99, 98]).contains("from 0 to 98, found 99"));
        assert!(ask(&[98; 17]).contains("at most 16 tokens, found 17"));
        assert!(ask(&[]).contains("at least one text"));
    }
}
