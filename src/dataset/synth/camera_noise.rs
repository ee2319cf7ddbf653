//! What a landmark model does to what it sees: jitter, guessed depth, lost and exchanged hands.
//!
//! The sizes are of MediaPipe Holistic on real signers: 880 clips of one signer at a webcam (30 frames a
//! second, 640 × 480) and 38 clips of letters from a studio. Jitter was measured as the second difference
//! over time of points slower than 0.3 shoulder widths a second, divided by √6, the robust deviation (1.48
//! times the median) taken: what white noise of that deviation would show.

use crate::dataset::dice::Dice;
use crate::pose::{Layout, PoseSequence};
use glam::Vec3;
use std::ops::Range;
use std::sync::Arc;

/// Deviations of one kind of point, shoulder widths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    /// Of the whole component from frame to frame, across the picture.
    pub together: f32,
    /// Of each point from frame to frame, across the picture.
    pub each: f32,
    /// How many times as far depth is off.
    pub depth: f32,
}

/// How large and how frequent each mistake is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Measured: 0.0012 to 0.0025 of shoulders, elbows and wrists, of each as of all; depth 0.03.
    pub body: Jitter,
    /// Measured (letters): 0.0005 together, 0.0004 each; depth was not there to measure.
    pub face: Jitter,
    /// Measured: 0.0008 (studio) to 0.0032 (webcam) together, 0.0008 to 0.0029 each; depth about twice as far.
    pub hand: Jitter,
    /// Errors that stay for a while, in times of those that do not; they are not to be seen in second
    /// differences, so the figure is a guess.
    pub wander: f32,
    /// How long they stay, seconds.
    pub wander_seconds: f32,
    /// How much larger hands' jitter is at one shoulder width a second; it grows evenly up to four times.
    /// Measured: about six times above 1.5 shoulder widths a second, where true acceleration is in it.
    pub with_speed: f32,
    /// Hands lost, times a second, in the middle of signing. Measured: 0.35 and 0.46.
    pub lost: f32,
    /// More of that: above two shoulder widths a second, below the waist, near the other hand, at the face.
    pub lost_fast: f32,
    /// See [`Self::lost_fast`].
    pub lost_low: f32,
    /// See [`Self::lost_fast`].
    pub lost_near_hand: f32,
    /// See [`Self::lost_fast`].
    pub lost_at_face: f32,
    /// How long a hand is lost, seconds on average. Measured: 0.06, half of them one frame.
    pub lost_seconds: f32,
    /// The same below the waist, where hands at rest are lost for good. Measured: the webcam's signer has no
    /// left hand in 48 % of frames and no right one in 21 %, waiting hands included.
    pub lost_low_seconds: f32,
    /// Left and right taken for each other, times a second with both seen, for one to four frames.
    pub exchanged: f32,
    /// A hand elsewhere for one to three frames, times a second. Measured: steps above 0.35 shoulder widths in
    /// 0.2 % of the studio's frames and 1.4 % of the webcam's, where true movement is in it.
    pub jumps: f32,
    /// A hand's depth mirrored, times a second, for 0.15 to 0.5 seconds.
    pub mirrored: f32,
}

impl Rates {
    /// Between the studio and the webcam.
    pub const MEASURED: Rates = Rates {
        body: Jitter { together: 0.0012, each: 0.0015, depth: 8.0 },
        face: Jitter { together: 0.0005, each: 0.0004, depth: 2.0 },
        hand: Jitter { together: 0.0018, each: 0.0018, depth: 2.0 },
        wander: 2.0,
        wander_seconds: 0.15,
        with_speed: 0.8,
        lost: 0.15,
        lost_fast: 0.6,
        lost_low: 2.0,
        lost_near_hand: 0.4,
        lost_at_face: 0.3,
        lost_seconds: 0.06,
        lost_low_seconds: 0.5,
        exchanged: 0.015,
        jumps: 0.03,
        mirrored: 0.03,
    };
}

/// Components of the stored layout: body, face, left and right hand.
const BODY: Range<usize> = 0..33;
const FACE: Range<usize> = 33..161;
const HANDS: [Range<usize>; 2] = [161..182, 182..203];
const POINTS: usize = 203;
/// Shoulders in it, and the nose.
const SHOULDERS: [usize; 2] = [11, 12];
const NOSE: usize = 0;

