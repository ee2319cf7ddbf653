//! Utterances into pictures, or into one motion, at a rate: as many frames as seconds times rate.

use super::{AppError, Headless};
use crate::body::Motion;
use crate::interpreter::Utterance;
use crate::output::{OutputError, Picture};
use crate::stage::Playback;
use std::sync::Arc;

/// Why a film was not finished.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    /// Drawing failed.
    #[error(transparent)]
    Draw(#[from] AppError),
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] OutputError),
    /// Somebody asked to stop.
    #[error("stopped before the end; nothing was kept")]
    Stopped,
}

/// How many frames the queued utterances take, gaps between them included.
pub fn frame_count(playback: &Playback, fps: u32) -> u64 {
    (playback.remaining() * f64::from(fps)).round() as u64
}

/// Draws everything that is queued; `each` takes every picture and its number.
///
/// # Errors
/// Those of drawing, and those of `each`.
pub fn draw(
    headless: &mut Headless,
    fps: u32,
    mut each: impl FnMut(u64, &Picture) -> Result<(), FilmError>,
) -> Result<u64, FilmError> {
    let frames = frame_count(&headless.playback(), fps);
    for frame in 0..frames {
        if frame > 0 {
            headless.playback().advance(1.0 / f64::from(fps));
        }
        each(frame, &headless.draw()?)?;
    }
    Ok(frames)
}

/// Everything that is queued as one utterance at `fps`, with the idle motion in the gaps. Its plan is
/// the first headline's; none if nothing is queued.
pub fn as_one(mut playback: Playback, fps: u32) -> Option<Utterance> {
    let plan = Arc::clone(&playback.current()?.plan);
    let mut frames = Vec::new();
    for frame in 0..frame_count(&playback, fps) {
        if frame > 0 {
            playback.advance(1.0 / f64::from(fps));
        }
        frames.push(playback.articulation());
    }
    let motion = Arc::new(Motion { fps: fps as f32, frames });
    Some(Utterance { plan, motion, spans: Vec::new(), blended: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::test_utterance;

    #[test]
    fn frames_are_seconds_times_rate_rounded() {
        for (motion_frames, fps, expected) in [(60, 25, 25), (61, 25, 25), (62, 30, 31), (600, 50, 500)] {
            let mut playback = Playback::default();
            playback.push(test_utterance("a", motion_frames));
            assert_eq!(frame_count(&playback, fps), expected);
            let one = as_one(playback, fps).unwrap();
            assert_eq!(one.motion.frames.len() as u64, expected);
        }
        assert!(as_one(Playback::default(), 25).is_none());
    }

    #[test]
    fn no_headline_of_many_is_cut_short_by_rounding() {
        for fps in [24, 25, 30, 50] {
            let mut playback = Playback::with_idle(crate::interpreter::stitch::idle);
            playback.gap_seconds = 0.23;
            (0..40).for_each(|i| playback.push(test_utterance("a", 61 + i)));
            for _ in 0..frame_count(&playback, fps) {
                playback.advance(1.0 / f64::from(fps));
            }
            assert!(playback.remaining() < 1.0 / f64::from(fps), "{} s are left", playback.remaining());
        }
    }
}
