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
//! - `folder`, `metrics`, `tensorboard`, `report`, `samples`, `parameters`, `progress`: what is seen of it
//!
//! - `stepper`: single steps, to time them
//!
//! What is trained by it, each with its settings, batches and losses:
//!
//! - [`sign_clip`], [`motion_clip`], [`vq_vae`], [`gpt`], [`text`]
//! - `corpus`, `words`, `motion`, `augment`: clips and words as they read them
//! - [`presets`]: settings that ship; `product`: the model's folder that a run leaves behind

pub mod config;
pub mod data;
pub mod demo;
pub mod gpt;
pub mod motion_clip;
pub mod presets;
pub mod schedule;
pub mod sign_clip;
pub mod text;
pub mod vq_vae;

mod augment;
mod checkpoint;
mod corpus;
mod ema;
mod engine;
mod error;
mod errors;
mod folder;
mod hits;
mod job;
mod metrics;
mod milestones;
mod motion;
mod optimiser;
mod parameters;
mod pretrained;
mod product;
mod progress;
mod random;
mod report;
mod rest;
mod rows;
mod run;
mod samples;
mod setup;
mod state;
mod stepper;
mod task;
mod tensorboard;
mod words;

#[cfg(test)]
mod task_tests;
#[cfg(test)]
mod tests;

pub use crate::stop::Stop;
pub use augment::Augment;
pub use config::{Precision, RunConfig, Span};
pub use corpus::Corpus;
pub use data::shuffled;
pub use error::TrainError;
pub use folder::{RunAbout, RunFolder};
pub use hits::Hits;
pub use job::{Done, Model, train};
pub use metrics::MetricRow;
pub use motion::{MotionData, left_handed};
pub use product::About;
pub use rows::FrameRows;
pub use run::{Ending, Outcome, run};
pub use setup::Setup;
pub use stepper::Stepper;
pub use task::{Loader, StepLoss, Task};
pub use words::{TokenRows, WordTexts};
