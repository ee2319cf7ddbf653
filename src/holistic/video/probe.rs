//! What a video file says of itself, asked of `ffprobe`.

use super::messages::Complaints;
use super::process::answer;
use super::{Ffmpeg, VideoError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a file may take to be described: it may lie on a slow network.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest side of a picture, pixels: what crops can count, and what a `.pose` header can hold.
const LONGEST_SIDE_PX: u64 = 32_766;

/// Text files that ffmpeg draws as if they were pictures.
const DRAWN_TEXT: [&str; 4] = ["ansi", "bintext", "xbin", "idf"];

/// Frames a second, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Frames.
    pub frames: u32,
    /// In so many seconds.
    pub seconds: u32,
}

impl Rate {
    /// Frames a second.
    pub fn fps(self) -> f64 {
        f64::from(self.frames) / f64::from(self.seconds)
    }

    fn parse(text: &str) -> Option<Self> {
        let (frames, seconds) = text.split_once('/')?;
        let rate = Self { frames: frames.parse().ok()?, seconds: seconds.parse().ok()? };
        (rate.frames > 0 && rate.seconds > 0 && rate.fps() <= 1000.0).then_some(rate)
    }
}

/// The moving pictures of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoInfo {
    /// Which of the file's streams; cover pictures are none.
    pub stream: usize,
    /// The codec, by ffmpeg's name.
    pub codec: String,
    /// Width of a picture as it is stored, pixels.
    pub stored_width: u32,
    /// Height of a picture as it is stored, pixels.
    pub stored_height: u32,
    /// How far a player turns the picture, degrees counter-clockwise.
    pub rotation_deg: i32,
    /// Width of a pixel by its height.
    pub pixel_aspect: f64,
    /// Mean rate by the container.
    pub mean_rate: Option<Rate>,
    /// Frames by the container; many do not say it.
    pub frames: Option<u64>,
    /// Length by the container, seconds.
    pub seconds: Option<f64>,
}

impl VideoInfo {
    /// Describes the first video stream of a file.
    ///
    /// # Errors
    /// If the file cannot be read, holds no moving pictures, or ffprobe is missing.
    pub fn of(ffmpeg: &Ffmpeg, path: &Path) -> Result<Self, VideoError> {
        look_at(path)?;
        let mut command = Command::new(&ffmpeg.prober);
        command.args(["-v", "error", "-protocol_whitelist", "file", "-print_format", "json"]);
        command.args(["-show_format", "-show_streams"]).arg(input(path));
        let output = answer(&mut command, PATIENCE)?;
        let mut complaints = Complaints::default();
        String::from_utf8_lossy(&output.stderr).lines().for_each(|line| complaints.add(line));
        let described = serde_json::from_slice::<Described>(&output.stdout).unwrap_or_default();
        if !output.status.success() || described.format.format_name.is_empty() {
            // The error names the file already.
            let said = complaints.text().replace(&format!("file:{}: ", path.display()), "");
            return Err(VideoError::Unreadable { path: path.to_owned(), said });
        }
        described.choose(path)
    }

    /// How many frames are to be expected: a guess where the container does not count them.
    pub fn expected_frames(&self) -> Option<u64> {
        let guess = || Some((self.seconds? * self.mean_rate?.fps()).round() as u64);
        self.frames.or_else(guess).filter(|&frames| frames > 0)
    }
}

