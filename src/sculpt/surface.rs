//! From a distance field to triangles: surface nets on sparse blocks.
//!
//! Space is cut into blocks of [`BLOCK`]³ cells; a block whose centre is farther from the surface
//! than its corner is skipped, so cost follows area, not volume. Each cell that the surface passes
//! gets one vertex, at the mean of its edge crossings; each crossed grid edge joins the four cells
//! round it. Blocks are sampled in parallel and merged in order, so the result does not depend on
//! the number of threads.

use super::mesh::Mesh;
use super::sdf::Field;
use glam::{IVec3, Vec3};
use rayon::prelude::*;
use std::collections::HashMap;

/// Cells along a block's edge.
const BLOCK: i32 = 12;
/// Distances of smooth unions may be too great by this factor.
const SLACK: f32 = 1.35;

/// What one block gives.
struct Piece {
    /// Cells with their vertex.
    vertices: Vec<(IVec3, Vec3)>,
    /// Crossed edges: lower corner, axis, and whether the inside is at the lower corner.
    edges: Vec<(IVec3, usize, bool)>,
}

/// The zero surface of `field` between `low` and `high`, cells of edge `cell`; settled on the field.
pub(super) fn extract(field: &Field, low: Vec3, high: Vec3, cell: f32) -> Mesh {
    let first = (low / (cell * BLOCK as f32)).floor().as_ivec3();
    let last = (high / (cell * BLOCK as f32)).ceil().as_ivec3();
    let mut blocks = Vec::new();
    for z in first.z..last.z {
        for y in first.y..last.y {
            blocks.extend((first.x..last.x).map(|x| IVec3::new(x, y, z) * BLOCK));
        }
    }
    let pieces: Vec<Piece> = blocks.par_iter().filter_map(|&corner| sample(field, corner, cell)).collect();
    let mut mesh = join(&pieces);
    mesh.settle(field, cell);
    mesh
}

/// Samples one block; nothing if the surface is far.
fn sample(field: &Field, corner: IVec3, cell: f32) -> Option<Piece> {
    let half = BLOCK as f32 * 0.5;
    let center = (corner.as_vec3() + half) * cell;
    if field(center).abs() > half * cell * 3f32.sqrt() * SLACK {
        return None;
    }
    let n = BLOCK + 1;
    let mut values = vec![0.0f32; (n * n * n) as usize];
    let index = |c: IVec3| (c.x + n * (c.y + n * c.z)) as usize;
    for z in 0..n {
        for y in 0..n {
            for x in 0..n {
                let c = IVec3::new(x, y, z);
                values[index(c)] = field((corner + c).as_vec3() * cell);
            }
        }
    }
    let mut piece = Piece { vertices: Vec::new(), edges: Vec::new() };
    for z in 0..BLOCK {
        for y in 0..BLOCK {
            for x in 0..BLOCK {
                let c = IVec3::new(x, y, z);
                if let Some(offset) = crossing_mean(|o| values[index(c + o)]) {
                    piece.vertices.push((corner + c, ((corner + c).as_vec3() + offset) * cell));
                }
                let inside = values[index(c)] < 0.0;
                for (axis, step) in IVec3::AXES.into_iter().enumerate() {
                    if inside != (values[index(c + step)] < 0.0) {
                        piece.edges.push((corner + c, axis, inside));
                    }
                }
            }
        }
    }
    Some(piece)
}

/// Mean of where the surface crosses a unit cell's edges; nothing if it does not.
fn crossing_mean(value: impl Fn(IVec3) -> f32) -> Option<Vec3> {
    let (mut sum, mut count) = (Vec3::ZERO, 0.0);
    for axis in 0..3 {
        let step = IVec3::AXES[axis];
        let (u, v) = (IVec3::AXES[(axis + 1) % 3], IVec3::AXES[(axis + 2) % 3]);
        for base in [IVec3::ZERO, u, v, u + v] {
            let (a, b) = (value(base), value(base + step));
            if (a < 0.0) != (b < 0.0) {
                sum += base.as_vec3() + step.as_vec3() * (a / (a - b));
                count += 1.0;
            }
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// Numbers the vertices in block order and makes two triangles of every crossed edge.
fn join(pieces: &[Piece]) -> Mesh {
    let mut mesh = Mesh::default();
    let mut at: HashMap<IVec3, u32> = HashMap::new();
    for piece in pieces {
        for &(cell, position) in &piece.vertices {
            at.insert(cell, mesh.positions.len() as u32);
            mesh.positions.push(position);
        }
    }
    for &(c, axis, inside) in pieces.iter().flat_map(|piece| &piece.edges) {
        let (u, v) = (IVec3::AXES[(axis + 1) % 3], IVec3::AXES[(axis + 2) % 3]);
        let around = [c, c - u, c - u - v, c - v].map(|cell| at.get(&cell).copied());
        let [Some(a), Some(b), Some(d), Some(e)] = around else { continue };
        if inside {
            mesh.triangles.extend([[a, b, d], [a, d, e]]);
        } else {
            mesh.triangles.extend([[a, d, b], [a, e, d]]);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn ball() -> Mesh {
        extract(&|p: Vec3| p.length() - 1.0, Vec3::splat(-1.2), Vec3::splat(1.2), 0.07)
    }

    #[test]
    fn a_sphere_comes_out_closed_and_facing_outward() {
        let mesh = ball();
        let mut edges: BTreeMap<(u32, u32), i32> = BTreeMap::new();
        for t in &mesh.triangles {
            let [a, b, c] = t.map(|i| mesh.positions[i as usize]);
            assert!((b - a).cross(c - a).dot(a + b + c) > 0.0);
            for (i, j) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                *edges.entry((i.min(j), i.max(j))).or_default() += if i < j { 1 } else { -1 };
            }
        }
        assert!(edges.values().all(|&balance| balance == 0));
    }

    #[test]
    fn vertices_lie_on_the_surface() {
        for (p, n) in ball().positions.iter().zip(&ball().normals) {
            assert!((p.length() - 1.0).abs() < 1e-3);
            assert!(n.dot(*p) > 0.99);
        }
    }
}
