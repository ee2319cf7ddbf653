//! Marks on face, head and trunk, laid over the signs they go with.
//!
//! Each mark grows in before its first sign and fades after its last, as signers do it: the face leads
//! the hands. What a sign does with the face by itself stays; a mark only adds to it. A hand that touches
//! the head goes with it when a mark turns it.

use super::eyes;
use super::{Item, Pace, Span};
use crate::body::{ArKit, Arm, Articulation, Motion, Side, maths::minimum_jerk};
use crate::interpreter::NonManual;
use glam::{Quat, Vec2, Vec3};
use std::f32::consts::TAU;
use std::ops::Range;

/// How long a mark grows in and fades, seconds at speed 1.
const ONSET: f32 = 0.22;
/// The same where the trunk turns, which carries the hands along and is heavier than a brow.
const TRUNK_ONSET: f32 = 0.45;
/// A headshake's turns a second, and its reach to either side, radians.
const SHAKE_RATE: f32 = 2.0;
const SHAKE: f32 = 0.20;
/// A nod's length, seconds at speed 1, and depth, radians.
const NOD_SECONDS: f32 = 0.5;
const NOD: f32 = 0.16;
/// How far the trunk turns for somebody else's words, and how far the eyes go with it, radians.
const QUOTE: f32 = 0.21;
const QUOTE_GAZE: f32 = 0.30;
/// Where the eyes go for a place: to the hands, down and to the right.
const PLACE_GAZE: Vec2 = Vec2::new(-0.12, -0.26);
/// A glance at a place is over after so long, seconds at speed 1: the viewer waits.
const GLANCE: f32 = 0.55;

/// Where the head turns: between the neck's root and the skull's.
const NECK: Vec3 = Vec3::new(0.0, 0.30, 0.0);
/// Over so many frames to either side a hand is let go that the head took along.
pub(super) const LET_GO: usize = 5;

/// The marks that are held over their signs, in the order in which they are laid.
const HELD: [NonManual; 8] = [
    NonManual::Topic,
    NonManual::Conditional,
    NonManual::YesNoQuestion,
    NonManual::ContentQuestion,
    NonManual::Intensity,
    NonManual::Headshake,
    NonManual::QuotedSpeaker,
    NonManual::Place,
];

