//! `nashra eval holistic`: our landmarks of a video beside those that Python's MediaPipe finds in it.

use crate::cli::extract::{RuntimeChoice, complexity};
use crate::cli::models::holistic_folder;
use crate::cli::tables::{print, print_json};
use crate::config::Config;
use crate::holistic::parity::{PARTS, Parity, Reference, parity};
use crate::holistic::video::{Ffmpeg, Frames, Reading, Shape, VideoInfo};
use crate::holistic::{Clock, Complexity, Holistic, HolisticFrame, HolisticOptions};
use crate::models::weights::Places;
use anyhow::{Context, ensure};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const AFTER_HELP: &str = "The reference is an .npz archive with `landmarks` f4 [frames, 543, 3] (x and y in [0, 1], \
z as MediaPipe gives it; body, face, left hand, right hand; zeros where a part was not found), `present` bool \
[frames, 4] and `size` (width, height). Distances are in pixels, over the points of the frames in which both found \
the part; presence is the share of frames in which both did or both did not.";

/// Arguments of `nashra eval holistic`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The video.
    video: PathBuf,
    /// What Python's MediaPipe found in it, .npz.
    reference: PathBuf,
    /// The network for bodies: MediaPipe's model_complexity.
    #[arg(long, value_name = "0|1|2", default_value = "1", value_parser = complexity)]
    complexity: Complexity,
    /// What runs the networks.
    #[arg(long, value_enum, default_value_t)]
    runtime: RuntimeChoice,
    /// Take the video's own time instead of the 33,333 µs between frames of MediaPipe's Python package.
    #[arg(long)]
    own_clock: bool,
    /// Leave pictures as they are stored, even where the video says that they are to be turned.
    #[arg(long)]
    as_stored: bool,
    /// The folder of models, holistic/ in it [default: as `nashra models` looks for them].
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let named = |path: &PathBuf| path.display().to_string();
    let reference = Reference::read(&args.reference).with_context(|| named(&args.reference))?;
    let places = Places::new(args.models.clone(), Config::load(None)?.models);
    let models =
        holistic_folder(&places).context("there is no folder for models: name one with --models DIR")?;
    let runtime = args.runtime.open(models, args.complexity, 1)?;
    let clock = if args.own_clock { Clock::Video } else { Clock::Fixed33333us };
    let mut holistic = Holistic::new(&*runtime, HolisticOptions { clock, ..HolisticOptions::default() })?;
    let ffmpeg = Ffmpeg::find()?;
    let video = VideoInfo::of(&ffmpeg, &args.video)?;
    let shape = Shape { upright: !args.as_stored, ..Shape::default() };
    let reading = Reading { shape, ..Reading::default() };
    let mut frames = Frames::open(&ffmpeg, &args.video, &video, &reading)?;
    let (mut found, mut took) = (Vec::<HolisticFrame>::new(), Duration::ZERO);
    while let Some(frame) = frames.next_frame()? {
        let began = Instant::now();
        found.push(holistic.process(frame.image, frame.time)?);
        took += began.elapsed();
    }
    let (ours, theirs) = (found.len(), reference.landmarks.len());
    ensure!(
        ours == theirs,
        "{}: expected the {theirs} frames of {}, found {ours}",
        named(&args.video),
        named(&args.reference)
    );
    let rate = ours as f64 / took.as_secs_f64().max(1e-9);
    let parity = parity(&found, &reference);
    match args.json {
        true => print_json(&as_json(&parity, rate))?,
        false => {
            print(&format!("{ours} frames, {rate:.1} a second on one thread without decoding\n\n{parity}"))?
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(parity: &Parity, frames_per_second: f64) -> serde_json::Value {
    let parts = PARTS.iter().zip(&parity.parts).enumerate().map(|(i, (name, part))| {
        json!({
            "part": name, "frames": part.frames, "mean_px": part.mean_px, "p95_px": part.p95_px,
            "max_px": part.most_px, "presence": parity.agreement(i),
        })
    });
    let parts: Vec<_> = parts.collect();
    json!({ "frames": parity.frames, "frames_per_second": frames_per_second, "parts": parts })
}
