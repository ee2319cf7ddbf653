//! Where wrists go on somebody else's body.
//!
//! A wrist in free space goes where the avatar's own arm would have it. A hand near the body goes to
//! the same anatomical place instead, as far off the skin as it was off the reference's, because that
//! is what the sign means: what touches there touches here, whatever either's proportions. So contacts
//! need no list of their own beside a motion: they are in it, and transitions, speed and mirroring
//! keep them. Which part of the hand is placed is no choice either: all parts ask for the wrist that
//! would place them, and the nearer to the skin the more they count, so nothing jumps when a finger
//! takes over from another. Hands near each other keep what lies between them in the same way.

use super::anatomy;
use super::collide::{Ball, Flesh};
use super::proportions::Proportions;
use crate::body::{Articulation, Bone, Frame, Hull, Place, Side, Skeleton, maths, skeleton};
use glam::Vec3;

/// Closer to the body than the first, a hand is placed on it; farther than the second, it is free.
const NEAR_BODY: [f32; 2] = [0.06, 0.34];
/// The same between the hands, between their points' middles.
const NEAR_HAND: [f32; 2] = [0.08, 0.30];
/// Farther off the skin than this, a part's distance from it need not be kept exactly.
const NEAR_SKIN: [f32; 2] = [0.12, 0.34];
/// A part counts with the inverse fourth power of its distance and this.
const SOFT: f32 = 0.025;

/// How many parts of a hand are placed: wrist, middle of the palm, middle knuckle, five fingertips.
const PARTS: usize = 8;

/// A place on the reference body and on the avatar, in the frame of the part that it moves with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    pub(super) place: Place,
    pub(super) on_head: bool,
    pub(super) reference: Vec3,
    pub(super) avatar: Vec3,
}

/// What the reference's body becomes on the avatar.
#[derive(Clone, Debug)]
pub(super) struct BodyMap {
    pub(super) anchors: Vec<Anchor>,
    /// Metres a shoulder width.
    pub(super) scale: f32,
}

/// One hand on its way from the reference's body to the avatar's.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The hand's parts, reference chest frame.
    points: [Vec3; PARTS],
    /// The same on the avatar's hand, from its wrist, metres.
    own: [Vec3; PARTS],
    /// The avatar's hand's balls.
    pub(super) balls: Vec<Ball>,
    /// Where the wrist goes, avatar's chest frame, metres.
    pub(super) wrist: Vec3,
    /// How firmly the body holds it, 0 to 1.
    held: f32,
}

/// Where heads are: `chest_from_head` of the reference and of the avatar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    pub(super) reference: Frame,
    pub(super) avatar: Frame,
}

impl BodyMap {
    pub(super) fn new(proportions: &Proportions, middle: Vec3, scale: f32, head: Vec3) -> Self {
        Self { anchors: anchors(proportions, middle, scale, head), scale }
    }

    /// Where a hand goes that is at `free` when nothing is near.
    pub(super) fn reach(
        &self,
        side: Side,
        pose: &Articulation,
        free: impl Fn(Vec3) -> Vec3,
        flesh: &Flesh,
        heads: &Heads,
    ) -> Reach {
        let arm = pose.arm(side);
        let shoulder = skeleton::shoulder(side, pose.shrug[side as usize], arm.wrist);
        let wrist = Skeleton::reference().bend_arm(side, shoulder, arm).wrist;
        let hand = Skeleton::reference().hand.points(side, &arm.shape).map(|p| arm.palm * p);
        let points = [0, 0, 9, 4, 8, 12, 16, 20].map(|i| wrist + hand[i]);
        let (balls, posed) = flesh.hand(side, arm.palm, &arm.shape);
        let mut reach = Reach { points, own: posed, balls, wrist: free(wrist - shoulder), held: 0.0 };
        reach.points[1] = wrist + 0.55 * hand[9];
        let (mut sum, mut weights, mut nearest) = (Vec3::ZERO, 0.0, f32::INFINITY);
        for (point, own) in reach.points.into_iter().zip(reach.own) {
            let (at, clearance) = self.place(point, flesh, heads);
            let weight = (clearance.max(0.0) + SOFT).powi(-4);
            sum += (at - own) * weight;
            weights += weight;
            nearest = nearest.min(clearance);
        }
        reach.held = 1.0 - ramp(NEAR_BODY, nearest);
        reach.wrist = reach.wrist.lerp(sum / weights, reach.held);
        reach
    }

