//! What can be wrong with a checkpoint, from its bytes to the network that reads it.

use super::{Mismatch, StoredType};
use candle_core::DType;
use std::path::PathBuf;

/// Why weights could not be read, loaded or written; names the file. The message is whole: the reason
/// is part of it and not a source of its own, so that nothing prints it twice.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The operating system refused to read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The operating system refused to write, or the tensors cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The bytes are not what they should be.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: FormatError,
    },
    /// No tensor has this name.
    #[error("{}: expected a tensor `{name}`, found {count} others", path.display())]
    NoTensor {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// How many tensors there are.
        count: usize,
    },
    /// No tensor's name begins with this part.
    #[error("{}: expected tensors under `{part}`, found {found}", path.display())]
    NothingUnder {
        /// The file.
        path: PathBuf,
        /// The part asked for.
        part: String,
        /// What the names begin with.
        found: String,
    },
    /// Renaming gave two tensors one name.
    #[error("{}: two tensors would be called `{name}`", path.display())]
    Collision {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A tensor cannot be read as it was asked for.
    #[error("{}: tensor `{name}`: {reason}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Why.
        reason: TensorError,
    },
    /// Names or shapes are not those of the network.
    #[error("{}: {mismatch}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// All that differs.
        mismatch: Box<Mismatch>,
    },
    /// The network itself could not be built.
    #[error("the network cannot be built: {reason}")]
    Network {
        /// candle's reason.
        reason: candle_core::Error,
    },
    /// A line is not `name<TAB>type<TAB>[shape]`.
    #[error("expected `name<TAB>type<TAB>[shape]` in line {line}, found `{found}`")]
    Listing {
        /// The line, from 1.
        line: usize,
        /// What it is.
        found: String,
    },
}

/// Why a tensor cannot be read as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TensorError {
    /// Complex, quantised or 8-bit numbers.
    #[error("its numbers are of a kind that is not read (complex, quantised or smaller than 16 bits)")]
    Foreign,
    /// Fractions asked for as whole numbers, or a type that nothing is read as.
    #[error("stored as {stored}, cannot be read as {wanted:?}")]
    Conversion {
        /// As it is stored.
        stored: StoredType,
        /// As it was asked for.
        wanted: DType,
    },
    /// A whole number that does not fit the type asked for.
    #[error("the value {value} does not fit {wanted:?}")]
    OutOfRange {
        /// The number.
        value: i64,
        /// As it was asked for.
        wanted: DType,
    },
    /// A weight that is no number: training diverged, or the file is damaged.
    #[error("expected finite numbers, found {value} at element {at}")]
    NotFinite {
        /// Which element, in row-major order.
        at: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// Several elements share one number (an expanded tensor).
    #[error("shape {shape:?} with strides {strides:?} uses stored numbers more than once")]
    Overlap {
        /// The shape.
        shape: Vec<usize>,
        /// Steps between neighbours, in elements.
        strides: Vec<usize>,
    },
    /// candle's reason.
    #[error("{0}")]
    Candle(Box<candle_core::Error>),
}

/// Why bytes are not a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Something else altogether.
    #[error("expected safetensors or a file of torch.save, found {found}")]
    Unknown {
        /// What it looks like.
        found: &'static str,
    },
    /// The bytes end in the middle of something.
    #[error("cut short at byte {at}: expected {expected}, {needed} bytes, and found {left}")]
    Truncated {
        /// Where the missing part begins.
        at: usize,
        /// What was being read.
        expected: &'static str,
        /// How many bytes it needs.
        needed: u64,
        /// How many there are.
        left: usize,
    },
    /// The safetensors header is wrong.
    #[error("a damaged or unfinished safetensors file: {0}")]
    Safetensors(String),
    /// The zip directory is wrong.
    #[error("a damaged or unfinished zip file: {0}")]
    Zip(String),
    /// A zip file of something else.
    #[error("a zip file, but not of torch.save: no `data.pkl` in it")]
    NoPickle,
    /// An entry that torch stores, compressed by something else.
    #[error("zip entry `{entry}` is compressed; torch.save stores it as it is")]
    Compressed {
        /// The entry.
        entry: String,
    },
    /// Numbers with their most significant byte first.
    #[error("written on a big-endian machine, which is not read")]
    BigEndian,
    /// The pickle is wrong.
    #[error(transparent)]
    Pickle(PickleError),
    /// A tensor's storage is not in the file.
    #[error("the numbers of storage `{key}` are not in the file")]
    NoStorage {
        /// The storage's key.
        key: String,
    },
    /// A storage is shorter than the pickle says.
    #[error("storage `{key}`: expected {expected} bytes, found {found}")]
    Storage {
        /// The storage's key.
        key: String,
        /// By the pickle.
        expected: u64,
        /// In the file.
        found: u64,
    },
    /// A tensor reaches outside its storage.
    #[error("tensor `{name}`: shape {shape:?} from element {offset} on does not fit its {room} stored bytes")]
    View {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Where it begins in its storage, in elements.
        offset: usize,
        /// The storage's bytes.
        room: usize,
    },
    /// Two tensors of one name.
    #[error("two tensors are called `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Dictionaries within themselves, or far more and longer names than weights have.
    #[error("its dictionaries contain each other, or name more than any network has")]
    Tangled,
    /// Nothing that could be a weight.
    #[error("no tensors in it: {hint}")]
    NoTensors {
        /// What it seems to be.
        hint: &'static str,
    },
    /// The list of a checkpoint's parts is wrong.
    #[error("a list of a checkpoint's parts, but {0}")]
    Index(String),
}

/// Why a pickle cannot be read. `at` counts bytes from the pickle's beginning.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PickleError {
    /// The bytes end before the pickle does.
    #[error("pickle cut short at byte {at}")]
    Truncated {
        /// Where more was expected.
        at: usize,
    },
    /// An instruction that torch never writes.
    #[error("unknown pickle instruction {opcode:#04x} at byte {at}")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Where.
        at: usize,
    },
    /// An instruction found something else on the stack.
    #[error("pickle instruction at byte {at}: expected {expected}, found something else")]
    Expected {
        /// What it needs.
        expected: &'static str,
        /// Where.
        at: usize,
    },
    /// More of something than any checkpoint has.
    #[error("pickle at byte {at}: more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Where.
        at: usize,
    },
}
