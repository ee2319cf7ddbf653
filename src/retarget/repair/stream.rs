//! What can be mended of a stream, a frame at a time.
//!
//! Hands are sorted and mirrored back as the frame before says. What seems wrong for long was a
//! movement: after a moment the camera is believed again.

use super::depth::{discord, implausible, mirror, relative_depths};
use super::sides::{leap, undouble, unlikely};
use super::{Frame, Side};

/// Depth is held against the camera's word for so long at most, seconds.
const DOUBT_SECONDS: f32 = 0.25;
/// Depth has changed its sign where it agrees so much better mirrored, hand lengths of 0.45 shoulder
/// widths.
const DISCORD: f32 = 0.12;

/// Remembers the last frame of a stream.
#[derive(Clone, Debug, Default)]
pub(in crate::retarget) struct Stream {
    last: Option<Frame>,
    doubted: [f32; 2],
}

impl Stream {
    /// The frame with its hands sorted and their depths' signs kept; `seconds` after the last one.
    pub(in crate::retarget) fn mend(&mut self, frame: &Frame, seconds: f32) -> Frame {
        let mut now = frame.clone();
        undouble(&mut now);
        let cost = |exchanged: bool| {
            let before = self.last.as_ref().map_or(0.0, |last| leap((last, false), (&now, exchanged)));
            unlikely(&now, exchanged) + before
        };
        if cost(true) < cost(false) {
            now.hands.swap(0, 1);
        }
        for side in Side::BOTH {
            self.unflip(&mut now, side, seconds);
        }
        self.last = Some(now.clone());
        now
    }

    fn unflip(&mut self, frame: &mut Frame, side: Side, seconds: f32) {
        let s = side as usize;
        let Some(hand) = &mut frame.hands[s] else { return };
        let Some(before) = self.last.as_ref().and_then(|last| last.hands[s].as_ref()) else { return };
        let [before, now] = [relative_depths(before), relative_depths(hand)];
        let cost =
            |mirrored: bool| discord(&before, &now, mirrored) + implausible(side, hand, mirrored) * DISCORD;
        let flipped = cost(true) + DISCORD / 2.0 < cost(false) && self.doubted[s] < DOUBT_SECONDS;
        self.doubted[s] = if flipped { self.doubted[s] + seconds } else { 0.0 };
        if flipped {
            mirror(hand);
        }
    }
}
