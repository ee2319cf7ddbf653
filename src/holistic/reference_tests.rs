//! Whole clips against Python's landmarks, where the clips, the networks and ffmpeg are on the machine.
//!
//! `NASHRA_HOLISTIC_MODELS` names a folder with the networks' `.tflite` files; otherwise the installed ones are
//! taken. The clips lie in `../shared/reference/holistic`.

use super::parity::{PARTS, Parity, Reference, parity};
use super::video::{Ffmpeg, Frames, Reading, VideoInfo};
use super::{Clock, Complexity, ExactRuntime, Holistic, HolisticFrame, HolisticOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

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

/// What we find in a clip beside what Python finds, and how many frames a second that took; none without the clip.
fn compared(name: &str, models: &Path, ffmpeg: &Ffmpeg) -> Option<(Parity, f64)> {
    let reference = Reference::read(&clips().join(format!("{name}.holistic.npz"))).ok()?;
    let path = clips().join(format!("{name}.mp4"));
    let video = VideoInfo::of(ffmpeg, &path).unwrap();
    let mut frames = Frames::open(ffmpeg, &path, &video, &Reading::default()).unwrap();
    let runtime = ExactRuntime::new(models, Complexity::Full);
    let options = HolisticOptions { clock: Clock::Fixed33333us, ..HolisticOptions::default() };
    let mut holistic = Holistic::new(&runtime, options).unwrap();
    let start = Instant::now();
    let mut found: Vec<HolisticFrame> = Vec::new();
    while let Some(frame) = frames.next_frame().unwrap() {
        found.push(holistic.process(frame.image, frame.time).unwrap());
    }
    assert_eq!(found.len(), reference.landmarks.len(), "{name}");
    let rate = found.len() as f64 / start.elapsed().as_secs_f64();
    Some((parity(&found, &reference), rate))
}

/// Python's landmarks are 32-bit shares of the picture: these are their last digits.
const SAME_PX: f32 = 1e-3;

#[test]
fn real_signing_is_found_where_python_finds_it() {
    let Some(models) = models() else {
        eprintln!("no networks on this machine: not compared");
        return;
    };
    let ffmpeg = Ffmpeg::find().unwrap();
    for name in CLIPS {
        let Some((parity, rate)) = compared(name, &models, &ffmpeg) else {
            eprintln!("{name}: no reference on this machine: not compared");
            continue;
        };
        println!("{name}, {rate:.1} frames a second on one thread\n{parity}");
        for (part, of) in PARTS.iter().enumerate() {
            assert!(parity.parts[part].most_px <= SAME_PX, "{name}, {of}: {parity}");
            assert_eq!(parity.parts[part].disagreeing, 0, "{name}, {of}: {parity}");
        }
    }
}