    /// The avatar's place for a point near the reference body, and how far that is off the reference's
    /// skin.
    fn place(&self, point: Vec3, flesh: &Flesh, heads: &Heads) -> (Vec3, f32) {
        let clearance = Hull::reference().probe(point, &heads.reference).clearance;
        if clearance > NEAR_BODY[1] + SOFT {
            return (self.blend(point, heads), clearance);
        }
        let mut at = self.blend(point, heads);
        let exactly = 1.0 - ramp(NEAR_SKIN, clearance);
        for _ in 0..2 {
            let probe = flesh.hull.probe(at, &heads.avatar);
            at += probe.normal * ((clearance * self.scale - probe.clearance) * exactly);
        }
        (at, clearance)
    }

    /// The avatar's places hardly farther from a point than the nearest is, nearest first.
    pub(super) fn places_near(&self, point: Vec3, head: &Frame, beside: f32) -> Vec<Place> {
        let distance = |anchor: &Anchor| match anchor.on_head {
            true => head.point(anchor.avatar).distance(point),
            false => anchor.avatar.distance(point),
        };
        let mut places: Vec<(f32, Place)> = self.anchors.iter().map(|a| (distance(a), a.place)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let nearest = places.first().map_or(0.0, |(distance, _)| *distance);
        places.into_iter().take_while(|(d, _)| *d <= nearest + beside).map(|(_, place)| place).collect()
    }

    /// Between the anchors, the nearest counting most.
    fn blend(&self, point: Vec3, heads: &Heads) -> Vec3 {
        let (mut sum, mut weights) = (Vec3::ZERO, 0.0);
        for anchor in &self.anchors {
            let (from, to) = match anchor.on_head {
                true => (heads.reference.point(anchor.reference), heads.avatar.point(anchor.avatar)),
                false => (anchor.reference, anchor.avatar),
            };
            let square = from.distance_squared(point);
            let weight = 1.0 / (square * square + 1e-6);
            sum += (to + (point - from) * self.scale) * weight;
            weights += weight;
        }
        sum / weights
    }
}

/// Moves both wrists so that the hands are as near as on the reference; the one that the body holds
/// moves less.
pub(super) fn join_hands(reaches: &mut [Reach; 2], hand_scale: f32) {
    let [left, right] = &*reaches;
    let (mut missing, mut weights, mut nearest) = (Vec3::ZERO, 0.0, f32::INFINITY);
    for (a, own_a) in left.points.iter().zip(&left.own) {
        for (b, own_b) in right.points.iter().zip(&right.own) {
            let distance = a.distance(*b);
            let placed = (right.wrist + own_b) - (left.wrist + own_a);
            let weight = (distance + SOFT).powi(-4);
            missing += ((b - a) * hand_scale - placed) * weight;
            weights += weight;
            nearest = nearest.min(distance);
        }
    }
    let touch = 1.0 - ramp(NEAR_HAND, nearest);
    let free = [1.05 - left.held, 1.05 - right.held];
    let share = free[0] / (free[0] + free[1]);
    let whole = missing / weights * touch;
    reaches[0].wrist -= whole * share;
    reaches[1].wrist += whole * (1.0 - share);
}

/// 0 up to the first, 1 from the second on.
fn ramp([from, to]: [f32; 2], at: f32) -> f32 {
    maths::minimum_jerk((at - from) / (to - from))
}

/// Places that hands touch, on the reference and on the avatar.
fn anchors(proportions: &Proportions, middle: Vec3, scale: f32, head: Vec3) -> Vec<Anchor> {
    let in_space = [Place::Neutral, Place::NeutralHigh, Place::NeutralLow];
    // Without places of its own, an avatar's trunk is as long as its hips say.
    let hips = proportions.joint(Bone::Hips).map_or(-1.42 * scale, |p| p.y - middle.y);
    let tall = hips / -1.42;
    let places = Place::ALL.into_iter().filter(|place| !in_space.contains(place));
    places
        .map(|place| {
            let on_head = place.is_on_head();
            let origin = if on_head { anatomy::HEAD } else { Vec3::ZERO };
            let reference = place.position() - origin;
            let known = proportions.places.iter().find(|(p, _)| *p == place).map(|(_, at)| *at - middle);
            let avatar = match known {
                Some(at) if on_head => at - head,
                Some(at) => at,
                None if on_head => reference * scale,
                None => reference * Vec3::new(scale, tall, scale),
            };
            Anchor { place, on_head, reference, avatar }
        })
        .collect()
}

#[cfg(test)]
impl Reach {
    /// A fingertip, thumb first, where it goes.
    pub(super) fn tip(&self, finger: usize) -> Vec3 {
        self.wrist + self.own[3 + finger]
    }
}
