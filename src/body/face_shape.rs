//! The face's 468 points: a measured neutral, moved by the face weights.
//!
//! Each shape is a field of displacements at weight 1, a formula of where a point is on the neutral
//! face; only lids and lips, which touch, are told apart by the mesh's indices. Shapes of the right
//! side mirror the left's. Gaze moves no point of this mesh, nor does the tongue.

use super::skeleton::pivot;
use super::{ArKit, FaceWeights};
use glam::Vec3;
use std::sync::OnceLock;

/// How many points the face mesh has.
pub const FACE_POINTS: usize = 468;

/// Where each of the face's points goes at weight 1, shoulder widths.
pub type FaceField = [Vec3; FACE_POINTS];

/// The neutral face, chest frame with the head straight, shoulder widths.
pub fn neutral_face() -> &'static [Vec3; FACE_POINTS] {
    static FACE: OnceLock<[Vec3; FACE_POINTS]> = OnceLock::new();
    FACE.get_or_init(|| parse(include_str!("../../assets/body/neutral_face.csv")))
}

/// The field of a shape; None where it moves no point of the mesh.
pub fn face_field(shape: ArKit) -> Option<&'static FaceField> {
    static FIELDS: OnceLock<Vec<Option<Box<FaceField>>>> = OnceLock::new();
    FIELDS.get_or_init(|| ArKit::ALL.map(make_field).into())[shape as usize].as_deref()
}

/// A point of the chest frame with the head straight, in the head's own frame.
pub(crate) fn in_head(point: Vec3) -> Vec3 {
    point - pivot::HEAD
}

/// The face with its weights on, head straight.
pub(crate) fn face(weights: &FaceWeights) -> [Vec3; FACE_POINTS] {
    let mut points = *neutral_face();
    for shape in ArKit::ALL {
        let weight = weights[shape];
        if let Some(field) = face_field(shape).filter(|_| weight != 0.0) {
            points.iter_mut().zip(field).for_each(|(p, d)| *p += *d * weight);
        }
    }
    points
}

fn parse(csv: &str) -> [Vec3; FACE_POINTS] {
    let mut points = [Vec3::ZERO; FACE_POINTS];
    let lines = csv.lines().filter(|line| !line.starts_with('#'));
    for (point, line) in points.iter_mut().zip(lines) {
        let mut numbers = line.split(',').map(|n| n.trim().parse().unwrap_or(f32::NAN));
        *point = Vec3::from_array(std::array::from_fn(|_| numbers.next().unwrap_or(f32::NAN)));
    }
    points
}

/// Lids of the left eye, nose side first: upper and lower rim, and the rings next to them.
const UPPER_LID: [usize; 7] = [398, 384, 385, 386, 387, 388, 466];
const LOWER_LID: [usize; 7] = [382, 381, 380, 374, 373, 390, 249];
const ABOVE_LID: [usize; 7] = [414, 286, 258, 257, 259, 260, 467];
const BELOW_LID: [usize; 7] = [341, 256, 252, 253, 254, 339, 255];

/// Upper and lower lip, outer and inner rim, without the corners.
const UPPER_LIP: [usize; 34] = [
    185, 40, 39, 37, 0, 267, 269, 270, 409, 191, 80, 81, 82, 13, 312, 311, 310, 415, 184, 74, 73, 72, 11,
    302, 303, 304, 408, 42, 41, 38, 12, 268, 271, 272,
];
const LOWER_LIP: [usize; 34] = [
    146, 91, 181, 84, 17, 314, 405, 321, 375, 95, 88, 178, 87, 14, 317, 402, 318, 324, 77, 90, 180, 85, 16,
    315, 404, 320, 307, 96, 89, 179, 86, 15, 316, 403,
];

/// The line between the lips and its left end.
const LIPS_Y: f32 = 0.460;
const CORNER: Vec3 = Vec3::new(0.081, 0.456, 0.0);

/// What a formula knows of a point.
#[derive(Clone, Copy)]
struct At {
    index: usize,
    p: Vec3,
}

impl At {
    /// 1 at a place, falling off over the two radii.
    fn near(self, x: f32, y: f32, radius_x: f32, radius_y: f32) -> f32 {
        let (dx, dy) = ((self.p.x - x) / radius_x, (self.p.y - y) / radius_y);
        (-dx * dx - dy * dy).exp()
    }

    /// 1 on the left half, 0 on the right, even over the middle.
    fn left(self) -> f32 {
        smooth(-0.03, 0.03, self.p.x)
    }

    fn upper_lip(self) -> f32 {
        f32::from(u8::from(UPPER_LIP.contains(&self.index)))
    }

    fn lower_lip(self) -> f32 {
        f32::from(u8::from(LOWER_LIP.contains(&self.index)))
    }

