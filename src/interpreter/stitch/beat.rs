//! Clips become frames.
//!
//! A beat is one clip as it will be seen: its stroke at the pace, then what it is held for.

use super::carry::{self, End};
use super::pace::{self, Pace};
use super::prosody::Boundary;
use super::rest::rest_arm;
use super::{Clip, Item, obstacles};
use crate::body::{Arm, Articulation, Motion, Side};
use crate::interpreter::SignKind;
use glam::{Quat, Vec3};

/// Where words are spelled: the wrist of the right hand, chest frame; from the recorded letters.
const SPELLING: Vec3 = Vec3::new(-0.55, -0.35, 0.62);
/// How far a letter's own place is moved there.
const SPELLING_PULL: f32 = 0.75;
/// Outward drift a letter, its greatest sum, and the slide of a doubled letter, shoulder widths.
const DRIFT: f32 = 0.02;
const DRIFT_MOST: f32 = 0.22;
const SLIDE_BY: f32 = 0.12;
/// Hands hold so much of a pause, seconds; in the rest of a longer one they sink to rest.
const HELD_PAUSE: f32 = 0.7;

/// One clip as it will be seen.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    pub(super) item: usize,
    pub(super) part: usize,
    /// First frame.
    pub(super) start: usize,
    /// The sign, its hold, and as much of its pause as hands hold.
    pub(super) frames: Vec<Articulation>,
    /// Which arms sign.
    pub(super) active: [bool; 2],
    /// How many frames are the sign itself, a letter's hold included.
    pub(super) sign: usize,
    /// How many frames of pause follow.
    pub(super) pause: usize,
    /// Which items these are, with frames; less than `pause` where rhythm added some.
    pub(super) planned_pauses: Vec<(usize, usize)>,
    /// Follows its predecessor without a transition: the slide of a doubled letter.
    pub(super) joined: bool,
}

impl Beat {
    /// First frame after the sign.
    pub(super) fn sign_end(&self) -> usize {
        self.start + self.sign
    }

    /// First frame after the pause.
    pub(super) fn end(&self) -> usize {
        self.sign_end() + self.pause
    }

    /// The arms that sign.
    pub(super) fn sides(&self) -> impl Iterator<Item = Side> {
        let active = self.active;
        Side::BOTH.into_iter().filter(move |&side| active[side as usize])
    }

    /// Frames of one arm.
    pub(super) fn arm_frames(&self, side: Side) -> Vec<Arm> {
        self.frames.iter().map(|frame| *frame.arm(side)).collect()
    }
}

/// Frames of `seconds`.
pub(super) fn frames_of(seconds: f32) -> usize {
    (seconds * Motion::FPS).round().max(0.0) as usize
}

/// Every clip as a beat, not yet in its place.
pub(super) fn render_all(items: &[Item], boundaries: &[Boundary], pace: Pace) -> Vec<Beat> {
    let mut beats = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let clips: Vec<(usize, &Clip)> =
            item.clips.iter().enumerate().filter(|(_, clip)| !clip.motion.frames.is_empty()).collect();
        let mut word = Word::default();
        for (k, &(part, clip)) in clips.iter().enumerate() {
            let is_last = k + 1 == clips.len();
            let boundary = if is_last { boundaries[i].clone() } else { Boundary::default() };
            let at_boundary = is_last && boundary.is_final;
            let doubled = k > 0 && clips[k - 1].1.sign == clip.sign;
            let rendered = if item.kind != SignKind::Spelled {
                stroke(&clip.motion, if at_boundary { pace::FINAL_LENGTHENING } else { 1.0 }, pace)
            } else if let (true, Some(before)) = (doubled, beats.last()) {
                word.slide(before, pace)
            } else {
                word.letter(&clip.motion, k == 0 || is_last, pace)
            };
            let active = active(&rendered);
            let mut beat = Beat {
                item: i,
                part,
                start: 0,
                sign: rendered.len(),
                frames: rendered,
                active,
                pause: 0,
                planned_pauses: Vec::new(),
                joined: item.kind == SignKind::Spelled && doubled,
            };
            beat.pause_for(&boundary, pace);
            beats.push(beat);
        }
    }
    beats
}

