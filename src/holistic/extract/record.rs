//! What is written beside a clip's landmarks: how they were made, and how good they are.
//!
//! It is written last, so it also says that the clip is done. A clip is done again when its video, the
//! settings or the models are others.

use super::pose_stream::unfinished;
use super::{ClipError, Points, Quality};
use crate::holistic::video::VideoInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Counts changes of the record that readers must know.
const FORMAT: u32 = 1;

/// Begins what a record says of who made it.
pub(super) const PROGRAM: &str = "nashra ";

/// A video file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMark {
    /// Its name, without folders: they may be mounted elsewhere.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was changed, milliseconds since 1970.
    pub modified_millis: u64,
}

impl SourceMark {
    /// Of a file that is there.
    pub(super) fn of(path: &Path) -> Result<Self, ClipError> {
        let metadata = std::fs::metadata(path).map_err(ClipError::io(path, "looking for it"))?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: metadata.len(),
            modified_millis: modified.map_or(0, |since| since.as_millis() as u64),
        })
    }
}

/// How a clip's landmarks were made, and how good they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipRecord {
    /// The record's own version.
    pub format: u32,
    /// The programs and their versions.
    pub made_by: String,
    /// The video.
    pub source: SourceMark,
    /// What landmarks depend on besides the video: options, and the models' checksums.
    pub settings: BTreeMap<String, String>,
    /// What the video says of itself.
    pub video: VideoInfo,
    /// Width and height that landmarks refer to, pixels.
    pub size: (u32, u32),
    /// Points in a frame.
    pub points: usize,
    /// Frames.
    pub frames: u64,
    /// Frames a second: the video's mean.
    pub fps: f32,
    /// The frames' own times, milliseconds since the first: only where they are further than half a
    /// frame from an even rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times_millis: Option<Vec<f64>>,
    /// Frames whose time the video does not say.
    pub guessed_times: u64,
    /// What is wrong with the video.
    pub damage: Vec<String>,
    /// How good the landmarks are.
    pub quality: Quality,
    /// Size of the landmarks' file.
    pub pose_bytes: u64,
    /// How long the extraction took, seconds.
    pub took_seconds: f64,
}

impl ClipRecord {
    /// The record's version, for making one.
    pub(super) const FORMAT: u32 = FORMAT;

    /// The record at `path` if it says that `pose` was made from this video with these settings, and
    /// the file is still there.
    pub(super) fn of_done(
        path: &Path,
        pose: &Path,
        source: &SourceMark,
        settings: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let record: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        let is_same = record.format == FORMAT && record.source == *source && record.settings == *settings;
        let is_whole = std::fs::metadata(pose).is_ok_and(|pose| pose.len() == record.pose_bytes);
        (is_same && is_whole).then_some(record)
    }

    /// Whether there is a record of this program at `path`, of any version, or one that is about to get
    /// that name.
    pub(super) fn is_ours(path: &Path) -> bool {
        #[derive(Deserialize)]
        struct Origin {
            #[serde(rename = "format")]
            _format: u32,
            made_by: String,
        }
        let origin = |path: &Path| serde_json::from_slice::<Origin>(&std::fs::read(path).ok()?).ok();
        let is_ours = |path: &Path| origin(path).is_some_and(|origin| origin.made_by.starts_with(PROGRAM));
        is_ours(path) || is_ours(&unfinished(path, "partial"))
    }

    /// Writes the record under another name. Beside landmarks that have their name already, it says that
    /// these are ours until [`Self::name`] gives it its own.
    pub(super) fn stage(&self, path: &Path) -> Result<(), ClipError> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| ClipError::io(path, "writing")(std::io::Error::other(error)))?;
        text.push(b'\n');
        let partial = unfinished(path, "partial");
        let written = std::fs::File::create(&partial).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.map_err(|error| {
            // The first failure is the one to tell.
            let _ = std::fs::remove_file(&partial);
            ClipError::io(path, "writing")(error)
        })
    }

    /// Gives a staged record its name.
    pub(super) fn name(path: &Path) -> Result<(), ClipError> {
        std::fs::rename(unfinished(path, "partial"), path).map_err(ClipError::io(path, "naming"))
    }

    /// Which points the file has.
    pub(super) fn layout(&self) -> Points {
        Points::of_count(self.points).unwrap_or_default()
    }
}

/// The frames' rate, and their times where the rate does not say them.
///
/// A `.pose` file has one rate. Frames stay those of the video, one to one, so that frame numbers mean the
/// same in both; the rate is the container's where frames keep to it, else the mean of their times.
pub(super) fn rate(info: &VideoInfo, times_seconds: &[f64]) -> (f32, Option<Vec<f64>>) {
    /// Where neither container nor times say it.
    const ASSUMED_FPS: f64 = 30.0;
    let said = info.mean_rate.map(|rate| rate.fps());
    let fps = match (times_seconds, said) {
        ([first, .., last], said) if last > first => {
            let mean = (times_seconds.len() - 1) as f64 / (last - first);
            said.filter(|said| (said / mean - 1.0).abs() < 0.005).unwrap_or(mean)
        }
        (_, said) => said.unwrap_or(ASSUMED_FPS),
    };
    let apart = |(frame, time): (usize, &f64)| (time * fps - frame as f64).abs();
    let is_even = times_seconds.iter().enumerate().map(apart).fold(0.0, f64::max) <= 0.5;
    let millis = || times_seconds.iter().map(|time| (time * 1e6).round() / 1e3).collect();
    (fps as f32, (!is_even).then(millis))
}

#[cfg(test)]
mod tests {
    use super::super::testing::info;
    use super::*;
    use crate::holistic::video::Rate;

    #[test]
    fn an_even_video_has_the_containers_rate() {
        let ntsc = VideoInfo { mean_rate: Some(Rate { frames: 30_000, seconds: 1001 }), ..info() };
        // Times in whole milliseconds, as Matroska has them.
        let times: Vec<f64> =
            (0..300).map(|frame| (f64::from(frame) * 1001.0 / 30.0).round() / 1e3).collect();
        assert_eq!(rate(&ntsc, &times), (29.97003, None));
    }

    #[test]
    fn an_uneven_video_has_its_mean_rate_and_keeps_its_times() {
        let times = [0.0, 0.1, 0.167, 0.2, 0.3, 0.333, 1.0];
        let (fps, kept) = rate(&info(), &times);
        assert_eq!(fps, 6.0);
        assert_eq!(kept.unwrap()[2], 167.0);
    }

    #[test]
    fn a_single_frame_has_a_rate_too() {
        assert_eq!(rate(&info(), &[0.0]), (25.0, None));
        assert_eq!(rate(&VideoInfo { mean_rate: None, ..info() }, &[0.0]), (30.0, None));
    }
}
