//! Batches: in which order, and made ahead of the step that takes them.

mod order;
mod prefetch;

pub use order::shuffled;
pub(super) use prefetch::{Prefetch, Start};
