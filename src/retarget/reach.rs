//! Where wrists go on somebody else's body.
//!
//! A wrist in free space goes where the avatar's own arm would have it. A hand near the body goes to
//! the same anatomical place instead, its skin as far off the body's as it was on the reference,
//! because that is what the sign means: what touches there touches here, whatever either's proportions.
//! So contacts need no list of their own beside a motion: they are in it, and transitions, speed and
//! mirroring keep them. Which part of the hand is placed is no choice either: every ball of its flesh
//! asks for the wrist that would place it, and the nearer to the skin the more it counts, so nothing
//! jumps when a finger takes over from another. Hands near each other keep what lies between their
//! skins in the same way.

use super::anatomy;
use super::flesh::{Ball, Flesh, HandAt};
use super::proportions::Proportions;
use crate::body::maths::ramp;
use crate::body::{Bone, Frame, Place};
use glam::Vec3;

/// Closer to the body than the first, a hand is placed on it; farther than the second, it is free.
const NEAR_BODY: [f32; 2] = [0.04, 0.31];
/// The same between the hands.
const NEAR_HAND: [f32; 2] = [0.04, 0.25];
/// Farther off the skin than this, a ball's distance from it need not be kept exactly.
const NEAR_SKIN: [f32; 2] = [0.10, 0.31];
/// A ball counts with the inverse fourth power of its distance and this.
const SOFT: f32 = 0.02;
/// Balls farther than the nearest and this do not count.
const BEYOND: f32 = 0.15;

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
    /// On the reference.
    pub(super) source: HandAt,
    /// On the avatar.
    pub(super) hand: HandAt,
    /// Which of the source's balls each of the hand's is.
    twins: Vec<(usize, Ball)>,
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

    /// Where a hand goes that is at `free` when nothing is near; `flesh` is the reference's and the
    /// avatar's.
    pub(super) fn reach(
        &self,
        source: HandAt,
        free: HandAt,
        twins: &[Option<usize>],
        flesh: [&Flesh; 2],
        heads: &Heads,
    ) -> Reach {
        let known = twins.iter().zip(&free.balls).filter_map(|(twin, own)| Some(((*twin)?, *own)));
        let twins = known.collect();
        let mut reach = Reach { source, hand: free, twins, held: 0.0 };
        let clear = |&(twin, own): &(usize, Ball)| {
            let ball = reach.source.balls.get(twin)?;
            let at = reach.source.wrist + ball.at;
            Some((at, own, flesh[0].hull.probe(at, &heads.reference).clearance - ball.radius))
        };
        let near: Vec<(Vec3, Ball, f32)> = reach.twins.iter().filter_map(clear).collect();
        let nearest = near.iter().map(|near| near.2).fold(f32::INFINITY, f32::min);
        reach.held = 1.0 - ramp(NEAR_BODY, nearest);
        if reach.held <= 0.0 {
            return reach;
        }
        let (mut sum, mut weights) = (Vec3::ZERO, 0.0);
        for (at, own, clearance) in near {
            let weight = closeness(clearance, nearest);
            if weight > 0.0 {
                sum += (self.place(at, clearance, own.radius, flesh[1], heads) - own.at) * weight;
                weights += weight;
            }
        }
        if weights > 0.0 {
            reach.hand.wrist = reach.hand.wrist.lerp(sum / weights, reach.held);
        }
        reach
    }

    /// The avatar's place for the middle of a ball near the reference body, whose skin is `clearance` off
    /// the reference's there and whose radius is `radius` here.
    fn place(&self, at: Vec3, clearance: f32, radius: f32, flesh: &Flesh, heads: &Heads) -> Vec3 {
        let mut at = self.blend(at, heads);
        let exactly = 1.0 - ramp(NEAR_SKIN, clearance);
        for _ in 0..2 {
            let probe = flesh.hull.probe(at, &heads.avatar);
            at += probe.normal * ((clearance * self.scale + radius - probe.clearance) * exactly);
        }
        at
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

/// How much something counts that is so far, the nearest being so far.
fn closeness(distance: f32, nearest: f32) -> f32 {
    let weight = |distance: f32| (distance.max(0.0) + SOFT).powi(-4);
    (weight(distance) - weight(nearest.max(0.0) + BEYOND)).max(0.0)
}

/// Moves both wrists so that the hands are as near as on the reference; the one that the body holds
/// moves less.
pub(super) fn join_hands(reaches: &mut [Reach; 2], hand_scale: f32) {
    let [left, right] = &*reaches;
    if left.source.is_far_from(&right.source, NEAR_HAND[1]) {
        return;
    }
    let pairs = || {
        left.twins.iter().flat_map(|&(i, own_a)| {
            right.twins.iter().filter_map(move |&(j, own_b)| {
                let (a, b) = (left.source.balls.get(i)?, right.source.balls.get(j)?);
                let way = (right.source.wrist + b.at) - (left.source.wrist + a.at);
                let length = way.length();
                Some((way, length, length - a.radius - b.radius, own_a, own_b))
            })
        })
    };
    let nearest = pairs().map(|pair| pair.2).fold(f32::INFINITY, f32::min);
    let touch = 1.0 - ramp(NEAR_HAND, nearest);
    if touch <= 0.0 {
        return;
    }
    let (mut missing, mut weights) = (Vec3::ZERO, 0.0);
    for (way, length, gap, own_a, own_b) in pairs() {
        let weight = closeness(gap, nearest);
        if weight > 0.0 {
            let placed = (right.hand.wrist + own_b.at) - (left.hand.wrist + own_a.at);
            let apart = gap * hand_scale + own_a.radius + own_b.radius;
            missing += (way * (apart / length.max(1e-4)) - placed) * weight;
            weights += weight;
        }
    }
    if weights <= 0.0 {
        return;
    }
    let free = [1.05 - left.held, 1.05 - right.held];
    let share = free[0] / (free[0] + free[1]);
    let whole = missing / weights * touch;
    reaches[0].hand.wrist -= whole * share;
    reaches[1].hand.wrist += whole * (1.0 - share);
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
    /// The outermost ball of a finger, thumb first: its middle where it goes.
    pub(super) fn tip(&self, finger: usize) -> Vec3 {
        let ball = self.hand.balls.iter().rfind(|ball| ball.part == finger + 1).expect("it has balls");
        self.hand.wrist + ball.at
    }
}
