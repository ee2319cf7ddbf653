//! `nashra avatar`: one file a subcommand.

mod build;
mod measure;

use std::process::ExitCode;

/// Arguments of `nashra avatar`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Sculpt one of our own avatars; the same version gives the same bytes.
    Build(build::Args),
    /// Measure how recordings, or our own signs, come out: accuracy, smoothness, what was mended.
    Measure(measure::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Build(args) => build::run(args),
        Command::Measure(args) => measure::run(args),
    }
}
