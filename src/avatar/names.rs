//! What a node's name says about it, in the dialects that avatars are made in.
//!
//! A name is cut into words at separators, capitals and digits. Words that only say whose skeleton it
//! is (`mixamorig`, `J_Bip`, `DEF`) go; a word for the side goes aside; what is left is looked up. That
//! covers VRM's own names, Mixamo's and Ready Player Me's, MakeHuman's two rigs, Unreal's, VRoid's,
//! Rigify's, Biped's and Character Creator's in one table, because they differ in their decoration
//! more than in their words.

use crate::body::{Bone, Side};

/// A place in a skeleton that a name can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Hips,
    Spine,
    Chest,
    UpperChest,
    Neck,
    Head,
    Jaw,
    Eye,
    Shoulder,
    UpperArm,
    LowerArm,
    Hand,
    UpperLeg,
    LowerLeg,
    Foot,
    Toes,
    /// Thumb, index, middle, ring, little.
    Finger(u8),
}

/// What a name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) place: Place,
    pub(super) side: Option<Side>,
    /// Of a finger whose name says it: 0 root, 1 middle, 2 end.
    pub(super) joint: Option<u8>,
    /// How usual the word is for that place: 0 is best. Of `clavicle` and `shoulder` the first wins.
    pub(super) rank: u8,
}

/// Names of skeletons, not of bones. A `c` stands for the centre, as in `J_Bip_C_Hips`.
const DECORATION: [&str; 12] =
    ["mixamorig", "bip", "cc", "base", "def", "org", "j", "c", "adj", "bone", "jnt", "skeleton"];

/// Words of nodes that are no joints of the body: tips, helpers, controls.
const STRANGERS: [&str; 22] = [
    "end", "tip", "nub", "top", "twist", "roll", "ik", "fk", "pole", "target", "ctrl", "control", "helper",
    "socket", "mch", "sec", "offset", "attach", "slot", "weapon", "prop", "cup",
];

/// Words for places; the rank is how late a word comes among those of its place.
const WORDS: [(Place, &[&str]); 16] = [
    (Place::Hips, &["hips", "pelvis", "hip", "root"]),
    (Place::Spine, &["spine", "abdomen", "waist"]),
    (Place::Chest, &["chest", "torso"]),
    (Place::UpperChest, &["upperchest", "chestupper"]),
    (Place::Neck, &["neck"]),
    (Place::Head, &["head"]),
    (Place::Jaw, &["jaw", "jawroot", "lowerjaw"]),
    (Place::Eye, &["eye", "faceeye", "eyeball"]),
    (Place::Shoulder, &["clavicle", "shoulder", "collar", "collarbone"]),
    (Place::UpperArm, &["upperarm", "arm", "uparm", "armupper"]),
    (Place::LowerArm, &["lowerarm", "forearm", "armlower", "elbow"]),
    (Place::Hand, &["hand", "wrist"]),
    (Place::UpperLeg, &["upperleg", "upleg", "thigh", "legupper"]),
    (Place::LowerLeg, &["lowerleg", "leg", "calf", "shin", "leglower", "knee"]),
    (Place::Foot, &["foot", "ankle"]),
    (Place::Toes, &["toes", "toebase", "toe", "ball"]),
];

/// What a node's name means, if anything.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let name = name.rsplit([':', '|']).next().unwrap_or(name);
    let mut words = words(name);
    let side = take_side(&mut words);
    let decorated = words.iter().take_while(|word| DECORATION.contains(&word.as_str())).count();
    // A number behind a decoration counts skeletons: mixamorig1, Bip001.
    let counts = decorated > 0 && words.get(decorated).is_some_and(|word| is_number(word));
    words.drain(..decorated + usize::from(counts));
    let numbers: Vec<String> = words.iter().filter(|word| is_number(word)).cloned().collect();
    words.retain(|word| !is_number(word));
    if words.iter().any(|word| STRANGERS.contains(&word.as_str())) {
        return None;
    }
    let stem = words.concat();
    let body = WORDS.iter().find_map(|(place, known)| {
        let rank = known.iter().position(|word| *word == stem)?;
        Some(Meaning { place: *place, side, joint: None, rank: rank as u8 })
    });
    // A toe of five, as in toe2-1, is not the toes.
    let body = body.filter(|meaning| meaning.place != Place::Toes || numbers.len() < 2);
    body.or_else(|| finger(&stem, &numbers, side)).filter(Meaning::has_its_side)
}

impl Meaning {
    /// Whether limbs have a side and the trunk has none.
    fn has_its_side(&self) -> bool {
        self.side.is_some() == (self.place >= Place::Eye)
    }

