//! glTF → [`Model`]. Nothing in the file is believed before it is checked.

use super::about::About;
use super::error::AvatarError;
use super::expressions::{Expressions, to_arkit};
use super::finish;
use super::humanoid::How;
use super::model::{Finish, Model, Morph, Node, Part, Skin, Surface, Twist};
use super::normalise::normalise;
use super::recognise::humanoid;
use super::vrm;
use crate::body::Bone;
use glam::{Affine3A, Mat4, Quat, Vec3};
use gltf::Semantic;
use gltf::accessor::{DataType, Dimensions};
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
    check_positions(&root, file)?;
    if let Some(name) = root.extensions_required.iter().find(|name| !KNOWN_EXTENSIONS.contains(&&***name)) {
        return Err(AvatarError::Extension { file: file.into(), extension: name.clone() });
    }
    // The parser would refuse what it does not know itself, VRM's own extensions included.
    root.extensions_required.clear();
    Ok((gltf::Document::from_json(root).map_err(format)?, blob))
}

/// The parser's own validation takes for granted that a primitive's positions exist, and panics where
/// they do not.
fn check_positions(root: &gltf::json::Root, file: &str) -> Result<(), AvatarError> {
    let accessors = root.accessors.len();
    let positions = gltf::json::validation::Checked::Valid(Semantic::Positions);
    for (mesh, primitive) in
        root.meshes.iter().enumerate().flat_map(|(i, m)| m.primitives.iter().map(move |p| (i, p)))
    {
        if let Some(index) = primitive.attributes.get(&positions).filter(|i| i.value() >= accessors) {
            return Err(AvatarError::Content {
                file: file.into(),
                thing: format!("positions of mesh {mesh}"),
                expected: format!("one of {accessors} accessors"),
                found: format!("accessor {}", index.value()),
            });
        }
    }
    Ok(())
}

