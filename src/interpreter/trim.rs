//! Cuts a recording down to its sign.
//!
//! A recording shows the hands come up, sign, and go down again; between neighbours only the sign is
//! wanted. The cut is where the rise has slowed down, seen in the higher wrist's height and speed.
//! A letter is cut further: a letter that stands still to its stillest moment, one that moves to its
//! movement, because recorded letters last two seconds and readers expect three in that time.

use crate::body::{Arm, Motion, Side};
use std::ops::Range;

/// A hand that rises less than this was never down, shoulder widths.
const RISE: f32 = 0.12;
/// Of the rise, so much belongs to it for certain.
const CERTAIN: f32 = 0.75;
/// The rise is over when the hand is so much slower than at its fastest.
const SLOWED: f32 = 0.3;
/// How long after the certain part it may go on, seconds.
const LINGERS: f32 = 0.35;
/// A sign is not shorter than this, seconds.
const SHORTEST: f32 = 0.2;
/// What is shown of a letter that stands still, seconds; its hold is added when it is joined.
const STILL: f32 = 0.05;
/// A letter moves if its hand does so for longer than [`MOVES_FOR`] seconds, in shoulder widths a
/// second (turning and bending count by about a hand's size).
const MOVES: f32 = 0.85;
const MOVES_FOR: f32 = 0.12;

/// The sign within a recording, at [`Motion::FPS`].
pub(crate) fn stroke(recording: &Motion) -> Motion {
    let motion = resampled(recording);
    if motion.frames.is_empty() {
        return motion;
    }
    let range = stroke_range(&motion);
    Motion { fps: motion.fps, frames: motion.frames[range].to_vec() }
}

/// A letter within a recording, at [`Motion::FPS`].
pub(crate) fn letter(recording: &Motion) -> Motion {
    let mut motion = stroke(recording);
    let side = signing_side(&motion);
    let activity = activity(&motion, side);
    let range = letter_range(&activity);
    motion.frames = motion.frames[range].to_vec();
    motion
}

fn resampled(recording: &Motion) -> Motion {
    let length = recording.frames.len().saturating_sub(1) as f32 / recording.fps.max(1.0);
    let count = (length * Motion::FPS).round() as usize + 1;
    let frames = (0..count).filter_map(|i| recording.sample(i as f32 / Motion::FPS)).collect();
    Motion { fps: Motion::FPS, frames }
}

fn stroke_range(motion: &Motion) -> Range<usize> {
    let count = motion.frames.len();
    let height: Vec<f32> =
        motion.frames.iter().map(|frame| frame.arms[0].wrist.y.max(frame.arms[1].wrist.y)).collect();
    let speed = wrist_speed(motion);
    let begin = rise_end(&height, &speed);
    let reversed = |values: &[f32]| values.iter().rev().copied().collect::<Vec<_>>();
    let end = count - rise_end(&reversed(&height), &reversed(&speed));
    let shortest = (SHORTEST * Motion::FPS) as usize;
    if end < begin + shortest.min(count) {
        let middle = ((begin + end) / 2).clamp(shortest.min(count) / 2, count - shortest.min(count) / 2);
        let half = shortest.min(count) / 2;
        return middle - half..(middle + half.max(1)).min(count);
    }
    begin..end
}

/// The first frame after the hands have come up; 0 where they were up already.
fn rise_end(height: &[f32], speed: &[f32]) -> usize {
    let Some(&start) = height.first() else { return 0 };
    let mut sorted = height.to_vec();
    sorted.sort_by(f32::total_cmp);
    let top = sorted[sorted.len() * 7 / 10];
    if top - start < RISE {
        return 0;
    }
    let up = start + CERTAIN * (top - start);
    let Some(certain) = height.iter().position(|&h| h >= up) else { return 0 };
    let fastest = speed[..=certain].iter().copied().fold(0.0, f32::max);
    let last = (certain + (LINGERS * Motion::FPS) as usize).min(height.len() - 1);
    (certain..last).find(|&i| speed[i] < SLOWED * fastest).unwrap_or(last)
}

