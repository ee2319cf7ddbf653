//! Writes the pieces into one binary glTF with a VRM 1.0 humanoid map.
//!
//! Morph targets are sparse: a target lists only the vertices that it moves. Weights are 16-bit and
//! sum to exactly 65535. Keys are written in sorted order, so equal pieces give equal bytes.

use super::mesh::Mesh;
use super::skeleton::Rig;
use crate::body::{ArKit, Bone};
use glam::{Mat4, Vec3};
use serde_json::{Value, json};

/// A named surface.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The material's name.
    pub(super) material: &'static str,
    /// Its triangles, bound to joints.
    pub(super) mesh: Mesh,
    /// For each ARKit shape, the vertices that it moves: index, displacement, change of normal.
    pub(super) morphs: Vec<Vec<(u32, Vec3, Vec3)>>,
}

/// How a material looks to a viewer that has no shader for it: roughness.
const MATERIALS: [(&str, f32); 10] = [
    ("skin", 0.55),
    ("eye", 0.12),
    ("lash", 0.8),
    ("brow", 0.8),
    ("teeth", 0.25),
    ("tongue", 0.4),
    ("mouth", 0.5),
    ("scarf", 0.9),
    ("hair", 0.6),
    ("cloth", 0.9),
];

const FLOAT: u32 = 5126;
const USHORT: u32 = 5123;
const UINT: u32 = 5125;
const UBYTE: u32 = 5121;

