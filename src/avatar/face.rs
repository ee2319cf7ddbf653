//! The face's shapes, worn by moving vertices on the processor.
//!
//! A renderer's own morph targets hold every shape for every vertex and visit all of them in each
//! frame. A face wears a handful of shapes at a time, each of which moves a few thousand vertices:
//! adding those up here takes less than a millisecond, only when the face changes, and a tenth of the
//! memory.

use super::model::{Morph, Part};
use super::plugin::AvatarPose;
use crate::body::{ArKit, FaceWeights};
use bevy::prelude::*;
use glam::Vec3;

/// Weights closer than this look the same.
const LEAST_CHANGE: f32 = 1e-3;

/// A mesh with face shapes.
#[derive(Component)]
pub(super) struct Face {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    shapes: Vec<(ArKit, Morph)>,
    worn: Vec<f32>,
}

impl Face {
    /// The face shapes of a part; none where it has none that is known.
    pub(super) fn new(part: &Part) -> Option<Face> {
        let known = |morph: &Morph| Some((ArKit::from_name(&morph.name)?, morph.clone()));
        let shapes: Vec<_> = part.morphs.iter().filter_map(known).collect();
        let worn = vec![0.0; shapes.len()];
        let (positions, normals) = (part.positions.clone(), part.normals.clone());
        (!shapes.is_empty()).then_some(Face { positions, normals, shapes, worn })
    }

    /// Positions and normals under those weights; none where they are as last time. Normals are not
    /// unit: the shader makes them so.
    fn wear(&mut self, face: &FaceWeights) -> Option<[Vec<[f32; 3]>; 2]> {
        let weight_of = |weight: ArKit, shape: &Morph| match shape.binary {
            true => f32::from(face[weight] > 0.5),
            false => face[weight],
        };
        let mut shapes = self.shapes.iter().zip(&self.worn);
        if shapes.all(|((weight, shape), worn)| (weight_of(*weight, shape) - worn).abs() < LEAST_CHANGE) {
            return None;
        }
        let mut positions = self.positions.clone();
        let mut normals = self.normals.clone();
        for ((weight, shape), worn) in self.shapes.iter().zip(&mut self.worn) {
            *worn = weight_of(*weight, shape);
            if *worn == 0.0 {
                continue;
            }
            for ((vertex, position), normal) in
                shape.vertices.iter().zip(&shape.positions).zip(&shape.normals)
            {
                positions[*vertex as usize] += *position * *worn;
                normals[*vertex as usize] += *normal * *worn;
            }
        }
        Some([positions, normals].map(|vectors| vectors.into_iter().map(|v| v.to_array()).collect()))
    }
}

/// Puts the pose's face on.
pub(super) fn shape_face(
    pose: Res<AvatarPose>,
    mut faces: Query<(&mut Face, &Mesh3d)>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    for (mut face, mesh) in &mut faces {
        let Some([positions, normals]) = face.wear(&pose.0.face) else { continue };
        if let Some(mut mesh) = meshes.get_mut(mesh) {
            mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, positions);
            mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, normals);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finish, Surface};
    use super::*;

    #[test]
    fn a_worn_shape_moves_its_vertices_by_its_weight_and_taking_it_off_moves_them_back() {
        let part = Part {
            material: "skin".into(),
            surface: Surface::Skin,
            base_color: [1.0; 4],
            finish: Finish::default(),
            node: 0,
            positions: vec![Vec3::ZERO, Vec3::X],
            normals: vec![Vec3::Z; 2],
            colors: vec![[1.0; 4]; 2],
            uvs: vec![],
            joints: vec![],
            weights: vec![],
            skin: None,
            indices: vec![0, 1, 0],
            morphs: vec![Morph {
                name: "jawOpen".into(),
                vertices: vec![1],
                positions: vec![Vec3::NEG_Y * 0.02],
                normals: vec![Vec3::ZERO],
                binary: false,
            }],
        };
        let mut face = Face::new(&part).unwrap();
        assert!(face.wear(&FaceWeights::NEUTRAL).is_none());
        let mut weights = FaceWeights::NEUTRAL;
        weights[ArKit::JawOpen] = 0.5;
        let [positions, _] = face.wear(&weights).unwrap();
        assert_eq!(positions, [[0.0; 3], [1.0, -0.01, 0.0]]);
        assert!(face.wear(&weights).is_none());
        let [positions, _] = face.wear(&FaceWeights::NEUTRAL).unwrap();
        assert_eq!(positions, [[0.0; 3], [1.0, 0.0, 0.0]]);
    }
}
