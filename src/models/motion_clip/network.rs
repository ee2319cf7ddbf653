//! Encoder and decoder together, and what the reference does around them.

use super::{Decoder, Encoder, MotionClipConfig, MotionClipError};
use crate::models::checkpoint::{Allowed, Checkpoint, load};
use crate::models::layers::Pass;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;

/// The longest motion that is generated, frames: a minute at 60 a second. Memory grows with its square.
pub(super) const MOST_FRAMES: usize = 3_600;

/// Whose rotation the first joint has in a generated motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Root {
    /// The network's.
    #[default]
    Generated,
    /// A fixed one, half a turn about x (1 0 0, 0 −1 0), in every frame, padded ones too: the reference's
    /// `is_amass`, since its data lie on their backs.
    Fixed,
}

/// A motion autoencoder.
#[derive(Clone, Debug)]
pub struct MotionClip {
    encoder: Encoder,
    decoder: Decoder,
    config: MotionClipConfig,
}

impl MotionClip {
    /// Reads `encoder.*` and `decoder.*`.
    ///
    /// # Errors
    /// The builder's, where it lacks them; sizes that no network has.
    pub fn new(config: &MotionClipConfig, vb: VarBuilder) -> candle_core::Result<Self> {
        config.check().map_err(candle_core::Error::wrap)?;
        Ok(Self {
            encoder: Encoder::new(config, vb.pp("encoder"))?,
            decoder: Decoder::new(config, vb.pp("decoder"))?,
            config: config.clone(),
        })
    }

    /// What the reference's checkpoints hold that no layer reads: tables of positions, which are
    /// computed here, the biases of an ablation, and CLIP where it was saved along.
    pub fn allowed() -> Allowed {
        Allowed::none()
            .ignoring("*.sequence_pos_encoder.pe")
            .ignoring("decoder.actionBiases")
            .ignoring("clip_model.*")
    }

    /// Loads weights, strictly: a bare state dict (`checkpoint_0100.pth.tar`) or our own.
    ///
    /// # Errors
    /// Where keys are missing, unexpected or of another shape, all of them named.
    pub fn load(
        checkpoint: &Checkpoint,
        config: &MotionClipConfig,
        dtype: DType,
        device: &Device,
    ) -> Result<Self, MotionClipError> {
        config.check()?;
        Ok(load(checkpoint, &Self::allowed(), dtype, device, |vb| Self::new(config, vb))?)
    }

    /// The sizes.
    pub fn config(&self) -> &MotionClipConfig {
        &self.config
    }

    /// Motion to latent: `[batch, frames, inputs]` and `[batch, frames]` (1 where a frame is) →
    /// `[batch, latent]`. Deterministic but for dropout.
    ///
    /// # Errors
    /// [`MotionClipError::Shape`], and candle's.
    pub fn encode(&self, motion: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor, MotionClipError> {
        self.encoder.forward(motion, mask, pass)
    }

    /// Latent to motion: `[batch, latent]` and `[batch, frames]` → `[batch, frames, inputs]`.
    ///
    /// # Errors
    /// [`MotionClipError::Shape`], and candle's.
    pub fn decode(&self, latent: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor, MotionClipError> {
        self.decoder.forward(latent, mask, pass)
    }

    /// A motion for each latent, `[batch, latent]`, of so many frames: `[batch, longest, inputs]`, 0 after
    /// a motion's end.
    ///
    /// A text's CLIP embedding serves as a latent. Training aligns directions only: to what length an
    /// embedding should be scaled is not in the checkpoint, and the reference takes it as it is.
    ///
    /// # Errors
    /// [`MotionClipError::Frames`] for no motion or one without frames, [`MotionClipError::Shape`],
    /// [`MotionClipError::Config`] where a fixed root is asked of landmarks, and candle's.
    pub fn generate(
        &self,
        latent: &Tensor,
        durations: &[usize],
        root: Root,
    ) -> Result<Tensor, MotionClipError> {
        let mask = mask_of_lengths(durations, latent.device())?;
        let motion = self.decode(latent, &mask, &Pass::Infer)?;
        match root {
            Root::Generated => Ok(motion),
            Root::Fixed => self.with_fixed_root(&motion),
        }
    }

    fn with_fixed_root(&self, motion: &Tensor) -> Result<Tensor, MotionClipError> {
        const HALF_TURN: [f32; 6] = [1.0, 0.0, 0.0, 0.0, -1.0, 0.0];
        if self.config.features != HALF_TURN.len() {
            let reason = format!(
                "a fixed root is a rotation: expected nfeats {}, found {}",
                HALF_TURN.len(),
                self.config.features
            );
            return Err(MotionClipError::Config { reason });
        }
        let (batch, frames, inputs) = motion.dims3()?;
        let root = Tensor::new(&HALF_TURN, motion.device())?.to_dtype(motion.dtype())?;
        let root = root.broadcast_as((batch, frames, HALF_TURN.len()))?;
        let others = motion.narrow(2, HALF_TURN.len(), inputs - HALF_TURN.len())?;
        Ok(Tensor::cat(&[&root, &others], 2)?)
    }
}

/// `[batch, longest]`, u8: 1 for a motion's frames, 0 after its end.
///
/// # Errors
/// [`MotionClipError::Frames`] for no motion or one without frames.
pub fn mask_of_lengths(lengths: &[usize], device: &Device) -> Result<Tensor, MotionClipError> {
    let longest = lengths.iter().copied().max().unwrap_or_default();
    if lengths.is_empty() || lengths.contains(&0) || longest > MOST_FRAMES {
        return Err(MotionClipError::Frames { found: lengths.to_vec(), limit: MOST_FRAMES });
    }
    let mask = lengths.iter().flat_map(|&length| (0..longest).map(move |i| u8::from(i < length)));
    Ok(Tensor::from_vec(mask.collect::<Vec<_>>(), (lengths.len(), longest), device)?)
}

/// The reference's `[batch, joints, features, frames]` → `[batch, frames, joints · features]`.
///
/// # Errors
/// Where there are not four dimensions.
pub fn frames_first(motion: &Tensor) -> candle_core::Result<Tensor> {
    motion.permute((0, 3, 1, 2))?.flatten_from(2)
}

/// `[batch, frames, joints · features]` → the reference's `[batch, joints, features, frames]`.
///
/// # Errors
/// Where a frame is not so many joints.
pub fn frames_last(motion: &Tensor, joints: usize) -> candle_core::Result<Tensor> {
    let (batch, frames, inputs) = motion.dims3()?;
    if joints == 0 || !inputs.is_multiple_of(joints) {
        candle_core::bail!("expected a frame of {joints} joints, found {inputs} numbers");
    }
    motion.reshape((batch, frames, joints, inputs / joints))?.permute((0, 2, 3, 1))?.contiguous()
}

/// Refuses a mask of another shape than `[batch, frames]`, or of no frames.
pub(super) fn check_mask(mask: &Tensor, batch: usize, frames: usize) -> Result<(), MotionClipError> {
    if frames > 0 && mask.dims() == [batch, frames] {
        return Ok(());
    }
    let expected = format!("[{batch}, {}]", if frames > 0 { frames.to_string() } else { "frames".into() });
    Err(MotionClipError::Shape { what: "mask", expected, found: mask.dims().to_vec() })
}
