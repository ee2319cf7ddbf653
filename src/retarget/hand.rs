//! 21 points of a hand → the palm's rotation and the joint angles of five fingers.
//!
//! The palm is the rotation that best lays the reference palm (wrist and four knuckles) onto the
//! points. A finger bends about one axis, so its three segments lie in a plane that holds the
//! palm's normal: that plane's turn is the abduction, the segments' angles in it are the flexions.

use super::procrustes::best_rotation;
use super::refine::{Fit, refine, refine_either};
use crate::body::{Finger, FingerAngles, Hand, HandShape, Side, ThumbAngles};
use glam::{Quat, Vec2, Vec3};

/// What was read from a hand's points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolvedHand {
    /// The hand's rotation, in the frame of the points.
    pub rotation: Quat,
    /// Its fingers, within the joint limits.
    pub shape: HandShape,
    /// How many angles had to be brought within the limits by more than 10°.
    pub clamped: usize,
}

/// How well a hand's points are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Points {
    /// Made by forward kinematics: every angle is taken from them as it is.
    Exact,
    /// Seen by a camera, at this size relative to the reference hand: end joints lean on their
    /// middle joints, folded fingers are not spread, and the angles are fitted within the limits.
    Seen {
        /// Bone lengths over the reference's.
        scale: f32,
    },
}

/// Reads a hand.
///
/// None where the points are not finite or the palm is a line.
pub fn solve_hand(side: Side, points: &[Vec3; 21], quality: Points) -> Option<SolvedHand> {
    let rotation = palm_rotation(side, points)?;
    let hand_from_points = rotation.inverse();
    let local = points.map(|p| hand_from_points * (p - points[0]));
    let mut shape = HandShape::FLAT;
    for finger in Finger::ALL {
        let first = 5 + 4 * finger as usize;
        shape.fingers[finger as usize] = finger_angles(side, &local[first..first + 4], quality)?;
    }
    shape.thumb = thumb_angles(side, &local[1..5])?;
    let mut limited = shape.clamped();
    let clamped = violations(&shape, &limited);
    if let Points::Seen { scale } = quality {
        fit_fingers(side, rotation, &local, &mut limited);
        fit_thumb(side, rotation, &local, scale, &mut limited);
    }
    Some(SolvedHand { rotation, shape: limited, clamped })
}

/// How far width, height and depth of a point are believed. A thumb's depth is what tells whether it
/// crosses the palm; a folded finger's is mostly noise.
const FINGER_TRUST: Vec3 = Vec3::new(1.0, 1.0, 0.3);
const THUMB_TRUST: Vec3 = Vec3::new(1.0, 1.0, 0.6);

/// A finger folded into the palm, radians.
const FOLDED: [f32; 4] = [1.3, 0.0, 1.6, 0.9];

/// Fits the fingers' angles to chains of the reference's lengths along the bones that were seen.
fn fit_fingers(side: Side, rotation: Quat, local: &[Vec3; 21], shape: &mut HandShape) {
    let pack = |f: &FingerAngles| [f.mcp, f.abduction, f.pip, f.dip];
    let unpack = |[mcp, abduction, pip, dip]: [f32; 4]| FingerAngles { mcp, abduction, pip, dip };
    for finger in Finger::ALL {
        let i = finger as usize;
        let lengths = Hand::REFERENCE.fingers[i];
        let mut end = Vec3::ZERO;
        let targets = std::array::from_fn(|k| {
            let bone = local[6 + 4 * i + k] - local[5 + 4 * i + k];
            end += bone.normalize_or_zero() * lengths[k];
            rotation * end * FINGER_TRUST
        });
        let ends = |angles: &[f32; 4]| {
            let mut bent = HandShape::FLAT;
            bent.fingers[i] = unpack(*angles);
            let ends = chain_ends(Vec3::X * side.sign(), bent.finger_rotations(side, finger), lengths);
            ends.map(|end| rotation * end * FINGER_TRUST)
        };
        let guess = pack(&shape.fingers[i]);
        // Without evidence a finger is not spread, and its end joint follows its middle one.
        let prior = ([guess[0], 0.0, guess[2], 0.67 * guess[2]], [0.0, 0.04, 0.0, 0.02]);
        let limits = FingerAngles::LIMITS.map(|l| pack(&l));
        let fit = Fit { targets, weights: [1.0, 1.0, 2.0], limits, prior, ends: &ends };
        shape.fingers[i] = unpack(refine_either(guess, FOLDED, &fit));
    }
}

