//! What is trained: where its batches come from, its loss, and how it is judged.

use super::TrainError;
use crate::models::checkpoint::Trainable;
use crate::models::layers::Noise;
use candle_core::Tensor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes batches on a thread of its own.
pub trait Loader: Send + Sync + 'static {
    /// What a step of the network takes.
    type Batch: Send + 'static;

    /// The batches of an epoch, as indices into the training examples. The same seed and epoch give the
    /// same batches; `noise` is of both.
    fn batches(&self, epoch: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>>;

    /// Reads and prepares a batch. `noise` is of the seed and the batch's place in the run.
    ///
    /// # Errors
    /// Whatever is wrong with the data; the run ends with it.
    fn load(&self, examples: &[usize], noise: &Noise) -> Result<Self::Batch, TrainError>;
}

/// The loss of a batch.
pub struct StepLoss {
    /// The mean over the batch's examples, a scalar to go back from.
    pub total: Tensor,
    /// What it is made of and what else is worth a curve, scalars without history.
    pub parts: Vec<(&'static str, Tensor)>,
}

/// A network in training.
pub trait Task {
    /// Makes its batches.
    type Loader: Loader;

    /// Makes its batches; asked for once.
    fn loader(&self) -> Arc<Self::Loader>;

    /// All of its variables. They are made before the run begins, with the weights that it begins from.
    fn trainable(&self) -> &Trainable;

    /// The loss of a batch. `noise` is of the seed and the batch's place in the run.
    ///
    /// # Errors
    /// The network's.
    fn loss(&mut self, batch: <Self::Loader as Loader>::Batch, noise: &Noise)
    -> Result<StepLoss, TrainError>;

    /// What moves by itself after a step, such as codebooks that follow their latents.
    ///
    /// # Errors
    /// The network's.
    fn after_step(&mut self, _noise: &Noise) -> Result<(), TrainError> {
        Ok(())
    }

    /// The metrics of the weights as they stand in [`trainable`](Self::trainable) (the engine puts
    /// averaged ones there for as long). None where there is nothing to validate on.
    ///
    /// # Errors
    /// The network's or the data's.
    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError>;

    /// What a resumed run needs besides the weights.
    fn state(&self) -> BTreeMap<String, Tensor> {
        BTreeMap::new()
    }

    /// Takes up what [`state`](Self::state) gave.
    ///
    /// # Errors
    /// Where something is missing or of another shape.
    fn restore(&mut self, _state: &BTreeMap<String, Tensor>) -> Result<(), TrainError> {
        Ok(())
    }

    /// Parameters that no gradient moves on purpose.
    fn frozen(&self, _name: &str) -> bool {
        false
    }

    /// Pictures of what the network makes by now: titles and SVG.
    ///
    /// # Errors
    /// The network's.
    fn samples(&mut self) -> Result<Vec<(String, String)>, TrainError> {
        Ok(Vec::new())
    }
}
