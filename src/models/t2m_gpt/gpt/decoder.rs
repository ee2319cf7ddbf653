//! Writing tokens one after another, keeping what the blocks have computed (the reference computes the
//! whole sequence anew for each token).
//!
//! One token multiplies every weight once, so reading the weights is what it costs: as sixteen-bit numbers
//! they are read in half the time, as eight-bit ones in a quarter.

use super::block::Block;
use super::{Gpt, GptConfig, Sampler, Sampling};
use crate::models::layers::{LayerNorm, softmax};
use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Module, Result, Tensor};
use candle_nn::Linear;
use serde::{Deserialize, Serialize};

/// How weights are held while signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// As they were trained.
    Full,
    /// Sixteen bits, activations too: hardly a choice changes.
    #[default]
    Half,
    /// Eight bits, a scale for every 32 (`Q8_0`); activations are rounded to eight bits too. Twice as fast
    /// again; some choices among nearly equal tokens change.
    Int8,
}

/// A GPT ready to write.
#[derive(Debug)]
pub struct Decoder {
    gpt: Gpt,
    blocks: Vec<Step>,
    heads: Vec<Projection>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Of each part, its tokens, all of one length.
    pub tokens: Vec<Vec<u32>>,
    /// Whether the network ended it; else the bound did.
    pub ended: bool,
}

