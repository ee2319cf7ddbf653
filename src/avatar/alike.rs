//! Which letters an avatar makes alike because its hands lack joints.
//!
//! Computed, not listed: each letter is made by hands with and without the joints, and two letters are
//! alike where, at every moment, no point of the hands differs by more than a viewer would put down to
//! the signer, nor how the palm is turned, nor the path. Letters that are alike with all joints do not
//! count.

use crate::body::{Articulation, Bone, Finger, Hand, HandShape, Motion, Side};
use crate::lexicon::{Category, Lexicon, LexiconError, SignClip};
use glam::{Quat, Vec3};
use std::sync::Arc;

/// A point of the hand differs visibly by this much, shoulder widths: 3 cm on a person, about the
/// breadth of two fingers.
const SHAPE: f32 = 0.08;
/// A palm is turned visibly by this much, radians.
const PALM: f32 = 0.5;
/// A path differs visibly by this much, shoulder widths.
const PATH: f32 = 0.12;
/// Moments at which two letters are compared.
const MOMENTS: usize = 8;
/// An arm whose wrist is lower than this takes no part, shoulder widths.
const HANGING: f32 = -1.2;

/// A letter and how it moves.
pub type Letter<'a> = (&'a str, &'a Motion);

/// A lexicon's letters and how they move, without those that are spelled as another.
///
/// # Errors
/// If a letter cannot be read.
pub fn alphabet(lexicon: &Lexicon) -> Result<Vec<(String, Arc<Motion>)>, LexiconError> {
    let mut letters = Vec::new();
    for (id, entry) in lexicon.entries().filter(|(_, entry)| entry.category == Category::Letter) {
        if let SignClip::Notated(motion) = lexicon.clip(id)? {
            letters.push((entry.gloss.clone(), motion));
        }
    }
    Ok(letters)
}

/// The letters that are not told apart from another once those joints are missing, in the order given.
pub fn letters_alike<'a>(letters: &[Letter<'a>], lacks: impl Fn(Bone) -> bool) -> Vec<&'a str> {
    let with = |lacks: &dyn Fn(Bone) -> bool| -> Vec<[Moment; MOMENTS]> {
        letters.iter().map(|(_, motion)| moments(motion, lacks)).collect()
    };
    let (whole, reduced) = (with(&|_| false), with(&lacks));
    let mut alike = vec![false; letters.len()];
    for one in 0..letters.len() {
        for other in one + 1..letters.len() {
            let merged = are_alike(&reduced[one], &reduced[other]) && !are_alike(&whole[one], &whole[other]);
            alike[one] |= merged;
            alike[other] |= merged;
        }
    }
    letters.iter().zip(alike).filter(|(_, alike)| *alike).map(|((letter, _), _)| *letter).collect()
}

/// What is seen of the hands at one moment.
struct Moment {
    /// Left and right; none where the arm hangs.
    hands: [Option<Seen>; 2],
}

struct Seen {
    /// Joints and tips, in the hand's frame.
    points: [Vec3; 21],
    palm: Quat,
    /// From where the wrist began.
    moved: Vec3,
}

fn moments(motion: &Motion, lacks: &dyn Fn(Bone) -> bool) -> [Moment; MOMENTS] {
    let frame = |moment: usize| {
        let last = motion.frames.len().saturating_sub(1);
        motion.frames.get(last * moment / (MOMENTS - 1))
    };
    let first = frame(0).cloned().unwrap_or_else(Articulation::neutral);
    std::array::from_fn(|moment| {
        let pose = frame(moment).unwrap_or(&first);
        let hands = Side::BOTH.map(|side| {
            let arm = pose.arm(side);
            (arm.wrist.y > HANGING).then(|| Seen {
                points: points(side, &arm.shape, lacks),
                palm: arm.palm,
                moved: arm.wrist - first.arm(side).wrist,
            })
        });
        Moment { hands }
    })
}

fn are_alike(one: &[Moment], other: &[Moment]) -> bool {
    one.iter().zip(other).all(|(one, other)| {
        one.hands.iter().zip(&other.hands).all(|hands| match hands {
            (Some(a), Some(b)) => a.looks_like(b),
            (None, None) => true,
            _ => false,
        })
    })
}

