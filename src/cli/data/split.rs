//! `nashra data split`: which clips train, validate and test.

use crate::cli::tables::print;
use crate::dataset::{Dataset, Part, Split, SplitRule, WhyLeftOut};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "Rules:\n  take           the paper's: of each word one take in ten tests, one \
validates; all signers are in all parts\n  signer:NAME    all clips of one signer test: how a model does with \
somebody new\n  session:NAME   all clips of one session test\n  last-takes     of each word and signer the last \
fifth of the takes tests, the tenth before it validates\n\nCopies and augmentations never lie on both sides. \
`nashra data check DATASET --split NAME` looks for clips that do.";

/// Arguments of `nashra data split`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The dataset's folder.
    dataset: PathBuf,
    /// The rule: take, signer:NAME, session:NAME, last-takes.
    #[arg(long, value_name = "RULE", default_value = "take")]
    by: SplitRule,
    /// Its name, which is its file's in the dataset's splits/ [default: the rule's].
    #[arg(long)]
    name: Option<String>,
    /// Which takes are drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Counts as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let mut split = args.by.apply(&dataset, args.seed)?;
    if let Some(name) = args.name {
        split.name = name;
    }
    let path = split.save(&dataset)?;
    let out = match args.json {
        true => serde_json::to_string_pretty(&as_json(&dataset, &split, &path))? + "\n",
        false => as_text(&dataset, &split, &path)?,
    };
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// Clips, words and signers of a part.
fn counts(dataset: &Dataset, clips: &[usize]) -> [usize; 3] {
    let records = || clips.iter().filter_map(|clip| dataset.clips().get(*clip));
    let words: BTreeSet<usize> = records().map(|clip| clip.word).collect();
    let signers: BTreeSet<&str> = records().map(|clip| clip.signer.as_str()).collect();
    [clips.len(), words.len(), signers.len()]
}

/// How many copies are left out, and the words that are.
fn left_out<'a>(dataset: &'a Dataset, split: &Split) -> (usize, BTreeSet<&'a str>) {
    let copies = split.left_out.iter().filter(|out| out.why == WhyLeftOut::Copy).count();
    let words = split.left_out.iter().filter(|out| out.why == WhyLeftOut::WordOnlyThere);
    (copies, words.map(|out| dataset.word_of(out.clip).key.as_str()).collect())
}

fn as_text(dataset: &Dataset, split: &Split, path: &std::path::Path) -> anyhow::Result<String> {
    let mut out = format!("{:<12}{:>7}{:>7}{:>9}\n", "PART", "CLIPS", "WORDS", "SIGNERS");
    for part in Part::ALL {
        let [clips, words, signers] = counts(dataset, split.part(part));
        writeln!(out, "{:<12}{clips:>7}{words:>7}{signers:>9}", part.name())?;
    }
    let (copies, words) = left_out(dataset, split);
    if copies > 0 {
        writeln!(out, "left out: {copies} copies of clips that validate or test")?;
    }
    if !words.is_empty() {
        let words: Vec<&str> = words.into_iter().collect();
        writeln!(out, "left out: {} words that nobody else signs: {}", words.len(), words.join(", "))?;
    }
    writeln!(out, "{}", path.display())?;
    Ok(out)
}

fn as_json(dataset: &Dataset, split: &Split, path: &std::path::Path) -> serde_json::Value {
    let part = |part: Part| {
        let [clips, words, signers] = counts(dataset, split.part(part));
        (part.name().to_owned(), json!({ "clips": clips, "words": words, "signers": signers }))
    };
    let parts: serde_json::Map<_, _> = Part::ALL.into_iter().map(part).collect();
    let (copies, words) = left_out(dataset, split);
    json!({
        "name": split.name, "path": path, "parts": parts,
        "left_out": { "copies": copies, "words_only_there": words },
    })
}
