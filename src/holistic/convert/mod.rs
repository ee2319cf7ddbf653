//! TensorFlow Lite files → ONNX files, for the operators that MediaPipe Holistic's networks use.
//!
//! The reference runs `.tflite` files on TensorFlow Lite; we run ONNX. What is done on the way:
//!
//! - weights that are stored as halves (`DEQUANTIZE`) or sparsely (`DENSIFY`) become dense floats;
//! - four-dimensional values are computed channels first, as ONNX has it, and turned round only where the
//!   graph begins and ends and where an operator flattens them, because a network's input and outputs keep
//!   the channels-last order of the file;
//! - `SAME` padding becomes numbers of pixels, a fused activation an operator of its own.
//!
//! The graph's shapes are static in these files; nothing is inferred. The same bytes give the same ONNX
//! file, bit for bit. Anything that is not known exactly is refused by name rather than approximated.

pub(super) mod constant;
mod error;
mod flatbuffer;
mod lower;
mod onnx_file;
pub(super) mod operator;
mod protobuf;
mod sparse;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
pub(super) mod tflite;

pub use error::ConvertError;

use lower::Lowering;
use tflite::Graph;

/// Makes an ONNX file (operator set 17) of a TensorFlow Lite file.
///
/// Input and outputs have the file's names, order and shapes, channels last.
///
/// # Errors
/// [`ConvertError`]: bytes that are no such file, or an operator, an option or a type that is not known here.
pub fn onnx_of_tflite(bytes: &[u8]) -> Result<Vec<u8>, ConvertError> {
    onnx_of_tflite_without(bytes, &[])
}

/// As [`onnx_of_tflite`], without some outputs (names that the file does not have are no error) and without
/// what would be computed for them alone.
///
/// # Errors
/// As [`onnx_of_tflite`].
pub fn onnx_of_tflite_without(bytes: &[u8], outputs: &[&str]) -> Result<Vec<u8>, ConvertError> {
    let graph = Graph::read(bytes)?;
    Ok(Lowering::new(&graph).run()?.without(outputs).encode())
}
