//! A wish to end long work early, from Ctrl-C or SIGTERM.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, seen by whatever waits or works. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

/// What a shell makes of SIGINT.
const INTERRUPTED: i32 = 130;

impl Stop {
    /// Nobody wishes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Set by the first signal, which `said` answers on standard error; the second ends the program at
    /// once with exit code 130, after `at_once`: no destructor runs any more.
    ///
    /// # Errors
    /// If something else listens to signals already.
    pub fn on_signals(said: &'static str, at_once: fn()) -> Result<Self, ctrlc::Error> {
        let stop = Self::new();
        let set = stop.clone();
        ctrlc::set_handler(move || {
            if set.0.swap(true, Ordering::SeqCst) {
                at_once();
                std::process::exit(INTERRUPTED);
            }
            // A terminal that is gone hears nothing, and the work ends all the same.
            let _ = writeln!(std::io::stderr(), "{said}");
        })?;
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
