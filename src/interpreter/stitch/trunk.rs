//! Trunk, head, shoulders and face through a whole utterance: the signs' own, and easing between them.

use super::beat::Beat;
use crate::body::{Articulation, maths::minimum_jerk};

/// The face is at rest before the first sign and after the last for longer than this, frames.
const EASE: usize = 18;

/// Writes everything but the arms.
pub(super) fn fill(frames: &mut [Articulation], beats: &[Beat]) {
    for beat in beats {
        for (frame, own) in frames.iter_mut().skip(beat.start).zip(&beat.frames) {
            frame.clone_from(own);
        }
    }
    let Some((first, last)) = beats.first().zip(beats.last()) else { return };
    ease(frames, first.start.saturating_sub(EASE), first.start);
    for pair in beats.windows(2) {
        ease(frames, (pair[0].start + pair[0].frames.len()).saturating_sub(1), pair[1].start);
    }
    let held = (last.start + last.frames.len()).saturating_sub(1);
    let rest = (held + 2 * EASE).min(frames.len().saturating_sub(1));
    ease(frames, held, rest);
}

/// Eases the frames strictly between two, from the one to the other.
fn ease(frames: &mut [Articulation], from: usize, to: usize) {
    if to <= from + 1 || to >= frames.len() {
        return;
    }
    let (before, after) = (frames[from].clone(), frames[to].clone());
    for (i, frame) in frames[from + 1..to].iter_mut().enumerate() {
        *frame = before.lerp(&after, minimum_jerk((i + 1) as f32 / (to - from) as f32));
    }
}
