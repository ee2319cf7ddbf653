//! Recorded clips: read when they are first signed, cut to their span, and the last few kept.

use super::LexiconError;
use super::import::Span;
use crate::pose::PoseSequence;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How many clips are kept. At two seconds of 586 points each takes about half a megabyte.
const KEPT: usize = 96;

/// The clips that were signed last.
#[derive(Debug, Default)]
pub(super) struct RecentClips {
    clips: Mutex<VecDeque<(u32, Arc<PoseSequence>)>>,
}

impl RecentClips {
    /// The clip of a number, read if it is not among the last ones.
    pub(super) fn get_or_read(
        &self,
        number: u32,
        read: impl FnOnce() -> Result<PoseSequence, LexiconError>,
    ) -> Result<Arc<PoseSequence>, LexiconError> {
        if let Some(clip) = self.take_out(number) {
            return Ok(self.put_in(number, clip));
        }
        // Read without the lock: another thread may want another clip meanwhile.
        let clip = Arc::new(read()?);
        Ok(self.put_in(number, clip))
    }

    fn take_out(&self, number: u32) -> Option<Arc<PoseSequence>> {
        let mut clips = self.clips.lock().unwrap_or_else(PoisonError::into_inner);
        let at = clips.iter().position(|(kept, _)| *kept == number)?;
        clips.remove(at).map(|(_, clip)| clip)
    }

    fn put_in(&self, number: u32, clip: Arc<PoseSequence>) -> Arc<PoseSequence> {
        let mut clips = self.clips.lock().unwrap_or_else(PoisonError::into_inner);
        clips.retain(|(kept, _)| *kept != number);
        clips.push_back((number, clip.clone()));
        if clips.len() > KEPT {
            clips.pop_front();
        }
        clip
    }
}

/// Reads a recording and cuts it to its span.
///
/// # Errors
/// [`LexiconError::Recording`] where the file cannot be read, or nothing is in the span.
pub(super) fn read(path: &Path, span: Span) -> Result<PoseSequence, LexiconError> {
    let wrong = |message: String| LexiconError::Recording { path: path.to_owned(), message };
    let whole = PoseSequence::read(path).map_err(|error| {
        let text = error.to_string();
        let own = format!("{}: ", path.display());
        wrong(text.strip_prefix(&own).unwrap_or(&text).to_owned())
    })?;
    let frames = whole.frame_count();
    let at = |millis: u32| (f64::from(millis) * 1e-3 * f64::from(whole.fps)).round() as usize;
    let first = at(span.start_millis);
    // An index's end is often a frame or so past the file's.
    let end = span.end_millis.map_or(frames, at).min(frames);
    if first >= end {
        let length = 1e3 * frames as f32 / whole.fps;
        return Err(wrong(format!(
            "nothing from {} ms on: the recording is {length:.0} ms long",
            span.start_millis
        )));
    }
    Ok(cut(whole, first, end))
}

fn cut(mut whole: PoseSequence, first: usize, end: usize) -> PoseSequence {
    let points = whole.point_count();
    whole.positions.truncate(end * points);
    whole.positions.drain(..first * points);
    whole.confidences.truncate(end * points);
    whole.confidences.drain(..first * points);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{ImageSize, Layout};

    fn clip(frames: usize) -> PoseSequence {
        PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, frames)
    }

    #[test]
    fn a_recording_is_cut_to_its_span_and_a_late_end_is_forgiven() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pose");
        clip(50).write(&path).unwrap();
        let frames = |start_millis, end_millis| {
            read(&path, Span { start_millis, end_millis }).map(|clip| clip.frame_count())
        };
        assert_eq!(frames(0, None).unwrap(), 50);
        assert_eq!(frames(400, Some(1200)).unwrap(), 20);
        assert_eq!(frames(0, Some(2040)).unwrap(), 50);
        let message = frames(3000, None).unwrap_err().to_string();
        assert!(message.contains("2000 ms long"), "{message}");
    }

    #[test]
    fn only_the_last_clips_are_kept() {
        let recent = RecentClips::default();
        for number in 0..KEPT as u32 + 5 {
            recent.get_or_read(number, || Ok(clip(1))).unwrap();
        }
        let unread = || panic!("was kept");
        recent.get_or_read(KEPT as u32, unread).unwrap();
        assert!(recent.take_out(0).is_none());
    }

    #[test]
    fn a_file_that_is_no_pose_says_so_once_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pose");
        std::fs::write(&path, b"not a pose").unwrap();
        let message = read(&path, Span { start_millis: 0, end_millis: None }).unwrap_err().to_string();
        assert_eq!(message.matches("a.pose").count(), 1, "{message}");
    }
}
