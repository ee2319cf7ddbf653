//! Which vertices face shapes touch at all.
//!
//! A mesh with face shapes is sent to the renderer anew whenever the face changes. So a part is split
//! in two before it is drawn: the triangles that some shape moves, with only the shapes that move
//! them, and the rest, with none.

use super::model::{Morph, Part};
use glam::Vec3;

/// Displacements below this do not show, metres.
const LEAST_SHIFT: f32 = 2e-5;

/// The part as one or two parts, of which only the first has face shapes.
pub(super) fn by_morphs(part: &Part) -> Vec<Part> {
    let shapes: Vec<&Morph> = part.morphs.iter().filter(|morph| morph.positions.iter().any(moves)).collect();
    let moved: Vec<bool> = (0..part.positions.len())
        .map(|vertex| shapes.iter().any(|morph| moves(&morph.positions[vertex])))
        .collect();
    let (face, rest): (Vec<&[u32]>, Vec<&[u32]>) = part
        .indices
        .chunks_exact(3)
        .partition(|triangle| triangle.iter().any(|vertex| moved[*vertex as usize]));
    [(face, shapes), (rest, Vec::new())]
        .into_iter()
        .filter(|(triangles, _)| !triangles.is_empty())
        .map(|(triangles, shapes)| subset(part, &triangles, &shapes))
        .collect()
}

fn moves(shift: &Vec3) -> bool {
    shift.abs().max_element() > LEAST_SHIFT
}

/// The part with only those triangles, the vertices that they use, and those face shapes.
pub(super) fn subset(part: &Part, triangles: &[&[u32]], shapes: &[&Morph]) -> Part {
    let mut new_index = vec![u32::MAX; part.positions.len()];
    let mut kept = Vec::new();
    let indices = triangles.concat().into_iter().map(|old| {
        let slot = &mut new_index[old as usize];
        if *slot == u32::MAX {
            *slot = kept.len() as u32;
            kept.push(old as usize);
        }
        *slot
    });
    let indices = indices.collect();
    fn pick<T: Copy>(all: &[T], kept: &[usize]) -> Vec<T> {
        kept.iter().filter_map(|vertex| all.get(*vertex).copied()).collect()
    }
    let morph = |morph: &&Morph| Morph {
        name: morph.name.clone(),
        positions: pick(&morph.positions, &kept),
        normals: pick(&morph.normals, &kept),
    };
    Part {
        material: part.material.clone(),
        positions: pick(&part.positions, &kept),
        normals: pick(&part.normals, &kept),
        colors: pick(&part.colors, &kept),
        joints: pick(&part.joints, &kept),
        weights: pick(&part.weights, &kept),
        morphs: shapes.iter().map(morph).collect(),
        indices,
        ..*part
    }
}

#[cfg(test)]
mod tests {
    use super::super::Surface;
    use super::*;

    fn strip() -> Part {
        let mut shift = vec![Vec3::ZERO; 6];
        shift[0] = Vec3::X * 0.01;
        Part {
            material: "skin".into(),
            surface: Surface::Skin,
            base_color: [1.0; 4],
            node: 0,
            positions: (0..6).map(|x| Vec3::X * x as f32).collect(),
            normals: vec![Vec3::Z; 6],
            colors: vec![[1.0; 4]; 6],
            joints: vec![],
            weights: vec![],
            skin: None,
            indices: vec![0, 1, 2, 3, 4, 5],
            morphs: vec![
                Morph { name: "jawOpen".into(), positions: shift, normals: vec![Vec3::ZERO; 6] },
                Morph {
                    name: "nothing".into(),
                    positions: vec![Vec3::ZERO; 6],
                    normals: vec![Vec3::ZERO; 6],
                },
            ],
        }
    }

    #[test]
    fn a_part_is_split_into_what_moves_and_what_does_not() {
        let parts = by_morphs(&strip());
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].positions, [Vec3::ZERO, Vec3::X, Vec3::X * 2.0]);
        assert_eq!(parts[0].morphs.len(), 1);
        assert_eq!(parts[1].positions[0], Vec3::X * 3.0);
        assert_eq!(parts[1].indices, [0, 1, 2]);
        assert!(parts[1].morphs.is_empty());
    }

    #[test]
    fn a_part_without_face_shapes_stays_whole() {
        let part = Part { morphs: vec![], ..strip() };
        assert_eq!(by_morphs(&part), [part]);
    }
}