/// A file as ffmpeg takes it: never an option, an address or a pattern, whatever its name is.
pub(super) fn input(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

fn look_at(path: &Path) -> Result<(), VideoError> {
    let failed = |action| {
        let path = path.to_owned();
        move |source| VideoError::Io { path, action, source }
    };
    let metadata = std::fs::metadata(path).map_err(failed("looking for it"))?;
    if !metadata.is_file() {
        return Err(VideoError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() == 0 {
        return Err(VideoError::Empty { path: path.to_owned() });
    }
    std::fs::File::open(path).map_err(failed("opening"))?;
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Described {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Format {
    format_name: String,
    duration: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stream {
    index: usize,
    codec_type: String,
    codec_name: String,
    width: u64,
    height: u64,
    sample_aspect_ratio: String,
    avg_frame_rate: String,
    r_frame_rate: String,
    nb_frames: Option<String>,
    duration: Option<String>,
    disposition: BTreeMap<String, i64>,
    tags: BTreeMap<String, String>,
    side_data_list: Vec<SideData>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

impl Described {
    fn choose(&self, path: &Path) -> Result<VideoInfo, VideoError> {
        let none = |found: String| VideoError::NoVideo { path: path.to_owned(), found };
        // ffmpeg knows pictures by their contents too, whatever the file is called.
        let format = &self.format.format_name;
        if format.ends_with("_pipe") || format == "image2" {
            return Err(none(format!("a still picture ({})", format.trim_end_matches("_pipe"))));
        }
        let is_video = |stream: &&Stream| stream.codec_type == "video";
        let is_moving = |stream: &&Stream| stream.disposition.get("attached_pic") != Some(&1);
        let Some(stream) = self.streams.iter().filter(is_video).find(is_moving) else {
            return Err(none(self.instead()));
        };
        if DRAWN_TEXT.contains(&stream.codec_name.as_str()) {
            return Err(none("text".to_owned()));
        }
        let side = |side: u64| u32::try_from(side).ok().filter(|_| (1..=LONGEST_SIDE_PX).contains(&side));
        let (Some(stored_width), Some(stored_height)) = (side(stream.width), side(stream.height)) else {
            let (width, height) = (stream.width, stream.height);
            return Err(VideoError::Size { path: path.to_owned(), width, height });
        };
        let seconds = stream.seconds().or_else(|| positive(self.format.duration.as_deref()?));
        Ok(VideoInfo {
            stream: stream.index,
            codec: stream.codec_name.clone(),
            stored_width,
            stored_height,
            rotation_deg: stream.rotation_deg(),
            pixel_aspect: stream.pixel_aspect(),
            mean_rate: Rate::parse(&stream.avg_frame_rate).or_else(|| Rate::parse(&stream.r_frame_rate)),
            frames: stream.nb_frames.as_deref().and_then(|frames| frames.parse().ok()),
            seconds,
        })
    }

    /// What there is where there are no moving pictures.
    fn instead(&self) -> String {
        let kinds = self.streams.iter().map(|stream| match stream.codec_type.as_str() {
            "video" => "a cover picture",
            "audio" => "sound",
            "subtitle" => "subtitles",
            _ => "data",
        });
        let mut kinds: Vec<&str> = kinds.collect();
        kinds.dedup();
        if kinds.is_empty() { "no streams".to_owned() } else { format!("only {}", kinds.join(" and ")) }
    }
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

impl Stream {
    /// Matroska says a stream's length in a tag: hours, minutes, seconds.
    fn seconds(&self) -> Option<f64> {
        let tagged = || {
            let parts = self.tags.get("DURATION")?.split(':').map(|part| part.parse::<f64>().ok());
            let parts: Vec<f64> = parts.collect::<Option<_>>()?;
            Some(parts.iter().fold(0.0, |sum, part| 60.0 * sum + part)).filter(|sum| *sum > 0.0)
        };
        self.duration.as_deref().and_then(positive).or_else(tagged)
    }

    fn rotation_deg(&self) -> i32 {
        let matrix = self.side_data_list.iter().find_map(|data| data.rotation);
        // The tag of old files turns the other way.
        let tag = || self.tags.get("rotate")?.parse::<f64>().ok().map(|degrees| -degrees);
        let degrees = matrix.or_else(tag).filter(|degrees| degrees.is_finite()).unwrap_or(0.0);
        degrees.rem_euclid(360.0).round() as i32 % 360
    }

    fn pixel_aspect(&self) -> f64 {
        let aspect = self
            .sample_aspect_ratio
            .split_once(':')
            .and_then(|(width, height)| Some(width.parse::<f64>().ok()? / height.parse::<f64>().ok()?));
        // Nonsense is as good as silence.
        aspect.filter(|aspect| (0.1..=10.0).contains(aspect)).unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ffmpeg, make};
    use super::*;

    fn described(json: &str) -> Result<VideoInfo, VideoError> {
        serde_json::from_str::<Described>(json).unwrap().choose(Path::new("x"))
    }

    #[test]
    fn a_cover_picture_is_passed_over_and_rates_and_turns_are_read() {
        let info = described(
            r#"{"format": {"format_name": "mov,mp4", "duration": "4.5"}, "streams": [
                {"index": 0, "codec_type": "video", "width": 9, "height": 9, "disposition": {"attached_pic": 1}},
                {"index": 2, "codec_type": "video", "codec_name": "h264", "width": 720, "height": 576,
                 "sample_aspect_ratio": "16:15", "avg_frame_rate": "30000/1001", "nb_frames": "100",
                 "side_data_list": [{"rotation": -90}]}]}"#,
        );
        let info = info.unwrap();
        assert_eq!((info.stream, info.rotation_deg, info.frames), (2, 270, Some(100)));
        assert!((info.mean_rate.unwrap().fps() - 29.97).abs() < 1e-3);
        assert!((info.pixel_aspect - 16.0 / 15.0).abs() < 1e-9);
        assert_eq!(info.seconds, Some(4.5));
    }

    #[test]
    fn old_tags_and_nonsense_are_understood() {
        let stream = |json: &str| serde_json::from_str::<Stream>(json).unwrap();
        let old = stream(r#"{"tags": {"rotate": "90", "DURATION": "00:01:02.5"}, "avg_frame_rate": "0/0"}"#);
        assert_eq!((old.rotation_deg(), old.seconds()), (270, Some(62.5)));
        assert_eq!((Rate::parse("0/0"), Rate::parse("90000/1"), Rate::parse("")), (None, None, None));
        assert_eq!(stream(r#"{"sample_aspect_ratio": "0:1"}"#).pixel_aspect(), 1.0);
    }

    #[test]
    fn sound_text_and_still_pictures_are_no_videos() {
        let cases = [
            (r#"{"format": {"format_name": "png_pipe"}}"#, "a still picture (png)"),
            (r#"{"format": {"format_name": "wav"}, "streams": [{"codec_type": "audio"}]}"#, "only sound"),
            (
                r#"{"format": {"format_name": "tty"}, "streams": [{"codec_type": "video", "codec_name": "ansi"}]}"#,
                "text",
            ),
        ];
        for (json, found) in cases {
            assert!(described(json).unwrap_err().to_string().ends_with(found), "{json}");
        }
    }

    #[test]
    fn what_is_no_video_is_refused_by_name() {
        let Some(ffmpeg) = ffmpeg() else { return };
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("empty.mp4"), []).unwrap();
        std::fs::write(at("text.mp4"), "hello").unwrap();
        make(&at("picture.png"), "-f lavfi -i testsrc=s=64x48 -frames:v 1");
        std::fs::rename(at("picture.png"), at("picture.mp4")).unwrap();
        make(&at("sound.mp4"), "-f lavfi -i sine=d=1");
        for (name, part) in [
            ("empty.mp4", "an empty file"),
            ("text.mp4", "cannot be read as a video"),
            ("picture.mp4", "a still picture (png)"),
            ("sound.mp4", "only sound"),
            ("missing.mp4", "looking for it"),
            ("", "something else"),
        ] {
            let error = VideoInfo::of(&ffmpeg, &at(name)).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains(name), "{name}: {error}");
        }
    }
}
