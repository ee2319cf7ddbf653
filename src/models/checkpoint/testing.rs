//! Small checkpoints for tests.

use super::Checkpoint;
use candle_core::{Device, Tensor};
use std::path::PathBuf;

/// A tensor of numbers.
pub(super) fn tensor(numbers: &[f32], shape: &[usize]) -> Tensor {
    Tensor::from_slice(numbers, shape, &Device::Cpu).unwrap()
}

/// Tensors as a safetensors checkpoint in memory.
pub(super) fn checkpoint(tensors: &[(&str, Tensor)]) -> Checkpoint {
    let bytes = safetensors::serialize(tensors.iter().map(|(name, tensor)| (*name, tensor)), None).unwrap();
    Checkpoint::from_bytes(bytes, "test.safetensors").unwrap()
}

/// A file among the tests' data.
pub(super) fn data(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(path)
}
