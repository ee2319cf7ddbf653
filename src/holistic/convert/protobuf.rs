//! Writing Protocol Buffers.

/// A message that is being written.
#[derive(Debug, Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

/// A number of seven bits a byte, the lowest first.
const VARINT: u64 = 0;
/// Bytes after their number.
const BYTES: u64 = 2;

impl Message {
    /// The message.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A whole number. Negative ones are written as 64 bits in two's complement.
    pub(super) fn integer(&mut self, field: u64, number: i64) {
        self.varint(field << 3 | VARINT);
        self.varint(number.cast_unsigned());
    }

    /// Bytes, or text.
    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// A message within this one.
    pub(super) fn message(&mut self, field: u64, write: impl FnOnce(&mut Message)) {
        let mut inner = Message::default();
        write(&mut inner);
        self.bytes(field, &inner.bytes);
    }

    /// Whole numbers without a key before each.
    pub(super) fn packed(&mut self, field: u64, numbers: impl IntoIterator<Item = i64>) {
        self.message(field, |list| {
            numbers.into_iter().for_each(|number| list.varint(number.cast_unsigned()))
        });
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_encoding_guide_has_them() {
        let mut message = Message::default();
        message.integer(1, 150);
        message.bytes(2, b"testing");
        message.message(3, |inner| inner.integer(1, 150));
        message.packed(6, [3, 270, 86942]);
        let expected = b"\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01\x32\x06\x03\x8e\x02\x9e\xa7\x05";
        assert_eq!(message.into_bytes(), expected);
    }

    #[test]
    fn negative_numbers_take_ten_bytes() {
        let mut message = Message::default();
        message.integer(1, -1);
        assert_eq!(message.into_bytes(), [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }
}
