//! Little-endian reading and writing with an error for whatever is missing.

use super::FormatError;

/// A place in bytes; every read says what it expected, so that errors can.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that are not read yet.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn take(&mut self, count: usize, expected: &'static str) -> Result<&'a [u8], FormatError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part = rest.get(..count).ok_or(FormatError::Truncated {
            at: self.at,
            expected,
            needed: count as u64,
            left: rest.len(),
        })?;
        self.at += count;
        Ok(part)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, expected)?);
        Ok(array)
    }

    pub(super) fn u16(&mut self, expected: &'static str) -> Result<u16, FormatError> {
        Ok(u16::from_le_bytes(self.array(expected)?))
    }

    pub(super) fn u32(&mut self, expected: &'static str) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array(expected)?))
    }

    pub(super) fn f32(&mut self, expected: &'static str) -> Result<f32, FormatError> {
        Ok(f32::from_le_bytes(self.array(expected)?))
    }

    /// `count` numbers; nothing is allocated before the bytes are known to be there.
    pub(super) fn f32s(&mut self, count: usize, expected: &'static str) -> Result<Vec<f32>, FormatError> {
        let (numbers, _) = self.take(count.saturating_mul(4), expected)?.as_chunks::<4>();
        Ok(numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// A name: its length in bytes, then UTF-8.
    pub(super) fn text(&mut self, expected: &'static str) -> Result<String, FormatError> {
        let length = self.u16(expected)?;
        let at = self.at;
        let bytes = self.take(length.into(), expected)?;
        let text = std::str::from_utf8(bytes).map_err(|_| FormatError::NotUtf8 { at, expected })?;
        Ok(text.to_owned())
    }
}

/// A count as the format's `u16`.
pub(super) fn short(count: usize, what: &'static str) -> Result<u16, FormatError> {
    u16::try_from(count).map_err(|_| FormatError::TooLarge { what, found: count, limit: u16::MAX.into() })
}

/// Appends a name: its length in bytes, then UTF-8.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str, what: &'static str) -> Result<(), FormatError> {
    out.extend(short(text.len(), what)?.to_le_bytes());
    out.extend(text.as_bytes());
    Ok(())
}

/// Appends numbers.
pub(super) fn put_f32s(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = f32>) {
    for number in numbers {
        out.extend(number.to_le_bytes());
    }
}
