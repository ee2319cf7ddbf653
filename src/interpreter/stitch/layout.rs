//! Beats in their places in time, and both arms' tracks through them.
//!
//! Beats follow one another as far apart as the slower hand needs to get from one to the next. Each is
//! placed, and both arms are brought to it, before the next is looked at: what comes later never
//! changes how a sign was reached, and no more of it than its last moments. So an utterance can be
//! signed while the motion of its later signs is still being made.

use super::arms::{self, Track};
use super::beat::{self, Beat, frames_of};
use super::carry::End;
use super::pace::{self, Pace};
use super::prosody::{self, Boundary};
use super::rest::rest_arm;
use super::{Item, non_manual};
use crate::body::{Arm, Motion, Side};

/// Between two signs there is always so much, frames: 100 ms.
pub(super) const SHORTEST_GAP: usize = 6;

/// Beats in their places.
pub(super) struct Layout {
    pub(super) beats: Vec<Beat>,
    /// Left and right arm in every frame.
    pub(super) arms: [Vec<Arm>; 2],
    /// How many frames there are in all.
    pub(super) total: usize,
    /// How many of them stay as they are whatever comes after the last beat.
    pub(super) settled: usize,
}

/// Puts items in their places.
pub(super) fn lay_out(items: &[Item], pace: Pace) -> Layout {
    let mut beats = beat::render_all(items, &prosody::boundaries(items, &moving(items)), pace);
    let [mut left, mut right] = Side::BOTH.map(Track::new);
    let edge = frames_of(pace.still(pace::EDGE, 0.05));
    let mut end = edge;
    let mut before: Option<&Beat> = None;
    for beat in &mut beats {
        let needs = [&left, &right].map(|track| track.gap(before, beat, pace));
        let shortest = if beat.joined { 0 } else { SHORTEST_GAP };
        beat.start = end + needs.into_iter().fold(shortest, usize::max);
        end = beat.end();
        left.follow(before, beat, pace, None);
        right.follow(before, beat, pace, Some(&left));
        before = Some(beat);
    }
    let rested = before.map_or(0, |last| {
        [&left, &right].map(|track| track.rested(last, pace)).into_iter().fold(0, usize::max)
    });
    let total = end.max(rested) + edge + 1;
    left.finish(before, total, pace, None);
    right.finish(before, total, pace, Some(&left));
    let settled = before.map_or(0, |last| last.sign_end().saturating_sub(foreseen(pace)));
    Layout { arms: [left.into_frames(total), right.into_frames(total)], total, settled, beats }
}

/// How many frames before a sign's end a later sign may show.
fn foreseen(pace: Pace) -> usize {
    let hands = arms::anticipation(pace) + non_manual::LET_GO;
    hands.max(non_manual::lead(pace))
}

/// How long the items up to and with each one move, seconds at speed 1.
fn moving(items: &[Item]) -> Vec<f32> {
    let beats = beat::render_all(items, &vec![Boundary::default(); items.len()], Pace::new(1.0));
    let gaps = rough_gaps(&beats);
    let mut moving = vec![0; items.len()];
    for (beat, gap) in beats.iter().zip(gaps) {
        moving[beat.item] += gap + beat.sign;
    }
    let mut sum = 0;
    let seconds = |frames: usize| {
        sum += frames;
        sum as f32 / Motion::FPS
    };
    moving.into_iter().map(seconds).collect()
}

/// Frames of transition before each beat, from how far its hands are from where they were last.
fn rough_gaps(beats: &[Beat]) -> Vec<usize> {
    let mut left_at: [Option<(usize, Arm)>; 2] = [None, None];
    let mut gaps = Vec::with_capacity(beats.len());
    let mut elapsed = frames_of(pace::EDGE);
    for (i, beat) in beats.iter().enumerate() {
        let mut gap = if beat.joined { 0 } else { SHORTEST_GAP };
        for side in beat.sides().filter(|_| !beat.joined) {
            let Some(to) = End::entering(side, &beat.arm_frames(side), Motion::FPS) else { continue };
            let (ended, from) = left_at[side as usize].unwrap_or((0, rest_arm(side)));
            let free = if i == 0 { 0 } else { elapsed - ended };
            let needed = frames_of(arms::needed_roughly(&from, &to.arm));
            gap = gap.max(needed.saturating_sub(free));
        }
        gaps.push(gap);
        elapsed += gap + beat.sign;
        for side in beat.sides() {
            left_at[side as usize] = beat.frames.last().map(|last| (elapsed, *last.arm(side)));
        }
    }
    gaps
}
