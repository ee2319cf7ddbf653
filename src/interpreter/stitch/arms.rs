//! One arm through a whole utterance: where it signs, how it gets from sign to sign, and what it does
//! meanwhile when only the other one signs.
//!
//! A hand that is needed again soon stays where it is and sinks a little; later, it rests low before
//! the body; later still, it hangs at the side. People do so, and a hand left in the picture reads as
//! part of the next sign. Which of these it is goes by how long it will be idle at the least, as far as
//! is known with each sign; the sign after that may call it back from wherever it has got to.

use super::beat::{Beat, frames_of};
use super::carry::{Carry, End};
use super::layout::SHORTEST_GAP;
use super::obstacles::{self, HandPoints};
use super::pace::{self, Pace};
use super::rest::rest_arm;
use crate::body::{Arm, HandShape, Motion, Side};

/// A hand waits in the air no longer than this, low before the body no longer than that, seconds.
const WAITS: f32 = 1.3;
const RESTS: f32 = 4.0;
/// A hand that goes to rest or leaves it does not hurry: seconds at least; less yet to the side, and
/// down at the end.
const EASY: f32 = 0.45;
const UNHURRIED: f32 = 0.8;
const DOWN: f32 = 0.55;
/// A hand that the other's sign leaves free comes up for the next one no earlier before that sign's
/// end, seconds at speed 1.
const ANTICIPATES: f32 = 0.3;
/// A movement of the body adds to the hand's, and stitched frames are rounded: this much is left free.
const HASTE: f32 = 0.95;

/// How many frames before a sign's end a hand that is free may leave for the next.
pub(super) fn anticipation(pace: Pace) -> usize {
    frames_of(pace.transition(ANTICIPATES))
}

/// The first frame in which a hand that `before` leaves free may move for what comes after it.
fn earliest(before: Option<&Beat>, pace: Pace) -> usize {
    before.map_or(0, |beat| beat.start.max(beat.sign_end().saturating_sub(anticipation(pace))))
}

/// What an arm does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Signs,
    Waits,
    Rests,
    Hangs,
}

/// One arm's frames so far; after the last of them it stays.
#[derive(Debug)]
pub(super) struct Track {
    side: Side,
    frames: Vec<Arm>,
    stage: Stage,
    /// The last frame in which it signed.
    released: usize,
}

impl Track {
    /// An arm at rest.
    pub(super) fn new(side: Side) -> Self {
        Self { side, frames: vec![rest_arm(side)], stage: Stage::Rests, released: 0 }
    }

    /// Frames that the arm needs between the beat before and the next one.
    pub(super) fn gap(&self, before: Option<&Beat>, beat: &Beat, pace: Pace) -> usize {
        if !self.signs(beat) || beat.joined {
            return 0;
        }
        let Some(to) = self.entering(beat) else { return 0 };
        let (from, free) = match before {
            None => (0, 0),
            Some(before) if self.stage == Stage::Signs => {
                (self.released, before.end().saturating_sub(self.released + 1))
            }
            Some(before) => {
                let earliest = earliest(Some(before), pace);
                (earliest, before.end() - earliest)
            }
        };
        frames_of(needed(self.side, self.end(from), to, 0.0, pace)).saturating_sub(free)
    }

    /// Brings the arm to a beat and through it, or has it wait meanwhile; `other` is the other arm as
    /// far as it is known with this beat, to keep clear of.
    pub(super) fn follow(&mut self, before: Option<&Beat>, beat: &Beat, pace: Pace, other: Option<&Track>) {
        let way = Way { other, known: beat.sign_end().saturating_sub(1) };
        match self.entering(beat).filter(|_| self.signs(beat)) {
            Some(to) if self.stage == Stage::Signs => self.go_on(beat.start, to, &way),
            Some(to) => self.come(earliest(before, pace), beat.start, to, &way),
            None => return self.stay_free(before, beat, &way),
        }
        self.keep(beat.start);
        self.frames.extend(beat.arm_frames(self.side));
        self.stage = Stage::Signs;
        self.released = self.frames.len() - 1;
    }

    /// The first frame in which the arm can be at rest after the last beat.
    pub(super) fn rested(&self, last: &Beat, pace: Pace) -> usize {
        let needs = |from: usize| {
            let seconds = needed(self.side, self.end(from), self.resting(), 0.5, pace);
            frames_of(seconds)
        };
        match self.stage {
            Stage::Signs => self.released + 1 + needs(self.released),
            Stage::Waits => last.sign_end() + needs(last.sign_end()),
            Stage::Rests => self.frames.len(),
            Stage::Hangs => {
                let earliest = earliest(Some(last), pace);
                earliest + needs(earliest)
            }
        }
    }

    /// Brings the arm to rest by the last of `total` frames.
    pub(super) fn finish(&mut self, last: Option<&Beat>, total: usize, pace: Pace, other: Option<&Track>) {
        let way = Way { other, known: total };
        let (end, to) = (total.saturating_sub(1), self.resting());
        match (self.stage, last) {
            (Stage::Signs, _) if end.saturating_sub(self.released) as f32 / Motion::FPS > RESTS => {
                self.go_on(end, to, &way);
            }
            (Stage::Signs, _) => self.down(self.released, end, &way),
            (Stage::Waits, Some(last)) => self.down(last.sign_end(), end, &way),
            (Stage::Hangs, last) => self.come(earliest(last, pace), end, to, &way),
            (Stage::Rests | Stage::Waits, _) => {}
        }
        self.keep(end);
        self.frames.push(to.arm);
    }

    /// All frames, `total` of them.
    pub(super) fn into_frames(mut self, total: usize) -> Vec<Arm> {
        self.keep(total);
        self.frames
    }

