//! People of every kind of file, built by the tests: the reference body's joints under the names, in
//! the pose, the size and the orientation that each kind of file has, with a scrap of skin on each joint.

use super::test_names::name;
use super::test_rig::glb;
use crate::body::{Bone, RigPose, Side};
use crate::retarget::Proportions;
use glam::{Affine3A, Mat4, Quat, Vec3};
use serde_json::{Value, json};

/// Kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Vrm1,
    Vrm0,
    ReadyPlayerMe,
    Mixamo,
    MakeHuman,
    GameEngine,
    VRoid,
    Blender,
    /// Names that say nothing, four fingers' worth of them.
    Nameless,
}

impl Dialect {
    pub(crate) const ALL: [Dialect; 9] = [
        Dialect::Vrm1,
        Dialect::Vrm0,
        Dialect::ReadyPlayerMe,
        Dialect::Mixamo,
        Dialect::MakeHuman,
        Dialect::GameEngine,
        Dialect::VRoid,
        Dialect::Blender,
        Dialect::Nameless,
    ];

    /// How far its arms hang down at rest, and how far its fingers are curled, radians.
    fn rest(self) -> (f32, f32) {
        match self {
            Dialect::Vrm1 | Dialect::Vrm0 | Dialect::VRoid => (0.0, 0.0),
            Dialect::Mixamo => (0.05, 0.08),
            Dialect::ReadyPlayerMe => (0.9, 0.2),
            _ => (0.75, 0.25),
        }
    }

    /// `file_from_model`.
    fn placement(self) -> Affine3A {
        match self {
            Dialect::Vrm0 => Affine3A::from_rotation_y(std::f32::consts::PI),
            Dialect::MakeHuman => Affine3A::from_scale(Vec3::splat(10.0)),
            Dialect::GameEngine => {
                Affine3A::from_rotation_x(-std::f32::consts::FRAC_PI_2)
                    * Affine3A::from_scale(Vec3::splat(100.0))
            }
            _ => Affine3A::IDENTITY,
        }
    }
}

/// A node on its way into a file.
struct Joint {
    name: String,
    parent: Option<usize>,
    /// `file_from_node` at rest.
    at: Affine3A,
    bone: Option<Bone>,
}

/// A person of a kind, as a `.glb`, with face shapes of those names.
pub(crate) fn person(dialect: Dialect, shapes: &[&str]) -> Vec<u8> {
    let (root, binary) = person_parts(dialect, shapes);
    glb(&root, &binary)
}

/// Where the reference body's joints are in the T-pose, with those that it does not say.
pub(crate) fn joints() -> Proportions {
    let mut body = Proportions::reference();
    let mut put = |bone: Bone, from: Bone, offset: Vec3| {
        let from = body.joints[from as usize].unwrap();
        body.joints[bone as usize] = Some(from + offset);
    };
    put(Bone::LeftEye, Bone::Head, Vec3::new(0.03, 0.06, 0.08));
    put(Bone::RightEye, Bone::Head, Vec3::new(-0.03, 0.06, 0.08));
    put(Bone::Jaw, Bone::Head, Vec3::new(0.0, 0.01, 0.02));
    put(Bone::LeftToes, Bone::LeftFoot, Vec3::new(0.0, -0.05, 0.12));
    put(Bone::RightToes, Bone::RightFoot, Vec3::new(0.0, -0.05, 0.12));
    body
}

/// The pose that a kind of file is in at rest.
fn rest_pose(dialect: Dialect) -> RigPose {
    let (down, curl) = dialect.rest();
    let mut pose = RigPose::rest();
    for bone in Bone::ALL {
        let side = if bone.name().starts_with("left") { Side::Left } else { Side::Right };
        let angle = match bone {
            Bone::LeftUpperArm | Bone::RightUpperArm => down,
            bone if ["Proximal", "Intermediate", "Distal"].iter().any(|end| bone.name().ends_with(end))
                && !bone.name().contains("Thumb") =>
            {
                curl
            }
            _ => continue,
        };
        pose[*bone] = Quat::from_rotation_z(-side.sign() * angle);
    }
    pose
}

