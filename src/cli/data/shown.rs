//! What the commands about datasets show alike: progress.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A bar on a terminal, a line now and then elsewhere.
pub(super) struct Progress {
    what: &'static str,
    bar: ProgressBar,
    told: Mutex<Instant>,
}

impl Progress {
    /// How long there is silence between two lines.
    const SILENCE: Duration = Duration::from_secs(10);

    /// Progress of so many clips.
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} clips, {eta} left");
        let bar = ProgressBar::new(total as u64)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(what);
        Self { what, bar, told: Mutex::new(Instant::now()) }
    }

    /// So many clips more are done; from any thread.
    pub(super) fn add(&self, clips: usize) {
        self.bar.inc(clips as u64);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() >= Self::SILENCE {
            *told = Instant::now();
            eprintln!("{}: {} of {} clips", self.what, self.bar.position(), self.bar.length().unwrap_or(0));
        }
    }

    /// So many clips are done, of so many.
    pub(super) fn at(&self, done: usize, total: usize) {
        self.bar.set_length(total as u64);
        self.add(done.saturating_sub(self.bar.position() as usize));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
