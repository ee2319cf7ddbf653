//! Face landmarks → ARKit weights: the weights whose moved face comes nearest to what was seen.

use super::Calibration;
use super::calibration::head_pairs;
use super::frame::{Frame, median};
use super::procrustes::best_rotation;
use crate::body::{ArKit, FACE_POINTS, FaceWeights, face_field, neutral_face};
use glam::Vec3;

/// Solves faces against one signer's neutral.
#[derive(Clone, Debug)]
pub struct FaceSolver {
    /// The signer's own neutral face, in the reference's pose and size.
    neutral: Vec<Vec3>,
    shapes: Vec<Shape>,
    /// Products of the shapes' fields, `[shapes, shapes]`.
    gram: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Shape {
    name: ArKit,
    /// Where the points go, those that move at all.
    field: Vec<(u16, Vec3)>,
}

/// Shapes below this are taken for noise, and the rest is stretched to begin at 0.
const LEAST: f32 = 0.12;
/// A price on every weight, so that shapes that look alike do not cancel each other.
const RIDGE: f32 = 0.005;
const ROUNDS: usize = 24;
/// Steps go this far beyond the nearest solution, which shapes that look alike need to part soon.
const RELAXATION: f32 = 1.6;

impl Default for FaceSolver {
    fn default() -> Self {
        Self::new()
    }
}

impl FaceSolver {
    /// For the reference face.
    pub fn new() -> Self {
        Self::with_neutral(neutral_face().to_vec())
    }

    /// For the signer of a recording: the median face of its frames is taken for the neutral one.
    pub fn measure(frames: &[Frame], calibration: &Calibration) -> Self {
        if calibration.depth_is_measured {
            return Self::new();
        }
        let aligned: Vec<Vec<Vec3>> = frames
            .iter()
            .step_by(frames.len().div_ceil(40).max(1))
            .filter_map(|f| align(f, calibration))
            .collect();
        if aligned.is_empty() {
            return Self::new();
        }
        let middle = |i: usize, axis: usize| median(&mut aligned.iter().map(|f| f[i][axis]).collect());
        let reference = neutral_face();
        let point = |i: usize| {
            let seen = [middle(i, 0), middle(i, 1), middle(i, 2)];
            Vec3::from_array(std::array::from_fn(|axis| seen[axis].unwrap_or(reference[i][axis])))
        };
        Self::with_neutral((0..FACE_POINTS).map(point).collect())
    }

    fn with_neutral(neutral: Vec<Vec3>) -> Self {
        let shapes: Vec<Shape> = ArKit::ALL
            .into_iter()
            .filter_map(|name| {
                let field: Vec<_> = face_field(name)?
                    .iter()
                    .enumerate()
                    .filter(|(_, d)| d.length_squared() > 1e-8)
                    .map(|(i, &d)| (i as u16, d))
                    .collect();
                (!field.is_empty()).then_some(Shape { name, field })
            })
            .collect();
        let gram = shapes.iter().flat_map(|a| shapes.iter().map(|b| product(&a.field, &b.field))).collect();
        Self { neutral, shapes, gram }
    }

    /// The weights of a frame's face; None where there is none.
    pub fn solve(&self, frame: &Frame, calibration: &Calibration) -> Option<FaceWeights> {
        let seen = align(frame, calibration)?;
        let moved: Vec<Vec3> = seen
            .iter()
            .zip(&self.neutral)
            .map(|(s, n)| if s.is_finite() { *s - *n } else { Vec3::ZERO })
            .collect();
        let count = self.shapes.len();
        let wanted: Vec<f32> = self
            .shapes
            .iter()
            .map(|shape| shape.field.iter().map(|&(i, d)| d.dot(moved[usize::from(i)])).sum())
            .collect();
        // Coordinate descent on the normal equations, each weight kept within 0 and 1.
        let mut weights = vec![0.0f32; count];
        for _ in 0..ROUNDS {
            for i in 0..count {
                let row = &self.gram[i * count..(i + 1) * count];
                let others: f32 =
                    row.iter().zip(&weights).map(|(g, w)| g * w).sum::<f32>() - row[i] * weights[i];
                let nearest = (wanted[i] - others) / (row[i] * (1.0 + RIDGE));
                weights[i] = (weights[i] + RELAXATION * (nearest - weights[i])).clamp(0.0, 1.0);
            }
        }
        let noise = if calibration.depth_is_measured { 0.0 } else { LEAST };
        let mut face = FaceWeights::NEUTRAL;
        for (shape, weight) in self.shapes.iter().zip(weights) {
            face[shape.name] = ((weight - noise) / (1.0 - noise)).clamp(0.0, 1.0);
        }
        Some(face)
    }
}

fn product(a: &[(u16, Vec3)], b: &[(u16, Vec3)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += x.1.dot(y.1);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// A frame's face laid onto the reference's by its rigid points: turned, scaled and moved.
fn align(frame: &Frame, calibration: &Calibration) -> Option<Vec<Vec3>> {
    let face = frame.face.as_ref()?;
    let pairs = head_pairs(frame, calibration.face_depth);
    let rotation = best_rotation(&pairs)?.inverse();
    let count = pairs.len() as f32;
    let (to, from) =
        pairs.iter().fold((Vec3::ZERO, Vec3::ZERO), |(a, b), p| (a + p.0 / count, b + p.1 / count));
    let size = |about: Vec3, get: fn(&(Vec3, Vec3)) -> Vec3| {
        pairs.iter().map(|p| get(p).distance_squared(about)).sum::<f32>().sqrt()
    };
    let scale = size(to, |p| p.0) / size(from, |p| p.1).max(1e-6);
    let stretch = Vec3::new(1.0, 1.0, calibration.face_depth);
    Some(face.iter().map(|&p| rotation * (p * stretch - from) * scale + to).collect())
}