/// More vertices than any avatar has; a file that claims more is lying.
const MOST_ITEMS: usize = 20_000_000;
/// More nodes than any avatar has.
const MOST_NODES: usize = 20_000;
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

    /// The parser's iterators slice without looking, so every accessor is measured first.
    fn check_accessors(&self) -> Result<(), AvatarError> {
        for accessor in self.document.accessors() {
            let size = accessor.size();
            if accessor.count() > MOST_ITEMS {
                let found = accessor.count().to_string();
                return Err(self.wrong(
                    accessor_name(&accessor),
                    format!("at most {MOST_ITEMS} items"),
                    found,
                ));
            }
            if let Some(view) = accessor.view() {
                let stride = view.stride().unwrap_or(size);
                self.check_range(accessor.index(), &view, accessor.offset(), accessor.count(), stride, size)?;
            }
            if let Some(sparse) = accessor.sparse() {
                let count = sparse.count();
                let (indices, values) = (sparse.indices(), sparse.values());
                let width = indices.index_type().size();
                self.check_range(accessor.index(), &indices.view(), indices.offset(), count, width, width)?;
                self.check_range(accessor.index(), &values.view(), values.offset(), count, size, size)?;
            }
        }
        Ok(())
    }

    fn check_range(
        &self,
        accessor: usize,
        view: &gltf::buffer::View<'_>,
        offset: usize,
        count: usize,
        stride: usize,
        size: usize,
    ) -> Result<(), AvatarError> {
        let within = count
            .checked_sub(1)
            .map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(size)?.checked_add(offset));
        let data = self.buffers.get(view.buffer().index()).map_or(0, |buffer| buffer.len());
        let view_end = view.offset().checked_add(view.length());
        let fits = within.is_some_and(|end| end <= view.length()) && view_end.is_some_and(|end| end <= data);
        if fits {
            return Ok(());
        }
        let found = format!("{count} items of {size} bytes in a view of {} bytes", view.length());
        Err(self.wrong(format!("accessor {accessor}"), "data within its buffer view", found))
    }

    /// What the parser's readers take for granted about an accessor's type.
    fn check_type(
        &self,
        accessor: &gltf::Accessor<'_>,
        dimensions: &[Dimensions],
        types: &[DataType],
    ) -> Result<(), AvatarError> {
        if dimensions.contains(&accessor.dimensions()) && types.contains(&accessor.data_type()) {
            return Ok(());
        }
        let found = format!("{:?} of {:?}", accessor.dimensions(), accessor.data_type());
        Err(self.wrong(accessor_name(accessor), format!("{dimensions:?} of {types:?}"), found))
    }

    fn check_attributes(&self, primitive: &gltf::Primitive<'_>) -> Result<(), AvatarError> {
        const FLOATS: [DataType; 3] = [DataType::U8, DataType::U16, DataType::F32];
        const INTEGERS: [DataType; 3] = [DataType::U8, DataType::U16, DataType::U32];
        for (semantic, accessor) in primitive.attributes() {
            match semantic {
                Semantic::Positions | Semantic::Normals => {
                    self.check_type(&accessor, &[Dimensions::Vec3], &[DataType::F32])?;
                }
                Semantic::Colors(_) => {
                    self.check_type(&accessor, &[Dimensions::Vec3, Dimensions::Vec4], &FLOATS)?;
                }
                Semantic::Joints(_) => self.check_type(&accessor, &[Dimensions::Vec4], &INTEGERS[..2])?,
                Semantic::Weights(_) => self.check_type(&accessor, &[Dimensions::Vec4], &FLOATS)?,
                Semantic::Tangents | Semantic::TexCoords(_) | Semantic::Extras(_) => {}
            }
        }
        for target in primitive.morph_targets() {
            for accessor in [target.positions(), target.normals()].into_iter().flatten() {
                self.check_type(&accessor, &[Dimensions::Vec3], &[DataType::F32])?;
            }
        }
        match primitive.indices() {
            Some(accessor) => self.check_type(&accessor, &[Dimensions::Scalar], &INTEGERS),
            None => Ok(()),
        }
    }

    /// All nodes that the file's scenes reach, parents first.
    fn nodes(&self) -> Result<(Vec<Node>, NewIndex), AvatarError> {
        let mut nodes = Vec::new();
        let mut new_index = NewIndex::new();
        let mut open: Vec<(gltf::Node<'_>, Option<usize>)> =
            self.document.scenes().flat_map(|scene| scene.nodes()).map(|node| (node, None)).collect();
        while let Some((node, parent)) = open.pop() {
            let index = nodes.len();
            if index >= MOST_NODES {
                return Err(self.wrong("scene", format!("at most {MOST_NODES} nodes"), "more"));
            }
            if new_index.insert(node.index(), index).is_some() {
                let name = node.name().unwrap_or("").to_owned();
                return Err(self.wrong(format!("node {name:?}"), "one parent", "several"));
            }
            let new = new_node(&node, parent, &nodes);
            if !new.model_from_node.is_finite() {
                let thing = format!("node {:?}", new.name);
                return Err(self.wrong(thing, "finite numbers for its place", "others"));
            }
            nodes.push(new);
            open.extend(node.children().map(|child| (child, Some(index))));
        }
        Ok((nodes, new_index))
    }

    /// What the file's VRM map says, as far as its nodes are in a scene.
    fn listed(&self, new_index: &NewIndex) -> Vec<(Bone, usize, How)> {
        let known = |(bone, node, how)| Some((bone, *new_index.get(&node)?, how));
        vrm::listed(self.document).into_iter().filter_map(known).collect()
    }

    fn skins(&self, new_index: &NewIndex) -> Result<Vec<Skin>, AvatarError> {
        self.document.skins().map(|skin| self.skin(&skin, new_index)).collect()
    }

    fn skin(&self, skin: &gltf::Skin<'_>, new_index: &NewIndex) -> Result<Skin, AvatarError> {
        let thing = || format!("skin {}", skin.index());
        let joints: Option<Vec<usize>> =
            skin.joints().map(|joint| new_index.get(&joint.index()).copied()).collect();
        let joints =
            joints.ok_or_else(|| self.wrong(thing(), "joints that are in the scene", "one that is not"))?;
        if let Some(accessor) = skin.inverse_bind_matrices() {
            self.check_type(&accessor, &[Dimensions::Mat4], &[DataType::F32])?;
        }
        let inverse_binds: Vec<Mat4> = skin
            .reader(|buffer| self.buffers.get(buffer.index()).map(|data| &data.0[..]))
            .read_inverse_bind_matrices()
            .map(|matrices| matrices.map(|m| Mat4::from_cols_array_2d(&m)).collect())
            .unwrap_or_else(|| vec![Mat4::IDENTITY; joints.len()]);
        if inverse_binds.len() != joints.len() {
            let found = inverse_binds.len().to_string();
            return Err(self.wrong(thing(), format!("{} inverse bind matrices", joints.len()), found));
        }
        if !inverse_binds.iter().all(Mat4::is_finite) {
            return Err(self.wrong(thing(), "finite inverse bind matrices", "others"));
        }
        Ok(Skin { joints, inverse_binds })
    }

    /// The visible parts, and the file's node and mesh that each is from.
    fn parts(
        &self,
        new_index: &NewIndex,
        skins: &[Skin],
        textures: &finish::Textures,
    ) -> Result<(Vec<Part>, Vec<[usize; 2]>), AvatarError> {
        let (mut parts, mut origins) = (Vec::new(), Vec::new());
        for node in self.document.nodes() {
            let (Some(mesh), Some(index)) = (node.mesh(), new_index.get(&node.index())) else { continue };
            let skin = node.skin().map(|skin| skin.index());
            let names = morph_names(&mesh);
            for primitive in mesh.primitives().filter(|p| p.mode() == gltf::mesh::Mode::Triangles) {
                let thing = format!("mesh {:?}, primitive {}", mesh.name().unwrap_or(""), primitive.index());
                let mut part = self.part(&primitive, *index, skin, skins, &names, &thing)?;
                finish::apply(&primitive, self.buffers, textures, &mut part);
                parts.push(part);
                origins.push([node.index(), mesh.index()]);
            }
        }
        Ok((parts, origins))
    }

    fn part(
        &self,
        primitive: &gltf::Primitive<'_>,
        node: usize,
        skin: Option<usize>,
        skins: &[Skin],
        names: &[String],
        thing: &str,
    ) -> Result<Part, AvatarError> {
        self.check_attributes(primitive)?;
        let reader = primitive.reader(|buffer| self.buffers.get(buffer.index()).map(|data| &data.0[..]));
        let positions: Vec<Vec3> = reader
            .read_positions()
            .ok_or_else(|| self.wrong(thing, "positions", "none"))?
            .map(Vec3::from)
            .collect();
        let count = positions.len();
        let indices: Vec<u32> = match reader.read_indices() {
            Some(indices) => indices.into_u32().collect(),
            None => (0..count as u32).collect(),
        };
        if let Some(beyond) = indices.iter().find(|index| **index as usize >= count) {
            return Err(self.wrong(thing, format!("indices below {count}"), beyond.to_string()));
        }
        let normals: Vec<Vec3> = reader
            .read_normals()
            .map(|normals| normals.map(Vec3::from).collect())
            .unwrap_or_else(|| smooth_normals(&positions, &indices));
        let colors: Vec<[f32; 4]> = reader
            .read_colors(0)
            .map_or_else(|| vec![[1.0; 4]; count], |colors| colors.into_rgba_f32().collect());
        let joints: Vec<[u16; 4]> =
            reader.read_joints(0).map(|joints| joints.into_u16().collect()).unwrap_or_default();
        let weights: Vec<[f32; 4]> = reader
            .read_weights(0)
            .map(|weights| weights.into_f32().map(normalized).collect())
            .unwrap_or_default();
        if !positions.iter().chain(&normals).all(|v| v.is_finite()) {
            return Err(self.wrong(thing, "finite numbers for its vertices", "others"));
        }
        let skin = skin.filter(|_| !joints.is_empty());
        self.check_lengths(thing, count, &[normals.len(), colors.len()])?;
        if let Some(skin) = skin {
            self.check_lengths(thing, count, &[joints.len(), weights.len()])?;
            let known = skins.get(skin).map_or(0, |skin| skin.joints.len());
            if let Some(beyond) = joints.iter().flatten().find(|joint| usize::from(**joint) >= known) {
                return Err(self.wrong(thing, format!("joints below {known}"), beyond.to_string()));
            }
        }
        let morphs = self.morphs(reader.read_morph_targets(), names, count, thing)?;
        let material = primitive.material();
        let name = material.name().unwrap_or("").to_owned();
        Ok(Part {
            surface: Surface::from_name(&name),
            material: name,
            base_color: material.pbr_metallic_roughness().base_color_factor(),
            node,
            positions,
            normals,
            colors,
            joints,
            weights,
            skin,
            indices,
            morphs,
            finish: Finish::default(),
            uvs: Vec::new(),
        })
    }

    fn morphs<T>(
        &self,
        targets: impl Iterator<
            Item = (Option<impl Iterator<Item = [f32; 3]>>, Option<impl Iterator<Item = [f32; 3]>>, T),
        >,
        names: &[String],
        count: usize,
        thing: &str,
    ) -> Result<Vec<Morph>, AvatarError> {
        let mut morphs = Vec::new();
        for (index, (positions, normals, _)) in targets.enumerate() {
            let name = names.get(index).cloned().unwrap_or_default();
            let positions: Vec<Vec3> =
                positions.map_or_else(|| vec![Vec3::ZERO; count], |p| p.map(Vec3::from).collect());
            let normals: Vec<Vec3> =
                normals.map_or_else(|| vec![Vec3::ZERO; count], |n| n.map(Vec3::from).collect());
            self.check_lengths(
                &format!("{thing}, face shape {name:?}"),
                count,
                &[positions.len(), normals.len()],
            )?;
            if !positions.iter().chain(&normals).all(|v| v.is_finite()) {
                let thing = format!("{thing}, face shape {name:?}");
                return Err(self.wrong(thing, "finite numbers", "others"));
            }
            morphs.push(sparse(name, &positions, &normals));
        }
        Ok(morphs)
    }

    fn check_lengths(&self, thing: &str, count: usize, lengths: &[usize]) -> Result<(), AvatarError> {
        match lengths.iter().find(|length| **length != count) {
            None => Ok(()),
            Some(length) => {
                Err(self.wrong(thing, format!("{count} of every vertex attribute"), length.to_string()))
            }
        }
    }
}