/// Lays the items' marks, gaze and blinks over the frames.
pub(super) fn overlay(
    frames: &mut [Articulation],
    items: &[Item],
    spans: &[Span],
    pauses: &[Range<usize>],
    pace: Pace,
    seed: u64,
) {
    let heads: Vec<Quat> = frames.iter().map(|frame| frame.head).collect();
    let mut gaze = vec![Vec2::ZERO; frames.len()];
    for mark in HELD {
        for mut run in runs(mark, items, spans) {
            match mark {
                NonManual::YesNoQuestion | NonManual::ContentQuestion => run.end += pause_after(&run, pauses),
                NonManual::Place => {
                    run.end = run.end.min(run.start + (GLANCE / pace.speed() * Motion::FPS) as usize);
                }
                _ => {}
            }
            lay(frames, &mut gaze, mark, run, pace);
        }
    }
    for run in runs(NonManual::Nod, items, spans) {
        nod(frames, run.end, pace);
    }
    take_hands_along(frames, &heads);
    for ((i, frame), gaze) in frames.iter_mut().enumerate().zip(gaze) {
        eyes::look(frame, gaze + eyes::flicker(i as f32 / Motion::FPS));
    }
    eyes::blinks(frames, pauses, seed);
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

/// How many frames before the end of a sign its successor's marks may show: a mark leads its sign, and a
/// nod waits for the last sign that it goes with.
pub(super) fn lead(pace: Pace) -> usize {
    let onsets = HELD.map(|mark| onset(mark, pace)).into_iter();
    onsets.fold(nod_length(pace) / 3, usize::max)
}

/// Frames of a nod.
fn nod_length(pace: Pace) -> usize {
    ((NOD_SECONDS / pace.speed()).max(0.35) * Motion::FPS) as usize
}

/// Frames in which a mark grows in.
fn onset(mark: NonManual, pace: Pace) -> usize {
    let (seconds, least) = match mark {
        NonManual::QuotedSpeaker => (TRUNK_ONSET, 0.35),
        _ => (ONSET, 0.15),
    };
    ((seconds / pace.speed()).max(least) * Motion::FPS) as usize
}

fn lay(frames: &mut [Articulation], gaze: &mut [Vec2], mark: NonManual, run: Range<usize>, pace: Pace) {
    let onset = onset(mark, pace);
    let begin = run.start.saturating_sub(onset);
    let end = (run.end + onset).min(frames.len());
    for (i, (frame, gaze)) in frames.iter_mut().zip(gaze).enumerate().take(end).skip(begin) {
        let grown = (i - begin) as f32 / onset.max(1) as f32;
        let left = (end - 1 - i) as f32 / onset.max(1) as f32;
        let amount = minimum_jerk(grown) * minimum_jerk(left);
        let seconds = (i as f32 - run.start as f32) / Motion::FPS;
        apply(frame, mark, amount, seconds * pace.speed().min(1.25));
        // Eyes jump; they do not ease as brows do.
        let there = |frames: usize| eyes::saccade(frames as f32 / Motion::FPS - 0.1);
        *gaze += looks(mark) * there(i - begin) * there(end - 1 - i);
    }
}

/// Where a mark sends the eyes.
fn looks(mark: NonManual) -> Vec2 {
    match mark {
        NonManual::QuotedSpeaker => Vec2::new(QUOTE_GAZE, 0.0),
        NonManual::Place => PLACE_GAZE,
        _ => Vec2::ZERO,
    }
}

const BROWS_UP: [ArKit; 3] = [ArKit::BrowInnerUp, ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight];
const BROWS_DOWN: [ArKit; 2] = [ArKit::BrowDownLeft, ArKit::BrowDownRight];
const WIDE: [ArKit; 2] = [ArKit::EyeWideLeft, ArKit::EyeWideRight];
const SQUINT: [ArKit; 2] = [ArKit::EyeSquintLeft, ArKit::EyeSquintRight];

/// What a mark does with the face.
fn face_of(mark: NonManual) -> &'static [(&'static [ArKit], f32)] {
    match mark {
        NonManual::Topic => &[(&BROWS_UP, 0.72)],
        NonManual::Conditional => &[(&BROWS_UP, 0.75), (&WIDE, 0.15)],
        NonManual::YesNoQuestion => &[(&BROWS_UP, 0.85), (&WIDE, 0.3)],
        NonManual::ContentQuestion => &[(&BROWS_DOWN, 0.8), (&SQUINT, 0.25)],
        NonManual::Headshake => &[(&BROWS_DOWN, 0.35)],
        NonManual::Intensity => &[(&BROWS_DOWN, 0.5), (&SQUINT, 0.6)],
        NonManual::QuotedSpeaker | NonManual::Place | NonManual::Nod => &[],
    }
}

fn apply(pose: &mut Articulation, mark: NonManual, amount: f32, seconds: f32) {
    for (shapes, weight) in face_of(mark) {
        for &shape in *shapes {
            pose.face[shape] = pose.face[shape].max(weight * amount);
        }
    }
    // Pitch down is positive about x, a turn to the signer's left positive about y.
    let (pitch, yaw, roll) = match mark {
        NonManual::Topic => (-0.06, 0.0, 0.0),
        NonManual::Conditional => (-0.03, 0.0, -0.13),
        NonManual::YesNoQuestion => (0.10, 0.0, 0.0),
        NonManual::ContentQuestion => (0.07, 0.0, 0.05),
        NonManual::Intensity => (0.08, 0.0, 0.0),
        NonManual::Place => (0.04, -0.03, 0.0),
        NonManual::Headshake => {
            // The negation's own sign shakes the head too; twice at once would be a shiver.
            pose.head = pose.head.slerp(Quat::IDENTITY, amount);
            (0.0, SHAKE * (TAU * SHAKE_RATE * seconds).sin(), 0.0)
        }
        NonManual::QuotedSpeaker => {
            shift_role(pose, amount);
            (0.0, -0.25 * QUOTE, 0.0)
        }
        NonManual::Nod => (0.0, 0.0, 0.0),
    };
    turn_head(pose, pitch * amount, yaw * amount, roll * amount);
}

