//! Signers that do not exist: a body, habits, a place before a camera.

use crate::body::{Arm, Articulation, Camera, HandShape, Side, Skeleton};
use crate::dataset::dice::Dice;
use crate::pose::ImageSize;
use glam::{EulerRot, Quat, Vec2, Vec3};

/// How many signers there are, as in the paper.
pub(super) const SIGNERS: usize = 6;

/// Pictures that signers are filmed in, pixels.
const SIZES: [(u16, u16); 3] = [(1280, 720), (1920, 1080), (1080, 1080)];

/// A signer.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    pub(super) name: String,
    pub(super) left_handed: bool,
    pub(super) skeleton: Skeleton,
    /// Size of the head, and how far it sits up, shoulder widths.
    pub(super) head_scale: Vec3,
    pub(super) head_up: f32,
    pub(super) camera: Camera,
    /// Signs at this many times the lexicon's speed.
    pub(super) speed: f32,
    /// Makes movements this many times as large.
    pub(super) amplitude: f32,
    /// Where each hand signs beside where it should, shoulder widths.
    pub(super) offsets: [Vec3; 2],
    /// How far the elbows are out, radians.
    pub(super) swivel: f32,
    /// How far fingers slacken toward a hand at rest, 0 to 1.
    pub(super) laxness: f32,
    /// How each wrist is bent beside the sign's, a rotation.
    pub(super) wrist: Quat,
    /// How long the sign's end is held, hands come up, and hands go down, seconds.
    pub(super) hold: f32,
    pub(super) preparation: f32,
    pub(super) retraction: f32,
    pub(super) rest: [Arm; 2],
    /// Blinks a second.
    pub(super) blinks: f32,
    /// How lively brows and head are, 1 as usual.
    pub(super) liveliness: f32,
}

impl Signer {
    /// The signers of a seed. One is left-handed.
    pub(super) fn all(seed: u64) -> Vec<Signer> {
        let left = Dice::new(seed, &["left-handed"]).below(SIGNERS);
        (0..SIGNERS).map(|number| Signer::new(seed, number, number == left)).collect()
    }

    fn new(seed: u64, number: usize, left_handed: bool) -> Signer {
        let name = format!("p{}", number + 1);
        let mut dice = Dice::new(seed, &["signer", &name]);
        let dice = &mut dice;
        Signer {
            left_handed,
            skeleton: skeleton(dice),
            head_scale: Vec3::new(dice.between(0.92, 1.08), dice.between(0.92, 1.08), 1.0)
                * dice.between(0.94, 1.06),
            head_up: dice.between(-0.05, 0.06),
            camera: camera(dice),
            // Six speeds and sizes that differ, whatever is drawn.
            speed: 0.82 + 0.07 * number as f32 + dice.between(-0.04, 0.04),
            amplitude: 0.86 + 0.06 * ((number * 5 + 2) % SIGNERS) as f32 + dice.between(-0.03, 0.03),
            offsets: [0, 1].map(|_| dice.normals() * Vec3::new(0.06, 0.07, 0.05)),
            swivel: dice.between(-0.15, 0.3),
            laxness: dice.between(0.0, 0.22),
            wrist: small_turn(dice, 0.1),
            hold: dice.between(0.05, 0.22),
            preparation: dice.between(0.38, 0.6),
            retraction: dice.between(0.4, 0.65),
            rest: rest(dice),
            blinks: dice.between(0.15, 0.45),
            liveliness: dice.between(0.5, 1.5),
            name,
        }
    }

    /// The lexicon's articulation by this signer's hand.
    pub(super) fn handed(&self, pose: Articulation) -> Articulation {
        if self.left_handed { pose.mirrored() } else { pose }
    }
}

/// A turn about a drawn axis, of this deviation in radians about each coordinate.
pub(super) fn small_turn(dice: &mut Dice, deviation: f32) -> Quat {
    let turn = dice.normals() * deviation;
    Quat::from_euler(EulerRot::XYZ, turn.x, turn.y, turn.z)
}

fn skeleton(dice: &mut Dice) -> Skeleton {
    let mut body = Skeleton::reference().clone();
    body.upper_arm *= dice.between(0.92, 1.08);
    body.forearm *= dice.between(0.92, 1.08);
    let (palm, fingers) = (dice.between(0.9, 1.1), dice.between(0.9, 1.1));
    let hand = &mut body.hand;
    hand.thumb_root *= palm;
    hand.knuckles.iter_mut().for_each(|knuckle| *knuckle *= palm);
    hand.thumb.iter_mut().for_each(|bone| *bone *= fingers * dice.between(0.96, 1.04));
    hand.fingers.iter_mut().flatten().for_each(|bone| *bone *= fingers * dice.between(0.96, 1.04));
    body
}

/// The signer from the hips up with room for raised hands, not quite in the middle and not quite straight.
fn camera(dice: &mut Dice) -> Camera {
    let (width, height) = SIZES[dice.below(SIZES.len())];
    let size = ImageSize { width, height, depth: width };
    let (across, down) = (f32::from(width), f32::from(height));
    let (yaw, tilt, roll) = (dice.between(-0.22, 0.22), dice.between(-0.1, 0.1), dice.between(-0.04, 0.04));
    Camera {
        size,
        scale_px: down * dice.between(0.22, 0.29),
        origin_px: Vec2::new(across * dice.between(0.45, 0.55), down * dice.between(0.4, 0.48)),
        turn: Quat::from_euler(EulerRot::ZXY, roll, tilt, yaw),
        perspective: 1.0 / dice.between(4.5, 9.0),
    }
}

/// Where hands wait: hanging, before the belly, or held at the waist.
fn rest(dice: &mut Dice) -> [Arm; 2] {
    let kind = dice.below(3);
    let jitter = dice.normals() * 0.03;
    Side::BOTH.map(|side| {
        let s = side.sign();
        let (wrist, palm) = match kind {
            0 => return Arm::relaxed(side),
            1 => (
                Vec3::new(0.22 * s, -0.98 - 0.05 * s, 0.42),
                Quat::from_rotation_y(-s * 2.4) * Quat::from_rotation_x(0.5),
            ),
            _ => (
                Vec3::new(0.42 * s, -0.85, 0.55),
                Quat::from_rotation_y(-s * 1.9) * Quat::from_rotation_x(-0.2),
            ),
        };
        Arm { wrist: wrist + jitter, palm, swivel: 0.35, shape: HandShape::relaxed() }
    })
}
