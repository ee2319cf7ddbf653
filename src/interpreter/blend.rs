//! A generator's way from one sign to the next, mixed into the stitched one.
//!
//! Between recorded signs the stitched transition is right but nobody's: a model that has seen signers may
//! know better how hands get from one to the other. Its bridge takes the share that was asked for, rising
//! from nothing at both ends with minimum jerk, so that signs are never touched. Only arms are mixed;
//! trunk, head and face belong to the sentence.
//!
//! A bridge that does not connect, hurries, bends a joint too far, or leads a hand through the body or the
//! other hand is not used, and what was stitched stays as it is.

use super::gates::arm_excess;
use super::source::Sources;
use crate::body::{Arm, Articulation, Hand, Motion, Side, body_clearance, maths::minimum_jerk};
use crate::lexicon::Provenance;
use glam::Vec3;
use std::ops::Range;

/// What models see of the signs beside a transition, frames: half a second.
pub(super) const CONTEXT: usize = 30;
/// Shorter transitions have no room to be mixed, frames.
const SHORTEST: usize = 4;
/// At both ends, this part of the transition fades.
const FADE: f32 = 0.35;
/// A bridge's ends are no farther from the transition's than this: shoulder widths, radians.
const CONNECTED: [f32; 2] = [0.35, 0.9];
/// What an arm may do from one frame to the next: wrist in shoulder widths, palm and fingers in radians.
const STEP: [f32; 3] = [0.12, 0.38, 0.42];
/// Joints may be so much farther beyond their limits than stitched ones are, radians.
const BEYOND: f32 = 0.1;
/// Hands may be so deep in the body or each other, shoulder widths, unless they are already deeper.
const DEEPEST: f32 = 0.05;
/// Half of what two hands are thick, shoulder widths.
const THICKNESS: f32 = 0.12;

/// A transition between two signs of a motion.
#[derive(Clone, Debug)]
pub struct Join<'a> {
    /// Its frames; the signs are right before and behind it.
    pub frames: Range<usize>,
    /// Where the sign before comes from.
    pub before: &'a Provenance,
    /// Where the sign behind comes from.
    pub after: &'a Provenance,
    /// The word of the sign behind.
    pub text: &'a str,
}

/// Why a transition stays as it was stitched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unblended {
    /// The model gave nothing.
    #[error("{0} makes no bridge here")]
    NoBridge(String),
    /// It is not as long as it should be.
    #[error("the bridge has {found} frames: expected {expected}")]
    Length {
        /// Frames of the transition.
        expected: usize,
        /// Frames of the bridge.
        found: usize,
    },
    /// Something in it is no number.
    #[error("the bridge has positions that are no numbers")]
    Numbers,
    /// It begins or ends elsewhere.
    #[error("the bridge's {end} is {found:.2} {unit} away: expected {most:.2} at most")]
    Apart {
        /// Which end.
        end: &'static str,
        /// How far it is away.
        found: f32,
        /// How far it may be.
        most: f32,
        /// Of what.
        unit: &'static str,
    },
    /// It moves too fast.
    #[error("with the bridge a {part} would move {found:.2} in a frame: expected {most:.2} at most")]
    Jumps {
        /// Wrist, palm or finger.
        part: &'static str,
        /// How far it would move.
        found: f32,
        /// How far it may.
        most: f32,
    },
    /// A joint would be beyond its limits.
    #[error(
        "with the bridge an arm would be {found:.2} radians beyond its limits: expected {most:.2} at most"
    )]
    Joints {
        /// How far beyond.
        found: f32,
        /// How far it may be.
        most: f32,
    },
    /// A hand would be in the body or in the other hand.
    #[error(
        "with the bridge a hand would be {found:.2} shoulder widths deep in the {what}: expected {most:.2} at most"
    )]
    Through {
        /// In what.
        what: &'static str,
        /// How deep.
        found: f32,
        /// How deep it may be.
        most: f32,
    },
}

