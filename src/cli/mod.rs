//! The command line: one file a command, no logic of its own.

mod avatar;
mod completions;
mod config;
mod data;
mod eval;
mod extract;
mod gloss;
mod letters;
mod lexicon;
mod models;
mod pose;
#[cfg(feature = "app")]
mod render;
#[cfg(feature = "app")]
mod settings;
#[cfg_attr(not(feature = "app"), expect(dead_code, reason = "without the app few commands are left"))]
mod shared;
#[cfg(feature = "app")]
mod sign;
mod sources;
mod tables;
mod train;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Arabic news headlines, signed by a 3D avatar.
#[derive(Parser)]
#[command(name = "nashra", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign headlines in a window: from an argument, standard input, a growing file or a socket.
    #[cfg(feature = "app")]
    Sign(sign::Args),
    /// Sign headlines into a video, a folder of pictures, or a `.pose` file; no display needed.
    #[cfg(feature = "app")]
    Render(render::Args),
    /// Print what would be signed: each sign, its words, its source and its rule.
    Gloss(gloss::Args),
    /// The signs that are known: list, show, import.
    Lexicon(lexicon::Args),
    /// The manual alphabet: measure it from recordings.
    Letters(letters::Args),
    /// Videos to landmarks: MediaPipe Holistic, many videos at once, into `.pose` files.
    Extract(extract::Args),
    /// Datasets: make the practice one, split, show.
    Data(data::Args),
    /// The networks' files: list, verify, pull, path.
    Models(models::Args),
    /// Train SignCLIP, MotionCLIP and T2M-GPT on a dataset, or the demo models.
    Train(train::Args),
    /// Avatars: build our own, check anybody's.
    Avatar(avatar::Args),
    /// `.pose` files: what is in them, convert, normalise.
    Pose(pose::Args),
    /// Judge signing by number: made clips beside recorded ones.
    Eval(eval::Args),
    /// The settings: show them, print a file to start from.
    Config(config::Args),
    /// Print tab completions for a shell.
    Completions(completions::Args),
}

/// Runs the command line that this process was started with.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    init_logging();
    let result = match cli.command {
        #[cfg(feature = "app")]
        Command::Sign(args) => sign::run(args),
        #[cfg(feature = "app")]
        Command::Render(args) => render::run(args),
        Command::Gloss(args) => gloss::run(args),
        Command::Lexicon(args) => lexicon::run(args),
        Command::Letters(args) => letters::run(args),
        Command::Extract(args) => extract::run(args),
        Command::Data(args) => data::run(args),
        Command::Models(args) => models::run(args),
        Command::Train(args) => train::run(args),
        Command::Avatar(args) => avatar::run(args),
        Command::Pose(args) => pose::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Config(args) => config::run(args),
        Command::Completions(args) => completions::run(args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nashra: {}", told(&error));
            ExitCode::from(1)
        }
    }
}

/// What is logged unless `RUST_LOG` says otherwise. The renderer's warning that software draws is left
/// out, because that is a usual way to run this program; so is the driver loader's that there is no
/// driver, because our own error says it.
const LOGGED: &str = "nashra=info,bevy_render::renderer=error,wgpu_hal::vulkan::instance=off,warn";

/// The error and its causes, each said once: many messages hold their cause's text already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn init_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let colour =
        std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
}
