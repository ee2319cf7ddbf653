//! `nashra extract`: videos to landmarks.

use super::models::holistic_folder;
use super::tables::{print, print_json, table};
use crate::config::Config;
use crate::holistic::extract::{
    ClipReport, Event, Extractor, ExtractorError, Halt, Options, Points, Progress, Report, Shard, extract,
};
use crate::holistic::install::checksum;
use crate::holistic::video::{Ffmpeg, LARGEST_PICTURE_PX, Reading, Shape, end_children};
use crate::holistic::{
    Clock, Complexity, ExactRuntime, Holistic, HolisticOptions, Model, NetworkError, Runtime, Stop,
};
#[cfg(feature = "onnx")]
use crate::holistic::{OnnxOptions, OnnxRuntime};
use crate::models::weights::Places;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const AFTER_HELP: &str = "A folder is searched through, and its videos' landmarks lie at the same places under \
DIR: videos/anna/rain.mp4 becomes DIR/anna/rain.pose. With several folders each one's name comes first. Beside \
each file lies rain.extract.json: the video, the settings, how good the landmarks are. A clip is done again only \
when one of these has changed (or with --force), so an interrupted run goes on when it is started again.\n\n\
Points:\n  576  MediaPipe's 543 and the body's 33 once more in metres: the header that pose-format writes\n  \
543  body 33, face 468, hands 21 each\n  193  SyriSign's: without hips and legs, the face's contours only\n\n\
Frames stay those of the video, one to one. A video of variable rate gets its mean rate, and the record has its \
frames' own times. The table shows the most doubtful clips first: SWAPPED are frames with a hand at the other \
arm's wrist, JUMPS those before which a part moved faster than anybody can, HIDDEN the share of arm joints that \
are out of sight.\n\n\
Ends with 0 where all is well, 1 where a file failed (the others are done), 130 where it was interrupted.\n\n\
Examples:\n  nashra models install holistic\n  nashra extract videos -o poses\n  \
nashra extract take1.mp4 -o . --preview\n  \
nashra extract videos -o poses --shard $SLURM_ARRAY_TASK_ID/16    (of --array=1-16)";

/// Arguments of `nashra extract`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Videos, and folders of videos.
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<PathBuf>,
    /// The folder for the landmarks.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The network for bodies: 0 is fast, 2 exact. 0 and 2 are not in the usual package: see `nashra models install --help`.
    #[arg(long, value_name = "0|1|2", default_value = "1", value_parser = complexity)]
    complexity: Complexity,
    /// What runs the networks.
    #[arg(long, value_enum, default_value_t)]
    runtime: RuntimeChoice,
    /// Which points to write: 576, 543 or 193.
    #[arg(long, default_value = "576")]
    points: Points,
    /// Videos that are worked on at once [default: as many as there are cores].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Do only part I of N, from 1: every machine of N does its own part, without knowing of the others.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Write each video with its landmarks drawn over it, too: rain.preview.mp4.
    #[arg(long)]
    preview: bool,
    /// Do again what is done.
    #[arg(long)]
    force: bool,
    /// Take 33,333 µs between frames whatever the video says, as MediaPipe's Python package does.
    #[arg(long)]
    fixed_clock: bool,
    /// How sure the detector must be of a body, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    detection_confidence: f32,
    /// How sure the landmark network must be to go on with a body, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    tracking_confidence: f32,
    /// Pictures with more pixels are made smaller while they are decoded.
    #[arg(long, value_name = "N", default_value_t = LARGEST_PICTURE_PX, value_parser = clap::value_parser!(u64).range(4096..))]
    max_pixels: u64,
    /// Stretch pictures whose pixels are not square.
    #[arg(long)]
    square_pixels: bool,
    /// Leave pictures as they are stored, even where the video says that they are to be turned.
    #[arg(long)]
    as_stored: bool,
    /// Give a video up that gives no frame for so long.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// The folder of models, holistic/ in it [default: as `nashra models` looks for them].
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What runs the networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum RuntimeChoice {
    /// Our own: the landmarks are those of MediaPipe's Python package to the last digit.
    #[default]
    Exact,
    /// ONNX Runtime: other last digits, which add up to pixels where a point is uncertain.
    #[cfg(feature = "onnx")]
    Onnx,
}