fn accessor_name(accessor: &gltf::Accessor<'_>) -> String {
    format!("accessor {}", accessor.index())
}

fn new_node(node: &gltf::Node<'_>, parent: Option<usize>, before: &[Node]) -> Node {
    let (translation, rotation, scale) = node.transform().decomposed();
    let (translation, scale) = (Vec3::from(translation), Vec3::from(scale));
    let rotation = Quat::from_array(rotation).normalize();
    let rotation = if rotation.is_finite() { rotation } else { Quat::IDENTITY };
    let parent_from_node = Affine3A::from_scale_rotation_translation(scale, rotation, translation);
    let model_from_parent = parent.map_or(Affine3A::IDENTITY, |parent| before[parent].model_from_node);
    Node {
        name: node.name().unwrap_or("").to_owned(),
        parent,
        translation,
        rotation,
        scale,
        model_from_node: model_from_parent * parent_from_node,
        twist: twist(node),
    }
}

/// From the node's extras: `{"twistOf": "leftLowerArm", "share": 0.5}`, and `"swing"` where it bends too.
fn twist(node: &gltf::Node<'_>) -> Option<Twist> {
    let extras: serde_json::Value = serde_json::from_str(node.extras().as_ref()?.get()).ok()?;
    let bone = Bone::from_name(extras.get("twistOf")?.as_str()?)?;
    let share = extras.get("share")?.as_f64()? as f32;
    let swing = extras.get("swing").and_then(|swing| swing.as_f64()).unwrap_or(0.0) as f32;
    (share.is_finite() && swing.is_finite()).then_some(Twist { bone, share, swing })
}

