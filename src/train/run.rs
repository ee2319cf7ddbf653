//! A run from its beginning, or from wherever it was broken off, to its end.

use super::engine::Engine;
use super::{RunConfig, RunFolder, Stop, Task, TrainError};
use std::path::PathBuf;

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Its length is reached.
    Finished,
    /// Nothing was getting better.
    EarlyStopped,
    /// Somebody asked; it can go on.
    Stopped,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// Why it ended.
    pub ending: Ending,
    /// Steps done in all.
    pub steps: u64,
    /// Epochs done in all.
    pub epochs: u64,
    /// The watched metric of the best weights; none where nothing was validated.
    pub best: Option<f64>,
    /// The best weights (averaged ones where the run averages), the last where nothing was validated.
    /// None of a run that was stopped before it had any.
    pub weights: Option<PathBuf>,
    /// Time in training in all, without breaks.
    pub seconds: f64,
    /// The share of this process's time in which steps waited for batches.
    pub waited_share: f64,
    /// The most memory that this process has had; none where the system does not say.
    pub peak_memory_bytes: Option<u64>,
}

/// Trains. Where the folder has checkpoints, the run goes on from the newest, bit for bit as if it had
/// never been broken off (on the same machine and number of threads). A signal ends it after its step,
/// with a checkpoint.
///
/// # Errors
/// [`TrainError`]; the checkpoints that were written stay.
pub fn run<T: Task>(
    task: &mut T,
    config: &RunConfig,
    folder: &RunFolder,
    stop: &Stop,
) -> Result<Outcome, TrainError> {
    config.check().map_err(TrainError::Settings)?;
    limit_threads(config.threads);
    let mut engine = Engine::begin(task, config, folder)?;
    let ending = engine.go(stop);
    engine.end_progress();
    engine.finish(ending?)
}

/// The threads of the whole process; they can be told once, before any work.
fn limit_threads(threads: usize) {
    if threads > 0 && threads != rayon::current_num_threads() {
        let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        if built.is_err() {
            tracing::warn!(
                "threads: asked for {threads}, {} are at work already",
                rayon::current_num_threads()
            );
        }
    }
}

/// `VmHWM` of Linux.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