    fn down(&mut self, from: usize, end: usize, way: &Way) {
        self.retire(from, self.resting(), DOWN, end.saturating_sub(from), way);
    }

    fn signs(&self, beat: &Beat) -> bool {
        beat.active[self.side as usize]
    }

    fn entering(&self, beat: &Beat) -> Option<End> {
        End::entering(self.side, &beat.arm_frames(self.side), Motion::FPS)
    }

    fn resting(&self) -> End {
        End::still(rest_arm(self.side))
    }

    /// The arm in a frame.
    fn arm(&self, frame: usize) -> Arm {
        self.frames.get(frame).or(self.frames.last()).copied().unwrap_or_else(|| rest_arm(self.side))
    }

    /// The arm in a frame, moving as it does there.
    fn end(&self, frame: usize) -> End {
        let arms = [self.arm(frame.saturating_sub(1)), self.arm(frame)];
        End::leaving(self.side, &arms, Motion::FPS).unwrap_or(End::still(arms[1]))
    }

    /// Keeps `count` frames; where there are fewer, the arm stays as it is in the last.
    fn keep(&mut self, count: usize) {
        let last = self.arm(usize::MAX);
        self.frames.resize(count, last);
    }

    /// From one sign to the next one, by way of a station where there is so much time.
    fn go_on(&mut self, start: usize, to: End, way: &Way) {
        let (from, released) = (self.end(self.released), self.released);
        let room = start.saturating_sub(released);
        let seconds = room as f32 / Motion::FPS;
        let direct = needed(self.side, from, to, 0.0, Pace::new(1.0));
        if room <= 1 {
        } else if seconds < direct.max(0.25) + 0.35 {
            self.carry((released, from), (start, to), false, way);
        } else {
            let stage = stage_for(seconds);
            let least = self.least(stage).min(0.4 * seconds);
            let arrive = self.retire(released, self.station(stage, &from.arm), least, room / 2, way);
            self.come(arrive, start, to, way);
        }
    }

    /// Has the arm wait, rest or hang while the other one makes a beat.
    fn stay_free(&mut self, before: Option<&Beat>, beat: &Beat, way: &Way) {
        let idle = (beat.sign_end() + SHORTEST_GAP).saturating_sub(self.released);
        let stage = stage_for(idle as f32 / Motion::FPS);
        if stage > self.stage {
            let from =
                if self.stage == Stage::Signs { self.released } else { before.map_or(0, Beat::sign_end) };
            let station = self.station(stage, &self.arm(from));
            self.retire(from, station, self.least(stage), usize::MAX, way);
            self.stage = stage;
        }
    }

    fn station(&self, stage: Stage, from: &Arm) -> End {
        match stage {
            Stage::Signs | Stage::Waits => {
                let mut arm = from.lerp(&rest_arm(self.side), 0.25);
                arm.shape = from.shape.lerp(&HandShape::relaxed(), 0.4);
                End::still(obstacles::before_the_body(self.side, arm))
            }
            Stage::Rests => self.resting(),
            Stage::Hangs => End::still(Arm::relaxed(self.side)),
        }
    }

    /// Seconds that an arm takes at least to get to a stage.
    fn least(&self, stage: Stage) -> f32 {
        if stage == Stage::Hangs { UNHURRIED } else { EASY }
    }

    /// Goes to a station at once, and is there within `most` frames; says when.
    fn retire(&mut self, from: usize, station: End, least: f32, most: usize, way: &Way) -> usize {
        let leaving = self.end(from);
        let need = needed(self.side, leaving, station, least, Pace::new(1.0));
        let arrive = from + frames_of(need).clamp(1, most.max(1));
        self.carry((from, leaving), (arrive, station), true, way);
        self.frames.push(station.arm);
        arrive
    }

    /// Stays where it is and comes just in time, leaving at `earliest` or later.
    fn come(&mut self, earliest: usize, start: usize, to: End, way: &Way) {
        let room = start.saturating_sub(earliest);
        if room <= 1 {
            return;
        }
        let least = EASY.min(0.5 * room as f32 / Motion::FPS);
        let need = needed(self.side, self.end(earliest), to, least, Pace::new(1.0));
        let leave = start - frames_of(need).clamp(1, room);
        self.carry((leave, self.end(leave)), (start, to), false, way);
    }

    /// Fills the frames between two ends, and none beyond.
    fn carry(&mut self, from: (usize, End), to: (usize, End), unhurried: bool, obstacle: &Way) {
        let room = to.0.saturating_sub(from.0).max(1);
        let seconds = room as f32 / Motion::FPS;
        let other = |u: f32| obstacle.hand(from.0 as f32 + u * room as f32);
        let mut way = Carry::new(self.side, from.1, to.1, seconds, other);
        if obstacle.other.is_some() && way.haste() > 1.0 {
            // There is no time for the way round the other hand; hands do brush past each other.
            way = Carry::new(self.side, from.1, to.1, seconds, |_| None);
        }
        if unhurried {
            way = way.unhurried();
        }
        self.keep(from.0 + 1);
        self.frames.extend((1..room).map(|i| way.at(i as f32 / room as f32)));
    }
}

/// What is in the way: the other arm, of which so many frames are known.
struct Way<'a> {
    other: Option<&'a Track>,
    known: usize,
}

impl Way<'_> {
    fn hand(&self, frame: f32) -> Option<HandPoints> {
        let other = self.other?;
        Some(obstacles::hand_points(other.side, &other.arm((frame.round() as usize).min(self.known))))
    }
}

/// What a hand does that is not needed for so long, seconds.
fn stage_for(idle: f32) -> Stage {
    if idle < WAITS {
        Stage::Waits
    } else if idle > RESTS {
        Stage::Hangs
    } else {
        Stage::Rests
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
