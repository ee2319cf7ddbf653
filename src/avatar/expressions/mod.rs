//! Any avatar's face shapes → the ARKit shapes that motions are written in.
//!
//! A file's shapes are linear, so an ARKit shape that it lacks can be made from one that it has, once,
//! when it is loaded: a share of it, restricted to a part of the face. The restriction is what makes a
//! few presets go a long way. Both eyes' blink gives each eye's by taking one half; a preset's joy,
//! which usually shuts the eyes too, gives a smile by taking the lower face, and its surprise gives
//! raised brows by taking the upper.
//!
//! Looked for, best first: ARKit's own names (as shapes, or as a VRM's custom expressions), then what
//! `rules` lists: Ready Player Me's and Oculus' shapes, VRoid's `Fcl_*`, VRM's presets, MikuMikuDance's.

mod face;
mod rules;
#[cfg(test)]
mod tests;

use super::humanoid::Humanoid;
use super::model::{Model, Morph, Part};
use super::vrm::{Carrier, Expression};
use crate::body::{ArKit, Bone};
use face::{Cut, Face};
use rules::{GAZE_RULES, RULES, Zone};
use std::collections::BTreeMap;

/// Which shape of a file makes which ARKit shape.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Expressions {
    /// What each ARKit shape is made from, in the file's words.
    pub sources: BTreeMap<ArKit, String>,
    /// The names of all face shapes and expressions of the file.
    pub names: Vec<String>,
}

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
        let cut = Cut { zone: zone.unwrap_or(Zone::Whole), side };
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

fn described(source: &Source, amount: f32, cut: Cut) -> String {
    let mut text = source.name.clone();
    if amount != 1.0 {
        text += &format!(" × {amount}");
    }
    match cut.zone {
        Zone::Whole => {}
        Zone::Mouth => text += ", mouth only",
        Zone::Eyes => text += ", eyes only",
        Zone::Brows => text += ", brows only",
    }
    match cut.side {
        side if side > 0.0 => text += ", left half",
        side if side < 0.0 => text += ", right half",
        _ => {}
    }
    text
}
