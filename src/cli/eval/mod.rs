//! `nashra eval`: judging signing by number.

mod holistic;
mod models;
mod poses;
mod steps;

use std::process::ExitCode;

/// Arguments of `nashra eval`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Compare made clips with recorded ones: all distances of the field, and how they move.
    Poses(poses::Args),
    /// Judge trained models on a dataset, beside chance, neighbours and recordings: the paper's Table III and
    /// what it left out.
    Models(models::Args),
    /// Compare our landmarks of a video with those of Python's MediaPipe.
    Holistic(holistic::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Poses(args) => poses::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Holistic(args) => holistic::run(&args),
    }
}
