//! `nashra lexicon`.

use std::process::ExitCode;

/// Arguments of `nashra lexicon`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not built yet")
}
