//! `nashra avatar roundtrip`: whether a reader that has never seen our signs can read them back.

use crate::app::roundtrip::{self, FPS, SIZE, Subject};
use crate::app::{Options, Quality};
use crate::avatar::Model;
use crate::cli::shared;
use crate::eval::reader::{self, Reader};
use crate::eval::{Film, Kind, Report, Share};
use crate::interpreter::{Interpreter, InterpreterConfig, Planner};
use crate::lexicon::Lexicon;
use crate::output::Mp4;
use crate::pose::PoseSequence;
use anyhow::Context;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `nashra avatar roundtrip`.
///
/// Draws every letter and every practice sign into videos, has a landmark model read them, and reports
/// in how many frames it found face and hands, and which sign each clip is nearest to by its landmarks
/// alone. Without --reader the model is MediaPipe Holistic, which scripts/setup-holistic installs.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The avatar: `woman`, `man`, or a .glb or .vrm file [default: woman].
    #[arg(long, value_name = "FILE", env = "NASHRA_AVATAR")]
    avatar: Option<PathBuf>,
    /// Only the letters.
    #[arg(long, conflicts_with = "signs")]
    letters: bool,
    /// Only the practice signs.
    #[arg(long)]
    signs: bool,
    /// Only N of each.
    #[arg(long, value_name = "N")]
    take: Option<usize>,
    /// Pass over the first N of each: with --take, a large check in parts.
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: usize,
    /// Where videos, landmarks and reports go [default: a folder in the user's cache].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Use the videos and landmarks that are there already.
    #[arg(long)]
    reuse: bool,
    /// Another reader, called as `COMMAND VIDEO -o FILE.pose`.
    #[arg(long, value_name = "COMMAND")]
    reader: Option<PathBuf>,
    /// How finely it is drawn.
    #[arg(long, value_enum, default_value_t = Quality::Auto)]
    quality: Quality,
    /// Print the reports as JSON.
    #[arg(long)]
    json: bool,
}

/// What a reader must reach, percent: faces, hands, letters, signs.
const TARGETS: [f64; 4] = [100.0, 98.0, 90.0, 95.0];

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let kinds: &[Kind] = match (args.letters, args.signs) {
        (true, _) => &[Kind::Letters],
        (_, true) => &[Kind::Signs],
        _ => &[Kind::Letters, Kind::Signs],
    };
    let folder = args.output.clone().unwrap_or_else(|| reader::cache_folder().join("roundtrip"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Asked for before anything is drawn: drawing takes minutes.
    let reader = match &args.reader {
        Some(program) => Reader::program(program.clone()),
        None => Reader::holistic()?,
    };
    let model = Arc::new(Model::load(shared::avatar(args.avatar.clone())?)?);
    let interpreter =
        Interpreter::new(Planner::default(), Arc::new(Lexicon::builtin()?), InterpreterConfig::default());
    let mut reports = Vec::new();
    for kind in kinds {
        let work = Work { args: &args, folder: &folder, reader: &reader, kind: *kind };
        let report = work.report(&model, &interpreter)?;
        let file = folder.join(format!("{}.report.json", name(*kind)));
        std::fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        if !args.json {
            print(&report);
        }
        reports.push(report);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    }
    Ok(ExitCode::SUCCESS)
}

/// One film and its reading.
struct Work<'a> {
    args: &'a Args,
    folder: &'a Path,
    reader: &'a Reader,
    kind: Kind,
}

