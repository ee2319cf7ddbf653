//! One body's flesh, ready to be tested against: the skin of head and trunk, and balls that fill hands
//! and arms.

use super::RetargetError;
use super::anatomy::{Anatomy, Bead};
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::{Bone, Finger, Frame, Hand, HandShape, Hull, Side, skeleton};
use glam::{Quat, Vec3};

/// The flesh of one body, chest frame, in the unit of the joints that it was made for.
#[derive(Clone, Debug)]
pub(super) struct Flesh {
    pub(super) hull: Hull,
    hands: [HandFlesh; 2],
    forearms: [Vec<Along>; 2],
    upper_arms: [Vec<Along>; 2],
}

/// A ball on the line of a bone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Along {
    /// Share of the bone's length.
    pub(super) share: f32,
    pub(super) radius: f32,
}

/// A hand's bones and balls.
#[derive(Clone, Debug)]
struct HandFlesh {
    /// From the bone before to the joint of each finger bone, T-pose; the reference's where one is
    /// missing.
    joints: [[Vec3; 3]; 5],
    beads: Vec<HandBead>,
}

/// A ball of a hand in its bone's frame.
#[derive(Clone, Copy, Debug)]
struct HandBead {
    /// Slot (0 the hand, then the finger bones), and which of the slot's it is: the same on every body.
    name: (usize, usize),
    at: Vec3,
    radius: f32,
}

/// A ball of a posed hand or forearm, chest frame's axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    /// 0 the palm, then the fingers from the thumb on; [`FOREARM`].
    pub(crate) part: usize,
    /// From the wrist.
    pub(crate) at: Vec3,
    pub(crate) radius: f32,
}

/// The part of balls of the forearm.
pub(crate) const FOREARM: usize = 6;

/// From here on, as a share of its length, a forearm goes where its wrist goes.
const OUTER: f32 = 0.5;

/// A posed hand.
#[derive(Clone, Debug)]
pub(super) struct HandAt {
    pub(super) wrist: Vec3,
    pub(super) balls: Vec<Ball>,
}

impl HandAt {
    /// Whether no ball of one hand is within `distance` of the other's skin: told by spheres about both.
    pub(super) fn is_far_from(&self, other: &HandAt, distance: f32) -> bool {
        let span = |hand: &HandAt| hand.balls.iter().map(|b| b.at.length() + b.radius).fold(0.0, f32::max);
        self.wrist.distance(other.wrist) > span(self) + span(other) + distance
    }
}

/// An arm's joints.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmAt {
    pub(super) shoulder: Vec3,
    pub(super) wrist: Vec3,
    pub(super) swivel: f32,
    pub(super) lengths: [f32; 2],
}

impl ArmAt {
    /// Its elbow, and its wrist within reach.
    pub(super) fn bent(&self, side: Side) -> skeleton::BentArm {
        let [upper, lower] = self.lengths;
        skeleton::bend(side, self.shoulder, self.wrist, self.swivel, upper, lower)
    }

    /// A wrist brought within its reach.
    pub(super) fn within(&self, wrist: Vec3) -> Vec3 {
        let [least, most] = skeleton::reach(self.lengths[0], self.lengths[1]);
        self.shoulder + (wrist - self.shoulder).clamp_length(least, most)
    }
}

impl Flesh {
    pub(super) fn new(anatomy: &Anatomy, proportions: &Proportions) -> Self {
        let hands = Side::BOTH.map(|side| HandFlesh::new(side, &anatomy.beads[side as usize], proportions));
        let along = |side: Side, bone: usize| {
            let bones = arm_bones(side);
            let ends = [bones[bone], bones[bone + 1]].map(|b| proportions.joints[b as usize]);
            let length = match ends {
                [Some(from), Some(to)] => from.distance(to).max(1e-4),
                _ => 1.0,
            };
            let beads = anatomy.beads[side as usize].iter().filter(|bead| bead.bone == bones[bone]);
            beads.map(|bead| Along { share: bead.at.length() / length, radius: bead.radius }).collect()
        };
        Self {
            hull: anatomy.hull.clone(),
            hands,
            forearms: Side::BOTH.map(|side| along(side, 2)),
            upper_arms: Side::BOTH.map(|side| along(side, 1)),
        }
    }

