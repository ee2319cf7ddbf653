//! Face landmarks → ARKit weights: the weights whose moved face comes nearest to what was seen.

use super::Calibration;
use super::calibration::head_pairs;
use super::frame::{Frame, body, median};
use super::procrustes::best_rotation;
use crate::body::{ArKit, FACE_POINTS, FaceWeights, face_field, neutral_face};
use glam::Vec3;
use std::cmp::Ordering;

/// Solves faces against one signer's neutral.
#[derive(Clone, Debug)]
pub struct FaceSolver {
    /// The signer's own neutral face, in the reference's pose and size.
    neutral: Vec<Vec3>,
    shapes: Vec<Shape>,
    /// What each shape's weight is multiplied by, for this signer's lids, brows and mouth.
    gains: Vec<f32>,
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
/// Frames that the neutral face is looked for in, at most.
const MOST_FRAMES: usize = 96;
/// A wrist below this is not signing, shoulder widths.
const LOWERED: f32 = -0.85;
/// How far a signer's range may differ from the reference's.
const GAINS: std::ops::RangeInclusive<f32> = 0.75..=1.6;
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

    /// For the signer of a recording. The neutral face is the median of the frames in which the face
    /// moves least, of those with lowered hands where there are some: a signer who mouths all the time is
    /// not neutral most of the time.
    pub fn measure(frames: &[Frame], calibration: &Calibration) -> Self {
        if calibration.depth_is_measured {
            return Self::new();
        }
        let calm = calm_faces(frames, calibration);
        if calm.is_empty() {
            return Self::new();
        }
        let middle = |i: usize, axis: usize| median(&mut calm.iter().map(|f| f[i][axis]).collect());
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
        let ranges = Ranges::of(&neutral);
        let gains = shapes.iter().map(|shape| ranges.gain(shape.name)).collect();
        Self { neutral, shapes, gains, gram }
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
        for ((shape, gain), weight) in self.shapes.iter().zip(&self.gains).zip(weights) {
            face[shape.name] = (gain * (weight - noise) / (1.0 - noise)).clamp(0.0, 1.0);
        }
        Some(face)
    }
}

/// The aligned faces of the calm frames of a recording.
fn calm_faces(frames: &[Frame], calibration: &Calibration) -> Vec<Vec<Vec3>> {
    let step = frames.len().div_ceil(MOST_FRAMES).max(1);
    let resting = |frame: &Frame| {
        body::WRISTS.iter().all(|&wrist| frame.body[wrist].y.partial_cmp(&LOWERED) != Some(Ordering::Greater))
    };
    let seen: Vec<(bool, Vec<Vec3>)> = frames
        .iter()
        .step_by(step)
        .filter_map(|frame| Some((resting(frame), align(frame, calibration)?)))
        .collect();
    let at_rest = seen.iter().filter(|(resting, _)| *resting).count();
    let enough = at_rest >= 4 && at_rest * 10 >= seen.len();
    let mut speeds: Vec<(f32, usize)> = (0..seen.len())
        .filter(|&i| !enough || seen[i].0)
        .map(|i| {
            let near = [i.saturating_sub(1), (i + 1).min(seen.len() - 1)];
            (near.iter().map(|&k| change(&seen[i].1, &seen[k].1)).fold(0.0, f32::max), i)
        })
        .collect();
    speeds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let calm = speeds.len().div_ceil(2).max(3);
    speeds.iter().take(calm).map(|&(_, i)| seen[i].1.clone()).collect()
}

/// How far two aligned faces are apart, root mean square over the points that both have.
fn change(a: &[Vec3], b: &[Vec3]) -> f32 {
    let squares = a.iter().zip(b).map(|(a, b)| a.distance_squared(*b)).filter(|d| d.is_finite());
    let (sum, count) = squares.fold((0.0, 0.0_f32), |(sum, count), d| (sum + d, count + 1.0));
    (sum / count.max(1.0)).sqrt()
}

/// How wide a face's parts are that expressions move: a narrow eye closes over a shorter way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ranges {
    /// Between the lids.
    lids: f32,
    /// From the inner corner of the eye to the brow.
    brows: f32,
    /// Between the mouth's corners.
    mouth: f32,
}

impl Ranges {
    fn of(face: &[Vec3]) -> Self {
        let apart = |pairs: &[(usize, usize)]| {
            pairs.iter().map(|&(a, b)| face[a].distance(face[b])).sum::<f32>() / pairs.len() as f32
        };
        Self {
            lids: apart(&[(159, 145), (158, 153), (386, 374), (385, 380)]),
            brows: apart(&[(133, 105), (362, 334)]),
            mouth: apart(&[(61, 291)]),
        }
    }

    /// What a shape's weight is multiplied by, so that the same expression has the same weight on any
    /// signer's face.
    fn gain(&self, shape: ArKit) -> f32 {
        let reference = Self::of(neutral_face());
        let name = shape.name();
        let (own, reference) = if name.starts_with("eye") {
            (self.lids, reference.lids)
        } else if name.starts_with("brow") {
            (self.brows, reference.brows)
        } else if name.starts_with("mouth") {
            (self.mouth, reference.mouth)
        } else {
            return 1.0;
        };
        let gain = reference / own;
        if gain.is_finite() { gain.clamp(*GAINS.start(), *GAINS.end()) } else { 1.0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retarget::frame::frames;
    use crate::retarget::tests::reference;

    #[test]
    fn the_reference_face_needs_no_gain() {
        let ranges = Ranges::of(neutral_face());
        assert!(ArKit::ALL.iter().all(|&shape| (ranges.gain(shape) - 1.0).abs() < 1e-6));
    }

    #[test]
    fn a_recordings_calm_faces_are_neutral_and_its_blinks_are_found() {
        let Some(folder) = reference("jos-letters") else { return };
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "pose"));
        files.sort();
        let (mut blinking, mut resting) = (0, Vec::new());
        for file in &files {
            let sequence = crate::pose::PoseSequence::read(file).unwrap();
            let frames = frames(&sequence).unwrap();
            let calibration = Calibration::measure(&frames);
            let solver = FaceSolver::measure(&frames, &calibration);
            let faces: Vec<FaceWeights> =
                frames.iter().filter_map(|frame| solver.solve(frame, &calibration)).collect();
            let lids: Vec<f32> = faces.iter().map(|face| face[ArKit::EyeBlinkLeft]).collect();
            blinking += usize::from(lids.iter().any(|&lid| lid > 0.6));
            for shape in [ArKit::BrowInnerUp, ArKit::BrowDownLeft, ArKit::JawOpen, ArKit::EyeBlinkLeft] {
                resting.push(median(&mut faces.iter().map(|face| face[shape]).collect()).unwrap());
            }
        }
        let calm = resting.iter().filter(|weight| **weight < 0.12).count();
        assert!(calm * 10 >= resting.len() * 9, "{calm} of {}", resting.len());
        assert!(blinking * 3 >= files.len(), "{blinking} of {} recordings have a blink", files.len());
    }
}
