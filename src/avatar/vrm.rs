//! What a VRM file says beyond glTF: its bone map and its terms of use.
//!
//! VRM 1.0 keeps them in `VRMC_vrm`, VRM 0.x in `VRM`; the two differ in spelling, in the names of the
//! thumb's joints, and in which way the person faces.

use super::humanoid::How;
use crate::body::Bone;
use serde_json::Value;

/// The bone map: bones and the file's node indices.
pub(super) fn listed(document: &gltf::Document) -> Vec<(Bone, usize, How)> {
    if let Some(vrm) = document.extension_value("VRMC_vrm") {
        let bones = vrm.pointer("/humanoid/humanBones").and_then(Value::as_object);
        let of = |(name, bone): (&String, &Value)| {
            Some((Bone::from_name(name)?, bone.get("node")?.as_u64()? as usize, How::Vrm1))
        };
        return bones.map_or_else(Vec::new, |bones| bones.iter().filter_map(of).collect());
    }
    let bones = document
        .extension_value("VRM")
        .and_then(|vrm| vrm.pointer("/humanoid/humanBones"))
        .and_then(Value::as_array);
    let of = |bone: &Value| {
        let name = bone.get("bone")?.as_str()?;
        Some((bone_of_vrm0(name)?, bone.get("node")?.as_u64()? as usize, How::Vrm0))
    };
    bones.map_or_else(Vec::new, |bones| bones.iter().filter_map(of).collect())
}

/// VRM 0.x counts the thumb's joints from one further out.
fn bone_of_vrm0(name: &str) -> Option<Bone> {
    let renamed = match name {
        "leftThumbProximal" => "leftThumbMetacarpal",
        "leftThumbIntermediate" => "leftThumbProximal",
        "rightThumbProximal" => "rightThumbMetacarpal",
        "rightThumbIntermediate" => "rightThumbProximal",
        name => name,
    };
    Bone::from_name(renamed)
}

/// The terms of use that the file states, as words and values, in the file's order.
pub(super) fn terms(document: &gltf::Document) -> Vec<(String, String)> {
    let meta = ["VRMC_vrm", "VRM"]
        .into_iter()
        .find_map(|name| document.extension_value(name)?.get("meta")?.as_object());
    let texture = |name: &str| matches!(name, "thumbnailImage" | "texture");
    let mut terms: Vec<(String, String)> = meta
        .into_iter()
        .flatten()
        .filter(|(name, _)| !texture(name))
        .filter_map(|(name, value)| Some((name.clone(), said(value)?)))
        .collect();
    let asset = &document.as_json().asset;
    terms.extend(asset.copyright.clone().map(|copyright| ("copyright".into(), copyright)));
    let extras = asset.extras.as_ref().and_then(|extras| serde_json::from_str::<Value>(extras.get()).ok());
    for name in ["author", "license", "source", "title"] {
        let value = extras.as_ref().and_then(|extras| said(extras.get(name)?));
        terms.extend(value.map(|value| (name.to_owned(), value)));
    }
    terms
}

/// A value of the terms in words; none where it says nothing.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.into()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(several) => {
            let several: Vec<String> = several.iter().filter_map(said).collect();
            (!several.is_empty()).then(|| several.join(", "))
        }
        _ => None,
    }
}

/// An expression: face shapes that are worn together under one name.
pub(super) struct Expression {
    /// VRM 1.0's preset name, or the maker's own.
    pub(super) name: String,
    /// Whether it is on or off and nothing between.
    pub(super) binary: bool,
    pub(super) binds: Vec<Bind>,
}

/// A face shape of an expression.
pub(super) struct Bind {
    pub(super) carrier: Carrier,
    /// Which of the mesh's face shapes.
    pub(super) index: usize,
    /// How much of it, 0 to 1.
    pub(super) weight: f32,
}

/// What a bind names, as the file counts: VRM 1.0 a node, 0.x a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Node(usize),
    Mesh(usize),
}

/// The expressions, presets under VRM 1.0's names.
pub(super) fn expressions(document: &gltf::Document) -> Vec<Expression> {
    if let Some(vrm) = document.extension_value("VRMC_vrm") {
        let groups = ["preset", "custom"]
            .into_iter()
            .filter_map(|group| vrm.pointer(&format!("/expressions/{group}"))?.as_object());
        return groups.flatten().filter_map(|(name, value)| expression(name, value)).collect();
    }
    let groups = document
        .extension_value("VRM")
        .and_then(|vrm| vrm.pointer("/blendShapeMaster/blendShapeGroups"))
        .and_then(Value::as_array);
    groups.map_or_else(Vec::new, |groups| groups.iter().filter_map(group).collect())
}

fn expression(name: &str, value: &Value) -> Option<Expression> {
    let bind = |bind: &Value| {
        Some(Bind {
            carrier: Carrier::Node(bind.get("node")?.as_u64()? as usize),
            index: bind.get("index")?.as_u64()? as usize,
            weight: (bind.get("weight")?.as_f64()? as f32).clamp(0.0, 1.0),
        })
    };
    let binds = value.get("morphTargetBinds")?.as_array()?.iter().filter_map(bind).collect();
    let binary = value.get("isBinary").and_then(Value::as_bool).unwrap_or(false);
    Some(Expression { name: name.to_owned(), binary, binds })
}

/// A blend shape group of VRM 0.x, whose weights go to 100.
fn group(value: &Value) -> Option<Expression> {
    let bind = |bind: &Value| {
        Some(Bind {
            carrier: Carrier::Mesh(bind.get("mesh")?.as_u64()? as usize),
            index: bind.get("index")?.as_u64()? as usize,
            weight: (bind.get("weight")?.as_f64()? as f32 / 100.0).clamp(0.0, 1.0),
        })
    };
    let binds = value.get("binds")?.as_array()?.iter().filter_map(bind).collect();
    let binary = value.get("isBinary").and_then(Value::as_bool).unwrap_or(false);
    let own = || value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let preset = value.get("presetName").and_then(Value::as_str).unwrap_or("unknown");
    let name = match preset.to_ascii_lowercase().as_str() {
        "a" => "aa".into(),
        "i" => "ih".into(),
        "u" => "ou".into(),
        "e" => "ee".into(),
        "o" => "oh".into(),
        "joy" => "happy".into(),
        "sorrow" => "sad".into(),
        "fun" => "relaxed".into(),
        "blink_l" => "blinkLeft".into(),
        "blink_r" => "blinkRight".into(),
        "unknown" => own(),
        preset => preset.to_owned(),
    };
    Some(Expression { name, binary, binds })
}
