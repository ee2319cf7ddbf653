//! Headline → plan → utterance: what is signed, in which order, and one continuous motion for it.

mod headline;
mod plan;
<<<<<<< HEAD
mod planner;
=======
pub mod stitch;
>>>>>>> lexicon
mod utterance;

pub use headline::Headline;
pub use plan::{Coverage, NonManual, Omission, Plan, PlannedSign, SignKind};
pub use planner::{Planner, PlannerConfig, Signs};
pub use utterance::{SignSpan, Utterance};
