//! Datasets: many clips of words signed by several signers, kept so that a training run reads any of them
//! at once, and people can read what is in them.
//!
//! A dataset is a folder:
//!
//! | file | what it holds |
//! |---|---|
//! | `dataset.json` | [`About`] it, the layouts of its clips; a folder without it is no dataset |
//! | `words.csv` | the [`Word`]s: key, gloss, category, forms |
//! | `clips.csv` | a [`ClipRecord`] a line: word, signer, session, take, and where it lies in `clips.bin` |
//! | `clips.bin` | the landmarks, quantised and compressed clip by clip (`codec.rs`) |
//! | `splits/NAME.csv` | which clips train, validate and test ([`Split`]) |

mod about;
pub mod check;
mod codec;
mod dice;
mod error;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod import;
mod record;
mod rule;
mod split;
mod split_file;
pub mod stats;
mod store;
mod strip;
pub mod synth;
#[cfg(test)]
mod tests;
mod writer;

pub use about::About;
pub use codec::EncodedClip;
pub use error::DatasetError;
pub use record::{ClipRecord, Word};
pub use rule::SplitRule;
pub use split::{Leak, LeftOut, Part, Split, WhyLeftOut};
pub use store::Dataset;
pub use strip::{strip, strips};
pub use writer::DatasetWriter;
