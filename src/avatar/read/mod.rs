//! glTF → [`Model`]. Nothing in the file is believed before it is checked.

mod check;
mod mesh;
mod scene;
#[cfg(test)]
mod tests;

use super::about::About;
use super::error::AvatarError;
use super::expressions::{Expressions, to_arkit};
use super::finish;
use super::humanoid::How;
use super::model::Model;
use super::normalise::normalise;
use super::recognise::humanoid;
use super::vrm;
use crate::body::Bone;
use std::collections::BTreeMap;

/// Reads a model from the bytes of a file.
pub(super) fn model(bytes: &[u8], file: &str) -> Result<Model, AvatarError> {
    let (document, blob) = parse(bytes, file)?;
    let base = std::path::Path::new(file).parent();
    let buffers = gltf::import_buffers(&document, base, blob)
        .map_err(|source| AvatarError::Format { file: file.into(), source })?;
    let reader = Reader { document: &document, buffers: &buffers, file };
    reader.check_accessors()?;

    let (mut nodes, new_index) = reader.nodes()?;
    let mut skins = reader.skins(&new_index)?;
    let textures = finish::Textures::read(&document, &buffers, base, file)?;
    let (mut parts, origins) = reader.parts(&new_index, &skins, &textures)?;
    let listed = reader.listed(&new_index);
    let joints: Vec<usize> = skins.iter().flat_map(|skin| skin.joints.iter().copied()).collect();
    let humanoid = humanoid(&nodes, &listed, &joints, file)?;
    let missing = humanoid.missing();
    if !missing.is_empty() {
        let found = humanoid.iter().count();
        return Err(AvatarError::MissingBones { file: file.into(), missing: missing.join(", "), found });
    }
    let rest = normalise(&mut nodes, &humanoid, &mut skins, &mut parts, !listed.is_empty(), file)?;
    let textures = textures.all;
    let expressions = Expressions::default();
    let about = About::of(&document, &nodes);
    let mut model = Model { nodes, humanoid, skins, parts, textures, rest, expressions, about };
    model.expressions = to_arkit(&mut model, &origins, &vrm::expressions(&document));
    Ok(model)
}

/// The file's JSON, checked, and its binary chunk.
fn parse(bytes: &[u8], file: &str) -> Result<(gltf::Document, Option<Vec<u8>>), AvatarError> {
    let format = |source| AvatarError::Format { file: file.into(), source };
    let gltf::Gltf { document, blob } = gltf::Gltf::from_slice_without_validation(bytes).map_err(format)?;
    let mut root = document.into_json();
    check::positions(&root, file)?;
    if let Some(name) = root.extensions_required.iter().find(|name| !KNOWN_EXTENSIONS.contains(&&***name)) {
        return Err(AvatarError::Extension { file: file.into(), extension: name.clone() });
    }
    // The parser would refuse what it does not know itself, VRM's own extensions included.
    root.extensions_required.clear();
    Ok((gltf::Document::from_json(root).map_err(format)?, blob))
}

/// Extensions of glTF without which a file cannot be read, and that are read here.
const KNOWN_EXTENSIONS: [&str; 12] = [
    "KHR_materials_unlit",
    "KHR_texture_transform",
    "VRMC_springBone",
    "VRMC_node_constraint",
    "VRMC_materials_hdr_emissiveMultiplier",
    "KHR_materials_clearcoat",
    "KHR_materials_emissive_strength",
    "KHR_materials_specular",
    "KHR_materials_ior",
    "VRMC_vrm",
    "VRM",
    "VRMC_materials_mtoon",
];

/// File index of a node → its index in the model.
type NewIndex = BTreeMap<usize, usize>;

struct Reader<'a> {
    document: &'a gltf::Document,
    buffers: &'a [gltf::buffer::Data],
    file: &'a str,
}

impl Reader<'_> {
    fn wrong(
        &self,
        thing: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> AvatarError {
        AvatarError::Content {
            file: self.file.into(),
            thing: thing.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// What the file's VRM map says, as far as its nodes are in a scene.
    fn listed(&self, new_index: &NewIndex) -> Vec<(Bone, usize, How)> {
        let known = |(bone, node, how)| Some((bone, *new_index.get(&node)?, how));
        vrm::listed(self.document).into_iter().filter_map(known).collect()
    }
}