    /// The reference body's, shoulder widths.
    ///
    /// # Errors
    /// None: the reference has all bones.
    pub(super) fn reference() -> Result<Self, RetargetError> {
        let mut proportions = Proportions::reference();
        let width = proportions.shoulder_width()?;
        proportions.joints.iter_mut().flatten().for_each(|joint| *joint /= width);
        Ok(Self::new(&Anatomy::of_joints(&proportions)?, &proportions))
    }

    /// The balls of a hand, from its wrist.
    pub(super) fn hand(&self, side: Side, palm: Quat, shape: &HandShape) -> Vec<Ball> {
        self.hands[side as usize].posed(side, palm, shape)
    }

    /// Which ball of another body's hand each of this one's is.
    pub(super) fn twins(&self, other: &Flesh) -> [Vec<Option<usize>>; 2] {
        Side::BOTH.map(|side| {
            let theirs = &other.hands[side as usize].beads;
            let twin = |own: &HandBead| theirs.iter().position(|bead| bead.name == own.name);
            self.hands[side as usize].beads.iter().map(twin).collect()
        })
    }

    /// The balls of a forearm's outer half, from the wrist, close enough to have no gaps.
    pub(super) fn forearm(&self, side: Side, bent: &skeleton::BentArm) -> impl Iterator<Item = Ball> {
        let balls = &self.forearms[side as usize];
        let back = bent.elbow - bent.wrist;
        let ball = move |share: f32, radius: f32| Ball { part: FOREARM, at: back * (1.0 - share), radius };
        let outer = balls.iter().filter(|ball| ball.share > OUTER);
        let between = balls.windows(2).filter(|pair| pair[1].share > OUTER).map(move |pair| {
            ball(pair[0].share.midpoint(pair[1].share), pair[0].radius.midpoint(pair[1].radius))
        });
        outer.map(move |along| ball(along.share, along.radius)).chain(between)
    }

    /// Balls of the upper arm, and of the forearm's inner half, which goes where its elbow goes.
    pub(super) fn inner_arm(&self, side: Side) -> [&[Along]; 2] {
        let s = side as usize;
        let outer = self.forearms[s].partition_point(|along| along.share > OUTER);
        [&self.upper_arms[s], &self.forearms[s][outer..]]
    }
}

impl HandFlesh {
    fn new(side: Side, beads: &[Bead], proportions: &Proportions) -> Self {
        let [.., hand] = arm_bones(side);
        let bones = finger_bones(side);
        let at = |bone: Bone| proportions.joints[bone as usize];
        let size = proportions.hand_scale(side).or_else(|| proportions.shoulder_width().ok()).unwrap_or(0.0);
        let flat = Hand::REFERENCE.points(side, &HandShape::FLAT).map(|p| p * size);
        let joints = std::array::from_fn(|finger| {
            std::array::from_fn(|k| {
                let (own, [before, to]) = match k {
                    0 => (hand, [0, 1 + 4 * finger]),
                    _ => (bones[finger][k - 1], [4 * finger + k, 1 + 4 * finger + k]),
                };
                let known = at(bones[finger][k]).zip(at(own)).map(|(to, from)| to - from);
                known.unwrap_or(flat[to] - flat[before])
            })
        });
        let slot = |bone: Bone| match bone == hand {
            true => Some(0),
            false => bones.iter().flatten().position(|b| *b == bone).map(|i| i + 1),
        };
        let mut counts = [0; 16];
        let mut bead = |bead: &Bead| {
            let slot = slot(bead.bone)?;
            counts[slot] += 1;
            Some(HandBead { name: (slot, counts[slot]), at: bead.at, radius: bead.radius })
        };
        Self { joints, beads: beads.iter().filter_map(&mut bead).collect() }
    }

    fn posed(&self, side: Side, palm: Quat, shape: &HandShape) -> Vec<Ball> {
        let mut frames = [Frame { rotation: palm, origin: Vec3::ZERO }; 16];
        for finger in 0..5 {
            let rotations = match finger {
                0 => shape.thumb_rotations(side),
                _ => shape.finger_rotations(side, Finger::ALL[finger - 1]),
            };
            let mut at = frames[0];
            for (k, rotation) in rotations.into_iter().enumerate() {
                let joint = self.joints[finger][k];
                at = Frame { rotation: at.rotation * rotation, origin: at.point(joint) };
                frames[1 + 3 * finger + k] = at;
            }
        }
        let ball = |bead: &HandBead| Ball {
            part: bead.name.0.div_ceil(3),
            at: frames[bead.name.0].point(bead.at),
            radius: bead.radius,
        };
        self.beads.iter().map(ball).collect()
    }
}