/// Fits the thumb to where its points are in the palm: what it touches matters more than how it
/// gets there.
fn fit_thumb(side: Side, rotation: Quat, local: &[Vec3; 21], scale: f32, shape: &mut HandShape) {
    let pack = |t: &ThumbAngles| [t.abduction, t.flexion, t.mcp, t.ip];
    let unpack = |[abduction, flexion, mcp, ip]: [f32; 4]| ThumbAngles { abduction, flexion, mcp, ip };
    let root = Hand::REFERENCE.thumb_root * Vec3::new(side.sign(), 1.0, 1.0);
    let targets = std::array::from_fn(|k| rotation * (local[2 + k] / scale.max(1e-3) - root) * THUMB_TRUST);
    let ends = |angles: &[f32; 4]| {
        let bent = HandShape { thumb: unpack(*angles), ..HandShape::FLAT };
        let along = HandShape::thumb_rest_direction(side);
        chain_ends(along, bent.thumb_rotations(side), Hand::REFERENCE.thumb)
            .map(|end| rotation * end * THUMB_TRUST)
    };
    let guess = pack(&shape.thumb);
    let prior = ([0.4, 0.1, 0.2, 0.2], [0.01, 0.01, 0.02, 0.02]);
    let limits = ThumbAngles::LIMITS.map(|l| pack(&l));
    let fit = Fit { targets, weights: [1.0, 1.0, 2.0], limits, prior, ends: &ends };
    shape.thumb = unpack(refine(guess, &fit));
}

/// Where three bones end, from the root of the first.
fn chain_ends(along: Vec3, rotations: [Quat; 3], lengths: [f32; 3]) -> [Vec3; 3] {
    let mut rotation = Quat::IDENTITY;
    let mut end = Vec3::ZERO;
    std::array::from_fn(|k| {
        rotation *= rotations[k];
        end += rotation * along * lengths[k];
        end
    })
}

/// The palm's rotation: the reference palm laid onto wrist and knuckles.
fn palm_rotation(side: Side, points: &[Vec3; 21]) -> Option<Quat> {
    let mirror = Vec3::new(side.sign(), 1.0, 1.0);
    let knuckles = Hand::REFERENCE.knuckles;
    let pairs: [(Vec3, Vec3); 5] = std::array::from_fn(|i| match i {
        0 => (Vec3::ZERO, points[0]),
        _ => (knuckles[i - 1] * mirror, points[1 + 4 * i]),
    });
    let [first, last] = [points[5] - points[0], points[17] - points[0]];
    let area = first.cross(last).length();
    if area.is_nan() || area <= 1e-3 * first.length() * last.length() {
        return None;
    }
    best_rotation(&pairs)
}

/// A share of straightness lent to every finger, exact and guessed, so that noise in a folded one
/// does not swing its abduction about.
const ABDUCTION_PRIOR: [f32; 2] = [5e-6, 0.02];

