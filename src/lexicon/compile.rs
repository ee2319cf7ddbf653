//! Notation → motion: the stroke of a sign, one articulation a frame.
//!
//! Each frame is made in the same order. The dominant hand gets its handshape and palm, its part is
//! put at its place, the movement is added; the other hand follows by mirror, or stays as a base.
//! Then the wrist is eased to what joints reach, hands are pushed out of the body and out of each
//! other's half, and elbows are swung to where the arm is least strained.

use super::movement::{Change, strokes};
use super::non_manual::FaceMark;
use super::notation::{Anchor, BaseHand, HandPart, Hands, Location, Notation};
use super::wrist::{bend, comfortable_swivel, reachable_palm};
use crate::body::maths::minimum_jerk;
use crate::body::{Arm, Articulation, Hand, HandShape, Motion, Place, Side, body_clearance};
use glam::{Quat, Vec3};

/// How far a palm hovers before a place of the body that it does not touch, shoulder widths.
const HOVER: f32 = 0.2;
/// Half the thickness of a palm.
const PALM_HALF: f32 = 0.045;
/// Half the thickness of a finger: what two hands keep from the middle line.
const FINGER_HALF: f32 = 0.03;
/// How often along a stroke the elbow's swing is chosen anew; between, it is eased.
const SWIVEL_KNOTS: usize = 3;
/// How often a stroke's corners are rounded; eight take off what is faster than about 12 Hz.
const SMOOTHING_PASSES: usize = 8;
/// The farthest that a hand is pushed to leave the body.
const FARTHEST_PUSH: f32 = 0.8;

/// The stroke of a sign, at [`Motion::FPS`].
pub(super) fn compile(notation: &Notation) -> Motion {
    let seconds = notation.natural_seconds();
    let frames = ((seconds * Motion::FPS).round() as usize).max(2);
    let swivels = swivels(notation);
    let mut frames: Vec<Articulation> = (0..frames)
        .map(|frame| {
            let t = frame as f32 / (frames - 1) as f32;
            let mut arms = arms(notation, t);
            for side in Side::BOTH {
                if let Some(knots) = &swivels[side as usize] {
                    let arm = &mut arms[side as usize];
                    arm.swivel = eased(knots, t);
                    arm.palm = reachable_palm(side, arm);
                }
            }
            pose(notation, arms, t, seconds)
        })
        .collect();
    for _ in 0..SMOOTHING_PASSES {
        smooth(&mut frames);
    }
    Motion { fps: Motion::FPS, frames }
}

/// Rounds the corners that joint limits leave: each arm toward the middle of its neighbours.
fn smooth(frames: &mut [Articulation]) {
    let before: Vec<[Arm; 2]> = frames.iter().map(|pose| pose.arms).collect();
    for (pose, around) in frames.iter_mut().skip(1).zip(before.windows(3)) {
        for (arm, side) in pose.arms.iter_mut().zip(0..2) {
            let middle = around[0][side].lerp(&around[2][side], 0.5);
            *arm = around[1][side].lerp(&middle, 0.5);
        }
    }
}

impl Notation {
    /// How long the stroke is: what is written, else what its steps take.
    pub(super) fn natural_seconds(&self) -> f32 {
        let steps: f32 = self.steps.iter().map(|step| step.seconds).sum();
        // Hands turn at about five radians a second.
        let turns: f32 = self.palms.windows(2).map(|pair| pair[0].angle_between(pair[1])).sum();
        self.seconds.unwrap_or(steps.max(0.25 + turns / 5.0).clamp(0.45, 1.6))
    }

    fn is_two_handed(&self) -> bool {
        self.hands != Hands::One
    }
}

fn pose(notation: &Notation, arms: [Arm; 2], t: f32, seconds: f32) -> Articulation {
    let (torso, shrug) = notation.body.map_or((Quat::IDENTITY, 0.0), |mark| mark.torso());
    Articulation {
        torso,
        head: notation.head.map_or(Quat::IDENTITY, |mark| mark.rotation(t, seconds)),
        shrug: [shrug; 2],
        arms,
        face: FaceMark::face(&notation.face),
    }
}

/// Both arms at `t` (0 to 1), elbows still to be chosen.
fn arms(notation: &Notation, t: f32) -> [Arm; 2] {
    let (mut left, mut right) = match &notation.hands {
        Hands::One => (Arm::relaxed(Side::Left), dominant(notation, t, false, None)),
        Hands::Base(base) => {
            let left = base_arm(base);
            let right = dominant(notation, t, false, Some(&left));
            (left, right)
        }
        Hands::Mirror => {
            let right = dominant(notation, t, false, None);
            (right.mirrored(), right)
        }
        Hands::Alternate => {
            (dominant(notation, t, true, None).mirrored(), dominant(notation, t, false, None))
        }
        Hands::Parallel => {
            let right = dominant(notation, t, false, None);
            // Mirrored where it is, but carried the same way: twice the sideways part is put back.
            let carried = Vec3::X * 2.0 * change(notation, t, false).offset.x;
            let left = right.mirrored();
            (Arm { wrist: left.wrist + carried, ..left }, right)
        }
    };
    if !matches!(notation.hands, Hands::One) {
        settle(Side::Left, &mut left, notation);
    }
    settle(Side::Right, &mut right, notation);
    if matches!(notation.hands, Hands::Mirror | Hands::Alternate) {
        keep_to_own_half(Side::Left, &mut left);
        keep_to_own_half(Side::Right, &mut right);
    }
    [left, right]
}

