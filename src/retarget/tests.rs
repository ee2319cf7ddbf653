//! Whole-way tests: articulation → landmarks → articulation, and recordings.

use super::hand::tests::{any_shape, shape_error};
use super::letters::fingertip_errors;
use super::*;
use crate::body::{ArKit, Arm, Articulation, FaceWeights, Side, Skeleton, skeleton};
use crate::pose::PoseSequence;
use glam::{EulerRot, Quat, Vec3};
use proptest::prelude::*;
use std::path::PathBuf;

/// Any pose of an arm that a signer's could take, the wrist within reach.
fn any_arm(side: Side) -> impl Strategy<Value = Arm> {
    let wrist = (-0.9f32..1.3, -1.2f32..0.9, 0.15f32..1.1).prop_map(move |(x, y, z)| {
        let shoulder = Vec3::new(0.5 * side.sign(), 0.0, 0.0);
        let to = Vec3::new(x * side.sign(), y, z) - shoulder;
        shoulder + to * (to.length().clamp(0.6, 1.35) / to.length())
    });
    let palm = (-3.0f32..3.0, -1.5f32..1.5, -3.0f32..3.0);
    (wrist, palm, -0.5f32..1.2, any_shape()).prop_map(|(wrist, (a, b, c), swivel, shape)| Arm {
        wrist,
        palm: Quat::from_euler(EulerRot::XYZ, a, b, c),
        swivel,
        shape,
    })
}

/// Any articulation, the face at rest.
pub(super) fn any_articulation() -> impl Strategy<Value = Articulation> {
    let turn = |most: f32| (-most..most, -most..most, -most..most);
    (turn(0.2), turn(0.4), (0.0f32..0.1, 0.0f32..0.1), any_arm(Side::Left), any_arm(Side::Right)).prop_map(
        |(torso, head, shrug, left, right)| Articulation {
            torso: Quat::from_euler(EulerRot::XYZ, torso.0, torso.1, torso.2),
            head: Quat::from_euler(EulerRot::XYZ, head.0, head.1, head.2),
            shrug: [shrug.0, shrug.1],
            arms: [left, right],
            face: FaceWeights::NEUTRAL,
        },
    )
}

fn solver() -> Solver {
    Solver::new(Calibration::exact(), 60.0).unwrap()
}

proptest! {
    #[test]
    fn an_articulation_comes_back_from_its_landmarks(pose in any_articulation()) {
        let landmarks = Skeleton::reference().landmarks(&pose);
        let read = solver().read(&Frame::from_landmarks(&landmarks));
        let degrees = |a: Quat, b: Quat| a.angle_between(b).to_degrees();
        prop_assert!(degrees(read.torso, pose.torso) < 1.0, "torso {}", degrees(read.torso, pose.torso));
        prop_assert!(degrees(read.head, pose.head) < 1.0, "head {}", degrees(read.head, pose.head));
        for side in Side::BOTH {
            let (a, b) = (read.arm(side), pose.arm(side));
            prop_assert!(degrees(a.palm, b.palm) < 1.0, "palm {}", degrees(a.palm, b.palm));
            prop_assert!(shape_error(&a.shape, &b.shape) < 1.0, "{}°", shape_error(&a.shape, &b.shape));
            prop_assert!((a.wrist - b.wrist).length() < 0.01, "wrist {} {}", a.wrist, b.wrist);
            let s = side as usize;
            prop_assert!((read.shrug[s] - pose.shrug[s]).abs() < 0.01, "{:?} {:?}", read.shrug, pose.shrug);
            let shoulder = skeleton::shoulder(side, pose.shrug[s], b.wrist);
            let elbow = |arm: &Arm| Skeleton::reference().bend_arm(side, shoulder, arm).elbow;
            prop_assert!((elbow(a) - elbow(b)).length() < 0.015, "{} {}", a.swivel, b.swivel);
        }
    }

    #[test]
    fn landmarks_with_holes_and_numbers_that_are_none_give_articulations_without(
        pose in any_articulation(),
        holes in prop::collection::vec((0usize..543, prop::sample::select(vec![f32::NAN, f32::INFINITY, 1e30, 0.0])), 0..40),
    ) {
        let mut landmarks = Skeleton::reference().landmarks(&pose);
        for (i, value) in holes {
            landmarks[i].y = value;
        }
        let mut solver = solver();
        for _ in 0..3 {
            let read = solver.solve(&Frame::from_landmarks(&landmarks));
            let points = Skeleton::reference().landmarks(&read);
            prop_assert!(points.iter().all(|p| !p.is_nan()), "{read:?}");
            for arm in &read.arms {
                prop_assert_eq!(arm.shape, arm.shape.clamped());
            }
        }
    }
}

