//! Frames → an embedding (the reference's `MMBertForEncoder` and `VideoTokenMLP`).
//!
//! A small network makes a word of each frame, and a BERT reads `[CLS] frames [SEP]`. The reference pads
//! every clip to `max_video_len` and puts `[SEP]` after the padding. Padding is neither attended nor
//! pooled; all that it does is to give `[SEP]` its position. So clips are not padded here, `[SEP]` takes
//! the position it would have, and the numbers are the same in a fraction of the time.

use super::{SignClipError, VideoConfig};
use crate::models::layers::{Activation, LayerNorm, Pass, masked_mean, padding_bias, project};
use crate::models::text::BertModel;
use candle_core::{Result as CandleResult, Tensor};
use candle_nn::{Linear, VarBuilder, linear};

/// The epsilon of the frame network's norm; BERT's own is smaller.
const EPS: f64 = 1e-5;

/// What reads clips.
#[derive(Clone, Debug)]
pub struct VideoTower {
    widen: Linear,
    norm: LayerNorm,
    mix: Linear,
    bert: BertModel,
    inputs: usize,
    max_frames: usize,
}

impl VideoTower {
    /// Reads `videomlp.*` and `bert.*`.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(config: &VideoConfig, vb: VarBuilder) -> CandleResult<Self> {
        let (mlp, size) = (vb.pp("videomlp"), config.bert.hidden_size);
        Ok(Self {
            widen: linear(config.inputs, size, mlp.pp("linear1"))?,
            norm: LayerNorm::new(size, EPS, mlp.pp("LayerNorm"))?,
            mix: linear(size, size, mlp.pp("linear2"))?,
            bert: BertModel::new(&config.bert, vb.pp("bert"))?,
            inputs: config.inputs,
            max_frames: config.max_frames,
        })
    }

    /// - `frames`: `[batch, frames, inputs]`; what masked frames hold does not matter
    /// - `mask`: `[batch, frames]`, 1 where a frame is
    /// - `ends`: the ids of `[CLS]` and `[SEP]`
    ///
    /// Returns `[batch, hidden]`, the mean over frames and `[SEP]`.
    ///
    /// # Errors
    /// [`SignClipError::Shape`], and candle's.
    pub fn forward(
        &self,
        frames: &Tensor,
        mask: &Tensor,
        ends: [u32; 2],
        pass: &Pass,
    ) -> Result<Tensor, SignClipError> {
        let padded = self.max_frames.max(frames.dims().get(1).copied().unwrap_or_default());
        let tokens = self.tokens(frames, mask, ends, padded, pass)?;
        let (start, end) = self.marks(mask)?;
        Ok(masked_mean(&tokens, &Tensor::cat(&[&start.zeros_like()?, mask, &end], 1)?)?)
    }

    /// The last hidden states, `[batch, frames + 2, hidden]`, with `[SEP]` where it would be in a clip
    /// padded to `padded` frames.
    pub(super) fn tokens(
        &self,
        frames: &Tensor,
        mask: &Tensor,
        ends: [u32; 2],
        padded: usize,
        pass: &Pass,
    ) -> Result<Tensor, SignClipError> {
        let (batch, length) = self.check(frames, mask)?;
        let ends = Tensor::new(&[ends], frames.device())?;
        let ends = self.bert.words(&ends)?.broadcast_as((batch, 2, self.bert.config().hidden_size))?;
        let words = self.frame_words(frames)?.to_dtype(ends.dtype())?;
        let words = Tensor::cat(&[&ends.narrow(1, 0, 1)?, &words, &ends.narrow(1, 1, 1)?], 1)?;
        let positions = self.positions(length, padded)?;
        let (start, end) = self.marks(mask)?;
        let bias = padding_bias(&Tensor::cat(&[&start, mask, &end], 1)?)?;
        let hidden = self.bert.embed(&words, None, Some(&positions), pass)?;
        Ok(self.bert.encode(&hidden, Some(&bias), pass)?)
    }

    /// A word of each frame: `[batch, frames, inputs]` → `[batch, frames, hidden]`.
    pub(super) fn frame_words(&self, frames: &Tensor) -> CandleResult<Tensor> {
        let inner = Activation::Gelu.forward(&project(&self.widen, frames)?)?;
        project(&self.mix, &self.norm.forward(&inner)?)
    }

    /// `[batch, 1]` of ones on either side of a mask.
    fn marks(&self, mask: &Tensor) -> CandleResult<(Tensor, Tensor)> {
        let one = Tensor::ones((mask.dim(0)?, 1), mask.dtype(), mask.device())?;
        Ok((one.clone(), one))
    }

    /// Positions of `[CLS]`, the frames, and a `[SEP]` after `padded` frames.
    fn positions(&self, length: usize, padded: usize) -> CandleResult<Tensor> {
        let table = stretched(self.bert.position_table(), padded + 2)?;
        let rows = (0..=length as u32).chain([padded as u32 + 1]).collect::<Vec<_>>();
        table.index_select(&Tensor::new(rows, table.device())?, 0)
    }

    fn check(&self, frames: &Tensor, mask: &Tensor) -> Result<(usize, usize), SignClipError> {
        let fail = |what, expected: String, found: &Tensor| {
            Err(SignClipError::Shape { what, expected, found: found.dims().to_vec() })
        };
        let (batch, length) = match *frames.dims() {
            [batch, length, inputs] if batch > 0 && length > 0 && inputs == self.inputs => (batch, length),
            _ => return fail("frames", format!("[batch, frames, {}]", self.inputs), frames),
        };
        if mask.dims() != [batch, length] {
            return fail("frame mask", format!("[{batch}, {length}]"), mask);
        }
        Ok((batch, length))
    }
}

/// A position table for longer sequences, by linear interpolation between its rows as PyTorch's
/// `F.interpolate` without aligned corners; itself where it is long enough.
///
/// The reference leaves the stretched table in its module, so that whatever short clip comes after a long
/// one is embedded differently. Here it serves the one call.
pub(super) fn stretched(table: &Tensor, length: usize) -> CandleResult<Tensor> {
    let rows = table.dim(0)?;
    if length <= rows {
        return Ok(table.clone());
    }
    // In f32, as PyTorch has it: the shares' rounding is part of the reference's numbers.
    let step = rows as f32 / length as f32;
    let at = |i: usize| (step * (i as f32 + 0.5) - 0.5).max(0.0);
    let below: Vec<u32> = (0..length).map(|i| at(i) as u32).collect();
    let above: Vec<u32> = below.iter().map(|&row| (row + 1).min(rows as u32 - 1)).collect();
    let share: Vec<f32> = (0..length).map(|i| at(i).fract()).collect();
    let pick = |rows: Vec<u32>| table.index_select(&Tensor::new(rows, table.device())?, 0);
    let (below, above) = (pick(below)?, pick(above)?);
    let share = Tensor::from_vec(share, (length, 1), table.device())?;
    &below + (above - &below)?.broadcast_mul(&share.to_dtype(table.dtype())?)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn a_stretched_table_goes_through_its_rows() {
        let table = Tensor::new(&[[0f32], [1.0], [4.0]], &Device::Cpu).unwrap();
        let values =
            |length| stretched(&table, length).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(2), [0.0, 1.0, 4.0]);
        // torch.nn.functional.interpolate(torch.tensor([[[0., 1., 4.]]]), size=6, mode="linear")
        assert_eq!(values(6), [0.0, 0.25, 0.75, 1.75, 3.25, 4.0]);
    }
}
