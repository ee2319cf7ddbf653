//! Any avatar's face shapes → the ARKit shapes that motions are written in.
//!
//! A file's shapes are linear, so an ARKit shape that it lacks can be made from one that it has, once,
//! when it is loaded: a share of it, restricted to a part of the face. The restriction is what makes a
//! few presets go a long way. Both eyes' blink gives each eye's by taking one half; a preset's joy,
//! which usually shuts the eyes too, gives a smile by taking the lower face, and its surprise gives
//! raised brows by taking the upper.
//!
//! Looked for, best first: ARKit's own names (as shapes, or as a VRM's custom expressions), then what
//! [`RULES`] lists: Ready Player Me's and Oculus' shapes, VRoid's `Fcl_*`, VRM's presets, MikuMikuDance's.

use super::humanoid::Humanoid;
use super::model::{Model, Morph, Part};
use super::vrm::{Carrier, Expression};
use crate::body::{ArKit, Bone};
use glam::Vec3;
use std::collections::BTreeMap;

/// Which shape of a file makes which ARKit shape.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Expressions {
    /// What each ARKit shape is made from, in the file's words.
    pub sources: BTreeMap<ArKit, String>,
    /// The names of all face shapes and expressions of the file.
    pub names: Vec<String>,
}

/// A part of the face.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zone {
    Whole,
    Mouth,
    Eyes,
    Brows,
}

use Zone::*;

