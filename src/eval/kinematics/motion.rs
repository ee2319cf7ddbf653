//! Speeds, third differences, and where hands are, of a clip in the body's frame.

use crate::pose::PoseSequence;
use glam::DVec2;

const BODY: &str = "POSE_LANDMARKS";
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
const ARMS: [&str; 6] =
    ["LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST"];
const WRISTS: [&str; 2] = ["LEFT_WRIST", "RIGHT_WRIST"];

pub(super) fn hand_points(clip: &PoseSequence) -> Vec<usize> {
    HANDS.iter().filter_map(|hand| clip.layout.component_range(hand)).flatten().collect()
}

pub(super) fn body_points(clip: &PoseSequence) -> Vec<usize> {
    ARMS.iter().filter_map(|point| clip.layout.point(BODY, point)).collect()
}

/// The body's wrists; the hands' own in a layout that has no body's.
pub(super) fn wrists(clip: &PoseSequence) -> Vec<usize> {
    let of_body = WRISTS.iter().filter_map(|point| clip.layout.point(BODY, point));
    let found: Vec<usize> = of_body.collect();
    match found.is_empty() {
        true => HANDS.iter().filter_map(|hand| clip.layout.point(hand, "WRIST")).collect(),
        false => found,
    }
}

fn place(clip: &PoseSequence, frame: usize, point: usize) -> Option<DVec2> {
    let is_seen = clip.frame_confidences(frame)[point] != 0.0;
    is_seen.then(|| clip.frame(frame)[point].as_dvec3().truncate())
}

/// How far a point goes from a frame to the next, in a second; none if it is not seen in both.
fn speed(clip: &PoseSequence, frame: usize, point: usize) -> Option<f64> {
    let step = place(clip, frame, point)?.distance(place(clip, frame + 1, point)?);
    Some(step * f64::from(clip.fps))
}

fn steps(clip: &PoseSequence) -> std::ops::Range<usize> {
    0..clip.frame_count().saturating_sub(1)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The mean speed of some points over all steps in which they are seen.
pub(super) fn energy(clip: &PoseSequence, points: &[usize]) -> Option<f64> {
    mean(steps(clip).flat_map(|frame| points.iter().filter_map(move |&point| speed(clip, frame, point))))
}

/// The speed of the fastest of some points, for each step in which one is seen.
pub(super) fn fastest_steps(clip: &PoseSequence, points: &[usize]) -> Vec<f64> {
    let fastest = |frame| points.iter().filter_map(|&p| speed(clip, frame, p)).max_by(f64::total_cmp);
    steps(clip).filter_map(fastest).collect()
}

/// The mean size of the third difference over the cube of a frame's length.
pub(super) fn jerk(clip: &PoseSequence, points: &[usize]) -> Option<f64> {
    let per_second = f64::from(clip.fps).powi(3);
    let frames = 0..clip.frame_count().saturating_sub(3);
    let third = |frame: usize, point: usize| {
        let at = |offset| place(clip, frame + offset, point);
        Some((at(3)? - 3.0 * at(2)? + 3.0 * at(1)? - at(0)?).length() * per_second)
    };
    mean(frames.flat_map(|frame| points.iter().filter_map(move |&point| third(frame, point))))
}

/// The share of values that something is true of.
pub(super) fn share(values: &[f64], is_true: impl Fn(f64) -> bool) -> Option<f64> {
    mean(values.iter().map(|value| f64::from(u8::from(is_true(*value)))))
}

/// The value that a share of all values does not exceed.
pub(super) fn quantile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

/// The diagonal of the box that some points stay in.
pub(super) fn extent(clip: &PoseSequence, points: &[usize]) -> Option<f64> {
    let frames = 0..clip.frame_count();
    let places = frames.flat_map(|frame| points.iter().filter_map(move |&point| place(clip, frame, point)));
    let bounds =
        places.fold((DVec2::INFINITY, DVec2::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    bounds.0.is_finite().then(|| bounds.0.distance(bounds.1))
}

/// Whether the left and the right hand are seen in a frame: whether any of their points is.
pub(super) fn hands_seen(clip: &PoseSequence, frame: usize) -> [bool; 2] {
    HANDS.map(|hand| {
        let range = clip.layout.component_range(hand).unwrap_or(0..0);
        clip.frame_confidences(frame)[range].iter().any(|confidence| *confidence != 0.0)
    })
}

/// The share of frames in which each hand is seen; 0 without frames.
pub(super) fn presence(clip: &PoseSequence) -> [f64; 2] {
    let frames = clip.frame_count();
    let mut counts = [0_usize; 2];
    for frame in 0..frames {
        for (count, is_seen) in counts.iter_mut().zip(hands_seen(clip, frame)) {
            *count += usize::from(is_seen);
        }
    }
    counts.map(|count| count as f64 / frames.max(1) as f64)
}