/// A clip of 543 points as MediaPipe would have it, in the stored layout of 203.
pub(super) fn seen_by_mediapipe(
    clip: &PoseSequence,
    scale_px: f32,
    rates: &Rates,
    dice: &mut Dice,
) -> PoseSequence {
    let layout: Arc<Layout> = Layout::signclip_203();
    let mut seen = clip.to_layout(&layout);
    let truth = Truth::of(&seen, scale_px);
    for hand in 0..2 {
        depth_errors(&mut seen, hand, rates, dice);
    }
    jitter(&mut seen, BODY, rates.body, &|_| 1.0, (scale_px, rates), dice);
    jitter(&mut seen, FACE, rates.face, &|_| 1.0, (scale_px, rates), dice);
    for (hand, points) in HANDS.into_iter().enumerate() {
        let growth = |frame: usize| (1.0 + rates.with_speed * truth.speeds[hand][frame]).min(4.0);
        jitter(&mut seen, points, rates.hand, &growth, (scale_px, rates), dice);
    }
    for hand in 0..2 {
        jumps(&mut seen, hand, (scale_px, rates), dice);
    }
    exchanges(&mut seen, rates, dice);
    visibility(&mut seen, dice);
    for hand in 0..2 {
        losses(&mut seen, hand, &truth, rates, dice);
    }
    seen
}

/// What happens to a hand in truth, by which mistakes are likelier. `[hand][frames]`
struct Truth {
    /// Shoulder widths a second, across the picture.
    speeds: [Vec<f32>; 2],
    /// Wrists below the shoulders, shoulder widths.
    low: [Vec<f32>; 2],
    to_nose: [Vec<f32>; 2],
    to_other: Vec<f32>,
    /// Whether the hand is in the picture.
    inside: [Vec<bool>; 2],
}

impl Truth {
    fn of(clip: &PoseSequence, scale: f32) -> Truth {
        let frames = clip.frame_count();
        let wrist = |hand: usize, frame: usize| clip.frame(frame)[HANDS[hand].start].truncate();
        // The middle of the hand: where its knuckles begin.
        let middle = |hand: usize, frame: usize| clip.frame(frame)[HANDS[hand].start + 9].truncate();
        let each =
            |f: &dyn Fn(usize, usize) -> f32| [0, 1].map(|hand| (0..frames).map(|t| f(hand, t)).collect());
        let size = glam::Vec2::new(f32::from(clip.size.width), f32::from(clip.size.height));
        let is_inside = |hand, t| {
            let at = middle(hand, t);
            at.cmpge(glam::Vec2::ZERO).all() && at.cmple(size).all()
        };
        Truth {
            speeds: each(&|hand, t| {
                let (a, b) = (t.saturating_sub(1), (t + 1).min(frames - 1));
                middle(hand, a).distance(middle(hand, b)) * clip.fps / (scale * (b - a).max(1) as f32)
            }),
            low: each(&|hand, t| {
                let shoulders = SHOULDERS.map(|shoulder| clip.frame(t)[shoulder].y);
                (wrist(hand, t).y - (shoulders[0] + shoulders[1]) / 2.0) / scale
            }),
            to_nose: each(&|hand, t| middle(hand, t).distance(clip.frame(t)[NOSE].truncate()) / scale),
            to_other: (0..frames).map(|t| middle(0, t).distance(middle(1, t)) / scale).collect(),
            inside: [0, 1].map(|hand| (0..frames).map(|t| is_inside(hand, t)).collect()),
        }
    }
}

/// White noise and noise that stays for a while, of the component as a whole and of each point.
fn jitter(
    clip: &mut PoseSequence,
    points: Range<usize>,
    size: Jitter,
    growth: &dyn Fn(usize) -> f32,
    (scale, rates): (f32, &Rates),
    dice: &mut Dice,
) {
    let stays = (-1.0 / (clip.fps * rates.wander_seconds)).exp();
    let renewed = (1.0 - stays * stays).sqrt();
    let axes = Vec3::new(1.0, 1.0, size.depth);
    let mut whole = dice.normals();
    let mut own: Vec<Vec3> = points.clone().map(|_| dice.normals()).collect();
    for frame in 0..clip.frame_count() {
        let grown = growth(frame) * scale;
        whole = whole * stays + dice.normals() * renewed;
        let together = (dice.normals() + whole * rates.wander) * size.together;
        for (own, point) in own.iter_mut().zip(points.clone()) {
            *own = *own * stays + dice.normals() * renewed;
            let each = (dice.normals() + *own * rates.wander) * size.each;
            let at = frame * POINTS + point;
            if clip.confidences[at] > 0.0 {
                clip.positions[at] += (together + each) * axes * grown;
            }
        }
    }
}

