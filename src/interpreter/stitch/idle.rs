//! What a body does that does nothing: it breathes, sways a little, blinks, and its eyes rest on nothing
//! for long.
//!
//! Everything is a function of time alone, so that a render of the same moment is the same picture. Slow
//! movements are sums of sines whose size falls with their rate, as the sway of people who stand does.

use super::eyes;
use super::rest::{friendly, rest};
use crate::body::{Articulation, FaceWeights, Motion};
use glam::{Quat, Vec2};
use std::f32::consts::TAU;

/// Breaths a second.
const BREATH: f32 = 0.24;
/// Life sets in over so many seconds, from exactly at rest.
const EASE: f32 = 1.2;
/// The slowest sway's rate, a second, and how much faster each next is; no two share a period.
const SLOWEST: f32 = 0.043;
const FASTER: f32 = 1.83;
/// How much of the friendly face stays while signing: news are not always good.
const SIGNING_FACE: f32 = 0.35;

/// At rest, `seconds` after the last utterance ended: [`rest`] at 0, alive from then on.
/// Before the next utterance, which begins at rest, ease back over about half a second.
pub fn idle(seconds: f32) -> Articulation {
    let mut pose = rest();
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    let amount = ease(seconds);
    breathe(&mut pose, seconds, amount);
    sway(&mut pose, seconds, amount);
    turn_head(&mut pose, seconds, amount);
    eyes::look(&mut pose, (glances(seconds) + eyes::flicker(seconds)) * amount);
    eyes::close(&mut pose, spontaneous_blink(seconds));
    pose
}

/// Life of somebody who holds a sign, `seconds` after the hold began: breath, sway and blinks, so much
/// of each. The hands go with the trunk and touch what they touched.
pub fn hold(pose: &mut Articulation, seconds: f32, amount: f32) {
    let eased = amount * ease(seconds);
    breathe(pose, seconds, eased);
    sway(pose, seconds, 0.6 * eased);
    eyes::close(pose, amount * spontaneous_blink(seconds));
}

/// Adds life to an utterance, none at its very first and last frame; it leaves the signer after
/// `signed` frames at the earliest. The head keeps still against the trunk, because hands touch it.
pub(super) fn enliven(frames: &mut [Articulation], signed: usize) {
    let last = frames.len().saturating_sub(1);
    let slack = (EASE * Motion::FPS / last.saturating_sub(signed).max(1) as f32).max(1.0);
    for (i, frame) in frames.iter_mut().enumerate() {
        let seconds = i as f32 / Motion::FPS;
        let amount = ease(seconds.min(slack * (last - i) as f32 / Motion::FPS));
        breathe(frame, seconds, amount);
        sway(frame, seconds, 0.6 * amount);
        wear(frame, &friendly(SIGNING_FACE + (1.0 - SIGNING_FACE) * (1.0 - amount)));
    }
}

/// Puts a slight expression on; a face that does more keeps its own.
fn wear(pose: &mut Articulation, slight: &FaceWeights) {
    for (own, slight) in pose.face.0.iter_mut().zip(slight.0) {
        *own = own.max(slight);
    }
}

fn ease(seconds: f32) -> f32 {
    crate::body::maths::minimum_jerk(seconds / EASE)
}

/// Chest out and shoulders up by a few millimetres; in is quicker than out.
fn breathe(pose: &mut Articulation, seconds: f32, amount: f32) {
    let phase = TAU * BREATH * seconds;
    let breath = (phase - 0.35 * phase.sin()).sin() * amount;
    pose.torso = (pose.torso * Quat::from_rotation_x(-0.007 * breath)).normalize();
    pose.head = (Quat::from_rotation_x(0.005 * breath) * pose.head).normalize();
    pose.shrug = pose.shrug.map(|shrug| shrug + 0.012 * breath);
}

/// The trunk's sway: hands and head go with it, so that what they touch stays touched.
fn sway(pose: &mut Articulation, seconds: f32, amount: f32) {
    let lean = Quat::from_rotation_x(0.008 * drift(seconds, 0) * amount)
        * Quat::from_rotation_z(0.010 * drift(seconds, 1) * amount)
        * Quat::from_rotation_y(0.014 * drift(seconds, 2) * amount);
    pose.torso = (lean * pose.torso).normalize();
}

/// The head's own small movements.
fn turn_head(pose: &mut Articulation, seconds: f32, amount: f32) {
    let turn = Quat::from_rotation_y(0.030 * drift(seconds, 3) * amount)
        * Quat::from_rotation_x(0.018 * drift(seconds, 4) * amount)
        * Quat::from_rotation_z(0.016 * drift(seconds, 5) * amount);
    pose.head = (turn * pose.head).normalize();
}

/// A slow wandering between about −1 and 1, another for each channel: 1/f, five octaves of it.
fn drift(seconds: f32, channel: u64) -> f32 {
    let mut sum = 0.0;
    let (mut rate, mut size) = (SLOWEST, 0.5);
    for octave in 0..5 {
        let phase = eyes::unit(channel << 8 | octave);
        sum += size * (TAU * (rate * seconds + phase)).sin();
        rate *= FASTER;
        size /= FASTER;
    }
    sum
}

