//! Headline → plan → utterance: what is signed, in which order, and one continuous motion for it.

mod headline;
mod landmarks;
mod making;
mod mouthed;
mod plan;
mod planner;
mod recorded;
mod service;
mod source;
pub mod stitch;
mod trim;
mod utterance;
mod worker;

pub use headline::Headline;
pub use making::Making;
pub use plan::{Coverage, NonManual, Omission, Plan, PlannedSign, SignKind};
pub use planner::{Planner, PlannerConfig, Signs};
pub use service::{Interpreter, InterpreterConfig, InterpreterError};
pub use source::{Answer, MotionSource, PassedOver, SignRequest, SourcedMotion, Sources};
pub use utterance::{SignSpan, Utterance};
pub use worker::{Interpreted, Progress, Ticket, Worker};
