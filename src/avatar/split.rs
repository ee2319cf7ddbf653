//! Which vertices face shapes touch at all.
//!
//! A mesh with face shapes is sent to the renderer anew whenever the face changes. So a part is split
//! in two before it is drawn: the triangles that some shape moves, with only the shapes that move
//! them, and the rest, with none.

use super::model::{Morph, Part};

/// The part as one or two parts, of which only the first has face shapes.
pub(super) fn by_morphs(part: &Part) -> Vec<Part> {
    let shapes: Vec<&Morph> = part.morphs.iter().filter(|morph| !morph.vertices.is_empty()).collect();
    let mut moved = vec![false; part.positions.len()];
    for vertex in shapes.iter().flat_map(|morph| &morph.vertices) {
        moved[*vertex as usize] = true;
    }
    let (face, rest): (Vec<&[u32]>, Vec<&[u32]>) = part
        .indices
        .chunks_exact(3)
        .partition(|triangle| triangle.iter().any(|vertex| moved[*vertex as usize]));
    [(face, shapes), (rest, Vec::new())]
        .into_iter()
        .filter(|(triangles, _)| !triangles.is_empty())
        .map(|(triangles, shapes)| subset(part, &triangles.concat(), &shapes))
        .collect()
}

/// The part with only those triangles, the vertices that they use, and those face shapes.
pub(super) fn subset(part: &Part, triangles: &[u32], shapes: &[&Morph]) -> Part {
    let mut new_index = vec![None; part.positions.len()];
    let mut kept: Vec<usize> = Vec::new();
    let mut indices = Vec::with_capacity(triangles.len());
    for old in triangles {
        let new = *new_index[*old as usize].get_or_insert_with(|| {
            kept.push(*old as usize);
            kept.len() as u32 - 1
        });
        indices.push(new);
    }
    fn pick<T: Copy>(all: &[T], kept: &[usize]) -> Vec<T> {
        kept.iter().filter_map(|vertex| all.get(*vertex).copied()).collect()
    }
    Part {
        material: part.material.clone(),
        positions: pick(&part.positions, &kept),
        normals: pick(&part.normals, &kept),
        colors: pick(&part.colors, &kept),
        uvs: pick(&part.uvs, &kept),
        joints: pick(&part.joints, &kept),
        weights: pick(&part.weights, &kept),
        morphs: shapes.iter().map(|morph| renumbered(morph, &new_index)).collect(),
        indices,
        ..*part
    }
}

fn renumbered(morph: &Morph, new_index: &[Option<u32>]) -> Morph {
    let shifts = morph.vertices.iter().zip(&morph.positions).zip(&morph.normals);
    let mut kept: Vec<_> =
        shifts.filter_map(|((old, p), n)| Some((new_index[*old as usize]?, *p, *n))).collect();
    kept.sort_by_key(|(vertex, ..)| *vertex);
    Morph {
        name: morph.name.clone(),
        vertices: kept.iter().map(|(vertex, ..)| *vertex).collect(),
        positions: kept.iter().map(|(_, position, _)| *position).collect(),
        normals: kept.iter().map(|(.., normal)| *normal).collect(),
        binary: morph.binary,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finish, Surface};
    use super::*;
    use glam::Vec3;

    fn strip() -> Part {
        Part {
            material: "skin".into(),
            surface: Surface::Skin,
            base_color: [1.0; 4],
            finish: Finish::default(),
            node: 0,
            positions: (0..6).map(|x| Vec3::X * x as f32).collect(),
            normals: vec![Vec3::Z; 6],
            colors: vec![[1.0; 4]; 6],
            uvs: vec![],
            joints: vec![],
            weights: vec![],
            skin: None,
            indices: vec![2, 1, 0, 3, 4, 5],
            morphs: vec![
                Morph {
                    name: "jawOpen".into(),
                    vertices: vec![1],
                    positions: vec![Vec3::X * 0.01],
                    normals: vec![Vec3::ZERO],
                    binary: false,
                },
                Morph {
                    name: "nothing".into(),
                    vertices: vec![],
                    positions: vec![],
                    normals: vec![],
                    binary: false,
                },
            ],
        }
    }

    #[test]
    fn a_part_is_split_into_what_moves_and_what_does_not() {
        let parts = by_morphs(&strip());
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].positions, [Vec3::X * 2.0, Vec3::X, Vec3::ZERO]);
        assert_eq!((parts[0].morphs.len(), &parts[0].morphs[0].vertices[..]), (1, &[1][..]));
        assert_eq!(parts[1].positions[0], Vec3::X * 3.0);
        assert_eq!(parts[1].indices, [0, 1, 2]);
        assert!(parts[1].morphs.is_empty());
    }

    #[test]
    fn a_part_without_face_shapes_stays_whole() {
        let part = Part { morphs: vec![], indices: (0..6).collect(), ..strip() };
        assert_eq!(by_morphs(&part), [part]);
    }
}