impl Seen {
    fn looks_like(&self, other: &Seen) -> bool {
        let near = |(a, b): (&Vec3, &Vec3)| a.distance(*b) < SHAPE;
        self.points.iter().zip(&other.points).all(near)
            && self.palm.angle_between(other.palm) < PALM
            && self.moved.distance(other.moved) < PATH
    }
}

/// A hand's joints and tips. A joint that is missing does not bend, and hands its bend on to the next
/// one outward that is there.
fn points(side: Side, shape: &HandShape, lacks: &dyn Fn(Bone) -> bool) -> [Vec3; 21] {
    let hand = &Hand::REFERENCE;
    let mirror = Vec3::new(side.sign(), 1.0, 1.0);
    let first = match side {
        Side::Left => Bone::LeftThumbMetacarpal,
        Side::Right => Bone::RightThumbMetacarpal,
    } as usize;
    let mut points = [Vec3::ZERO; 21];
    for finger in 0..5_usize {
        let (root, along, lengths, rotations) = match finger.checked_sub(1) {
            None => {
                let along = HandShape::thumb_rest_direction(side);
                (hand.thumb_root, along, hand.thumb, shape.thumb_rotations(side))
            }
            Some(k) => {
                let rotations = shape.finger_rotations(side, Finger::ALL[k]);
                (hand.knuckles[k], Vec3::X * side.sign(), hand.fingers[k], rotations)
            }
        };
        let (mut at, mut turned, mut waiting) = (root * mirror, Quat::IDENTITY, Quat::IDENTITY);
        points[1 + 4 * finger] = at;
        for (joint, (rotation, length)) in rotations.into_iter().zip(lengths).enumerate() {
            waiting *= rotation;
            if !lacks(Bone::ALL[first + 3 * finger + joint]) {
                turned *= waiting;
                waiting = Quat::IDENTITY;
            }
            at += turned * along * length;
            points[2 + 4 * finger + joint] = at;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(lacks: impl Fn(Bone) -> bool) -> usize {
        let alphabet = alphabet(&Lexicon::builtin().unwrap()).unwrap();
        let letters: Vec<Letter<'_>> = alphabet.iter().map(|(l, m)| (l.as_str(), &**m)).collect();
        letters_alike(&letters, lacks).len()
    }

    #[test]
    fn all_joints_confuse_no_letters_and_the_more_is_missing_the_more_are_confused() {
        let is = |part: &'static str| move |bone: Bone| bone.name().contains(part);
        assert_eq!(alike(|_| false), 0);
        let ends = ["Proximal", "Intermediate", "Distal", "Metacarpal"];
        let fingers = alike(|bone| ends.iter().any(|end| bone.name().contains(end)));
        let each = ["Thumb", "Index", "Middle", "Ring", "Little"].map(|finger| alike(is(finger)));
        println!(
            "letters alike without thumb, index, middle, ring, little: {each:?}; without any: {fingers}"
        );
        assert!(each.iter().all(|count| *count <= fingers) && fingers > 10, "{each:?} {fingers}");
        assert!(each[0] > 0 && each[1] > 0, "{each:?}");
    }

    #[test]
    fn a_missing_joint_hands_its_bend_on() {
        let mut shape = HandShape::FLAT;
        shape.fingers[0].mcp = 1.0;
        let bent = points(Side::Right, &shape, &|_| false);
        let handed = points(Side::Right, &shape, &|bone| bone == Bone::RightIndexProximal);
        assert_eq!(handed[6], points(Side::Right, &HandShape::FLAT, &|_| false)[6]);
        let direction = |p: &[Vec3; 21]| (p[8] - p[7]).normalize_or(Vec3::X);
        assert!(direction(&bent).distance(direction(&handed)) < 1e-5);
        let reference = Hand::REFERENCE.points(Side::Right, &shape);
        assert!(bent.iter().zip(reference).all(|(a, b)| a.distance(b) < 1e-6));
    }
}
