//! The smallest avatar that there can be, as a file: the required bones, one triangle, one face
//! shape, one twist joint.

use crate::body::Bone;
use serde_json::{Value, json};

/// The file's JSON and its binary chunk.
pub(crate) fn parts() -> (Value, Vec<u8>) {
    let position = |bone: Bone| -> Value {
        let out = if bone.name().starts_with("left") { 1.0 } else { -1.0 };
        match bone {
            Bone::Hips => json!([0.0, 1.0, 0.0]),
            Bone::LeftUpperArm | Bone::RightUpperArm => json!([0.18 * out, 0.2, 0.0]),
            bone if bone.name().contains("Arm") || bone.name().ends_with("Hand") => {
                json!([0.26 * out, 0.0, 0.0])
            }
            bone if bone.name().contains("Leg") || bone.name().ends_with("Foot") => {
                json!([0.05 * out, -0.4, 0.0])
            }
            _ => json!([0.0, 0.2, 0.0]),
        }
    };
    let above = |bone: Bone| {
        let mut parent = bone.parent();
        while !Bone::REQUIRED.contains(&parent) {
            parent = parent.parent();
        }
        parent
    };
    let mut nodes: Vec<Value> = Bone::REQUIRED
        .iter()
        .map(|bone| {
            let children: Vec<usize> = (0..Bone::REQUIRED.len())
                .filter(|child| {
                    Bone::REQUIRED[*child] != Bone::Hips && above(Bone::REQUIRED[*child]) == *bone
                })
                .collect();
            let mut node = json!({"name": bone.name(), "translation": position(*bone)});
            if !children.is_empty() {
                node["children"] = json!(children);
            }
            node
        })
        .collect();
    nodes.push(json!({"name": "body", "mesh": 0, "skin": 0}));
    nodes.push(json!({"name": "twist", "extras": {"twistOf": "leftHand", "share": 0.5}}));

    let mut bytes = Vec::new();
    let floats = |bytes: &mut Vec<u8>, values: &[f32]| {
        let at = bytes.len();
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        json!({"buffer": 0, "byteOffset": at, "byteLength": bytes.len() - at})
    };
    let mut views = vec![
        floats(&mut bytes, &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        floats(&mut bytes, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0]),
        floats(&mut bytes, &[2.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ];
    let at = bytes.len();
    bytes.extend([0_u8, 5, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
    views.push(json!({"buffer": 0, "byteOffset": at, "byteLength": 12}));
    let at = bytes.len();
    bytes.extend([0_u8, 0, 1, 0, 2, 0, 0, 0]);
    views.push(json!({"buffer": 0, "byteOffset": at, "byteLength": 6}));

    let vec3 = |view: usize| json!({"bufferView": view, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]});
    let root = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0, 15, 16]}],
        "nodes": nodes,
        "skins": [{"joints": (0..15).collect::<Vec<usize>>()}],
        "meshes": [{
            "primitives": [{
                "attributes": {"POSITION": 0, "JOINTS_0": 3, "WEIGHTS_0": 2},
                "indices": 4, "material": 0, "targets": [{"POSITION": 1}],
            }],
            "extras": {"targetNames": ["jawOpen"]},
        }],
        "materials": [{"name": "skin"}],
        "accessors": [
            vec3(0), vec3(1),
            {"bufferView": 2, "componentType": 5126, "count": 3, "type": "VEC4"},
            {"bufferView": 3, "componentType": 5121, "count": 3, "type": "VEC4"},
            {"bufferView": 4, "componentType": 5123, "count": 3, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": bytes.len()}],
    });
    (root, bytes)
}

/// As a `.glb` file.
pub(crate) fn glb(root: &Value, binary: &[u8]) -> Vec<u8> {
    let mut json = root.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut binary = binary.to_vec();
    binary.resize(binary.len().next_multiple_of(4), 0);
    let total = 12 + 8 + json.len() + 8 + binary.len();
    let mut file = Vec::with_capacity(total);
    file.extend(*b"glTF");
    let word = |file: &mut Vec<u8>, value: usize| file.extend((value as u32).to_le_bytes());
    word(&mut file, 2);
    word(&mut file, total);
    word(&mut file, json.len());
    file.extend(*b"JSON");
    file.extend(json);
    word(&mut file, binary.len());
    file.extend(*b"BIN\0");
    file.extend(binary);
    file
}