impl Sources {
    /// Mixes the generator's bridge into a transition, as much of it as was asked for, and says where it
    /// comes from; none where nothing is done. That is so unless both signs were recorded or retrieved. A
    /// model that learnt from practice signs bridges only behind a sign that is marked as one, with a mark
    /// of its own as long as the transition lasts, and never on air.
    ///
    /// # Errors
    /// [`Unblended`] says why the transition stays as it was stitched.
    pub fn blend(&self, motion: &mut Motion, join: &Join) -> Result<Option<Provenance>, Unblended> {
        let share = self.config.blend.clamp(0.0, 1.0);
        let Some(bridging) = self.bridging.as_ref().filter(|_| share > 0.0) else { return Ok(None) };
        let filmed =
            |from: &Provenance| matches!(from, Provenance::Recorded { .. } | Provenance::Retrieved { .. });
        let marked = !bridging.generator.trained_on().is_practice() || join.before.is_practice();
        let Ok(provenance) = bridging.permitted() else { return Ok(None) };
        if !(filmed(join.before) && filmed(join.after) && marked) {
            return Ok(None);
        }
        let Range { start, end } = join.frames;
        if end.saturating_sub(start) < SHORTEST || end >= motion.frames.len() || start == 0 {
            return Ok(None);
        }
        let piece = |range: Range<usize>| Motion { fps: motion.fps, frames: motion.frames[range].to_vec() };
        let before = piece(start.saturating_sub(CONTEXT)..start);
        let after = piece(end..(end + CONTEXT).min(motion.frames.len()));
        let bridge = bridging.generator.bridge(&before, &after, end - start, join.text, self.config.seed);
        let no_bridge = || Unblended::NoBridge(bridging.generator.model().to_owned());
        let mixed = mix(&motion.frames[start - 1..=end], &bridge.ok_or_else(no_bridge)?.frames, share)?;
        motion.frames[start..end].clone_from_slice(&mixed);
        Ok(Some(provenance))
    }
}

/// The frames between the first and the last of `stitched`, a share of the bridge mixed in.
///
/// # Errors
/// [`Unblended`] where the bridge or what would come of it fails a gate.
fn mix(
    stitched: &[Articulation],
    bridge: &[Articulation],
    share: f32,
) -> Result<Vec<Articulation>, Unblended> {
    let Some(inner) = stitched.get(1..stitched.len().saturating_sub(1)) else { return Ok(Vec::new()) };
    if bridge.len() != inner.len() {
        return Err(Unblended::Length { expected: inner.len(), found: bridge.len() });
    }
    let is_number = |arm: &Arm| arm.wrist.is_finite() && arm.palm.is_finite() && arm.swivel.is_finite();
    if !bridge.iter().flat_map(|pose| &pose.arms).all(is_number) {
        return Err(Unblended::Numbers);
    }
    connects(inner, bridge)?;
    let mut mixed = stitched.to_vec();
    let steps = (inner.len() + 1) as f32;
    for (i, (pose, other)) in mixed[1..].iter_mut().zip(bridge).enumerate() {
        let u = (i + 1) as f32 / steps;
        let weight = share * minimum_jerk(u / FADE) * minimum_jerk((1.0 - u) / FADE);
        for (arm, other) in pose.arms.iter_mut().zip(&other.arms) {
            *arm = arm.lerp(other, weight);
            arm.shape = arm.shape.clamped();
        }
    }
    does_not_jump(stitched, &mixed)?;
    for (was, is) in stitched.iter().zip(&mixed) {
        keeps_limits(was, is)?;
    }
    mixed.pop();
    mixed.remove(0);
    Ok(mixed)
}

/// Whether the bridge begins and ends about where the transition does.
fn connects(inner: &[Articulation], bridge: &[Articulation]) -> Result<(), Unblended> {
    let ends = [("beginning", inner.first().zip(bridge.first())), ("end", inner.last().zip(bridge.last()))];
    for (end, poses) in ends {
        let Some((own, other)) = poses else { continue };
        for (a, b) in own.arms.iter().zip(&other.arms) {
            let apart = [a.wrist.distance(b.wrist), a.palm.angle_between(b.palm)];
            for ((found, most), unit) in apart.into_iter().zip(CONNECTED).zip(["shoulder widths", "radians"])
            {
                if found > most {
                    return Err(Unblended::Apart { end, found, most, unit });
                }
            }
        }
    }
    Ok(())
}

