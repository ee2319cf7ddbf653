//! What a wrist and forearm can do, and which elbow is the most comfortable for a hand.
//!
//! The notation says where a palm faces; whether an arm gets it there depends on the elbow. So the
//! elbow is swung to where wrist and forearm bend least, and what is still beyond the joints is
//! taken back. Ranges are those of a healthy adult (Boone and Azen 1979).

use crate::body::maths::{arc, wrap_angle};
use crate::body::{Arm, BentArm, Side, Skeleton, shoulder};
use glam::{Quat, Vec3};

/// How far a wrist and forearm are from rest, radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WristAngles {
    /// Toward the palm; negative toward the back.
    pub(super) flexion: f32,
    /// Toward the thumb; negative toward the little finger.
    pub(super) deviation: f32,
    /// Palm down from the thumb-up rest; negative palm up.
    pub(super) pronation: f32,
}

impl WristAngles {
    // Within `ArmAngles::LIMITS`, with some to spare for what an avatar's own proportions ask.
    const LEAST: WristAngles = WristAngles { flexion: -1.20, deviation: -0.66, pronation: -1.46 };
    const GREATEST: WristAngles = WristAngles { flexion: 1.35, deviation: 0.42, pronation: 1.40 };

    /// Those of an arm.
    pub(super) fn of(side: Side, shoulder: Vec3, bent: &BentArm, palm: Quat) -> WristAngles {
        let forearm = (bent.wrist - bent.elbow).normalize_or(Vec3::Z);
        let seen = palm.inverse() * forearm;
        let upper = (bent.elbow - shoulder).normalize_or(Vec3::NEG_Y);
        let rest = (-upper).reject_from_normalized(forearm);
        // The twist of the forearm carries the thumb after the wrist's own bending is undone.
        let unbent = arc(palm * (Vec3::X * side.sign()), forearm) * palm;
        let thumb = unbent * Vec3::Z;
        let turned = forearm.dot(rest.cross(thumb)).atan2(rest.dot(thumb));
        WristAngles {
            flexion: seen.y.atan2(seen.x * side.sign()),
            deviation: (-seen.z).clamp(-1.0, 1.0).asin(),
            pronation: wrap_angle(side.sign() * turned),
        }
    }

    /// Whether joints reach it, give or take `slack` radians.
    pub(super) fn within_limits(&self, slack: f32) -> bool {
        let inside = |v: f32, least: f32, greatest: f32| (least - slack..=greatest + slack).contains(&v);
        inside(self.flexion, Self::LEAST.flexion, Self::GREATEST.flexion)
            && inside(self.deviation, Self::LEAST.deviation, Self::GREATEST.deviation)
            && inside(self.pronation, Self::LEAST.pronation, Self::GREATEST.pronation)
    }

    /// Discomfort: 1 for each angle at a third of its range, steeply more beyond it.
    fn strain(&self) -> f32 {
        let part = |v: f32, least: f32, greatest: f32| {
            let share = if v < 0.0 { v / least } else { v / greatest };
            9.0 * share * share + 60.0 * (share - 1.0).max(0.0)
        };
        part(self.flexion, Self::LEAST.flexion, Self::GREATEST.flexion)
            + part(self.deviation, Self::LEAST.deviation, Self::GREATEST.deviation)
            + part(self.pronation, Self::LEAST.pronation, Self::GREATEST.pronation)
    }
}

/// Where an arm's joints are.
pub(super) fn bend(side: Side, arm: &Arm) -> (Vec3, BentArm) {
    let skeleton = Skeleton::reference();
    let root = shoulder(side, 0.0, arm.wrist);
    (root, skeleton.bend_arm(side, root, arm))
}

fn angles(side: Side, arm: &Arm) -> WristAngles {
    let (shoulder, bent) = bend(side, arm);
    WristAngles::of(side, shoulder, &bent, arm.palm)
}

