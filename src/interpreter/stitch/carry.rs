//! One arm's way from where one sign leaves it to where the next one takes it up.
//!
//! Minimum-jerk (Flash and Hogan 1985) between two extrapolations: the first sign's movement dying
//! away, the next one's dying in. Position and velocity so meet both signs' own. On top lies an arc,
//! chosen from few so that hand and fingers pass outside head, trunk and the other hand.

use super::forearm::{ArmState, Rate};
use super::obstacles::{self, HandPoints};
use super::pace::bounds;
use crate::body::{Arm, Side, maths::minimum_jerk};
use glam::Vec3;

/// By which part of the way the handshape is there: a hand arrives already shaped.
pub(super) const SHAPE_BY: f32 = 0.6;
/// By which part of the way the palm is turned.
pub(super) const PALM_BY: f32 = 0.9;
/// A sign's own movement dies away within this, seconds, however long the way is.
const COAST: f32 = 0.35;
/// Distance that transitions keep from the body, shoulder widths.
const MARGIN: f32 = 0.07;
/// At how many moments a way is examined.
const LOOKS: usize = 12;
/// How often an arc that is still too near is pushed off what it is nearest to.
const PUSHES: usize = 8;

/// An end of a way: the arm there, and how fast it moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) arm: Arm,
    pub(super) rate: Rate,
}

impl End {
    /// An arm that stands still.
    pub(super) fn still(arm: Arm) -> Self {
        Self { arm, rate: Rate::default() }
    }

    /// The end of `frames`, moving as its last two do.
    pub(super) fn leaving(side: Side, frames: &[Arm], fps: f32) -> Option<Self> {
        let [.., before, last] = frames else { return frames.last().copied().map(End::still) };
        Some(Self { arm: *last, rate: rate(side, before, last, fps) })
    }

    /// The beginning of `frames`, moving as its first two do.
    pub(super) fn entering(side: Side, frames: &[Arm], fps: f32) -> Option<Self> {
        let [first, next, ..] = frames else { return frames.first().copied().map(End::still) };
        Some(Self { arm: *first, rate: rate(side, first, next, fps) })
    }
}

fn rate(side: Side, before: &Arm, after: &Arm, fps: f32) -> Rate {
    Rate::between(&ArmState::of(side, before), &ArmState::of(side, after), 1.0 / fps)
}

/// A way of an arm.
#[derive(Clone, Debug)]
pub(super) struct Carry {
    side: Side,
    from: ArmState,
    from_rate: Rate,
    to: ArmState,
    to_rate: Rate,
    arc: Arc,
    seconds: f32,
    shape_by: f32,
}

impl Carry {
    /// The way between two ends in `seconds`; `other(u)` is where the other hand is at part `u`.
    pub(super) fn new(
        side: Side,
        from: End,
        to: End,
        seconds: f32,
        other: impl Fn(f32) -> Option<HandPoints>,
    ) -> Self {
        let mut carry = Self {
            side,
            from: ArmState::of(side, &from.arm),
            from_rate: from.rate,
            to: ArmState::of(side, &to.arm),
            to_rate: to.rate,
            arc: Arc::default(),
            seconds,
            shape_by: SHAPE_BY,
        };
        carry.choose_arc(&other);
        carry
    }

    /// The same way with the fingers taking all of it, as a hand does that goes down to rest.
    pub(super) fn unhurried(mut self) -> Self {
        self.shape_by = 1.0;
        self
    }

    /// The arm after part `u` of the way, 0 to 1.
    pub(super) fn at(&self, u: f32) -> Arm {
        let palm = minimum_jerk(u / PALM_BY);
        let mut state = self.plain(u, minimum_jerk(u));
        let turned = self.plain(u, palm);
        (state.bend, state.turn) = (turned.bend, turned.turn);
        state.wrist = self.within_reach(state.wrist + self.arc.at(u));
        state.shape = self.from.shape.lerp(&self.to.shape, minimum_jerk(u / self.shape_by));
        state.arm(self.side)
    }

    /// Without the arc and the fingers.
    fn plain(&self, u: f32, blend: f32) -> ArmState {
        let from = self.from.moved(&self.from_rate, self.coasted(u));
        let to = self.to.moved(&self.to_rate, -self.coasted(1.0 - u));
        from.towards(&to, blend)
    }

    /// How many seconds' worth of an end's own movement are done at part `u` from that end.
    fn coasted(&self, u: f32) -> f32 {
        let seconds = self.seconds.min(COAST);
        seconds * dying((u * self.seconds / seconds).min(1.0))
    }

