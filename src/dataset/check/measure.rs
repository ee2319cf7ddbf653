//! What a check measures of one clip.

use crate::pose::{PoseSequence, Shoulders};
use glam::Vec2;
use sha2::{Digest, Sha256};

/// Moments that a clip's shape is taken at, first and last frame included.
pub(super) const MOMENTS: usize = 16;

/// Coordinates of a shape: elbows and wrists of the body, wrist and fingertips of each hand; x and y.
pub(super) const TRACKS: usize = 2 * (4 + 2 * HAND_POINTS.len());

const BODY: &str = "POSE_LANDMARKS";
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
const HAND_POINTS: [&str; 6] =
    ["WRIST", "THUMB_TIP", "INDEX_FINGER_TIP", "MIDDLE_FINGER_TIP", "RING_FINGER_TIP", "PINKY_TIP"];
const ARMS: [&str; 4] = ["LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST"];

/// Movement below this from frame to frame is the rounding of a stored clip, shoulder widths: its steps are
/// 1/4096 of how far the points spread, which is two or three shoulder widths. Cameras jitter by more.
const STILL: f32 = 1e-4;

/// A wrist that is this much faster than any signer's jumped, shoulder widths a second: about 5 m/s, where
/// quick signing is at 2 to 3.
const JUMP_SPEED: f32 = 14.0;

/// And it went at least so far in one frame, shoulder widths.
const JUMP_LENGTH: f32 = 0.35;

/// Quick signing that is filmed slowly goes as far, but speeds up and slows down: a jump is this many times
/// as far as the steps before and after it, or goes straight back.
const ABRUPT: f32 = 3.0;

/// What was measured of a clip.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// Of the layout's size, positions and confidences, bit for bit.
    pub(super) hash: [u8; 32],
    pub(super) frames: usize,
    pub(super) seconds: f64,
    pub(super) has_shoulders: bool,
    /// Share of frames in which a hand is seen.
    pub(super) hand_share: f32,
    /// The longest stretch in which something is seen and stands still: what, and seconds.
    pub(super) frozen: (&'static str, f64),
    /// The frames that a hand jumps to, rising.
    pub(super) jumps: Vec<usize>,
    /// How far each hand goes while it is seen, left and right, shoulder widths.
    pub(super) travel: [f32; 2],
    /// `[TRACKS, MOMENTS]`, shoulder widths; None without shoulders or hands.
    pub(super) shape: Option<Vec<f32>>,
}

impl Measured {
    pub(super) fn of(clip: &PoseSequence) -> Self {
        let shoulders = clip.shoulders().ok();
        let hands = HANDS.map(|hand| clip.layout.point(hand, "WRIST"));
        let frames = clip.frame_count();
        let has_hand =
            |frame: &usize| hands.iter().flatten().any(|wrist| clip.frame_confidences(*frame)[*wrist] != 0.0);
        let with_hands = (0..frames).filter(has_hand).count();
        let scale = shoulders.map_or(1.0, |s| s.width);
        let moves = hands.map(|wrist| wrist.map_or_else(Vec::new, |w| steps(clip, w, scale)));
        let per_frame = (JUMP_SPEED / clip.fps).max(JUMP_LENGTH);
        Self {
            hash: hash(clip),
            frames,
            seconds: frames as f64 / f64::from(clip.fps),
            has_shoulders: shoulders.is_some(),
            hand_share: with_hands as f32 / frames.max(1) as f32,
            frozen: frozen(clip, scale),
            jumps: {
                let mut frames: Vec<usize> = moves.iter().flat_map(|moves| jumps(moves, per_frame)).collect();
                frames.sort_unstable();
                frames
            },
            travel: moves
                .map(|moves| moves.iter().flatten().map(|m| m.length()).filter(|l| *l <= per_frame).sum()),
            shape: shoulders.filter(|_| with_hands > 0).map(|s| shape(clip, s)),
        }
    }
}

fn hash(clip: &PoseSequence) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update((clip.point_count() as u64).to_le_bytes());
    hasher.update(clip.fps.to_le_bytes());
    let mut bytes = Vec::with_capacity(16 * clip.point_count());
    for frame in 0..clip.frame_count() {
        bytes.clear();
        for (position, confidence) in clip.frame(frame).iter().zip(clip.frame_confidences(frame)) {
            let seen = if *confidence == 0.0 { glam::Vec3::ZERO } else { *position };
            // Minus zero is zero.
            seen.to_array().iter().chain([confidence]).for_each(|v| bytes.extend((v + 0.0).to_le_bytes()));
        }
        hasher.update(&bytes);
    }
    hasher.finalize().into()
}

/// Where a point goes from each frame to the next, in the picture; None where it is not seen in both.
fn steps(clip: &PoseSequence, point: usize, scale: f32) -> Vec<Option<Vec2>> {
    let place = |frame: usize| {
        (clip.frame_confidences(frame)[point] != 0.0).then(|| clip.frame(frame)[point].truncate())
    };
    (1..clip.frame_count()).map(|frame| Some((place(frame)? - place(frame - 1)?) / scale)).collect()
}

