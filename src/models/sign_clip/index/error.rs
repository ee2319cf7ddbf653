//! What can be wrong with an index and what is asked of it.

use std::path::PathBuf;

/// Why an index cannot be made, read or searched.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Not so many rows of so many numbers.
    #[error("expected {rows} rows of {width} numbers (1 or more), found {found} numbers in all")]
    Shape {
        /// Names that were given.
        rows: usize,
        /// Numbers that a row should have.
        width: usize,
        /// Numbers that there are.
        found: usize,
    },
    /// A row that nothing is like.
    #[error("row {row}, {name:?}, is {reason}")]
    Row {
        /// Which.
        row: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A query of another width.
    #[error("expected queries of {width} numbers each, found {found} numbers")]
    Query {
        /// Numbers that a row has.
        width: usize,
        /// Numbers that there are.
        found: usize,
    },
    /// A query that is like nothing.
    #[error("the query is {reason}")]
    BadQuery {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file that cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
}