/// ARKit shapes, and what makes them: a file's shape, how much of it, and from where.
type Rule = (&'static [ArKit], &'static [(&'static str, f32, Zone)]);

/// What a missing ARKit shape is made from, best first: a name without separators and in lower case, how
/// much of it, and from where on the face. Left and right shapes take their own half of a shape that has
/// no side.
const RULES: &[Rule] = &[
    (
        &[ArKit::EyeBlinkLeft],
        &[
            ("blinkleft", 1.0, Whole),
            ("blinkl", 1.0, Whole),
            ("fcleyeclosel", 1.0, Whole),
            ("ウィンク", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::EyeBlinkRight],
        &[
            ("blinkright", 1.0, Whole),
            ("blinkr", 1.0, Whole),
            ("fcleyecloser", 1.0, Whole),
            ("ウィンク右", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::EyeBlinkLeft, ArKit::EyeBlinkRight],
        &[
            ("eyesclosed", 1.0, Whole),
            ("fcleyeclose", 1.0, Whole),
            ("blink", 1.0, Whole),
            ("まばたき", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::JawOpen],
        &[
            ("mouthopen", 1.0, Whole),
            ("fclmtha", 1.0, Whole),
            ("aa", 1.0, Whole),
            ("visemeaa", 1.0, Whole),
            ("あ", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::MouthFunnel],
        &[("fclmtho", 0.9, Whole), ("oh", 0.9, Whole), ("visemeo", 0.9, Whole), ("お", 0.9, Whole)],
    ),
    (
        &[ArKit::MouthPucker],
        &[("fclmthu", 1.0, Whole), ("ou", 1.0, Whole), ("visemeu", 1.0, Whole), ("う", 1.0, Whole)],
    ),
    (
        &[ArKit::MouthStretchLeft, ArKit::MouthStretchRight],
        &[("fclmthi", 0.7, Whole), ("ih", 0.7, Whole), ("visemei", 0.7, Whole), ("い", 0.7, Whole)],
    ),
    (
        &[
            ArKit::MouthLowerDownLeft,
            ArKit::MouthLowerDownRight,
            ArKit::MouthUpperUpLeft,
            ArKit::MouthUpperUpRight,
        ],
        &[("fclmthe", 0.4, Whole), ("ee", 0.4, Whole), ("visemee", 0.4, Whole), ("え", 0.4, Whole)],
    ),
    (
        &[ArKit::MouthSmileLeft, ArKit::MouthSmileRight],
        &[
            ("mouthsmile", 1.0, Whole),
            ("fclmthfun", 1.0, Whole),
            ("fclmthjoy", 0.6, Whole),
            ("happy", 0.8, Mouth),
            ("relaxed", 0.8, Mouth),
        ],
    ),
    (
        &[ArKit::MouthFrownLeft, ArKit::MouthFrownRight],
        &[("fclmthsorrow", 0.8, Whole), ("sad", 0.8, Mouth), ("angry", 0.6, Mouth)],
    ),
    (
        &[ArKit::MouthPressLeft, ArKit::MouthPressRight, ArKit::MouthRollLower, ArKit::MouthRollUpper],
        &[("visemepp", 0.5, Whole), ("fclmthclose", 0.5, Whole)],
    ),
    (
        &[ArKit::BrowInnerUp],
        &[
            ("fclbrwsorrow", 1.0, Whole),
            ("sad", 1.0, Brows),
            ("困る", 1.0, Whole),
            ("fclbrwsurprised", 0.8, Whole),
            ("surprised", 0.8, Brows),
        ],
    ),
    (
        &[ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight],
        &[("fclbrwsurprised", 1.0, Whole), ("surprised", 1.0, Brows), ("fclbrwfun", 0.8, Whole)],
    ),
    (
        &[ArKit::BrowDownLeft, ArKit::BrowDownRight],
        &[("fclbrwangry", 1.0, Whole), ("angry", 1.0, Brows), ("怒り", 1.0, Whole)],
    ),
    (
        &[ArKit::EyeWideLeft, ArKit::EyeWideRight],
        &[
            ("fcleyespread", 1.0, Whole),
            ("fcleyesurprised", 0.8, Whole),
            ("surprised", 0.8, Eyes),
            ("びっくり", 0.8, Whole),
        ],
    ),
    (&[ArKit::EyeSquintLeft, ArKit::EyeSquintRight], &[("fcleyefun", 0.6, Whole)]),
];

/// The same for the eyes' directions, where no bones turn them.
const GAZE_RULES: &[Rule] = &[
    (&[ArKit::EyeLookUpLeft, ArKit::EyeLookUpRight], &[("eyeslookup", 1.0, Whole), ("lookup", 1.0, Whole)]),
    (
        &[ArKit::EyeLookDownLeft, ArKit::EyeLookDownRight],
        &[("eyeslookdown", 1.0, Whole), ("lookdown", 1.0, Whole)],
    ),
    (&[ArKit::EyeLookOutLeft, ArKit::EyeLookInRight], &[("lookleft", 1.0, Whole)]),
    (&[ArKit::EyeLookInLeft, ArKit::EyeLookOutRight], &[("lookright", 1.0, Whole)]),
];

/// Shapes of the file's meshes that make one expression: part, shape, how much of it.
#[derive(Clone, Debug, Default)]
struct Source {
    name: String,
    binary: bool,
    binds: Vec<(usize, usize, f32)>,
}

/// Replaces a model's face shapes by ARKit's, as far as they can be made. `origins` says which node and
/// mesh of the file each part is from.
pub(super) fn to_arkit(model: &mut Model, origins: &[[usize; 2]], listed: &[Expression]) -> Expressions {
    let sources = gather(&model.parts, origins, listed);
    let mut report = Expressions {
        names: sources.values().map(|source| source.name.clone()).collect(),
        ..Expressions::default()
    };
    let face = Face::new(model, &sources);
    let mut made: Vec<Vec<Morph>> = vec![Vec::new(); model.parts.len()];
    for shape in ArKit::ALL {
        let Some((source, amount, zone)) = chosen(shape, &sources, &model.humanoid) else { continue };
        let whole_side = zone.is_none() || is_sided(source);
        let side = if whole_side { 0.0 } else { side_of(shape) };
        let cut = Cut { zone: zone.unwrap_or(Whole), side };
        report.sources.insert(shape, described(source, amount, cut));
        for (index, (part, made)) in model.parts.iter().zip(&mut made).enumerate() {
            made.extend(face.taken(index, part, shape, source, amount, cut));
        }
    }
    for (part, made) in model.parts.iter_mut().zip(made) {
        part.morphs = made;
    }
    report
}

/// What makes an ARKit shape; without a zone, a shape of its own name.
fn chosen<'a>(
    shape: ArKit,
    sources: &'a BTreeMap<String, Source>,
    humanoid: &Humanoid,
) -> Option<(&'a Source, f32, Option<Zone>)> {
    if let Some(own) = sources.values().find(|source| arkit(&source.name) == Some(shape)) {
        return Some((own, 1.0, None));
    }
    let eyes = [Bone::LeftEye, Bone::RightEye].map(|bone| humanoid.node(bone).is_some());
    let gaze = if eyes == [true, true] { &[] } else { GAZE_RULES };
    let rules = RULES.iter().chain(gaze).filter(|(shapes, _)| shapes.contains(&shape));
    rules
        .flat_map(|(_, choices)| *choices)
        .find_map(|(name, amount, zone)| sources.get(*name).map(|source| (source, *amount, Some(*zone))))
}

/// The ARKit shape of a name, behind whatever prefix an exporter put before it.
fn arkit(name: &str) -> Option<ArKit> {
    ArKit::from_name(name).or_else(|| ArKit::from_name(name.rsplit(['.', ':', '/']).next()?))
}

/// A name without case, separators and the prefixes that exporters put before it.
fn plain(name: &str) -> String {
    let name = name.rsplit([':', '/']).next().unwrap_or(name);
    let lower = name.to_lowercase();
    let lower = lower.find("fcl_").map_or(lower.as_str(), |at| &lower[at..]);
    lower.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// All that the file has, by plain name. VRM's expressions go before shapes of the same name: they say
/// how much of which.
fn gather(parts: &[Part], origins: &[[usize; 2]], listed: &[Expression]) -> BTreeMap<String, Source> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for expression in listed {
        let mut binds = Vec::new();
        for bind in &expression.binds {
            let carries = |[node, mesh]: &[usize; 2]| match bind.carrier {
                Carrier::Node(wanted) => *node == wanted,
                Carrier::Mesh(wanted) => *mesh == wanted,
            };
            let carriers = origins.iter().enumerate().filter(|(_, origin)| carries(origin));
            binds.extend(carriers.map(|(part, _)| (part, bind.index, bind.weight)));
        }
        let moves = |(part, shape, weight): &(usize, usize, f32)| {
            let morph = parts.get(*part).and_then(|part| part.morphs.get(*shape));
            *weight > 0.0 && morph.is_some_and(|morph| !morph.vertices.is_empty())
        };
        if binds.iter().any(moves) {
            let source = Source { name: expression.name.clone(), binary: expression.binary, binds };
            sources.entry(plain(&expression.name)).or_insert(source);
        }
    }
    let from_vrm: Vec<String> = sources.keys().cloned().collect();
    for (index, part) in parts.iter().enumerate() {
        for (shape, morph) in part.morphs.iter().enumerate() {
            let name = plain(&morph.name);
            if name.is_empty() || from_vrm.contains(&name) {
                continue;
            }
            let source = sources.entry(name).or_default();
            source.name.clone_from(&morph.name);
            source.binds.push((index, shape, 1.0));
        }
    }
    sources
}

/// +1 for a shape of the signer's left, −1 for one of the right, 0 for one of both.
fn side_of(shape: ArKit) -> f32 {
    match shape.name() {
        name if name.ends_with("Left") && shape.mirrored() != shape => 1.0,
        name if name.ends_with("Right") && shape.mirrored() != shape => -1.0,
        _ => 0.0,
    }
}

/// Whether a shape of the file belongs to one side already.
fn is_sided(source: &Source) -> bool {
    let name = plain(&source.name);
    ["blinkleft", "blinkright", "blinkl", "blinkr", "fcleyeclosel", "fcleyecloser"].contains(&name.as_str())
        || name.contains("ウィンク")
}

/// Where on the face a shape is taken from: a zone, and a side unless 0.
#[derive(Clone, Copy, Debug)]
struct Cut {
    zone: Zone,
    side: f32,
}

fn described(source: &Source, amount: f32, cut: Cut) -> String {
    let mut text = source.name.clone();
    if amount != 1.0 {
        text += &format!(" × {amount}");
    }
    match cut.zone {
        Whole => {}
        Mouth => text += ", mouth only",
        Eyes => text += ", eyes only",
        Brows => text += ", brows only",
    }
    match cut.side {
        side if side > 0.0 => text += ", left half",
        side if side < 0.0 => text += ", right half",
        _ => {}
    }
    text
}

/// Where things are on a face, model's frame, metres.
struct Face {
    middle: f32,
    eyes: f32,
    mouth: f32,
    /// `[parts][vertices]`, T-pose.
    vertices: Vec<Vec<Vec3>>,
    /// `[parts][vertices]`: whether an eye's bone carries it.
    on_eye: Vec<Vec<bool>>,
}

impl Face {
    fn new(model: &Model, sources: &BTreeMap<String, Source>) -> Face {
        let vertices: Vec<Vec<Vec3>> = model.parts.iter().map(|part| model.rest_vertices(part)).collect();
        let bone = |bone| model.rest_position(bone);
        let width = model.shoulder_width();
        let head = bone(Bone::Head).unwrap_or_else(|| model.body_origin() + Vec3::Y * 0.4 * width);
        // A blink moves the lids and an open mouth the lips: their middles say where those are.
        let centre = |names: &[&str]| {
            let source = names.iter().find_map(|name| sources.get(*name))?;
            moved_height(source, &model.parts, &vertices)
        };
        let eyes = bone(Bone::LeftEye)
            .map(|eye| eye.y)
            .or_else(|| centre(&["blink", "eyesclosed", "fcleyeclose", "blinkleft", "eyeblinkleft"]))
            .unwrap_or(head.y + 0.22 * width);
        let mouth = centre(&["aa", "fclmtha", "mouthopen", "visemeaa", "jawopen"])
            .filter(|mouth| *mouth < eyes - 0.05 * width)
            .unwrap_or(eyes - 0.19 * width);
        let on_eye = model.parts.iter().map(|part| on_eye_bones(model, part)).collect();
        Face { middle: head.x, eyes, mouth, vertices, on_eye }
    }

    /// A part's share of an ARKit shape, if it has any.
    fn taken(
        &self,
        index: usize,
        part: &Part,
        shape: ArKit,
        source: &Source,
        amount: f32,
        cut: Cut,
    ) -> Option<Morph> {
        let mut moved: BTreeMap<u32, (Vec3, Vec3)> = BTreeMap::new();
        // The eyes' bones turn the eyeballs already.
        let is_gaze = shape.name().starts_with("eyeLook");
        for (_, morph, weight) in source.binds.iter().filter(|(of, ..)| *of == index) {
            let Some(morph) = part.morphs.get(*morph) else { continue };
            let shifts = morph.vertices.iter().zip(&morph.positions).zip(&morph.normals);
            for ((vertex, position), normal) in shifts {
                let share = weight * amount * self.share(index, *vertex as usize, cut);
                let turned = is_gaze && self.on_eye[index].get(*vertex as usize).copied().unwrap_or(false);
                if share > 0.0 && !turned {
                    let sum = moved.entry(*vertex).or_default();
                    sum.0 += *position * share;
                    sum.1 += *normal * share;
                }
            }
        }
        (!moved.is_empty()).then(|| Morph {
            name: shape.name().to_owned(),
            vertices: moved.keys().copied().collect(),
            positions: moved.values().map(|(position, _)| *position).collect(),
            normals: moved.values().map(|(_, normal)| *normal).collect(),
            binary: source.binary,
        })
    }

    /// How much of a vertex' movement belongs to a part of the face, 0 to 1, soft at its edges.
    fn share(&self, part: usize, vertex: usize, cut: Cut) -> f32 {
        let Some(at) = self.vertices.get(part).and_then(|all| all.get(vertex)) else { return 0.0 };
        let size = (self.eyes - self.mouth).max(1e-3);
        let above = |height: f32| smooth((at.y - height) / (0.2 * size));
        let below_eyes = self.eyes - 0.45 * size;
        let over_eyes = self.eyes + 0.25 * size;
        let zone = match cut.zone {
            Whole => 1.0,
            Mouth => 1.0 - above(below_eyes),
            Eyes => above(below_eyes) * (1.0 - above(over_eyes)),
            Brows => above(over_eyes),
        };
        let side = if cut.side == 0.0 { 1.0 } else { smooth(cut.side * (at.x - self.middle) / (0.3 * size)) };
        zone * side
    }
}

/// From 0 below −½ to 1 above ½, smoothly.
fn smooth(x: f32) -> f32 {
    let t = (x + 0.5).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The mean height of what a shape moves, weighted by how far it moves.
fn moved_height(source: &Source, parts: &[Part], vertices: &[Vec<Vec3>]) -> Option<f32> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (part, morph, _) in &source.binds {
        let Some(morph) = parts.get(*part).and_then(|part| part.morphs.get(*morph)) else { continue };
        for (vertex, shift) in morph.vertices.iter().zip(&morph.positions) {
            let Some(at) = vertices.get(*part).and_then(|all| all.get(*vertex as usize)) else { continue };
            sum += at.y * shift.length();
            weights += shift.length();
        }
    }
    (weights > 0.0).then(|| sum / weights)
}

fn on_eye_bones(model: &Model, part: &Part) -> Vec<bool> {
    let eyes = [Bone::LeftEye, Bone::RightEye].map(|bone| model.humanoid.node(bone));
    let is_eye = |node: usize| eyes.contains(&Some(node));
    let Some(skin) = part.skin.and_then(|skin| model.skins.get(skin)) else {
        let mut at = Some(part.node);
        while let Some(node) = at.filter(|node| !is_eye(*node)) {
            at = model.nodes.get(node).and_then(|node| node.parent);
        }
        return vec![at.is_some(); part.positions.len()];
    };
    let on_eye = |(joints, weights): (&[u16; 4], &[f32; 4])| {
        let eye = |joint: &u16| skin.joints.get(usize::from(*joint)).is_some_and(|node| is_eye(*node));
        joints.iter().zip(weights).filter(|(joint, _)| eye(joint)).map(|(_, weight)| weight).sum::<f32>()
            > 0.5
    };
    part.joints.iter().zip(&part.weights).map(on_eye).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_people::{Dialect, person, person_parts};
    use super::super::test_rig::glb;
    use super::*;
    use serde_json::json;

    fn made(model: &Model, shape: ArKit) -> Option<&Morph> {
        model.parts[0].morphs.iter().find(|morph| morph.name == shape.name())
    }

    #[test]
    fn arkit_shapes_are_known_in_any_spelling_and_eyeballs_left_to_their_bones() {
        let names = ["mouthSmile_L", "Wolf3D.eyeBlinkRight", "JawOpen", "eyeLookUpLeft"];
        let model = Model::from_slice(&person(Dialect::ReadyPlayerMe, &names), "rpm.glb").unwrap();
        for shape in [ArKit::MouthSmileLeft, ArKit::EyeBlinkRight, ArKit::JawOpen] {
            assert_eq!(made(&model, shape).unwrap().vertices.len(), 9, "{shape:?}");
        }
        // The scraps on the eyes stay; the head's moves.
        assert_eq!(made(&model, ArKit::EyeLookUpLeft).unwrap().vertices.len(), 3);
        assert!((made(&model, ArKit::JawOpen).unwrap().positions[0] - Vec3::Z * 0.01).length() < 1e-5);
    }

    #[test]
    fn one_blink_of_both_eyes_makes_one_of_each() {
        let model = Model::from_slice(&person(Dialect::VRoid, &["Fcl_EYE_Close"]), "v.glb").unwrap();
        let width = |shape: ArKit, bone: Bone| {
            let morph = made(&model, shape).unwrap();
            let part = &model.parts[0];
            let eye = model.rest_position(bone).unwrap();
            let at = |vertex: &u32| part.positions[*vertex as usize].distance(eye) < 0.02;
            let shifts = morph.vertices.iter().zip(&morph.positions).filter(|(vertex, _)| at(vertex));
            shifts.map(|(_, shift)| shift.length()).fold(0.0, f32::max)
        };
        assert!(width(ArKit::EyeBlinkLeft, Bone::LeftEye) > 0.009);
        assert!(width(ArKit::EyeBlinkLeft, Bone::RightEye) < 0.001);
        assert!(width(ArKit::EyeBlinkRight, Bone::RightEye) > 0.009);
    }

    #[test]
    fn vrm_expressions_count_nodes_to_one_and_those_of_0_x_meshes_to_a_hundred() {
        let (mut root, binary) = person_parts(Dialect::Vrm1, &["a", "b"]);
        let body = root["nodes"].as_array().unwrap().len() - 1;
        root["extensions"]["VRMC_vrm"]["expressions"] = json!({
            "preset": {"aa": {"morphTargetBinds": [{"node": body, "index": 1, "weight": 0.5}]}},
            "custom": {"BrowInnerUp": {"morphTargetBinds": [{"node": body, "index": 0, "weight": 1.0}]}},
        });
        let model = Model::from_slice(&glb(&root, &binary), "one.vrm").unwrap();
        assert!((made(&model, ArKit::JawOpen).unwrap().positions[0].length() - 0.005).abs() < 1e-5);
        assert!((made(&model, ArKit::BrowInnerUp).unwrap().positions[0].length() - 0.01).abs() < 1e-5);

        let (mut root, binary) = person_parts(Dialect::Vrm0, &["x"]);
        root["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"] = json!([
            {"name": "A", "presetName": "a", "binds": [{"mesh": 0, "index": 0, "weight": 40.0}]},
            {"name": "Blink", "presetName": "blink", "isBinary": true,
             "binds": [{"mesh": 0, "index": 0, "weight": 100.0}]},
        ]);
        let model = Model::from_slice(&glb(&root, &binary), "zero.vrm").unwrap();
        let jaw = made(&model, ArKit::JawOpen).unwrap();
        // The person faced the other way; the shape was turned along.
        assert!((jaw.positions[0] - Vec3::Z * 0.004).length() < 1e-5 && !jaw.binary);
        assert!(made(&model, ArKit::EyeBlinkLeft).unwrap().binary);
        assert_eq!(model.expressions.sources[&ArKit::EyeBlinkLeft], "blink, left half");
    }

    #[test]
    fn a_preset_that_moves_the_whole_face_gives_its_lower_and_its_upper_part() {
        let (mut root, binary) = person_parts(Dialect::Vrm1, &["joy", "shock"]);
        let body = root["nodes"].as_array().unwrap().len() - 1;
        let bind =
            |index: usize| json!({"morphTargetBinds": [{"node": body, "index": index, "weight": 1.0}]});
        root["extensions"]["VRMC_vrm"]["expressions"]["preset"] =
            json!({"happy": bind(0), "surprised": bind(1)});
        let model = Model::from_slice(&glb(&root, &binary), "one.vrm").unwrap();
        let eye = model.rest_position(Bone::LeftEye).unwrap();
        let moves_eye = |shape: ArKit| {
            let morph = made(&model, shape);
            morph.is_some_and(|morph| {
                let near = |vertex: &u32| model.parts[0].positions[*vertex as usize].distance(eye) < 0.005;
                let shifts = morph.vertices.iter().zip(&morph.positions);
                shifts.filter(|(vertex, _)| near(vertex)).any(|(_, shift)| shift.length() > 0.002)
            })
        };
        assert!(!moves_eye(ArKit::MouthSmileLeft) && moves_eye(ArKit::EyeWideLeft));
        assert!(model.expressions.sources[&ArKit::BrowOuterUpLeft].contains("brows only"));
        assert!(!model.expressions.sources.contains_key(&ArKit::JawOpen));
    }
}