    /// −1 to 1 across the mouth.
    fn across(self) -> f32 {
        (self.p.x / CORNER.x).clamp(-1.0, 1.0)
    }

    fn mouth(self) -> f32 {
        self.near(0.0, LIPS_Y, 0.085, 0.05)
    }

    /// How far a point goes with the lower jaw.
    fn jaw(self) -> f32 {
        let aside = self.p.x.abs();
        let hinge = 1.0 - 0.85 * smooth(0.10, 0.22, aside);
        if self.upper_lip() > 0.0 {
            0.0
        } else if self.lower_lip() > 0.0 {
            1.0 - 0.5 * self.across().powi(4)
        } else if aside < 0.07 {
            hinge * smooth(LIPS_Y + 0.002, LIPS_Y - 0.01, self.p.y)
        } else {
            hinge * smooth(0.53, 0.39, self.p.y)
        }
    }

    /// Which lid point of a ring this is.
    fn on(self, ring: &[usize; 7]) -> Option<usize> {
        ring.iter().position(|&i| i == self.index)
    }
}

/// 0 before `from`, 1 after `to`, smooth between.
fn smooth(from: f32, to: f32, at: f32) -> f32 {
    super::maths::minimum_jerk((at - from) / (to - from))
}

/// How far the left lids are apart at a ring point.
fn opening(k: usize) -> Vec3 {
    neutral_face()[UPPER_LID[k]] - neutral_face()[LOWER_LID[k]]
}

/// Lids that move by shares of their opening: upper rim, above it, lower rim, below it.
fn lids(at: At, [upper, above, lower, below]: [f32; 4]) -> Vec3 {
    for (ring, share) in [(&UPPER_LID, upper), (&ABOVE_LID, above), (&LOWER_LID, lower), (&BELOW_LID, below)]
    {
        if let Some(k) = at.on(ring) {
            return opening(k) * share;
        }
    }
    Vec3::ZERO
}

fn make_field(shape: ArKit) -> Option<Box<FaceField>> {
    let neutral = neutral_face();
    let of = |f: &dyn Fn(At) -> Option<Vec3>| -> Option<Box<FaceField>> {
        let mut field = Box::new([Vec3::ZERO; FACE_POINTS]);
        for (index, &p) in neutral.iter().enumerate() {
            field[index] = f(At { index, p })?;
        }
        Some(field)
    };
    if shape.name().ends_with("Right") && left_or_middle(shape, At { index: 0, p: Vec3::ZERO }).is_none() {
        let left = make_field(shape.mirrored())?;
        let mirror = Vec3::new(-1.0, 1.0, 1.0);
        return of(&|at| {
            let twin = nearest(neutral, at.p * mirror);
            Some(left[twin] * mirror)
        });
    }
    of(&|at| left_or_middle(shape, at))
}

