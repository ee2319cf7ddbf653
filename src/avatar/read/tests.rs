//! Whole files, damaged files and files that lie.

use super::model;
use crate::avatar::Puppet;
use crate::avatar::error::AvatarError;
use crate::avatar::model::{Model, Surface, Twist};
use crate::avatar::test_people::{Dialect, person, person_parts};
use crate::avatar::test_rig::{glb, parts};
use crate::body::{Bone, RigPose};
use glam::Vec3;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn the_smallest_avatar_is_read_whole() {
    let (root, binary) = parts();
    let model = model(&glb(&root, &binary), "tiny.glb").unwrap();
    assert!((model.shoulder_width() - 0.36).abs() < 1e-6);
    assert!((model.body_origin() - Vec3::new(0.0, 1.4, 0.0)).length() < 1e-6);
    let part = &model.parts[0];
    assert_eq!(part.surface, Surface::Skin);
    assert_eq!(part.weights[0], [0.5, 0.5, 0.0, 0.0]);
    assert_eq!(part.normals[0], Vec3::Z);
    let jaw = &part.morphs[0];
    assert_eq!(
        (jaw.name.as_str(), &jaw.vertices[..], jaw.positions[0]),
        ("jawOpen", &[2][..], Vec3::Y * 0.1)
    );
    let twist = model.nodes.iter().find_map(|node| node.twist);
    assert_eq!(twist, Some(Twist { bone: Bone::LeftHand, share: 0.5, swing: 0.0 }));
    assert!(model.nodes.iter().enumerate().all(|(i, node)| node.parent.is_none_or(|parent| parent < i)));
}

