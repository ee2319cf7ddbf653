//! `nashra avatar`: one file a subcommand.

mod build;
mod check;

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
    /// Say what was recognised in anybody's avatar, what is missing, and what that costs a viewer.
    Check(check::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
    }
}