    /// The bone, apart from which joint of a finger.
    pub(super) fn bone(&self) -> Option<Bone> {
        let [left, right] = match self.place {
            Place::Hips => [Bone::Hips; 2],
            Place::Spine => [Bone::Spine; 2],
            Place::Chest => [Bone::Chest; 2],
            Place::UpperChest => [Bone::UpperChest; 2],
            Place::Neck => [Bone::Neck; 2],
            Place::Head => [Bone::Head; 2],
            Place::Jaw => [Bone::Jaw; 2],
            Place::Eye => [Bone::LeftEye, Bone::RightEye],
            Place::Shoulder => [Bone::LeftShoulder, Bone::RightShoulder],
            Place::UpperArm => [Bone::LeftUpperArm, Bone::RightUpperArm],
            Place::LowerArm => [Bone::LeftLowerArm, Bone::RightLowerArm],
            Place::Hand => [Bone::LeftHand, Bone::RightHand],
            Place::UpperLeg => [Bone::LeftUpperLeg, Bone::RightUpperLeg],
            Place::LowerLeg => [Bone::LeftLowerLeg, Bone::RightLowerLeg],
            Place::Foot => [Bone::LeftFoot, Bone::RightFoot],
            Place::Toes => [Bone::LeftToes, Bone::RightToes],
            Place::Finger(finger) => {
                return Some(finger_bone(self.side?, finger, self.joint?));
            }
        };
        Some(if self.side == Some(Side::Right) { right } else { left })
    }
}

/// A joint of a finger: 0 is the thumb, and the root.
pub(super) fn finger_bone(side: Side, finger: u8, joint: u8) -> Bone {
    let first = match side {
        Side::Left => Bone::LeftThumbMetacarpal,
        Side::Right => Bone::RightThumbMetacarpal,
    };
    let index = first as usize + 3 * usize::from(finger.min(4)) + usize::from(joint.min(2));
    Bone::ALL.get(index).copied().unwrap_or(first)
}

/// `hand index 1`, `f_index.01`, `finger2-1`, `Finger01`, `thumb metacarpal`.
fn finger(stem: &str, numbers: &[String], side: Option<Side>) -> Option<Meaning> {
    let meaning = |finger, joint| Meaning { place: Place::Finger(finger), side, joint, rank: 0 };
    let digits = |number: &String| number.parse::<u8>().ok();
    match (stem, numbers) {
        ("finger", [finger, joint]) => {
            let (finger, joint) = (digits(finger)?.checked_sub(1)?, digits(joint)?.checked_sub(1)?);
            return (finger < 5 && joint < 3).then(|| meaning(finger, Some(joint)));
        }
        // Biped's: Finger0, Finger01, Finger02 are the thumb's.
        ("finger", [both]) => {
            let mut digits = both.chars().filter_map(|c| c.to_digit(10)).map(|digit| digit as u8);
            let (finger, joint) = (digits.next()?, digits.next().unwrap_or(0));
            return (finger < 5 && joint < 3).then(|| meaning(finger, Some(joint)));
        }
        _ => {}
    }
    let stem = stem.strip_prefix("hand").unwrap_or(stem);
    let stem = stem.strip_prefix("finger").or_else(|| stem.strip_prefix('f')).unwrap_or(stem);
    let (rest, finger) =
        FINGERS.iter().find_map(|(word, finger)| Some((stem.strip_prefix(word)?, *finger)))?;
    match (finger, rest) {
        // The thumb's joints have other names in VRM 0.x than in 1.0; their order is the same.
        (_, "" | "finger") | (0, "metacarpal" | "proximal" | "intermediate" | "distal") => {
            Some(meaning(finger, None))
        }
        (_, "proximal") => Some(meaning(finger, Some(0))),
        (_, "intermediate") => Some(meaning(finger, Some(1))),
        (_, "distal") => Some(meaning(finger, Some(2))),
        _ => None,
    }
}

const FINGERS: [(&str, u8); 8] = [
    ("thumb", 0),
    ("index", 1),
    ("middle", 2),
    ("mid", 2),
    ("ring", 3),
    ("pinky", 4),
    ("pinkie", 4),
    ("little", 4),
];

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Words in lower case, numbers by themselves.
fn words(name: &str) -> Vec<String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Separator,
        Lower,
        Upper,
        Digit,
    }
    let mut words: Vec<String> = Vec::new();
    let mut last = Kind::Separator;
    for c in name.chars() {
        let kind = match c {
            _ if c.is_ascii_digit() => Kind::Digit,
            _ if c.is_uppercase() => Kind::Upper,
            _ if c.is_alphanumeric() => Kind::Lower,
            _ => Kind::Separator,
        };
        let lower = c.to_lowercase();
        match words.last_mut() {
            _ if kind == Kind::Separator => {}
            Some(word) if kind == last => word.extend(lower),
            Some(word) if (last, kind) == (Kind::Upper, Kind::Lower) => {
                // The last capital of several begins the word: LThumb is L and Thumb.
                let first = if word.chars().count() > 1 { word.pop() } else { None };
                match first {
                    Some(first) => words.push(first.to_string() + &lower.to_string()),
                    None => word.extend(lower),
                }
            }
            _ => words.push(lower.to_string()),
        }
        last = kind;
    }
    words
}

