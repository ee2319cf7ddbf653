//! `nashra train demo`: the demo models, from nothing.

use super::one;
use crate::dataset::Dataset;
use crate::train::demo::{self, Demo};
use crate::train::{Corpus, Stop};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The practice dataset's folder, as `nashra data synth` made it.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The split to learn from.
    #[arg(long, default_value = "take", value_name = "SPLIT")]
    split: String,
    /// Where the models go: what is there is replaced.
    #[arg(short, long, default_value = "models", value_name = "DIR")]
    output: PathBuf,
    /// Where the runs are kept; what is finished there is not done again.
    #[arg(long, default_value = "runs/demo", value_name = "DIR")]
    runs: PathBuf,
    /// Of all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Change a setting of one model: --set sign-clip.run.length.epochs=5.
    #[arg(long, value_name = "MODEL.KEY=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let corpus: Corpus = one::corpus(&args.data, &args.split, args.seed)?;
    let dataset: &Dataset = corpus.dataset();
    tracing::info!("demo models from {} clips of {}", dataset.clips().len(), dataset.about().name);
    let demo =
        Demo { corpus: &corpus, models: args.output, runs: args.runs, seed: args.seed, changes: args.set };
    for done in demo::train_all(&demo, &Stop::on_signals(super::ENDING, || {})?)? {
        let Some(model) = &done.model else {
            eprintln!("stopped; the same command goes on");
            return Ok(ExitCode::from(130));
        };
        println!("{}\t{} steps\t{:.0} s", model.display(), done.outcome.steps, done.outcome.seconds);
    }
    Ok(ExitCode::SUCCESS)
}
