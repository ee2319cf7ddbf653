//! Any bytes: an ONNX file or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::holistic::convert::onnx_of_tflite;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(onnx) = onnx_of_tflite(bytes) {
        assert!(!onnx.is_empty());
    }
});
