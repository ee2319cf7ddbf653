//! The programs themselves: where they are, and what this build of them can do.

use super::VideoError;
use super::process::answer;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How long a question about the program itself may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// `ffmpeg` and `ffprobe`, found and asked once.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    pub(super) decoder: PathBuf,
    pub(super) prober: PathBuf,
    version: String,
    has_fps_mode: bool,
    has_x264: bool,
}

impl Ffmpeg {
    /// The ones on the PATH.
    ///
    /// # Errors
    /// If one is missing or does not answer.
    pub fn find() -> Result<Self, VideoError> {
        Self::at("ffmpeg".into(), "ffprobe".into())
    }

    /// Particular ones.
    ///
    /// # Errors
    /// If one is missing or does not answer.
    pub fn at(ffmpeg: PathBuf, ffprobe: PathBuf) -> Result<Self, VideoError> {
        let ask = |program: &PathBuf, question: &[&str]| -> Result<String, VideoError> {
            let output = answer(Command::new(program).arg("-hide_banner").args(question), PATIENCE)?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let version = ask(&ffmpeg, &["-version"])?;
        ask(&ffprobe, &["-version"])?;
        let options = ask(&ffmpeg, &["-h", "long"])?;
        let encoders = ask(&ffmpeg, &["-encoders"])?;
        Ok(Self {
            version: version.split_whitespace().nth(2).unwrap_or("unknown").to_owned(),
            has_fps_mode: options.contains("-fps_mode"),
            has_x264: encoders.split_whitespace().any(|word| word == "libx264"),
            decoder: ffmpeg,
            prober: ffprobe,
        })
    }

    /// The version, as ffmpeg says it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Options that pass every decoded frame on once; the first name came with version 5.1, the second
    /// went with version 8.
    pub(super) fn each_frame_once(&self) -> [&'static str; 2] {
        if self.has_fps_mode { ["-fps_mode", "passthrough"] } else { ["-vsync", "passthrough"] }
    }

    /// Options of the encoder for an MP4 that every player plays; MPEG-4 part 2 where H.264 was left out.
    pub(super) fn encoding(&self) -> &'static [&'static str] {
        if self.has_x264 {
            &["-c:v", "libx264", "-preset", "veryfast", "-crf", "21"]
        } else {
            &["-c:v", "mpeg4", "-q:v", "4"]
        }
    }
}