/// From the mesh's extras: `{"targetNames": [...]}`, as all exporters write them.
fn morph_names(mesh: &gltf::Mesh<'_>) -> Vec<String> {
    let parsed = mesh.extras().as_ref().and_then(|extras| serde_json::from_str(extras.get()).ok());
    let value: serde_json::Value = parsed.unwrap_or_default();
    let names = value.get("targetNames").and_then(|names| names.as_array());
    names.map_or_else(Vec::new, |names| {
        names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
    })
}

/// Displacements below this do not show, metres.
const LEAST_SHIFT: f32 = 2e-5;

fn sparse(name: String, positions: &[Vec3], normals: &[Vec3]) -> Morph {
    let moves = |shift: &Vec3| shift.abs().max_element() > LEAST_SHIFT;
    let moved: Vec<usize> = (0..positions.len()).filter(|vertex| moves(&positions[*vertex])).collect();
    Morph {
        name,
        vertices: moved.iter().map(|vertex| *vertex as u32).collect(),
        positions: moved.iter().map(|vertex| positions[*vertex]).collect(),
        normals: moved.iter().map(|vertex| normals[*vertex]).collect(),
        binary: false,
    }
}

fn normalized(weights: [f32; 4]) -> [f32; 4] {
    let sum: f32 = weights.iter().sum();
    if sum > 1e-6 { weights.map(|w| w / sum) } else { [1.0, 0.0, 0.0, 0.0] }
}

fn smooth_normals(positions: &[Vec3], indices: &[u32]) -> Vec<Vec3> {
    let mut normals = vec![Vec3::ZERO; positions.len()];
    for triangle in indices.chunks_exact(3) {
        let [a, b, c] = [0, 1, 2].map(|corner| triangle[corner] as usize);
        let area = (positions[b] - positions[a]).cross(positions[c] - positions[a]);
        for corner in [a, b, c] {
            normals[corner] += area;
        }
    }
    normals.into_iter().map(|normal| normal.normalize_or(Vec3::Y)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Puppet;
    use super::super::test_people::{Dialect, person, person_parts};
    use super::super::test_rig::{glb, parts};
    use super::*;
    use crate::body::RigPose;
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
                *children =
                    children.iter().map(|child| json!(child.as_u64().unwrap() + count as u64)).collect();
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
}