fn does_not_jump(stitched: &[Articulation], mixed: &[Articulation]) -> Result<(), Unblended> {
    let (own, found) = (greatest_steps(stitched), greatest_steps(mixed));
    for (k, part) in ["wrist", "palm", "finger"].into_iter().enumerate() {
        let most = STEP[k].max(own[k]);
        if found[k] > most {
            return Err(Unblended::Jumps { part, found: found[k], most });
        }
    }
    Ok(())
}

/// The greatest step of a wrist, a palm and a finger joint from one frame to the next.
fn greatest_steps(frames: &[Articulation]) -> [f32; 3] {
    let mut greatest = [0.0_f32; 3];
    for pair in frames.windows(2) {
        for (a, b) in pair[0].arms.iter().zip(&pair[1].arms) {
            let fingers = a.shape.fingers.iter().zip(&b.shape.fingers);
            let bent = fingers.map(|(a, b)| (a.mcp - b.mcp).abs().max((a.pip - b.pip).abs()));
            let step = [a.wrist.distance(b.wrist), a.palm.angle_between(b.palm), bent.fold(0.0, f32::max)];
            greatest = std::array::from_fn(|k| greatest[k].max(step[k]));
        }
    }
    greatest
}

/// Whether joints, body and hands allow a frame at least as well as they did.
fn keeps_limits(was: &Articulation, is: &Articulation) -> Result<(), Unblended> {
    let depths = [("body", depth_in_body(was), depth_in_body(is)), ("other hand", overlap(was), overlap(is))];
    for (what, was, found) in depths {
        let most = DEEPEST.max(was);
        if found > most {
            return Err(Unblended::Through { what, found, most });
        }
    }
    for side in Side::BOTH {
        let (found, most) = (arm_excess(side, is), arm_excess(side, was) + BEYOND);
        if found > most {
            return Err(Unblended::Joints { found, most });
        }
    }
    Ok(())
}

fn hand(side: Side, pose: &Articulation) -> [Vec3; 21] {
    let arm = pose.arm(side);
    Hand::REFERENCE.points(side, &arm.shape).map(|point| arm.wrist + arm.palm * point)
}

/// How deep a hand's points are in the body at most.
fn depth_in_body(pose: &Articulation) -> f32 {
    let points = Side::BOTH.into_iter().flat_map(|side| hand(side, pose));
    -points.map(body_clearance).fold(f32::INFINITY, f32::min)
}

