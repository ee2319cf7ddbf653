//! What hands touch, on the source's body and on the avatar's, and how deep they are in what they must
//! not be in.
//!
//! A contact is a part of a hand (palm or finger) at a place of the body or on the other hand. The
//! source's are those of its articulation on the reference body, the avatar's those of its own flesh in
//! the pose that it got. Whether something touches is never a matter of one line: what is closer than
//! [`TOUCHING`] on one body must be closer than [`NEARLY`] on the other.
//!
//! A source may have hands within its body or each other: a camera guesses depth, and a notation knows
//! no flesh. No avatar can touch with all that is beneath a skin, so what touches then is the deepest
//! part, and those that are within [`TOUCHING`] of being as deep; what may pass for touching stays all
//! that is nearer than [`NEARLY`].

use crate::body::{Articulation, Place, Side};
use crate::retarget::{Posed, RigSolver};
use glam::Vec3;

/// Skin closer than this touches, shoulder widths.
const TOUCHING: f32 = 0.015;
/// Skin closer than this may be said to.
const NEARLY: f32 = 0.035;
/// Places hardly farther than the nearest are as good a name for it, shoulder widths.
const BESIDE: f32 = 0.08;

/// Where a hand touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    Body(Place),
    OtherHand,
}

/// A part of a hand at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    side: Side,
    /// 0 the palm, then the fingers from the thumb on.
    part: usize,
    site: Site,
}

/// Touches of one instant on one body: sure ones, and all that may pass for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches {
    sure: Vec<Touch>,
    passing: Vec<Touch>,
}

/// How many contacts there were, and how many of them were found on the other body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Contacts {
    /// In the source.
    pub source: usize,
    /// Of those, on the avatar too.
    pub kept: usize,
    /// On the avatar.
    pub avatar: usize,
    /// Of those, in the source too.
    pub meant: usize,
}

impl Contacts {
    pub(super) fn add(&mut self, other: &Contacts) {
        self.source += other.source;
        self.kept += other.kept;
        self.avatar += other.avatar;
        self.meant += other.meant;
    }

    pub(super) fn compare(&mut self, source: &Touches, avatar: &Touches) {
        self.source += source.sure.len();
        self.kept += source.sure.iter().filter(|touch| avatar.passing.contains(touch)).count();
        self.avatar += avatar.sure.len();
        self.meant += avatar.sure.iter().filter(|touch| source.passing.contains(touch)).count();
    }

    /// Share of the source's contacts that the avatar has.
    pub fn recall(&self) -> Option<f32> {
        (self.source > 0).then(|| self.kept as f32 / self.source as f32)
    }

    /// Share of the avatar's contacts that the source has.
    pub fn precision(&self) -> Option<f32> {
        (self.avatar > 0).then(|| self.meant as f32 / self.avatar as f32)
    }

    /// Harmonic mean of both.
    pub fn f1(&self) -> Option<f32> {
        let (recall, precision) = (self.recall()?, self.precision()?);
        Some(2.0 * recall * precision / (recall + precision).max(1e-6))
    }
}

/// What a body touches in a pose; `scale` is its shoulder width.
pub(super) fn touches(solver: &RigSolver, pose: &Articulation, posed: &Posed, scale: f32) -> Touches {
    let mut touches = Touches::default();
    let head = solver.avatar_head(pose);
    let hands = Side::BOTH.map(|side| solver.flesh_of(side, pose, posed));
    for side in Side::BOTH {
        let other = &hands[side.other() as usize];
        let mut nearest = [(f32::INFINITY, Vec3::ZERO); 6];
        let mut to_hand = [f32::INFINITY; 6];
        for ball in &hands[side as usize] {
            let clear = solver.hull().probe(ball.at, &head).clearance - ball.radius;
            if clear < nearest[ball.part].0 {
                nearest[ball.part] = (clear, ball.at);
            }
            for theirs in other {
                let apart = ball.at.distance(theirs.at) - ball.radius - theirs.radius;
                to_hand[ball.part] = to_hand[ball.part].min(apart);
            }
        }
        let level = |clear: &mut dyn Iterator<Item = f32>| clear.fold(0.0, f32::min);
        let deepest = level(&mut nearest.iter().map(|(clear, _)| *clear));
        let deepest_in_hand = level(&mut to_hand.iter().copied());
        for part in 0..6 {
            let (clear, at) = nearest[part];
            if clear < NEARLY * scale {
                let places = solver.places_near(at, &head, BESIDE * scale);
                let touch = |place| Touch { side, part, site: Site::Body(place) };
                touches.passing.extend(places.iter().copied().map(touch));
                if clear - deepest < TOUCHING * scale {
                    touches.sure.extend(places.first().copied().map(touch));
                }
            }
            let touch = Touch { side, part, site: Site::OtherHand };
            if to_hand[part] < NEARLY * scale {
                touches.passing.push(touch);
            }
            if to_hand[part] - deepest_in_hand < TOUCHING * scale {
                touches.sure.push(touch);
            }
        }
    }
    touches
}

/// How deep the skin of hands and forearms is in head, trunk or the other hand, at the deepest, metres.
pub(super) fn depth(
    solver: &RigSolver,
    pose: &Articulation,
    posed: &Posed,
    skin: &[Vec<crate::retarget::Pore>; 2],
) -> f32 {
    let head = solver.avatar_head(pose);
    let hands = Side::BOTH.map(|side| solver.flesh_of(side, pose, posed));
    let mut deepest = 0.0f32;
    for side in Side::BOTH {
        let other = &hands[side.other() as usize];
        for pore in &skin[side as usize] {
            let Some(bone) = posed.in_chest(pore.bone) else { continue };
            let at = bone.point(pore.at);
            deepest = deepest.max(-solver.hull().probe(at, &head).clearance);
            for ball in other {
                deepest = deepest.max(ball.radius - ball.at.distance(at));
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_and_recall_count_what_is_on_both() {
        let touch = |part| Touch { side: Side::Left, part, site: Site::OtherHand };
        let source = Touches { sure: vec![touch(1), touch(2)], passing: vec![touch(1), touch(2), touch(4)] };
        let avatar =
            Touches { sure: vec![touch(2), touch(3), touch(4)], passing: vec![touch(2), touch(3), touch(4)] };
        let mut contacts = Contacts::default();
        contacts.compare(&source, &avatar);
        assert_eq!(contacts, Contacts { source: 2, kept: 1, avatar: 3, meant: 2 });
        assert_eq!(contacts.recall(), Some(0.5));
        assert_eq!(Contacts::default().f1(), None);
    }
}
