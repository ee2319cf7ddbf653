//! `nashra avatar`: one file a subcommand.

mod build;
mod check;
mod measure;
#[cfg(feature = "app")]
mod roundtrip;
#[cfg(feature = "app")]
mod sheet;

pub(super) use build::replace;
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
    /// Measure how recordings, or our own signs, come out: accuracy, smoothness, what was mended.
    Measure(measure::Args),
    /// Draw every letter and sign, and have a landmark model read them back.
    #[cfg(feature = "app")]
    Roundtrip(roundtrip::Args),
    /// Draw one picture of faces, hands, letters and arms, to judge an avatar by.
    #[cfg(feature = "app")]
    Sheet(sheet::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
        Command::Measure(args) => measure::run(args),
        #[cfg(feature = "app")]
        Command::Roundtrip(args) => roundtrip::run(args),
        #[cfg(feature = "app")]
        Command::Sheet(args) => sheet::run(args),
    }
}