/// Angles of a finger from its four points in the hand's frame.
fn finger_angles(side: Side, points: &[Vec3], quality: Points) -> Option<FingerAngles> {
    let [root, middle, end, tip] = *points else { return None };
    let segments = [middle - root, end - middle, tip - end].map(|d| d * Vec3::new(side.sign(), 1.0, 1.0));
    if segments.iter().any(|d| d.is_nan() || d.length() <= 1e-6) {
        return None;
    }
    let exact = quality == Points::Exact;
    let mut abduction = plane_turn(&segments, ABDUCTION_PRIOR[usize::from(!exact)]);
    let (sin, cos) = abduction.clamp(-ABDUCTION_MOST, ABDUCTION_MOST).sin_cos();
    let forward = Vec2::new(cos, sin);
    let [first, second, third] = segments.map(|d| (-d.y).atan2(Vec2::new(d.x, d.z).dot(forward)));
    let mcp = fold(first);
    // A middle joint bends one way only, an end joint nearly so: large angles have no sign.
    let pip = segments[0].angle_between(segments[1]);
    let unsigned = segments[1].angle_between(segments[2]);
    let signed = crate::body::maths::wrap_angle(third - second);
    let mut dip = if unsigned > 0.2 { unsigned } else { signed };
    if !exact {
        abduction *= mcp.cos().max(0.0);
        dip += (0.67 * pip.min(1.9) - dip) * DIP_PRIOR;
    }
    Some(FingerAngles { mcp, abduction, pip, dip })
}

/// How far an end joint follows its middle joint where a camera saw them.
const DIP_PRIOR: f32 = 0.35;

/// Farthest turn of a finger's plane that its flexions are measured in.
const ABDUCTION_MOST: f32 = 0.35;

/// An angle that cannot be far negative: what looks like a joint bent back beyond 100° is one
/// folded beyond 180°.
fn fold(angle: f32) -> f32 {
    if angle < -1.75 { angle + std::f32::consts::TAU } else { angle }
}

/// The turn about the palm's normal of the plane that three segments lie in.
fn plane_turn(segments: &[Vec3; 3], prior: f32) -> f32 {
    let (mut xx, mut zz, mut xz, mut all) = (0.0, 0.0, 0.0, 0.0);
    for d in segments {
        xx += d.x * d.x;
        zz += d.z * d.z;
        xz += d.x * d.z;
        all += d.length_squared();
    }
    0.5 * (2.0 * xz).atan2(xx - zz + prior * all)
}

/// Angles of the thumb from its four points in the hand's frame.
fn thumb_angles(side: Side, points: &[Vec3]) -> Option<ThumbAngles> {
    let [root, middle, end, tip] = *points else { return None };
    let [metacarpal, proximal, distal] =
        [(root, middle), (middle, end), (end, tip)].map(|(a, b)| (b - a).try_normalize());
    let (metacarpal, proximal, distal) = (metacarpal?, proximal?, distal?);
    let rest = HandShape::thumb_rest_direction(side);
    let abduction = (-metacarpal.y).clamp(-1.0, 1.0).asin();
    let longitude = |d: Vec3| (side.sign() * d.x).atan2(d.z);
    let flexion = crate::body::maths::wrap_angle(longitude(metacarpal) - longitude(rest));
    let root_angles = ThumbAngles { abduction, flexion, ..ThumbAngles::default() }.clamped();
    // The outer joints bend about the axis that the root's opposition gives them.
    let shape = HandShape { thumb: root_angles, ..HandShape::FLAT };
    let hinge = shape.thumb_rotations(side)[0] * HandShape::thumb_hinge(side);
    let mcp = turn_about(hinge, metacarpal, proximal);
    let ip = turn_about(hinge, proximal, distal);
    Some(ThumbAngles { abduction, flexion, mcp, ip })
}

/// The signed angle from one direction to another about an axis.
fn turn_about(axis: Vec3, from: Vec3, to: Vec3) -> f32 {
    let (a, b) = (from.reject_from_normalized(axis), to.reject_from_normalized(axis));
    a.cross(b).dot(axis).atan2(a.dot(b))
}

