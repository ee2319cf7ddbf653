//! Keeps an arm's joints within what joints do.
//!
//! A camera sees where a hand is and how it is turned, hardly where the elbow is; a guess at the
//! elbow that asks a wrist to bend where none does is a wrong guess. So the elbow swings first, as
//! far as it must and can. What is left over is no pose of an arm: the hand turns back to the limit
//! about its middle, which keeps its fingers about where they were seen.
//!
//! This is done on the reference body, before anything gives way to skin, and with a little to spare
//! for that; what the avatar's own arm then still lacks is turned back at the end.

use super::bones::hinge_turn;
use crate::body::{Arm, ArmAngles, Articulation, Side, Skeleton, skeleton};
use glam::{Quat, Vec3};

/// An arm of somebody's proportions, in any unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limb {
    /// Left or right.
    pub(super) side: Side,
    /// The shoulder joint.
    pub(super) shoulder: Vec3,
    /// Lengths of upper arm and forearm.
    pub(super) lengths: [f32; 2],
    /// Directions of upper arm and forearm in the T-pose.
    pub(super) rest: [Vec3; 2],
    /// Units a shoulder width of the hand.
    pub(super) hand_scale: f32,
}

/// What an arm does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bend {
    /// Where the wrist is.
    pub(super) wrist: Vec3,
    /// The elbow's swing about the line from the shoulder.
    pub(super) swivel: f32,
    /// The hand's rotation relative to the T-pose.
    pub(super) palm: Quat,
}

/// How far an elbow swings from hanging, radians.
pub(super) const SWIVEL: [f32; 2] = [-1.0, 2.0];
/// The elbow swings so much more readily than a joint goes beyond its limit.
const READY: f32 = 0.05;
/// What is kept to spare on the reference body, radians.
const SPARE: f32 = 0.05;
/// The hand's middle between knuckles and fingertips, from the wrist, shoulder widths.
const GRIP: f32 = 0.33;
const ROUNDS: usize = 8;
const STEP: f32 = 0.02;

/// A pose whose arms are within their limits on the reference body.
pub(super) fn limited(pose: &Articulation) -> Articulation {
    let mut limited = pose.clone();
    for side in Side::BOTH {
        let bend = Limb::reference(side, pose).within_limits(Bend::of(pose.arm(side)));
        let arm = limited.arm_mut(side);
        (arm.wrist, arm.swivel, arm.palm) = (bend.wrist, bend.swivel, bend.palm);
    }
    limited
}

impl Bend {
    fn of(arm: &Arm) -> Self {
        Self { wrist: arm.wrist, swivel: arm.swivel, palm: arm.palm }
    }
}

impl Limb {
    /// The reference body's arm, its shoulder as in a pose.
    fn reference(side: Side, pose: &Articulation) -> Self {
        let Skeleton { upper_arm, forearm, .. } = *Skeleton::reference();
        Self {
            side,
            shoulder: skeleton::shoulder(side, pose.shrug[side as usize], pose.arm(side).wrist),
            lengths: [upper_arm, forearm],
            rest: [Vec3::X * side.sign(); 2],
            hand_scale: 1.0,
        }
    }

    /// The nearest that the arm's joints do, with something to spare.
    fn within_limits(&self, wanted: Bend) -> Bend {
        if self.strain(&wanted) == 0.0 {
            return wanted;
        }
        let mut bend = wanted;
        for _ in 0..2 {
            bend = self.turned_back(self.swung(bend, wanted.swivel), SPARE, GRIP);
        }
        bend
    }

    /// How far its joints are beyond their limits, radians squared.
    fn strain(&self, bend: &Bend) -> f32 {
        let [_, others @ ..] = self.angles(bend).excess(SPARE);
        others.iter().map(|e| e * e).sum()
    }

