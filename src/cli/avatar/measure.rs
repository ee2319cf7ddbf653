//! `nashra avatar measure`: how well motion keeps to its source, in figures.

use crate::avatar::Model;
use crate::cli::shared;
use crate::lexicon::{Lexicon, SignClip};
use crate::pose::PoseSequence;
use crate::retarget::measure::{Figures, Judge, Spread, Tally};
use anyhow::{Context, bail};
use rayon::prelude::*;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `nashra avatar measure`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The avatar whose contacts and depths are measured; without it, the one that comes with the
    /// program.
    #[arg(long, value_name = "FILE")]
    avatar: Option<PathBuf>,
    /// Recordings: `.pose` files and folders of them; without any, the built-in signs and letters.
    #[arg(value_name = "CLIP.pose|DIR")]
    clips: Vec<PathBuf>,
    /// How many clips the table lists, the worst first.
    #[arg(long, value_name = "N", default_value_t = 20)]
    worst: usize,
    /// Print JSON: every clip, and all together.
    #[arg(long)]
    json: bool,
}

/// A clip's name and what was measured.
struct Measured {
    name: String,
    tally: Tally,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let avatar = Model::load(shared::avatar(args.avatar.clone())?)?;
    let judge = Judge::new(&avatar.proportions())?;
    let (mut measured, failed) = match args.clips.is_empty() {
        true => (signs(&judge)?, Vec::new()),
        false => recordings(&files(&args.clips)?, &judge),
    };
    for failure in &failed {
        eprintln!("nashra: {failure}");
    }
    if measured.is_empty() {
        bail!("none of the clips could be measured");
    }
    let mut all = Tally::default();
    measured.iter().for_each(|clip| all.add(&clip.tally));
    measured.sort_by(|a, b| badness(&b.tally).total_cmp(&badness(&a.tally)));
    print(&measured, &all, &args)?;
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What clips are sorted by: the 95th percentile of the fingertips' error in the picture.
fn badness(tally: &Tally) -> f32 {
    tally.figures().fingertip_picture.map_or(0.0, |spread| spread.p95)
}

/// The `.pose` files of paths, folders searched one deep, in their order.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
        let mut inside = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        inside.retain(|file| file.extension().is_some_and(|e| e == "pose"));
        inside.sort();
        if inside.is_empty() {
            bail!("{}: no .pose file in this folder", path.display());
        }
        files.append(&mut inside);
    }
    Ok(files)
}

fn recordings(files: &[PathBuf], judge: &Judge) -> (Vec<Measured>, Vec<String>) {
    let one = |path: &PathBuf| -> anyhow::Result<Measured> {
        let sequence = PoseSequence::read(path).with_context(|| path.display().to_string())?;
        let tally = judge.clip(&sequence).with_context(|| path.display().to_string())?;
        Ok(Measured { name: stem(path), tally })
    };
    let results: Vec<anyhow::Result<Measured>> = files.par_iter().map(one).collect();
    let (mut measured, mut failed) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(clip) => measured.push(clip),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    (measured, failed)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn signs(judge: &Judge) -> anyhow::Result<Vec<Measured>> {
    let lexicon = Lexicon::builtin()?;
    let entries: Vec<_> = lexicon.entries().collect();
    let one = |&(sign, entry): &(_, &crate::lexicon::Entry)| -> anyhow::Result<Option<Measured>> {
        let SignClip::Notated(motion) = lexicon.clip(sign)? else { return Ok(None) };
        Ok(Some(Measured { name: entry.key.clone(), tally: judge.motion(&motion)? }))
    };
    let measured: anyhow::Result<Vec<Option<Measured>>> = entries.par_iter().map(one).collect();
    Ok(measured?.into_iter().flatten().collect())
}

#[derive(Serialize)]
struct Row<'a> {
    clip: &'a str,
    #[serde(flatten)]
    figures: Figures,
}

fn print(measured: &[Measured], all: &Tally, args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let rows: Vec<Row> =
            measured.iter().map(|clip| Row { clip: &clip.name, figures: clip.tally.figures() }).collect();
        let whole = serde_json::json!({ "all": all.figures(), "clips": rows });
        serde_json::to_writer_pretty(&mut out, &whole)?;
        writeln!(out)?;
        return Ok(());
    }
    let shown = measured.iter().take(args.worst);
    let width = shown.clone().map(|clip| clip.name.chars().count()).max().unwrap_or(0).max(12);
    writeln!(out, "{:width$}  {}", "clip", COLUMNS)?;
    for clip in shown {
        writeln!(out, "{:width$}  {}", clip.name, line(&clip.tally.figures()))?;
    }
    writeln!(out, "{:width$}  {}", format!("all {}", measured.len()), line(&all.figures()))?;
    writeln!(out, "\n{LEGEND}")?;
    Ok(())
}

const COLUMNS: &str = "tip picture   tip depth     wrist picture palm °      limits  jerk           contact       depth mm   frames  lost     gaps  eased swap  twice spike froze flip";

const LEGEND: &str = "\
Pairs are mean/95th percentile in shoulder widths, after forward kinematics on the reference body, against
the source's landmarks at the reference's bone lengths. limits: frames beyond a joint limit. jerk: over the
smoothed source's, in the picture as it is and smoothed alike, in depth smoothed alike. contact:
precision/recall of the avatar's contacts; a source's are guesses where a camera guessed its depth, and of
parts that it has beneath a skin only the deepest count. depth mm: deepest in its own skin, and the 99th
percentile over frames. lost: frames without left/right hand. Mended, as events:frames:
gaps bridged, gaps eased to rest, hands exchanged, one hand found twice, jumps away and back, hands that
stood still and caught up, depth turned over.";

fn line(f: &Figures) -> String {
    let pair = |spread: Option<Spread>, digits: usize| match spread {
        Some(s) => format!("{:.digits$}/{:.digits$}", s.mean, s.p95),
        None => "-".into(),
    };
    let jerk = f.jerk_ratio.map_or("-".into(), |j| format!("{:.2}/{:.2}/{:.2}", j.picture, j.alike, j.depth));
    let share = |value: Option<f32>| value.map_or("-".into(), |v| format!("{v:.2}"));
    let contact = format!("{}/{}", share(f.contacts.precision()), share(f.contacts.recall()));
    let depth = f.depth_mm.map_or("-".into(), |[most, p99]| format!("{most:.1}/{p99:.1}"));
    let r = &f.report;
    let mended = [r.bridged, r.eased, r.swapped, r.doubled, r.spikes, r.frozen, r.flipped]
        .map(|kind| format!("{:5}", format!("{}:{}", kind.events, kind.frames)));
    let lost = format!("{}/{}", f.report.missing_hands[0], f.report.missing_hands[1]);
    format!(
        "{:12}  {:12}  {:12}  {:10}  {:5.1}%  {jerk:14} {contact:13} {depth:10} {:6}  {lost:8} {}",
        pair(f.fingertip_picture, 3),
        pair(f.fingertip, 3),
        pair(f.wrist_picture, 3),
        pair(f.palm_degrees, 1),
        f.violations_percent,
        f.frames,
        mended.join(" "),
    )
}
