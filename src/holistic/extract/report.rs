//! What came of a job.

use super::{ClipRecord, Quality};
use serde::Serialize;
use std::path::PathBuf;

/// A clip whose landmarks are there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClipReport {
    /// The video.
    pub source: PathBuf,
    /// The landmarks.
    pub pose: PathBuf,
    /// The preview, where one was wanted.
    pub preview: Option<PathBuf>,
    /// Whether it was done before this run.
    pub kept: bool,
    /// Frames.
    pub frames: u64,
    /// Frames a second.
    pub fps: f32,
    /// Whether the frames' times are not even.
    pub uneven: bool,
    /// What is wrong with the video.
    pub damage: Vec<String>,
    /// How good the landmarks are.
    pub quality: Quality,
}

impl ClipReport {
    pub(super) fn new(source: PathBuf, pose: PathBuf, record: &ClipRecord, kept: bool) -> Self {
        Self {
            source,
            pose,
            preview: None,
            kept,
            frames: record.frames,
            fps: record.fps,
            uneven: record.times_millis.is_some(),
            damage: record.damage.clone(),
            quality: record.quality,
        }
    }

    /// For sorting: damage is worse than all that landmarks say.
    fn doubt(&self) -> f32 {
        self.quality.doubt + if self.damage.is_empty() { 0.0 } else { 10.0 }
    }
}

/// A file that nothing came of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The file.
    pub path: PathBuf,
    /// Why; names the file.
    pub reason: String,
}

/// Why a job ended before its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// Somebody wished it.
    Interrupted,
    /// Nothing more can be written.
    DiskFull(String),
}

/// What came of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Clips whose landmarks are there, the most doubtful first.
    pub clips: Vec<ClipReport>,
    /// Files that nothing came of.
    pub failed: Vec<Failure>,
    /// Clips of this run.
    pub done: usize,
    /// Clips that were done before.
    pub kept: usize,
    /// Clips that were not begun, or not ended.
    pub left: usize,
    /// Frames of this run.
    pub frames: u64,
    /// How long this run took, seconds.
    pub seconds: f64,
    /// Why it ended early.
    pub halt: Option<Halt>,
}

impl Report {
    /// Brings the worst to the top.
    pub(super) fn sort(&mut self) {
        self.clips.sort_by(|a, b| b.doubt().total_cmp(&a.doubt()).then_with(|| a.source.cmp(&b.source)));
        self.failed.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// What the program ends with: 0 where all is well, 1 where a file failed or the disk is full, 130
    /// where it was interrupted.
    pub fn exit_code(&self) -> u8 {
        match &self.halt {
            Some(Halt::Interrupted) => 130,
            Some(Halt::DiskFull(_)) => 1,
            None => u8::from(!self.failed.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(source: &str, doubt: f32, damage: &[&str]) -> ClipReport {
        ClipReport {
            source: source.into(),
            pose: PathBuf::new(),
            preview: None,
            kept: false,
            frames: 1,
            fps: 25.0,
            uneven: false,
            damage: damage.iter().map(|text| (*text).to_owned()).collect(),
            quality: Quality { doubt, ..Quality::default() },
        }
    }

    #[test]
    fn the_worst_come_first() {
        let clips =
            vec![clip("b", 0.0, &[]), clip("a", 0.0, &[]), clip("c", 2.0, &[]), clip("d", 0.1, &["cut"])];
        let mut report = Report { clips, ..Report::default() };
        report.sort();
        let order: Vec<_> = report.clips.iter().map(|clip| clip.source.to_str().unwrap()).collect();
        assert_eq!(order, ["d", "c", "a", "b"]);
    }

    #[test]
    fn exit_codes_say_how_it_ended() {
        let failed = vec![Failure { path: "x".into(), reason: "x: empty".into() }];
        let all_well = Report::default();
        let some_failed = Report { failed, ..Report::default() };
        let interrupted = Report { halt: Some(Halt::Interrupted), ..some_failed.clone() };
        let full = Report { halt: Some(Halt::DiskFull(String::new())), ..Report::default() };
        assert_eq!([&all_well, &some_failed, &interrupted, &full].map(Report::exit_code), [0, 1, 130, 1]);
    }
}
