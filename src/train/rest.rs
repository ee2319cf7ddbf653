//! Where in a clip the hands do something.
//!
//! Recordings begin and end with hands that rest, for as long as it happened to take. A generator that learns
//! these learns chance, and takes of one word that begin at different times are averaged into a blur.

use crate::pose::PoseSequence;
use glam::Vec2;
use std::ops::Range;

const BODY: &str = "POSE_LANDMARKS";
const WRISTS: [&str; 2] = ["LEFT_WRIST", "RIGHT_WRIST"];

/// Speeds are measured over so many seconds: within less, trembling is most of what moves.
const SPAN: f32 = 0.2;
/// A wrist that is slower than this share of the clip's quick moments rests.
const SLOW: f32 = 0.2;
/// Which of the rising speeds is a quick moment's.
const QUICK: f32 = 0.9;
/// What is kept before and after, seconds.
const MARGIN: f32 = 0.1;

/// The frames from the first to the last movement of either wrist; all of them in a clip where nothing moves or
/// that does not show the wrists.
pub(super) fn moving(clip: &PoseSequence) -> Range<usize> {
    let whole = 0..clip.frame_count();
    let speeds = speeds(clip);
    let mut rising = speeds.clone();
    rising.sort_by(f32::total_cmp);
    let quick = rising.get((QUICK * rising.len() as f32) as usize).copied().unwrap_or(0.0);
    let is_moving = |speed: &f32| quick > 0.0 && *speed > SLOW * quick;
    let (Some(first), Some(last)) = (speeds.iter().position(is_moving), speeds.iter().rposition(is_moving))
    else {
        return whole;
    };
    let margin = (MARGIN * clip.fps) as usize;
    first.saturating_sub(margin)..(last + margin + 1).min(whole.end)
}

/// How fast the faster wrist is in each frame, in the picture's units.
fn speeds(clip: &PoseSequence) -> Vec<f32> {
    let frames = clip.frame_count();
    let half = ((SPAN / 2.0 * clip.fps).round() as usize).max(1);
    let mut speeds = vec![0.0f32; frames];
    for wrist in WRISTS.iter().filter_map(|name| clip.layout.point(BODY, name)) {
        let at: Vec<Vec2> = held(clip, wrist);
        for (frame, speed) in speeds.iter_mut().enumerate().filter(|_| !at.is_empty()) {
            let (from, to) = (frame.saturating_sub(half), (frame + half).min(frames - 1));
            *speed = speed.max(at[from].distance(at[to]) / (to - from).max(1) as f32);
        }
    }
    speeds
}

/// A point in each frame, where it was last seen in those that do not show it; nothing if it is never seen.
fn held(clip: &PoseSequence, point: usize) -> Vec<Vec2> {
    let seen = |frame: usize| clip.frame_confidences(frame)[point] != 0.0;
    let frames = 0..clip.frame_count();
    let Some(first) = frames.clone().find(|&frame| seen(frame)) else { return Vec::new() };
    let mut last = clip.frame(first)[point].truncate();
    let hold = |frame: usize| {
        if seen(frame) {
            last = clip.frame(frame)[point].truncate();
        }
        last
    };
    frames.map(hold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{ImageSize, Layout};
    use glam::Vec3;
    use proptest::prelude::*;

    /// Rests, moves to and fro, rests; every frame trembles.
    fn signer(before: usize, moves: usize, after: usize, tremble: f32) -> PoseSequence {
        let size = ImageSize { width: 640, height: 480, depth: 640 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, before + moves + after);
        let wrist = clip.layout.point(BODY, WRISTS[1]).unwrap();
        let points = clip.point_count();
        for frame in 0..clip.frame_count() {
            let on = frame.saturating_sub(before).min(moves) as f32;
            let shaken = if frame % 2 == 0 { tremble } else { -tremble };
            let y = 400.0 - 100.0 * (on * 0.3).sin() + shaken;
            clip.positions[frame * points + wrist] = Vec3::new(300.0, y, 0.0);
            clip.confidences[frame * points + wrist] = 1.0;
        }
        clip
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn rests_are_left_out_and_the_movement_is_kept(
            before in 0usize..60, moves in 20usize..60, after in 0usize..60, tremble in 0.0f32..2.0,
        ) {
            let found = moving(&signer(before, moves, after, tremble));
            // A swing's turning point is slow, and may be the last of the movement.
            prop_assert!(found.start <= before + 1 && found.end + 8 >= before + moves, "{found:?}");
            prop_assert!(found.start + 8 >= before && found.end <= before + moves + 8, "{found:?}");
        }
    }

    #[test]
    fn a_clip_in_which_nothing_moves_or_is_seen_is_kept_whole() {
        assert_eq!(moving(&signer(10, 0, 10, 0.0)), 0..20);
        let unseen = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 30.0, 7);
        assert_eq!(moving(&unseen), 0..7);
        let nothing = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 30.0, 0);
        assert_eq!(moving(&nothing), 0..0);
    }
}