/// Somebody else's words: the trunk turns, and the shoulder that comes forward rises.
fn shift_role(pose: &mut Articulation, amount: f32) {
    let turn = Quat::from_rotation_y(QUOTE * amount) * Quat::from_rotation_z(-0.03 * amount);
    pose.torso = (turn * pose.torso).normalize();
    pose.shrug[0] -= 0.015 * amount;
    pose.shrug[1] += 0.05 * amount;
}

fn turn_head(pose: &mut Articulation, pitch: f32, yaw: f32, roll: f32) {
    let turn = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch) * Quat::from_rotation_z(roll);
    pose.head = (turn * pose.head).normalize();
}

/// Down and up again about the moment that a sign ends.
fn nod(frames: &mut [Articulation], end: usize, pace: Pace) {
    let length = nod_length(pace);
    let begin = end.saturating_sub(length / 3).min(frames.len().saturating_sub(length));
    for (i, frame) in frames.iter_mut().skip(begin).take(length).enumerate() {
        let u = i as f32 / length.max(1) as f32;
        turn_head(frame, NOD * 16.0 * (u * (1.0 - u)).powi(2), 0.0, 0.0);
    }
}

/// Turns hands near the head as marks have turned it since the heads were `before`.
fn take_hands_along(frames: &mut [Articulation], before: &[Quat]) {
    for side in Side::BOTH {
        let near: Vec<f32> = frames.iter().map(|frame| near_head(side, frame.arm(side))).collect();
        for (i, (frame, before)) in frames.iter_mut().zip(before).enumerate() {
            // A hand that leaves the head fast is let go gradually all the same.
            let around = &near[i.saturating_sub(LET_GO)..(i + LET_GO + 1).min(near.len())];
            let near = around.iter().sum::<f32>() / around.len().max(1) as f32;
            if near <= 0.0 {
                continue;
            }
            let turn = Quat::IDENTITY.slerp(frame.head * before.inverse(), near);
            let arm = frame.arm_mut(side);
            arm.wrist = NECK + turn * (arm.wrist - NECK);
            arm.palm = (turn * arm.palm).normalize();
        }
    }
}

/// How much a hand goes with the head: 1 on the face, 0 a hand's length away from it.
fn near_head(side: Side, arm: &Arm) -> f32 {
    const HEAD: Vec3 = Vec3::new(0.0, 0.60, 0.10);
    let middle = arm.wrist + arm.palm * Vec3::X * (0.3 * side.sign());
    1.0 - minimum_jerk((middle.distance(HEAD) - 0.42) / 0.3)
}

#[cfg(test)]
mod tests {
    use super::super::{Clip, stitch};
    use super::*;
    use crate::body::{HandShape, Place, Skeleton};
    use crate::interpreter::SignKind;
    use crate::lexicon::SignId;
    use std::sync::Arc;

    fn item(place: Place, marks: &[NonManual]) -> Item {
        let mut pose = Articulation::neutral();
        let palm = Quat::from_euler(glam::EulerRot::ZXY, -1.5, 0.0, -1.4);
        let wrist = place.position() + Vec3::new(-0.25, -0.25, 0.25);
        pose.arms[1] = Arm { wrist, palm, swivel: 0.4, shape: HandShape::FLAT };
        let motion = Arc::new(Motion { fps: 60.0, frames: vec![pose; 45] });
        let clips = vec![Clip { sign: SignId(0), motion }];
        let non_manuals = marks.to_vec();
        Item { kind: SignKind::Lexical, clips, pause_millis: 0, non_manuals, mouthing: None }
    }