#[test]
fn the_vrm_map_goes_before_names() {
    let (mut root, binary) = parts();
    root["nodes"][9]["name"] = json!("Bone.017");
    root["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["leftUpperArm"]["node"] = json!(9);
    let model = model(&glb(&root, &binary), "tiny.glb").unwrap();
    let node = model.humanoid.node(Bone::LeftUpperArm).unwrap();
    assert_eq!(model.nodes[node].name, "Bone.017");
}

#[test]
fn a_missing_bone_is_named() {
    let (mut root, binary) = parts();
    root["nodes"][10].as_object_mut().unwrap().remove("children");
    root["nodes"][11]["name"] = json!("something");
    root["scenes"][0]["nodes"] = json!([0, 11, 15, 16]);
    let error = model(&glb(&root, &binary), "tiny.glb").unwrap_err().to_string();
    assert!(error.contains("leftHand") && error.contains("tiny.glb"), "{error}");
}

#[test]
fn indices_joints_and_types_that_lie_are_refused() {
    let lies = [
        ("/accessors/0/count", json!(2)),
        ("/accessors/0/count", json!(4_000_000_000_u64)),
        ("/accessors/3/componentType", json!(5126)),
        ("/accessors/0/type", json!("VEC2")),
        ("/bufferViews/0/byteOffset", json!(1_000_000)),
        ("/scenes/0/nodes", json!([0, 1])),
        ("/skins/0/joints", json!([0, 1, 2])),
    ];
    for (place, value) in lies {
        let (mut root, binary) = parts();
        *root.pointer_mut(place).unwrap_or(&mut json!(null)) = value;
        if place.starts_with("/bufferViews") {
            root["bufferViews"][0]["byteOffset"] = json!(1_000_000);
        }
        assert!(model(&glb(&root, &binary), "lie.glb").is_err(), "{place}");
    }
}

#[test]
fn packings_that_are_not_read_are_named_and_extensions_that_are_may_be_required() {
    for name in ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_texture_basisu"] {
        let (mut root, binary) = parts();
        root["extensionsUsed"] = json!([name]);
        root["extensionsRequired"] = json!([name]);
        let error = model(&glb(&root, &binary), "packed.glb").unwrap_err();
        assert!(matches!(error, AvatarError::Extension { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let (mut root, binary) = parts();
    root["extensionsRequired"] = json!(["VRMC_vrm", "KHR_texture_transform"]);
    assert!(model(&glb(&root, &binary), "fine.vrm").is_ok());
}

#[test]
fn numbers_that_are_none_cycles_and_crowds_are_refused() {
    let (root, binary) = person_parts(Dialect::Mixamo, &["jawOpen"]);
    let refused = |change: &dyn Fn(&mut serde_json::Value, &mut Vec<u8>)| {
        let (mut root, mut binary) = (root.clone(), binary.clone());
        change(&mut root, &mut binary);
        model(&glb(&root, &binary), "bad.glb").unwrap_err().to_string()
    };
    let view = |root: &serde_json::Value, accessor: usize| {
        let view = root["accessors"][accessor]["bufferView"].as_u64().unwrap() as usize;
        root["bufferViews"][view]["byteOffset"].as_u64().unwrap() as usize
    };
    let nan = refused(&|root, binary| {
        let at = view(root, 0);
        binary[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(nan.contains("finite"), "{nan}");
    let bind = refused(&|root, binary| {
        let at = view(root, root["skins"][0]["inverseBindMatrices"].as_u64().unwrap() as usize);
        binary[at..at + 4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    });
    assert!(bind.contains("finite inverse bind"), "{bind}");
    let cycle = refused(&|root, _| {
        let last = root["nodes"].as_array().unwrap().len() - 2;
        root["nodes"][last]["children"] = json!([1]);
    });
    assert!(cycle.contains("one parent"), "{cycle}");
    let short = refused(&|root, _| {
        for node in root["nodes"].as_array_mut().unwrap() {
            if node["name"] == "mixamorig:LeftForeArm" {
                node["translation"] = json!([0.0, 0.0, 0.0]);
            }
        }
    });
    assert!(short.contains("leftLowerArm"), "{short}");
}

#[test]
fn two_people_in_a_file_are_one_too_many() {
    let (mut root, binary) = person_parts(Dialect::Mixamo, &[]);
    let nodes = root["nodes"].as_array().unwrap().clone();
    let count = nodes.len();
    let twin = nodes.into_iter().map(|mut node| {
        if let Some(children) = node["children"].as_array_mut() {
            *children = children.iter().map(|child| json!(child.as_u64().unwrap() + count as u64)).collect();
        }
        node.as_object_mut().unwrap().remove("mesh");
        node.as_object_mut().unwrap().remove("skin");
        node
    });
    root["nodes"].as_array_mut().unwrap().extend(twin);
    root["scenes"][0]["nodes"].as_array_mut().unwrap().push(json!(count));
    let error = model(&glb(&root, &binary), "twins.glb").unwrap_err().to_string();
    assert!(error.contains("one person") && error.contains("2"), "{error}");
}

#[test]
fn a_file_cut_short_anywhere_is_an_error() {
    let (root, binary) = parts();
    let whole = glb(&root, &binary);
    for length in 0..whole.len() {
        assert!(model(&whole[..length], "cut.glb").is_err(), "{length}");
    }
}

#[test]
fn a_missing_file_and_a_stranger_are_named() {
    let missing = Model::load("/nowhere/x.glb").unwrap_err().to_string();
    assert!(missing.contains("/nowhere/x.glb") && missing.contains("--avatar"), "{missing}");
    let stranger = model(b"<html>", "page.glb").unwrap_err().to_string();
    assert!(stranger.contains("not a whole glTF"), "{stranger}");
}

proptest! {
    #[test]
    fn no_damage_to_a_whole_person_makes_it_panic(
        damage in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 1..8),
        kind in 0..Dialect::ALL.len(),
    ) {
        let mut file = person(Dialect::ALL[kind], &["blink", "Fcl_MTH_A"]);
        let last = (file.len() - 1) as f64;
        for (place, byte) in damage {
            file[(place * last) as usize] = byte;
        }
        if let Ok(model) = model(&file, "damaged.glb") {
            let posed = model.posed(&Puppet::new(&model), &RigPose::rest());
            assert!(posed.iter().all(|node| node.is_finite()));
        }
    }

    #[test]
    fn no_damage_makes_it_panic(place in 0.0..1.0_f64, byte: u8, second in 0.0..1.0_f64, other: u8) {
        let (root, binary) = parts();
        let mut file = glb(&root, &binary);
        let last = (file.len() - 1) as f64;
        file[(place * last) as usize] = byte;
        file[(second * last) as usize] = other;
        let _ = model(&file, "damaged.glb");
    }
}
