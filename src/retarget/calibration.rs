//! What has to be known of a recording before its frames can be read: lengths and depth.
//!
//! MediaPipe's depth is a guess in units that differ between its body, hand and face models and
//! between file writers. Lengths are better known: a hand's bones keep their ratios and an arm its
//! length, so depth is scaled until they do.

use super::frame::{Frame, body, median, quantile};
use super::procrustes::best_rotation;
use crate::body::{Hand, Side, Skeleton, maths, neutral_face};
use glam::{Quat, Vec3};

/// A recording's lengths and depth scales.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Whether depth is as good as width and height: bones keep their lengths without help.
    pub depth_is_measured: bool,
    /// What hand depths are multiplied by.
    pub hand_depth: f32,
    /// Size of the hands relative to the reference's, left and right.
    pub hand_scale: [f32; 2],
    /// What face (or, without a face, body) depths are multiplied by when the head's turn is read.
    pub face_depth: f32,
    /// Upper arm and forearm, shoulder widths.
    pub arm: [f32; 2],
    /// The shoulders' width in the picture while the trunk faces the camera, shoulder widths.
    pub shoulder_width: f32,
    /// How much farther the left shoulder is than the right while the trunk faces the camera.
    pub shoulder_depth: f32,
    /// `body_from_head` of the head at rest, its tilt aside: cameras stand higher or lower.
    pub head_rest: Quat,
}

impl Calibration {
    /// For landmarks made by forward kinematics on the reference body.
    pub fn exact() -> Self {
        let reference = Skeleton::reference();
        Self {
            depth_is_measured: true,
            hand_depth: 1.0,
            hand_scale: [1.0; 2],
            face_depth: 1.0,
            arm: [reference.upper_arm, reference.forearm],
            shoulder_width: 1.0,
            shoulder_depth: 0.0,
            head_rest: Quat::IDENTITY,
        }
    }

    /// Measured on the frames of a recording.
    pub fn measure(frames: &[Frame]) -> Self {
        let some: Vec<&Frame> = frames.iter().step_by(frames.len().div_ceil(MOST_FRAMES).max(1)).collect();
        let exact = Self::exact();
        if depth_is_measured(&some) {
            return Self { arm: arm_lengths(&some, |v| v.length()).unwrap_or(exact.arm), ..exact };
        }
        let hand_depth = best_gain(|gain| hand_mismatch(&some, gain)).unwrap_or(1.0);
        let face_depth = best_gain(|gain| head_mismatch(&some, gain)).unwrap_or(1.0);
        let in_picture = arm_lengths(&some, |v| v.truncate().length());
        let shoulders = |f: &&Frame| body::SHOULDERS.map(|i| f.body[i]);
        let mut widths =
            some.iter().map(shoulders).map(|[l, r]| l.truncate().distance(r.truncate())).collect();
        let mut depths = some.iter().map(shoulders).map(|[l, r]| l.z - r.z).collect();
        let mut calibration = Self {
            depth_is_measured: false,
            hand_depth,
            hand_scale: Side::BOTH.map(|side| hand_scale(&some, side, hand_depth).unwrap_or(1.0)),
            face_depth,
            // A projection is never longer than the bone.
            arm: std::array::from_fn(|i| {
                in_picture.map_or(0.0, |a| a[i].min(1.25 * exact.arm[i])).max(exact.arm[i])
            }),
            shoulder_width: quantile(&mut widths, 0.9).unwrap_or(1.0),
            shoulder_depth: median(&mut depths).unwrap_or(0.0),
            head_rest: Quat::IDENTITY,
        };
        calibration.head_rest = head_rest(&some, &calibration);
        calibration
    }
}

/// As many frames as are looked at.
const MOST_FRAMES: usize = 48;

/// The bones of a hand whose lengths are compared: pairs of points, and the reference's length.
fn hand_bones() -> impl Iterator<Item = (usize, usize, f32)> {
    let hand = &Hand::REFERENCE;
    let knuckles = hand.knuckles.iter().enumerate().map(|(i, k)| (0, 5 + 4 * i, k.length()));
    let fingers = hand.fingers.iter().enumerate().flat_map(|(i, lengths)| {
        lengths.iter().enumerate().map(move |(j, &length)| (5 + 4 * i + j, 6 + 4 * i + j, length))
    });
    let across = (5, 17, hand.knuckles[0].distance(hand.knuckles[3]));
    knuckles.chain(fingers).chain([across])
}

/// Measured over reference lengths of all bones of all hands, with depths times `gain`.
fn hand_ratios<'a>(hands: impl Iterator<Item = &'a [Vec3; 21]>, gain: f32) -> Vec<f32> {
    let stretch = Vec3::new(1.0, 1.0, gain);
    hands
        .flat_map(|hand| {
            hand_bones().map(move |(a, b, length)| ((hand[b] - hand[a]) * stretch).length() / length)
        })
        .collect()
}

/// Relative spread of the bone ratios: 0 where every bone has the reference's length times one scale.
fn hand_mismatch(frames: &[&Frame], gain: f32) -> Option<f32> {
    spread(&hand_ratios(frames.iter().flat_map(|f| f.hands.iter().flatten()), gain))
}

fn hand_scale(frames: &[&Frame], side: Side, gain: f32) -> Option<f32> {
    let hands = frames.iter().filter_map(|f| f.hands[side as usize].as_ref());
    median(&mut hand_ratios(hands, gain))
}

