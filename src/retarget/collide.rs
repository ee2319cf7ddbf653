//! Keeps hands, fingers and arms out of head, trunk and each other.
//!
//! What is too deep is moved out along the skin's slope: both hands as wholes, because fingers that
//! gave way would change the handshape; then the elbow is swung outward until the arm clears the
//! trunk. All pushes are means over everything that is too deep, weighted by how deep, so that they
//! change continuously while a hand slides along.

use super::anatomy::{Anatomy, Bead};
use super::proportions::{Proportions, arm_bones, finger_bones};
use crate::body::{Bone, Frame, HandShape, Hull, Side, skeleton};
use glam::{Quat, Vec3};

/// The flesh of one avatar, ready to be tested, metres, chest frame.
#[derive(Clone, Debug)]
pub(super) struct Flesh {
    pub(super) hull: Hull,
    hands: [HandFlesh; 2],
    /// Share of the forearm from the elbow, or of the upper arm from the shoulder; radius.
    forearms: [Vec<(f32, f32)>; 2],
    upper_arms: [Vec<(f32, f32)>; 2],
}

/// A hand's bones and balls.
#[derive(Clone, Debug)]
struct HandFlesh {
    /// From the bone before to the joint of each finger bone, T-pose; the reference's where one is
    /// missing.
    joints: [[Vec3; 3]; 5],
    /// Slot (0 the hand, then the finger bones), middle, radius.
    balls: Vec<(usize, Vec3, f32)>,
    /// Ends of the fingers' outer bones.
    tips: [Vec3; 5],
}

/// A ball of a posed hand, from the wrist, chest frame's axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    /// 0 the palm, then the fingers from the thumb on.
    pub(crate) part: usize,
    pub(crate) at: Vec3,
    pub(crate) radius: f32,
}

/// An arm's joints.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmAt {
    pub(super) shoulder: Vec3,
    pub(super) wrist: Vec3,
    pub(super) swivel: f32,
    pub(super) lengths: [f32; 2],
}

/// How often hands are pushed.
const ROUNDS: usize = 12;
/// Farthest that the elbow is swung outward, radians, and in how many steps.
const SWING: f32 = 0.9;
const SWINGS: usize = 4;
/// From here on, as a share of its length, a forearm goes where its wrist goes.
const OUTER: f32 = 0.5;
/// Share of the outer forearm's radius that keeps a hand off the body: more would lift hands off what
/// they touch, for a forearm is thicker than a hand.
const YIELDING: f32 = 0.85;

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
            beads.map(|bead| (bead.at.length() / length, bead.radius)).collect()
        };
        Self {
            hull: anatomy.hull.clone(),
            hands,
            forearms: Side::BOTH.map(|side| along(side, 2)),
            upper_arms: Side::BOTH.map(|side| along(side, 1)),
        }
    }

    /// The balls of a hand, and its wrist, middle of the palm, middle knuckle and five fingertips.
    pub(super) fn hand(&self, side: Side, palm: Quat, shape: &HandShape) -> (Vec<Ball>, [Vec3; 8]) {
        self.hands[side as usize].posed(side, palm, shape)
    }

    /// Moves wrists so that neither hand is in the body or in the other hand.
    pub(super) fn part(&self, wrists: &mut [Vec3; 2], hands: [&[Ball]; 2], head: &Frame) {
        for _ in 0..ROUNDS {
            let mut moved = false;
            for (wrist, balls) in wrists.iter_mut().zip(hands) {
                let out = self.out_of_body(*wrist, balls, head);
                *wrist += out;
                moved |= out != Vec3::ZERO;
            }
            let apart = apart(wrists, hands);
            wrists[0] -= apart * 0.5;
            wrists[1] += apart * 0.5;
            if !moved && apart == Vec3::ZERO {
                break;
            }
        }
    }

    /// What brings a hand out of head and trunk, to first order.
    fn out_of_body(&self, wrist: Vec3, balls: &[Ball], head: &Frame) -> Vec3 {
        let mut push = Push::default();
        for ball in balls {
            let probe = self.hull.probe(wrist + ball.at, head);
            push.add(ball.radius - probe.clearance, probe.normal);
        }
        push.whole()
    }

    /// The arm with its elbow swung outward as far as it must be to clear the trunk, and its wrist
    /// moved where swinging is not enough.
    pub(super) fn clear_arm(&self, side: Side, arm: ArmAt, head: &Frame) -> ArmAt {
        let mut swung = arm;
        for _ in 0..SWINGS {
            let inside = self.arm_depth(side, &swung, head).max(0.0);
            // Half the upper arm is about what the forearm's middle turns on.
            let swing = swung.swivel - arm.swivel + inside / (0.5 * arm.lengths[0]);
            swung.swivel = arm.swivel + swing.min(SWING);
        }
        ArmAt { wrist: swung.wrist + self.forearm_out(side, &swung, head), ..swung }
    }

    /// How deep upper arm and inner forearm are in the body, at the deepest; the outer forearm is where
    /// the hand is, however the elbow swings.
    fn arm_depth(&self, side: Side, arm: &ArmAt, head: &Frame) -> f32 {
        let [upper, lower] = arm.lengths;
        let bent = skeleton::bend(side, arm.shoulder, arm.wrist, arm.swivel, upper, lower);
        let depth = |from: Vec3, to: Vec3, balls: &[(f32, f32)]| {
            balls
                .iter()
                .map(|&(along, radius)| radius - self.hull.probe(from.lerp(to, along), head).clearance)
                .fold(f32::NEG_INFINITY, f32::max)
        };
        let s = side as usize;
        let outer = self.forearms[s].partition_point(|(along, _)| *along > OUTER);
        depth(bent.elbow, bent.wrist, &self.forearms[s][outer..]).max(depth(
            arm.shoulder,
            bent.elbow,
            &self.upper_arms[s],
        ))
    }

    /// How the wrist must move for the forearm's outer half to leave the body.
    fn forearm_out(&self, side: Side, arm: &ArmAt, head: &Frame) -> Vec3 {
        let [upper, lower] = arm.lengths;
        let mut wrist = arm.wrist;
        for _ in 0..2 {
            let bent = skeleton::bend(side, arm.shoulder, wrist, arm.swivel, upper, lower);
            let mut push = Push::default();
            for &(along, radius) in self.forearms[side as usize].iter().filter(|(along, _)| *along > OUTER) {
                let probe = self.hull.probe(bent.elbow.lerp(bent.wrist, along), head);
                push.add((YIELDING * radius - probe.clearance) / along, probe.normal);
            }
            wrist += push.whole();
        }
        wrist - arm.wrist
    }
}

