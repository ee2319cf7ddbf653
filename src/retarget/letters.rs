//! Measures a letter of the manual alphabet in a recording of it.
//!
//! A recording shows the hand coming up, the letter, and the hand going down. The letter is the
//! longest quiet stretch with the hand up. If hand or fingers travel within it, it becomes a few
//! instants along the way, else one: the medians of the stillest third of a second.

use super::frame::{frames, median};
use super::smooth::smooth_recording;
use super::solver::with_depth;
use super::{Articulated, Frame, RetargetError, articulate};
use crate::body::{Arm, FingerAngles, Hand, HandShape, Side, Skeleton, ThumbAngles};
use crate::lexicon::letters::{Key, KeyArm};
use crate::pose::PoseSequence;
use glam::{Quat, Vec3};
use std::ops::Range;

/// A measured letter.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredLetter {
    /// Its instants.
    pub keys: Vec<Key>,
    /// How long the last is held, seconds.
    pub hold: f32,
    /// How well the measured hand explains the recorded points: 1 is exactly.
    pub confidence: f32,
}

/// How long a letter that does not move is held, seconds.
const HOLD: f32 = 0.4;
/// How long the end of a moving letter is held, and how long its movement may take, seconds.
const END_HOLD: f32 = 0.2;
const MOST_MOVEMENT: f32 = 0.7;
/// The stretch that a still letter is measured over, seconds.
const STILL: f32 = 0.32;
/// Half of the neighbourhood that smoothing fits, seconds.
const SMOOTH: f32 = 0.12;
/// Speeds below which a hand is quiet: shoulder widths, and radians, a second.
const QUIET_WRIST: f32 = 2.0;
const QUIET_FINGERS: f32 = 2.6;
const QUIET_PALM: f32 = 6.0;
/// Travel that makes a movement: shoulder widths in the picture, radians.
const TRAVEL: f32 = 0.11;
const TURN: f32 = 0.8;
/// How far from the straight way between two instants a third may be before it is kept, in units
/// of [`difference`].
const TOLERANCE: f32 = 0.25;
/// At most so many instants.
const MOST_KEYS: usize = 5;

/// Measures the letter that a recording shows.
///
/// # Errors
/// As [`articulate`], and [`RetargetError::NoHold`] where the right hand is never still.
pub fn measure_letter(sequence: &PoseSequence) -> Result<MeasuredLetter, RetargetError> {
    let mut clip = articulate(sequence)?;
    let seen = frames(sequence)?;
    let fps = clip.motion.fps;
    // Folded fingers flicker in a camera's eyes; a letter is slow enough to smooth once more.
    clip.motion.frames = smooth_recording(&clip.motion.frames, (SMOOTH * fps).round() as usize);
    let arms = |side: Side| clip.motion.frames.iter().map(|f| *f.arm(side)).collect::<Vec<_>>();
    let right = arms(Side::Right);
    let still = ((STILL * fps).round() as usize).max(3);
    // A letter that is itself a quick movement is quiet only beside the way there and back.
    let stroke = [1.0, 1.5, 2.2].into_iter().find_map(|loud| quiet_stretch(&right, fps, still, loud));
    let stroke = stroke.ok_or(RetargetError::NoHold)?;
    let left_takes_part = takes_part(&clip, &seen, &stroke);
    let left = arms(Side::Left);
    let confidence = confidence(&clip, &seen, stroke.clone());

    let inner = shrink(&stroke, (0.08 * fps).round() as usize, still);
    let key = |time: f32, at: Range<usize>| Key {
        time: (time * 100.0).round() / 100.0,
        right: KeyArm::of(Side::Right, &median_arm(&right[at.clone()])),
        left: left_takes_part.then(|| KeyArm::of(Side::Left, &median_arm(&left[at]))),
    };
    if !moves(&right[inner.clone()]) {
        let stillest = stillest(&right, &inner, still);
        return Ok(MeasuredLetter { keys: vec![key(0.0, stillest)], hold: HOLD, confidence });
    }
    let travelled = trim_holds(&right, &inner);
    let chosen = simplify(&right, travelled.clone());
    let length = (travelled.len() - 1).max(1) as f32 / fps;
    let pace = (MOST_MOVEMENT / length).min(1.0) / fps;
    let around = |i: usize| i.saturating_sub(1).max(inner.start)..(i + 2).min(inner.end);
    let keys: Vec<Key> =
        chosen.iter().map(|&i| key((i - travelled.start) as f32 * pace, around(i))).collect();
    let moved = (travelled.len() - 1) as f32 * pace;
    Ok(MeasuredLetter { keys, hold: END_HOLD.max(HOLD - moved), confidence })
}