/// The frames after steps that are too long for a signer and come out of nothing. A leap and the way back
/// are one.
fn jumps(steps: &[Option<Vec2>], per_frame: f32) -> Vec<usize> {
    let step = |at: usize| steps.get(at).copied().flatten();
    let is_jump = |at: &usize| {
        let Some(long) = step(*at).filter(|step| step.length() > per_frame) else { return false };
        let before = at.checked_sub(1).and_then(step);
        let after = step(at + 1);
        // Straight back where it came from: the leap out is counted, the way back is not.
        if before.is_some_and(|before| (before + long).length() < long.length() / ABRUPT) {
            return false;
        }
        let goes_back = after.is_some_and(|after| (after + long).length() < long.length() / ABRUPT);
        let is_slow = |other: Option<Vec2>| other.is_none_or(|other| other.length() * ABRUPT < long.length());
        let is_alone = (before.is_some() || after.is_some()) && is_slow(before) && is_slow(after);
        goes_back || is_alone
    };
    (0..steps.len()).filter(is_jump).map(|step| step + 1).collect()
}

/// The longest stretch in which a hand, or the arms and shoulders, are seen and stand still.
fn frozen(clip: &PoseSequence, scale: f32) -> (&'static str, f64) {
    let body =
        ["LEFT_SHOULDER", "RIGHT_SHOULDER"].iter().chain(&ARMS).filter_map(|p| clip.layout.point(BODY, p));
    let hand = |hand| -> Vec<usize> { clip.layout.component_range(hand).unwrap_or(0..0).collect() };
    let parts = [("left hand", hand(HANDS[0])), ("right hand", hand(HANDS[1])), ("body", body.collect())];
    let lengths = parts.map(|(name, points)| (name, longest_still(clip, &points, scale)));
    let longest = lengths.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    longest.map_or(("", 0.0), |(name, frames)| (name, frames as f64 / f64::from(clip.fps)))
}

/// Frames of the longest stretch in which points are all seen and none moves.
fn longest_still(clip: &PoseSequence, points: &[usize], scale: f32) -> usize {
    let is_still = |frame: usize| {
        let (now, before) = (clip.frame(frame), clip.frame(frame - 1));
        let (seen, was_seen) = (clip.frame_confidences(frame), clip.frame_confidences(frame - 1));
        points.iter().all(|&p| {
            seen[p] != 0.0
                && was_seen[p] != 0.0
                && now[p].truncate().distance(before[p].truncate()) <= STILL * scale
        })
    };
    let (mut longest, mut run) = (0, 0);
    for frame in 1..clip.frame_count() {
        run = if !points.is_empty() && is_still(frame) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Where elbows, wrists and fingertips are at some moments, seen from between the shoulders. Fingertips
/// count from their wrist, so that a hand's place is not counted six times. What is not seen for a while
/// goes straight from where it was to where it will be.
fn shape(clip: &PoseSequence, shoulders: Shoulders) -> Vec<f32> {
    let origin = shoulders.middle.truncate();
    let mut shape = Vec::with_capacity(TRACKS * MOMENTS);
    let mut put = |track: &[Vec2]| {
        for axis in 0..2 {
            shape.extend(track.iter().map(|place| place[axis] / shoulders.width));
        }
    };
    for point in ARMS {
        put(&track(clip, clip.layout.point(BODY, point))
            .map(|place| place.map_or(Vec2::ZERO, |p| p - origin)));
    }
    for hand in HANDS {
        let wrist = track(clip, clip.layout.point(hand, "WRIST"));
        put(&wrist.map(|place| place.map_or(Vec2::ZERO, |p| p - origin)));
        for point in &HAND_POINTS[1..] {
            let tip = track(clip, clip.layout.point(hand, point));
            let mut places = [Vec2::ZERO; MOMENTS];
            for (place, (tip, wrist)) in places.iter_mut().zip(tip.iter().zip(&wrist)) {
                *place = tip.zip(*wrist).map_or(Vec2::ZERO, |(tip, wrist)| tip - wrist);
            }
            put(&places);
        }
    }
    shape
}

/// A point's places at the moments; None if it is never seen.
fn track(clip: &PoseSequence, point: Option<usize>) -> [Option<Vec2>; MOMENTS] {
    let Some(point) = point else { return [None; MOMENTS] };
    let is_seen = |frame: &usize| clip.frame_confidences(*frame)[point] != 0.0;
    let seen: Vec<usize> = (0..clip.frame_count()).filter(is_seen).collect();
    let place = |frame: usize| clip.frame(frame)[point].truncate();
    let last = clip.frame_count().saturating_sub(1) as f32;
    std::array::from_fn(|moment| {
        let time = last * moment as f32 / (MOMENTS - 1) as f32;
        let after = seen.partition_point(|frame| (*frame as f32) < time);
        match (after.checked_sub(1).and_then(|before| seen.get(before)), seen.get(after)) {
            (Some(&a), Some(&b)) => {
                let share = (time - a as f32) / (b - a) as f32;
                Some(place(a).lerp(place(b), share))
            }
            (Some(&only), None) | (None, Some(&only)) => Some(place(only)),
            (None, None) => None,
        }
    })
}
