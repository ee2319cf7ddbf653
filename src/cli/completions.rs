//! `nashra completions`: tab completion for a shell.

use clap::CommandFactory;
use std::process::ExitCode;

/// Arguments of `nashra completions`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Which shell.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    clap_complete::generate(args.shell, &mut super::Cli::command(), "nashra", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
