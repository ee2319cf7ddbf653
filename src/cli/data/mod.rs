//! `nashra data`: one file a subcommand.

mod show;
mod split;
mod synth;

use std::process::ExitCode;

/// Arguments of `nashra data`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make the practice dataset: invented signs by signers that do not exist, so that training can be tried.
    Synth(synth::Args),
    /// Decide which clips train, validate and test, and write it beside them.
    Split(split::Args),
    /// Say what a dataset holds, or draw one of its clips.
    Show(show::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Synth(args) => synth::run(args),
        Command::Split(args) => split::run(args),
        Command::Show(args) => show::run(args),
    }
}