/// Takes the word for the side out, also where it is written together with the next.
fn take_side(words: &mut Vec<String>) -> Option<Side> {
    let side = |word: &str| match word {
        "left" | "l" => Some(Side::Left),
        "right" | "r" => Some(Side::Right),
        _ => None,
    };
    if let Some(at) = words.iter().position(|word| side(word).is_some()) {
        return side(&words.remove(at));
    }
    words.iter_mut().find_map(|word| {
        let (side, rest) = match (word.strip_prefix("left"), word.strip_prefix("right")) {
            (Some(rest), _) => (Side::Left, rest),
            (_, Some(rest)) => (Side::Right, rest),
            _ => return None,
        };
        *word = rest.to_owned();
        Some(side)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bone(name: &str) -> Option<Bone> {
        meaning(name).and_then(|meaning| meaning.bone())
    }

    #[test]
    fn every_vrm_name_is_found_in_any_case_and_with_any_separator() {
        for bone in Bone::ALL.iter().filter(|bone| !bone.name().contains("Thumb")) {
            let name = bone.name();
            assert_eq!(self::bone(name), Some(*bone), "{name}");
            assert_eq!(self::bone(&name.to_ascii_lowercase()), Some(*bone), "{name}");
            assert_eq!(self::bone(&words(name).join("_")), Some(*bone), "{name}");
        }
        let thumb = meaning("rightThumbMetacarpal").unwrap();
        assert_eq!((thumb.place, thumb.side), (Place::Finger(0), Some(Side::Right)));
    }

    #[test]
    fn the_dialects_say_the_same_bone() {
        let same: [(Bone, &[&str]); 8] = [
            (
                Bone::LeftLowerArm,
                &["mixamorig:LeftForeArm", "mixamorig1:LeftForeArm", "mixamorig_LeftForeArm", "LeftForeArm"],
            ),
            (Bone::LeftLowerArm, &["lowerarm_l", "lowerarm01.L", "lowerarm01_L", "J_Bip_L_LowerArm"]),
            (Bone::LeftLowerArm, &["forearm.L", "DEF-forearm.L", "Bip001 L Forearm", "CC_Base_L_Forearm"]),
            (Bone::RightHand, &["wrist.R", "hand_r", "RightHand", "R_Hand", "Armature|Hand_R", "RHand"]),
            (Bone::RightUpperLeg, &["thigh_r", "RightUpLeg", "upperleg01.R", "J_Bip_R_UpperLeg"]),
            (Bone::RightLowerLeg, &["calf_r", "RightLeg", "lowerleg01.R", "shin.R"]),
            (Bone::LeftEye, &["eye.L", "LeftEye", "J_Adj_L_FaceEye", "CC_Base_L_Eye"]),
            (Bone::LeftToes, &["ball_l", "LeftToeBase", "J_Bip_L_ToeBase"]),
        ];
        for (expected, names) in same {
            for name in names {
                assert_eq!(bone(name), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn fingers_are_told_apart_in_every_dialect() {
        let finger = |name: &str| meaning(name).map(|m| (m.place, m.joint));
        for name in ["LeftHandRing2", "ring_02_l", "J_Bip_L_Ring2", "f_ring.02.L", "leftRing2", "L_Ring_2"] {
            assert_eq!(finger(name), Some((Place::Finger(3), None)), "{name}");
        }
        assert_eq!(finger("finger1-3.L"), Some((Place::Finger(0), Some(2))));
        assert_eq!(finger("finger5_1_R"), Some((Place::Finger(4), Some(0))));
        assert_eq!(finger("Bip01 L Finger12"), Some((Place::Finger(1), Some(2))));
        assert_eq!(finger("Left Little Distal"), Some((Place::Finger(4), Some(2))));
        assert_eq!(finger("RightHandPinky1"), Some((Place::Finger(4), None)));
    }

    #[test]
    fn tips_helpers_and_strangers_are_no_bones() {
        for name in [
            "HeadTop_End",
            "Index_end_l",
            "",
            "left",
            "Camera",
            "leftLowerArmTwist",
            "index_metacarpal_l",
            "metacarpal2.L",
            "toe2-1.L",
            "pelvis.L",
            "Hand",
            "leftHead",
            "MCH-hand_ik.L",
            "::",
            "J_Sec_L_Bust1",
        ] {
            assert_eq!(meaning(name), None, "{name}");
        }
    }
}