/// The right hand at `t`; `against` is the phase of a hand that alternates.
fn dominant(notation: &Notation, t: f32, against: bool, base: Option<&Arm>) -> Arm {
    let progress = progress(notation, t, against);
    let shape = mix(&notation.shapes, progress, HandShape::lerp).unwrap_or(HandShape::FLAT).clamped();
    let change = change(notation, t, against);
    let wanted =
        mix(&notation.palms, progress, |a, b, t| a.slerp(*b, t)).unwrap_or(Quat::IDENTITY) * change.turn;
    let shape = fluttered(shape, change);
    let target = target(notation, &notation.location, base) + change.offset;
    place(Side::Right, shape, wanted, notation.location.touch, target)
}

fn base_arm(base: &BaseHand) -> Arm {
    let place_at = match base.location.anchor {
        Anchor::Body(place) => place.position(),
        Anchor::Base(_) => Place::Neutral.position(),
    };
    // A base hand stands a little to its own side, so that the other comes to it without crossing.
    let target = place_at + Vec3::X * 0.1 + base.location.offset;
    place(Side::Left, base.shape, base.palm, base.location.touch, target)
}

/// An arm whose part is at a target; the palm is eased to what the wrist can do there.
fn place(side: Side, shape: HandShape, wanted: Quat, touch: Option<HandPart>, target: Vec3) -> Arm {
    let part = part_point(side, &shape, touch.unwrap_or(HandPart::Palm), touch.is_some());
    let mut arm = Arm { wrist: target - wanted * part, palm: wanted, swivel: 0.25, shape };
    for _ in 0..2 {
        arm.swivel = comfortable_swivel(side, &Arm { palm: wanted, ..arm });
        arm.palm = reachable_palm(side, &Arm { palm: wanted, ..arm });
        arm.wrist = target - arm.palm * part;
    }
    arm
}

/// Where the hand's part is before the movement, chest frame.
fn target(notation: &Notation, location: &Location, base: Option<&Arm>) -> Vec3 {
    let at = match (location.anchor, base) {
        (Anchor::Base(part), Some(base)) => {
            let part = part_point(Side::Left, &base.shape, part, true);
            base.wrist + base.palm * part
        }
        (Anchor::Body(place), _) => place.position() + standing_off(notation, location, place),
        (Anchor::Base(_), None) => Place::Neutral.position(),
    };
    at + location.offset
}

/// What is added to a place that the hand does not touch: room before the body, and to its own side.
fn standing_off(notation: &Notation, location: &Location, place: Place) -> Vec3 {
    if location.touch.is_some() {
        return Vec3::ZERO;
    }
    let centred = place.position().x.abs() < 1e-3;
    let aside = match (&notation.hands, centred) {
        (Hands::One, _) | (_, false) => 0.0,
        (Hands::Base(_), true) => 0.0,
        (_, true) => 0.22,
    };
    match place {
        Place::Neutral | Place::NeutralHigh | Place::NeutralLow if !notation.is_two_handed() => {
            Vec3::NEG_X * 0.18
        }
        Place::Neutral | Place::NeutralHigh | Place::NeutralLow => Vec3::NEG_X * aside,
        _ => Vec3::new(-aside, 0.0, HOVER),
    }
}

/// A part of a hand in the hand's own frame; on the skin, or within the palm.
fn part_point(side: Side, shape: &HandShape, part: HandPart, on_skin: bool) -> Vec3 {
    let points = Hand::REFERENCE.points(side, shape);
    let own = |x: f32, y: f32, z: f32| Vec3::new(side.sign() * x, y, z);
    let knuckles = (points[5] + points[9] + points[13] + points[17]) / 4.0;
    match part {
        HandPart::Index => points[8],
        HandPart::Middle => points[12],
        HandPart::Little => points[20],
        HandPart::Thumb => points[4],
        HandPart::Tips => points[8].midpoint(points[12]),
        HandPart::Palm if on_skin => knuckles * 0.65 + own(0.0, -PALM_HALF, 0.0),
        HandPart::Palm => knuckles * 0.8,
        HandPart::Back => knuckles * 0.65 + own(0.0, PALM_HALF, 0.0),
        HandPart::Knuckles => knuckles + own(0.0, 0.5 * PALM_HALF, 0.0),
        HandPart::Edge => own(0.15, 0.0, -0.12),
        HandPart::ThumbEdge => own(0.2, 0.0, 0.11),
        HandPart::Heel => own(0.04, -PALM_HALF, 0.0),
        HandPart::Wrist => own(0.0, PALM_HALF, 0.0),
    }
}