/// The file while it grows.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Writer {
    fn view(&mut self, bytes: &[u8], target: Option<u32>) -> usize {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
        let mut view = json!({"buffer": 0, "byteOffset": self.bytes.len(), "byteLength": bytes.len()});
        if let Some(target) = target {
            view["target"] = json!(target);
        }
        self.bytes.extend_from_slice(bytes);
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, value: Value) -> usize {
        self.accessors.push(value);
        self.accessors.len() - 1
    }

    fn attribute(&mut self, bytes: &[u8], kind: &str, component: u32, count: usize) -> usize {
        let view = self.view(bytes, Some(34962));
        let mut value = json!({"bufferView": view, "componentType": component, "count": count, "type": kind});
        if component == USHORT {
            value["normalized"] = json!(true);
        }
        self.accessor(value)
    }

    fn positions(&mut self, points: &[Vec3]) -> usize {
        let flat: Vec<[f32; 3]> = points.iter().map(|p| p.to_array()).collect();
        let index = self.attribute(bytemuck::cast_slice(&flat), "VEC3", FLOAT, points.len());
        let low = points.iter().copied().fold(Vec3::MAX, Vec3::min);
        let high = points.iter().copied().fold(Vec3::MIN, Vec3::max);
        self.accessors[index]["min"] = json!(low.to_array());
        self.accessors[index]["max"] = json!(high.to_array());
        index
    }

    fn indices(&mut self, mesh: &Mesh) -> usize {
        let flat: Vec<u32> = mesh.triangles.iter().flatten().copied().collect();
        let (bytes, component) = narrow(&flat, mesh.positions.len());
        let view = self.view(&bytes, Some(34963));
        self.accessor(
            json!({"bufferView": view, "componentType": component, "count": flat.len(), "type": "SCALAR"}),
        )
    }

    /// Displacements and, if `lit`, changes of normal, of the same moved vertices.
    fn morph(&mut self, moved: &[(u32, Vec3, Vec3)], count: usize, lit: bool) -> Value {
        let still = [(0, Vec3::ZERO, Vec3::ZERO)];
        let moved = if moved.is_empty() { &still[..] } else { moved };
        let at: Vec<u32> = moved.iter().map(|m| m.0).collect();
        let (bytes, component) = narrow(&at, count);
        let at = self.view(&bytes, None);
        let mut sparse = |values: Vec<Vec3>, bounds: bool| {
            let flat: Vec<[f32; 3]> = values.iter().map(|p| p.to_array()).collect();
            let view = self.view(bytemuck::cast_slice(&flat), None);
            let mut value = json!({
                "componentType": FLOAT, "count": count, "type": "VEC3",
                "sparse": {
                    "count": moved.len(),
                    "indices": {"bufferView": at, "componentType": component},
                    "values": {"bufferView": view},
                },
            });
            if bounds {
                // Vertices that are not listed stay: zero is within the bounds.
                value["min"] = json!(values.iter().copied().fold(Vec3::ZERO, Vec3::min).to_array());
                value["max"] = json!(values.iter().copied().fold(Vec3::ZERO, Vec3::max).to_array());
            }
            self.accessor(value)
        };
        let positions = sparse(moved.iter().map(|m| m.1).collect(), true);
        if !lit {
            return json!({"POSITION": positions});
        }
        let normals = sparse(moved.iter().map(|m| m.2).collect(), false);
        json!({"POSITION": positions, "NORMAL": normals})
    }

    fn primitive(&mut self, part: &Part) -> Value {
        let mesh = &part.mesh;
        let count = mesh.positions.len();
        let normals: Vec<[f32; 3]> = mesh.normals.iter().map(|n| n.to_array()).collect();
        let colors: Vec<[u16; 4]> = mesh.colors.iter().map(|c| c.to_array().map(unorm)).collect();
        let joints: Vec<[u8; 4]> = mesh.bindings.iter().map(|b| b.joints).collect();
        let weights: Vec<[u16; 4]> = mesh.bindings.iter().map(|b| exact_weights(b.weights)).collect();
        let mut attributes = json!({
            "POSITION": self.positions(&mesh.positions),
            "NORMAL": self.attribute(bytemuck::cast_slice(&normals), "VEC3", FLOAT, count),
            "COLOR_0": self.attribute(bytemuck::cast_slice(&colors), "VEC4", USHORT, count),
        });
        attributes["JOINTS_0"] = json!(self.attribute(bytemuck::cast_slice(&joints), "VEC4", UBYTE, count));
        attributes["WEIGHTS_0"] =
            json!(self.attribute(bytemuck::cast_slice(&weights), "VEC4", USHORT, count));
        let material = MATERIALS.iter().position(|(name, _)| *name == part.material);
        let mut primitive =
            json!({"attributes": attributes, "indices": self.indices(mesh), "material": material});
        if !part.morphs.is_empty() {
            // Small or soft parts are lit well enough by the normals they have.
            let lit = part.material == "skin";
            let targets: Vec<Value> = part.morphs.iter().map(|moved| self.morph(moved, count, lit)).collect();
            primitive["targets"] = json!(targets);
        }
        primitive
    }
}

/// Indices of `count` vertices in 16 bits where they fit, else in 32, and which of the two.
fn narrow(indices: &[u32], count: usize) -> (Vec<u8>, u32) {
    if count < 65535 {
        let short: Vec<u16> = indices.iter().map(|&i| i as u16).collect();
        (bytemuck::cast_slice(&short).to_vec(), USHORT)
    } else {
        (bytemuck::cast_slice(indices).to_vec(), UINT)
    }
}

fn unorm(x: f32) -> u16 {
    (x.clamp(0.0, 1.0) * 65535.0).round() as u16
}

/// Weights in 16 bits whose sum is exactly one.
fn exact_weights(weights: [f32; 4]) -> [u16; 4] {
    let mut exact = weights.map(unorm);
    let rest: u32 = exact[1..].iter().map(|&w| u32::from(w)).sum();
    exact[0] = 65535u32.saturating_sub(rest) as u16;
    exact
}

