//! `nashra train`: one model at a time, or all demo models.

mod demo;
mod one;

pub(super) use one::corpus;

use crate::train::gpt::GptTask;
use crate::train::motion_clip::MotionClipTask;
use crate::train::sign_clip::SignClipTask;
use crate::train::text::TextTask;
use crate::train::vq_vae::VqVaeTask;
use std::process::ExitCode;

/// What a first signal is answered.
const ENDING: &str = "ending after this step, with a checkpoint; once more ends at once";

const AFTER_HELP: &str = "A run goes on where it was broken off: call it again with the same -o. Its folder \
holds the settings, the metrics as CSV and for TensorBoard, report.html with the curves, checkpoints, and \
the model's folder, which --models takes.\n\n\
A T2M-GPT takes three runs, each on the one before: text (or AraT5), vq-vae, gpt.\n\n\
On a processor the environment's RAYON_NUM_THREADS says how many threads multiply matrices (else one a core; \
run.threads is about the rest). Set it to 1 where other programs run beside: these threads wait for each \
other without rest, and where one is kept from its core the others lose their time with it.";

/// Arguments of `nashra train`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// SignCLIP: which sign is near to which word. Presets small, paper, best.
    SignClip(one::Args),
    /// MotionCLIP: motions from the direction of a text. Presets small, paper.
    MotionClip(one::Args),
    /// The VQ-VAE, T2M-GPT's first stage: motion as tokens. Presets small, paper, best.
    VqVae(one::Args),
    /// The GPT, T2M-GPT's second stage: tokens from a text. Presets small, paper.
    Gpt(one::Args),
    /// A small text encoder from nothing, for generators without AraT5. Preset small.
    Text(one::Args),
    /// All demo models on the practice dataset, from nothing: about an hour on two cores.
    Demo(demo::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::SignClip(args) => one::run::<SignClipTask>(args),
        Command::MotionClip(args) => one::run::<MotionClipTask>(args),
        Command::VqVae(args) => one::run::<VqVaeTask>(args),
        Command::Gpt(args) => one::run::<GptTask>(args),
        Command::Text(args) => one::run::<TextTask>(args),
        Command::Demo(args) => demo::run(args),
    }
}
