//! Where the eyes look, and when they close.
//!
//! A signer looks at the viewer: while the head turns, nods or shakes, the eyes turn back and stay. They
//! leave the viewer for a reason only: a place that is pointed out, somebody else's words.

use crate::body::{ArKit, Articulation, Motion, maths::minimum_jerk};
use glam::{Vec2, Vec3};
use std::ops::Range;

/// How far an eye turns at weight 1: to the side, and up or down, radians; as the rig turns them.
const REACH: Vec2 = Vec2::new(0.5, 0.35);
/// How long eyes take from one place to another, seconds.
const SACCADE: f32 = 0.05;
/// A blink: closing, then opening, seconds.
const CLOSING: f32 = 0.07;
const OPENING: f32 = 0.13;
/// A blink in frames.
const BLINK: usize = 14;

/// Turns the eyes to a direction of the body frame: radians to the signer's left, and up; zero is the
/// viewer. What the head does is made up for, as far as eyes reach.
pub(super) fn look(pose: &mut Articulation, direction: Vec2) {
    let ahead = (pose.torso * pose.head) * Vec3::Z;
    let head = Vec2::new(ahead.x.atan2(ahead.z), ahead.y.clamp(-1.0, 1.0).asin());
    let turn = ((direction - head) / REACH).clamp(Vec2::splat(-0.9), Vec2::splat(0.9));
    for (shape, weight) in [
        (ArKit::EyeLookOutLeft, turn.x),
        (ArKit::EyeLookInRight, turn.x),
        (ArKit::EyeLookInLeft, -turn.x),
        (ArKit::EyeLookOutRight, -turn.x),
        (ArKit::EyeLookUpLeft, turn.y),
        (ArKit::EyeLookUpRight, turn.y),
        (ArKit::EyeLookDownLeft, -turn.y),
        (ArKit::EyeLookDownRight, -turn.y),
    ] {
        pose.face[shape] = weight.max(0.0);
    }
}

/// 0 before a movement of the eyes, 1 after it, `since` seconds after it began.
pub(super) fn saccade(since: f32) -> f32 {
    minimum_jerk(since / SACCADE)
}

/// Eyes that fixate still wander by a fraction of a degree, about once a second.
pub(super) fn flicker(seconds: f32) -> Vec2 {
    const WINDOW: f32 = 0.9;
    let window = (seconds / WINDOW).floor();
    let place = |window: f32| {
        let own = |k: u64| unit(0xF1C_0000 ^ (window as u64) << 2 ^ k) - 0.5;
        Vec2::new(0.028 * own(0), 0.018 * own(1))
    };
    let moved = saccade(seconds - window * WINDOW - 0.3 * unit(window as u64));
    place(window - 1.0).lerp(place(window), moved)
}

/// Closes the eyes by `amount`.
pub(super) fn close(pose: &mut Articulation, amount: f32) {
    for eye in [ArKit::EyeBlinkLeft, ArKit::EyeBlinkRight] {
        pose.face[eye] = pose.face[eye].max(amount);
    }
}

/// How far a blink has closed the eyes, `since` seconds after it began.
pub(super) fn lid(since: f32) -> f32 {
    if since < CLOSING {
        minimum_jerk(since / CLOSING)
    } else {
        1.0 - minimum_jerk((since - CLOSING) / OPENING)
    }
}

/// Blinks where the signer pauses, and now and then where long nothing pauses. Whether there is one
/// at a frame is known there: nothing later has a say in it.
pub(super) fn blinks(frames: &mut [Articulation], pauses: &[Range<usize>], seed: u64) {
    let mut begins = Vec::new();
    let mut last = 0;
    let ends = pauses.iter().map(|pause| pause.start).chain([frames.len().saturating_sub(BLINK)]);
    for (i, boundary) in ends.enumerate() {
        let jitter = |k: u64| unit(seed ^ (i as u64) << 20 ^ k);
        loop {
            let next = last + 150 + (jitter(last as u64) * 120.0) as usize;
            if next >= boundary {
                break;
            }
            last = next;
            begins.push(last);
        }
        // Not every boundary: people skip some, and two blinks in a row look nervous.
        if i < pauses.len() && boundary > last + 50 && jitter(7) < 0.85 {
            last = boundary + (jitter(3) * 8.0) as usize;
            begins.push(last);
        }
    }
    for begin in begins {
        for (i, frame) in frames.iter_mut().skip(begin).take(BLINK).enumerate() {
            close(frame, lid(i as f32 / Motion::FPS));
        }
    }
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
    use glam::Quat;

    #[test]
    fn eyes_stay_with_the_viewer_while_the_head_turns() {
        let mut pose = Articulation { head: Quat::from_rotation_y(0.2), ..Articulation::neutral() };
        look(&mut pose, Vec2::ZERO);
        assert!((pose.face[ArKit::EyeLookOutRight] - 0.4).abs() < 0.01, "the right eye turns outward");
        assert!((pose.face[ArKit::EyeLookInLeft] - 0.4).abs() < 0.01);
        assert_eq!(pose.face[ArKit::EyeLookOutLeft], 0.0);
    }

    #[test]
    fn eyes_never_turn_beyond_their_reach() {
        let mut pose = Articulation { head: Quat::from_rotation_y(1.5), ..Articulation::neutral() };
        look(&mut pose, Vec2::new(-2.0, 3.0));
        assert!(pose.face.0.iter().all(|w| (0.0..=1.0).contains(w)));
    }

    #[test]
    fn a_blink_is_over_in_a_quarter_second() {
        assert!(lid(0.0) == 0.0 && lid(CLOSING) > 0.99 && lid(0.25) == 0.0);
    }
}