/// The swivel at which the arm is the least strained; elbows near the body are preferred.
pub(super) fn comfortable_swivel(side: Side, arm: &Arm) -> f32 {
    const STEPS: i32 = 9;
    const LEAST: f32 = -0.1;
    const STEP: f32 = 0.18;
    let cost = |swivel: f32| {
        let lifted = swivel - 0.25;
        angles(side, &Arm { swivel, ..*arm }).strain() + 5.0 * lifted * lifted
    };
    let costs: Vec<f32> = (0..STEPS).map(|i| cost(LEAST + STEP * i as f32)).collect();
    let best = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b])).unwrap_or(0);
    LEAST + STEP * (best as f32 + refine(&costs, best))
}

/// Where between its neighbours the least of three lies, −½ to ½, by the parabola through them.
fn refine(costs: &[f32], at: usize) -> f32 {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|i| costs.get(i)), costs.get(at + 1))
    else {
        return 0.0;
    };
    let bend = before - 2.0 * costs[at] + after;
    if bend > 1e-6 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}

/// The palm turned back toward the forearm until the joints reach it; as it is if they do.
pub(super) fn reachable_palm(side: Side, arm: &Arm) -> Quat {
    if angles(side, arm).within_limits(0.0) {
        return arm.palm;
    }
    let easy = easy_palm(side, arm);
    let (mut reached, mut beyond) = (0.0f32, 1.0f32);
    // `reached` is the share of the way from the easy palm to the wanted one.
    for _ in 0..12 {
        let middle = 0.5 * (reached + beyond);
        let palm = easy.slerp(arm.palm, middle);
        if angles(side, &Arm { palm, ..*arm }).within_limits(0.0) {
            reached = middle
        } else {
            beyond = middle
        }
    }
    easy.slerp(arm.palm, reached)
}

/// A palm in line with the forearm, twisted toward the wanted one as far as forearms go.
fn easy_palm(side: Side, arm: &Arm) -> Quat {
    let (shoulder, bent) = bend(side, arm);
    let forearm = (bent.wrist - bent.elbow).normalize_or(Vec3::Z);
    let straight = arc(arm.palm * (Vec3::X * side.sign()), forearm) * arm.palm;
    let pronation = WristAngles::of(side, shoulder, &bent, straight).pronation;
    let allowed =
        pronation.clamp(WristAngles::LEAST.pronation + 0.05, WristAngles::GREATEST.pronation - 0.05);
    Quat::from_axis_angle(forearm, side.sign() * (allowed - pronation)) * straight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{HandShape, Place};
    use crate::lexicon::orientation::palm_rotation;

    fn arm(side: Side, palm: Vec3, fingers: Vec3) -> Arm {
        let wrist = Place::Neutral.position() + Vec3::X * 0.2 * side.sign();
        let palm = palm_rotation(side, palm, fingers).unwrap();
        Arm { wrist, palm, swivel: 0.2, shape: HandShape::FLAT }
    }

    #[test]
    fn palm_down_is_pronation_and_palm_up_is_supination_on_both_sides() {
        for side in Side::BOTH {
            let pronation = |palm: Vec3| angles(side, &arm(side, palm, Vec3::new(0.0, 0.3, 1.0))).pronation;
            assert!(pronation(Vec3::NEG_Y) > 0.8, "{side:?} {}", pronation(Vec3::NEG_Y));
            assert!(pronation(Vec3::Y) < -0.8, "{side:?} {}", pronation(Vec3::Y));
        }
    }

    #[test]
    fn bending_toward_the_palm_is_flexion() {
        for side in Side::BOTH {
            let mut arm = arm(side, Vec3::NEG_Y, Vec3::Z);
            arm.palm = easy_palm(side, &arm);
            let straight = angles(side, &arm);
            assert!(straight.flexion.abs() < 1e-3 && straight.deviation.abs() < 1e-3, "{straight:?}");
            arm.palm *= Quat::from_rotation_z(-side.sign() * 0.4);
            assert!((angles(side, &arm).flexion - 0.4).abs() < 1e-3);
        }
    }

    #[test]
    fn no_palm_is_left_beyond_the_joints() {
        let ways = [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z];
        for side in Side::BOTH {
            for palm in ways {
                for fingers in ways.into_iter().filter(|f| f.dot(palm).abs() < 0.5) {
                    let mut arm = arm(side, palm, fingers);
                    arm.palm = reachable_palm(side, &arm);
                    assert!(angles(side, &arm).within_limits(1e-2), "{side:?} {palm} {fingers}");
                }
            }
        }
    }
}