/// Standard deviation over mean.
fn spread(values: &[f32]) -> Option<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / count;
    (mean > 1e-6).then(|| variance.sqrt() / mean)
}

/// The gain of least mismatch, from a twentieth to two thousand, within 3 %.
fn best_gain(mismatch: impl Fn(f32) -> Option<f32>) -> Option<f32> {
    let gains = |low: f32, ratio: f32, count: i32| (0..count).map(move |i| low * ratio.powi(i));
    let best = |candidates: &mut dyn Iterator<Item = f32>| {
        candidates
            .filter_map(|gain| mismatch(gain).filter(|m| m.is_finite()).map(|m| (gain, m)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(gain, _)| gain)
    };
    let coarse = best(&mut gains(0.05, 1.3, 41))?;
    best(&mut gains(coarse / 1.3, 1.03, 18))
}

/// The 90th percentile of upper arm and forearm by some measure of the bone.
fn arm_lengths(frames: &[&Frame], length: impl Fn(Vec3) -> f32) -> Option<[f32; 2]> {
    let bone = |from: [usize; 2], to: [usize; 2]| {
        let both = |f: &&Frame| Side::BOTH.map(|s| length(f.body[to[s as usize]] - f.body[from[s as usize]]));
        quantile(&mut frames.iter().flat_map(both).collect(), 0.9)
    };
    Some([bone(body::SHOULDERS, body::ELBOWS)?, bone(body::ELBOWS, body::WRISTS)?])
}

/// Whether hands and arms keep their lengths with the depth that they have.
fn depth_is_measured(frames: &[&Frame]) -> bool {
    let bone_spreads =
        [(body::SHOULDERS, body::ELBOWS), (body::ELBOWS, body::WRISTS)].into_iter().flat_map(|(a, b)| {
            let lengths = Side::BOTH.map(|side| {
                let s = side as usize;
                frames
                    .iter()
                    .map(|f| f.body[a[s]].distance(f.body[b[s]]))
                    .filter(|l| l.is_finite())
                    .collect::<Vec<_>>()
            });
            lengths.into_iter().filter_map(|l| spread(&l))
        });
    let spreads: Vec<f32> = bone_spreads.chain(hand_mismatch(frames, 1.0)).collect();
    !spreads.is_empty() && spreads.iter().all(|&s| s < 0.03)
}

/// Points of the face that no expression moves.
const RIGID: [usize; 14] = [4, 5, 195, 197, 6, 168, 33, 263, 133, 362, 127, 356, 234, 454];

/// Body points of the head (nose, eyes, ears) and the points of the face mesh that they are.
const HEAD_POINTS: [(usize, usize); 7] = [(0, 4), (1, 362), (3, 263), (4, 133), (6, 33), (7, 454), (8, 234)];

/// Pairs of a neutral point and where it was seen, depth scaled.
pub(crate) fn head_pairs(frame: &Frame, depth: f32) -> Vec<(Vec3, Vec3)> {
    let neutral = neutral_face();
    let stretch = Vec3::new(1.0, 1.0, depth);
    let pairs: Vec<(Vec3, Vec3)> = match &frame.face {
        Some(face) => RIGID.iter().map(|&i| (neutral[i], face[i])).collect(),
        None => HEAD_POINTS.iter().map(|&(seen, i)| (neutral[i], frame.body[seen])).collect(),
    };
    pairs.into_iter().filter(|(_, seen)| seen.is_finite()).map(|(n, seen)| (n, seen * stretch)).collect()
}

/// How badly the neutral head fits what was seen, relative to its size; over some of the frames.
fn head_mismatch(frames: &[&Frame], depth: f32) -> Option<f32> {
    let few = frames.iter().step_by(frames.len().div_ceil(8).max(1));
    let errors: Vec<f32> = few.filter_map(|frame| procrustes_error(&head_pairs(frame, depth))).collect();
    (!errors.is_empty()).then(|| errors.iter().sum::<f32>() / errors.len() as f32)
}

/// Relative residual of the best similarity from the first to the second points.
fn procrustes_error(pairs: &[(Vec3, Vec3)]) -> Option<f32> {
    let rotation = best_rotation(pairs)?;
    let count = pairs.len() as f32;
    let (from, to) =
        pairs.iter().fold((Vec3::ZERO, Vec3::ZERO), |(a, b), p| (a + p.0 / count, b + p.1 / count));
    let (mut cross, mut own, mut seen) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (rotation * (*a - from), *b - to);
        cross += a.dot(b);
        own += a.length_squared();
        seen += b.length_squared();
    }
    (own > 0.0 && seen > 0.0).then(|| (1.0 - cross * cross / (own * seen)).max(0.0).sqrt())
}

/// The mean turn of the head, without its tilt to the side.
fn head_rest(frames: &[&Frame], calibration: &Calibration) -> Quat {
    let turns: Vec<Quat> =
        frames.iter().filter_map(|f| best_rotation(&head_pairs(f, calibration.face_depth))).collect();
    let Some(&first) = turns.first() else { return Quat::IDENTITY };
    let sum = turns.iter().fold(Quat::from_xyzw(0.0, 0.0, 0.0, 0.0), |sum, &q| {
        if q.dot(first) < 0.0 { sum - q } else { sum + q }
    });
    if sum.length_squared() < 1e-6 {
        return Quat::IDENTITY;
    }
    maths::swing_twist(sum.normalize(), Vec3::Z).0
}
