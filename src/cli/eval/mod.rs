//! `nashra eval`: judging signing by number.

mod poses;

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
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Poses(args) => poses::run(&args),
    }
}
