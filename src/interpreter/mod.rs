//! Headline → plan → utterance: what is signed, in which order, and one continuous motion for it.

mod blend;
mod clause;
pub mod gates;
mod generated;
mod headline;
mod kept;
mod landmarks;
mod making;
mod model;
mod mouthed;
pub mod networks;
mod order;
mod plan;
mod planner;
mod recorded;
mod retrieved;
mod service;
mod source;
#[cfg(test)]
mod source_tests;
pub mod stitch;
mod trim;
mod utterance;
mod vocabulary;
mod worker;
mod written;

pub use blend::{Join, Unblended};
pub use gates::Expectations;
pub use headline::Headline;
pub use making::Making;
pub use model::{GenerationRequest, Generator, GeneratorKind, Hit, ModelFailure, Models, Retriever, text_of};
pub use order::{GenerationUnit, SourceConfig, SourceError, SourceOrder};
pub use plan::{Coverage, NonManual, Omission, Plan, PlannedSign, SignKind};
pub use planner::{Planner, PlannerConfig, Signs, StandIn};
pub use service::{Interpreter, InterpreterConfig, InterpreterError};
pub use source::{Answer, MotionSource, PassedOver, SignRequest, SourcedMotion, Sources};
pub use utterance::{Blend, SignSpan, Utterance};
pub use worker::{Interpreted, Progress, Ticket, Worker};
