//! `nashra data show`: what a dataset holds, and a clip of it as drawings.

use crate::cli::tables::print;
use crate::dataset::{Dataset, strip};
use anyhow::{Context, bail};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra data show`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The dataset's folder.
    dataset: PathBuf,
    /// A clip, by its id in clips.csv; without it the words are listed.
    clip: Option<String>,
    /// Draw the clip: body, hands and face of some frames side by side, as SVG.
    #[arg(short, long, value_name = "FILE.svg", requires = "clip")]
    out: Option<PathBuf>,
    /// How many frames are drawn.
    #[arg(long, value_name = "N", default_value_t = 8)]
    frames: usize,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let out = match &args.clip {
        None => words(&dataset, args.json)?,
        Some(id) => clip(&dataset, id, &args)?,
    };
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn words(dataset: &Dataset, json: bool) -> anyhow::Result<String> {
    let mut clips: BTreeMap<usize, usize> = BTreeMap::new();
    for clip in dataset.clips() {
        *clips.entry(clip.word).or_default() += 1;
    }
    let count = |word: usize| clips.get(&word).copied().unwrap_or(0);
    if json {
        let words = dataset.words().iter().enumerate();
        let words: Vec<_> = words.map(|(i, word)| json!({ "word": word, "clips": count(i) })).collect();
        let value = json!({ "about": dataset.about(), "words": words, "clips": dataset.clips() });
        return Ok(serde_json::to_string_pretty(&value)? + "\n");
    }
    let about = dataset.about();
    let mut out = format!("{}\n{}\n", about.name, about.notes);
    for (i, word) in dataset.words().iter().enumerate() {
        writeln!(out, "{:<28} {:>4} clips  {}\t{}", word.key, count(i), word.gloss, word.category)?;
    }
    Ok(out)
}

fn clip(dataset: &Dataset, id: &str, args: &Args) -> anyhow::Result<String> {
    let Some(number) = dataset.clip_of(id) else { bail!("no clip has the id {id:?}; clips.csv lists them") };
    let (record, word) = (&dataset.clips()[number], dataset.word_of(number));
    let landmarks = dataset.read(number)?;
    if let Some(path) = &args.out {
        std::fs::write(path, strip(&landmarks, args.frames)).with_context(|| path.display().to_string())?;
    }
    let shares = landmarks.seen_shares();
    if args.json {
        let seen: BTreeMap<_, _> = shares.into_iter().collect();
        let value = json!({ "clip": record, "word": word, "points": landmarks.point_count(), "seen": seen });
        return Ok(serde_json::to_string_pretty(&value)? + "\n");
    }
    let mut out = format!("{id}: {} ({})\n", word.gloss, word.key);
    writeln!(out, "  signer {}, session {}, take {}", record.signer, record.session, record.take)?;
    let seconds = record.frames as f32 / record.fps;
    writeln!(out, "  {} frames at {} a second, {seconds:.2} s", record.frames, record.fps)?;
    writeln!(out, "  source: {}", record.source)?;
    for (part, share) in shares {
        writeln!(out, "  {part:<24} seen in {:.0} % of frames", 100.0 * share)?;
    }
    Ok(out)
}
