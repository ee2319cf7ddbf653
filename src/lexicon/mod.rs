//! Signs and letters: what the system can sign, how each is moved, and where each comes from.
//!
//! [`Lexicon`] holds the entries of all kinds in one list and finds them by folded Arabic words, by
//! letter, or by number. What ships is text under `assets/lexicon/`: handshapes, practice signs and
//! number signs in a phonological notation, and letters as measured joint angles. Folders of
//! recordings are imported beside it and take precedence.

mod builtin;
mod check;
mod compile;
mod document;
mod entry;
mod error;
mod handshapes;
mod import;
mod key;
pub mod letters;
mod load;
mod movement;
mod non_manual;
mod notation;
mod orientation;
mod provenance;
mod recording;
mod registry;
mod signs;
mod store;
mod wrist;

pub use check::{FileCheck, check_file};
pub use entry::{Category, Entry, SignClip, SignId};
pub use error::LexiconError;
pub use handshapes::Handshapes;
pub use import::{ImportReport, RejectedRow};
pub use provenance::{Provenance, Review, TrainedOn};
pub use registry::LexiconConfig;
pub(crate) use registry::data_dir;
pub use store::Lexicon;