/// How fast an arm's parts move between frames, in units of what is quiet.
fn unrest(a: &Arm, b: &Arm, fps: f32) -> f32 {
    let wrist = (b.wrist - a.wrist).truncate().length() * fps / QUIET_WRIST;
    let palm = a.palm.angle_between(b.palm) * fps / QUIET_PALM;
    let fingers = shape_distance(&a.shape, &b.shape) * fps / QUIET_FINGERS;
    wrist.max(palm).max(fingers)
}

/// Mean difference of the joint angles.
fn shape_distance(a: &HandShape, b: &HandShape) -> f32 {
    let (a, b) = (angles(a), angles(b));
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum::<f32>() / a.len() as f32
}

fn angles(shape: &HandShape) -> [f32; 20] {
    let mut all = [0.0; 20];
    let t = shape.thumb;
    all[..4].copy_from_slice(&[t.abduction, t.flexion, t.mcp, t.ip]);
    for (four, f) in all[4..].chunks_mut(4).zip(shape.fingers) {
        four.copy_from_slice(&[f.mcp, f.abduction, f.pip, f.dip]);
    }
    all
}

/// The longest stretch without unrest (of the median of three, so that one bad frame does not cut
/// it) in the upper part of the hand's way; `loud` times what is quiet still counts.
fn quiet_stretch(arms: &[Arm], fps: f32, least: usize, loud: f32) -> Option<Range<usize>> {
    let top = arms.iter().map(|a| a.wrist.y).max_by(f32::total_cmp)?;
    let raw: Vec<f32> = arms.windows(2).map(|pair| unrest(&pair[0], &pair[1], fps)).collect();
    let at = |i: usize| raw.get(i).copied().unwrap_or(f32::INFINITY);
    let calm = |i: usize| {
        let mut three = [if i == 0 { f32::INFINITY } else { at(i - 1) }, at(i), at(i + 1)];
        three.sort_by(f32::total_cmp);
        three[1] < loud && arms.get(i).is_some_and(|a| a.wrist.y > top - 0.45)
    };
    let mut best: Option<Range<usize>> = None;
    let mut start = 0;
    for i in 0..=raw.len() {
        if i < raw.len() && calm(i) {
            continue;
        }
        if i - start >= least && best.as_ref().is_none_or(|b| i - start > b.len()) {
            best = Some(start..i);
        }
        start = i + 1;
    }
    let rested = best?;
    Some(bridge(rested.clone(), true, &at, &calm).start..bridge(rested, false, &at, &calm).end)
}

/// A quiet stretch with the ones before (or after) it that only a movement slower than the way up
/// and down parts it from: letters that move are held at both ends.
fn bridge(
    mut stretch: Range<usize>,
    backward: bool,
    unrest: &dyn Fn(usize) -> f32,
    calm: &dyn Fn(usize) -> bool,
) -> Range<usize> {
    const FARTHEST: usize = 11;
    const SLOWER: f32 = 3.0;
    loop {
        let edge = if backward { stretch.start } else { stretch.end };
        let step = |k: usize| if backward { edge.checked_sub(k + 1) } else { Some(edge + k) };
        let way: Vec<usize> = (0..FARTHEST).map_while(step).take_while(|&i| unrest(i) < SLOWER).collect();
        let Some(&reached) = way.iter().rev().find(|&&i| calm(i)) else { return stretch };
        if backward {
            stretch.start = reached;
        } else {
            stretch.end = reached + 1;
        }
    }
}