/// The movement's whole change at `t`.
fn change(notation: &Notation, t: f32, against: bool) -> Change {
    let whole: f32 = notation.steps.iter().map(|step| step.seconds).sum();
    let mut left = t * whole;
    let mut sum = Change::NONE;
    for step in &notation.steps {
        sum = sum.and(step.at(left / step.seconds, against));
        left -= step.seconds;
        if left <= 0.0 {
            break;
        }
    }
    sum
}

/// How far handshape and palm have come, 0 to 1. A stroke that is repeated repeats them too.
fn progress(notation: &Notation, t: f32, against: bool) -> f32 {
    let there = match notation.steps.as_slice() {
        [only] => strokes(t, only.repeats()),
        _ => minimum_jerk(t),
    };
    if against { 1.0 - there } else { there }
}

/// Between the members of a list, evenly spread over 0 to 1.
fn mix<T: Copy>(list: &[T], at: f32, lerp: impl Fn(&T, &T, f32) -> T) -> Option<T> {
    let last = list.len().checked_sub(1)?;
    let at = at.clamp(0.0, 1.0) * last as f32;
    let before = (at.floor() as usize).min(last);
    let after = (before + 1).min(last);
    Some(lerp(list.get(before)?, list.get(after)?, at - before as f32))
}

fn fluttered(mut shape: HandShape, change: Change) -> HandShape {
    for (finger, by) in shape.fingers.iter_mut().zip(change.flutter) {
        finger.mcp += by;
    }
    shape.clamped()
}

/// Brings the wrist within reach and the hand out of the body.
///
/// A sign pushes in one direction all along, so that its path stays smooth.
fn settle(side: Side, arm: &mut Arm, notation: &Notation) {
    let margin = if notation.location.touch.is_some() { 0.0 } else { FINGER_HALF };
    arm.wrist = bend(side, arm).1.wrist;
    if clearance(side, arm) >= margin {
        return;
    }
    let way = way_out(side, notation);
    let pushed = |by: f32| Arm { wrist: arm.wrist + way * by, ..*arm };
    let (mut inside, mut outside) = (0.0, FARTHEST_PUSH);
    for _ in 0..10 {
        let middle = 0.5 * (inside + outside);
        if clearance(side, &pushed(middle)) < margin { inside = middle } else { outside = middle }
    }
    arm.wrist = pushed(outside).wrist;
}

/// The least distance of a hand's points from the body.
fn clearance(side: Side, arm: &Arm) -> f32 {
    let points = Hand::REFERENCE.points(side, &arm.shape);
    points.map(|point| body_clearance(arm.wrist + arm.palm * point)).into_iter().fold(f32::MAX, f32::min)
}

/// The way off the body at a sign's place: sideways beside the head, up above it, else forward.
fn way_out(side: Side, notation: &Notation) -> Vec3 {
    let Anchor::Body(place) = notation.location.anchor else { return Vec3::Z };
    let aside = Vec3::X * side.sign();
    match place {
        Place::HeadTop => Vec3::Y,
        Place::LeftTemple | Place::RightTemple | Place::LeftEar | Place::RightEar => {
            (aside + 0.5 * Vec3::Z).normalize_or(aside)
        }
        Place::LeftCheek | Place::RightCheek => (aside + Vec3::Z).normalize_or(aside),
        _ => Vec3::Z,
    }
}

/// Keeps a hand on its own side of the middle line, so that mirrored hands meet and do not merge.
fn keep_to_own_half(side: Side, arm: &mut Arm) {
    let sign = side.sign();
    let points = Hand::REFERENCE.points(side, &arm.shape);
    let least =
        points.map(|point| sign * (arm.wrist + arm.palm * point).x).into_iter().fold(f32::MAX, f32::min);
    arm.wrist.x += sign * (FINGER_HALF - least).max(0.0);
}

/// The elbow's swing at the knots of the stroke, for each arm that takes part.
fn swivels(notation: &Notation) -> [Option<Vec<f32>>; 2] {
    let at: Vec<[Arm; 2]> =
        (0..SWIVEL_KNOTS).map(|k| arms(notation, k as f32 / (SWIVEL_KNOTS - 1) as f32)).collect();
    Side::BOTH.map(|side| {
        let takes_part = side == Side::Right || notation.is_two_handed();
        takes_part.then(|| at.iter().map(|arms| comfortable_swivel(side, &arms[side as usize])).collect())
    })
}

/// Between knots evenly spread over 0 to 1, without corners.
fn eased(knots: &[f32], t: f32) -> f32 {
    mix(knots, t, |a, b, t| a + (b - a) * (t * t * (3.0 - 2.0 * t))).unwrap_or(0.25)
}