/// What brings the right hand from the left one.
fn apart(wrists: &[Vec3; 2], hands: [&[Ball]; 2]) -> Vec3 {
    const REACH: f32 = 0.45;
    let [left, right] = hands;
    if wrists[0].distance_squared(wrists[1]) > REACH * REACH {
        return Vec3::ZERO;
    }
    let middle = |s: usize| wrists[s] + hands[s].first().map_or(Vec3::ZERO, |ball| ball.at);
    // What is deep within the other hand has no side of its own: it leaves the way the hands lie.
    let between = (middle(1) - middle(0)).normalize_or(Vec3::NEG_X);
    let mut push = Push::default();
    for a in left {
        let from = wrists[0] + a.at;
        for b in right {
            let way = wrists[1] + b.at - from;
            let reach = a.radius + b.radius;
            let square = way.length_squared();
            if square < reach * reach {
                let inside = 1.0 - square.sqrt() / reach;
                push.add(reach * inside, way / reach + between * inside);
            }
        }
    }
    push.whole()
}

/// Pushes gathered to one.
#[derive(Default)]
struct Push {
    sum: Vec3,
    weights: f32,
}

impl Push {
    fn add(&mut self, depth: f32, normal: Vec3) {
        if depth > 0.0 {
            self.sum += normal * (depth * depth * depth);
            self.weights += depth * depth;
        }
    }

    /// The mean push, the deepest counting most: where pushes are opposed, nearly none, so that nothing
    /// jumps from one side to the other.
    fn whole(&self) -> Vec3 {
        if self.weights > 0.0 { self.sum / self.weights } else { Vec3::ZERO }
    }
}