/// A range without some frames at each end, as far as that leaves enough.
fn shrink(range: &Range<usize>, by: usize, least: usize) -> Range<usize> {
    let by = by.min(range.len().saturating_sub(least) / 2);
    range.start + by..range.end - by
}

/// Whether wrist or palm travel.
fn moves(arms: &[Arm]) -> bool {
    let extent = |axis: usize| {
        let values = arms.iter().map(|a| a.wrist[axis]);
        values.clone().fold(f32::MIN, f32::max) - values.fold(f32::MAX, f32::min)
    };
    // Palms edge-on to the camera flicker: a turn counts where it lasts three frames.
    let palms: Vec<Quat> = arms.windows(3).map(|three| median_arm(three).palm).collect();
    let turned = palms.iter().map(|palm| palm.angle_between(palms[0])).fold(0.0, f32::max);
    extent(0).hypot(extent(1)) > TRAVEL || turned > TURN
}

/// The calmest frames of a range.
fn stillest(arms: &[Arm], range: &Range<usize>, length: usize) -> Range<usize> {
    let length = length.min(range.len());
    let cost = |start: &usize| -> f32 {
        arms[*start..start + length].windows(2).map(|pair| unrest(&pair[0], &pair[1], 1.0)).sum()
    };
    let best = (range.start..=range.end - length).min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let start = best.unwrap_or(range.start);
    start..start + length
}

/// How different two arms look: 1 is 0.25 shoulder widths, or 45°, or 20° of every finger joint.
fn difference(a: &Arm, b: &Arm) -> f32 {
    let wrist = (a.wrist - b.wrist).truncate().length() / 0.25;
    let palm = a.palm.angle_between(b.palm) / 0.8;
    wrist.max(palm).max(shape_distance(&a.shape, &b.shape) / 0.35)
}

/// A moving stretch without what is held before and after the movement.
fn trim_holds(arms: &[Arm], range: &Range<usize>) -> Range<usize> {
    let (first, last) = (&arms[range.start], &arms[range.end - 1]);
    let leaves = range.clone().find(|&i| difference(first, &arms[i]) > 0.15).unwrap_or(range.start);
    let arrives = range.clone().rev().find(|&i| difference(last, &arms[i]) > 0.15).unwrap_or(range.end - 1);
    let start = leaves.saturating_sub(1).max(range.start);
    start..(arrives + 2).min(range.end).max(start + 2)
}

