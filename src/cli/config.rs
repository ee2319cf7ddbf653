//! `nashra config`: what the settings are and where they come from.

use crate::config::{Config, EXAMPLE};
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra config`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Print the settings that the file gives; commented keys are at their defaults.
    Show {
        /// Read this file instead of the user's.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print where the user's file is looked for.
    Path,
    /// Print a commented file with every key, to start from.
    Example,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Show { config } => {
            let config = Config::load(config.as_deref())?;
            print!("{}", toml::to_string(&config)?);
        }
        Action::Path => {
            let path = Config::user_path().context("neither XDG_CONFIG_HOME nor HOME is set")?;
            println!("{}", path.display());
        }
        Action::Example => print!("{EXAMPLE}"),
    }
    Ok(ExitCode::SUCCESS)
}
