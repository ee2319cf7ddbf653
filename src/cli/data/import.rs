//! `nashra data import`: recordings as others keep them, brought into one dataset.

use super::shown::Progress;
use crate::cli::tables::{print, print_json, table};
use crate::dataset::import::{Format, ImportReport, Options, Points, import};
use anyhow::Context;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "What a source is, is told from what lies there:\n  \
syrisign  videos or landmarks in folders by word, signer and take (in any order), or a CSV beside them\n  \
index     .pose files with an index.csv (path, words, perhaps signer, take, start, end in ms)\n  \
karsl     signer/train|test/SIGNID/clip; words from the labels saved as CSV, --labels\n  \
wlasl     WLASL's JSON list; landmarks are called by the video's id, --landmarks\n  \
ms-asl    MS-ASL's JSON lists; landmarks are called by the file or the video's id, --landmarks\n  \
mp-data   MP_Data/word/take/frame.npy, a vector a frame\n  \
folders   a folder for each word, any .pose or .npy in it\n  \
dataset   another dataset of this program\n\n\
Several sources are merged: ids begin with the source's name then. Clips are landmarks (.pose, .npy); a \
video needs a file of the same name beside it or in --landmarks. What cannot be read is listed with the \
reason, and the rest goes on. Ends with 1 where nothing could be taken.\n\n\
Examples:\n  nashra data import ~/SyriSign -o syrisign --language ara-sy\n  \
nashra data import WLASL_v0.3.json --landmarks poses -o wlasl\n  \
nashra data import syrisign practice -o both";

/// Arguments of `nashra data import`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The folders or lists to import; several are merged.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The folder to make the dataset in.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// What the sources are, where what lies there does not say it.
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// Where landmarks lie that are not beside their videos or lists.
    #[arg(long, value_name = "DIR")]
    landmarks: Option<PathBuf>,
    /// KArSL's labels as CSV: SignID, Sign-Arabic, Sign-English.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The sign language: ISO 639-3 (jos, ase), or a tag (ara-sy) [default: what the source says, else und].
    #[arg(long, value_name = "CODE", value_parser = language)]
    language: Option<String>,
    /// Which points to keep: 203 (SignCLIP's, SyriSign's 193 among them), 193, 543, or all.
    #[arg(long, value_name = "POINTS", default_value = "203")]
    points: Points,
    /// Frames a second of arrays whose source does not say it [default: 60 for syrisign, else 30].
    #[arg(long, value_parser = rate)]
    fps: Option<f32>,
    /// What the dataset is called [default: as its folder].
    #[arg(long)]
    name: Option<String>,
    /// Write over what is in the folder.
    #[arg(long)]
    force: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn language(text: &str) -> Result<String, String> {
    let is_code = (2..=16).contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if is_code { Ok(text.to_owned()) } else { Err("expected a code such as jos or ara-sy".to_owned()) }
}

fn rate(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(rate) if (0.1..=1000.0).contains(&rate) => Ok(rate),
        _ => Err("expected frames a second from 0.1 to 1000".to_owned()),
    }
}

pub(in crate::cli) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let options = Options {
        format: args.format,
        landmarks: args.landmarks,
        labels: args.labels,
        language: args.language,
        points: args.points,
        fps: args.fps,
        name: args.name,
        force: args.force,
        command: format!("nashra {}", command.join(" ")),
    };
    let progress = Progress::new("importing", 0);
    let report = import(&args.sources, &args.out, &options, |done, total| progress.at(done, total))
        .with_context(|| format!("importing into {}", args.out.display()))?;
    drop(progress);
    if args.json {
        print_json(&report)?
    } else {
        print(&text(&report)?)?
    }
    Ok(ExitCode::from(u8::from(report.taken == 0)))
}

/// Lines of one reason that are shown; JSON has them all.
const SHOWN: usize = 40;

fn text(report: &ImportReport) -> anyhow::Result<String> {
    let mut out = String::new();
    for rejected in report.rejected.iter().take(SHOWN) {
        writeln!(out, "{}: left out: {}", rejected.path.display(), rejected.reason)?;
    }
    if let more @ 1.. = report.rejected.len().saturating_sub(SHOWN) {
        writeln!(out, "… and {more} more that were left out; --json lists them all")?;
    }
    if !report.rejected.is_empty() {
        out.push('\n');
    }
    let mut rows = vec![["SOURCE", "FORMAT", "FOUND", "TAKEN", "LEFT OUT"].map(str::to_owned)];
    rows.extend(report.sources.iter().map(|source| {
        let counts = [source.found, source.taken, source.rejected].map(|count| count.to_string());
        let [found, taken, rejected] = counts;
        [source.path.display().to_string(), source.format.to_string(), found, taken, rejected]
    }));
    out += &table(&rows);
    match &report.dataset {
        Some(folder) => writeln!(
            out,
            "{}: {} clips of {} words by {} signers",
            folder.display(),
            report.taken,
            report.words,
            report.signers
        )?,
        None => writeln!(out, "nothing could be taken: no dataset was made")?,
    }
    Ok(out)
}
