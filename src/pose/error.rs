//! What can be wrong with landmarks and the files that hold them.

use std::path::PathBuf;

/// Why bytes are not a `.pose` file, or a sequence cannot be written as one.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
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
    /// The first four bytes are no version that exists.
    #[error("not a .pose file, or a newer one: expected version 0, 0.1 or 0.2, found {found:?} (the bytes {:02x?})", found.to_le_bytes())]
    Version {
        /// The first four bytes as a number.
        found: f32,
    },
    /// A name is not UTF-8.
    #[error("expected {expected} in UTF-8 at byte {at}, found other bytes")]
    NotUtf8 {
        /// Where the name begins.
        at: usize,
        /// Which name.
        expected: &'static str,
    },
    /// A component's point format is unknown.
    #[error(
        "component `{component}` has the point format `{found}`: expected x, y and perhaps z, then others, \
         and the confidence last (XYC, XYZC, XYZKC)"
    )]
    PointFormat {
        /// The component.
        component: String,
        /// Its format.
        found: String,
    },
    /// A limb names a point that its component does not have.
    #[error("component `{component}` has {points} points, found a limb between {from} and {to}")]
    Limb {
        /// The component.
        component: String,
        /// How many points it has.
        points: usize,
        /// One end.
        from: u16,
        /// The other end.
        to: u16,
    },
    /// Frames a second that nothing can be played at.
    #[error("expected a rate above 0 frames a second, found {found}")]
    Rate {
        /// The rate.
        found: f32,
    },
    /// The header promises more or less than the bytes hold.
    #[error(
        "the header promises {frames} frames of {people} people with {points} points: {expected} bytes, \
         found {found}"
    )]
    Body {
        /// Frames by the header.
        frames: u64,
        /// People by the header.
        people: u64,
        /// Points by the header.
        points: u64,
        /// Bytes that this needs.
        expected: u64,
        /// Bytes after the header.
        found: u64,
    },
    /// A small file that would become very large in memory.
    #[error("the body would unpack to {bytes} bytes, far more than its file: refused")]
    Bloated {
        /// Bytes that it would unpack to.
        bytes: u64,
    },
    /// No single signer can be taken from the file.
    #[error("expected one person, found {found}: choose one with `PoseFile::person`")]
    People {
        /// How many people there are.
        found: usize,
    },
    /// There is nothing to be a landmark.
    #[error("expected at least one point, found components without any")]
    NoPoints,
    /// Something is larger than the format's field for it.
    #[error("{what} is {found}, the format's limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The largest size that can be written.
        limit: usize,
    },
    /// Numbers and header do not belong together.
    #[error("expected {expected} {what}, found {found}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many the header asks for.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

/// Why a `.pose` file could not be read or written; names the file. The message is whole: the reason
/// is part of it and not a source of its own, so that nothing prints it twice.
#[derive(Debug, thiserror::Error)]
pub enum PoseFileError {
    /// The operating system refused to read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The operating system refused to write.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A folder, a device, a pipe.
    #[error("{}: expected a file, found something else", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Larger than any recording of a signer.
    #[error("{}: {bytes} bytes, larger than the {limit} that are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// The bytes are not what they should be.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: FormatError,
    },
}

/// Why an operation cannot be done on a sequence.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum LandmarkError {
    /// A point that the operation needs is not in the layout.
    #[error("the landmarks have no point `{point}` in a component `{component}`; they have: {available}")]
    MissingPoint {
        /// The component.
        component: String,
        /// The point.
        point: String,
        /// Component names that there are.
        available: String,
    },
    /// Both shoulders are never seen in one frame, so there is nothing to measure by.
    #[error("the shoulders are never seen together in {frames} frames: there is no width to scale by")]
    NoShoulders {
        /// Frames looked at.
        frames: usize,
    },
    /// A rate that nothing can be played at, or that makes a sequence of absurd length.
    #[error("cannot bring {frames} frames at {from} a second to {to} a second")]
    Rate {
        /// How many frames there are.
        frames: usize,
        /// The rate that they have.
        from: f32,
        /// The rate asked for.
        to: f32,
    },
}
