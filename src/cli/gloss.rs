//! `nashra gloss`.

use std::process::ExitCode;

/// Arguments of `nashra gloss`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not built yet")
}
