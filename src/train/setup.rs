//! On what and with what a run computes.

use crate::models::bundles::Loader as Models;
use candle_core::{DType, Device};

/// What all tasks are built with.
#[derive(Debug)]
pub struct Setup {
    /// Where tensors lie.
    pub device: Device,
    /// What the networks compute in. Weights are f32 whatever it is: a network of another type is built
    /// of casts of them at each step, through which gradients go.
    pub dtype: DType,
    /// What first weights follow from.
    pub seed: u64,
    /// Where pretrained encoders and translators are.
    pub models: Models,
}
