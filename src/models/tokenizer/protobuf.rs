//! The wire format of protocol buffers, as far as a SentencePiece model needs it.
//!
//! Only borrows: nothing is allocated and nothing recurses, so hostile bytes cost no more than
//! their length. Groups, which SentencePiece never wrote, are refused.

/// One field of a message: its number and its value.
pub(super) type Field<'a> = (u32, Value<'a>);

/// A value as it lies on the wire; the schema says what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64,
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message in the order in which they were written; ends after the first error.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part = rest.get(..count).ok_or_else(|| {
            format!("cut short at byte {} of a message: expected {count} more, found {}", self.at, rest.len())
        })?;
        self.at += count;
        Ok(part)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(format!("expected a number of at most 10 bytes before byte {} of a message", self.at))
    }

    fn field(&mut self) -> Result<Field<'a>, String> {
        let at = self.at;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0);
        let number = number.ok_or_else(|| format!("expected a field number at byte {at} of a message"))?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed64)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => {
                let mut bytes = [0; 4];
                bytes.copy_from_slice(self.take(4)?);
                Value::Fixed32(bytes)
            }
            other => return Err(format!("expected a wire type of 0, 1, 2 or 5 at byte {at}, found {other}")),
        };
        Ok((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.at = self.bytes.len();
        }
        Some(field)
    }
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self, what: &str) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(format!("expected {what} as bytes, found {}", other.kind())),
        }
    }

    pub(super) fn text(self, what: &str) -> Result<&'a str, String> {
        let bytes = self.bytes(what)?;
        std::str::from_utf8(bytes).map_err(|_| format!("expected {what} in UTF-8, found other bytes"))
    }

    pub(super) fn float(self, what: &str) -> Result<f32, String> {
        match self {
            Self::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            other => Err(format!("expected {what} as a 32-bit number, found {}", other.kind())),
        }
    }

    pub(super) fn varint(self, what: &str) -> Result<u64, String> {
        match self {
            Self::Varint(value) => Ok(value),
            other => Err(format!("expected {what} as a whole number, found {}", other.kind())),
        }
    }

    pub(super) fn flag(self, what: &str) -> Result<bool, String> {
        self.varint(what).map(|value| value != 0)
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Varint(_) => "a whole number",
            Self::Fixed64 => "a 64-bit number",
            Self::Bytes(_) => "bytes",
            Self::Fixed32(_) => "a 32-bit number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_of_every_wire_type_are_read() {
        let bytes = [0x08, 0xac, 0x02, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 1, 7, 0x25, 0, 0, 0x80, 0x3f];
        let fields: Result<Vec<_>, _> = Fields::new(&bytes).collect();
        let one = Value::Fixed32(1_f32.to_le_bytes());
        let expected = vec![(1, Value::Varint(300)), (2, Value::Fixed64), (3, Value::Bytes(&[7])), (4, one)];
        assert_eq!(fields.unwrap(), expected);
        assert_eq!(one.float("a score"), Ok(1.0));
    }

    #[test]
    fn what_is_cut_short_or_endless_is_refused() {
        let bad: [&[u8]; 6] = [
            &[0x08],
            &[0x0a, 5, 1],
            &[0x0d, 0, 0],
            &[0x0b],
            &[0x00, 0x00],
            &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ];
        for bytes in bad {
            assert!(Fields::new(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
        let huge = [0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 127];
        assert!(Fields::new(&huge).any(|field| field.is_err()));
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Fields::new(&bytes).count() <= bytes.len());
        }
    }
}
