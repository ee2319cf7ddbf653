//! `nashra data`: one file a subcommand.

mod check;
mod import;
mod show;
mod shown;
mod split;
mod stats;
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
    /// Bring recordings as others keep them into one dataset: SyriSign, KArSL, WLASL, MS-ASL, plain folders, …
    Import(import::Args),
    /// Look for what is broken, doubled, contradictory, or leaks between the parts of a split.
    Check(check::Args),
    /// Print a dataset in figures, beside the paper's Table I.
    Stats(stats::Args),
    /// Decide which clips train, validate and test, and write it beside them.
    Split(split::Args),
    /// Say what a dataset holds, or draw one of its clips.
    Show(show::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Synth(args) => synth::run(args),
        Command::Import(args) => import::run(args),
        Command::Check(args) => check::run(args),
        Command::Stats(args) => stats::run(args),
        Command::Split(args) => split::run(args),
        Command::Show(args) => show::run(args),
    }
}
