//! One arm through a whole utterance: where it signs, how it gets from sign to sign, and what it does
//! meanwhile when only the other one signs.
//!
//! A hand that is needed again soon stays where it is and sinks a little; later, it rests low before
//! the body; later still, it hangs at the side. People do so, and a hand left in the picture reads as
//! part of the next sign.

use super::beat::{Beat, frames_of};
use super::carry::{Carry, End};
use super::obstacles::{self, HandPoints};
use super::pace::{self, Pace};
use super::rest::rest_arm;
use crate::body::{Arm, HandShape, Motion, Side};

/// A hand waits in the air no longer than this, low before the body no longer than that, seconds.
const WAITS: f32 = 1.3;
const RESTS: f32 = 4.0;
/// A hand that goes to rest or leaves it does not hurry: seconds at least; less yet to the side.
const EASY: f32 = 0.45;
const UNHURRIED: f32 = 0.8;
/// A movement of the body adds to the hand's, and stitched frames are rounded: this much is left free.
const HASTE: f32 = 0.95;

/// Frames of one arm, `total` of them; `other` is the other arm's finished track, to keep clear of.
pub(super) fn track(side: Side, beats: &[Beat], total: usize, other: Option<&[Arm]>) -> Vec<Arm> {
    let mut track = Track { side, frames: vec![rest_arm(side); total], other };
    let signing: Vec<(usize, Vec<Arm>)> = beats
        .iter()
        .filter(|beat| beat.active[side as usize])
        .map(|beat| (beat.start, beat.arm_frames(side)))
        .collect();
    let mut at = (0, End::still(rest_arm(side)), true);
    for (start, frames) in &signing {
        let Some(to) = End::entering(side, frames, Motion::FPS) else { continue };
        track.bridge(at, (*start, to, false));
        track.write(*start, frames);
        if let Some(from) = End::leaving(side, frames, Motion::FPS) {
            at = (start + frames.len() - 1, from, false);
        }
    }
    track.bridge(at, (total.saturating_sub(1), End::still(rest_arm(side)), true));
    track.frames
}

/// A moment, an end there, and whether it is at rest.
type Knot = (usize, End, bool);

struct Track<'a> {
    side: Side,
    frames: Vec<Arm>,
    other: Option<&'a [Arm]>,
}

