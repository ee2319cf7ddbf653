//! `nashra avatar`.

use std::process::ExitCode;

/// Arguments of `nashra avatar`.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not built yet")
}
