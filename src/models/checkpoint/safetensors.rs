//! Safetensors: a JSON header of names, types and shapes, then the numbers without gaps.

use super::container::Contents;
use super::file::Bytes;
use super::tensor_view::{Layout, TensorView};
use super::{FormatError, StoredType};
use ::safetensors::{Dtype, SafeTensors};
use std::sync::Arc;

/// Whether bytes begin as such a file does: the header's length, which is far below 2^32, then JSON.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.get(4..9) == Some(b"\0\0\0\0{")
}

/// Reads the header.
pub(super) fn read(file: &Arc<Bytes>) -> Result<Contents, FormatError> {
    let wrong = |reason: String| FormatError::Safetensors(reason);
    let (length, header) = SafeTensors::read_metadata(file).map_err(|e| wrong(e.to_string()))?;
    let mut contents = Contents::default();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        let begin = 8 + length;
        let storage = begin + info.data_offsets.0..begin + info.data_offsets.1;
        let layout = Layout { offset: 0, shape: info.shape.clone(), strides: None };
        let view = TensorView::new(file, storage, stored(info.dtype), layout);
        let view = view.ok_or_else(|| wrong(format!("`{name}` does not fit its bytes")))?;
        contents.views.insert(name, Arc::new(view));
    }
    if contents.views.is_empty() {
        return Err(FormatError::NoTensors { hint: "its header is empty" });
    }
    Ok(contents)
}

fn stored(dtype: Dtype) -> StoredType {
    match dtype {
        Dtype::F64 => StoredType::F64,
        Dtype::F32 => StoredType::F32,
        Dtype::F16 => StoredType::F16,
        Dtype::BF16 => StoredType::BF16,
        Dtype::I64 => StoredType::I64,
        Dtype::I32 => StoredType::I32,
        Dtype::I16 => StoredType::I16,
        Dtype::I8 => StoredType::I8,
        Dtype::U32 => StoredType::U32,
        Dtype::U16 => StoredType::U16,
        Dtype::U8 => StoredType::U8,
        Dtype::BOOL => StoredType::Bool,
        _ => StoredType::Foreign,
    }
}
