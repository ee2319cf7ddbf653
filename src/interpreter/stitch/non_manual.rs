//! Marks on face, head and trunk, laid over the signs they go with.
//!
//! Each mark grows in before its first sign and fades after its last, as signers do it: the face leads
//! the hands. What a sign does with the face by itself stays; a mark only adds to it.

use super::idle::{blink, lid, unit};
use super::{Item, Pace, Span};
use crate::body::{ArKit, Articulation, Motion, maths::minimum_jerk};
use crate::interpreter::NonManual;
use glam::Quat;
use std::f32::consts::TAU;
use std::ops::Range;

/// How long a mark grows in and fades, seconds at speed 1.
const ONSET: f32 = 0.22;
/// A headshake's turns a second, and its reach to either side, radians.
const SHAKE_RATE: f32 = 2.0;
const SHAKE: f32 = 0.20;
/// A nod's length, seconds at speed 1, and depth, radians.
const NOD_SECONDS: f32 = 0.5;
const NOD: f32 = 0.16;
/// How far the trunk turns for somebody else's words, radians.
const QUOTE: f32 = 0.21;

/// Lays the items' marks and blinks over the frames.
pub(super) fn overlay(
    frames: &mut [Articulation],
    items: &[Item],
    spans: &[Span],
    pauses: &[Range<usize>],
    pace: Pace,
    seed: u64,
) {
    let onset = ((ONSET / pace.speed()).max(0.15) * Motion::FPS) as usize;
    for mark in [
        NonManual::Topic,
        NonManual::YesNoQuestion,
        NonManual::ContentQuestion,
        NonManual::Headshake,
        NonManual::QuotedSpeaker,
    ] {
        for run in runs(mark, items, spans) {
            let hold = if is_question(mark) { pause_after(&run, pauses) } else { 0 };
            lay(frames, mark, run.start..run.end + hold, onset, pace);
        }
    }
    for run in runs(NonManual::Nod, items, spans) {
        nod(frames, run.end, pace);
    }
    blinks(frames, pauses, seed);
}

fn is_question(mark: NonManual) -> bool {
    matches!(mark, NonManual::YesNoQuestion | NonManual::ContentQuestion)
}

/// A question's face stays while its last sign is held.
fn pause_after(run: &Range<usize>, pauses: &[Range<usize>]) -> usize {
    pauses.iter().find(|pause| pause.start == run.end).map_or(0, ExactSizeIterator::len)
}

/// Frames of neighbouring items that carry a mark; a pause between two of them does not end it.
fn runs(mark: NonManual, items: &[Item], spans: &[Span]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for span in spans {
        let Some(item) = items.get(span.item) else { continue };
        if item.non_manuals.contains(&mark) {
            match runs.last_mut().filter(|_| is_open) {
                Some(run) => run.end = span.frames.end,
                None => runs.push(span.frames.clone()),
            }
            is_open = true;
        } else if !item.clips.is_empty() {
            is_open = false;
        }
    }
    runs
}

fn lay(frames: &mut [Articulation], mark: NonManual, run: Range<usize>, onset: usize, pace: Pace) {
    let begin = run.start.saturating_sub(onset);
    let end = (run.end + onset).min(frames.len());
    for (i, frame) in frames.iter_mut().enumerate().take(end).skip(begin) {
        let grown = (i - begin) as f32 / onset.max(1) as f32;
        let left = (end - 1 - i) as f32 / onset.max(1) as f32;
        let amount = minimum_jerk(grown) * minimum_jerk(left);
        let seconds = (i as f32 - run.start as f32) / Motion::FPS;
        apply(frame, mark, amount, seconds * pace.speed().min(1.25));
    }
}

fn apply(pose: &mut Articulation, mark: NonManual, amount: f32, seconds: f32) {
    let brows_up = [ArKit::BrowInnerUp, ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight];
    let brows_down = [ArKit::BrowDownLeft, ArKit::BrowDownRight];
    let wide = [ArKit::EyeWideLeft, ArKit::EyeWideRight];
    let squint = [ArKit::EyeSquintLeft, ArKit::EyeSquintRight];
    let mut face = |shapes: &[ArKit], weight: f32| {
        for &shape in shapes {
            pose.face[shape] = pose.face[shape].max(weight * amount);
        }
    };
    // Pitch down is positive about x, a turn to the signer's left positive about y.
    let (pitch, yaw, roll) = match mark {
        NonManual::Topic => {
            face(&brows_up, 0.7);
            (-0.06, 0.0, 0.0)
        }
        NonManual::YesNoQuestion => {
            face(&brows_up, 0.85);
            face(&wide, 0.3);
            (0.10, 0.0, 0.0)
        }
        NonManual::ContentQuestion => {
            face(&brows_down, 0.8);
            face(&squint, 0.25);
            (0.07, 0.0, 0.05)
        }
        NonManual::Headshake => {
            face(&brows_down, 0.35);
            (0.0, SHAKE * (TAU * SHAKE_RATE * seconds).sin(), 0.0)
        }
        NonManual::QuotedSpeaker => {
            let turn = Quat::from_rotation_y(QUOTE * amount);
            pose.torso = (turn * pose.torso).normalize();
            // The eyes stay with the viewer: the head gives half of it back.
            (0.0, -0.5 * QUOTE, 0.0)
        }
        NonManual::Nod => (0.0, 0.0, 0.0),
    };
    turn_head(pose, pitch * amount, yaw * amount, roll * amount);
}

fn turn_head(pose: &mut Articulation, pitch: f32, yaw: f32, roll: f32) {
    let turn = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch) * Quat::from_rotation_z(roll);
    pose.head = (turn * pose.head).normalize();
}

/// Down and up again about the moment that a sign ends.
fn nod(frames: &mut [Articulation], end: usize, pace: Pace) {
    let length = ((NOD_SECONDS / pace.speed()).max(0.35) * Motion::FPS) as usize;
    let begin = end.saturating_sub(length / 3).min(frames.len().saturating_sub(length));
    for (i, frame) in frames.iter_mut().skip(begin).take(length).enumerate() {
        let u = i as f32 / length.max(1) as f32;
        turn_head(frame, NOD * 16.0 * (u * (1.0 - u)).powi(2), 0.0, 0.0);
    }
}

/// Blinks where the signer pauses, and now and then where long nothing pauses.
fn blinks(frames: &mut [Articulation], pauses: &[Range<usize>], seed: u64) {
    const LONGEST_OPEN: usize = 270;
    let mut begins = Vec::new();
    let mut last = 0;
    let ends = pauses.iter().map(|pause| pause.start).chain([frames.len()]);
    for (i, boundary) in ends.enumerate() {
        let jitter = |k: u64| unit(seed ^ (i as u64) << 20 ^ k);
        while boundary.saturating_sub(last) > LONGEST_OPEN {
            last += 140 + (jitter(last as u64) * 100.0) as usize;
            begins.push(last);
        }
        // Not every boundary: people skip some, and two blinks in a row look nervous.
        if boundary < frames.len() && boundary > last + 50 && jitter(7) < 0.85 {
            last = boundary + (jitter(3) * 8.0) as usize;
            begins.push(last);
        }
    }
    for begin in begins {
        for (i, frame) in frames.iter_mut().skip(begin).take(14).enumerate() {
            blink(frame, lid(i as f32 / Motion::FPS));
        }
    }
}
