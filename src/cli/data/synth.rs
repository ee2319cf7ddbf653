//! `nashra data synth`: the practice dataset.

use crate::dataset::synth::{Made, Practice, default_folder, make};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "The signs are the practice lexicon's: invented, NOT Syrian Arabic Sign Language, and \
so is everything that learns from them. The shape is the paper's: 150 words, 10 clips each, six signers, two \
a word, 60 frames a second. The same seed gives the same bytes on every run.";

/// Arguments of `nashra data synth`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Where to [default: nashra/datasets/practice-SEED in the user's cache folder].
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Everything follows from it: signers, takes, mistakes of the camera.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the first N of the 150 words.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    words: Option<u16>,
    /// How often each word is signed, by two signers together.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    clips_per_word: u16,
    /// Make it again where it is there already, or replace the dataset that is there.
    #[arg(long)]
    force: bool,
    /// Say as JSON what was made.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = args.out.or_else(|| default_folder(args.seed));
    let folder = folder.context("there is no cache folder here: name one with -o DIR")?;
    let practice = Practice {
        seed: args.seed,
        words: args.words.map(usize::from),
        clips_per_word: args.clips_per_word.into(),
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} clips, {eta} left");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut told = 0;
    let mut progress = |clips: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(clips as u64);
        if bar.is_hidden() && clips * 10 / all.max(1) > told {
            told = clips * 10 / all.max(1);
            eprintln!("{clips} of {all} clips");
        }
    };
    let made = make(&folder, &practice, args.force, &mut progress).with_context(|| {
        "making the practice dataset (--force replaces the dataset that is there, -o DIR puts it elsewhere)"
    });
    bar.finish_and_clear();
    let Made { dataset, kept } = made?;
    let (words, clips) = (dataset.words().len(), dataset.clips().len());
    let frames: usize = dataset.clips().iter().map(|clip| clip.frames).sum();
    let line = match args.json {
        true => serde_json::to_string(&json!({
            "folder": folder, "kept": kept, "words": words, "clips": clips, "frames": frames,
            "about": dataset.about(),
        }))?,
        false if kept => {
            format!("{}: there already, kept: {words} practice words, {clips} clips", folder.display())
        }
        false => format!(
            "{}: {words} practice words (invented, not SyArSL), {clips} clips, {frames} frames",
            folder.display()
        ),
    };
    writeln!(std::io::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}
