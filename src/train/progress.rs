//! How far a run is: a bar on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// A bar or lines, on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
    total: u64,
    /// The step that this process began with.
    first: u64,
    begun: Instant,
    told: Instant,
}

impl Progress {
    /// Of a run of `total` steps that stands at one.
    pub(super) fn new(step: u64, total: u64) -> Self {
        let template = "{bar:30} {pos}/{len} {per_sec}, {eta} left  {msg}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total).with_style(style).with_position(step);
        // The steps of an earlier process say nothing of this one's speed.
        bar.reset_eta();
        let now = Instant::now();
        Self { bar, total, first: step, begun: now, told: now }
    }

    /// A step is done.
    pub(super) fn at(&mut self, step: u64, epoch: u64, loss: f64) {
        self.bar.set_position(step);
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("epoch {}, loss {loss:.4}", epoch + 1));
        } else if self.told.elapsed() >= PAUSE {
            self.told = Instant::now();
            eprintln!("{}", self.line(step, epoch, loss));
        }
    }

    /// Says something in between.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// Steps a second of this process.
    pub(super) fn rate(&self, step: u64) -> f64 {
        let seconds = self.begun.elapsed().as_secs_f64();
        if seconds > 0.0 { step.saturating_sub(self.first) as f64 / seconds } else { 0.0 }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, step: u64, epoch: u64, loss: f64) -> String {
        let rate = self.rate(step);
        let left = self.total.saturating_sub(step) as f64 / rate.max(1e-9);
        let total = self.total;
        format!(
            "step {step} of {total}, epoch {}, loss {loss:.4}, {rate:.1} steps/s, {} left",
            epoch + 1,
            span(left)
        )
    }
}

/// Seconds for people.
pub(super) fn span(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_two_units() {
        assert_eq!([4.4, 65.0, 7325.0].map(span), ["4 s", "1 min 5 s", "2 h 2 min"]);
    }

    #[test]
    fn a_line_says_where_the_run_is() {
        let line = Progress::new(100, 300).line(150, 1, 0.25);
        assert!(line.starts_with("step 150 of 300, epoch 2, loss 0.2500, "), "{line}");
    }
}
