//! Both towers, and what is made of what they say (the reference's `MMFusionSeparate`).

use super::{SignClipConfig, SignClipError, Similarity, TextTower, VideoTower};
use crate::models::checkpoint::{Allowed, Checkpoint, load};
use crate::models::layers::Pass;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::{Init, Linear, Module, VarBuilder, linear_no_bias};

/// CLIP's: cosines are multiplied by 100 at most.
const GREATEST_LOGIT_SCALE: f64 = 4.605_170_185_988_092;

/// CLIP's: a temperature of 0.07 to begin with.
const FIRST_LOGIT_SCALE: f64 = 2.659_260_036_932_778;

/// Keeps a vector's length from being divided by when it is 0.
const SHORTEST: f64 = 1e-12;

/// The two towers of a SignCLIP.
#[derive(Clone, Debug)]
pub struct SignClipNetwork {
    video: VideoTower,
    text: TextTower,
    projections: Option<[Linear; 2]>,
    logit_scale: Option<Tensor>,
}

impl SignClipNetwork {
    /// Reads `video_encoder.*` and `text_encoder.*`, the reference's keys; `video_projection.weight` and
    /// `text_projection.weight` where the configuration projects, and `logit_scale` where embeddings are
    /// compared by cosine, which are CLIP's names.
    ///
    /// # Errors
    /// The builder's, where it lacks them; a configuration that contradicts itself.
    pub fn new(config: &SignClipConfig, vb: VarBuilder) -> candle_core::Result<Self> {
        config.check().map_err(candle_core::Error::wrap)?;
        let project = |width| -> candle_core::Result<_> {
            let (video, text) = (config.video.bert.hidden_size, config.text.bert.hidden_size);
            let video = linear_no_bias(video, width, vb.pp("video_projection"))?;
            Ok([video, linear_no_bias(text, width, vb.pp("text_projection"))?])
        };
        let logit_scale = match config.similarity {
            Similarity::Dot => None,
            Similarity::Cosine => {
                Some(vb.get_with_hints((), "logit_scale", Init::Const(FIRST_LOGIT_SCALE))?)
            }
        };
        Ok(Self {
            video: VideoTower::new(&config.video, vb.pp("video_encoder"))?,
            text: TextTower::new(&config.text, vb.pp("text_encoder"))?,
            projections: config.projection.map(project).transpose()?,
            logit_scale,
        })
    }

    /// What the reference's checkpoints hold that neither tower reads: the poolers, and numbers from 0 up
    /// that older versions saved.
    pub fn allowed() -> Allowed {
        Allowed::none().ignoring("*.pooler.*").ignoring("*.position_ids")
    }

    /// Loads weights, strictly: the reference's fairseq checkpoint (under `model`, each key with the
    /// prefix `mmmodel.`, in f16), or our own.
    ///
    /// # Errors
    /// Where keys are missing, unexpected or of another shape, all of them named.
    pub fn load(
        checkpoint: &Checkpoint,
        config: &SignClipConfig,
        dtype: DType,
        device: &Device,
    ) -> Result<Self, SignClipError> {
        config.check()?;
        let checkpoint = checkpoint.strip_prefix("mmmodel.")?;
        Ok(load(&checkpoint, &Self::allowed(), dtype, device, |vb| Self::new(config, vb))?)
    }

    /// Embeds clips: `[batch, frames, inputs]` and `[batch, frames]` (1 where a frame is) →
    /// `[batch, width]`, of unit length where the similarity is the cosine. `ends`: the tokenizer's ids of
    /// `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    /// [`SignClipError::Shape`], and candle's.
    pub fn embed_video(
        &self,
        frames: &Tensor,
        mask: &Tensor,
        ends: [u32; 2],
        pass: &Pass,
    ) -> Result<Tensor, SignClipError> {
        let pooled = self.video.forward(frames, mask, ends, pass)?;
        Ok(self.finish(&pooled, 0)?)
    }

    /// Embeds texts: `[CLS] text [SEP]` as ids and mask, `[batch, length]` → `[batch, width]`.
    ///
    /// # Errors
    /// As [`TextTower::forward`].
    pub fn embed_text(&self, ids: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor, SignClipError> {
        let pooled = self.text.forward(ids, mask, pass)?;
        Ok(self.finish(&pooled, 1)?)
    }

    /// Projects by one of the projections and brings to unit length, as configured.
    fn finish(&self, pooled: &Tensor, which: usize) -> candle_core::Result<Tensor> {
        let projected = match &self.projections {
            Some(projections) => projections[which].forward(pooled)?,
            None => pooled.clone(),
        };
        match self.logit_scale {
            Some(_) => {
                projected.broadcast_div(&projected.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.maximum(SHORTEST)?)
            }
            None => Ok(projected),
        }
    }

    /// What cosines are multiplied by in training, a scalar: `exp(logit_scale)`, 100 at most. None where
    /// the similarity is the dot product.
    ///
    /// # Errors
    /// candle's.
    pub fn scale(&self) -> candle_core::Result<Option<Tensor>> {
        let scale = self.logit_scale.as_ref();
        scale.map(|scale| scale.minimum(GREATEST_LOGIT_SCALE)?.exp()).transpose()
    }

    /// The video tower.
    pub fn video(&self) -> &VideoTower {
        &self.video
    }

    /// The text tower.
    pub fn text(&self) -> &TextTower {
        &self.text
    }
}
