//! `nashra data check`: what is broken, doubled, contradictory or leaking in a dataset.

use super::shown::Progress;
use crate::cli::tables::{print, print_json};
use crate::dataset::Dataset;
use crate::dataset::check::{CheckOptions, CheckReport, Kind, NEAR, Severity, check};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "Errors: leak (clips of one origin, or nearly the same motion, in two parts of a \
split), motion-clash (one motion under two words), gloss-clash (two words that are spelled alike), empty (no \
frames, no shoulders, never a hand), unreadable. Warnings: duplicate, near-duplicate, frozen, jumps, \
few-hands, short, long, unused. Notes: left-handed. Ends with 1 where there are errors.";

/// Arguments of `nashra data check`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The dataset's folder.
    dataset: PathBuf,
    /// The split to look for leaks in [default: all that the dataset has].
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// How near two clips' hands and arms must be to be near duplicates, shoulder widths.
    #[arg(long, value_name = "WIDTHS", default_value_t = NEAR, value_parser = distance)]
    near: f32,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

fn distance(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(distance) if (0.0..=1.0).contains(&distance) => Ok(distance),
        _ => Err("expected shoulder widths from 0 to 1".to_owned()),
    }
}

pub(in crate::cli) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let progress = Progress::new("checking", dataset.clips().len());
    let options = CheckOptions { split: args.split, near: args.near };
    let report = check(&dataset, &options, |clips| progress.add(clips))?;
    drop(progress);
    if args.json {
        print_json(&report)?
    } else {
        print(&text(&report)?)?
    }
    Ok(ExitCode::from(u8::from(report.count(Severity::Error) > 0)))
}

/// Findings of one kind, and clips of one finding, that are shown; JSON has them all.
const SHOWN: usize = 12;
const SHOWN_CLIPS: usize = 4;

fn text(report: &CheckReport) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = report.findings.get(at) {
        let kind = first.kind;
        let count = report.findings[at..].iter().take_while(|finding| finding.kind == kind).count();
        writeln!(out, "{} {} ({count})", kind.severity().name(), kind.name())?;
        for finding in report.findings[at..at + count].iter().take(SHOWN) {
            writeln!(out, "  {}: {}", clips(kind, &finding.clips), finding.what)?;
        }
        if let more @ 1.. = count.saturating_sub(SHOWN) {
            writeln!(out, "  … and {more} more; --json lists them all")?;
        }
        at += count;
    }
    let splits = match report.splits.as_slice() {
        [] => "no splits".to_owned(),
        names => format!("splits {}", names.join(", ")),
    };
    writeln!(
        out,
        "{}: {} clips, {} words, {splits}: {} errors, {} warnings, {} notes",
        report.dataset.display(),
        report.clips,
        report.words,
        report.count(Severity::Error),
        report.count(Severity::Warning),
        report.count(Severity::Note)
    )?;
    Ok(out)
}

fn clips(kind: Kind, clips: &[String]) -> String {
    let shown: Vec<&str> = clips.iter().take(SHOWN_CLIPS).map(String::as_str).collect();
    let more = clips.len().saturating_sub(SHOWN_CLIPS);
    match (kind, more) {
        (Kind::LeftHanded, 1..) => format!("{} clips", clips.len()),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{}, … {more} more", shown.join(", ")),
    }
}
