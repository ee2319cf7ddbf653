//! `nashra letters`: the manual alphabet, measured from recordings.

use anyhow::{Context, bail};
use nashra_letters::{Letter, LetterTable};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::lexicon::{Review, letters as nashra_letters};
use crate::pose::PoseSequence;
use crate::retarget::measure_letter;

/// Arguments of `nashra letters`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Measure each letter of a folder of recordings: joint angles, palm, place, path and timing.
    Measure {
        /// A folder with an `index.csv` (path, signed_language, words) and the `.pose` files it names.
        dir: PathBuf,
        /// Where to write the letters; standard output without it.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

#[derive(serde::Deserialize)]
struct Row {
    path: PathBuf,
    signed_language: String,
    words: String,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Measure { dir, output } = args.command;
    let table = LetterTable { letters: measure(&dir)?, aliases: LetterTable::usual_aliases() };
    let text = table.to_toml();
    LetterTable::parse(&text).context("the measured letters do not hold together")?;
    match output {
        None => print!("{text}"),
        Some(path) => {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            println!("{}: {} letters, {} aliases", path.display(), table.letters.len(), table.aliases.len());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(dir: &Path) -> anyhow::Result<Vec<Letter>> {
    let index = dir.join("index.csv");
    let mut reader =
        csv::Reader::from_path(&index).with_context(|| format!("cannot read {}", index.display()))?;
    let mut letters = Vec::new();
    for (row, record) in reader.deserialize::<Row>().enumerate() {
        let row_number = row + 2;
        let Row { path, signed_language, words } =
            record.with_context(|| format!("{}, line {row_number}", index.display()))?;
        let file = dir.join(&path);
        let sequence =
            PoseSequence::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let measured = measure_letter(&sequence).with_context(|| format!("{words}: {}", file.display()))?;
        letters.push(Letter {
            letter: words,
            source: path.display().to_string(),
            language: signed_language,
            confidence: measured.confidence,
            review: Review::NotReviewed,
            hold: measured.hold,
            keys: measured.keys,
        });
    }
    if letters.is_empty() {
        bail!("{} names no recordings", index.display());
    }
    Ok(letters)
}