/// The faster wrist's speed in each frame, smoothed, shoulder widths a second.
fn wrist_speed(motion: &Motion) -> Vec<f32> {
    let frames = &motion.frames;
    let step = |i: usize| {
        let (a, b) = (&frames[i.saturating_sub(1)], &frames[(i + 1).min(frames.len() - 1)]);
        let moved = Side::BOTH.map(|side| a.arm(side).wrist.distance(b.arm(side).wrist));
        moved[0].max(moved[1]) * motion.fps / 2.0
    };
    smoothed(&(0..frames.len()).map(step).collect::<Vec<_>>(), 3)
}

/// The arm that is higher for longer.
fn signing_side(motion: &Motion) -> Side {
    let sum = |side: Side| motion.frames.iter().map(|frame| frame.arm(side).wrist.y).sum::<f32>();
    if sum(Side::Left) > sum(Side::Right) { Side::Left } else { Side::Right }
}

/// How much a hand does in each frame, smoothed.
fn activity(motion: &Motion, side: Side) -> Vec<f32> {
    let frames = &motion.frames;
    let step = |i: usize| {
        let a = frames[i.saturating_sub(2)].arm(side);
        let b = frames[(i + 2).min(frames.len() - 1)].arm(side);
        change(a, b) * motion.fps / 4.0
    };
    smoothed(&(0..frames.len()).map(step).collect::<Vec<_>>(), 5)
}

/// How far apart two arms are, in shoulder widths: a turn counts by the hand's length, a finger by its.
/// Depth counts half, because a single camera hardly sees it.
fn change(a: &Arm, b: &Arm) -> f32 {
    let wrist = ((a.wrist - b.wrist) * glam::Vec3::new(1.0, 1.0, 0.5)).length();
    let turn = 0.3 * a.palm.angle_between(b.palm);
    let fingers = a.shape.fingers.iter().zip(&b.shape.fingers);
    let bent = fingers.map(|(a, b)| (a.mcp - b.mcp).abs() + 0.5 * (a.pip - b.pip).abs()).fold(0.0, f32::max);
    wrist + turn + 0.12 * bent
}

fn smoothed(values: &[f32], half: usize) -> Vec<f32> {
    let mean = |i: usize| {
        let window = &values[i.saturating_sub(half)..(i + half + 1).min(values.len())];
        window.iter().sum::<f32>() / window.len() as f32
    };
    (0..values.len()).map(mean).collect()
}

/// A letter within its stroke. Movement that touches the cuts is what is left of coming up and going
/// down, unless the hand moves nearly all the time.
fn letter_range(activity: &[f32]) -> Range<usize> {
    let moves = |i: &usize| activity[*i] > MOVES;
    let all = 0..activity.len();
    if all.clone().filter(moves).count() * 5 > all.len() * 3 {
        let mut sorted = activity.to_vec();
        sorted.sort_by(f32::total_cmp);
        let usual = |i: &usize| activity[*i] <= 2.0 * sorted[sorted.len() / 2];
        return all.clone().find(usual).unwrap_or(0)..all.rev().find(usual).map_or(0, |last| last + 1);
    }
    let quiet = |i: &usize| !moves(i);
    let within = all.clone().find(quiet).unwrap_or(0)..all.rev().find(quiet).map_or(0, |last| last + 1);
    let moving: Vec<usize> = within.clone().filter(moves).collect();
    match (moving.first(), moving.last()) {
        (Some(first), Some(last)) if moving.len() >= (MOVES_FOR * Motion::FPS) as usize => {
            first.saturating_sub(2).max(within.start)..(last + 3).min(within.end)
        }
        _ => stillest(activity, within, (STILL * Motion::FPS) as usize),
    }
}

