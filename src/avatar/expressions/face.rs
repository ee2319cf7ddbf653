//! Where things are on a face, and what part of a shape's movement belongs where.

use super::Source;
use super::rules::Zone;
use crate::avatar::model::{Model, Morph, Part};
use crate::body::{ArKit, Bone};
use glam::Vec3;
use std::collections::BTreeMap;

/// Where on the face a shape is taken from: a zone, and a side unless 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) zone: Zone,
    pub(super) side: f32,
}

/// Where things are on a face, model's frame, metres.
pub(super) struct Face {
    middle: f32,
    eyes: f32,
    mouth: f32,
    /// `[parts][vertices]`, T-pose.
    vertices: Vec<Vec<Vec3>>,
    /// `[parts][vertices]`: whether an eye's bone carries it.
    on_eye: Vec<Vec<bool>>,
}

impl Face {
    pub(super) fn new(model: &Model, sources: &BTreeMap<String, Source>) -> Face {
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
    pub(super) fn taken(
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
            Zone::Whole => 1.0,
            Zone::Mouth => 1.0 - above(below_eyes),
            Zone::Eyes => above(below_eyes) * (1.0 - above(over_eyes)),
            Zone::Brows => above(over_eyes),
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
