//! Keeps hands, fingers and arms out of head, trunk and each other.
//!
//! What is too deep is moved out along the skin's slope: both hands as wholes, because fingers that
//! gave way would change the handshape; then the elbow is swung outward until the arm clears the
//! trunk. Everything too deep has a say in the direction, the deepest most, and the deepest alone says
//! how far: so nothing is left inside, and what is asked for changes continuously while a hand slides
//! along. Hands that are deep in each other leave towards the sides on which they have been lately, and
//! not farther than a few steps lead.

use super::flesh::{ArmAt, Ball, FOREARM, Flesh, HandAt};
use crate::body::{Frame, Side, maths};
use glam::Vec3;

/// How often hands are pushed: the first rounds find the nearest way out, the others go all of it.
const ROUNDS: [usize; 2] = [6, 4];
/// How often hands are moved apart: few times, for what is left in by then is so much in each other that
/// the way out would be another sign.
const PARTINGS: usize = 12;
/// Farthest that the elbow is swung outward, radians, and in how many steps.
const SWING: f32 = 0.9;
const SWINGS: usize = 4;
/// How often elbows and wrists take turns.
const TURNS: usize = 3;
/// Share of a forearm's radius that is kept off the body: more would lift hands off what they touch,
/// for a forearm is thicker than a hand.
const YIELDING: f32 = 0.88;

impl Flesh {
    /// Moves one hand out of head and trunk.
    pub(super) fn lead_out(&self, hand: &mut HandAt, head: &Frame, within: impl Fn(Vec3) -> Vec3) {
        let [seeking, all] = ROUNDS;
        for round in 0..seeking + all {
            let push = self.out_of_body(hand, head);
            let out = if round < seeking { push.mean() } else { push.whole() };
            if out == Vec3::ZERO {
                break;
            }
            hand.wrist = within(hand.wrist + out);
        }
    }

    /// Moves wrists so that neither hand is in the body or in the other hand; `between` leads from where
    /// the left hand has been lately to the right one, `within` brings a wrist within its arm's reach.
    fn part(
        &self,
        hands: &mut [HandAt; 2],
        head: &Frame,
        between: Vec3,
        within: impl Fn(Side, Vec3) -> Vec3,
    ) {
        for _ in 0..PARTINGS {
            let mut still = true;
            for side in Side::BOTH {
                let hand = &mut hands[side as usize];
                let out = self.out_of_body(hand, head).mean();
                hand.wrist = within(side, hand.wrist + out);
                still &= out == Vec3::ZERO;
            }
            let apart = apart(hands, between).mean();
            hands[0].wrist -= apart * 0.5;
            hands[1].wrist += apart * 0.5;
            if still && apart == Vec3::ZERO {
                break;
            }
        }
    }

    /// What brings a hand out of head and trunk, to first order.
    fn out_of_body(&self, hand: &HandAt, head: &Frame) -> Push {
        let mut push = Push::default();
        for ball in &hand.balls {
            let probe = self.hull.probe(hand.wrist + ball.at, head);
            let kept = if ball.part == FOREARM { YIELDING * ball.radius } else { ball.radius };
            push.add(kept - probe.clearance, probe.normal);
        }
        push
    }

    /// Moves two arms so that nothing of them is in the body, and the hands out of each other where it is
    /// said how they lie. `hands` are the hands' balls.
    pub(super) fn clear_arms(
        &self,
        arms: &mut [ArmAt; 2],
        hands: [Vec<Ball>; 2],
        head: &Frame,
        between: Option<Vec3>,
    ) {
        let meant = arms.map(|arm| arm.swivel);
        let fingers = hands.each_ref().map(Vec::len);
        let mut hands = hands.map(|balls| HandAt { wrist: Vec3::ZERO, balls });
        for (hand, arm) in hands.iter_mut().zip(&*arms) {
            hand.wrist = arm.within(arm.wrist);
        }
        if let Some(between) = between {
            self.part(&mut hands, head, between, |side, wrist| arms[side as usize].within(wrist));
        }
        for side in Side::BOTH {
            let s = side as usize;
            let (arm, hand) = (&mut arms[s], &mut hands[s]);
            for _ in 0..TURNS {
                arm.wrist = hand.wrist;
                self.swing_out(side, arm, meant[s], head);
                hand.balls.truncate(fingers[s]);
                hand.balls.extend(self.forearm(side, &arm.bent(side)));
                self.lead_out(hand, head, |wrist| arm.within(wrist));
                if hand.wrist == arm.wrist {
                    break;
                }
            }
            arm.wrist = hand.wrist;
        }
    }

    /// Swings the elbow from where it is meant outward as far as it must be to clear the trunk.
    fn swing_out(&self, side: Side, arm: &mut ArmAt, meant: f32, head: &Frame) {
        for _ in 0..SWINGS {
            let inside = self.arm_depth(side, arm, head).max(0.0);
            if inside == 0.0 {
                break;
            }
            // Half the upper arm is about what the forearm's middle turns on.
            let swing = arm.swivel - meant + inside / (0.5 * arm.lengths[0]);
            arm.swivel = meant + swing.min(SWING);
        }
    }

    /// How deep upper arm and inner forearm are in the body, at the deepest; the outer forearm is where
    /// the hand is, however the elbow swings.
    fn arm_depth(&self, side: Side, arm: &ArmAt, head: &Frame) -> f32 {
        let bent = arm.bent(side);
        let ends = [(arm.shoulder, bent.elbow), (bent.elbow, bent.wrist)];
        let mut deepest = f32::NEG_INFINITY;
        for ((from, to), balls) in ends.into_iter().zip(self.inner_arm(side)) {
            for ball in balls {
                let probe = self.hull.probe(from.lerp(to, ball.share), head);
                deepest = deepest.max(ball.radius - probe.clearance);
            }
        }
        deepest
    }
}

