//! Signs and letters: what the system can sign, how each is moved, and where each comes from.

mod entry;
pub mod letters;
mod provenance;

pub use entry::{Category, Entry, SignClip, SignId};
pub use provenance::{Provenance, Review};