/// How far the two hands are in each other, along their middles.
fn overlap(pose: &Articulation) -> f32 {
    let [left, right] = Side::BOTH.map(|side| {
        let points = hand(side, pose);
        [points[0], points[0].midpoint(points[9]), points[9], points[12]]
    });
    let pairs = left.iter().flat_map(|a| right.iter().map(|b| a.distance(*b)));
    THICKNESS - pairs.fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::stitch::rest;
    use crate::lexicon::{Lexicon, SignClip};
    use glam::Quat;
    use proptest::prelude::*;

    /// A right hand that spells, and goes from one place to another in so many frames with both ends.
    fn transition(frames: usize, way: impl Fn(f32) -> Vec3) -> Vec<Articulation> {
        let lexicon = Lexicon::builtin().unwrap();
        let letter = lexicon.clip(lexicon.letter("ب").unwrap().0).unwrap();
        let SignClip::Notated(letter) = letter else { panic!("our letters are written") };
        let spelling = *letter.frames[0].arm(Side::Right);
        let pose = |i: usize| {
            let mut pose = rest();
            let u = minimum_jerk(i as f32 / (frames - 1) as f32);
            let arm = pose.arm_mut(Side::Right);
            *arm = Arm { wrist: way(u), ..spelling };
            pose
        };
        (0..frames).map(pose).collect()
    }

    fn straight(u: f32) -> Vec3 {
        Vec3::new(-0.7, -0.45, 0.65).lerp(Vec3::new(-0.45, -0.05, 0.65), u)
    }

    /// A bridge for a transition of so many frames.
    fn bowed_in(frames: usize, by: Vec3) -> Vec<Articulation> {
        let bridge = transition(frames, |u| straight(u) + by * (std::f32::consts::PI * u).sin());
        bridge[1..frames - 1].to_vec()
    }

    fn bowed(by: Vec3) -> Vec<Articulation> {
        bowed_in(22, by)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

        #[test]
        fn signs_are_not_touched_and_the_middle_takes_the_share(share in 0.0f32..=1.0, x in -0.2f32..0.2, z in 0.0f32..0.2) {
            let stitched = transition(22, straight);
            let bridge = bowed(Vec3::new(x, 0.0, z));
            let mixed = mix(&stitched, &bridge, share).unwrap();
            prop_assert_eq!(mixed.len(), 20);
            let wrist = |pose: &Articulation| pose.arm(Side::Right).wrist;
            let full = stitched[10].arm(Side::Right).wrist.lerp(wrist(&bridge[9]), share);
            prop_assert!(wrist(&mixed[9]).distance(full) < 1e-4);
            // The first frames hardly leave the stitched way.
            prop_assert!(wrist(&mixed[0]).distance(wrist(&stitched[1])) < 0.01);
            prop_assert!(wrist(&mixed[19]).distance(wrist(&stitched[20])) < 0.01);
            prop_assert_eq!(mixed[9].head, stitched[10].head);
        }
    }

    #[test]
    fn no_share_changes_nothing() {
        let stitched = transition(22, straight);
        assert_eq!(mix(&stitched, &bowed(Vec3::Z * 0.2), 0.0).unwrap(), stitched[1..21]);
    }

    #[test]
    fn what_fails_a_gate_is_refused_with_its_reason() {
        let stitched = transition(22, straight);
        let refused = |bridge: &[Articulation]| mix(&stitched, bridge, 1.0).unwrap_err();
        assert!(matches!(refused(&bowed(Vec3::ZERO)[1..]), Unblended::Length { expected: 20, found: 19 }));
        let mut broken = bowed(Vec3::ZERO);
        broken[7].arms[1].wrist.x = f32::NAN;
        assert_eq!(refused(&broken), Unblended::Numbers);
        let elsewhere: Vec<_> = transition(20, |u| straight(u) + Vec3::X * 0.5);
        assert!(matches!(refused(&elsewhere), Unblended::Apart { end: "beginning", .. }));
        let mut jumping = bowed(Vec3::ZERO);
        jumping[10].arms[1].wrist.y += 0.4;
        assert!(matches!(refused(&jumping), Unblended::Jumps { part: "wrist", .. }));
        // A hand turned far about each of its axes, and no elbow can make all of it good.
        let bent = [Vec3::X, Vec3::Y, Vec3::Z, Vec3::NEG_X, Vec3::NEG_Y, Vec3::NEG_Z].map(|axis| {
            let mut bent = bowed_in(62, Vec3::ZERO);
            for (i, pose) in bent.iter_mut().enumerate() {
                let turn = 2.4 * minimum_jerk(i as f32 / 25.0) * minimum_jerk((59 - i) as f32 / 25.0);
                pose.arms[1].palm *= Quat::from_axis_angle(axis, turn);
            }
            mix(&transition(62, straight), &bent, 1.0)
        });
        assert!(bent.iter().any(|mixed| matches!(mixed, Err(Unblended::Joints { .. }))), "{bent:?}");
        let slowly = mix(&transition(62, straight), &bowed_in(62, Vec3::new(0.35, 0.0, -0.6)), 1.0);
        assert!(matches!(slowly, Err(Unblended::Through { what: "body", .. })), "{slowly:?}");
    }
}