impl Beat {
    /// Appends what is seen of the pause: the last pose, hands sinking a little and easing.
    fn pause_for(&mut self, boundary: &Boundary, pace: Pace) {
        for &(item, seconds) in &boundary.planned {
            let frames = frames_of(pace.still(seconds, 0.15));
            self.planned_pauses.push((item, frames));
            self.pause += frames;
        }
        self.pause += frames_of(pace.still(boundary.added, 0.1));
        let held = self.pause.min(frames_of(pace.still(HELD_PAUSE, 0.3)));
        let sink = |seconds: f32| 0.06 * crate::body::maths::minimum_jerk(seconds / 0.9);
        self.hold(held, |pose, active, seconds| {
            for side in Side::BOTH.into_iter().filter(|&side| active[side as usize]) {
                pose.arm_mut(side).wrist.y -= sink(seconds);
            }
        });
    }

    fn hold(&mut self, frames: usize, change: impl Fn(&mut Articulation, [bool; 2], f32)) {
        let held = held(&self.frames, frames);
        for (i, mut pose) in held.into_iter().enumerate() {
            change(&mut pose, self.active, (i + 1) as f32 / Motion::FPS);
            self.frames.push(pose);
        }
    }
}

/// `count` frames after the last of `frames`: its movement dies away within 150 ms.
fn held(frames: &[Articulation], count: usize) -> Vec<Articulation> {
    let Some(last) = frames.last() else { return Vec::new() };
    let ends = Side::BOTH.map(|side| {
        let arms: Vec<Arm> = frames.iter().rev().take(2).rev().map(|frame| *frame.arm(side)).collect();
        End::leaving(side, &arms, Motion::FPS)
    });
    let step = |i: usize| {
        let mut pose = last.clone();
        for (side, end) in Side::BOTH.into_iter().zip(&ends) {
            if let Some(end) = end {
                *pose.arm_mut(side) = carry::come_to_rest(side, end, 0.15, (i + 1) as f32 / Motion::FPS);
            }
        }
        pose
    };
    (0..count).map(step).collect()
}

/// A clip's frames at the pace.
fn stroke(clip: &Motion, lengthening: f32, pace: Pace) -> Vec<Articulation> {
    resampled(clip, frames_of(pace.stroke(own_seconds(clip) * lengthening)).max(2))
}

/// Time from a clip's first frame to its last.
fn own_seconds(clip: &Motion) -> f32 {
    if clip.fps > 0.0 { clip.frames.len().saturating_sub(1) as f32 / clip.fps } else { 0.0 }
}

fn resampled(clip: &Motion, count: usize) -> Vec<Articulation> {
    let length = own_seconds(clip);
    let time = |i: usize| length * i as f32 / (count.max(2) - 1) as f32;
    (0..count).filter_map(|i| clip.sample(time(i))).collect()
}

/// Which arms sign: those that are ever raised from where hands hang or rest, else the higher one.
fn active(frames: &[Articulation]) -> [bool; 2] {
    const HANGING: f32 = -1.08;
    const RESTING: f32 = 0.15;
    let raised = Side::BOTH.map(|side| {
        let rest = rest_arm(side).wrist;
        let is_raised = |arm: &Arm| arm.wrist.y > HANGING && arm.wrist.distance(rest) > RESTING;
        frames.iter().any(|frame| is_raised(frame.arm(side)))
    });
    if raised[0] || raised[1] {
        return raised;
    }
    let highest = Side::BOTH
        .map(|side| frames.iter().map(|frame| frame.arm(side).wrist.y).fold(f32::NEG_INFINITY, f32::max));
    [highest[0] > highest[1], highest[0] <= highest[1]]
}

