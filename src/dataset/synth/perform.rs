//! One performance of a word: no signer signs a word twice alike.

use super::signer::{Signer, small_turn};
use crate::body::{ArKit, Arm, Articulation, FingerAngles, HandShape, Motion, Side, filmed, maths};
use crate::dataset::dice::Dice;
use crate::pose::{PoseSequence, holistic};
use glam::{Quat, Vec3};
use std::f32::consts::TAU;

/// The longest clip, seconds, as in the paper.
pub(super) const LONGEST: f32 = 7.0;
/// How long a sign takes to reach its speed, and to lose it, seconds.
const EASE: f32 = 0.1;
/// A wrist that stays this near to where arms hang does not take part in the sign, shoulder widths.
const HANGS: f32 = 0.05;
/// How long a blink takes, seconds.
const BLINK: f32 = 0.2;

/// What differs from take to take.
struct Take {
    speed: f32,
    /// How unevenly time runs within the sign: 0.2 is a fifth faster at one end than on average.
    warp: f32,
    amplitude: f32,
    offsets: [Vec3; 2],
    palms: [Quat; 2],
    swivel: f32,
    /// Angles beside the sign's, radians.
    fingers: [FingerAngles; 4],
    /// Rest before and after, hands up, hold, hands down, seconds.
    before: f32,
    preparation: f32,
    hold: f32,
    retraction: f32,
    after: f32,
    /// Phases of the slow movements of trunk and head, turns.
    phases: [f32; 4],
    /// Where the signer stands beside the usual place, and how far that drifts over the clip, shoulder widths.
    place: Vec3,
    drift: Vec3,
    blinks: Vec<f32>,
    brow: f32,
}

impl Take {
    fn new(signer: &Signer, dice: &mut Dice) -> Take {
        let mut blinks = Vec::new();
        let mut at = dice.between(0.0, 1.0 / signer.blinks);
        while at < LONGEST {
            blinks.push(at);
            at += 0.4 + dice.between(0.0, 2.0 / signer.blinks);
        }
        let about = |dice: &mut Dice, share: f32| 1.0 + share * dice.normal().clamp(-2.5, 2.5);
        Take {
            speed: signer.speed * about(dice, 0.06),
            warp: (0.2 * dice.normal()).clamp(-0.4, 0.4),
            amplitude: signer.amplitude * about(dice, 0.04),
            offsets: [0, 1].map(|side: usize| signer.offsets[side] + dice.normals() * 0.035),
            palms: [0, 1].map(|_| signer.wrist * small_turn(dice, 0.07)),
            swivel: signer.swivel + 0.07 * dice.normal(),
            fingers: [0; 4].map(|_| FingerAngles {
                mcp: 0.07 * dice.normal(),
                abduction: 0.02 * dice.normal(),
                pip: 0.08 * dice.normal(),
                dip: 0.05 * dice.normal(),
            }),
            before: dice.between(0.05, 0.45),
            preparation: signer.preparation * about(dice, 0.1),
            hold: signer.hold * about(dice, 0.25),
            retraction: signer.retraction * about(dice, 0.1),
            after: dice.between(0.05, 0.45),
            phases: [0; 4].map(|_| dice.unit()),
            place: dice.normals() * 0.04,
            drift: dice.normals() * 0.02,
            blinks,
            brow: dice.unit(),
        }
    }
}

/// A signer signs a word, filmed but without a landmark model's mistakes: 543 points.
pub(super) fn perform(signer: &Signer, sign: &Motion, dice: &mut Dice) -> PoseSequence {
    let take = Take::new(signer, dice);
    let strokes: Vec<Articulation> = sign.frames.iter().map(|frame| signer.handed(frame.clone())).collect();
    let takes_part = Side::BOTH.map(|side| {
        let hanging = Arm::relaxed(side).wrist;
        strokes.iter().any(|pose| pose.arm(side).wrist.distance(hanging) > HANGS)
    });
    let centres = Side::BOTH.map(|side| {
        let sum: Vec3 = strokes.iter().map(|pose| pose.arm(side).wrist).sum();
        sum / strokes.len().max(1) as f32
    });
    let strokes = strokes.into_iter().map(|pose| styled(pose, signer, &take, takes_part, centres)).collect();
    let motion = timed(&Motion { fps: sign.fps, frames: strokes }, signer, &take);
    shown(&motion, signer, &take)
}

/// The articulation with the signer's and the take's habits.
fn styled(
    mut pose: Articulation,
    signer: &Signer,
    take: &Take,
    takes_part: [bool; 2],
    centres: [Vec3; 2],
) -> Articulation {
    for side in Side::BOTH {
        let i = side as usize;
        if !takes_part[i] {
            *pose.arm_mut(side) = signer.rest[i];
            continue;
        }
        let arm = pose.arm_mut(side);
        arm.wrist = centres[i] + (arm.wrist - centres[i]) * take.amplitude + take.offsets[i];
        // A wrist in the chest is nobody's habit.
        arm.wrist.z = arm.wrist.z.max(0.12);
        arm.palm *= take.palms[i];
        arm.swivel += take.swivel;
        arm.shape = slack(&arm.shape, signer.laxness, &take.fingers);
    }
    pose
}

fn slack(shape: &HandShape, laxness: f32, beside: &[FingerAngles; 4]) -> HandShape {
    let mut shape = shape.lerp(&HandShape::relaxed(), laxness);
    for (finger, by) in shape.fingers.iter_mut().zip(beside) {
        finger.mcp += by.mcp;
        finger.abduction += by.abduction;
        finger.pip += by.pip;
        finger.dip += by.dip;
    }
    shape.clamped()
}

