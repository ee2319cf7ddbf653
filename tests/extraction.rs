//! `nashra extract` as people and scripts use it. What needs MediaPipe's networks runs where they are installed.

mod common;

use common::{Home, stderr, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The user's folder of models, if Holistic is in it.
fn models() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from)?;
    let data = std::env::var_os("XDG_DATA_HOME").map_or_else(|| home.join(".local/share"), PathBuf::from);
    let models = data.join("nashra/models");
    let there = models.join("holistic/pose_landmark_full.tflite").is_file();
    if !there {
        eprintln!("not run: no networks (nashra models install holistic)");
    }
    there.then_some(models)
}

/// A video of moving colours.
fn video(path: &Path, seconds: &str) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i"]).arg(format!("testsrc=d={seconds}:s=96x64:r=10"));
    let made = ffmpeg.args(["-pix_fmt", "yuv420p"]).arg(path).status().expect("ffmpeg, which setup installs");
    assert!(made.success());
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

#[test]
fn without_networks_the_command_that_brings_them_is_named() {
    let home = Home::new();
    video(&home.path("a.mp4"), "0.3");
    let output = home.run(["extract", "a.mp4", "-o", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nashra models install holistic"), "{}", stderr(&output));
}

#[test]
fn wrong_usage_is_said_before_anything_is_read() {
    let home = Home::new();
    for (args, word) in [
        (vec!["extract", "-o", "out"], "VIDEO"),
        (vec!["extract", "a.mp4"], "--output"),
        (vec!["extract", "a.mp4", "-o", "out", "--shard", "5/3"], "5/3"),
        (vec!["extract", "a.mp4", "-o", "out", "--complexity", "3"], "0, 1 or 2"),
        (vec!["extract", "a.mp4", "-o", "out", "--points", "12"], "543"),
    ] {
        let output = home.run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn good_videos_are_done_bad_ones_named_and_nothing_is_done_twice() {
    let Some(models) = models() else { return };
    let home = Home::new();
    std::fs::create_dir_all(home.path("in/anna")).unwrap();
    video(&home.path("in/anna/rain.mp4"), "0.5");
    std::fs::write(home.path("in/text.mp4"), "no video").unwrap();
    std::fs::write(home.path("in/empty.mp4"), "").unwrap();
    let extract = || {
        let mut command = home.nashra();
        command.args(["extract", "in", "-o", "out", "--json", "--models"]).arg(&models);
        command.output().unwrap()
    };
    let output = extract();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let first = report(&output);
    assert_eq!((first["done"].as_u64(), first["failed"].as_array().map(Vec::len)), (Some(1), Some(2)));
    let told = first["failed"].to_string();
    assert!(told.contains("text.mp4") && told.contains("empty.mp4"), "{told}");
    assert!(home.path("out/anna/rain.pose").is_file() && home.path("out/anna/rain.extract.json").is_file());
    assert_eq!(
        (first["clips"][0]["frames"].as_u64(), first["clips"][0]["quality"]["pose"].as_f64()),
        (Some(5), Some(0.0))
    );
    let info = home.run(["pose", "info", "out/anna/rain.pose"]);
    assert!(info.status.success() && stdout(&info).contains("POSE_WORLD_LANDMARKS"), "{}", stdout(&info));
    std::fs::remove_file(home.path("in/text.mp4")).unwrap();
    std::fs::remove_file(home.path("in/empty.mp4")).unwrap();
    let output = extract();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let again = report(&output);
    assert_eq!((again["done"].as_u64(), again["kept"].as_u64()), (Some(0), Some(1)));
}

#[test]
fn a_reference_is_compared_and_one_of_another_clip_refused() {
    let Some(models) = models() else { return };
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/holistic");
    let reference = clips.join("autsl_signer0_sample1000.holistic.npz");
    if !reference.is_file() {
        return eprintln!("not run: no reference clips");
    }
    let home = Home::new();
    video(&home.path("a.mp4"), "0.3");
    let mut command = home.nashra();
    command.args(["eval", "holistic", "a.mp4"]).arg(&reference).arg("--models").arg(&models);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("expected the 43 frames"), "{}", stderr(&output));
}
