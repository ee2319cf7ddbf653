//! Landmarks → the numbers that the video tower reads, as the reference's `preprocess_pose` makes them,
//! and the changes to it that its ablations found better.

use super::{Preprocessing, SignClipError};
use crate::models::features::{Features, Measured, Statistics};
use crate::pose::{FACE_SIDES, LandmarkError, PoseSequence};
use glam::Vec3;

const BODY: &str = "POSE_LANDMARKS";
const FACE: &str = "FACE_LANDMARKS";
const HANDS: [(&str, &str); 2] =
    [("LEFT_HAND_LANDMARKS", "LEFT_WRIST"), ("RIGHT_HAND_LANDMARKS", "RIGHT_WRIST")];

impl Preprocessing {
    /// The numbers of a clip of any layout that has the points, `[frames, inputs]`: x, y and z of each, in
    /// shoulder widths, y down as in the picture; 0 for what was not seen. Statistics are needed where the model
    /// standardises, and not looked at where it does not.
    ///
    /// # Errors
    /// [`SignClipError::Landmarks`] where points are missing or no frame shows both shoulders;
    /// [`SignClipError::Config`] where statistics are needed and not given.
    pub fn features(
        &self,
        clip: &PoseSequence,
        statistics: Option<&Statistics>,
    ) -> Result<Features, SignClipError> {
        let clip = self.prepare(clip)?;
        let values = clip.positions.iter().flat_map(|position| position.to_array()).collect();
        let features = Features { values, width: 3 * clip.point_count() };
        if self.standardise {
            let Some(statistics) = statistics else {
                let reason = "`standardise` needs statistics, and there are none".into();
                return Err(SignClipError::Config { reason });
            };
            let mut features = statistics.apply(&features)?;
            let points = features.values.chunks_exact_mut(3).zip(&clip.confidences);
            // At the mean: nothing is known of it.
            points.filter(|(_, confidence)| **confidence == 0.0).for_each(|(point, _)| point.fill(0.0));
            return Ok(features);
        }
        Ok(features)
    }

    /// Statistics of clips as they are prepared for the model, over the frames in which a point is seen.
    ///
    /// # Errors
    /// As [`Self::features`]; where there is no frame at all.
    pub fn statistics<'a>(
        &self,
        clips: impl IntoIterator<Item = &'a PoseSequence>,
    ) -> Result<Statistics, SignClipError> {
        let (mut measured, width) = (Measured::default(), self.landmarks.inputs());
        for clip in clips {
            let clip = self.prepare(clip)?;
            for (i, (position, confidence)) in clip.positions.iter().zip(&clip.confidences).enumerate() {
                if *confidence != 0.0 {
                    measured.add(width, 3 * i % width, &position.to_array());
                }
            }
        }
        Ok(measured.finish()?)
    }

    /// The clip in the model's points, normalised; unseen points at 0 with a confidence of 0.
    pub(super) fn prepare(&self, clip: &PoseSequence) -> Result<PoseSequence, LandmarkError> {
        let mut clip = clip.select(&self.landmarks.layout())?;
        if self.mirror_left_handed && is_left_handed(&clip) {
            clip = clip.mirror_horizontal()?;
        }
        if self.wrist_relative_hands {
            put_wrists_where_hands_are(&mut clip);
        }
        clip.normalise()?;
        clip.hide_below_the_hips();
        if self.wrist_relative_hands {
            count_hands_from_their_wrists(&mut clip);
            count_face_depth_from_its_sides(&mut clip);
        }
        for (position, confidence) in clip.positions.iter_mut().zip(&mut clip.confidences) {
            let is_number = confidence.is_finite() && *confidence != 0.0;
            *confidence = if is_number { *confidence } else { 0.0 };
            *position =
                if is_number { Vec3::from_array(position.to_array().map(finite)) } else { Vec3::ZERO };
        }
        Ok(clip)
    }
}

/// numpy's `nan_to_num` for NaN; infinities, which it makes huge, are nothing seen either.
fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

/// Whether the left hand is seen somewhere and the right one nowhere.
fn is_left_handed(clip: &PoseSequence) -> bool {
    let shares = clip.seen_shares();
    let share = |hand: &str| shares.iter().find(|(name, _)| name == hand).map_or(0.0, |(_, share)| *share);
    share(HANDS[0].0) > 0.0 && share(HANDS[1].0) == 0.0
}

/// Where a hand is, its own wrist says better than the body's; the depth stays the body's, since a hand's
/// begins at itself.
fn put_wrists_where_hands_are(clip: &mut PoseSequence) {
    let layout = clip.layout.clone();
    let pair = |(hand, wrist)| Some((layout.point(hand, "WRIST")?, layout.point(BODY, wrist)?));
    let points = clip.point_count().max(1);
    for (hand, body) in HANDS.into_iter().filter_map(pair) {
        let frames = clip.positions.chunks_exact_mut(points).zip(clip.confidences.chunks_exact_mut(points));
        for (positions, confidences) in frames {
            if confidences[hand] != 0.0 {
                let depth = if confidences[body] == 0.0 { 0.0 } else { positions[body].z };
                (positions[body], confidences[body]) = (positions[hand].with_z(depth), confidences[hand]);
            }
        }
    }
}