impl RuntimeChoice {
    /// The ending of the networks' files.
    fn extension(self) -> &'static str {
        match self {
            Self::Exact => "tflite",
            #[cfg(feature = "onnx")]
            Self::Onnx => "onnx",
        }
    }

    pub(super) fn open(
        self,
        models: PathBuf,
        complexity: Complexity,
        threads: usize,
    ) -> Result<Box<dyn Runtime>, NetworkError> {
        // Of use to ONNX Runtime only.
        let _ = threads;
        Ok(match self {
            Self::Exact => Box::new(ExactRuntime::new(models, complexity)),
            #[cfg(feature = "onnx")]
            Self::Onnx => Box::new(OnnxRuntime::load(OnnxOptions { models, complexity, threads })?),
        })
    }
}

pub(super) fn complexity(text: &str) -> Result<Complexity, String> {
    match text {
        "0" => Ok(Complexity::Lite),
        "1" => Ok(Complexity::Full),
        "2" => Ok(Complexity::Heavy),
        _ => Err("expected 0, 1 or 2".to_owned()),
    }
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::new(args.models.clone(), Config::load(None)?.models);
    let models = holistic_folder(&places)
        .context("there is no folder for models: name one with --models DIR, or set NASHRA_DATA_DIR")?;
    let ffmpeg = Ffmpeg::find()?;
    let stop = Stop::on_signals("ending; what is finished is kept, once more ends at once", end_children)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or_else(|| jobs(&args.videos, cores), usize::from);
    // Where there are more cores than videos, each video gets several.
    let threads = (cores / jobs).clamp(1, 4);
    let options = Options {
        points: args.points,
        shard: args.shard,
        force: args.force,
        jobs,
        preview: args.preview,
        reading: Reading {
            shape: Shape {
                largest_px: args.max_pixels,
                square_pixels: args.square_pixels,
                upright: !args.as_stored,
            },
            threads,
            patience: Duration::from_secs(args.patience),
            stop,
        },
        settings: settings(&args, &models),
    };
    let holistic = HolisticOptions {
        detection_confidence: args.detection_confidence,
        tracking_confidence: args.tracking_confidence,
        clock: if args.fixed_clock { Clock::Fixed33333us } else { Clock::Video },
        is_parallel: threads > 1,
    };
    let open = || -> Result<Box<dyn Extractor>, ExtractorError> {
        let runtime = args.runtime.open(models.clone(), args.complexity, threads)?;
        Ok(Box::new(Holistic::new(&*runtime, holistic.clone())?))
    };
    let shown = Shown::new();
    let report = extract(&args.videos, &args.output, &ffmpeg, &options, &open, &|event| shown.show(&event))?;
    drop(shown);
    if args.json {
        print_json(&report)?
    } else {
        print(&text(&report)?)?
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// As many as there are cores, but no more than videos where these are named one by one.
fn jobs(videos: &[PathBuf], cores: usize) -> usize {
    if videos.iter().any(|video| video.is_dir()) { cores } else { cores.min(videos.len()).max(1) }
}

/// What landmarks depend on: with other models or options a clip is done again.
fn settings(args: &Args, models: &Path) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for model in Model::ALL {
        let file = format!("{}.{}", model.stem(args.complexity), args.runtime.extension());
        let found = checksum(&models.join(&file)).unwrap_or_else(|| "missing".to_owned());
        settings.insert(file, found);
    }
    let clock = if args.fixed_clock { "33333 us" } else { "video" };
    settings.insert("runtime".to_owned(), format!("{:?}", args.runtime).to_lowercase());
    settings.insert("clock".to_owned(), clock.to_owned());
    settings.insert("detection_confidence".to_owned(), args.detection_confidence.to_string());
    settings.insert("tracking_confidence".to_owned(), args.tracking_confidence.to_string());
    settings
}

/// A bar on a terminal, a line now and then elsewhere; files that fail are told at once.
struct Shown {
    bar: ProgressBar,
    told: Mutex<Instant>,
}

/// How long there is silence between two lines.
const SILENCE: Duration = Duration::from_secs(10);

/// The bar's length.
const BAR: u64 = 1000;

impl Shown {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:30} {msg}");
        let bar = ProgressBar::new(BAR).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, told: Mutex::new(Instant::now()) }
    }

    fn show(&self, event: &Event<'_>) {
        match event {
            Event::Begun { clips, kept: 0 } => self.say(&format!("{clips} videos")),
            Event::Begun { clips, kept } => self.say(&format!("{clips} videos; {kept} are done already")),
            Event::Frames(progress) | Event::Done(_, progress) => self.at(*progress),
            Event::Failed(failure, progress) => {
                self.say(&format!("left out: {}", failure.reason));
                self.at(*progress);
            }
        }
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| tell(line));
    }

    fn at(&self, progress: Progress) {
        let Progress { clips_done, clips, frames, frames_per_second, share, left } = progress;
        let left = left.map_or_else(String::new, |left| format!(", {} left", duration(left)));
        let text =
            format!("{clips_done} of {clips} videos, {frames} frames, {frames_per_second:.1} a second{left}");
        self.bar.set_position((share * BAR as f64) as u64);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() >= SILENCE {
            *told = Instant::now();
            tell(&text);
        }
        self.bar.set_message(text);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line on standard error; the work goes on where nobody reads it.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A length of time in its two largest units.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Clips that the table shows; JSON has them all.
const SHOWN: usize = 40;

fn text(report: &Report) -> anyhow::Result<String> {
    const HEADER: [&str; 11] =
        ["VIDEO", "FRAMES", "FPS", "BODY", "FACE", "LEFT", "RIGHT", "SWAPPED", "JUMPS", "HIDDEN", "NOTE"];
    let mut out = String::new();
    if !report.clips.is_empty() {
        let mut rows = vec![HEADER.map(str::to_owned)];
        rows.extend(report.clips.iter().take(SHOWN).map(row));
        out += &table(&rows);
    }
    if let more @ 1.. = report.clips.len().saturating_sub(SHOWN) {
        writeln!(out, "… and {more} less doubtful ones; --json lists them all")?;
    }
    for failure in &report.failed {
        writeln!(out, "left out: {}", failure.reason)?;
    }
    let Report { done, kept, left, frames, seconds, .. } = report;
    let rate = *frames as f64 / seconds.max(1e-3);
    write!(out, "{done} done, {kept} kept, {} failed", report.failed.len())?;
    writeln!(out, "; {frames} frames in {seconds:.1} s ({rate:.1} a second)")?;
    match &report.halt {
        Some(Halt::Interrupted) => {
            writeln!(out, "interrupted, {left} left; the same command goes on")?;
        }
        Some(Halt::DiskFull(reason)) => {
            writeln!(out, "stopped, {left} left: {reason}; with room made, the same command goes on")?;
        }
        None => {}
    }
    Ok(out)
}

fn row(clip: &ClipReport) -> [String; 11] {
    let quality = &clip.quality;
    let percent = |share: f32| format!("{:.0} %", 100.0 * share);
    let notes = clip.damage.first().cloned().into_iter();
    let notes = notes.chain(clip.uneven.then(|| "variable rate".to_owned()));
    [
        clip.source.display().to_string(),
        clip.frames.to_string(),
        format!("{:.2}", clip.fps),
        percent(quality.pose),
        percent(quality.face),
        percent(quality.left_hand),
        percent(quality.right_hand),
        quality.swapped_hands.to_string(),
        quality.jumps.to_string(),
        percent(quality.low_visibility),
        notes.collect::<Vec<_>>().join("; "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holistic::extract::{Failure, Quality};

    fn clip() -> ClipReport {
        ClipReport {
            source: "a.mp4".into(),
            pose: "out/a.pose".into(),
            preview: None,
            kept: false,
            frames: 43,
            fps: 29.97,
            uneven: true,
            damage: vec!["35 of 60 frames could be decoded".to_owned()],
            quality: Quality { pose: 1.0, left_hand: 0.84, jumps: 2, ..Quality::default() },
        }
    }

    #[test]
    fn the_table_says_what_came_of_each_video() {
        let failed = vec![Failure { path: "b.mp4".into(), reason: "b.mp4: empty".into() }];
        let halt = Some(Halt::Interrupted);
        let report = Report { clips: vec![clip()], failed, done: 1, left: 3, halt, ..Report::default() };
        let text = text(&report).unwrap();
        for part in ["29.97", "84 %", "35 of 60", "variable rate", "left out: b.mp4: empty", "3 left"] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
    }

    #[test]
    fn times_are_told_in_two_units() {
        let told = [5, 65, 3_700, 90_000].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(told, ["5 s", "1 min 5 s", "1 h 1 min", "1 d 1 h"]);
    }

    #[test]
    fn single_videos_take_no_more_workers_than_there_are() {
        assert_eq!(jobs(&["a.mp4".into(), "b.mp4".into()], 16), 2);
        assert_eq!(jobs(&[".".into()], 16), 16);
    }
}
