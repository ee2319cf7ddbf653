//! Which node of an avatar is which humanoid bone.

use crate::body::Bone;

/// Which node each bone is.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Humanoid {
    nodes: std::collections::BTreeMap<Bone, usize>,
}

impl Humanoid {
    /// The node of a bone, if the avatar has it.
    pub fn node(&self, bone: Bone) -> Option<usize> {
        self.nodes.get(&bone).copied()
    }

    /// The bone that a node is, if any.
    pub fn bone(&self, node: usize) -> Option<Bone> {
        self.nodes.iter().find(|(_, n)| **n == node).map(|(bone, _)| *bone)
    }

    /// Says that a node is a bone; the first one said stays.
    pub fn insert(&mut self, bone: Bone, node: usize) {
        self.nodes.entry(bone).or_insert(node);
    }

    /// Bones and their nodes, parents first.
    pub fn iter(&self) -> impl Iterator<Item = (Bone, usize)> {
        self.nodes.iter().map(|(bone, node)| (*bone, *node))
    }
}

/// The bone that a node of that name is: VRM 1.0's names and Mixamo's (which Ready Player Me uses
/// too), whatever their case, prefix and separators.
pub fn bone_of(name: &str) -> Option<Bone> {
    let plain = plain(name);
    Bone::ALL.iter().copied().find(|bone| bone.name().eq_ignore_ascii_case(&plain)).or_else(|| mixamo(&plain))
}

fn plain(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    let name = name.strip_prefix("mixamorig").unwrap_or(name);
    name.chars().filter(|c| !matches!(c, '_' | '.' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

fn mixamo(plain: &str) -> Option<Bone> {
    let (side, rest) = match plain.strip_prefix("left") {
        Some(rest) => ("left", rest),
        None => ("right", plain.strip_prefix("right").unwrap_or("")),
    };
    let renamed = match (plain, rest) {
        ("spine1", _) => "chest".to_owned(),
        ("spine2", _) => "upperchest".to_owned(),
        (_, "arm") => format!("{side}upperarm"),
        (_, "forearm") => format!("{side}lowerarm"),
        (_, "upleg") => format!("{side}upperleg"),
        (_, "leg") => format!("{side}lowerleg"),
        (_, "toebase") => format!("{side}toes"),
        (_, finger) => finger_name(side, finger.strip_prefix("hand")?)?,
    };
    Bone::ALL.iter().copied().find(|bone| bone.name().eq_ignore_ascii_case(&renamed))
}

/// `index2` on the left → `leftindexintermediate`; the thumb's joints are one nearer the root.
fn finger_name(side: &str, finger: &str) -> Option<String> {
    let digit = finger.chars().last()?.to_digit(10)? as usize;
    let stem = finger.trim_end_matches(|c: char| c.is_ascii_digit());
    let (stem, joints) = match stem {
        "thumb" => ("thumb", ["metacarpal", "proximal", "distal"]),
        "pinky" => ("little", ["proximal", "intermediate", "distal"]),
        "index" | "middle" | "ring" | "little" => (stem, ["proximal", "intermediate", "distal"]),
        _ => return None,
    };
    Some(format!("{side}{stem}{}", joints.get(digit.checked_sub(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bone_is_found_by_its_own_name() {
        for bone in Bone::ALL {
            assert_eq!(bone_of(bone.name()), Some(*bone));
        }
    }

    #[test]
    fn mixamo_names_are_found_with_and_without_their_prefix() {
        assert_eq!(bone_of("mixamorig:LeftForeArm"), Some(Bone::LeftLowerArm));
        assert_eq!(bone_of("RightHandPinky3"), Some(Bone::RightLittleDistal));
        assert_eq!(bone_of("mixamorig_LeftHandThumb1"), Some(Bone::LeftThumbMetacarpal));
        assert_eq!(bone_of("Spine2"), Some(Bone::UpperChest));
    }

    #[test]
    fn tips_ends_and_strangers_are_no_bones() {
        for name in
            ["LeftHandIndex4", "HeadTop_End", "LeftHandIndex0", "", "left", "Camera", "leftLowerArmTwist"]
        {
            assert_eq!(bone_of(name), None, "{name}");
        }
    }
}