/// The `length` frames in which the hand does least.
fn stillest(activity: &[f32], within: Range<usize>, length: usize) -> Range<usize> {
    let length = length.min(within.len());
    let sum = |start: &usize| activity[*start..start + length].iter().sum::<f32>();
    let starts = within.start..=within.end - length;
    let start = starts.min_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap_or(within.start);
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, maths::minimum_jerk};
    use crate::pose::PoseSequence;
    use glam::{Quat, Vec3};

    /// A hand that comes up in 0.6 s, does `sign`, and goes down in 0.6 s, at 25 frames a second.
    fn recording(seconds: f32, sign: impl Fn(f32, &mut Arm)) -> Motion {
        let up = Arm { wrist: Vec3::new(-0.5, -0.4, 0.6), ..Arm::relaxed(Side::Right) };
        let frame = |i: usize| {
            let t = i as f32 / 25.0;
            let mut pose = Articulation::neutral();
            let raised = minimum_jerk(t / 0.6).min(minimum_jerk((seconds + 1.2 - t) / 0.6));
            pose.arms[1] = Arm::relaxed(Side::Right).lerp(&up, raised);
            sign((t - 0.6).clamp(0.0, seconds), &mut pose.arms[1]);
            pose
        };
        Motion { fps: 25.0, frames: (0..((seconds + 1.2) * 25.0) as usize).map(frame).collect() }
    }

    #[test]
    fn rise_and_fall_are_dropped_and_the_sign_is_kept() {
        let wave = |t: f32, arm: &mut Arm| arm.wrist.x += 0.3 * (t * 6.0).sin();
        let cut = stroke(&recording(1.0, wave));
        assert!((0.75..1.45).contains(&cut.duration()), "{}", cut.duration());
        assert!(cut.frames.iter().all(|frame| frame.arms[1].wrist.y > -0.75));
    }

    #[test]
    fn a_clip_without_rise_stays_whole() {
        let motion = Motion { fps: 60.0, frames: vec![Articulation::neutral(); 40] };
        assert_eq!(stroke(&motion).frames.len(), 40);
    }

    #[test]
    fn a_still_letter_becomes_its_hold_and_a_moving_one_its_movement() {
        let still = letter(&recording(1.2, |_, _| {}));
        assert!(still.duration() < 0.1);
        let turning = |t: f32, arm: &mut Arm| {
            arm.palm = Quat::from_rotation_y(1.5 * minimum_jerk((t - 0.3) / 0.4)) * arm.palm;
        };
        let moving = letter(&recording(1.2, turning));
        assert!((0.2..0.6).contains(&moving.duration()), "{}", moving.duration());
        let [first, last] = [moving.frames.first(), moving.frames.last()].map(|f| f.unwrap().arms[1].palm);
        assert!(first.angle_between(last) > 1.2);
    }

    #[test]
    fn very_short_clips_are_survived() {
        for count in 0..12 {
            let motion = Motion { fps: 60.0, frames: vec![Articulation::neutral(); count] };
            assert!(stroke(&motion).frames.len() <= count.max(1));
            letter(&motion);
        }
    }

    /// Recorded letters, where the reference folder is.
    fn recorded_letters() -> Vec<(String, Motion)> {
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");
        let reference = std::env::var("NASHRA_REFERENCE").unwrap_or_else(|_| beside.to_owned());
        let folder = std::path::Path::new(&reference).join("jos-letters");
        let Ok(index) = std::fs::read_to_string(folder.join("index.csv")) else {
            println!("skipped: no recordings in {}", folder.display());
            return Vec::new();
        };
        let rows = index.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
        rows.map(|row| {
            let sequence = PoseSequence::read(folder.join(row[0])).unwrap();
            (row[5].to_owned(), crate::retarget::articulate(&sequence).unwrap().motion)
        })
        .collect()
    }

    #[test]
    fn recorded_letters_are_cut_to_a_readers_pace() {
        for (name, recording) in recorded_letters() {
            let cut = letter(&recording);
            println!("{name}: {:.2} of {:.2} s", cut.duration(), recording.duration());
            assert!(cut.duration() <= 1.0, "{name}: {} of {} s", cut.duration(), recording.duration());
            let highest = |motion: &Motion| {
                motion.frames.iter().map(|f| f.arms[1].wrist.y).fold(f32::NEG_INFINITY, f32::max)
            };
            assert!(cut.frames.iter().all(|f| f.arms[1].wrist.y > highest(&recording) - 0.5), "{name}");
        }
    }
}
