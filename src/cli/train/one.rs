//! `nashra train MODEL`: one model.

use crate::config::Config;
use crate::dataset::{Dataset, Split, SplitRule};
use crate::models::bundles::Loader;
use crate::models::device::{DeviceChoice, device_name};
use crate::models::weights::Places;
use crate::train::{About, Corpus, Done, Ending, Model, RunAbout, RunFolder, Setup, Stop, presets, train};
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit code of a program that was stopped by a signal and kept its state.
const STOPPED: u8 = 130;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The dataset's folder: see `nashra data`.
    #[arg(long, value_name = "DIR", required_unless_present = "show")]
    data: Option<PathBuf>,
    /// A split that `nashra data split` wrote, or a rule: take, signer:NAME, session:NAME, last-takes.
    #[arg(long, default_value = "take", value_name = "SPLIT")]
    split: String,
    /// Named settings that ship.
    #[arg(long, default_value = "small", value_name = "NAME", conflicts_with = "config")]
    preset: String,
    /// Settings from a TOML file, such as --show prints.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Change one setting: --set run.length.epochs=20 --set model.small.width=64.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Print the settings and end.
    #[arg(long)]
    show: bool,
    /// The run's folder; a run that is there goes on [default: runs/DATE-MODEL-PRESET, a new one].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The name that provenance shows of the model [default: the model, the preset and the dataset].
    #[arg(long)]
    name: Option<String>,
    /// Of all that is drawn; the settings' where it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// cpu, cuda:N, or auto: the first GPU if there is one.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// A folder of the same network to go on from (model.from).
    #[arg(long, value_name = "DIR")]
    from: Option<String>,
    /// The folder of a BERT to begin both towers of a SignCLIP with (model.bert).
    #[arg(long, value_name = "DIR")]
    bert: Option<String>,
    /// The VQ-VAE's model folder, for a GPT (model.vq-vae).
    #[arg(long, value_name = "DIR")]
    vq_vae: Option<String>,
    /// The text encoder of a generator: a folder, or a model's name (model.text).
    #[arg(long, value_name = "DIR|ID")]
    text: Option<String>,
    /// Keep the model's weights in 16 bits: half the size.
    #[arg(long)]
    half: bool,
    /// A folder of models, looked in first [env: NASHRA_MODELS].
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Print what came of it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run<M: Model>(args: Args) -> anyhow::Result<ExitCode> {
    let going_on = args.output.as_deref().filter(|folder| folder.join("run.json").is_file());
    let mut recipe = recipe::<M>(&args, going_on)?;
    if args.show {
        print!("{}", presets::show(&recipe)?);
        return Ok(ExitCode::SUCCESS);
    }
    let Some(data) = &args.data else { bail!("--data names the dataset to learn from") };
    let config = M::run_config(&mut recipe);
    let (seed, dtype) = (config.seed, config.precision.dtype());
    let corpus = corpus(data, &args.split, seed)?;
    let device = args.device.open()?;
    tracing::info!("{} on {}", M::NAME, device_name(&device));
    let places = Places::new(args.models.clone(), Config::load(None)?.models);
    let setup = Setup { models: Loader::new(places, device.clone()), device: device.clone(), dtype, seed };
    let shown = presets::show(&recipe)?;
    let about = RunAbout::new(
        &format!("{}-{}", M::NAME, origin(&args)),
        seed,
        &device_name(&device),
        &format!("{} ({})", data.display(), args.split),
    );
    let folder = match (&args.output, going_on) {
        (_, Some(folder)) => {
            let folder = RunFolder::open(folder)?;
            folder.take_settings(&shown)?;
            folder
        }
        (Some(folder), None) => RunFolder::create_at(folder, &shown, &about)?,
        (None, None) => RunFolder::create(Path::new("runs"), &shown, &about)?,
    };
    let known = corpus.dataset().about();
    let product = About {
        name: args.name.clone().unwrap_or_else(|| format!("{} {} · {}", M::NAME, origin(&args), known.name)),
        trained_on: known.trained_on_kind.clone(),
        notes: format!("Trained on {} (split {}, seed {seed}): {}", known.name, args.split, known.notes),
        half: args.half,
    };
    let stop = Stop::on_signals(super::ENDING, || {})?;
    let model = folder.path().join("model");
    let done = train::<M>(&mut recipe, &corpus, &setup, &folder, (&model, &product), &stop)?;
    report(&done, args.json)
}

/// Where the settings came from, in a word.
fn origin(args: &Args) -> String {
    let stem = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    args.config.as_ref().and_then(stem).unwrap_or_else(|| args.preset.clone())
}

/// The settings: the run's own where it goes on, a file's, or a preset's; with what was changed.
fn recipe<M: Model>(args: &Args, going_on: Option<&Path>) -> anyhow::Result<M::Recipe> {
    let mut changes = Vec::new();
    let named = [
        ("model.from", &args.from),
        ("model.bert", &args.bert),
        ("model.vq-vae", &args.vq_vae),
        ("model.text", &args.text),
    ];
    for (key, value) in named {
        // Quoted, or a name such as 2024 would be a number.
        changes.extend(value.as_ref().map(|value| format!("{key}={value:?}")));
    }
    changes.extend(args.seed.map(|seed| format!("run.seed={seed}")));
    changes.extend(args.set.iter().cloned());
    if let Some(folder) = going_on {
        let text = RunFolder::open(folder)?.config()?;
        return Ok(presets::settings(&folder.join("config.toml").display().to_string(), &text, &changes)?);
    }
    Ok(match &args.config {
        Some(file) => presets::file(file, &changes)?,
        None => presets::settings(&args.preset, presets::text(M::NAME, &args.preset)?, &changes)?,
    })
}

/// A dataset by a split that was written, or that a rule makes.
pub(in crate::cli) fn corpus(data: &Path, split: &str, seed: u64) -> anyhow::Result<Corpus> {
    let dataset = Dataset::open(data)?;
    let written = data.join("splits").join(format!("{split}.csv"));
    let split = match (written.is_file(), split.parse::<SplitRule>()) {
        (true, _) => Split::load(&dataset, split)?,
        (false, Ok(rule)) => rule.apply(&dataset, seed)?,
        (false, Err(error)) => {
            ensure!(!written.is_file(), "{error}");
            bail!("no split {split:?} was written for {}, and it is no rule: {error}", data.display())
        }
    };
    Corpus::new(dataset, split).with_context(|| data.display().to_string())
}

/// Says what came of a run.
fn report(done: &Done, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string_pretty(done)?);
    } else {
        let outcome = &done.outcome;
        println!("run       {}", done.run.display());
        println!("report    {}", done.run.join("report.html").display());
        if let Some(model) = &done.model {
            println!("model     {}", model.display());
        }
        println!("steps     {} ({} epochs, {:.0} s)", outcome.steps, outcome.epochs, outcome.seconds);
        println!("waited    {:.1} % of the time for data", 100.0 * outcome.waited_share);
        if let Some(best) = outcome.best {
            println!("best      {best:.4}");
        }
        if let Some(bytes) = outcome.peak_memory_bytes {
            println!("memory    {} MB at most", bytes >> 20);
        }
    }
    if done.outcome.ending == Ending::Stopped {
        eprintln!("stopped; the same command with -o {} goes on", done.run.display());
        return Ok(ExitCode::from(STOPPED));
    }
    Ok(ExitCode::SUCCESS)
}