/// The whole file: `face` moves with the face shapes, `body` does not.
pub(super) fn write(name: &str, rig: &Rig, face: &[Part], body: &[Part]) -> Vec<u8> {
    let mut writer = Writer::default();
    let names: Vec<&str> = ArKit::ALL.iter().map(|shape| shape.name()).collect();
    let face: Vec<Value> = face.iter().map(|part| writer.primitive(part)).collect();
    let body: Vec<Value> = body.iter().map(|part| writer.primitive(part)).collect();
    let inverse: Vec<[f32; 16]> =
        rig.joints.iter().map(|joint| Mat4::from(joint.bind.inverse()).to_cols_array()).collect();
    let view = writer.view(bytemuck::cast_slice(&inverse), None);
    let inverse = writer.accessor(
        json!({"bufferView": view, "componentType": FLOAT, "count": rig.joints.len(), "type": "MAT4"}),
    );
    let joints: Vec<usize> = (0..rig.joints.len()).collect();
    let mut nodes = joint_nodes(rig);
    nodes.push(json!({"name": "face", "mesh": 0, "skin": 0}));
    nodes.push(json!({"name": "body", "mesh": 1, "skin": 0}));
    let count = rig.joints.len();
    let root = json!({
        "asset": {"version": "2.0", "generator": "nashra avatar build"},
        "extensionsUsed": ["VRMC_vrm"],
        "extensions": {"VRMC_vrm": vrm(name)},
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0, count, count + 1]}],
        "nodes": nodes,
        "skins": [{"joints": joints, "inverseBindMatrices": inverse, "skeleton": 0}],
        "meshes": [
            {"name": "face", "primitives": face, "weights": vec![0.0; names.len()], "extras": {"targetNames": names}},
            {"name": "body", "primitives": body},
        ],
        "materials": materials(),
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": writer.bytes.len()}],
    });
    container(&root, writer.bytes)
}

/// The joints as nodes in the T-pose: offsets only.
fn joint_nodes(rig: &Rig) -> Vec<Value> {
    let mut nodes: Vec<Value> = Vec::new();
    for (index, joint) in rig.joints.iter().enumerate() {
        let from = joint.parent.and_then(|p| rig.joints.get(p)).map_or(Vec3::ZERO, |p| p.rest);
        let children: Vec<usize> =
            (0..rig.joints.len()).filter(|&c| rig.joints[c].parent == Some(index)).collect();
        let mut node = json!({"name": joint.name, "translation": (joint.rest - from).to_array()});
        if !children.is_empty() {
            node["children"] = json!(children);
        }
        if let Some(follow) = joint.follow {
            node["extras"] =
                json!({"twistOf": follow.of.name(), "share": follow.share, "swing": follow.swing});
        }
        nodes.push(node);
    }
    nodes
}

fn vrm(name: &str) -> Value {
    let bones: serde_json::Map<String, Value> =
        Bone::ALL.iter().map(|&bone| (bone.name().to_owned(), json!({"node": bone as usize}))).collect();
    json!({
        "specVersion": "1.0",
        "meta": {
            "name": name, "authors": ["The Nashra authors"],
            "licenseUrl": "https://vrm.dev/licenses/1.0/",
            "avatarPermission": "everyone", "commercialUsage": "corporation", "modification": "allowModificationRedistribution",
            "allowRedistribution": true, "creditNotation": "unnecessary",
        },
        "humanoid": {"humanBones": bones},
    })
}

fn materials() -> Vec<Value> {
    let one = |&(name, roughness): &(&str, f32)| {
        json!({
            "name": name,
            "doubleSided": matches!(name, "lash" | "brow" | "hair" | "cloth" | "scarf"),
            "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": roughness},
        })
    };
    MATERIALS.iter().map(one).collect()
}

/// JSON and bytes in the GLB container.
fn container(root: &Value, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut text = root.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let total = 12 + 8 + text.len() + 8 + bytes.len();
    let mut file = Vec::with_capacity(total);
    file.extend_from_slice(b"glTF");
    for word in [2, total as u32, text.len() as u32] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(b"JSON");
    file.extend_from_slice(&text);
    file.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    file.extend_from_slice(b"BIN\0");
    file.extend_from_slice(&bytes);
    file
}
