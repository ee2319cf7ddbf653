//! What each kind of file calls its bones.

use super::test_people::Dialect;
use crate::body::Bone;

/// What a kind of file calls a bone; none where it has none.
pub(super) fn name(dialect: Dialect, bone: Bone) -> Option<String> {
    let vrm = bone.name();
    let (side, rest) = match (vrm.strip_prefix("left"), vrm.strip_prefix("right")) {
        (Some(rest), _) => ("left", rest),
        (_, Some(rest)) => ("right", rest),
        _ => ("", vrm),
    };
    let letter = if side == "left" { "L" } else { "R" };
    let finger = ["Thumb", "Index", "Middle", "Ring", "Little"].iter().position(|f| rest.starts_with(f));
    let number = match rest {
        rest if rest.ends_with("Metacarpal") || (rest.ends_with("Proximal") && finger != Some(0)) => 1,
        rest if rest.ends_with("Proximal") || rest.ends_with("Intermediate") => 2,
        _ => 3,
    };
    Some(match dialect {
        Dialect::Vrm1 => vrm.to_owned(),
        Dialect::Vrm0 | Dialect::Nameless if bone == Bone::Jaw => return None,
        Dialect::Nameless if vrm.ends_with("Eye") => return None,
        Dialect::Vrm0 | Dialect::Nameless => format!("Bone.{:03}", bone as usize),
        Dialect::VRoid => vroid(bone, rest, letter, finger, number)?,
        Dialect::ReadyPlayerMe => mixamo(bone, rest, side, finger, number)?,
        Dialect::Mixamo if vrm.ends_with("Eye") => return None,
        Dialect::Mixamo => format!("mixamorig:{}", mixamo(bone, rest, side, finger, number)?),
        Dialect::MakeHuman => makehuman(bone, letter, finger, number)?,
        Dialect::GameEngine => game_engine(bone, &letter.to_lowercase(), finger, number)?,
        Dialect::Blender => blender(bone, rest, letter, finger, number)?,
    })
}

fn mixamo(bone: Bone, rest: &str, side: &str, finger: Option<usize>, number: u8) -> Option<String> {
    let side = if side == "left" { "Left" } else { "Right" };
    if let Some(finger) = finger {
        let finger = ["Thumb", "Index", "Middle", "Ring", "Pinky"][finger];
        return Some(format!("{side}Hand{finger}{number}"));
    }
    let name = match bone {
        Bone::Hips => return Some("Hips".into()),
        Bone::Spine => return Some("Spine".into()),
        Bone::Chest => return Some("Spine1".into()),
        Bone::UpperChest => return Some("Spine2".into()),
        Bone::Neck => return Some("Neck".into()),
        Bone::Head => return Some("Head".into()),
        Bone::Jaw => return None,
        _ => match rest {
            "UpperArm" => "Arm",
            "LowerArm" => "ForeArm",
            "UpperLeg" => "UpLeg",
            "LowerLeg" => "Leg",
            "Toes" => "ToeBase",
            rest => rest,
        },
    };
    Some(format!("{side}{name}"))
}

fn makehuman(bone: Bone, letter: &str, finger: Option<usize>, number: u8) -> Option<String> {
    if let Some(finger) = finger {
        return Some(format!("finger{}-{number}.{letter}", finger + 1));
    }
    let stem = match bone {
        Bone::Hips => return Some("root".into()),
        Bone::Spine => return Some("spine04".into()),
        Bone::Chest => return Some("spine02".into()),
        Bone::UpperChest => return Some("spine01".into()),
        Bone::Neck => return Some("neck01".into()),
        Bone::Head => return Some("head".into()),
        Bone::Jaw => return Some("jaw".into()),
        Bone::LeftShoulder | Bone::RightShoulder => "clavicle",
        Bone::LeftUpperArm | Bone::RightUpperArm => "upperarm01",
        Bone::LeftLowerArm | Bone::RightLowerArm => "lowerarm01",
        Bone::LeftHand | Bone::RightHand => "wrist",
        Bone::LeftUpperLeg | Bone::RightUpperLeg => "upperleg01",
        Bone::LeftLowerLeg | Bone::RightLowerLeg => "lowerleg01",
        Bone::LeftFoot | Bone::RightFoot => "foot",
        Bone::LeftToes | Bone::RightToes => "toe1-1",
        Bone::LeftEye | Bone::RightEye => "eye",
        _ => return None,
    };
    Some(format!("{stem}.{letter}"))
}

fn game_engine(bone: Bone, letter: &str, finger: Option<usize>, number: u8) -> Option<String> {
    if let Some(finger) = finger {
        let finger = ["thumb", "index", "middle", "ring", "pinky"][finger];
        return Some(format!("{finger}_0{number}_{letter}"));
    }
    let stem = match bone {
        Bone::Hips => return Some("pelvis".into()),
        Bone::Spine => return Some("spine_01".into()),
        Bone::Chest => return Some("spine_02".into()),
        Bone::UpperChest => return Some("spine_03".into()),
        Bone::Neck => return Some("neck_01".into()),
        Bone::Head => return Some("head".into()),
        Bone::LeftShoulder | Bone::RightShoulder => "clavicle",
        Bone::LeftUpperArm | Bone::RightUpperArm => "upperarm",
        Bone::LeftLowerArm | Bone::RightLowerArm => "lowerarm",
        Bone::LeftHand | Bone::RightHand => "hand",
        Bone::LeftUpperLeg | Bone::RightUpperLeg => "thigh",
        Bone::LeftLowerLeg | Bone::RightLowerLeg => "calf",
        Bone::LeftFoot | Bone::RightFoot => "foot",
        Bone::LeftToes | Bone::RightToes => "ball",
        _ => return None,
    };
    Some(format!("{stem}_{letter}"))
}

fn vroid(bone: Bone, rest: &str, letter: &str, finger: Option<usize>, number: u8) -> Option<String> {
    if let Some(finger) = finger {
        let finger = ["Thumb", "Index", "Middle", "Ring", "Little"][finger];
        return Some(format!("J_Bip_{letter}_{finger}{number}"));
    }
    Some(match bone {
        Bone::LeftEye | Bone::RightEye => format!("J_Adj_{letter}_FaceEye"),
        Bone::Jaw => return None,
        Bone::LeftToes | Bone::RightToes => format!("J_Bip_{letter}_ToeBase"),
        bone if bone.name() == rest => {
            let mut name = rest.to_owned();
            name[..1].make_ascii_uppercase();
            format!("J_Bip_C_{name}")
        }
        _ => format!("J_Bip_{letter}_{rest}"),
    })
}

fn blender(bone: Bone, rest: &str, letter: &str, finger: Option<usize>, number: u8) -> Option<String> {
    if let Some(finger) = finger {
        let finger = ["thumb", "f_index", "f_middle", "f_ring", "f_pinky"][finger];
        return Some(format!("{finger}.0{number}.{letter}"));
    }
    let stem = match rest {
        "UpperArm" => "upper_arm",
        "LowerArm" => "forearm",
        "UpperLeg" => "thigh",
        "LowerLeg" => "shin",
        "Toes" => "toe",
        "upperChest" => return Some("spine.003".into()),
        "chest" => return Some("spine.002".into()),
        "spine" => return Some("spine.001".into()),
        rest if rest == bone.name() => return Some(rest.to_owned()),
        rest => return Some(format!("{}.{letter}", rest.to_lowercase())),
    };
    Some(format!("{stem}.{letter}"))
}
