//! NumPy's `.npy` files: one array of numbers, as much of the format as landmarks are stored in.
//!
//! Versions 1 to 3, numbers of two to eight bytes, floats and integers, row by row ("C order"). Pickled
//! objects are refused: reading them would mean running them. A header's word is never believed beyond
//! what the file's bytes hold, so a lying one costs an error and no memory.

use half::f16;
use std::path::Path;

/// Files above this are refused: an hour of 543 points at 60 frames a second in eight bytes.
const LARGEST_FILE: u64 = 3 << 30;

/// Arrays of landmarks have two or three dimensions.
const MOST_DIMENSIONS: usize = 6;

const MAGIC: &[u8] = b"\x93NUMPY";

/// An array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    /// Its size in each dimension; none for a single number.
    pub(super) shape: Vec<usize>,
    /// The numbers, the last dimension running fastest.
    pub(super) values: Vec<f32>,
}

/// Why bytes are no array that can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum NpyError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("the file is empty (0 bytes)")]
    Empty,
    #[error("{found} bytes, larger than the {LARGEST_FILE} that are read")]
    TooLarge { found: u64 },
    #[error("not a .npy file: expected it to begin with \\x93NUMPY")]
    Magic,
    #[error("expected version 1, 2 or 3 of the format, found {found}")]
    Version { found: u8 },
    #[error("cut short in its header")]
    Truncated,
    #[error("its header has no readable `{key}`")]
    Header { key: &'static str },
    #[error("holds numbers of the type {found:?}; expected floats or integers, such as \"<f4\" or \"<f8\"")]
    Type { found: String },
    #[error("is stored column by column; expected row by row (fortran_order False)")]
    ColumnOrder,
    #[error("the header promises {expected} numbers, the file holds {found}")]
    Length { expected: u64, found: u64 },
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Array, NpyError> {
    match std::fs::metadata(path)?.len() {
        0 => Err(NpyError::Empty),
        found if found > LARGEST_FILE => Err(NpyError::TooLarge { found }),
        _ => from_bytes(&std::fs::read(path)?),
    }
}

/// Reads a file's bytes.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Array, NpyError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(NpyError::Magic)?;
    let (version, rest) = rest.split_at_checked(2).ok_or(NpyError::Truncated)?;
    let width = match version[0] {
        1 => 2,
        2 | 3 => 4,
        found => return Err(NpyError::Version { found }),
    };
    let (length, rest) = rest.split_at_checked(width).ok_or(NpyError::Truncated)?;
    let length = length.iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    let (header, body) = rest.split_at_checked(length).ok_or(NpyError::Truncated)?;
    let header = String::from_utf8_lossy(header);
    let number = Number::from_name(text(&header)?)?;
    let shape = shape(&header)?;
    if is_column_order(&header)? && shape.iter().filter(|size| **size != 1).count() > 1 {
        return Err(NpyError::ColumnOrder);
    }
    let expected = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size as u64));
    let found = (body.len() / number.bytes) as u64;
    match expected {
        Some(expected) if expected <= found => {
            let values = body.chunks_exact(number.bytes).take(expected as usize);
            Ok(Array { shape, values: values.map(|bytes| number.value(bytes)).collect() })
        }
        expected => Err(NpyError::Length { expected: expected.unwrap_or(u64::MAX), found }),
    }
}

/// What follows a key of the header, which is a Python dictionary's text.
fn after<'a>(header: &'a str, key: &'static str) -> Result<&'a str, NpyError> {
    let wrong = || NpyError::Header { key };
    let (_, rest) =
        ['\'', '"'].iter().find_map(|q| header.split_once(&format!("{q}{key}{q}"))).ok_or_else(wrong)?;
    rest.trim_start().strip_prefix(':').map(str::trim_start).ok_or_else(wrong)
}

fn text(header: &str) -> Result<&str, NpyError> {
    let rest = after(header, "descr")?;
    let quoted = rest.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    // Several fields a number: a list of them instead of one text.
    quoted.ok_or_else(|| NpyError::Type { found: rest.chars().take(24).collect() })
}

fn is_column_order(header: &str) -> Result<bool, NpyError> {
    Ok(after(header, "fortran_order")?.starts_with("True"))
}

fn shape(header: &str) -> Result<Vec<usize>, NpyError> {
    let wrong = || NpyError::Header { key: "shape" };
    let rest = after(header, "shape")?.strip_prefix('(').ok_or_else(wrong)?;
    let (inside, _) = rest.split_once(')').ok_or_else(wrong)?;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    let sizes = sizes.map(|size| size.parse().map_err(|_| wrong())).collect::<Result<Vec<usize>, _>>()?;
    if sizes.len() > MOST_DIMENSIONS { Err(wrong()) } else { Ok(sizes) }
}

/// How one number is stored.
struct Number {
    is_big_endian: bool,
    /// `f`, `i`, `u`, or `b` for true and false.
    kind: char,
    bytes: usize,
}