impl Generation {
    /// How many instants were written.
    pub fn len(&self) -> usize {
        self.tokens.first().map_or(0, Vec::len)
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Decoder {
    /// Packs a network's weights.
    ///
    /// # Errors
    /// Where they cannot be packed: eight bits need widths in multiples of 32.
    pub fn new(gpt: &Gpt, precision: Precision) -> Result<Self> {
        let width = gpt.config.embed_dim;
        if precision == Precision::Int8 && !width.is_multiple_of(GgmlDType::Q8_0.block_size()) {
            candle_core::bail!("int8 packs 32 weights together: expected embed_dim in 32s, found {width}");
        }
        let heads = gpt.heads.iter().map(|head| Projection::new(&[head], precision));
        let blocks = gpt.blocks.iter().map(|block| Step::new(block, &gpt.config, precision));
        Ok(Self {
            heads: heads.collect::<Result<_>>()?,
            blocks: blocks.collect::<Result<_>>()?,
            gpt: gpt.clone_without_blocks(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &GptConfig {
        self.gpt.config()
    }

    /// Begins a sequence for a text's feature, `[clip_dim]`.
    ///
    /// # Errors
    /// Where the feature has another width.
    pub fn session(&self, condition: &Tensor) -> Result<Session<'_>> {
        let caches = self.blocks.iter().map(|block| Cache::new(block, self.config(), condition));
        let mut session =
            Session { decoder: self, caches: caches.collect::<Result<_>>()?, length: 0, scores: vec![] };
        let condition = condition.flatten_all()?.unsqueeze(0)?;
        let nothing = Tensor::zeros((1, 0, self.config().part_count()), DType::U32, condition.device())?;
        session.take(&self.gpt.embed(&nothing, &condition)?.squeeze(0)?)?;
        Ok(session)
    }

    /// Writes tokens for a text's feature until the network ends or the bound is reached.
    ///
    /// # Errors
    /// As [`Self::session`]; where scores are no numbers.
    pub fn generate(&self, condition: &Tensor, sampling: &Sampling) -> Result<Generation> {
        self.session(condition)?.generate(sampling)
    }
}

/// A sequence that is being written.
#[derive(Debug)]
pub struct Session<'a> {
    decoder: &'a Decoder,
    caches: Vec<Cache>,
    /// Positions so far, the condition's included.
    length: usize,
    scores: Vec<Tensor>,
}

impl Session<'_> {
    /// The scores of what comes next, for each part `[num_vq + 1]`.
    ///
    /// # Errors
    /// candle's.
    pub fn scores(&self) -> Result<Vec<Vec<f32>>> {
        self.scores.iter().map(|scores| scores.flatten_all()?.to_dtype(DType::F32)?.to_vec1()).collect()
    }

    /// Tokens written so far.
    pub fn written(&self) -> usize {
        self.length - 1
    }

    /// Writes an instant's tokens, one for each part.
    ///
    /// # Errors
    /// Where there is no room left, or a token is none.
    pub fn push(&mut self, tokens: &[u32]) -> Result<()> {
        let gpt = &self.decoder.gpt;
        let (room, parts) = (gpt.config.most_tokens(), gpt.config.part_count());
        if tokens.len() != parts || self.written() >= room {
            let (found, at) = (tokens.len(), self.written());
            candle_core::bail!("expected {parts} tokens and room in {room}, found {found} at {at}");
        }
        let device = gpt.positions.device();
        let mut x = gpt.positions.narrow(0, self.length, 1)?;
        for (table, &token) in gpt.tokens.iter().zip(tokens) {
            x = (x + table.embeddings().index_select(&Tensor::new(&[token], device)?, 0)?)?;
        }
        self.take(&x)
    }

    /// Goes on until the network ends or the bound is reached.
    ///
    /// # Errors
    /// Where scores are no numbers.
    pub fn generate(mut self, sampling: &Sampling) -> Result<Generation> {
        let config = self.decoder.config().clone();
        let (sampler, end) = (Sampler::new(sampling.clone()), config.end());
        let bound = sampling.at_most.min(config.most_tokens() - self.written());
        let mut generation = Generation { tokens: vec![Vec::new(); config.part_count()], ended: false };
        while generation.len() < bound {
            let may_end = generation.len() >= sampling.at_least;
            let mut instant = Vec::with_capacity(config.part_count());
            for (part, scores) in self.scores()?.iter().enumerate() {
                // The first part ends all of them.
                let allowed = |token| token != end || (part == 0 && may_end);
                let drawn = sampler.draw(scores, allowed);
                instant.push(drawn.ok_or_else(|| candle_core::Error::msg("the scores are no numbers"))?);
            }
            if instant.first() == Some(&end) {
                generation.ended = true;
                break;
            }
            for (tokens, &token) in generation.tokens.iter_mut().zip(&instant) {
                tokens.push(token);
            }
            if generation.len() < bound {
                self.push(&instant)?;
            }
        }
        Ok(generation)
    }

    /// Takes one position, `[1, size]`, through all blocks.
    fn take(&mut self, x: &Tensor) -> Result<()> {
        let mut x = x.clone();
        for (block, cache) in self.decoder.blocks.iter().zip(&self.caches) {
            x = block.forward(&x, cache, self.length)?;
        }
        self.length += 1;
        let x = self.decoder.gpt.norm.forward(&x)?;
        self.scores = self.decoder.heads.iter().map(|head| head.forward(&x)).collect::<Result<_>>()?;
        Ok(())
    }
}

/// A block's keys and values so far, `[heads, block_size, width]`.
#[derive(Debug)]
struct Cache([Tensor; 2]);

impl Cache {
    fn new(block: &Step, config: &GptConfig, like: &Tensor) -> Result<Self> {
        let shape = (block.heads, config.block_size, config.embed_dim / block.heads);
        let empty = || Tensor::zeros(shape, DType::F32, like.device());
        Ok(Self([empty()?, empty()?]))
    }

    /// Adds a position's key and value, `[heads, 1, width]`, and gives all of them.
    fn with(&self, own: [&Tensor; 2], at: usize) -> Result<[Tensor; 2]> {
        let [keys, values] = &self.0;
        keys.slice_set(own[0], 1, at)?;
        values.slice_set(own[1], 1, at)?;
        Ok([keys.narrow(1, 0, at + 1)?, values.narrow(1, 0, at + 1)?])
    }
}

/// A block for one position at a time.
#[derive(Debug)]
struct Step {
    norms: [LayerNorm; 2],
    /// Query, key and value in one.
    projections: Projection,
    out: Projection,
    inner: [Projection; 2],
    heads: usize,
}

impl Step {
    fn new(block: &Block, config: &GptConfig, precision: Precision) -> Result<Self> {
        let packed = |linear: &Linear| Projection::new(&[linear], precision);
        Ok(Self {
            norms: block.norms.clone(),
            projections: Projection::new(&block.projections.each_ref(), precision)?,
            out: packed(&block.out)?,
            inner: [packed(&block.inner[0])?, packed(&block.inner[1])?],
            heads: config.n_head,
        })
    }

    /// `[1, size]` → `[1, size]`.
    fn forward(&self, x: &Tensor, cache: &Cache, at: usize) -> Result<Tensor> {
        let attended = self.out.forward(&self.attention(&self.norms[0].forward(x)?, cache, at)?)?;
        let x = (x + attended)?;
        let [widen, narrow] = &self.inner;
        let inner = widen.forward(&self.norms[1].forward(&x)?)?.gelu_erf()?;
        x + narrow.forward(&inner)?
    }

    fn attention(&self, x: &Tensor, cache: &Cache, at: usize) -> Result<Tensor> {
        let size = x.dim(1)?;
        let all = self.projections.forward(x)?.reshape((3, self.heads, 1, size / self.heads))?;
        let [query, key, value] = [all.get(0)?, all.get(1)?, all.get(2)?];
        let [keys, values] = cache.with([&key, &value], at)?;
        let scale = 1.0 / ((size / self.heads) as f64).sqrt();
        let scores = (query * scale)?.matmul(&keys.t()?)?;
        softmax(&scores)?.matmul(&values)?.reshape((1, size))
    }
}

/// A linear layer, or several on one input laid side by side.
#[derive(Debug)]
struct Projection {
    weight: QMatMul,
    bias: Option<Tensor>,
}

impl Projection {
    fn new(linears: &[&Linear], precision: Precision) -> Result<Self> {
        let weights: Vec<&Tensor> = linears.iter().map(|linear| linear.weight()).collect();
        let weight = Tensor::cat(&weights, 0)?.detach();
        let biases: Option<Vec<&Tensor>> = linears.iter().map(|linear| linear.bias()).collect();
        let weight = match precision {
            Precision::Full => QMatMul::Tensor(weight),
            Precision::Half => QMatMul::TensorF16(weight.to_dtype(DType::F16)?),
            Precision::Int8 => QMatMul::from_qtensor(QTensor::quantize(&weight, GgmlDType::Q8_0)?)?,
        };
        Ok(Self { weight, bias: biases.map(|biases| Tensor::cat(&biases, 0)).transpose()? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.weight.forward(x)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}
