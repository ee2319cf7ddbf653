//! A file's meshes: what is seen, and its face shapes.

use super::{NewIndex, Reader};
use crate::avatar::error::AvatarError;
use crate::avatar::finish;
use crate::avatar::model::{Finish, Morph, Part, Skin, Surface};
use glam::Vec3;

impl Reader<'_> {
    /// The visible parts, and the file's node and mesh that each is from.
    pub(super) fn parts(
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
