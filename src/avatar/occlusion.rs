//! Baked occlusion, where it stops being true.
//!
//! The shade in a crease is baked in one pose. Between fingers, and between thumb and palm, another
//! pose opens the crease, and the shade stays behind as a dark stain. So hands keep only a part of it:
//! enough to tell the fingers of a closed hand apart.

use super::Model;
use super::model::{Part, Surface};
use crate::body::Bone;

/// The share of the baked occlusion that stays on a hand.
const KEPT: f32 = 0.4;

/// Eases the occlusion of the vertices that hands move.
pub(super) fn ease_on_hands(part: &mut Part, model: &Model) {
    let Some(skin) = part.skin.and_then(|skin| model.skins.get(skin)) else { return };
    if part.surface != Surface::Skin {
        return;
    }
    let of_hand: Vec<bool> =
        skin.joints.iter().map(|node| model.humanoid.bone(*node).is_some_and(is_of_hand)).collect();
    for ((color, joints), weights) in part.colors.iter_mut().zip(&part.joints).zip(&part.weights) {
        let joint_weights = joints.iter().zip(weights);
        let hand: f32 = joint_weights
            .filter(|(joint, _)| of_hand.get(usize::from(**joint)).copied().unwrap_or(false))
            .map(|(_, weight)| weight)
            .sum();
        color[3] += (1.0 - color[3]) * (1.0 - KEPT) * hand.clamp(0.0, 1.0);
    }
}

fn is_of_hand(bone: Bone) -> bool {
    (Bone::LeftHand..=Bone::LeftLittleDistal).contains(&bone)
        || (Bone::RightHand..=Bone::RightLittleDistal).contains(&bone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn hands_are_eased_and_the_face_keeps_its_shade() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/avatars/woman.glb");
        let model = Model::load(path).unwrap();
        let head = model.rest_position(Bone::Head).unwrap();
        let (mut faces, mut hands) = (0, 0);
        for part in model.parts.iter().filter(|part| part.surface == Surface::Skin) {
            let mut eased = part.clone();
            ease_on_hands(&mut eased, &model);
            for ((before, after), position) in part.colors.iter().zip(&eased.colors).zip(&part.positions) {
                assert!(after[3] >= before[3] && after[3] <= 1.0);
                if position.distance(head) < 0.15 {
                    assert_eq!(before, after);
                    faces += 1;
                } else if after[3] > before[3] + 0.1 {
                    hands += 1;
                }
            }
        }
        assert!(faces > 100 && hands > 100, "{faces} {hands}");
    }
}