impl Number {
    fn from_name(name: &str) -> Result<Self, NpyError> {
        let wrong = || NpyError::Type { found: name.chars().take(24).collect() };
        let mut letters = name.chars();
        let order = letters.next().filter(|order| "<>=|".contains(*order)).ok_or_else(wrong)?;
        let kind = letters.next().ok_or_else(wrong)?;
        let bytes = letters.as_str().parse().map_err(|_| wrong())?;
        match (kind, bytes) {
            ('f', 2 | 4 | 8) | ('i' | 'u', 1 | 2 | 4 | 8) | ('b', 1) => {
                Ok(Self { is_big_endian: order == '>', kind, bytes })
            }
            _ => Err(wrong()),
        }
    }

    /// The number in `self.bytes` bytes.
    fn value(&self, bytes: &[u8]) -> f32 {
        let mut little = [0; 8];
        for (to, from) in little.iter_mut().zip(bytes) {
            *to = *from;
        }
        if self.is_big_endian {
            little[..self.bytes.min(8)].reverse();
        }
        let bits = u64::from_le_bytes(little);
        let unused = 64 - 8 * self.bytes as u32;
        match (self.kind, self.bytes) {
            ('f', 2) => f16::from_bits(bits as u16).to_f32(),
            ('f', 4) => f32::from_bits(bits as u32),
            ('f', _) => f64::from_bits(bits) as f32,
            // The sign is brought to the top and down again.
            ('i', _) => ((bits << unused) as i64 >> unused) as f32,
            _ => bits as f32,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file's bytes as NumPy writes them.
    pub(in crate::dataset::import) fn file(descr: &str, shape: &str, body: &[u8]) -> Vec<u8> {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(body);
        bytes
    }

    /// A vector of 32-bit floats as a file's bytes.
    pub(in crate::dataset::import) fn vector(values: &[f32]) -> Vec<u8> {
        let body: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        file("<f4", &format!("({},)", values.len()), &body)
    }

    #[test]
    fn every_kind_of_number_is_read() {
        let cases: [(&str, Vec<u8>); 9] = [
            ("<f4", (-3.0_f32).to_le_bytes().to_vec()),
            (">f4", (-3.0_f32).to_be_bytes().to_vec()),
            ("<f8", (-3.0_f64).to_le_bytes().to_vec()),
            (">f8", (-3.0_f64).to_be_bytes().to_vec()),
            ("<f2", f16::from_f32(-3.0).to_le_bytes().to_vec()),
            ("|i1", (-3_i8).to_le_bytes().to_vec()),
            ("<i2", (-3_i16).to_le_bytes().to_vec()),
            (">i4", (-3_i32).to_be_bytes().to_vec()),
            ("<i8", (-3_i64).to_le_bytes().to_vec()),
        ];
        for (descr, body) in cases {
            let array = from_bytes(&file(descr, "(1,)", &body)).unwrap();
            assert_eq!((array.shape, array.values), (vec![1], vec![-3.0]), "{descr}");
        }
        assert_eq!(from_bytes(&file("<u2", "(1, 2)", &[1, 0, 255, 255])).unwrap().values, [1.0, 65535.0]);
        assert_eq!(from_bytes(&file("<f4", "()", &7_f32.to_le_bytes())).unwrap().shape, [0_usize; 0]);
    }

    #[test]
    fn the_second_version_has_a_longer_header() {
        let first = vector(&[1.0, 2.0]);
        let mut second = MAGIC.to_vec();
        second.extend([2, 0]);
        second.extend([first[8], first[9], 0, 0]);
        second.extend(&first[10..]);
        assert_eq!(from_bytes(&second).unwrap(), from_bytes(&first).unwrap());
    }

    #[test]
    fn what_cannot_be_read_says_what_was_found() {
        let message = |bytes: &[u8]| from_bytes(bytes).unwrap_err().to_string();
        assert!(message(b"PK\x03\x04").contains("NUMPY"));
        assert!(message(&file("|O", "(1,)", &[0; 8])).contains("|O"));
        assert!(message(&file("<f4", "(999999999999, 999999999999)", &[0; 8])).contains("holds 2"));
        assert!(message(&vector(&[1.0])[..20]).contains("cut short"));
        let columns = String::from_utf8_lossy(&file("<f4", "(2, 2)", &[0; 16])).replace("False", "True ");
        // The magic byte is no UTF-8: put it back.
        let mut columns = columns.into_bytes();
        columns.splice(0..'\u{fffd}'.len_utf8(), [0x93]);
        assert!(message(&columns).contains("column by column"), "{}", message(&columns));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn damage_is_an_error_or_another_array_but_never_a_panic(
            values in proptest::collection::vec(-9.0_f32..9.0, 0..40),
            damage in proptest::collection::vec((0_usize..400, any::<u8>()), 0..8),
            cut in 0_usize..400,
        ) {
            let mut bytes = vector(&values);
            prop_assert_eq!(&from_bytes(&bytes).unwrap().values, &values);
            for (at, byte) in damage {
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            bytes.truncate(bytes.len().max(cut) - cut.min(bytes.len()));
            if let Ok(array) = from_bytes(&bytes) {
                prop_assert_eq!(array.values.len(), array.shape.iter().product::<usize>());
                prop_assert!(array.values.len() <= bytes.len());
            }
        }
    }
}
