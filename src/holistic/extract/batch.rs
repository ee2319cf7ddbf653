//! Many clips over many workers.
//!
//! Workers take clips from one list, the largest first, so that none is left with a long one at the end.
//! A clip that fails is told and counted, and the others go on; a wish to stop or a full disk ends the job
//! with everything kept that was finished.

use super::clip::Work;
use super::guard::Guard;
use super::preview::preview;
use super::progress::Tally;
use super::record::SourceMark;
use super::report::{ClipReport, Failure, Halt, Report};
use super::sources::{Clip, list};
use super::{ClipError, ClipRecord, Event, ExtractError, Extractor, OpenExtractor, Points, Shard};
use crate::holistic::video::{Ffmpeg, Reading};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How clips are extracted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which points are written.
    pub points: Points,
    /// Which part of the clips is this machine's.
    pub shard: Option<Shard>,
    /// Do again what is done.
    pub force: bool,
    /// Clips that are worked on at once.
    pub jobs: usize,
    /// Write the videos with the landmarks over them, too.
    pub preview: bool,
    /// How videos are read; holds the wish to stop.
    pub reading: Reading,
    /// What landmarks depend on besides the video and these options: the extractor's options, its models'
    /// checksums. A clip that was done with others is done again.
    pub settings: BTreeMap<String, String>,
}

impl Options {
    fn all_settings(&self) -> BTreeMap<String, String> {
        let shape = self.reading.shape;
        let mut settings = self.settings.clone();
        settings.insert("points".into(), self.points.to_string());
        settings.insert("largest_px".into(), shape.largest_px.to_string());
        settings.insert("square_pixels".into(), shape.square_pixels.to_string());
        settings.insert("upright".into(), shape.upright.to_string());
        settings
    }
}

/// A clip that needs something.
struct Todo {
    clip: Clip,
    mark: SourceMark,
    /// Where only the preview is missing.
    record: Option<ClipRecord>,
}

/// Extracts videos, given as files or folders, into a folder. `watch` is told what happens, from any
/// worker.
///
/// # Errors
/// If nothing can be done at all; files that fail are in the report.
pub fn extract(
    inputs: &[PathBuf],
    output: &Path,
    ffmpeg: &Ffmpeg,
    options: &Options,
    open: &OpenExtractor<'_>,
    watch: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Report, ExtractError> {
    let listing = list(inputs, output)?;
    let guard = Guard { sources: listing.sources, force: options.force, preview: options.preview };
    std::fs::create_dir_all(output)
        .map_err(|source| ExtractError::Output { path: output.to_owned(), source })?;
    let settings = options.all_settings();
    let mut report = Report { failed: listing.failures, ..Report::default() };
    let mine =
        listing.clips.into_iter().filter(|clip| options.shard.is_none_or(|shard| shard.has(&clip.key)));
    let mut todo = plan(mine, options, &guard, &settings, &mut report);
    todo.sort_by_key(|todo| Reverse(todo.mark.bytes));
    watch(Event::Begun { clips: todo.len(), kept: report.kept });
    // Before any worker starts, so that missing models are told once and no file is touched. Where only
    // previews are missing, none are needed.
    let needs_networks = todo.iter().any(|todo| todo.record.is_none());
    let first = needs_networks.then(open).transpose().map_err(ExtractError::Open)?;
    let work = Work { ffmpeg, reading: &options.reading, points: options.points, settings: &settings, guard };
    let tally = Tally::new(todo.len(), todo.iter().map(|todo| todo.mark.bytes).sum());
    let batch = Batch {
        work,
        options,
        open,
        watch,
        next: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        outcome: Mutex::new(Outcome { report, error: None }),
        todo,
        tally,
    };
    batch.run(first)
}

/// What is to be done; what is done goes into the report.
fn plan(
    clips: impl Iterator<Item = Clip>,
    options: &Options,
    guard: &Guard,
    settings: &BTreeMap<String, String>,
    report: &mut Report,
) -> Vec<Todo> {
    let mut todo = Vec::new();
    for clip in clips {
        let mark = match SourceMark::of(&clip.source) {
            Ok(mark) => mark,
            Err(error) => {
                report.failed.push(Failure { path: clip.source, reason: error.to_string() });
                continue;
            }
        };
        let done = || ClipRecord::of_done(&clip.record(), &clip.pose, &mark, settings);
        let record = if options.force { None } else { done() };
        let has_preview = !options.preview || clip.preview().is_file() && !guard.is_source(&clip.preview());
        match record {
            Some(record) if has_preview => {
                let mut kept = ClipReport::new(clip.source.clone(), clip.pose.clone(), &record, true);
                kept.preview = options.preview.then(|| clip.preview());
                report.kept += 1;
                report.clips.push(kept);
            }
            record => todo.push(Todo { clip, mark, record }),
        }
    }
    todo
}

struct Outcome {
    report: Report,
    error: Option<ExtractError>,
}

struct Batch<'a> {
    work: Work<'a>,
    options: &'a Options,
    open: &'a OpenExtractor<'a>,
    watch: &'a (dyn Fn(Event<'_>) + Sync),
    todo: Vec<Todo>,
    next: AtomicUsize,
    /// Set when the job ends early.
    is_over: AtomicBool,
    tally: Tally,
    outcome: Mutex<Outcome>,
}

