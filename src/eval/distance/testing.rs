//! The reference numbers of `tests/data/parity/pose_metrics`: what the toolkits' own code gives.

use super::Points;
use super::points::Sample;
use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
use glam::{DVec3, Vec3};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The largest relative difference that tests allow. The synthetic arrays are met to some 1e-15, what goes
/// through single precision to some 1e-7.
pub(crate) const TOLERANCE: f64 = 1e-6;

/// A synthetic clip, with all points seen and with some not.
pub(crate) struct Synthetic {
    pub(crate) whole: Points,
    pub(crate) masked: Points,
}

/// The numbers.
pub(crate) struct Reference(Value);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parity/pose_metrics")
}

/// One tensor's shape and numbers.
pub(crate) fn numbers(file: &str, name: &str) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(folder().join(file)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let view = tensors.tensor(name).unwrap();
    let values = match view.dtype() {
        Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        _ => view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b).into()).collect(),
    };
    (view.shape().to_vec(), values)
}

impl Reference {
    pub(crate) fn read() -> Reference {
        let text = std::fs::read(folder().join("reference.json")).unwrap();
        Reference(serde_json::from_slice(&text).unwrap())
    }

    /// A clip of `synthetic.safetensors`.
    pub(crate) fn points(&self, name: &str) -> Synthetic {
        let data = if name == "ref_same" { "ref_same_length" } else { name };
        let (shape, values) = numbers("synthetic.safetensors", data);
        let (_, confidences) = numbers("synthetic.safetensors", &format!("{name}_confidence"));
        let made = |is_masked: bool| {
            let positions = values.as_chunks::<3>().0.iter().map(|p| DVec3::from_array(*p));
            let samples = positions
                .zip(&confidences)
                .map(|(position, confidence)| Sample { position, seen: !is_masked || *confidence != 0.0 });
            Points::from_samples(shape[2], &samples.collect::<Vec<_>>())
        };
        Synthetic { whole: made(false), masked: made(true) }
    }

    /// Compares a number with the reference's at a path of keys, and says how far they are apart.
    pub(crate) fn same(&self, path: &[&str], found: f64) {
        let expected = path.iter().fold(&self.0, |value, key| &value[*key]).as_f64();
        let expected = expected.unwrap_or_else(|| panic!("no number at {path:?}"));
        near(&path.join(" / "), found, expected, TOLERANCE);
    }
}

/// Compares two numbers in proportion, and says how far they are apart.
pub(crate) fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    let apart = (found - expected).abs() / expected.abs().max(1e-12);
    println!("parity | {what} | {apart:.1e}");
    assert!(found == expected || apart < tolerance, "{what}: found {found}, expected {expected}");
}

/// A signer of 543 points whose hands go up; the hands turned in the picture by so many radians about
/// their wrists.
pub(crate) fn signer(frames: usize, turned: f32) -> PoseSequence {
    let size = ImageSize { width: 640, height: 480, depth: 640 };
    let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 25.0, frames);
    let turn = glam::Quat::from_rotation_z(turned);
    for frame in 0..frames {
        let up = 12.0 * frame as f32;
        let mut put = |point: usize, x: f32, y: f32, z: f32| {
            let at = frame * holistic::POINTS + point;
            (clip.positions[at], clip.confidences[at]) = (Vec3::new(x, y, z), 1.0);
        };
        put(0, 300.0, 220.0, -60.0);
        for (side, x, hand) in [(0, 400.0, holistic::LEFT_HAND), (1, 200.0, holistic::RIGHT_HAND)] {
            put(11 + side, x, 300.0, 0.0);
            put(13 + side, x, 380.0, -10.0);
            put(15 + side, x, 440.0 - up, -80.0);
            for (index, point) in hand.enumerate() {
                let (finger, joint) = (index as f32 % 5.0, index as f32);
                let from_wrist = turn * Vec3::new(4.0 * finger, -3.0 * joint, finger * joint * 0.3);
                put(point, x + from_wrist.x, 440.0 - up + from_wrist.y, from_wrist.z);
            }
        }
    }
    clip
}