/// Rest, hands up, the sign, its end held, hands down, rest.
fn timed(sign: &Motion, signer: &Signer, take: &Take) -> Motion {
    let mut rest = Articulation::neutral();
    rest.arms = signer.rest;
    let length = sign.duration().max(1.0 / Motion::FPS);
    let stroke = length / take.speed + EASE;
    let lengths = [take.before, take.preparation, stroke, take.hold, take.retraction, take.after];
    let whole: f32 = lengths.iter().sum();
    let shorter = ((LONGEST - 0.05) / whole).min(1.0);
    let first = sign.sample(0.0).unwrap_or_else(|| rest.clone());
    let last = sign.sample(length).unwrap_or_else(|| rest.clone());
    let at = |seconds: f32| {
        let mut left = seconds / shorter;
        for (part, part_length) in lengths.into_iter().enumerate() {
            if left < part_length {
                let share = left / part_length;
                return match part {
                    0 => rest.clone(),
                    1 => way(&rest, &first, share),
                    2 => {
                        sign.sample(length * eased(share, EASE / stroke, take.warp)).unwrap_or(first.clone())
                    }
                    3 => last.clone(),
                    4 => way(&last, &rest, share),
                    _ => rest.clone(),
                };
            }
            left -= part_length;
        }
        rest.clone()
    };
    let frames = (whole * shorter * Motion::FPS).round() as usize;
    Motion { fps: Motion::FPS, frames: (0..frames).map(|frame| at(frame as f32 / Motion::FPS)).collect() }
}

/// Between two poses with minimum jerk, the hands in an arc toward the viewer.
fn way(from: &Articulation, to: &Articulation, share: f32) -> Articulation {
    let mut pose = from.lerp(to, maths::minimum_jerk(share));
    for side in Side::BOTH {
        let far = from.arm(side).wrist.distance(to.arm(side).wrist);
        let out = maths::minimum_jerk(2.0 * share.min(1.0 - share));
        pose.arm_mut(side).wrist.z += 0.15 * far.min(1.0) * out;
    }
    pose
}

/// Where in the sign one is, 0 to 1: from standing to standing, and between faster here and slower there.
fn eased(share: f32, ramp: f32, warp: f32) -> f32 {
    let ramp = ramp.clamp(0.01, 0.5);
    // Speed rises evenly over the ramp, stays, and falls: its integral, over its end.
    let rising = |t: f32| t * t / (2.0 * ramp);
    let end = 1.0 - ramp;
    let eased = match share {
        t if t < ramp => rising(t),
        t if t <= end => t - ramp / 2.0,
        t => end - rising(1.0 - t),
    } / end;
    (eased + warp * (TAU * eased).sin() / TAU).clamp(0.0, 1.0)
}

/// The motion with a living head, trunk and face, before the signer's camera.
fn shown(motion: &Motion, signer: &Signer, take: &Take) -> PoseSequence {
    let lively = |(number, frame): (usize, &Articulation)| {
        let seconds = number as f32 / motion.fps;
        let wave = |i: usize, hertz: f32| (TAU * (hertz * seconds + take.phases[i])).sin();
        let mut pose = frame.clone();
        let sway = 0.012 * signer.liveliness;
        pose.torso *=
            Quat::from_rotation_z(sway * wave(0, 0.23)) * Quat::from_rotation_x(sway * wave(1, 0.31));
        pose.head *=
            Quat::from_rotation_y(2.0 * sway * wave(2, 0.37)) * Quat::from_rotation_x(sway * wave(3, 0.7));
        let shut = take.blinks.iter().map(|at| 1.0 - ((seconds - at) / (BLINK / 2.0)).abs());
        let shut = maths::minimum_jerk(shut.fold(0.0, f32::max));
        let brow = (0.12 * signer.liveliness * (1.0 + wave(2, 0.5)) * take.brow).min(0.4);
        for (shape, weight) in
            [(ArKit::EyeBlinkLeft, shut), (ArKit::EyeBlinkRight, shut), (ArKit::BrowInnerUp, brow)]
        {
            pose.face[shape] = pose.face[shape].max(weight);
        }
        pose
    };
    let frames: Vec<Articulation> = motion.frames.iter().enumerate().map(lively).collect();
    let motion = Motion { fps: motion.fps, frames };
    let mut clip = filmed(&motion, &signer.skeleton, &signer.camera);
    let (scale, frames) = (signer.camera.scale_px, clip.frame_count().max(1) as f32);
    for (number, frame) in clip.positions.chunks_exact_mut(holistic::POINTS).enumerate() {
        resize_head(frame, signer);
        let moved = (take.place + take.drift * (number as f32 / frames)) * scale;
        frame.iter_mut().for_each(|point| *point += moved);
    }
    clip
}

/// Heads differ in size and in how high they sit.
fn resize_head(frame: &mut [Vec3], signer: &Signer) {
    let face: Vec3 = frame[holistic::FACE].iter().sum();
    let middle = face / holistic::FACE.len() as f32;
    let up = Vec3::NEG_Y * signer.head_up * signer.camera.scale_px;
    let resized = |point: &mut Vec3| *point = middle + (*point - middle) * signer.head_scale + up;
    // The body's first 11 points are the head's.
    frame[..11].iter_mut().for_each(resized);
    frame[holistic::FACE].iter_mut().for_each(resized);
}
