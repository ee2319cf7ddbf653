//! Any bytes: a checkpoint or a refusal, and of a checkpoint no tensor is larger than its file.
#![no_main]

use candle_core::{DType, Device};
use libfuzzer_sys::fuzz_target;
use nashra::models::checkpoint::Checkpoint;

fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes.to_vec(), "fuzz") else { return };
    let whole = checkpoint.whole();
    for tensor in whole.tensors() {
        if let Ok(read) = whole.tensor(tensor.name, DType::F32, &Device::Cpu) {
            assert!(read.elem_count() <= bytes.len());
        }
    }
});