impl Work<'_> {
    fn report(&self, model: &Arc<Model>, interpreter: &Interpreter) -> anyhow::Result<Report> {
        let subjects = roundtrip::subjects(self.kind, interpreter)?;
        let known = roundtrip::known(&subjects)?;
        let first = self.args.skip.min(subjects.len());
        let end =
            self.args.take.map_or(subjects.len(), |take| subjects.len().min(first.saturating_add(take)));
        let film = self.film(model, subjects.get(first..end).unwrap_or_default())?;
        let landmarks = self.landmarks()?;
        Ok(Report::new(&film, &landmarks, &known)?)
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", name(self.kind)))
    }

    /// What the film shows; drawn anew unless the one that is there has the same frames of the same signs.
    fn film(&self, model: &Arc<Model>, subjects: &[Subject]) -> anyhow::Result<Film> {
        let (about, video) = (self.path("json"), self.path("mp4"));
        let options = Options { quality: self.args.quality, ..Options::new(Arc::clone(model)) };
        let film = roundtrip::plan(self.kind, &options, subjects)?;
        let there: Option<Film> =
            std::fs::read_to_string(&about).ok().and_then(|text| serde_json::from_str(&text).ok());
        let frames = |film: &Film| -> Vec<_> {
            film.clips.iter().map(|clip| (clip.key.clone(), clip.frames.clone())).collect()
        };
        if self.args.reuse && video.exists() && there.is_some_and(|there| frames(&there) == frames(&film)) {
            return Ok(film);
        }
        // An older film, and what was read of it, must not be taken for this one if drawing is stopped.
        for older in [&video, &self.path("pose")] {
            let _ = std::fs::remove_file(older);
        }
        std::fs::write(&about, serde_json::to_string(&film)?)
            .with_context(|| format!("cannot write {}", about.display()))?;
        let sink = Box::new(Mp4::create(&video, SIZE.x, SIZE.y, FPS)?);
        let bar = ProgressBar::new(0);
        roundtrip::shoot(options, subjects, sink, |drawn, of| {
            bar.set_length(of);
            bar.set_position(drawn);
            if bar.is_hidden() && (drawn == of || drawn.is_multiple_of(500)) {
                eprintln!("drew {drawn} of {of} frames");
            }
        })?;
        bar.finish_and_clear();
        Ok(film)
    }

    fn landmarks(&self) -> anyhow::Result<PoseSequence> {
        let file = self.path("pose");
        if self.args.reuse && file.exists() {
            return Ok(PoseSequence::read(&file)?);
        }
        Ok(self.reader.read(&self.path("mp4"), &file, |line| eprintln!("read {line}"))?)
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Letters => "letters",
        Kind::Signs => "signs",
    }
}

fn print(report: &Report) {
    let totals = &report.totals;
    let [face, hands, letters, signs] = TARGETS;
    println!("{}: {} clips, {} candidates", name(report.kind), report.clips.len(), report.candidates);
    line("face found", totals.face, face);
    line("visible hands found", totals.hands, hands);
    let right = if report.kind == Kind::Letters { letters } else { signs };
    line("nearest to themselves", totals.right, right);
    let wrong: Vec<_> = report.clips.iter().filter(|read| !read.is_right()).collect();
    if !wrong.is_empty() {
        println!("  taken for another:");
    }
    for read in wrong {
        println!(
            "    {:<28} for {:<28} {} nearer, {:.3} to itself, {:.3} to that",
            read.key,
            read.taken_for,
            read.nearer,
            read.distance.unwrap_or(f32::NAN),
            read.to_other.unwrap_or(f32::NAN),
        );
    }
    let lost = |read: &&crate::eval::Read| read.hands.iter().any(|hand| hand.percent() < TARGETS[1]);
    let lost: Vec<_> = report.clips.iter().filter(lost).collect();
    if !lost.is_empty() {
        println!("  hands lost (left, right: found of visible frames):");
    }
    for read in lost {
        let [left, right] = read.hands;
        println!("    {:<28} {}/{}, {}/{}", read.key, left.found, left.of, right.found, right.of);
    }
}

fn line(what: &str, share: Share, target: f64) {
    let percent = share.percent();
    let verdict = if percent >= target { "reached" } else { "missed" };
    println!("  {what:<22} {percent:6.2} %  ({} of {})  {verdict}: {target} %", share.found, share.of);
}