fn nearest(points: &[Vec3], to: Vec3) -> usize {
    let distance = |i: &usize| points[*i].distance_squared(to);
    (0..points.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// Displacement of a point by a shape of the left side or of the middle.
fn left_or_middle(shape: ArKit, at: At) -> Option<Vec3> {
    upper_face(shape, at).or_else(|| jaw_and_cheeks(shape, at)).or_else(|| lips(shape, at))
}

fn upper_face(shape: ArKit, at: At) -> Option<Vec3> {
    let brow = |x: f32, reach: f32| at.near(x, 0.775, reach, if at.p.y < 0.775 { 0.035 } else { 0.06 });
    Some(match shape {
        ArKit::EyeBlinkLeft => lids(at, [-0.85, -0.5, 0.15, 0.08]),
        ArKit::EyeWideLeft => lids(at, [0.4, 0.25, -0.12, -0.06]),
        ArKit::EyeSquintLeft => lids(at, [-0.15, -0.1, 0.45, 0.4]),
        ArKit::BrowDownLeft => Vec3::new(-0.010, -0.032, 0.004) * brow(0.085, 0.075) * at.left(),
        ArKit::BrowInnerUp => {
            Vec3::new(0.0, 0.040, 0.0) * (brow(0.045, 0.045) + brow(-0.045, 0.045)).min(1.0)
        }
        ArKit::BrowOuterUpLeft => Vec3::new(0.0, 0.036, 0.0) * brow(0.150, 0.055),
        _ => return None,
    })
}

fn jaw_and_cheeks(shape: ArKit, at: At) -> Option<Vec3> {
    let cheek = at.near(0.13, 0.49, 0.06, 0.06) - at.near(-0.13, 0.49, 0.06, 0.06);
    Some(match shape {
        ArKit::JawOpen => Vec3::new(0.0, -0.110, -0.030) * at.jaw(),
        ArKit::JawForward => Vec3::new(0.0, 0.0, 0.030) * at.jaw(),
        ArKit::JawLeft => Vec3::new(0.035, 0.0, 0.0) * at.jaw(),
        ArKit::CheekPuff => Vec3::new(0.028 * cheek, 0.0, 0.028 * cheek.abs()),
        ArKit::CheekSquintLeft => Vec3::new(0.0, 0.020, 0.010) * at.near(0.12, 0.605, 0.06, 0.035),
        ArKit::NoseSneerLeft => Vec3::new(0.0, 0.020, 0.004) * at.near(0.045, 0.57, 0.03, 0.035),
        _ => return None,
    })
}

fn lips(shape: ArKit, at: At) -> Option<Vec3> {
    let (upper, lower, across) = (at.upper_lip(), at.lower_lip(), at.across());
    let corner = at.near(CORNER.x, CORNER.y, 0.055, 0.05);
    let middle = 1.0 - across * across;
    let pull = Vec3::new(-across * at.mouth(), 0.0, 0.0);
    let forward = at.mouth() * (0.4 + 0.6 * middle);
    Some(match shape {
        ArKit::MouthClose => Vec3::new(0.0, 0.060 * lower - 0.045 * upper, 0.008 * lower) * middle,
        ArKit::MouthFunnel => {
            pull * 0.022 + Vec3::new(0.0, 0.022 * (upper - lower) * middle, 0.034 * forward)
        }
        ArKit::MouthPucker => pull * 0.036 + Vec3::new(0.0, 0.004 * (upper - lower), 0.036 * forward),
        ArKit::MouthLeft => Vec3::new(0.035, 0.0, 0.0) * at.mouth(),
        ArKit::MouthSmileLeft => Vec3::new(0.024, 0.026, -0.008) * corner,
        ArKit::MouthFrownLeft => Vec3::new(0.002, -0.026, 0.0) * corner,
        ArKit::MouthDimpleLeft => Vec3::new(0.012, 0.004, -0.016) * at.near(0.09, 0.456, 0.035, 0.03),
        ArKit::MouthStretchLeft => Vec3::new(0.030, -0.012, -0.006) * corner,
        ArKit::MouthRollLower => Vec3::new(0.0, 0.010, -0.018) * lower,
        ArKit::MouthRollUpper => Vec3::new(0.0, -0.010, -0.018) * upper,
        ArKit::MouthShrugLower => {
            Vec3::new(0.0, 0.018, 0.012) * at.near(0.0, 0.40, 0.07, 0.05) * (1.0 - upper)
        }
        ArKit::MouthShrugUpper => Vec3::new(0.0, 0.016, 0.010) * upper * middle,
        ArKit::MouthPressLeft => {
            Vec3::new(0.0, 0.010 * (lower - upper), -0.004 * (lower + upper)) * at.left()
        }
        ArKit::MouthLowerDownLeft => Vec3::new(0.0, -0.026, 0.0) * lower * at.left() * middle.max(0.2),
        ArKit::MouthUpperUpLeft => Vec3::new(0.0, 0.024, 0.004) * upper * at.left() * middle.max(0.2),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_neutral_face_is_whole_and_symmetric() {
        let face = neutral_face();
        assert!(face.iter().all(|p| p.is_finite()));
        for (left, right) in [(263, 33), (291, 61), (454, 234), (334, 105)] {
            assert!((face[left] - face[right] * Vec3::new(-1.0, 1.0, 1.0)).length() < 2e-3);
        }
        assert_ne!(face[FACE_POINTS - 1], Vec3::ZERO);
    }

    #[test]
    fn every_shape_but_gaze_and_tongue_moves_points() {
        for shape in ArKit::ALL {
            let gaze = shape.name().contains("Look") || shape == ArKit::TongueOut;
            let moved = face_field(shape).is_some_and(|f| f.iter().any(|d| d.length() > 2e-3));
            assert_eq!(moved, !gaze, "{shape:?}");
        }
    }

    #[test]
    fn a_blink_closes_one_eye_and_an_open_jaw_parts_the_lips() {
        let mut weights = FaceWeights::NEUTRAL;
        weights[ArKit::EyeBlinkRight] = 1.0;
        weights[ArKit::JawOpen] = 1.0;
        let face = face(&weights);
        assert!(face[159].distance(face[145]) < 2e-3, "the right eye is closed");
        assert!(face[386].distance(face[374]) > 0.01, "the left eye is open");
        assert!(face[13].y - face[14].y > 0.08);
        assert!(neutral_face()[152].y - face[152].y > 0.08, "the chin drops");
        assert!((neutral_face()[454] - face[454]).length() < 0.01, "the ear stays");
    }
}