/// What brings the right hand from the left one, to first order.
fn apart(hands: &[HandAt; 2], between: Vec3) -> Push {
    let [left, right] = hands;
    let offset = right.wrist - left.wrist;
    let mut push = Push::default();
    if left.is_far_from(right, 0.0) {
        return push;
    }
    for a in &left.balls {
        let from = offset - a.at;
        for b in &right.balls {
            let way = from + b.at;
            let reach = a.radius + b.radius;
            let square = way.length_squared();
            if square < reach * reach {
                let inside = 1.0 - square.sqrt() / reach;
                // What is deep within the other hand has no side of its own.
                push.add(reach * inside, way / reach + between * inside);
            }
        }
    }
    push
}

/// Pushes gathered to one.
#[derive(Default)]
struct Push {
    all: Vec<(f32, Vec3)>,
    /// Ways out, weighted with the cubes of depths, and the sums of squares and cubes.
    sum: Vec3,
    squares: f32,
    cubes: f32,
}

/// Pushes that agree less than the first give way by their mean only, which settles between them; those
/// that agree more than the second, as far as the deepest needs.
const AGREED: [f32; 2] = [0.7, 0.95];
/// A push whose way out is farther than this from the common one (a cosine) is not made longer for it.
const ASIDE: f32 = 0.7;

impl Push {
    fn add(&mut self, depth: f32, normal: Vec3) {
        if depth > 0.0 {
            self.all.push((depth, normal));
            self.sum += normal * depth.powi(3);
            self.squares += depth.powi(2);
            self.cubes += depth.powi(3);
        }
    }

    /// From 0 to 1 how much all agree on the way out.
    fn agreed(&self, range: [f32; 2]) -> f32 {
        if self.cubes > 0.0 { maths::ramp(range, self.sum.length() / self.cubes) } else { 0.0 }
    }

    /// The mean push, the deepest counting most.
    fn mean(&self) -> Vec3 {
        if self.squares > 0.0 { self.sum / self.squares } else { Vec3::ZERO }
    }

    /// The same, but as far as what is deepest along it needs, where all agree on the way.
    fn whole(&self) -> Vec3 {
        let Some(way) = self.sum.try_normalize() else { return Vec3::ZERO };
        let needed = |&(depth, normal): &(f32, Vec3)| {
            let along = normal.dot(way);
            depth * if along > ASIDE { 1.0 / along } else { along.max(0.0) / (ASIDE * ASIDE) }
        };
        let farthest = self.all.iter().map(needed).fold(0.0, f32::max);
        self.mean().lerp(way * farthest, self.agreed(AGREED))
    }
}

#[cfg(test)]
mod tests {
    use crate::body::{Articulation, Hull, Side};
    use crate::retarget::{Posed, Proportions, RigSolver};
    use glam::{Mat3, Quat, Vec3};

    /// How long a way takes, and at how many instants it is looked at: 60 a second.
    const WAY_SECONDS: f32 = 2.0;
    const LOOKS: usize = 120;

    /// A flat right hand, palm to the body, led into it and out again, and where its wrist is on the reference
    /// in each frame, shoulder widths.
    fn carried(at: impl Fn(f32) -> Vec3) -> Vec<(Articulation, Posed)> {
        let proportions = Proportions::reference();
        let solver = RigSolver::new(&proportions).unwrap();
        let pose = |t: f32| {
            let mut pose = Articulation::neutral();
            let arm = pose.arm_mut(Side::Right);
            arm.wrist = at(t.clamp(0.0, 1.0));
            // Fingers to the signer's left, palm to the chest.
            arm.palm = Quat::from_mat3(&Mat3::from_cols(Vec3::NEG_X, Vec3::Z, Vec3::Y));
            pose
        };
        let posed = |i: usize| {
            let t = i as f32 / LOOKS as f32;
            let rig = solver.solve_in(|seconds| pose(t + seconds / WAY_SECONDS));
            (pose(t), Posed::new(&proportions, &rig).unwrap())
        };
        (0..=LOOKS).map(posed).collect()
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

    /// The right wrist's greatest speed while it is led along a way, shoulder widths a second.
    fn greatest_speed(at: impl Fn(f32) -> Vec3) -> f32 {
        let width = Proportions::reference().shoulder_width().unwrap();
        let wrists: Vec<Vec3> =
            carried(&at).iter().map(|(_, posed)| posed.hand(Side::Right).unwrap()[0] / width).collect();
        let longest = wrists.windows(2).map(|p| p[0].distance(p[1])).fold(0.0, f32::max);
        longest * LOOKS as f32 / WAY_SECONDS
    }

    #[test]
    fn a_hand_led_through_the_body_does_not_jump() {
        // The ways take it there at up to 0.9 shoulder widths a second; signers' hands reach 5 and more.
        let (chest, trunk) =
            (greatest_speed(across), greatest_speed(|t| Vec3::new(0.1 - 0.8 * t, -0.5, 0.22)));
        let face = greatest_speed(|t| Vec3::new(0.1 - 0.8 * t, 0.5, 0.3));
        assert!(chest < 1.5 && trunk < 1.5 && face < 3.0, "{chest} {trunk} {face}");
    }
}