/// A spelled word while its letters are laid out.
#[derive(Default)]
struct Word {
    drift: f32,
}

impl Word {
    /// A letter at the spelling location: its own movement, then its hold.
    fn letter(&mut self, clip: &Motion, at_edge: bool, pace: Pace) -> Vec<Articulation> {
        let own = own_seconds(clip).min(pace::LETTER_STROKE_LONGEST);
        let mut frames = resampled(clip, frames_of(pace.stroke(own)).max(2));
        let active = active(&frames);
        let count = frames.len() as f32;
        for side in Side::BOTH.into_iter().filter(|&side| active[side as usize]) {
            let mean = frames.iter().map(|f| f.arm(side).wrist).sum::<Vec3>() / count;
            let place = SPELLING * Vec3::new(-side.sign(), 1.0, 1.0);
            let outward = Vec3::X * (side.sign() * self.drift.min(DRIFT_MOST));
            let shift = (place - mean) * SPELLING_PULL + outward;
            let shift = shift + Vec3::Z * room_before(side, &frames, shift);
            for frame in &mut frames {
                frame.arm_mut(side).wrist += shift;
            }
        }
        for frame in &mut frames {
            calm(frame);
        }
        self.drift += DRIFT;
        // A letter that moves is read while it moves; one that is still needs its hold.
        let hold =
            (pace::LETTER_HOLD - 0.5 * own).max(0.12) + if at_edge { pace::LETTER_EDGE_HOLD } else { 0.0 };
        frames.extend(held(&frames, frames_of(pace.still(hold, 0.22))));
        frames
    }

    /// The second of two equal letters: the hand slides outward as it is.
    fn slide(&mut self, before: &Beat, pace: Pace) -> Vec<Articulation> {
        let Some(last) = before.frames.last() else { return Vec::new() };
        let count = frames_of(pace.stroke(pace::SLIDE));
        let hold = frames_of(pace.still(pace::LETTER_HOLD - 0.1, 0.22));
        self.drift += SLIDE_BY;
        let step = |i: usize| {
            let mut pose = last.clone();
            let by = SLIDE_BY * crate::body::maths::minimum_jerk((i + 1) as f32 / count.max(1) as f32);
            for side in Side::BOTH.into_iter().filter(|&side| before.active[side as usize]) {
                pose.arm_mut(side).wrist.x += side.sign() * by;
            }
            pose
        };
        (0..count + hold).map(step).collect()
    }
}

/// How much further forward than `shift` a letter must be made not to touch the body.
fn room_before(side: Side, frames: &[Articulation], shift: Vec3) -> f32 {
    let looked_at = [0, frames.len() / 2, frames.len().saturating_sub(1)];
    let needed = looked_at.iter().filter_map(|&i| frames.get(i)).map(|frame| {
        let mut arm = *frame.arm(side);
        arm.wrist += shift;
        obstacles::before_the_body(side, arm).wrist.z - arm.wrist.z
    });
    needed.fold(0.0, f32::max)
}

/// Letters of a word are often from different recordings: their heads and faces are mostly set aside,
/// so that the word is one.
fn calm(pose: &mut Articulation) {
    pose.torso = Quat::IDENTITY.slerp(pose.torso, 0.25);
    pose.head = Quat::IDENTITY.slerp(pose.head, 0.25);
    pose.shrug = pose.shrug.map(|shrug| 0.25 * shrug);
    pose.face.0 = pose.face.0.map(|weight| 0.25 * weight);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::stitch::rest;

    #[test]
    fn a_hand_at_rest_before_the_body_does_not_sign() {
        let mut frame = rest();
        frame.arm_mut(Side::Right).wrist = Vec3::new(-0.3, 0.1, 0.6);
        // As a camera sees a hand that rests: not quite where ours does.
        frame.arm_mut(Side::Left).wrist += Vec3::new(0.03, 0.04, -0.05);
        assert_eq!(active(&[rest(), frame]), [false, true]);
    }
}