impl Batch<'_> {
    fn run(self, first: Option<Box<dyn Extractor>>) -> Result<Report, ExtractError> {
        let workers = self.options.jobs.clamp(1, self.todo.len().max(1));
        std::thread::scope(|scope| {
            let mut first = first;
            for number in 0..workers {
                let (extractor, batch) = (first.take(), &self);
                let builder = std::thread::Builder::new().name(format!("extract {number}"));
                if let Err(error) = builder.spawn_scoped(scope, move || batch.worker(extractor)) {
                    // Fewer workers do the same work.
                    if number == 0 {
                        self.note(|outcome| outcome.error = Some(ExtractError::Worker(error)));
                    }
                    break;
                }
            }
        });
        let seconds = self.tally.seconds();
        let frames = self.tally.now().frames;
        let Outcome { mut report, error } = self.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        if self.work.reading.stop.is_asked() && report.halt.is_none() {
            report.halt = Some(Halt::Interrupted);
        }
        (report.seconds, report.frames) = (seconds, frames);
        report.left = self.todo.len().saturating_sub(self.tally.now().clips_done);
        report.sort();
        match error {
            // What was finished by other workers is worth telling.
            Some(error) if report.done == 0 => Err(error),
            Some(error) => {
                let path = PathBuf::new();
                report.failed.push(Failure { path, reason: error.to_string() });
                Ok(report)
            }
            None => Ok(report),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Outcome)) {
        change(&mut self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn worker(&self, mut extractor: Option<Box<dyn Extractor>>) {
        while !self.is_over.load(Ordering::Relaxed) && !self.work.reading.stop.is_asked() {
            let Some(todo) = self.todo.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let done = catch_unwind(AssertUnwindSafe(|| self.clip(todo, &mut extractor)));
            let done = done.unwrap_or_else(|panic| {
                // What it left in the extractor is not known.
                extractor = None;
                let path = todo.clip.source.clone();
                Err(ClipError::Panic { path, message: message(panic.as_ref()) })
            });
            match done {
                Ok(done) => self.take(done),
                Err(error) => self.fail(todo, error),
            }
        }
    }

    fn clip(&self, todo: &Todo, extractor: &mut Option<Box<dyn Extractor>>) -> Result<ClipReport, ClipError> {
        let Todo { clip, mark, record } = todo;
        let mut share = self.tally.clip(mark.bytes, None);
        let record = match record {
            Some(record) => {
                self.work.guard.permit(clip)?;
                record
            }
            None => {
                let extractor = match extractor {
                    Some(extractor) => extractor,
                    None => extractor.insert((self.open)().map_err(ClipError::Open)?),
                };
                let tell = || (self.watch)(Event::Frames(self.tally.now()));
                &self.work.extract(clip, mark.clone(), extractor.as_mut(), &mut share, &tell)?
            }
        };
        let kept = todo.record.is_some();
        let mut done = ClipReport::new(clip.source.clone(), clip.pose.clone(), record, kept);
        if self.options.preview {
            preview(self.work.ffmpeg, clip, record, self.work.reading)?;
            done.preview = Some(clip.preview());
        }
        Ok(done)
    }

    fn take(&self, done: ClipReport) {
        self.tally.end_clip();
        (self.watch)(Event::Done(&done, self.tally.now()));
        self.note(|outcome| {
            *(if done.kept { &mut outcome.report.kept } else { &mut outcome.report.done }) += 1;
            outcome.report.clips.push(done);
        });
    }

    fn fail(&self, todo: &Todo, error: ClipError) {
        if error.is_interruption() {
            return;
        }
        if error.is_full_disk() {
            self.is_over.store(true, Ordering::Relaxed);
            let halt = Halt::DiskFull(error.to_string());
            return self.note(|outcome| outcome.report.halt = Some(halt));
        }
        if let ClipError::Open(error) = error {
            self.is_over.store(true, Ordering::Relaxed);
            return self.note(|outcome| outcome.error = Some(ExtractError::Open(error)));
        }
        self.tally.end_clip();
        let failure = Failure { path: todo.clip.source.clone(), reason: error.to_string() };
        (self.watch)(Event::Failed(&failure, self.tally.now()));
        self.note(|outcome| outcome.report.failed.push(failure));
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests;
