//! What a body does that does nothing: it breathes, sways a little, and blinks.

use crate::body::{ArKit, Articulation, Motion};
use glam::Quat;
use std::f32::consts::TAU;

/// Breaths a second, and the two slow rates of swaying.
const BREATH: f32 = 0.23;
const SWAY: [f32; 2] = [0.071, 0.113];
/// A blink: closing, then opening, seconds.
const CLOSING: f32 = 0.07;
const OPENING: f32 = 0.13;
/// Swaying sets in over so many seconds, from exactly neutral.
const EASE: f32 = 1.2;

/// Standing at ease, `seconds` after the last utterance ended: neutral at 0, alive from then on.
/// Before the next utterance, which begins at neutral, ease back over about half a second.
pub fn idle(seconds: f32) -> Articulation {
    let mut pose = Articulation::neutral();
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    sway(&mut pose, seconds, ease(seconds));
    blink(&mut pose, spontaneous_blink(seconds));
    pose
}

/// Adds breathing to an utterance, none at its very first and last frame.
pub(super) fn breathe(frames: &mut [Articulation]) {
    let last = frames.len().saturating_sub(1);
    for (i, frame) in frames.iter_mut().enumerate() {
        let seconds = i as f32 / Motion::FPS;
        let remaining = (last - i) as f32 / Motion::FPS;
        sway(frame, seconds, ease(seconds.min(remaining)));
    }
}

fn ease(seconds: f32) -> f32 {
    crate::body::maths::minimum_jerk(seconds / EASE)
}

fn sway(pose: &mut Articulation, seconds: f32, amount: f32) {
    let wave = |rate: f32, phase: f32| (TAU * (rate * seconds + phase)).sin() * amount;
    let breath = wave(BREATH, 0.0);
    let lean = Quat::from_rotation_x(0.006 * breath)
        * Quat::from_rotation_z(0.007 * wave(SWAY[0], 0.0))
        * Quat::from_rotation_y(0.009 * wave(SWAY[1], 0.0));
    pose.torso = (lean * pose.torso).normalize();
    let steady = Quat::from_rotation_x(-0.004 * breath + 0.006 * wave(SWAY[1], 0.3))
        * Quat::from_rotation_y(0.008 * wave(SWAY[0], 0.6));
    pose.head = (steady * pose.head).normalize();
    pose.shrug = pose.shrug.map(|shrug| shrug + 0.010 * breath);
}

/// Closes the eyes by `amount`.
pub(super) fn blink(pose: &mut Articulation, amount: f32) {
    for eye in [ArKit::EyeBlinkLeft, ArKit::EyeBlinkRight] {
        pose.face[eye] = pose.face[eye].max(amount);
    }
}

/// How far a blink has closed the eyes, `since` seconds after it began.
pub(super) fn lid(since: f32) -> f32 {
    if since < CLOSING {
        crate::body::maths::minimum_jerk(since / CLOSING)
    } else {
        1.0 - crate::body::maths::minimum_jerk((since - CLOSING) / OPENING)
    }
}

/// One blink in every window of four seconds, anywhere in it.
fn spontaneous_blink(seconds: f32) -> f32 {
    const WINDOW: f32 = 4.0;
    let window = (seconds / WINDOW).floor();
    let begin = window * WINDOW + 0.5 + unit(window as u64) * (WINDOW - 1.0);
    lid(seconds - begin).clamp(0.0, 1.0) * f32::from(seconds >= begin)
}

/// A number from 0 to 1 that looks random but is the same for the same input (SplitMix64).
pub(super) fn unit(input: u64) -> f32 {
    let mut z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idling_begins_at_neutral_and_never_jumps() {
        assert_eq!(idle(0.0), Articulation::neutral());
        let mut before = idle(0.0);
        for i in 1..3600 {
            let now = idle(i as f32 / 60.0);
            assert!(now.torso.angle_between(before.torso) < 0.002);
            assert!((now.face[ArKit::EyeBlinkLeft] - before.face[ArKit::EyeBlinkLeft]).abs() < 0.6);
            before = now;
        }
    }

    #[test]
    fn somebody_who_idles_blinks() {
        let closed = (0..1200).filter(|i| idle(*i as f32 / 60.0).face[ArKit::EyeBlinkLeft] > 0.7).count();
        assert!((4..60).contains(&closed), "{closed}");
    }

    #[test]
    fn nonsense_times_are_the_beginning() {
        assert_eq!(idle(f32::NAN), Articulation::neutral());
        assert_eq!(idle(-3.0), Articulation::neutral());
    }
}
