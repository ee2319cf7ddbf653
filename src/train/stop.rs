//! A wish to end a run early, from Ctrl-C or SIGTERM.

use super::TrainError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, seen by the loop after the step that it is in. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

/// What a shell makes of SIGINT.
const INTERRUPTED: i32 = 130;

impl Stop {
    /// Nobody wishes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Set by the first signal; the second ends the program at once, with exit code 130.
    ///
    /// # Errors
    /// [`TrainError::Settings`] where something else listens to signals already.
    pub fn on_signals() -> Result<Self, TrainError> {
        let stop = Self::new();
        let set = stop.clone();
        let listening = ctrlc::set_handler(move || {
            if set.0.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED);
            }
            eprintln!("ending after this step, with a checkpoint; once more ends at once");
        });
        listening.map_err(|e| TrainError::Settings(format!("cannot listen to signals: {e}")))?;
        Ok(stop)
    }

    /// Sets it.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it is set.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
