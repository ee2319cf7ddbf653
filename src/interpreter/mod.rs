//! Headline → plan → utterance: what is signed, in which order, and one continuous motion for it.

mod headline;
mod plan;
pub mod stitch;
mod utterance;

pub use headline::Headline;
pub use plan::{Coverage, NonManual, Omission, Plan, PlannedSign, SignKind};
pub use utterance::{SignSpan, Utterance};
