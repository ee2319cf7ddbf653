//! One clip, from its video to its landmarks and their record.

use super::guard::Guard;
use super::points::Arrange;
use super::pose_stream::PoseWriter;
use super::preview::image_size;
use super::progress::ClipTally;
use super::quality;
use super::record::{PROGRAM, SourceMark, rate};
use super::sources::Clip;
use super::{ClipError, ClipRecord, Extractor, Points};
use crate::holistic::video::{Ffmpeg, Frames, Reading, VideoInfo};
use glam::Vec2;
use std::collections::BTreeMap;
use std::time::Instant;

/// What is the same for all clips.
pub(super) struct Work<'a> {
    pub(super) ffmpeg: &'a Ffmpeg,
    pub(super) reading: &'a Reading,
    pub(super) points: Points,
    pub(super) settings: &'a BTreeMap<String, String>,
    pub(super) guard: Guard,
}

/// Frames between two looks at the progress.
const TOLD_EVERY: u64 = 8;

impl Work<'_> {
    /// Extracts a clip. Earlier results stay until all of the new ones are on the disk; then the old record
    /// goes first and the new one comes last, so that a record never stands beside other landmarks.
    pub(super) fn extract(
        &self,
        clip: &Clip,
        source: SourceMark,
        extractor: &mut dyn Extractor,
        tally: &mut ClipTally<'_>,
        tell: &dyn Fn(),
    ) -> Result<ClipRecord, ClipError> {
        let began = Instant::now();
        self.guard.permit(clip)?;
        let video = VideoInfo::of(self.ffmpeg, &clip.source)?;
        tally.expect(video.expected_frames());
        let size = self.reading.shape.size(&video);
        let mut frames = Frames::open(self.ffmpeg, &clip.source, &video, self.reading)?;
        make_folder(clip)?;
        let mut writer = PoseWriter::create(&clip.pose, &self.points.layout(), image_size(size))?;
        let mut arrange = Arrange::new(self.points, size);
        let (mut judge, mut times) = (quality::Tally::default(), Vec::new());
        extractor.reset();
        while let Some(frame) = frames.next_frame()? {
            let found = extractor.process(frame.image, frame.time).map_err(|source| {
                ClipError::Extractor { path: clip.source.clone(), frame: times.len() as u64, source }
            })?;
            writer.push(arrange.frame(&found))?;
            judge.add(&found, frame.time, Vec2::new(size.0 as f32, size.1 as f32));
            times.push(frame.time.as_secs_f64());
            if tally.frame().is_multiple_of(TOLD_EVERY) {
                tell();
            }
        }
        let (fps, times_millis) = rate(&video, &times);
        let written = writer.complete(fps)?;
        let ending = frames.ending();
        let record = ClipRecord {
            format: ClipRecord::FORMAT,
            made_by: format!("{PROGRAM}{}, ffmpeg {}", env!("CARGO_PKG_VERSION"), self.ffmpeg.version()),
            source,
            settings: self.settings.clone(),
            size,
            points: self.points.count(),
            frames: ending.frames,
            fps,
            times_millis,
            guessed_times: ending.guessed_times,
            damage: ending.damage.clone(),
            quality: judge.quality(),
            pose_bytes: written.bytes,
            took_seconds: began.elapsed().as_secs_f64(),
            video,
        };
        record.stage(&clip.record())?;
        self.guard.forget(clip)?;
        written.name()?;
        ClipRecord::name(&clip.record())?;
        Ok(record)
    }
}

fn make_folder(clip: &Clip) -> Result<(), ClipError> {
    let Some(folder) = clip.pose.parent() else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(ClipError::io(folder, "making the folder"))
}