    /// The elbow swung to where the joints are strained least, and not without need (Newton's method
    /// on a parabola through three swivels).
    fn swung(&self, mut bend: Bend, wanted: f32) -> Bend {
        let cost = |swivel: f32| {
            self.strain(&Bend { swivel, ..bend }) + READY * (swivel - wanted) * (swivel - wanted)
        };
        let mut swivel = bend.swivel;
        for _ in 0..ROUNDS {
            let [low, here, high] = [-STEP, 0.0, STEP].map(|step| cost(swivel + step));
            let slope = (high - low) / (2.0 * STEP);
            let bow = ((high - 2.0 * here + low) / (STEP * STEP)).max(4.0 * READY);
            swivel -= (slope / bow).clamp(-0.2, 0.2);
        }
        bend.swivel = swivel.clamp(SWIVEL[0].min(wanted), SWIVEL[1].max(wanted));
        bend
    }

    /// The hand turned back to the limits, less `spare`, about a point so far along it from the wrist.
    pub(super) fn turned_back(&self, bend: Bend, spare: f32, pivot: f32) -> Bend {
        let mut back = bend;
        // The forearm follows the wrist a little, so that once is not quite enough.
        for _ in 0..3 {
            let angles = self.angles(&back);
            let [elbow, pronation, flexion, deviation] = angles.excess(spare);
            if [pronation, flexion, deviation] == [0.0; 3] {
                break;
            }
            let held = ArmAngles {
                elbow: angles.elbow - elbow,
                pronation: angles.pronation - pronation,
                flexion: angles.flexion - flexion,
                deviation: angles.deviation - deviation,
            };
            let relative = |angles: &ArmAngles| angles.hand_from_forearm(self.side, self.rest[1]);
            let forearm = back.palm * relative(&angles).inverse();
            let palm = (forearm * relative(&held)).normalize();
            let middle = Vec3::X * (self.side.sign() * pivot * self.hand_scale);
            back = Bend { palm, wrist: back.wrist + back.palm * middle - palm * middle, ..back };
        }
        back
    }

    fn angles(&self, bend: &Bend) -> ArmAngles {
        let [upper, lower] = self.lengths;
        let bent = skeleton::bend(self.side, self.shoulder, bend.wrist, bend.swivel, upper, lower);
        let axis = (bent.wrist - self.shoulder).try_normalize().unwrap_or(Vec3::NEG_Y);
        let hinge = skeleton::elbow_pole(self.side, axis, bend.swivel).cross(axis);
        let upper = hinge_turn(self.rest[0], bent.elbow - self.shoulder, hinge);
        let along = (bent.wrist - bent.elbow).try_normalize().unwrap_or(Vec3::NEG_Y);
        ArmAngles::of(self.side, upper, self.rest[1], along, bend.palm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retarget::tests::any_articulation;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_joints_do_is_left_alone_and_the_rest_is_strained_less(pose in any_articulation()) {
            let limited = limited(&pose);
            for side in Side::BOTH {
                let (limb, wanted) = (Limb::reference(side, &pose), Bend::of(pose.arm(side)));
                let made = Bend::of(limited.arm(side));
                prop_assert!(made.wrist.is_finite() && made.palm.is_finite() && made.swivel.is_finite());
                if limb.strain(&wanted) == 0.0 {
                    prop_assert_eq!(made, wanted);
                }
                prop_assert!(limb.strain(&made) <= limb.strain(&wanted) + 1e-3);
            }
        }

        #[test]
        fn a_hand_turned_back_in_place_is_within_its_limits(pose in any_articulation()) {
            for side in Side::BOTH {
                let (limb, wanted) = (Limb::reference(side, &pose), Bend::of(pose.arm(side)));
                let back = limb.turned_back(wanted, 0.0, 0.0);
                prop_assert_eq!(back.wrist, wanted.wrist);
                let [_, others @ ..] = limb.angles(&back).excess(0.0);
                prop_assert!(others.iter().all(|e| e.abs() < 0.01), "{others:?}");
            }
        }
    }
}
