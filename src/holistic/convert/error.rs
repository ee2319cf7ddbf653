//! Why a file could not be converted.

/// Why a TensorFlow Lite file could not be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The four bytes at 4 that name the format are others.
    #[error("expected a TensorFlow Lite file (\"TFL3\" at byte 4), found {found}")]
    NotTflite {
        /// The bytes that are there, or how few there are.
        found: String,
    },
    /// Bytes that contradict the format: cut, overwritten, or hostile.
    #[error("damaged TensorFlow Lite file: at byte {at}: expected {expected}")]
    Damaged {
        /// Where.
        at: usize,
        /// What the format has there.
        expected: &'static str,
    },
    /// The parts of the file do not fit one another.
    #[error("inconsistent TensorFlow Lite file: {what}: expected {expected}, found {found}")]
    Inconsistent {
        /// Of which part this is said: `tensor 3`, `operator 7 (CONV_2D)`.
        what: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// An operator that no network of Holistic has.
    #[error("operator {index} is {name}, which cannot be converted")]
    UnknownOperator {
        /// Its place in the file's list.
        index: usize,
        /// Its name in TensorFlow Lite's schema, a custom operator's own name, or a number.
        name: String,
    },
    /// A known operator, used in a way that no network of Holistic uses it.
    #[error("operator {index} ({name}): {what} cannot be converted")]
    Unsupported {
        /// Its place in the file's list.
        index: usize,
        /// Its name.
        name: &'static str,
        /// The option, type or shape.
        what: String,
    },
    /// More numbers than any network of Holistic has.
    #[error("its weights would be more than {most} numbers")]
    TooLarge {
        /// How many are the most.
        most: usize,
    },
}