impl HandFlesh {
    fn new(side: Side, beads: &[Bead], proportions: &Proportions) -> Self {
        let [.., hand] = arm_bones(side);
        let bones = finger_bones(side);
        let at = |bone: Bone| proportions.joints[bone as usize];
        let size = proportions.hand_scale(side).or_else(|| proportions.shoulder_width().ok()).unwrap_or(0.0);
        let flat = crate::body::Hand::REFERENCE.points(side, &HandShape::FLAT).map(|p| p * size);
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
        let balls = beads.iter().filter_map(|bead| Some((slot(bead.bone)?, bead.at, bead.radius))).collect();
        let tips = std::array::from_fn(|finger| flat[4 + 4 * finger] - flat[3 + 4 * finger]);
        Self { joints, balls, tips }
    }

    fn posed(&self, side: Side, palm: Quat, shape: &HandShape) -> (Vec<Ball>, [Vec3; 8]) {
        let mut frames = [Frame { rotation: palm, origin: Vec3::ZERO }; 16];
        let mut parts = [Vec3::ZERO; 8];
        for finger in 0..5 {
            let rotations = match finger {
                0 => shape.thumb_rotations(side),
                _ => shape.finger_rotations(side, crate::body::Finger::ALL[finger - 1]),
            };
            let mut at = frames[0];
            for (k, rotation) in rotations.into_iter().enumerate() {
                let joint = self.joints[finger][k];
                at = Frame { rotation: at.rotation * rotation, origin: at.point(joint) };
                frames[1 + 3 * finger + k] = at;
            }
            parts[3 + finger] = at.point(self.tips[finger]);
        }
        parts[2] = frames[7].origin;
        parts[1] = 0.55 * parts[2];
        let ball = |&(slot, at, radius): &(usize, Vec3, f32)| Ball {
            part: slot.div_ceil(3),
            at: frames[slot].point(at),
            radius,
        };
        (self.balls.iter().map(ball).collect(), parts)
    }
}

#[cfg(test)]
mod tests {
    use crate::body::{Articulation, Hull, Side};
    use crate::retarget::{Posed, Proportions, RigSolver};
    use glam::{Mat3, Quat, Vec3};

    /// A flat right hand, palm to the body, led into it and out again, and where its wrist is on the reference
    /// in each frame, shoulder widths.
    fn carried(at: impl Fn(f32) -> Vec3) -> Vec<(Articulation, Posed)> {
        let proportions = Proportions::reference();
        let solver = RigSolver::new(&proportions).unwrap();
        let pose = |i: usize| {
            let mut pose = Articulation::neutral();
            let arm = pose.arm_mut(Side::Right);
            arm.wrist = at(i as f32 / 200.0);
            // Fingers to the signer's left, palm to the chest.
            arm.palm = Quat::from_mat3(&Mat3::from_cols(Vec3::NEG_X, Vec3::Z, Vec3::Y));
            pose
        };
        let posed = |pose: Articulation| {
            let posed = Posed::new(&proportions, &solver.solve(&pose)).unwrap();
            (pose, posed)
        };
        (0..=200).map(pose).map(posed).collect()
    }

    fn across(t: f32) -> Vec3 {
        Vec3::new(-0.35 + 0.3 * t, -0.45, 0.75 - 0.55 * (std::f32::consts::PI * t).sin())
    }

    #[test]
    fn a_hand_led_through_the_chest_stays_before_it() {
        let proportions = Proportions::reference();
        let solver = RigSolver::new(&proportions).unwrap();
        let scale = proportions.shoulder_width().unwrap();
        for (pose, posed) in carried(across) {
            let head = solver.avatar_head(&pose);
            for ball in solver.flesh_of(Side::Right, &pose, &posed) {
                let depth = (ball.radius - solver.hull().probe(ball.at, &head).clearance) / scale;
                assert!(depth < 0.02, "{depth} at {}", pose.arms[1].wrist);
            }
        }
        let inside = across(0.5);
        let head = crate::body::skeleton::chest_from_head(Quat::IDENTITY);
        assert!(Hull::reference().probe(inside, &head).clearance < 0.0, "the way leads through the chest");
    }

    #[test]
    fn a_hand_led_through_the_chest_does_not_jump() {
        let wrists: Vec<Vec3> = carried(across)
            .iter()
            .map(|(_, posed)| {
                posed.hand(Side::Right).unwrap()[0] / Proportions::reference().shoulder_width().unwrap()
            })
            .collect();
        let step = 0.55 * std::f32::consts::PI / 200.0;
        for pair in wrists.windows(2) {
            assert!(pair[0].distance(pair[1]) < 3.0 * step, "{} {}", pair[0], pair[1]);
        }
    }
}