    /// Brings the wrist within the arm's reach, smoothly, and never nearer than the ends are.
    fn within_reach(&self, wrist: Vec3) -> Vec3 {
        const REACH: f32 = 1.50;
        const EASY: f32 = 1.36;
        let shoulder = Vec3::X * (0.5 * self.side.sign());
        let ends = self.from.wrist.distance(shoulder).max(self.to.wrist.distance(shoulder));
        let easy = EASY.max(ends);
        let room = (REACH - easy).max(0.01);
        let offset = wrist - shoulder;
        let excess = offset.length() - easy;
        if excess <= 0.0 {
            return wrist;
        }
        shoulder + offset.normalize_or(Vec3::Z) * (easy + room * (excess / room).tanh())
    }

    /// How much faster than [`bounds`] the way is at its fastest: 1 is just within.
    pub(super) fn haste(&self) -> f32 {
        let steps = (self.seconds * 60.0).ceil().clamp(4.0, 30.0) as usize;
        let step_seconds = self.seconds / steps as f32;
        let mut haste = 0.0_f32;
        let mut before = self.at(0.0);
        for i in 1..=steps {
            let after = self.at(i as f32 / steps as f32);
            let wrist = after.wrist.distance(before.wrist) / step_seconds;
            let palm = after.palm.angle_between(before.palm) / step_seconds;
            haste = haste.max(wrist / bounds::WRIST).max(palm / bounds::PALM);
            before = after;
        }
        haste
    }

    /// Takes the first arc on which nothing is too near, or the one on which the least is.
    fn choose_arc(&mut self, other: &impl Fn(f32) -> Option<HandPoints>) {
        let distance = self.from.wrist.distance(self.to.wrist);
        // People's ways bulge a little forward and outward even where nothing is in it.
        let natural = Vec3::new(0.25 * self.side.sign(), 0.0, 1.0) * (0.07 * distance);
        self.arc = Arc::of(natural);
        let looks = self.looks(other);
        let mut best = (f32::INFINITY, f32::INFINITY, natural);
        for arc in candidates(self.side, natural) {
            let trespass = self.trespass(&Arc::of(arc), &looks);
            let cost = trespass + 0.02 * arc.length();
            if cost < best.0 || trespass <= 0.0 {
                best = (cost, trespass, arc);
            }
            if trespass <= 0.0 {
                break;
            }
        }
        self.arc = Arc::of(best.2);
        if best.1 > 0.0 {
            self.push_off(other);
        }
    }

    /// Pushes the way off whatever it is deepest in, and keeps the clearest one met. Unlike the choice
    /// between candidates this sees how the hand turns with the arc, and bends the ends apart.
    fn push_off(&mut self, other: &impl Fn(f32) -> Option<HandPoints>) {
        let mut best = (f32::INFINITY, self.arc);
        for _ in 0..=PUSHES {
            let looks = self.looks(other);
            let deepest = self.deficits(&self.arc, &looks).max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((look, deficit)) = deepest else { break };
            if deficit < best.0 {
                best = (deficit, self.arc);
            }
            if deficit <= 0.0 {
                break;
            }
            self.arc.push(look.u, look.way_out() * deficit);
        }
        self.arc = best.1;
    }

    /// The way as it is, at moments from end to end.
    fn looks(&self, other: &impl Fn(f32) -> Option<HandPoints>) -> Vec<Look> {
        let look = |i: usize| {
            let u = i as f32 / LOOKS as f32;
            let arm = self.at(u);
            Look {
                u,
                plain: self.plain(u, minimum_jerk(u)).wrist,
                wrist: arm.wrist,
                hand: obstacles::hand_points(self.side, &arm),
                other: other(u),
            }
        };
        (0..=LOOKS).map(look).collect()
    }

    /// How far inside the margin the way goes with an arc, summed over it.
    fn trespass(&self, arc: &Arc, looks: &[Look]) -> f32 {
        self.deficits(arc, looks).map(|(_, deficit)| deficit).sum()
    }

