//! The bones whose length a signer does not change: arms, and the 20 of each hand.

use crate::pose::PoseSequence;

const ARMS: [[&str; 2]; 4] = [
    ["LEFT_SHOULDER", "LEFT_ELBOW"],
    ["RIGHT_SHOULDER", "RIGHT_ELBOW"],
    ["LEFT_ELBOW", "LEFT_WRIST"],
    ["RIGHT_ELBOW", "RIGHT_WRIST"],
];
const HANDS: [&str; 2] = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];

/// Pairs of points that a bone joins, of those that the clip has.
fn bones(clip: &PoseSequence) -> Vec<[usize; 2]> {
    let arm = |[a, b]: [&str; 2]| {
        Some([clip.layout.point("POSE_LANDMARKS", a)?, clip.layout.point("POSE_LANDMARKS", b)?])
    };
    let mut bones: Vec<[usize; 2]> = ARMS.into_iter().filter_map(arm).collect();
    for hand in HANDS.iter().filter_map(|hand| clip.layout.component_range(hand)).filter(|r| r.len() == 21) {
        // Each finger has four points after the wrist, and begins at it.
        let from = |point: usize| if point % 4 == 1 { 0 } else { point - 1 };
        bones.extend((1..21).map(|point| [hand.start + from(point), hand.start + point]));
    }
    bones
}

/// Standard deviation over mean of each bone's length over the frames in which both ends are seen, mean
/// over the bones that are seen twice.
pub(super) fn variation(clip: &PoseSequence) -> Option<f64> {
    let of_bone = |[a, b]: [usize; 2]| {
        let lengths = (0..clip.frame_count()).filter_map(|frame| {
            let (points, seen) = (clip.frame(frame), clip.frame_confidences(frame));
            let is_seen = seen[a] != 0.0 && seen[b] != 0.0;
            is_seen.then(|| points[a].as_dvec3().distance(points[b].as_dvec3()))
        });
        let lengths: Vec<f64> = lengths.collect();
        let count = lengths.len() as f64;
        let mean = lengths.iter().sum::<f64>() / count;
        let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f64>() / count;
        (lengths.len() > 1 && mean > 0.0).then(|| variance.sqrt() / mean)
    };
    let of_bones: Vec<f64> = bones(clip).into_iter().filter_map(of_bone).collect();
    (!of_bones.is_empty()).then(|| of_bones.iter().sum::<f64>() / of_bones.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::signer;
    use crate::pose::Layout;

    #[test]
    fn there_are_four_arm_bones_and_twenty_in_each_hand() {
        let clip = signer(2, 0.0);
        let found = bones(&clip);
        assert_eq!(found.len(), 44);
        assert!(found.contains(&[501, 506]) && found.contains(&[506, 507]) && !found.contains(&[505, 506]));
        let small = clip.to_layout(&Layout::reduced_178());
        assert_eq!(bones(&small).len(), 44);
        assert!(variation(&clip.slice(0..1)).is_none());
    }
}