/// The file's JSON and its binary chunk.
pub(crate) fn person_parts(dialect: Dialect, shapes: &[&str]) -> (Value, Vec<u8>) {
    let joints = file_joints(dialect);
    let mut binary = Vec::new();
    let (mut views, mut accessors) = (Vec::new(), Vec::new());
    let mut add = |bytes: Vec<u8>, component: u32, count: usize, kind: &str| {
        let at = binary.len();
        let length = bytes.len();
        binary.extend(bytes);
        binary.resize(binary.len().next_multiple_of(4), 0);
        views.push(json!({"buffer": 0, "byteOffset": at, "byteLength": length}));
        let mut accessor =
            json!({"bufferView": views.len() - 1, "componentType": component, "count": count, "type": kind});
        if kind == "VEC3" {
            (accessor["min"], accessor["max"]) = (json!([0, 0, 0]), json!([1, 1, 1]));
        }
        accessors.push(accessor);
        accessors.len() - 1
    };
    let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let vectors = |values: &[Vec3]| floats(&values.iter().flat_map(|v| v.to_array()).collect::<Vec<_>>());

    // Three vertices a joint, bound to it alone, where the joint is in the file's rest.
    let corners = [Vec3::ZERO, Vec3::X * 0.01, Vec3::Y * 0.01];
    let place = dialect.placement();
    let positions: Vec<Vec3> = joints
        .iter()
        .flat_map(|joint| corners.map(|c| Vec3::from(joint.at.translation) + place.transform_vector3(c)))
        .collect();
    let count = positions.len();
    let bound: Vec<u8> = (0..joints.len()).flat_map(|j| [j as u8, 0, 0, 0].repeat(3)).collect();
    let weights = [1.0_f32, 0.0, 0.0, 0.0].repeat(count);
    let binds: Vec<f32> =
        joints.iter().flat_map(|joint| Mat4::from(joint.at.inverse()).to_cols_array()).collect();
    let indices: Vec<u8> = (0..count as u16).flat_map(u16::to_le_bytes).collect();
    let attributes = json!({
        "POSITION": add(vectors(&positions), 5126, count, "VEC3"),
        "JOINTS_0": add(bound, 5121, count, "VEC4"),
        "WEIGHTS_0": add(floats(&weights), 5126, count, "VEC4"),
    });
    let indices = add(indices, 5123, count, "SCALAR");
    let binds = add(floats(&binds), 5126, joints.len(), "MAT4");
    // Each face shape moves the eyes' and the head's scraps forward by a centimetre.
    let on_face = |joint: &Joint| matches!(joint.bone, Some(Bone::Head | Bone::LeftEye | Bone::RightEye));
    let shift: Vec<Vec3> = joints
        .iter()
        .flat_map(|joint| {
            [if on_face(joint) { place.transform_vector3(Vec3::Z * 0.01) } else { Vec3::ZERO }; 3]
        })
        .collect();
    let targets: Vec<Value> =
        shapes.iter().map(|_| json!({"POSITION": add(vectors(&shift), 5126, count, "VEC3")})).collect();

    let mut nodes: Vec<Value> = joints.iter().enumerate().map(|(i, joint)| node(&joints, i, joint)).collect();
    let roots: Vec<usize> =
        (0..joints.len()).filter(|i| joints[*i].parent.is_none()).chain([joints.len()]).collect();
    nodes.push(json!({"name": "Body", "mesh": 0, "skin": 0}));
    let mut primitive = json!({"attributes": attributes, "indices": indices, "material": 0});
    if !targets.is_empty() {
        primitive["targets"] = json!(targets);
    }
    let mut root = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "skins": [{"joints": (0..joints.len()).collect::<Vec<usize>>(), "inverseBindMatrices": binds}],
        "meshes": [{"primitives": [primitive], "extras": {"targetNames": shapes}}],
        "materials": [{"name": "skin"}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": binary.len()}],
    });
    add_map(dialect, &joints, &mut root);
    (root, binary)
}

fn node(joints: &[Joint], index: usize, joint: &Joint) -> Value {
    let parent = joint.parent.map_or(Affine3A::IDENTITY, |parent| joints[parent].at);
    let (scale, rotation, translation) = (parent.inverse() * joint.at).to_scale_rotation_translation();
    let children: Vec<usize> =
        (0..joints.len()).filter(|child| joints[*child].parent == Some(index)).collect();
    let mut node = json!({
        "name": joint.name,
        "translation": translation.to_array(),
        "rotation": rotation.normalize().to_array(),
        "scale": scale.to_array(),
    });
    if !children.is_empty() {
        node["children"] = json!(children);
    }
    node
}

fn add_map(dialect: Dialect, joints: &[Joint], root: &mut Value) {
    let mapped = joints.iter().enumerate().filter_map(|(node, joint)| Some((joint.bone?, node)));
    match dialect {
        Dialect::Vrm1 => {
            for (bone, node) in mapped {
                root["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"][bone.name()] = json!({"node": node});
            }
            root["extensions"]["VRMC_vrm"]["meta"] =
                json!({"name": "Nobody", "authors": ["a test"], "commercialUsage": "personalNonProfit"});
        }
        Dialect::Vrm0 => {
            let shifted = |bone: Bone| {
                let name = bone.name();
                name.replace("ThumbProximal", "ThumbIntermediate").replace("ThumbMetacarpal", "ThumbProximal")
            };
            let bones: Vec<Value> =
                mapped.map(|(bone, node)| json!({"bone": shifted(bone), "node": node})).collect();
            root["extensions"]["VRM"]["humanoid"]["humanBones"] = json!(bones);
            root["extensions"]["VRM"]["meta"] = json!({"title": "Nobody", "allowedUserName": "OnlyAuthor"});
        }
        _ => {}
    }
}

