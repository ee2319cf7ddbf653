//! Why a run cannot begin or go on.

use crate::models::checkpoint::CheckpointError;
use std::path::PathBuf;

/// Why training failed. The message is whole: the reason is part of it.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Settings that cannot be.
    #[error("{}: {reason}", path.display())]
    Config {
        /// Where they were read.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Settings that do not fit what is trained.
    #[error("{0}")]
    Settings(String),
    /// The operating system refused to read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The operating system refused to write, for lack of room maybe. What was written before stays.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A checkpoint of another network or another configuration.
    #[error("{}: {reason}", path.display())]
    OtherRun {
        /// The checkpoint.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// A loss or a gradient that is no number.
    #[error("step {step}: expected finite numbers, found {}; the last checkpoint is kept", listed(parts))]
    NotFinite {
        /// The step, from 1.
        step: u64,
        /// The loss, its parts, and the gradient's norm as far as there was one.
        parts: Vec<(String, f64)>,
    },
    /// Parameters that training does not reach.
    #[error("after {steps} steps, {} of {of} parameters did not move and are not frozen: {}", names.len(), some(names))]
    DidNotMove {
        /// After how many steps.
        steps: u64,
        /// Each with why.
        names: Vec<String>,
        /// How many are trained.
        of: usize,
    },
    /// A metric that validation does not give.
    #[error("early-stopping: expected one of the metrics {}, found `{metric}`", known.join(", "))]
    NoMetric {
        /// What was asked for.
        metric: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Nothing to train on.
    #[error("expected training examples, found none that fill a batch")]
    NoExamples,
    /// The thread that makes batches ended before the run.
    #[error("the loader ended early: {reason}")]
    Loader {
        /// Its last words.
        reason: String,
    },
    /// Weights.
    #[error(transparent)]
    Weights(#[from] CheckpointError),
    /// A network's arithmetic.
    #[error("{0}")]
    Candle(#[from] candle_core::Error),
    /// What a task says.
    #[error("{0}")]
    Task(Box<dyn std::error::Error + Send + Sync>),
}

impl TrainError {
    /// Wraps what went wrong in a task's own data or measures.
    pub fn task(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        TrainError::Task(reason.into())
    }

    pub(super) fn read(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        TrainError::Read { path: path.into(), reason: reason.to_string() }
    }

    pub(super) fn write(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        TrainError::Write { path: path.into(), reason: reason.to_string() }
    }
}

fn listed(parts: &[(String, f64)]) -> String {
    parts.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// Names that a reader takes in at a glance.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
