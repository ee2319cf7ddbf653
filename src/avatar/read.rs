//! glTF → [`Model`]. Nothing in the file is believed before it is checked.

use super::error::AvatarError;
use super::humanoid::{Humanoid, bone_of};
use super::model::{Model, Morph, Node, Part, Skin, Surface, Twist};
use crate::body::Bone;
use glam::{Affine3A, Mat4, Quat, Vec3};
use std::collections::BTreeMap;

/// Reads a model from the bytes of a file.
pub(super) fn model(bytes: &[u8], file: &str) -> Result<Model, AvatarError> {
    let gltf =
        gltf::Gltf::from_slice(bytes).map_err(|source| AvatarError::Format { file: file.into(), source })?;
    let base = std::path::Path::new(file).parent();
    let buffers = gltf::import_buffers(&gltf.document, base, gltf.blob)
        .map_err(|source| AvatarError::Format { file: file.into(), source })?;
    let reader = Reader { document: &gltf.document, buffers: &buffers, file };
    reader.check_accessors()?;

    let (nodes, new_index) = reader.nodes()?;
    let humanoid = reader.humanoid(&new_index);
    let skins = reader.skins(&new_index)?;
    let parts = reader.parts(&new_index, &skins)?;
    Model { nodes, humanoid, skins, parts }.check(file)
}

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

    /// All nodes that the file's scenes reach, parents first.
    fn nodes(&self) -> Result<(Vec<Node>, NewIndex), AvatarError> {
        let mut nodes = Vec::new();
        let mut new_index = NewIndex::new();
        let mut open: Vec<(gltf::Node<'_>, Option<usize>)> =
            self.document.scenes().flat_map(|scene| scene.nodes()).map(|node| (node, None)).collect();
        while let Some((node, parent)) = open.pop() {
            let index = nodes.len();
            if new_index.insert(node.index(), index).is_some() {
                let name = node.name().unwrap_or("").to_owned();
                return Err(self.wrong(format!("node {name:?}"), "one parent", "several"));
            }
            nodes.push(new_node(&node, parent, &nodes));
            open.extend(node.children().map(|child| (child, Some(index))));
        }
        Ok((nodes, new_index))
    }

    /// By the VRM 1.0 extension; bones that it leaves out, by name.
    fn humanoid(&self, new_index: &NewIndex) -> Humanoid {
        let mut humanoid = Humanoid::default();
        let listed = self
            .document
            .extension_value("VRMC_vrm")
            .and_then(|vrm| vrm.pointer("/humanoid/humanBones"))
            .and_then(|bones| bones.as_object());
        for bone in Bone::ALL.iter().filter(|_| listed.is_some()) {
            let node = listed.and_then(|bones| bones.get(bone.name())?.get("node")?.as_u64());
            if let Some(index) = node.and_then(|node| new_index.get(&(node as usize))) {
                humanoid.insert(*bone, *index);
            }
        }
        for node in self.document.nodes() {
            if let (Some(bone), Some(index)) = (node.name().and_then(bone_of), new_index.get(&node.index())) {
                humanoid.insert(bone, *index);
            }
        }
        humanoid
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
        let inverse_binds: Vec<Mat4> = skin
            .reader(|buffer| self.buffers.get(buffer.index()).map(|data| &data.0[..]))
            .read_inverse_bind_matrices()
            .map(|matrices| matrices.map(|m| Mat4::from_cols_array_2d(&m)).collect())
            .unwrap_or_else(|| vec![Mat4::IDENTITY; joints.len()]);
        if inverse_binds.len() != joints.len() {
            let found = inverse_binds.len().to_string();
            return Err(self.wrong(thing(), format!("{} inverse bind matrices", joints.len()), found));
        }
        Ok(Skin { joints, inverse_binds })
    }

    fn parts(&self, new_index: &NewIndex, skins: &[Skin]) -> Result<Vec<Part>, AvatarError> {
        let mut parts = Vec::new();
        for node in self.document.nodes() {
            let (Some(mesh), Some(index)) = (node.mesh(), new_index.get(&node.index())) else { continue };
            let skin = node.skin().map(|skin| skin.index());
            let names = morph_names(&mesh);
            for primitive in mesh.primitives().filter(|p| p.mode() == gltf::mesh::Mode::Triangles) {
                let thing = format!("mesh {:?}, primitive {}", mesh.name().unwrap_or(""), primitive.index());
                parts.push(self.part(&primitive, *index, skin, skins, &names, &thing)?);
            }
        }
        Ok(parts)
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
            morphs.push(Morph { name, positions, normals });
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

/// From the node's extras: `{"twistOf": "leftLowerArm", "share": 0.5}`.
fn twist(node: &gltf::Node<'_>) -> Option<Twist> {
    let extras: serde_json::Value = serde_json::from_str(node.extras().as_ref()?.get()).ok()?;
    let bone = bone_of(extras.get("twistOf")?.as_str()?)?;
    Some(Twist { bone, share: extras.get("share")?.as_f64()? as f32 })
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
