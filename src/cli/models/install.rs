//! `nashra models install`: networks that no hub has in a form that runs here, and what runs them.

use crate::cli::tables::print;
use crate::holistic::install::{self, Request, Step};
use crate::holistic::library;
use crate::models::weights::{Places, PullError};
use anyhow::ensure;
use std::path::PathBuf;
use std::process::ExitCode;

/// The name of the folder within a folder of models.
const HOLISTIC: &str = "holistic";

#[derive(clap::Args)]
pub(super) struct Args {
    /// What to install.
    #[arg(value_name = "WHAT")]
    what: What,
    /// A wheel that is there already, of MediaPipe 0.10.21 or of ONNX Runtime; may be given for each.
    #[arg(long = "wheel", value_name = "FILE")]
    wheels: Vec<PathBuf>,
    /// A network that is there already; pose_landmark_lite.tflite and pose_landmark_heavy.tflite, for
    /// complexity 0 and 2, are in no wheel.
    #[arg(long = "tflite", value_name = "FILE")]
    tflites: Vec<PathBuf>,
    /// The folder that its own folder is made in [default: where it is, --models, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// The Python whose pip is asked for wheels [default: python3].
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// The networks of MediaPipe Holistic, and the library of ONNX Runtime.
    Holistic,
}

pub(super) fn run(args: Args, places: &Places, is_named: bool) -> anyhow::Result<ExitCode> {
    let Args { what: What::Holistic, wheels, tflites, to, python } = args;
    let there = || holistic_folder(places).filter(|folder| !is_named && install::is_installed(folder));
    let folder = to.map(|to| to.join(HOLISTIC)).or_else(there);
    let folder = folder.or_else(|| Some(places.destination()?.join(HOLISTIC))).ok_or(PullError::NoFolder)?;
    let library = library::named(&|name| std::env::var_os(name).map(PathBuf::from));
    if let Some((variable, path)) = &library {
        ensure!(path.is_file(), "{variable} names {}, where there is no file", path.display());
    }
    let library = library.map(|(_, path)| path);
    let request = Request { folder, wheels, tflites, python, library };
    let mut changed = 0;
    let manifest = install::install(&request, &mut |step| {
        changed += usize::from(matches!(step, Step::Installed { .. }));
        eprintln!("{step}");
    })?;
    let done = if changed == 0 { "nothing to do".to_owned() } else { format!("{changed} files installed") };
    eprintln!("{done}; licences: {}", manifest.licences().join(", "));
    print(&format!("{}\n", request.folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The folder of the networks of MediaPipe Holistic: the first place that has them, else where they would
/// be installed.
pub(in crate::cli) fn holistic_folder(places: &Places) -> Option<PathBuf> {
    let mut folders = places.list().iter().map(|place| place.path.join(HOLISTIC));
    let found = folders.find(|folder| install::is_installed(folder));
    found.or_else(|| Some(places.destination()?.join(HOLISTIC)))
}
