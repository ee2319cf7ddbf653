//! Where an avatar's bones are in a pose: forward kinematics on the avatar's own measures, as the
//! drawn joints have it, without a renderer.

use super::Model;
use crate::body::{Bone, Frame, RigPose, Side};
use glam::{Quat, Vec3};

/// How long a fingertip is, beside the bone before it: what no joint marks.
const TIP_SHARE: f32 = 0.85;

/// The bones of one pose, in the model's frame, metres.
#[derive(Clone, Debug)]
pub struct Placed {
    bones: [Option<Frame>; Bone::COUNT],
}

impl Placed {
    /// Places the bones of `model`. Those that it lacks have no place; their turn goes to the bones
    /// that hang from them.
    pub fn new(model: &Model, pose: &RigPose) -> Placed {
        let mut turns = [Quat::IDENTITY; Bone::COUNT];
        let mut bones = [None; Bone::COUNT];
        for &bone in Bone::ALL {
            let parent = bone.parent();
            let above = if bone == Bone::Hips { Quat::IDENTITY } else { turns[parent as usize] };
            turns[bone as usize] = above * pose[bone];
            let Some(rest) = model.rest_position(bone) else { continue };
            let carrier = carrier(&bones, bone);
            let origin = match carrier.and_then(|at| Some((bones[at as usize]?, model.rest_position(at)?))) {
                Some((frame, carrier_rest)) => frame.point(rest - carrier_rest),
                None => rest,
            };
            bones[bone as usize] = Some(Frame { rotation: turns[bone as usize], origin });
        }
        Placed { bones }
    }

    /// Where a bone begins and how it is turned from the T-pose; `None` if the avatar lacks it.
    pub fn bone(&self, bone: Bone) -> Option<Frame> {
        self.bones[bone as usize]
    }

    /// MediaPipe's 21 points of a hand; those of fingers that the avatar lacks are at its wrist.
    pub fn hand(&self, model: &Model, side: Side) -> Option<[Vec3; 21]> {
        let (hand, first) = match side {
            Side::Left => (Bone::LeftHand, Bone::LeftThumbMetacarpal),
            Side::Right => (Bone::RightHand, Bone::RightThumbMetacarpal),
        };
        let mut points = [self.bone(hand)?.origin; 21];
        for finger in 0..5 {
            let bones: [Bone; 3] = std::array::from_fn(|k| Bone::ALL[first as usize + 3 * finger + k]);
            for (k, bone) in bones.into_iter().enumerate() {
                if let Some(frame) = self.bone(bone) {
                    points[1 + 4 * finger + k] = frame.origin;
                }
            }
            let rest = [bones[1], bones[2]].map(|bone| model.rest_position(bone));
            if let (Some(last), [Some(before), Some(end)]) = (self.bone(bones[2]), rest) {
                points[4 + 4 * finger] = last.point((end - before) * TIP_SHARE);
            }
        }
        Some(points)
    }
}

/// The nearest bone above that the avatar has.
fn carrier(bones: &[Option<Frame>; Bone::COUNT], bone: Bone) -> Option<Bone> {
    let mut above = bone;
    while above != Bone::Hips {
        above = above.parent();
        if bones[above as usize].is_some() {
            return Some(above);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, Place};
    use crate::retarget::RigSolver;
    use std::path::Path;

    fn ours() -> Model {
        Model::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/avatars/woman.glb")).unwrap()
    }

    #[test]
    fn at_rest_every_bone_is_where_the_file_has_it() {
        let model = ours();
        let placed = Placed::new(&model, &RigPose::rest());
        for &bone in Bone::ALL {
            match (placed.bone(bone), model.rest_position(bone)) {
                (Some(frame), Some(rest)) => assert!(frame.origin.distance(rest) < 1e-5, "{bone:?}"),
                (frame, rest) => assert_eq!(frame.is_some(), rest.is_some(), "{bone:?}"),
            }
        }
    }

    #[test]
    fn a_hand_held_before_the_chest_is_drawn_near_where_the_articulation_has_it() {
        let model = ours();
        let mut pose = Articulation::neutral();
        let wanted = Place::Neutral.position();
        pose.arm_mut(Side::Right).wrist = wanted;
        let rig = RigSolver::new(&model.proportions()).unwrap().solve(&pose);
        let hand = Placed::new(&model, &rig).hand(&model, Side::Right).unwrap();
        let wrist = (hand[0] - model.body_origin()) / model.shoulder_width();
        assert!(wrist.distance(wanted) < 0.25, "{wrist} for {wanted}");
        assert!(hand.iter().all(|point| point.distance(hand[0]) < 0.25));
    }
}