/// Points of a hand become differences from its wrist: the shape alone, wherever the hand is.
fn count_hands_from_their_wrists(clip: &mut PoseSequence) {
    let layout = clip.layout.clone();
    let part = |(hand, _)| Some((layout.component_range(hand)?, layout.point(hand, "WRIST")?));
    let points = clip.point_count().max(1);
    for (hand, wrist) in HANDS.into_iter().filter_map(part) {
        for positions in clip.positions.chunks_exact_mut(points) {
            let origin = positions[wrist];
            positions[hand.clone()].iter_mut().for_each(|position| *position -= origin);
        }
    }
}

/// The face's depth begins inside the head and the body's at the hips: how far one zero is from the other says
/// where the signer stood, nothing of the sign.
fn count_face_depth_from_its_sides(clip: &mut PoseSequence) {
    let layout = clip.layout.clone();
    let Some(face) = layout.component_range(FACE) else { return };
    let [Some(left), Some(right)] = FACE_SIDES.map(|side| layout.point(FACE, side)) else { return };
    let points = clip.point_count().max(1);
    for positions in clip.positions.chunks_exact_mut(points) {
        let zero = (positions[left].z + positions[right].z) / 2.0;
        positions[face.clone()].iter_mut().for_each(|position| position.z -= zero);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::sign_clip::SignClipConfig;
    use crate::pose::testing::reference;
    use crate::pose::{ImageSize, Layout, holistic};
    use serde_json::Value;

    fn mean(values: impl Iterator<Item = f32> + Clone) -> f64 {
        values.clone().map(f64::from).sum::<f64>() / values.count() as f64
    }

    /// The numbers that the reference's own `preprocess_pose` made of two recordings.
    #[test]
    fn the_numbers_are_the_references() {
        let Some(folder) = reference() else { return };
        let json = std::fs::read(folder.join("parity/pose_metrics/reference.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let mut apart = 0f64;
        for (name, operations) in json["pose_ops"].as_object().unwrap() {
            let clip = PoseSequence::read(folder.join("jos-letters").join(name)).unwrap();
            let expected = &operations["signclip_preprocess_pose"];
            let features = SignClipConfig::reference().preprocessing.features(&clip, None).unwrap();
            assert_eq!((features.width, features.frame_count()), (609, clip.frame_count()));
            let mut near = |found: f64, expected: &Value| {
                let expected = expected.as_f64().unwrap();
                apart = apart.max((found - expected).abs() / expected.abs().max(1.0));
            };
            near(mean(features.values.iter().copied()), &expected["mean"]);
            let nonzero = features.values.iter().filter(|&&value| value != 0.0).count();
            assert_eq!(expected["nonzero"], nonzero);
            let last = &features.values[features.values.len() - 5..];
            last.iter().zip(expected["last5"].as_array().unwrap()).for_each(|(a, b)| near((*a).into(), b));
            near(features.values[23 * 3].into(), &expected["hip_x_frame0"][0]);
        }
        println!("parity | SignCLIP's preprocessing | {apart:.1e} in proportion");
        assert!(apart < 1e-5, "{apart}");
    }

    fn signer(hand: std::ops::Range<usize>) -> PoseSequence {
        let size = ImageSize { width: 640, height: 480, depth: 640 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, 3);
        for frame in 0..3 {
            let mut put = |point: usize, x: f32, y: f32, z: f32| {
                let at = frame * holistic::POINTS + point;
                (clip.positions[at], clip.confidences[at]) = (Vec3::new(x, y, z), 1.0);
            };
            put(11, 420.0, 300.0, -50.0);
            put(12, 220.0, 300.0, -50.0);
            put(25, 420.0, 900.0, 0.0);
            put(16, 225.0, 495.0, -250.0);
            put(hand.start, 220.0, 500.0 + frame as f32, 1.0);
            put(hand.start + 8, 220.0, 440.0 + frame as f32, -3.0);
        }
        clip
    }

    #[test]
    fn where_a_signer_stands_in_depth_does_not_move_the_face() {
        let preprocessing = Preprocessing { standardise: false, ..SignClipConfig::best().preprocessing };
        let mut clip = signer(holistic::RIGHT_HAND);
        for (frame, confidences) in clip.confidences.chunks_exact_mut(holistic::POINTS).enumerate() {
            for i in holistic::FACE {
                confidences[i] = 1.0;
                clip.positions[frame * holistic::POINTS + i] = Vec3::new(320.0, 200.0, (i % 7) as f32);
            }
        }
        let mut nearer = clip.clone();
        for positions in nearer.positions.chunks_exact_mut(holistic::POINTS) {
            positions[..33].iter_mut().for_each(|position| position.z += 90.0);
        }
        let [a, b] = [&clip, &nearer].map(|clip| preprocessing.features(clip, None).unwrap().values);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn hands_count_from_their_wrists_and_say_where_the_bodys_are() {
        let preprocessing = Preprocessing { standardise: false, ..SignClipConfig::best().preprocessing };
        let clip = preprocessing.prepare(&signer(holistic::RIGHT_HAND)).unwrap();
        let at = |component, point| clip.layout.point(component, point).unwrap();
        let tip = at("RIGHT_HAND_LANDMARKS", "INDEX_FINGER_TIP");
        for frame in 0..3 {
            let points = clip.frame(frame);
            assert!((points[tip] - Vec3::new(0.0, -0.3, -0.02)).length() < 1e-6);
            assert_eq!(points[at("RIGHT_HAND_LANDMARKS", "WRIST")], Vec3::ZERO);
            let wrist = Vec3::new(-0.5, 1.0 + frame as f32 / 200.0, -1.0);
            assert!((points[at("POSE_LANDMARKS", "RIGHT_WRIST")] - wrist).length() < 1e-6);
        }
        assert!(clip.layout.point("POSE_LANDMARKS", "LEFT_KNEE").is_none());
    }

    #[test]
    fn a_left_handed_clip_is_mirrored_only_where_asked() {
        let best = Preprocessing { standardise: false, ..SignClipConfig::best().preprocessing };
        let left = best.prepare(&signer(holistic::LEFT_HAND)).unwrap();
        let tip = left.layout.point("RIGHT_HAND_LANDMARKS", "INDEX_FINGER_TIP").unwrap();
        assert!(left.frame_confidences(0)[tip] > 0.0);
        assert!((left.frame(0)[tip].y + 0.3).abs() < 1e-6);
        let kept = SignClipConfig::syrisign().preprocessing.prepare(&signer(holistic::LEFT_HAND)).unwrap();
        assert_eq!(kept.frame_confidences(0)[tip], 0.0);
    }

    #[test]
    fn what_is_no_number_becomes_0_and_legs_are_hidden() {
        let mut clip = signer(holistic::RIGHT_HAND);
        clip.positions[holistic::RIGHT_HAND.start + 8].y = f32::NAN;
        clip.positions[0].x = f32::INFINITY;
        let features = SignClipConfig::reference().preprocessing.features(&clip, None).unwrap();
        assert!(features.values.iter().all(|value| value.is_finite()));
        assert_eq!(&features.values[25 * 3..26 * 3], [0.0; 3]);
    }

    #[test]
    fn long_clips_are_thinned_evenly() {
        let features = Features { values: (0..20).map(|i| i as f32).collect(), width: 2 };
        let thinned = features.clone().resampled(4);
        assert_eq!(thinned.values, [0.0, 1.0, 6.0, 7.0, 12.0, 13.0, 18.0, 19.0]);
        assert_eq!(features.clone().resampled(10), features);
        assert_eq!(features.resampled(1).values, [0.0, 1.0]);
    }

    #[test]
    fn landmarks_that_do_not_fit_are_refused() {
        let preprocessing = SignClipConfig::best().preprocessing;
        let faceless = signer(holistic::RIGHT_HAND).without_component("FACE_LANDMARKS");
        let error = preprocessing.features(&faceless, None).unwrap_err().to_string();
        assert!(error.contains("FACE_LANDMARKS"), "{error}");
        let error = preprocessing.features(&signer(holistic::RIGHT_HAND), None).unwrap_err().to_string();
        assert!(error.contains("standardise"), "{error}");
        let unseen = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 2);
        assert!(preprocessing.features(&unseen, None).unwrap_err().to_string().contains("shoulders"));
    }

    fn moving_clip() -> PoseSequence {
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 40);
        for frame in 0..40 {
            for point in 0..30 {
                let at = frame * 543 + point;
                let phase = (frame * (point + 3)) as f32;
                clip.positions[at] = Vec3::new(phase.sin(), phase.cos(), 0.1 * phase.sin()) * point as f32;
                clip.positions[at].x += if point == 11 { 200.0 } else { 0.0 };
                clip.confidences[at] = if (frame + point) % 5 == 0 { 0.0 } else { 1.0 };
            }
        }
        clip
    }

    #[test]
    fn what_is_standardised_by_its_own_statistics_has_mean_0_and_deviation_1() {
        let preprocessing = SignClipConfig::best().preprocessing;
        let statistics = preprocessing.statistics([&moving_clip()]).unwrap();
        let prepared = preprocessing.prepare(&moving_clip()).unwrap();
        let features = preprocessing.features(&moving_clip(), Some(&statistics)).unwrap();
        for column in 0..features.width {
            let seen = (0..40).filter(|f| prepared.frame_confidences(*f)[column / 3] != 0.0);
            let values: Vec<f32> =
                seen.map(|frame| features.values[frame * features.width + column]).collect();
            let count = values.len().max(1) as f32;
            let mean = values.iter().sum::<f32>() / count;
            let square = values.iter().map(|value| value * value).sum::<f32>() / count;
            assert!(mean.abs() < 1e-3, "{column}: {mean}");
            assert!((square - 1.0).abs() < 1e-3 || square < 1e-6, "{column}: {square}");
        }
        let moving = features.values.iter().filter(|value| value.abs() > 0.1).count();
        assert!(moving > 1000, "{moving}");
    }
}
