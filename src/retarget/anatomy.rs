//! An avatar's flesh: the skin of head and trunk, and balls that stand for arms and hands.
//!
//! Both are measured on the avatar's own mesh where there is one; a body that is known by its joints
//! alone wears the reference's, scaled.

use super::RetargetError;
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::{Bone, Frame, Hand, HandShape, Hull, Side, skeleton::pivot};
use glam::Vec3;

/// Flesh, metres.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// The head in the head bone's frame, the trunk in the chest frame.
    pub hull: Hull,
    /// Balls that fill left and right arm and hand, as [`bead_plan`] lists them.
    pub beads: [Vec<Bead>; 2],
    /// Points of the skin of left and right hand and forearm, for measuring how deep it is in what it
    /// must not be in; empty where there is no mesh.
    pub skin: [Vec<Pore>; 2],
}

/// A point of the skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pore {
    /// The bone that moves it most, and is taken to carry it alone.
    pub bone: Bone,
    /// From the bone's joint, T-pose axes.
    pub at: Vec3,
}

/// A ball within an arm or a hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bead {
    /// The bone that carries it.
    pub bone: Bone,
    /// Its middle from the bone's joint, T-pose axes.
    pub at: Vec3,
    /// Its radius.
    pub radius: f32,
}

/// Where along a finger's bones balls sit: bone, share of its length, radius in shoulder widths.
const FINGER: [(usize, f32, f32); 6] =
    [(0, 0.0, 0.030), (0, 0.5, 0.026), (1, 0.0, 0.025), (1, 0.5, 0.023), (2, 0.0, 0.021), (2, 0.65, 0.019)];
const THUMB: [(usize, f32, f32); 5] =
    [(0, 0.55, 0.036), (1, 0.0, 0.030), (1, 0.5, 0.027), (2, 0.0, 0.025), (2, 0.65, 0.022)];
/// Balls of the palm: share of the way from the wrist to the knuckles, knuckle (0 index, 3 little),
/// radius.
const PALM: [(f32, f32, f32); 7] = [
    (0.0, 1.5, 0.062),
    (0.35, 0.3, 0.048),
    (0.35, 2.7, 0.046),
    (0.65, 0.0, 0.040),
    (0.65, 1.5, 0.042),
    (0.65, 3.0, 0.038),
    (0.85, 1.5, 0.040),
];
/// Balls of the forearm and of the upper arm: share of its length, radius.
const FOREARM: [(f32, f32); 5] = [(0.90, 0.072), (0.74, 0.080), (0.56, 0.092), (0.36, 0.104), (0.16, 0.110)];
const UPPER_ARM: [(f32, f32); 2] = [(0.90, 0.085), (0.70, 0.085)];

/// Where the balls of an arm are, and how large they are on a body of these joints: the hand's first,
/// then the forearm's from the wrist on, then the upper arm's.
///
/// # Errors
/// [`RetargetError::Bone`] where a bone of the arm is missing; fingers may be.
pub fn bead_plan(proportions: &Proportions, side: Side) -> Result<Vec<Bead>, RetargetError> {
    let [_, upper, lower, hand] = arm_bones(side);
    let [shoulder, elbow, wrist] =
        [proportions.joint(upper)?, proportions.joint(lower)?, proportions.joint(hand)?];
    let scale = proportions.shoulder_width()?;
    let size = proportions.hand_scale(side).unwrap_or(scale);
    let mut beads = Vec::with_capacity(48);
    let knuckles: [Option<Vec3>; 4] =
        std::array::from_fn(|i| proportions.joints[finger_bones(side)[1 + i][0] as usize].map(|p| p - wrist));
    let reference = Hand::REFERENCE.points(side, &HandShape::FLAT);
    let knuckle = |i: usize| knuckles[i].unwrap_or(reference[5 + 4 * i] * size);
    for (along, across, radius) in PALM {
        let low = (across as usize).min(2);
        let at = knuckle(low).lerp(knuckle(low + 1), across - low as f32) * along;
        beads.push(Bead { bone: hand, at, radius: radius * size });
    }
    for (finger, bones) in finger_bones(side).into_iter().enumerate() {
        let plan: &[(usize, f32, f32)] = if finger == 0 { &THUMB } else { &FINGER };
        for &(k, along, radius) in plan {
            let Some(root) = proportions.joints[bones[k] as usize] else { continue };
            let own = (reference[2 + 4 * finger + k] - reference[1 + 4 * finger + k]) * size;
            let next = bones.get(k + 1).and_then(|b| proportions.joints[*b as usize]);
            let bone = next.map_or(own, |next| next - root);
            beads.push(Bead { bone: bones[k], at: bone * along, radius: radius * size });
        }
    }
    beads.extend(FOREARM.map(|(along, radius)| Bead {
        bone: lower,
        at: (wrist - elbow) * along,
        radius: radius * scale,
    }));
    beads.extend(UPPER_ARM.map(|(along, radius)| Bead {
        bone: upper,
        at: (elbow - shoulder) * along,
        radius: radius * scale,
    }));
    Ok(beads)
}

impl Anatomy {
    /// The reference's flesh on a body of these joints.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where a bone of an arm is missing.
    pub fn of_joints(proportions: &Proportions) -> Result<Self, RetargetError> {
        let beads = [bead_plan(proportions, Side::Left)?, bead_plan(proportions, Side::Right)?];
        let hull = Hull::reference().scaled(proportions.shoulder_width()?);
        Ok(Self { hull, beads, skin: Default::default() })
    }

    /// `chest_from_head` of the T-pose.
    ///
    /// # Errors
    /// [`RetargetError::Bone`] where shoulders or head are missing.
    pub fn head_at_rest(proportions: &Proportions) -> Result<Frame, RetargetError> {
        let origin = proportions.joint(Bone::Head)? - proportions.shoulder_middle()?;
        Ok(Frame { rotation: glam::Quat::IDENTITY, origin })
    }
}

/// The reference's joint of the head, for places that move with it.
pub(super) const HEAD: Vec3 = pivot::HEAD;
