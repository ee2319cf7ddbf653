//! Progress of work that goes step after step.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bar on a terminal, a line every tenth of a step elsewhere.
pub(super) struct Steps {
    bar: ProgressBar,
    told: AtomicUsize,
}

impl Default for Steps {
    fn default() -> Self {
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}, {eta} left");
        let bar = ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, told: AtomicUsize::new(0) }
    }
}

impl Steps {
    /// So much of a step is done; from any thread.
    pub(super) fn at(&self, what: &'static str, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_message(what);
        self.bar.set_position(done as u64);
        let tenth = done * 10 / all.max(1);
        let told = self.told.swap(if done == all { 0 } else { tenth }, Ordering::Relaxed);
        if self.bar.is_hidden() && tenth > told {
            eprintln!("{what}: {done} of {all}");
        }
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