    /// A plain sign, one with the marks, a plain sign: the frames, and those of the middle one.
    fn marked(place: Place, marks: &[NonManual]) -> (Vec<Articulation>, Range<usize>) {
        let items = [item(Place::Belly, &[]), item(place, marks), item(Place::Belly, &[])];
        let stitched = stitch(&items, Pace::new(1.0), 0);
        (stitched.motion.frames, stitched.spans[1].frames.clone())
    }

    fn yaw(pose: &Articulation) -> f32 {
        let nose = pose.head * Vec3::Z;
        nose.x.atan2(nose.z)
    }

    #[test]
    fn questions_and_topics_are_plain_on_the_brows_before_the_hands_begin() {
        for (mark, shape) in [
            (NonManual::Topic, ArKit::BrowInnerUp),
            (NonManual::Conditional, ArKit::BrowOuterUpLeft),
            (NonManual::YesNoQuestion, ArKit::BrowOuterUpRight),
            (NonManual::ContentQuestion, ArKit::BrowDownLeft),
        ] {
            let (frames, run) = marked(Place::Chest, &[mark]);
            let middle = (run.start + run.end) / 2;
            assert!(frames[middle].face[shape] >= 0.7, "{mark:?}");
            assert!(frames[run.start].face[shape] >= 0.65, "{mark:?} leads");
            assert!(frames[run.start - 16].face[shape] < 0.1, "{mark:?} leads by a quarter second at most");
        }
    }

    #[test]
    fn a_negation_shakes_the_head_twice_a_second_and_then_it_is_straight() {
        let (frames, run) = marked(Place::Chest, &[NonManual::Headshake]);
        let turns: Vec<f32> = frames[run.clone()].iter().map(yaw).collect();
        let crossings = turns.windows(2).filter(|pair| (pair[0] > 0.0) != (pair[1] > 0.0)).count();
        let rate = crossings as f32 / 2.0 / (run.len() as f32 / 60.0);
        assert!((1.4..2.6).contains(&rate), "{rate}");
        let most = turns.iter().copied().fold(0.0, f32::max);
        assert!((0.15..0.3).contains(&most), "{most}");
        assert!(frames[run.end + 25..].iter().all(|frame| yaw(frame).abs() < 0.02));
    }

    #[test]
    fn eyes_stay_with_the_viewer_through_a_headshake_and_leave_for_a_place() {
        let gaze = |frame: &Articulation| {
            let eye = 0.5 * (frame.face[ArKit::EyeLookOutLeft] - frame.face[ArKit::EyeLookInLeft]);
            let ahead = (frame.torso * frame.head) * Vec3::Z;
            ahead.x.atan2(ahead.z) + eye
        };
        let (frames, run) = marked(Place::Chest, &[NonManual::Headshake]);
        assert!(frames[run].iter().all(|frame| gaze(frame).abs() < 0.04));
        let (frames, run) = marked(Place::Chest, &[NonManual::Place]);
        let down = |i: usize| frames[i].face[ArKit::EyeLookDownLeft];
        assert!(down(run.start + 8) > 0.4 && down(run.end + 10) < 0.15);
    }

    #[test]
    fn somebody_elses_words_turn_trunk_shoulder_and_eyes() {
        let (frames, run) = marked(Place::Chest, &[NonManual::QuotedSpeaker]);
        let middle = &frames[(run.start + run.end) / 2];
        assert!((middle.torso * Vec3::Z).x > 0.15);
        assert!(middle.shrug[1] - middle.shrug[0] > 0.04);
        assert!(middle.face[ArKit::EyeLookOutLeft] > 0.15);
    }

    #[test]
    fn a_hand_at_the_chin_stays_there_through_a_headshake() {
        let fingertip = |pose: &Articulation| {
            let joints = Skeleton::reference().joints(pose);
            joints.head.inverse_point(joints.hands[Side::Right as usize][12])
        };
        let (frames, run) = marked(Place::Chin, &[NonManual::Headshake]);
        let (still, same) = marked(Place::Chin, &[]);
        for (a, b) in frames[run].iter().zip(&still[same]) {
            let off = fingertip(a).distance(fingertip(b));
            assert!(off < 0.03, "{off}");
        }
    }
}