/// The frames of a range that a line from instant to instant needs (Douglas and Peucker 1973).
fn simplify(arms: &[Arm], range: Range<usize>) -> Vec<usize> {
    let mut kept = vec![range.start, range.end - 1];
    while kept.len() < MOST_KEYS {
        let worst = range
            .clone()
            .filter_map(|i| {
                let after = kept.partition_point(|&k| k < i);
                let (from, to) = (*kept.get(after.checked_sub(1)?)?, *kept.get(after)?);
                if i == to {
                    return None;
                }
                let t = (i - from) as f32 / (to - from) as f32;
                Some((i, difference(&arms[i], &arms[from].lerp(&arms[to], t))))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((i, error)) if error > TOLERANCE => {
                let after = kept.partition_point(|&k| k < i);
                kept.insert(after, i);
            }
            _ => break,
        }
    }
    kept
}

/// The medians of some arms, the rotation their mean.
fn median_arm(arms: &[Arm]) -> Arm {
    let middle = |get: &dyn Fn(&Arm) -> f32| median(&mut arms.iter().map(get).collect()).unwrap_or(0.0);
    let first = arms.first().map_or(Quat::IDENTITY, |a| a.palm);
    let sum = arms.iter().fold(Quat::from_xyzw(0.0, 0.0, 0.0, 0.0), |sum, a| {
        if a.palm.dot(first) < 0.0 { sum - a.palm } else { sum + a.palm }
    });
    let [t0, t1, t2, t3, rest @ ..]: [f32; 20] = std::array::from_fn(|i| middle(&|a| angles(&a.shape)[i]));
    let finger = |k: usize| FingerAngles {
        mcp: rest[4 * k],
        abduction: rest[4 * k + 1],
        pip: rest[4 * k + 2],
        dip: rest[4 * k + 3],
    };
    Arm {
        wrist: Vec3::from_array(std::array::from_fn(|axis| middle(&|a| a.wrist[axis]))),
        palm: if sum.length_squared() > 1e-6 { sum.normalize() } else { first },
        swivel: middle(&|a| a.swivel),
        shape: HandShape {
            thumb: ThumbAngles { abduction: t0, flexion: t1, mcp: t2, ip: t3 },
            fingers: std::array::from_fn(finger),
        },
    }
}

/// Whether the left hand was seen, up, through most of the letter.
fn takes_part(clip: &Articulated, seen: &[Frame], stroke: &Range<usize>) -> bool {
    let up = |i: &usize| seen[*i].hands[0].is_some() && clip.motion.frames[*i].arms[0].wrist.y > -0.9;
    stroke.clone().filter(up).count() * 3 > stroke.len() * 2
}

/// 1 less the fingertips' mean distance in the picture from where they were seen, over
/// [`FORGIVEN`]; depth is too much of a guess to judge by.
fn confidence(clip: &Articulated, seen: &[Frame], stroke: Range<usize>) -> f32 {
    let errors: Vec<f32> = stroke
        .flat_map(|i| fingertip_errors(clip, &seen[i], i, Side::Right))
        .map(|error| error.truncate().length())
        .collect();
    let mean = errors.iter().sum::<f32>() / errors.len().max(1) as f32;
    let share = if errors.is_empty() { 0.0 } else { (1.0 - mean / FORGIVEN).clamp(0.0, 1.0) };
    (share * 100.0).round() / 100.0
}

/// A mean error that leaves no confidence, shoulder widths.
const FORGIVEN: f32 = 0.2;

/// Where each fingertip of the retargeted hand is, from the wrist, less where it was seen with its
/// bones brought to the reference's lengths.
pub(crate) fn fingertip_errors(clip: &Articulated, seen: &Frame, frame: usize, side: Side) -> Vec<Vec3> {
    let Some(points) = seen.hands[side as usize] else { return Vec::new() };
    let source = normalised(&with_depth(side, &points, &clip.calibration));
    let made = Skeleton::reference().joints(&clip.motion.frames[frame]).hands[side as usize];
    [4, 8, 12, 16, 20].map(|tip| made[tip] - made[0] - source[tip]).to_vec()
}

/// A hand from its wrist, its bones at the reference's lengths along where they point.
pub(crate) fn normalised(points: &[Vec3; 21]) -> [Vec3; 21] {
    let hand = &Hand::REFERENCE;
    let mut out = [Vec3::ZERO; 21];
    let mut place = |from: usize, to: usize, length: f32| {
        out[to] = out[from] + (points[to] - points[from]).normalize_or_zero() * length;
    };
    place(0, 1, hand.thumb_root.length());
    for (finger, knuckle) in hand.knuckles.iter().enumerate() {
        place(0, 5 + 4 * finger, knuckle.length());
    }
    for (first, lengths) in [
        (1, hand.thumb),
        (5, hand.fingers[0]),
        (9, hand.fingers[1]),
        (13, hand.fingers[2]),
        (17, hand.fingers[3]),
    ] {
        for (k, &length) in lengths.iter().enumerate() {
            place(first + k, first + k + 1, length);
        }
    }
    out
}