#[test]
fn strong_faces_come_back_from_their_landmarks() {
    let faces = [
        vec![(ArKit::JawOpen, 0.7)],
        vec![(ArKit::EyeBlinkLeft, 1.0), (ArKit::EyeBlinkRight, 1.0)],
        vec![(ArKit::BrowInnerUp, 0.8), (ArKit::BrowOuterUpLeft, 0.6), (ArKit::BrowOuterUpRight, 0.6)],
        vec![(ArKit::BrowDownLeft, 0.9), (ArKit::BrowDownRight, 0.9)],
        vec![(ArKit::MouthSmileLeft, 0.8), (ArKit::MouthSmileRight, 0.8)],
        vec![(ArKit::MouthPucker, 0.9)],
        vec![(ArKit::CheekPuff, 0.8)],
    ];
    for wanted in faces {
        let mut pose = Articulation::neutral();
        pose.head = Quat::from_rotation_y(0.3);
        for &(shape, weight) in &wanted {
            pose.face[shape] = weight;
        }
        let landmarks = Skeleton::reference().landmarks(&pose);
        let read = solver().read(&Frame::from_landmarks(&landmarks));
        for (shape, weight) in wanted {
            assert!((read.face[shape] - weight).abs() < 0.2, "{shape:?}: {} for {weight}", read.face[shape]);
        }
    }
}

/// The reference recordings, where this machine has them.
pub(super) fn reference(folder: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");
    let root = std::env::var_os("NASHRA_REFERENCE").map_or(PathBuf::from(beside), PathBuf::from);
    let path = root.join(folder);
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
    }
    path.exists().then_some(path)
}

/// Fingertip errors of all recordings of a folder; and that nothing in them is impossible.
fn errors_of(folder: &str, every: usize) -> Option<Vec<Vec3>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(reference(folder)?).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "pose"));
    files.sort();
    let mut errors = Vec::new();
    for path in files.into_iter().step_by(every) {
        let sequence = PoseSequence::read(&path).unwrap();
        let clip = articulate(&sequence).unwrap();
        assert_eq!(clip.motion.frames.len(), sequence.frame_count());
        for (i, seen) in frames(&sequence).unwrap().iter().enumerate() {
            for side in Side::BOTH {
                let arm = clip.motion.frames[i].arm(side);
                assert!(arm.wrist.is_finite() && arm.palm.is_finite(), "{path:?} {i}");
                assert_eq!(arm.shape, arm.shape.clamped());
                errors.extend(fingertip_errors(&clip, seen, i, side));
            }
        }
    }
    Some(errors)
}

#[test]
fn fingertips_of_recordings_stay_where_they_were_seen() {
    for (folder, every) in [("jos-letters", 1), ("words-real", 20)] {
        let Some(errors) = errors_of(folder, every) else { continue };
        let figures = |length: fn(&Vec3) -> f32| {
            let mut lengths: Vec<f32> = errors.iter().map(length).collect();
            lengths.sort_by(f32::total_cmp);
            (lengths.iter().sum::<f32>() / lengths.len() as f32, lengths[lengths.len() * 95 / 100])
        };
        let (picture, picture_p95) = figures(|e| e.truncate().length());
        let (mean, p95) = figures(|e| e.length());
        println!(
            "{folder}: {} fingertips; in the picture mean {picture:.4}, p95 {picture_p95:.4}; with depth mean \
             {mean:.4}, p95 {p95:.4} shoulder widths",
            errors.len()
        );
        assert!(picture < 0.035 && picture_p95 < 0.11, "{folder}: {picture} {picture_p95}");
        assert!(mean < 0.06 && p95 < 0.20, "{folder}: {mean} {p95}");
    }
}
