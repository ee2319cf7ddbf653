//! Where a tensor's numbers lie in a file, and how they are read from there.

use super::TensorError;
use super::file::Bytes;
use candle_core::{DType, Device, Tensor, WithDType};
use half::{bf16, f16};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The kind of number that a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredType {
    /// IEEE 754 double.
    F64,
    /// IEEE 754 single.
    F32,
    /// IEEE 754 half.
    F16,
    /// The upper half of a single.
    BF16,
    /// 64 bits, signed.
    I64,
    /// 32 bits, signed.
    I32,
    /// 16 bits, signed.
    I16,
    /// 8 bits, signed.
    I8,
    /// 32 bits, unsigned.
    U32,
    /// 16 bits, unsigned.
    U16,
    /// 8 bits, unsigned.
    U8,
    /// A byte that is 0 or 1.
    Bool,
    /// Anything else: listed, but not read.
    Foreign,
}

impl StoredType {
    /// PyTorch's name: `float32`, `int64`.
    pub fn torch_name(self) -> &'static str {
        match self {
            Self::F64 => "float64",
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
            Self::I64 => "int64",
            Self::I32 => "int32",
            Self::I16 => "int16",
            Self::I8 => "int8",
            Self::U32 => "uint32",
            Self::U16 => "uint16",
            Self::U8 => "uint8",
            Self::Bool => "bool",
            Self::Foreign => "foreign",
        }
    }

    /// Bytes of one number; `None` where nobody knows.
    pub(super) fn size(self) -> Option<usize> {
        match self {
            Self::F64 | Self::I64 => Some(8),
            Self::F32 | Self::I32 | Self::U32 => Some(4),
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => Some(2),
            Self::I8 | Self::U8 | Self::Bool => Some(1),
            Self::Foreign => None,
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::BF16)
    }
}

impl fmt::Display for StoredType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.torch_name())
    }
}

/// A tensor in a file. Its numbers are known to lie inside the file.
#[derive(Clone, Debug)]
pub(super) struct TensorView {
    file: Arc<Bytes>,
    /// From the first element to the last.
    bytes: Range<usize>,
    pub(super) stored: StoredType,
    pub(super) shape: Vec<usize>,
    /// Steps between neighbours in elements; `None` for row-major order without gaps.
    strides: Option<Vec<usize>>,
}

/// How a tensor lies in its storage, in elements.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// `None` for row-major order.
    pub(super) strides: Option<Vec<usize>>,
}

impl TensorView {
    /// A tensor in the bytes `storage` of a file; `None` where it reaches outside of them.
    pub(super) fn new(
        file: &Arc<Bytes>,
        storage: Range<usize>,
        stored: StoredType,
        layout: Layout,
    ) -> Option<Self> {
        let Layout { offset, shape, strides } = layout;
        let strides = strides.filter(|strides| !is_row_major(&shape, strides));
        let bytes = match stored.size() {
            None => storage.start..storage.start,
            Some(size) => {
                let begin = storage.start.checked_add(offset.checked_mul(size)?)?;
                let span = span(&shape, strides.as_deref())?.checked_mul(size)?;
                begin..begin.checked_add(span)?
            }
        };
        let inside = storage.start <= bytes.start && bytes.end <= storage.end && storage.end <= file.len();
        inside.then(|| Self { file: file.clone(), bytes, stored, shape, strides })
    }

    /// Reads and converts; with `finite`, refuses NaN and infinities.
    pub(super) fn read(&self, dtype: DType, device: &Device, finite: bool) -> Result<Tensor, TensorError> {
        if let Some(strides) = &self.strides
            && overlaps(&self.shape, strides)
        {
            return Err(TensorError::Overlap { shape: self.shape.clone(), strides: strides.clone() });
        }
        match dtype {
            DType::F32 => self.floats::<f32>(device, finite),
            DType::F64 => self.floats::<f64>(device, finite),
            DType::F16 => self.floats::<f16>(device, finite),
            DType::BF16 => self.floats::<bf16>(device, finite),
            DType::I64 => self.integers::<i64>(device),
            DType::I32 => self.integers::<i32>(device),
            DType::U32 => self.integers::<u32>(device),
            DType::U8 => self.integers::<u8>(device),
            wanted => Err(TensorError::Conversion { stored: self.stored, wanted }),
        }
    }

    fn floats<T: Float>(&self, device: &Device, finite: bool) -> Result<Tensor, TensorError> {
        let numbers: Vec<T> = match self.stored {
            StoredType::F64 => self.elements(|b| T::from_double(f64::from_le_bytes(b))),
            StoredType::F32 => self.elements(|b| T::from_single(f32::from_le_bytes(b))),
            StoredType::F16 => self.elements(|b| T::from_single(f16::from_le_bytes(b).to_f32())),
            StoredType::BF16 => self.elements(|b| T::from_single(bf16::from_le_bytes(b).to_f32())),
            _ => self.whole_numbers()?.into_iter().map(|n| T::from_double(n as f64)).collect(),
        };
        if finite && let Some(at) = numbers.iter().position(|n| !n.finite()) {
            let value = numbers.get(at).map_or(f64::NAN, |n| n.to_f64());
            return Err(TensorError::NotFinite { at, value });
        }
        Tensor::from_vec(numbers, self.shape.as_slice(), device).map_err(|e| TensorError::Candle(Box::new(e)))
    }

