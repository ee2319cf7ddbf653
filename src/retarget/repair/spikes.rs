//! Points that jump away and back, and points that stand still and then catch up.
//!
//! A hand is moved by an arm, whose acceleration has a limit. What leaves the straight way between
//! trusted neighbours by more than that, while they agree with each other, was never there. Hands are
//! then taken out, to be bridged as fingers and wrists; single points of the body are put back on the
//! straight way.

use super::super::frame::{Frame, body};
use super::{Hand, Mended, apart, hands};
use crate::body::Side;
use glam::Vec3;

/// An acceleration that no hand reaches, shoulder widths a second squared: about 55 m/s².
const ACCELERATION: f32 = 150.0;
/// No smaller excursion is mended, shoulder widths.
const LEAST: f32 = 0.15;
/// An excursion is so many times as long as the steps around it.
const DISTINCT: f32 = 2.0;
/// The longest excursion, frames: longer ones are movements.
const LONGEST: usize = 3;
/// What stands still this long holds, seconds.
const HOLD_SECONDS: f32 = 0.25;
/// Nearer than this, points are the same.
const STILL: f32 = 1e-6;
/// Catching up is so many times faster than the mean of what went on before and after, and at least
/// so far.
const CATCH_UP: f32 = 1.4;
const LEAST_CATCH_UP: f32 = 0.02;

/// How far the first frame of an excursion of some frames is at least.
fn threshold(frames: usize, fps: f32) -> f32 {
    LEAST.max(0.5 * ACCELERATION * frames as f32 / (fps * fps))
}

/// The length of the excursion that begins at a frame; 0 where none does. `distance` is between two
/// frames, `off` from the straight way between two others; None where something was not seen.
fn excursion(
    at: usize,
    fps: f32,
    distance: impl Fn(usize, usize) -> Option<f32>,
    off: impl Fn(usize, usize, usize) -> Option<f32>,
) -> usize {
    let Some(before) = at.checked_sub(1) else { return 0 };
    let out = |length: &usize| {
        let after = at + length;
        let across = distance(before, after)? / (length + 1) as f32;
        let outside = [before.checked_sub(1).and_then(|i| distance(i, before)), distance(after, after + 1)];
        let step = outside.into_iter().flatten().fold(across, f32::max);
        let least =
            (at..after).map(|i| off(before, i, after)).try_fold(f32::INFINITY, |l, d| Some(l.min(d?)))?;
        (least > threshold(*length, fps) && least > DISTINCT * step).then_some(())
    };
    (1..=LONGEST).find(|length| out(length).is_some()).unwrap_or(0)
}

/// Takes out hands that jump away and back, and puts the body's elbows and wrists back; how many
/// frames of hands.
pub(in crate::retarget) fn unspike(frames: &mut [Frame], fps: f32) -> Mended {
    let mut count = Mended::default();
    for side in Side::BOTH {
        let track = hands(frames, side);
        let mut out = vec![false; track.len()];
        let mut at = 0;
        while at < track.len() {
            let length = excursion(
                at,
                fps,
                |a, b| Some(apart(track.get(a)?.as_ref()?, track.get(b)?.as_ref()?)),
                |a, i, b| Some(apart(&between(&track, a, i, b)?, track.get(i)?.as_ref()?)),
            );
            out[at..at + length].fill(true);
            at += length.max(1);
        }
        for (frame, _) in frames.iter_mut().zip(&out).filter(|(_, out)| **out) {
            frame.hands[side as usize] = None;
        }
        count.add(Mended::runs(out));
        for point in [body::ELBOWS[side as usize], body::WRISTS[side as usize]] {
            straighten(frames, point, fps);
        }
    }
    count
}

/// The hand on the straight way between two frames'.
fn between(track: &[Option<Hand>], from: usize, at: usize, to: usize) -> Option<Hand> {
    let (a, b) = (track.get(from)?.as_ref()?, track.get(to)?.as_ref()?);
    let t = (at - from) as f32 / (to - from) as f32;
    Some(std::array::from_fn(|k| a[k].lerp(b[k], t)))
}

/// Puts a point of the body back where it jumps away.
fn straighten(frames: &mut [Frame], point: usize, fps: f32) {
    let track: Vec<Vec3> = frames.iter().map(|frame| frame.body[point]).collect();
    let seen = |i: usize| track.get(i).copied().filter(|p| p.is_finite());
    let way = |a: usize, i: usize, b: usize| Some(seen(a)?.lerp(seen(b)?, (i - a) as f32 / (b - a) as f32));
    let mut at = 0;
    while at < track.len() {
        let length = excursion(
            at,
            fps,
            |a, b| Some(seen(a)?.truncate().distance(seen(b)?.truncate())),
            |a, i, b| Some(way(a, i, b)?.truncate().distance(seen(i)?.truncate())),
        );
        for (i, frame) in frames.iter_mut().enumerate().skip(at).take(length) {
            if let Some(back) = way(at - 1, i, at + length) {
                frame.body[point] = back;
            }
        }
        at += length.max(1);
    }
}

/// Takes out hands that stand still for an instant and then catch up with where they should have
/// been; how many frames.
pub(in crate::retarget) fn thaw(frames: &mut [Frame], fps: f32) -> Mended {
    let longest = (HOLD_SECONDS * fps).round().max(1.0) as usize;
    let mut count = Mended::default();
    for side in Side::BOTH {
        let track = hands(frames, side);
        let step = |i: usize| Some(apart(track.get(i.checked_sub(1)?)?.as_ref()?, track.get(i)?.as_ref()?));
        let still = |i: usize| step(i).is_some_and(|s| s < STILL);
        let mut out = vec![false; track.len()];
        let mut at = 0;
        while at < track.len() {
            let length = (at..track.len()).take_while(|&i| still(i)).count();
            let end = at + length;
            if (1..=longest).contains(&length) && catches_up(&step, at, end) {
                out[at..end].fill(true);
            }
            at = end + 1;
        }
        for (frame, _) in frames.iter_mut().zip(&out).filter(|(_, out)| **out) {
            frame.hands[side as usize] = None;
        }
        for point in [body::ELBOWS[side as usize], body::WRISTS[side as usize]] {
            go_on(frames, point, &out);
        }
        count.add(Mended::runs(out));
    }
    count
}

/// Moves a point of the body, where it too stands still, along the straight way.
fn go_on(frames: &mut [Frame], point: usize, out: &[bool]) {
    let mut at = 0;
    while at < out.len() {
        let end = at + out[at..].iter().take_while(|out| **out).count();
        if let (Some(before), Some(after)) = (at.checked_sub(1), frames.get(end).map(|f| f.body[point])) {
            let from = frames[before].body[point];
            let length = (end - before) as f32;
            for (i, frame) in frames[at..end].iter_mut().enumerate() {
                if frame.body[point].distance(from) < STILL {
                    frame.body[point] = from.lerp(after, (i + 1) as f32 / length);
                }
            }
        }
        at = end + 1;
    }
}

/// Whether what stands still from one frame to before another then makes up for it.
fn catches_up(step: &impl Fn(usize) -> Option<f32>, start: usize, end: usize) -> bool {
    let (Some(before), Some(jump), Some(after)) =
        (start.checked_sub(1).and_then(step), step(end), step(end + 1))
    else {
        return false;
    };
    // Something that had stopped of itself does not make up for anything.
    before > LEAST_CATCH_UP / 2.0 && jump > LEAST_CATCH_UP && jump > CATCH_UP * 0.5 * (before + after)
}