/// How many angles differ by more than 10°.
fn violations(raw: &HandShape, limited: &HandShape) -> usize {
    let angles = |s: &HandShape| {
        let mut all = vec![s.thumb.abduction, s.thumb.flexion, s.thumb.mcp, s.thumb.ip];
        all.extend(s.fingers.iter().flat_map(|f| [f.mcp, f.abduction, f.pip, f.dip]));
        all
    };
    let (raw, limited) = (angles(raw), angles(limited));
    raw.iter().zip(limited).filter(|(a, b)| (*a - b).abs() > 10f32.to_radians()).count()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any handshape within the joint limits.
    pub(crate) fn any_shape() -> impl Strategy<Value = HandShape> {
        let unit = || 0.0f32..1.0;
        let finger = (unit(), unit(), unit(), unit()).prop_map(|(a, b, c, d)| {
            let [low, high] = FingerAngles::LIMITS;
            let mix = |l: f32, h: f32, t: f32| l + (h - l) * t;
            FingerAngles {
                mcp: mix(low.mcp, high.mcp, a),
                abduction: mix(low.abduction, high.abduction, b),
                pip: mix(low.pip, high.pip, c),
                dip: mix(low.dip, high.dip, d),
            }
        });
        let thumb = (unit(), unit(), unit(), unit()).prop_map(|(a, b, c, d)| {
            let [low, high] = ThumbAngles::LIMITS;
            let mix = |l: f32, h: f32, t: f32| l + (h - l) * t;
            ThumbAngles {
                abduction: mix(low.abduction, high.abduction, a),
                flexion: mix(low.flexion, high.flexion, b),
                mcp: mix(low.mcp, high.mcp, c),
                ip: mix(low.ip, high.ip, d),
            }
        });
        (thumb, [finger.clone(), finger.clone(), finger.clone(), finger])
            .prop_map(|(thumb, fingers)| HandShape { thumb, fingers })
    }

    /// The greatest difference of an angle, degrees.
    pub(crate) fn shape_error(a: &HandShape, b: &HandShape) -> f32 {
        let mut worst = 0.0f32;
        let mut see = |x: f32, y: f32| worst = worst.max((x - y).abs().to_degrees());
        see(a.thumb.abduction, b.thumb.abduction);
        see(a.thumb.flexion, b.thumb.flexion);
        see(a.thumb.mcp, b.thumb.mcp);
        see(a.thumb.ip, b.thumb.ip);
        for (f, g) in a.fingers.iter().zip(&b.fingers) {
            see(f.mcp, g.mcp);
            see(f.abduction, g.abduction);
            see(f.pip, g.pip);
            see(f.dip, g.dip);
        }
        worst
    }

    proptest! {
        #[test]
        fn every_handshape_is_read_back_from_its_points(
            shape in any_shape(),
            turn in (-3.0f32..3.0, -1.5f32..1.5, -3.0f32..3.0),
            left in any::<bool>(),
        ) {
            let side = if left { Side::Left } else { Side::Right };
            let rotation = Quat::from_euler(glam::EulerRot::XYZ, turn.0, turn.1, turn.2);
            let points = Hand::REFERENCE.points(side, &shape).map(|p| rotation * p * 3.0);
            let solved = solve_hand(side, &points, Points::Exact).expect("a whole hand");
            prop_assert!(solved.rotation.angle_between(rotation).to_degrees() < 1.0);
            let error = shape_error(&solved.shape, &shape);
            prop_assert!(error < 1.0, "{error}° {shape:?} {:?}", solved.shape);
        }

        #[test]
        fn any_points_give_a_shape_within_limits_or_none(values in prop::collection::vec(-1.0f32..1.0, 63)) {
            let points: [Vec3; 21] = std::array::from_fn(|i| Vec3::from_slice(&values[3 * i..3 * i + 3]));
            if let Some(solved) = solve_hand(Side::Right, &points, Points::Seen { scale: 1.0 }) {
                prop_assert_eq!(solved.shape, solved.shape.clamped());
                prop_assert!(solved.rotation.is_finite());
            }
        }
    }

    #[test]
    fn points_that_are_not_numbers_or_all_the_same_are_no_hand() {
        assert_eq!(solve_hand(Side::Left, &[Vec3::NAN; 21], Points::Exact), None);
        assert_eq!(solve_hand(Side::Left, &[Vec3::ONE; 21], Points::Exact), None);
    }
}