    fn integers<T: WithDType + TryFrom<i64>>(&self, device: &Device) -> Result<Tensor, TensorError> {
        let wanted = T::DTYPE;
        if self.stored.is_float() {
            return Err(TensorError::Conversion { stored: self.stored, wanted });
        }
        let fit = |value| T::try_from(value).map_err(|_| TensorError::OutOfRange { value, wanted });
        let numbers: Vec<T> = self.whole_numbers()?.into_iter().map(fit).collect::<Result<_, _>>()?;
        Tensor::from_vec(numbers, self.shape.as_slice(), device).map_err(|e| TensorError::Candle(Box::new(e)))
    }

    fn whole_numbers(&self) -> Result<Vec<i64>, TensorError> {
        Ok(match self.stored {
            StoredType::I64 => self.elements(i64::from_le_bytes),
            StoredType::I32 => self.elements(|b| i32::from_le_bytes(b).into()),
            StoredType::I16 => self.elements(|b| i16::from_le_bytes(b).into()),
            StoredType::I8 => self.elements(|b| i8::from_le_bytes(b).into()),
            StoredType::U32 => self.elements(|b| u32::from_le_bytes(b).into()),
            StoredType::U16 => self.elements(|b| u16::from_le_bytes(b).into()),
            StoredType::U8 => self.elements(|[b]| b.into()),
            StoredType::Bool => self.elements(|[b]| (b != 0).into()),
            _ => return Err(TensorError::Foreign),
        })
    }

    /// The elements in row-major order, whatever order they are stored in.
    fn elements<T, const N: usize>(&self, decode: impl Fn([u8; N]) -> T) -> Vec<T> {
        let bytes = self.file.get(self.bytes.clone()).unwrap_or_default();
        let (cells, _) = bytes.as_chunks::<N>();
        match &self.strides {
            None => cells.iter().map(|cell| decode(*cell)).collect(),
            Some(strides) => {
                let count = self.shape.iter().product();
                let positions = (0..count).map(|index| position(index, &self.shape, strides));
                positions.filter_map(|at| cells.get(at)).map(|cell| decode(*cell)).collect()
            }
        }
    }
}

/// Where the element of a row-major index is stored.
fn position(mut index: usize, shape: &[usize], strides: &[usize]) -> usize {
    let mut at = 0;
    for (&length, &stride) in shape.iter().zip(strides).rev() {
        at += index % length * stride;
        index /= length;
    }
    at
}

/// Elements from the first to the last, the gaps between them included; `None` for more than can be.
fn span(shape: &[usize], strides: Option<&[usize]>) -> Option<usize> {
    // A length of 0 does not excuse the others: candle multiplies them all.
    let count = shape.iter().copied().filter(|length| *length > 0).try_fold(1, usize::checked_mul)?;
    if shape.contains(&0) {
        return Some(0);
    }
    let Some(strides) = strides else { return Some(count) };
    let reach =
        |sum: usize, (&length, &stride): (&usize, &usize)| sum.checked_add((length - 1).checked_mul(stride)?);
    shape.iter().zip(strides).try_fold(1, reach)
}

fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1usize;
    shape.iter().zip(strides).rev().all(|(&length, &stride)| {
        let fits = length == 1 || stride == expected;
        expected = expected.saturating_mul(length);
        fits
    })
}

/// Whether two elements could share a number: every step must reach past all that smaller steps cover.
/// Views that interleave without touching would be refused too; torch makes none of a weight.
fn overlaps(shape: &[usize], strides: &[usize]) -> bool {
    let mut steps: Vec<(usize, usize)> =
        strides.iter().zip(shape).filter(|(_, length)| **length > 1).map(|(s, l)| (*s, *l)).collect();
    steps.sort_unstable();
    let mut covered = 0usize;
    steps.into_iter().any(|(stride, length)| {
        let touches = stride <= covered;
        covered = covered.saturating_add(stride.saturating_mul(length - 1));
        touches
    })
}

/// What weights are read as.
trait Float: WithDType {
    fn from_single(value: f32) -> Self;
    fn from_double(value: f64) -> Self;
    fn finite(&self) -> bool;
}

impl Float for f32 {
    fn from_single(value: f32) -> Self {
        value
    }
    fn from_double(value: f64) -> Self {
        value as f32
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
}

impl Float for f64 {
    fn from_single(value: f32) -> Self {
        value.into()
    }
    fn from_double(value: f64) -> Self {
        value
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
}

impl Float for f16 {
    fn from_single(value: f32) -> Self {
        Self::from_f32(value)
    }
    fn from_double(value: f64) -> Self {
        Self::from_f64(value)
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
}

impl Float for bf16 {
    fn from_single(value: f32) -> Self {
        Self::from_f32(value)
    }
    fn from_double(value: f64) -> Self {
        Self::from_f64(value)
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
}
