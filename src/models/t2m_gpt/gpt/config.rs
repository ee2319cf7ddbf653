//! How large a GPT is, by the names of the reference's options (`options/option_transformer.py`).

use crate::models::layers::{check_sizes, check_table};
use candle_core::Result;
use serde::{Deserialize, Serialize};

/// The shape of a GPT over motion tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GptConfig {
    /// Codes of each codebook.
    pub num_vq: usize,
    /// Channels inside.
    pub embed_dim: usize,
    /// Channels of the text feature that it is conditioned on.
    pub clip_dim: usize,
    /// Positions: the condition, the tokens, and the end.
    pub block_size: usize,
    /// Blocks in the base, and as many again in the head.
    pub num_layers: usize,
    /// Attention heads.
    pub n_head: usize,
    /// What training drops of attention, residuals and inner layers.
    pub drop_out_rate: f32,
    /// The inner layer is so many times as wide.
    pub fc_rate: usize,
    /// Names of the codebooks, where a frame has a token of several (body, left hand, …). They are
    /// predicted side by side, each from the whole past. None: the reference's single one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

impl GptConfig {
    /// The reference's: 18 blocks of 1024 channels, 50 tokens.
    pub fn reference() -> Self {
        Self {
            num_vq: 512,
            embed_dim: 1024,
            clip_dim: 512,
            block_size: 51,
            num_layers: 9,
            n_head: 16,
            drop_out_rate: 0.1,
            fc_rate: 4,
            parts: Vec::new(),
        }
    }

    /// SyriSign's: the same on AraT5's features of 768 channels, long enough for seven seconds at 60
    /// frames a second.
    pub fn syrisign() -> Self {
        Self { clip_dim: 768, block_size: 107, ..Self::reference() }
    }

    /// A small one that two cores train.
    pub fn small(clip_dim: usize) -> Self {
        Self { embed_dim: 192, n_head: 6, num_layers: 2, clip_dim, block_size: 107, ..Self::reference() }
    }

    /// The token after the last: one more than the codes.
    pub fn end(&self) -> u32 {
        self.num_vq as u32
    }

    /// What fills a batch's shorter sequences; its prediction counts for nothing.
    pub fn pad(&self) -> u32 {
        self.num_vq as u32 + 1
    }

    /// Tokens that fit beside the condition.
    pub fn most_tokens(&self) -> usize {
        self.block_size - 1
    }

    /// How many tokens an instant has.
    pub fn part_count(&self) -> usize {
        self.parts.len().max(1)
    }

    /// The keys of each part's table and head, below `name`.
    pub(super) fn keys(&self, name: &str) -> Vec<String> {
        if self.parts.is_empty() {
            return vec![name.to_owned()];
        }
        self.parts.iter().map(|part| format!("{name}.{part}")).collect()
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// Says what cannot.
    pub fn check(&self) -> Result<()> {
        check_sizes(
            "GPT",
            &[
                ("num_vq", self.num_vq),
                ("embed_dim", self.embed_dim),
                ("clip_dim", self.clip_dim),
                ("block_size", self.block_size),
                ("num_layers", self.num_layers),
                ("n_head", self.n_head),
                ("fc_rate", self.fc_rate),
            ],
        )?;
        check_table("GPT", self.block_size, self.embed_dim)?;
        let possible = self.block_size > 1
            && self.embed_dim.is_multiple_of(self.n_head)
            && self.embed_dim.is_multiple_of(2)
            && (0.0..1.0).contains(&self.drop_out_rate);
        if possible {
            return Ok(());
        }
        candle_core::bail!("no GPT has this shape: {self:?}")
    }
}
