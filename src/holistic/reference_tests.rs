//! Whole clips against Python's landmarks, where the clips, the networks and ffmpeg are on the machine.
//!
//! `NASHRA_HOLISTIC_MODELS` names a folder with the networks' `.tflite` files; otherwise the installed ones are taken. The clips lie in `../shared/reference/holistic`.

use super::parity::{PARTS, Parity, Reference, parity};
use super::{Clock, Complexity, ExactRuntime, Holistic, HolisticFrame, HolisticOptions, Rgb};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const CLIPS: [&str; 2] = ["autsl_signer0_sample1000", "pose_test_video"];

fn models() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let named = std::env::var_os("NASHRA_HOLISTIC_MODELS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| home.join(".local/share/nashra/models/holistic"));
    folder.join("pose_landmark_full.tflite").is_file().then_some(folder)
}

fn clips() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/holistic")
}

/// A clip's frames, all of them, each once.
fn frames(path: &Path) -> Option<Vec<u8>> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(path);
    ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-vsync", "0", "-"]);
    Some(ffmpeg.output().ok()?.stdout).filter(|bytes| !bytes.is_empty())
}

/// What we find in a clip beside what Python finds, and how many frames a second that took.
fn compared(name: &str, models: &Path) -> Option<(Parity, f64)> {
    let reference = Reference::read(&clips().join(format!("{name}.holistic.npz"))).ok()?;
    let frames = frames(&clips().join(format!("{name}.mp4")))?;
    let [width, height] = reference.size_px.to_array().map(|side| side as usize);
    let runtime = ExactRuntime::new(models, Complexity::Full);
    let options = HolisticOptions { clock: Clock::Fixed33333us, ..HolisticOptions::default() };
    let mut holistic = Holistic::new(&runtime, options).unwrap();
    let start = Instant::now();
    let pictures = frames.chunks_exact(width * height * 3);
    let found = pictures
        .map(|pixels| holistic.process(Rgb::new(width, height, pixels).unwrap(), Duration::ZERO).unwrap());
    let found: Vec<HolisticFrame> = found.collect();
    let rate = found.len() as f64 / start.elapsed().as_secs_f64();
    Some((parity(&found, &reference), rate))
}

#[test]
fn real_signing_is_found_where_python_finds_it() {
    let Some(models) = models() else {
        eprintln!("no networks on this machine: not compared");
        return;
    };
    for name in CLIPS {
        let Some((parity, rate)) = compared(name, &models) else {
            eprintln!("{name}: no clip or no ffmpeg on this machine: not compared");
            continue;
        };
        println!("{name}, {rate:.1} frames a second on one thread\n{parity}");
        for (part, name) in PARTS.iter().enumerate() {
            let most_px = if part == 0 { 0.2 } else { 0.3 };
            assert!(parity.parts[part].mean_px <= most_px, "{name}: {parity}");
            assert!(parity.agreement(part) >= 0.98, "{name}: {parity}");
        }
        assert!(parity.parts[0].p95_px <= 1.0, "{parity}");
    }
}
