//! Hands and arms whose depth has changed its sign.
//!
//! A picture does not tell a hand that tilts toward the camera from one that tilts away, and a model
//! that changes its mind mirrors the hand in depth: the palm turns over while the picture stays. Two
//! things tell: depth goes on from frame to frame while the picture does, and fingers bend toward the
//! palm, which in a mirrored hand they do backward. The cheapest way through all frames of keeping or
//! mirroring (Viterbi 1967) weighs both.

use super::super::frame::{Frame, body, median};
use super::{Hand, Mended, apart, hands};
use crate::body::Side;
use glam::Vec3;

/// What bending backward costs, a hand's length of it.
const BACKWARD: f32 = 0.15;
/// What a mirrored frame costs: depth is more often right than wrong.
const MIRRORED: f32 = 0.15;
/// A picture that changes by so much of a hand's size forgives depth its change.
const CHANGED: f32 = 0.15;
/// Depth that is so far from its neighbours', in hand sizes, is not believed while the picture stays
/// within half of it.
const ASTRAY: f32 = 0.4;
/// A wrist so far behind its shoulder is none, shoulder widths.
const BEHIND: f32 = 0.25;

/// The cheapest way through two states of each of some steps: whether the second.
pub(super) fn cheapest(
    count: usize,
    alone: impl Fn(usize, bool) -> f32,
    change: impl Fn(usize, bool, bool) -> f32,
) -> Vec<bool> {
    let states = [false, true];
    let mut from: Vec<[bool; 2]> = Vec::with_capacity(count);
    let mut cost = [0.0; 2];
    for i in 0..count {
        let mut best = [false; 2];
        cost = states.map(|to| {
            let way = |from: bool| cost[usize::from(from)] + if i > 0 { change(i, from, to) } else { 0.0 };
            let other = way(true) < way(false);
            best[usize::from(to)] = other;
            way(other) + alone(i, to)
        });
        from.push(best);
    }
    let mut state = cost[1] < cost[0];
    let mut chosen: Vec<bool> = from
        .iter()
        .rev()
        .map(|best| {
            let now = state;
            state = best[usize::from(state)];
            now
        })
        .collect();
    chosen.reverse();
    chosen
}

/// Mirrors the hands of a side back whose depth was mirrored, and replaces depth that stands out from
/// its neighbours'; how many frames.
pub(in crate::retarget) fn unflip_hands(frames: &mut [Frame], side: Side) -> Mended {
    let track = hands(frames, side);
    let Some(size) = size(&track) else { return Mended::default() };
    let depths = |i: usize| track[i].as_ref().map(relative_depths);
    let mirrored = cheapest(
        frames.len(),
        |i, flip| track[i].as_ref().map_or(0.0, |hand| implausible(side, hand, flip)),
        |i, from, to| match (&track[i - 1], &track[i], depths(i - 1), depths(i)) {
            (Some(a), Some(b), Some(from_z), Some(to_z)) => {
                discord(&from_z, &to_z, from != to) / size / (1.0 + settled(a, b) / (CHANGED * size))
            }
            _ => 0.0,
        },
    );
    for (frame, &flip) in frames.iter_mut().zip(&mirrored) {
        if let (Some(hand), true) = (&mut frame.hands[side as usize], flip) {
            mirror(hand);
        }
    }
    let settled = settle(frames, side, size);
    Mended::runs(mirrored.iter().zip(settled).enumerate().map(|(i, (&a, b))| track[i].is_some() && (a || b)))
}

/// A hand's usual size in the picture and in depth: its points' mean distance from its wrist.
fn size(track: &[Option<Hand>]) -> Option<f32> {
    let size =
        |hand: &Hand| hand.iter().map(|p| p.truncate().distance(hand[0].truncate())).sum::<f32>() / 20.0;
    median(&mut track.iter().flatten().map(size).collect()).filter(|s| *s > 1e-4)
}

pub(super) fn relative_depths(hand: &Hand) -> [f32; 21] {
    hand.map(|p| p.z - hand[0].z)
}

pub(super) fn mirror(hand: &mut Hand) {
    let wrist = hand[0].z;
    hand.iter_mut().for_each(|p| p.z = 2.0 * wrist - p.z);
}

/// Mean difference of two hands' depths, one of them mirrored or not.
pub(super) fn discord(a: &[f32; 21], b: &[f32; 21], mirrored: bool) -> f32 {
    let sign = if mirrored { -1.0 } else { 1.0 };
    a.iter().zip(b).map(|(a, b)| (a - sign * b).abs()).sum::<f32>() / 21.0
}