    /// How far inside the margin the way is with an arc at every moment between its ends. Where an end
    /// itself is near (signs touch the body) the margin grows from what the end has.
    fn deficits<'a>(&self, arc: &Arc, looks: &'a [Look]) -> impl Iterator<Item = (&'a Look, f32)> {
        let end = |look: Option<&Look>| look.map_or(MARGIN, |look| look.clearance(Vec3::ZERO).min(MARGIN));
        let ends = [end(looks.first()), end(looks.last())];
        let grown = |end: f32, away: f32| end + (MARGIN - end) * bell(away.min(0.5));
        let between = looks.get(1..looks.len().saturating_sub(1)).unwrap_or_default();
        between.iter().map(move |look| {
            let shift = self.within_reach(look.plain + arc.at(look.u)) - look.wrist;
            let wanted = grown(ends[0], look.u).min(grown(ends[1], 1.0 - look.u)) - 1e-3;
            (look, (wanted - look.clearance(shift)).max(0.0))
        })
    }
}

/// What lies on top of the straight way: an arc over all of it, and one over each end.
#[derive(Clone, Copy, Debug, Default)]
struct Arc {
    whole: Vec3,
    early: Vec3,
    late: Vec3,
}

impl Arc {
    /// The part of the way that an end's arc lies over.
    const END: f32 = 0.4;
    /// No arc is pushed further than this, shoulder widths.
    const MOST: f32 = 0.9;

    fn of(whole: Vec3) -> Self {
        Self { whole, ..Self::default() }
    }

    fn at(&self, u: f32) -> Vec3 {
        let end = |u: f32| bell((u / Self::END).min(1.0));
        self.whole * bell(u) + self.early * end(u) + self.late * end(1.0 - u)
    }

    /// Moves the way by `by` at part `u`, and what is around with it.
    fn push(&mut self, u: f32, by: Vec3) {
        let (arc, here) = if u < 0.5 * Self::END {
            (&mut self.early, bell(u / Self::END))
        } else if u > 1.0 - 0.5 * Self::END {
            (&mut self.late, bell((1.0 - u) / Self::END))
        } else {
            (&mut self.whole, bell(u))
        };
        *arc = (*arc + by / here.max(0.3)).clamp_length_max(Self::MOST);
    }
}

/// A moment of a way. Another arc moves the hand, and hardly turns it.
struct Look {
    u: f32,
    /// The wrist without an arc.
    plain: Vec3,
    wrist: Vec3,
    hand: HandPoints,
    other: Option<HandPoints>,
}

impl Look {
    /// How clear the hand is, moved by `shift`, of the body and the other hand.
    fn clearance(&self, shift: Vec3) -> f32 {
        let moved = self.hand.map(|point| point + shift);
        let body = obstacles::hand_clearance(&moved);
        self.other.as_ref().map_or(body, |other| body.min(obstacles::hands_apart(&moved, other)))
    }

    /// The direction in which the hand gets clear soonest: the clearance's slope.
    fn way_out(&self) -> Vec3 {
        const STEP: f32 = 0.01;
        let slope = |axis: Vec3| self.clearance(axis * STEP) - self.clearance(axis * -STEP);
        Vec3::new(slope(Vec3::X), slope(Vec3::Y), slope(Vec3::Z)).normalize_or(Vec3::Z)
    }
}

/// Where an arm is `elapsed` seconds after an end, if its movement dies away within `seconds`.
pub(super) fn come_to_rest(side: Side, end: &End, seconds: f32, elapsed: f32) -> Arm {
    let state = ArmState::of(side, &end.arm).moved(&end.rate, seconds * dying((elapsed / seconds).min(1.0)));
    state.arm(side)
}

/// How far a movement that dies away has gone, in parts of its time: its speed falls as (1 − u)².
fn dying(u: f32) -> f32 {
    u - u * u + u * u * u / 3.0
}

/// 0 at both ends with no slope there, 1 in the middle; rises before minimum jerk does, so that a
/// hand first leaves the body and then crosses it.
fn bell(u: f32) -> f32 {
    16.0 * (u * (1.0 - u)).powi(2)
}

/// Arcs to try, least first.
fn candidates(side: Side, natural: Vec3) -> impl Iterator<Item = Vec3> {
    let s = side.sign();
    let ways = [
        Vec3::Z,
        Vec3::new(0.6 * s, 0.0, 0.8),
        Vec3::new(0.0, -0.6, 0.8),
        Vec3::new(-0.5 * s, 0.0, 0.85),
        Vec3::new(0.5 * s, 0.6, 0.6),
        Vec3::new(0.9 * s, 0.0, 0.3),
    ];
    let sizes = [0.12, 0.22, 0.34, 0.48, 0.65, 0.85];
    let around = sizes.into_iter().flat_map(move |size| ways.map(|way| natural + way * size));
    std::iter::once(natural).chain(around)
}
