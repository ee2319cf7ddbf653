//! Puts hands back to the arms they belong to.
//!
//! A hand belongs to the wrist that the body model found, and to where that side's hand just was; the
//! body model loses wrists and hands cross, so neither alone is enough. The cheapest way through all
//! frames of keeping or exchanging the hands (Viterbi 1967) weighs both.

use super::super::frame::{Frame, body};
use super::{Hand, Mended, apart};
use crate::body::Side;

/// A hand farther than this from its wrist says no more than that it is far, shoulder widths.
const FAR: f32 = 1.0;
/// A hand that jumps farther than this from frame to frame says no more than that it jumped.
const JUMP: f32 = 0.5;
/// What an exchange costs to begin or end, and in each frame of two hands and of one: hands
/// are more often right than wrong, and a single one has less to tell.
const CHANGE: f32 = 0.15;
const EXCHANGED: [f32; 2] = [0.12, 0.25];
/// What it costs that a single hand becomes the other one.
const RENAMED: f32 = 0.4;
/// One hand found twice: its points agree within the first, and one of the two is farther from its
/// wrist by the second.
const SAME: f32 = 0.06;
const ASTRAY: f32 = 0.3;

/// Puts exchanged hands back; how many frames that was, and in how many a hand had been found twice
/// and was taken from the side where it is not.
pub(in crate::retarget) fn sort_hands(frames: &mut [Frame]) -> [Mended; 2] {
    let doubled: Vec<bool> = frames.iter_mut().map(undouble).collect();
    let exchanged = exchanges(frames);
    for (frame, &exchange) in frames.iter_mut().zip(&exchanged) {
        if exchange {
            frame.hands.swap(0, 1);
        }
    }
    [Mended::runs(exchanged), Mended::runs(doubled)]
}

/// How far a hand is from a side's wrist; None where either wrist was not seen, because then there is
/// nothing to compare.
fn astray(frame: &Frame, hand: &Hand, side: usize) -> Option<f32> {
    let distances = body::WRISTS.map(|wrist| hand[0].truncate().distance(frame.body[wrist].truncate()));
    distances.iter().all(|d| d.is_finite()).then_some(distances[side].min(FAR))
}

/// Whether both hands were one and the same, of which the one far from its wrist is now gone.
pub(super) fn undouble(frame: &mut Frame) -> bool {
    let [Some(left), Some(right)] = &frame.hands else { return false };
    let (Some(l), Some(r)) = (astray(frame, left, 0), astray(frame, right, 1)) else { return false };
    let twice = apart(left, right) < SAME && (l - r).abs() > ASTRAY;
    if twice {
        frame.hands[usize::from(r > l)] = None;
    }
    twice
}

/// A frame's hands, as they are or exchanged.
fn arranged(frame: &Frame, exchanged: bool) -> [Option<&Hand>; 2] {
    let [left, right] = frame.hands.each_ref().map(Option::as_ref);
    if exchanged { [right, left] } else { [left, right] }
}

/// What an arrangement costs by itself.
pub(super) fn unlikely(frame: &Frame, exchanged: bool) -> f32 {
    let hands = arranged(frame, exchanged);
    let far = Side::BOTH.map(|side| hands[side as usize].and_then(|h| astray(frame, h, side as usize)));
    let single = hands.contains(&None);
    far.into_iter().flatten().sum::<f32>() + if exchanged { EXCHANGED[usize::from(single)] } else { 0.0 }
}

/// What it costs to go from one arrangement to the next: hands that jump, and a single hand that
/// becomes the other one.
pub(super) fn leap(from: (&Frame, bool), to: (&Frame, bool)) -> f32 {
    let (before, after) = (arranged(from.0, from.1), arranged(to.0, to.1));
    let distance = |a: Option<&Hand>, b: Option<&Hand>| Some(apart(a?, b?).min(JUMP));
    let jumps: f32 = (0..2).filter_map(|s| distance(before[s], after[s])).sum();
    let other = (0..2).filter_map(|s| distance(single(before, s), single(after, 1 - s)));
    let renamed: f32 = other.map(|d| d + RENAMED).sum();
    jumps + renamed + if from.1 == to.1 { 0.0 } else { CHANGE }
}

/// A side's hand where there is no other.
fn single(hands: [Option<&Hand>; 2], side: usize) -> Option<&Hand> {
    if hands[1 - side].is_some() { None } else { hands[side] }
}

/// In which frames the hands are exchanged, on the cheapest way.
fn exchanges(frames: &[Frame]) -> Vec<bool> {
    super::depth::cheapest(
        frames.len(),
        |i, state| unlikely(&frames[i], state),
        |i, from, to| leap((&frames[i - 1], from), (&frames[i], to)),
    )
}

/// Gives the body's wrists, where a hand is not seen, the place that the hand's own wrist would have:
/// the two models differ by a few centimetres, and a hand that comes and goes must not jump by them.
pub(in crate::retarget) fn steady_wrists(frames: &mut [Frame], fps: f32) {
    const FADE_SECONDS: f32 = 0.3;
    /// Farther apart, the two are not the same wrist.
    const MOST: f32 = 0.3;
    let fade = |count: usize| (-(count as f32) / (FADE_SECONDS * fps)).exp();
    for side in Side::BOTH {
        let (s, wrist) = (side as usize, body::WRISTS[side as usize]);
        let offsets: Vec<_> = frames
            .iter()
            .map(|f| f.hands[s].map(|h| (h[0] - f.body[wrist]).truncate()))
            .map(|offset| offset.filter(|o| o.length() < MOST))
            .collect();
        let mut last = None;
        let since: Vec<_> = offsets
            .iter()
            .enumerate()
            .map(|(i, offset)| {
                last = offset.map(|o| (i, o)).or(last);
                last
            })
            .collect();
        let mut next = None;
        for (i, frame) in frames.iter_mut().enumerate().rev() {
            next = offsets[i].map(|o| (i, o)).or(next);
            if frame.hands[s].is_some() {
                continue;
            }
            let (before, after) =
                (since[i].map(|(k, o)| (fade(i - k), o)), next.map(|(k, o)| (fade(k - i), o)));
            let ends = [before, after].into_iter().flatten();
            let weight: f32 = ends.clone().map(|(w, _)| w).sum();
            let sum: glam::Vec2 = ends.map(|(w, o)| o * w).sum();
            frame.body[wrist] += (sum / weight.max(1.0)).extend(0.0);
        }
    }
}