impl Track<'_> {
    fn write(&mut self, start: usize, arms: &[Arm]) {
        for (frame, arm) in self.frames.iter_mut().skip(start).zip(arms) {
            *frame = *arm;
        }
    }

    /// Fills the frames between two knots.
    fn bridge(&mut self, from: Knot, to: Knot) {
        let room = to.0.saturating_sub(from.0);
        if room <= 1 {
            return;
        }
        let seconds = room as f32 / Motion::FPS;
        match (from.2, to.2) {
            _ if seconds > RESTS => {
                let hanging = End::still(Arm::relaxed(self.side));
                let need = needed(self.side, from.1, hanging, UNHURRIED, Pace::new(1.0));
                let station = (from.0 + frames_of(need).clamp(1, room / 2), hanging, true);
                self.carry(from, station, true);
                self.late(station, to);
            }
            (true, true) => {}
            (true, false) => self.late(from, to),
            (false, true) => self.down(from, to),
            (false, false) => match self.way_station(&from.1, &to.1, seconds) {
                Some(station) => {
                    let easy = EASY.min(0.4 * seconds);
                    let need = needed(self.side, from.1, station, easy, Pace::new(1.0));
                    let arrive = from.0 + frames_of(need).clamp(1, room / 2);
                    self.carry(from, (arrive, station, true), true);
                    self.late((arrive, station, true), to);
                }
                None => self.carry(from, to, false),
            },
        }
    }

    /// Waits at rest and comes just in time.
    fn late(&mut self, from: Knot, to: Knot) {
        let room = to.0 - from.0;
        let need = needed(self.side, from.1, to.1, EASY.min(0.5 * room as f32 / Motion::FPS), Pace::new(1.0));
        let leave = to.0 - frames_of(need).clamp(1, room);
        self.frames[from.0..=leave].fill(from.1.arm);
        self.carry((leave, from.1, true), to, false);
    }

    /// Goes down at once and stays.
    fn down(&mut self, from: Knot, to: Knot) {
        let room = to.0 - from.0;
        let need = needed(self.side, from.1, to.1, 0.55, Pace::new(1.0));
        let arrive = from.0 + frames_of(need).clamp(1, room);
        self.carry(from, (arrive, to.1, true), true);
        self.frames[arrive..=to.0].fill(to.1.arm);
    }

    /// Where the hand waits for so long, if it does not go straight on.
    fn way_station(&self, from: &End, to: &End, seconds: f32) -> Option<End> {
        let direct = needed(self.side, *from, *to, 0.0, Pace::new(1.0));
        if seconds < direct.max(0.25) + 0.35 {
            return None;
        }
        Some(End::still(if seconds < WAITS {
            let mut arm = from.arm.lerp(&rest_arm(self.side), 0.25);
            arm.shape = from.arm.shape.lerp(&HandShape::relaxed(), 0.4);
            obstacles::before_the_body(self.side, arm)
        } else {
            rest_arm(self.side)
        }))
    }

    fn carry(&mut self, from: Knot, to: Knot, unhurried: bool) {
        let room = to.0 - from.0;
        let seconds = room as f32 / Motion::FPS;
        let other = |u: f32| self.other_hand(from.0 as f32 + u * room as f32);
        let mut way = Carry::new(self.side, from.1, to.1, seconds, other);
        if self.other.is_some() && way.haste() > 1.0 {
            // There is no time for the way round the other hand; hands do brush past each other.
            way = Carry::new(self.side, from.1, to.1, seconds, |_| None);
        }
        if unhurried {
            way = way.unhurried();
        }
        for i in 1..room {
            self.frames[from.0 + i] = way.at(i as f32 / room as f32);
        }
    }

    fn other_hand(&self, frame: f32) -> Option<HandPoints> {
        let arm = self.other?.get(frame.round() as usize)?;
        Some(obstacles::hand_points(self.side.other(), arm))
    }
}

/// How long a hand needs between two postures at speed 1, body and hurry aside, seconds.
pub(super) fn needed_roughly(from: &Arm, to: &Arm) -> f32 {
    let distance = from.wrist.distance(to.wrist);
    let turn = from.palm.angle_between(to.palm);
    pace::transition_seconds(distance, turn, greatest_finger_change(&from.shape, &to.shape))
}

/// How long a hand needs between two ends, not less than `least`, seconds at the pace.
pub(super) fn needed(side: Side, from: End, to: End, least: f32, pace: Pace) -> f32 {
    let mut at_one = needed_roughly(&from.arm, &to.arm).max(least);
    for _ in 0..6 {
        // Anew each time: in more time a hand carries on further, and may need another arc.
        let way = Carry::new(side, from, to, pace.transition(at_one), |_| None);
        // What is allowed grows with the pace.
        let allowed = HASTE * (at_one / pace.transition(at_one)).max(1.0);
        let haste = way.haste() / allowed;
        if haste <= 1.0 {
            break;
        }
        at_one *= haste.clamp(1.02, 2.0);
    }
    pace.transition(at_one)
}

fn greatest_finger_change(a: &HandShape, b: &HandShape) -> f32 {
    let mut most = 0.0_f32;
    for (a, b) in a.fingers.iter().zip(&b.fingers) {
        for (a, b) in [(a.mcp, b.mcp), (a.pip, b.pip), (a.dip, b.dip), (a.abduction, b.abduction)] {
            most = most.max((a - b).abs());
        }
    }
    let (a, b) = (a.thumb, b.thumb);
    for (a, b) in [(a.abduction, b.abduction), (a.flexion, b.flexion), (a.mcp, b.mcp), (a.ip, b.ip)] {
        most = most.max((a - b).abs());
    }
    most
}