/// How far two hands' shapes in the picture differ, wherever they are.
pub(super) fn settled(a: &Hand, b: &Hand) -> f32 {
    let own = |hand: &Hand| hand.map(|p| p - hand[0]);
    apart(&own(a), &own(b))
}

/// What a hand costs by itself: its fingers bending backward, and being mirrored.
pub(super) fn implausible(side: Side, hand: &Hand, mirrored: bool) -> f32 {
    let curl = if mirrored { -curl(side, hand) } else { curl(side, hand) };
    BACKWARD * (-curl).max(0.0) + if mirrored { MIRRORED } else { 0.0 }
}

/// How far the fingers bend toward where the palm faces, finger lengths; a mirrored hand's is negative.
fn curl(side: Side, hand: &Hand) -> f32 {
    let back = (hand[5] - hand[0]).cross(hand[17] - hand[0]).normalize_or_zero() * side.sign();
    let bent = |knuckle: usize| {
        let finger = hand[knuckle + 3] - hand[knuckle];
        let length: f32 = (knuckle..knuckle + 3).map(|i| hand[i].distance(hand[i + 1])).sum();
        if length > 1e-6 { -finger.dot(back) / length } else { 0.0 }
    };
    [5, 9, 13, 17].into_iter().map(bent).sum::<f32>() / 4.0
}

/// Gives hands the median depth of their neighbours where theirs stands out while the picture does not;
/// whether it had to.
fn settle(frames: &mut [Frame], side: Side, size: f32) -> Vec<bool> {
    const REACH: usize = 2;
    let track = hands(frames, side);
    let mut mended = vec![false; track.len()];
    for (i, mended) in mended.iter_mut().enumerate() {
        let around: Vec<&Hand> =
            track[i.saturating_sub(REACH)..(i + REACH + 1).min(track.len())].iter().flatten().collect();
        let Some(now) = track[i].as_ref().filter(|_| around.len() >= 4) else { continue };
        let middle: [f32; 21] = std::array::from_fn(|k| {
            median(&mut around.iter().map(|hand| hand[k].z - hand[0].z).collect()).unwrap_or(0.0)
        });
        let steady = around.iter().map(|hand| settled(now, hand)).fold(0.0, f32::max);
        let off = discord(&relative_depths(now), &middle, false);
        if off > ASTRAY * size && steady < 0.5 * off {
            *mended = true;
            let points = now.iter().zip(middle).map(|(p, z)| Vec3::new(p.x, p.y, now[0].z + z));
            if let Some(hand) = &mut frames[i].hands[side as usize] {
                hand.iter_mut().zip(points).for_each(|(point, at)| *point = at);
            }
        }
    }
    mended
}

/// Mirrors an arm back in front of its shoulder whose depth was mirrored, where depth was measured;
/// how many frames.
pub(in crate::retarget) fn unflip_arms(frames: &mut [Frame], side: Side) -> Mended {
    let s = side as usize;
    let [shoulder, elbow, wrist] = [body::SHOULDERS[s], body::ELBOWS[s], body::WRISTS[s]];
    let depths = |frame: &Frame| {
        let z = [elbow, wrist].map(|i| frame.body[i].z - frame.body[shoulder].z);
        z.iter().all(|z| z.is_finite()).then_some(z)
    };
    let track: Vec<Option<[f32; 2]>> = frames.iter().map(depths).collect();
    let mirrored = cheapest(
        frames.len(),
        |i, flip| {
            let sign = if flip { -1.0 } else { 1.0 };
            let behind = track[i].map_or(0.0, |[_, wrist]| (-sign * wrist - BEHIND).max(0.0));
            behind + if flip { MIRRORED } else { 0.0 }
        },
        |i, from, to| match (track[i - 1], track[i]) {
            (Some(a), Some(b)) => {
                let sign = if from == to { 1.0 } else { -1.0 };
                (a[0] - sign * b[0]).abs() + (a[1] - sign * b[1]).abs()
            }
            _ => 0.0,
        },
    );
    for (frame, _) in frames.iter_mut().zip(&mirrored).filter(|(_, flip)| **flip) {
        let plane = frame.body[shoulder].z;
        let moved = 2.0 * (plane - frame.body[wrist].z);
        for i in [elbow, wrist] {
            frame.body[i].z = 2.0 * plane - frame.body[i].z;
        }
        // The hand goes with its wrist; which way it faces is its own matter.
        frame.hands[s].iter_mut().flatten().for_each(|point| point.z += moved);
    }
    Mended::runs(mirrored.iter().zip(&track).map(|(&flip, seen)| flip && seen.is_some()))
}
