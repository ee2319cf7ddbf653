//! Steps without a run: what the benchmark of training times.

use super::optimiser::{AdamW, Gradients};
use super::{RunConfig, TrainError};
use crate::models::checkpoint::Trainable;
use candle_core::Tensor;

/// Moves a network's weights by the gradients of losses, as a run does, and keeps no record of it.
pub struct Stepper {
    optimiser: AdamW,
    clip_norm: f64,
}

impl Stepper {
    /// For all variables but the frozen ones, which are told by name.
    ///
    /// # Errors
    /// Where nothing is left to train.
    pub fn new(
        config: &RunConfig,
        trainable: &Trainable,
        frozen: impl Fn(&str) -> bool,
    ) -> Result<Self, TrainError> {
        let optimiser = AdamW::new(&config.optimiser, &config.groups, trainable.vars(), frozen)?;
        Ok(Self { optimiser, clip_norm: config.clip_norm })
    }

    /// Back from a loss, and a step of AdamW with gradients clipped.
    ///
    /// # Errors
    /// candle's.
    pub fn step(&mut self, loss: &Tensor) -> Result<(), TrainError> {
        let mut gradients = Gradients::new(self.optimiser.slots());
        gradients.add(self.optimiser.slots(), loss.backward()?, 1.0)?;
        let scale = gradients.norms()?.scale(self.clip_norm);
        self.optimiser.step(&gradients, 1.0, scale)
    }
}