/// Stretches of frames that begin `rate` times a second.
fn stretches(
    clip: &PoseSequence,
    rate: f32,
    dice: &mut Dice,
    length: impl Fn(&mut Dice) -> usize,
) -> Vec<Range<usize>> {
    let frames = clip.frame_count();
    let mut found = Vec::new();
    let mut frame = 0;
    while frame < frames {
        if dice.chance(rate / clip.fps) {
            let end = (frame + length(dice)).min(frames);
            found.push(frame..end);
            frame = end;
        }
        frame += 1;
    }
    found
}

fn hand_of(clip: &mut PoseSequence, frame: usize, hand: usize) -> &mut [Vec3] {
    let Range { start, end } = HANDS[hand].clone();
    &mut clip.positions[frame * POINTS + start..frame * POINTS + end]
}

/// A hand's depth is guessed from one picture: too flat or too deep, now and then the wrong way round.
fn depth_errors(clip: &mut PoseSequence, hand: usize, rates: &Rates, dice: &mut Dice) {
    let depth = dice.between(0.7, 1.15);
    let fps = clip.fps;
    let wrong = stretches(clip, rates.mirrored, dice, |dice| (dice.between(0.15, 0.5) * fps) as usize);
    for frame in 0..clip.frame_count() {
        let mirrored = wrong.iter().any(|stretch| stretch.contains(&frame));
        let factor = if mirrored { -depth } else { depth };
        let hand = hand_of(clip, frame, hand);
        let wrist = hand[0].z;
        hand.iter_mut().for_each(|point| point.z = wrist + (point.z - wrist) * factor);
    }
}

fn jumps(clip: &mut PoseSequence, hand: usize, (scale, rates): (f32, &Rates), dice: &mut Dice) {
    for stretch in stretches(clip, rates.jumps, dice, |dice| 1 + dice.below(3)) {
        let way = dice.normals().truncate().normalize_or(glam::Vec2::X) * dice.between(0.3, 0.8) * scale;
        for frame in stretch {
            hand_of(clip, frame, hand).iter_mut().for_each(|point| *point += way.extend(0.0));
        }
    }
}

fn exchanges(clip: &mut PoseSequence, rates: &Rates, dice: &mut Dice) {
    for stretch in stretches(clip, rates.exchanged, dice, |dice| 1 + dice.below(4)) {
        for frame in stretch {
            let start = frame * POINTS + HANDS[0].start;
            let (left, right) = clip.positions[start..frame * POINTS + POINTS].split_at_mut(21);
            left.swap_with_slice(right);
        }
    }
}

/// Only body points have more than seen and not seen; theirs changes slowly.
fn visibility(clip: &mut PoseSequence, dice: &mut Dice) {
    for point in BODY {
        let usual = if point < 13 { dice.between(0.99, 1.0) } else { dice.between(0.85, 0.99) };
        let (hertz, phase) = (dice.between(0.1, 0.5), dice.unit());
        for frame in 0..clip.frame_count() {
            let confidence = &mut clip.confidences[frame * POINTS + point];
            if *confidence > 0.0 {
                let wave = (std::f32::consts::TAU * (hertz * frame as f32 / clip.fps + phase)).sin();
                *confidence = (usual + 0.4 * (1.0 - usual) * wave).clamp(0.05, 1.0);
            }
        }
    }
}

/// Hands that are not found: all of their points unseen.
fn losses(clip: &mut PoseSequence, hand: usize, truth: &Truth, rates: &Rates, dice: &mut Dice) {
    let (mut left, mut was_low) = (0, false);
    for frame in 0..clip.frame_count() {
        let is_low = truth.low[hand][frame] > 1.15;
        let more = [
            (truth.speeds[hand][frame] > 2.0, rates.lost_fast),
            (is_low, rates.lost_low),
            (truth.to_other[frame] < 0.4, rates.lost_near_hand),
            (truth.to_nose[hand][frame] < 0.45, rates.lost_at_face),
        ];
        let rate = rates.lost + more.iter().filter(|(holds, _)| *holds).map(|(_, rate)| rate).sum::<f32>();
        if left == 0 && dice.chance(rate / clip.fps) {
            let mean = if is_low { rates.lost_low_seconds } else { rates.lost_seconds };
            left = 1 + (-(1.0 - dice.unit()).ln() * mean * clip.fps) as usize;
        }
        if !is_low {
            // Lost while waiting, found when it comes up.
            left = if was_low { left.min(3) } else { left };
        }
        was_low = is_low;
        if left > 0 || !truth.inside[hand][frame] {
            left = left.saturating_sub(1);
            let Range { start, end } = HANDS[hand].clone();
            clip.confidences[frame * POINTS + start..frame * POINTS + end].fill(0.0);
            hand_of(clip, frame, hand).fill(Vec3::ZERO);
        }
    }
}
