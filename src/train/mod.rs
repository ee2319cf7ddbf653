//! Training: the loop around a network, and everything that a long run needs to be trusted.
//!
//! A [`Task`] says what is trained: its batches, its loss, its measures. [`run`] does the rest: AdamW
//! with groups, clipping, a schedule, averaged weights, checkpoints from which a run goes on bit for bit,
//! validation, early stopping, and a report on whether every parameter is reached.
//!
//! - [`config`]: what is set ([`RunConfig`])
//! - [`data`]: order and prefetching of batches
//! - `engine`, `milestones`: the loop, and what is due now and then
//! - `optimiser`, [`schedule`], `ema`: how weights move
//! - `checkpoint`, `state`: what a run goes on from
//! - `folder`, `metrics`, `tensorboard`, `report`, `parameters`, `progress`: what is seen of it

pub mod config;
pub mod data;
pub mod schedule;

mod checkpoint;
mod ema;
mod engine;
mod error;
mod folder;
mod metrics;
mod milestones;
mod optimiser;
mod parameters;
mod progress;
mod random;
mod report;
mod run;
mod state;
mod stop;
mod task;
mod tensorboard;

#[cfg(test)]
mod tests;

pub use config::{Precision, RunConfig, Span};
pub use error::TrainError;
pub use folder::{RunAbout, RunFolder};
pub use metrics::MetricRow;
pub use run::{Ending, Outcome, run};
pub use stop::Stop;
pub use task::{Loader, StepLoss, Task};
