//! `nashra sign`: headlines signed in a window.

use super::settings::{Flags, Settings};
use super::shared::Switch;
use crate::app::{Sources, WindowOptions, window};
use crate::feed::{HeadlineQueue, QueuePolicy};
use anyhow::anyhow;
use bevy::app::AppExit;
use clap::ValueEnum;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra sign`.
///
/// The window stays open when its sources have ended: headlines can be typed into it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Headlines, each an argument; `-` reads them from standard input, one a line.
    #[arg(value_name = "TEXT|-")]
    text: Vec<String>,
    /// Sign the lines that are added to this file.
    #[arg(long, value_name = "FILE")]
    follow: Option<PathBuf>,
    /// Take headlines from WebSocket clients at this address, such as 127.0.0.1:8765.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// What happens to headlines that come faster than they are signed [default: hold].
    #[arg(long, value_enum, env = "NASHRA_QUEUE")]
    queue: Option<QueuePolicy>,
    /// How many headlines may wait [default: 64].
    #[arg(long, value_name = "N", env = "NASHRA_QUEUE_SIZE")]
    queue_size: Option<usize>,
    /// Show the operator's panel at the start.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    panel: Switch,
    /// Close the window when all sources have ended and everything is signed.
    #[arg(long)]
    exit_when_done: bool,
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let settings = args.flags.resolve()?;
    let queue = queue(args.queue, args.queue_size, &settings)?;
    let options = WindowOptions {
        stage: settings.stage()?,
        size: settings.size()?,
        speed: settings.speed(),
        panel: args.panel.is_on(),
        exit_when_done: args.exit_when_done,
        seed: settings.seed(),
        on_air: settings.on_air(),
    };
    let stdin = args.text.iter().any(|text| text == "-");
    let arguments = args.text.into_iter().filter(|text| text != "-").collect();
    let sources = Sources { arguments, stdin, follow: args.follow, listen: args.listen };
    // The window plays at the speed that its slider shows; the motion itself is made at a signer's pace.
    let interpreter = move || Ok(settings.interpreter(1.0)?);
    let exit = window::run(options, sources, queue, interpreter)?;
    Ok(match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

fn queue(
    policy: Option<QueuePolicy>,
    size: Option<usize>,
    settings: &Settings,
) -> anyhow::Result<HeadlineQueue> {
    let from_file = settings.file.queue.as_deref().map(|name| QueuePolicy::from_str(name, true)).transpose();
    let from_file = from_file.map_err(|_| {
        anyhow!(
            "the configuration's queue is {:?}: expected hold, drop-oldest or catch-up",
            settings.file.queue
        )
    })?;
    let policy = policy.or(from_file).unwrap_or_default();
    Ok(HeadlineQueue::new(policy, size.or(settings.file.queue_size).unwrap_or(64)))
}