/// Now and then somebody who waits looks elsewhere for a moment: once in some twelve seconds.
fn glances(seconds: f32) -> Vec2 {
    const WINDOW: f32 = 12.0;
    let window = (seconds / WINDOW).floor();
    let own = |k: u64| eyes::unit(0x61A4_CE00 ^ (window as u64) << 4 ^ k);
    let begin = window * WINDOW + 2.0 + 7.0 * own(0);
    let (since, length) = (seconds - begin, 0.7 + 0.8 * own(1));
    let there = eyes::saccade(since) * (1.0 - eyes::saccade(since - length));
    Vec2::new(0.30 * (own(2) - 0.5), -0.10 * own(3)) * there
}

/// One blink in every window of four seconds, two to six seconds after the one before.
fn spontaneous_blink(seconds: f32) -> f32 {
    const WINDOW: f32 = 4.0;
    let window = (seconds / WINDOW).floor();
    let begin = window * WINDOW + 1.0 + 2.0 * eyes::unit(window as u64);
    eyes::lid(seconds - begin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{ArKit, Side, Skeleton};
    use glam::Vec3;

    #[test]
    fn idling_begins_at_rest_and_never_jumps() {
        let joints = |pose: &Articulation| Skeleton::reference().joints(pose);
        assert_eq!(idle(0.0).arms, rest().arms);
        assert!(idle(0.0).torso.angle_between(rest().torso) < 1e-4);
        let mut before = idle(0.0);
        for i in 1..3600 {
            let now = idle(i as f32 / 60.0);
            assert!(now.torso.angle_between(before.torso) < 0.002);
            assert!(now.head.angle_between(before.head) < 0.003);
            assert!((now.face[ArKit::EyeBlinkLeft] - before.face[ArKit::EyeBlinkLeft]).abs() < 0.6);
            for side in Side::BOTH {
                assert!(joints(&now).wrist(side).distance(joints(&before).wrist(side)) < 0.004);
            }
            before = now;
        }
    }

    #[test]
    fn somebody_who_idles_breathes_and_moves_but_only_a_little() {
        let poses: Vec<Articulation> = (0..3600).map(|i| idle(i as f32 / 60.0)).collect();
        let span = |of: &dyn Fn(&Articulation) -> f32| {
            let values: Vec<f32> = poses.iter().map(of).collect();
            let most = values.iter().copied().fold(f32::MIN, f32::max);
            most - values.iter().copied().fold(f32::MAX, f32::min)
        };
        // A shoulder width is about 36 cm: shoulders rise 4 to 15 mm, the head moves 5 to 60 mm.
        let shoulders = span(&|pose| pose.shrug[0]);
        assert!((0.011..0.042).contains(&shoulders), "{shoulders}");
        let head = span(&|pose| Skeleton::reference().joints(pose).head.origin.x);
        assert!((0.014..0.16).contains(&head), "{head}");
    }

    #[test]
    fn life_moves_no_hand_against_what_it_touches() {
        let mut pose = Articulation::neutral();
        pose.arms[1].wrist = Vec3::new(-0.25, 0.05, 0.5);
        let mut frames = vec![pose; 1200];
        enliven(&mut frames, 1100);
        let seen = |pose: &Articulation| {
            let joints = Skeleton::reference().joints(pose);
            let hand = joints.wrist(Side::Right);
            [joints.head.inverse_point(hand), joints.chest.inverse_point(hand)]
        };
        let first = seen(&frames[0]);
        for frame in &frames {
            for (a, b) in seen(frame).into_iter().zip(first) {
                // 0.008 shoulder widths are 3 mm.
                assert!(a.distance(b) < 0.008, "{}", a.distance(b));
            }
        }
    }

    #[test]
    fn a_hold_sets_in_from_nothing_and_stays_small() {
        let still = rest();
        let held = |seconds, amount| {
            let mut pose = still.clone();
            hold(&mut pose, seconds, amount);
            pose
        };
        assert!(held(0.0, 1.0).torso.angle_between(still.torso) < 1e-4);
        assert!(held(3.0, 0.0).torso.angle_between(still.torso) < 1e-3);
        let turns = (0..600).map(|i| held(i as f32 / 60.0, 1.0).torso.angle_between(still.torso));
        let most = turns.fold(0.0, f32::max);
        assert!((0.004..0.04).contains(&most), "{most}");
    }

    #[test]
    fn blinks_are_two_to_six_seconds_apart() {
        let closed: Vec<usize> =
            (0..7200).filter(|i| idle(*i as f32 / 60.0).face[ArKit::EyeBlinkLeft] > 0.7).collect();
        let begins: Vec<usize> =
            closed.iter().copied().filter(|i| !closed.contains(&i.wrapping_sub(1))).collect();
        assert!(begins.len() > 20);
        assert!(begins.windows(2).all(|pair| (110..370).contains(&(pair[1] - pair[0]))), "{begins:?}");
    }

    #[test]
    fn a_face_at_rest_is_friendly() {
        let face = idle(7.0).face;
        assert!((0.12..0.22).contains(&face[ArKit::MouthSmileLeft]));
        assert!(face[ArKit::BrowDownLeft] == 0.0 && face[ArKit::MouthFrownLeft] == 0.0);
    }

    #[test]
    fn nonsense_times_are_the_beginning() {
        assert_eq!(idle(f32::NAN), idle(0.0));
        assert_eq!(idle(-3.0), idle(0.0));
    }
}