/// The nodes of a kind of file, parents first.
fn file_joints(dialect: Dialect) -> Vec<Joint> {
    let body = joints();
    let posed = body.pose(&rest_pose(dialect));
    let place = dialect.placement();
    let mut out: Vec<Joint> = Vec::new();
    if matches!(dialect, Dialect::Mixamo) {
        // The armature carries the hundredth, and its bones are in centimetres.
        let at = Affine3A::from_scale(Vec3::splat(0.01));
        out.push(Joint { name: "Armature".into(), parent: None, at, bone: None });
    }
    let mut index_of = [None; Bone::COUNT];
    for &bone in Bone::ALL {
        let (Some(frame), Some(name)) = (posed[bone as usize], name(dialect, bone)) else { continue };
        let mut above = bone;
        let parent = loop {
            if above == Bone::Hips {
                break (!out.is_empty()).then_some(0);
            }
            above = above.parent();
            if let Some(parent) = index_of[above as usize] {
                break Some(parent);
            }
        };
        // Own axes that are nobody's: some exporters align them with the bone, some with the world.
        let own = match dialect {
            Dialect::Vrm1 => Quat::IDENTITY,
            _ => Quat::from_euler(
                glam::EulerRot::XYZ,
                0.3 * bone as usize as f32,
                0.7,
                -0.2 * bone as usize as f32,
            ),
        };
        let scale = if dialect == Dialect::Mixamo { 0.01 } else { 1.0 };
        let at =
            Affine3A::from_scale_rotation_translation(Vec3::splat(scale), frame.rotation * own, frame.origin);
        let parent = between(dialect, bone, place, &posed, parent, &mut out);
        index_of[bone as usize] = Some(out.len());
        out.push(Joint { name, parent, at: place * at, bone: Some(bone) });
        if bone.name().ends_with("Distal") && matches!(dialect, Dialect::Mixamo | Dialect::Blender) {
            let side = if bone.name().starts_with("left") { 1.0 } else { -1.0 };
            let along =
                if bone.name().contains("Thumb") { Vec3::new(side, 0.0, 1.0) } else { Vec3::X * side };
            let tip = frame.origin + frame.rotation * along * 0.02;
            let name = out[out.len() - 1].name.replace('3', "4") + "_end";
            let at =
                place * Affine3A::from_scale_rotation_translation(Vec3::splat(scale), Quat::IDENTITY, tip);
            out.push(Joint { name, parent: index_of[bone as usize], at, bone: None });
        }
    }
    out
}

/// Nodes that a kind of file has between bones; returns the last of them.
fn between(
    dialect: Dialect,
    bone: Bone,
    place: Affine3A,
    posed: &[Option<crate::body::Frame>; Bone::COUNT],
    parent: Option<usize>,
    out: &mut Vec<Joint>,
) -> Option<usize> {
    if dialect != Dialect::MakeHuman {
        return parent;
    }
    let origin = |bone: Bone| posed[bone as usize].map(|frame| frame.origin);
    let side = if bone.name().starts_with("left") { "L" } else { "R" };
    let (name, share) = match bone {
        Bone::LeftLowerArm | Bone::RightLowerArm => (format!("upperarm02.{side}"), 0.5),
        Bone::LeftHand | Bone::RightHand => (format!("lowerarm02.{side}"), 0.5),
        Bone::LeftLowerLeg | Bone::RightLowerLeg => (format!("upperleg02.{side}"), 0.5),
        Bone::LeftFoot | Bone::RightFoot => (format!("lowerleg02.{side}"), 0.5),
        Bone::LeftUpperLeg | Bone::RightUpperLeg => (format!("pelvis.{side}"), 0.3),
        Bone::LeftUpperArm | Bone::RightUpperArm => (format!("shoulder01.{side}"), 0.4),
        Bone::Spine => ("spine05".into(), 0.5),
        Bone::Chest => ("spine03".into(), 0.5),
        Bone::Head => ("neck02".into(), 0.5),
        bone if bone.name().ends_with("Proximal") && !bone.name().contains("Thumb") => {
            (format!("metacarpal{}.{side}", 1 + (bone as usize) % 4), 0.4)
        }
        _ => return parent,
    };
    let from = posed.get(bone.parent() as usize).and_then(|frame| *frame);
    let (Some(from), Some(to)) = (from, origin(bone)) else { return parent };
    let at = Affine3A::from_rotation_translation(from.rotation, from.origin.lerp(to, share));
    out.push(Joint { name, parent, at: place * at, bone: None });
    Some(out.len() - 1)
}
