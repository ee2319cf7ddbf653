//! How far the job is.
//!
//! Counted in bytes of the videos, because they are known before anything is opened; within a video its
//! bytes are taken to go as its frames do.

use super::report::{ClipReport, Failure};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What happens, told from any worker.
#[derive(Debug)]
pub enum Event<'a> {
    /// So many clips are to be done, so many are done already.
    Begun {
        /// To be done.
        clips: usize,
        /// Done before.
        kept: usize,
    },
    /// Some frames more.
    Frames(Progress),
    /// A clip is done.
    Done(&'a ClipReport, Progress),
    /// A clip failed.
    Failed(&'a Failure, Progress),
}

/// How far the job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Clips that ended, well or not.
    pub clips_done: usize,
    /// Clips that were to be done.
    pub clips: usize,
    /// Frames so far.
    pub frames: u64,
    /// Frames a second so far, over all workers.
    pub frames_per_second: f64,
    /// Share of the work, 0 to 1.
    pub share: f64,
    /// How long it will take still; not known in the first seconds.
    pub left: Option<Duration>,
}

/// Counts over all workers.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    clips: usize,
    bytes: u64,
    clips_done: AtomicUsize,
    bytes_done: AtomicU64,
    frames: AtomicU64,
}

/// Before this there is nothing to judge by.
const FIRST_GUESS: Duration = Duration::from_secs(2);

impl Tally {
    pub(super) fn new(clips: usize, bytes: u64) -> Self {
        let (clips_done, bytes_done, frames) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Self { began: Instant::now(), clips, bytes, clips_done, bytes_done, frames }
    }

    /// A clip that begins.
    pub(super) fn clip(&self, bytes: u64, expected_frames: Option<u64>) -> ClipTally<'_> {
        ClipTally { all: self, bytes, expected_frames, frames: 0, given: 0 }
    }

    /// A clip has ended.
    pub(super) fn end_clip(&self) {
        self.clips_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> Progress {
        let frames = self.frames.load(Ordering::Relaxed);
        let elapsed = self.began.elapsed();
        let share = self.bytes_done.load(Ordering::Relaxed) as f64 / self.bytes.max(1) as f64;
        let share = share.clamp(0.0, 1.0);
        let left = (elapsed >= FIRST_GUESS && share > 0.0)
            .then(|| Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - share) / share).ok())
            .flatten();
        Progress {
            clips_done: self.clips_done.load(Ordering::Relaxed),
            clips: self.clips,
            frames,
            frames_per_second: frames as f64 / elapsed.as_secs_f64().max(1e-3),
            share,
            left,
        }
    }

    /// Seconds since the beginning.
    pub(super) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }
}

/// A clip's part in the sum; all of it when this is dropped.
pub(super) struct ClipTally<'a> {
    all: &'a Tally,
    bytes: u64,
    expected_frames: Option<u64>,
    frames: u64,
    given: u64,
}

impl ClipTally<'_> {
    /// How many frames there will be, once that is known.
    pub(super) fn expect(&mut self, frames: Option<u64>) {
        self.expected_frames = frames;
    }

    /// A frame is done. Returns the frames of this clip.
    pub(super) fn frame(&mut self) -> u64 {
        self.frames += 1;
        self.all.frames.fetch_add(1, Ordering::Relaxed);
        if let Some(expected) = self.expected_frames.filter(|&expected| expected > 0) {
            let share = (self.frames as f64 / expected as f64).min(1.0);
            self.give((share * self.bytes as f64) as u64);
        }
        self.frames
    }

    fn give(&mut self, bytes: u64) {
        self.all.bytes_done.fetch_add(bytes.saturating_sub(self.given), Ordering::Relaxed);
        self.given = self.given.max(bytes);
    }
}

impl Drop for ClipTally<'_> {
    fn drop(&mut self) {
        self.give(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_goes_by_bytes_and_within_a_clip_by_frames() {
        let tally = Tally::new(2, 400);
        let mut clip = tally.clip(100, None);
        clip.expect(Some(4));
        clip.frame();
        assert_eq!((tally.now().share, tally.now().frames), (0.0625, 1));
        (0..9).for_each(|_| _ = clip.frame());
        assert_eq!(tally.now().share, 0.25);
        drop(clip);
        drop(tally.clip(300, None));
        tally.end_clip();
        assert_eq!((tally.now().share, tally.now().clips_done), (1.0, 1));
    }
}
