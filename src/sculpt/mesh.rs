//! Triangle meshes between extraction and export.

use super::sdf::{Field, gradient};
use glam::{Vec3, Vec4};
use rayon::prelude::*;

/// Most influences a vertex may have.
pub(super) const INFLUENCES: usize = 4;

/// Which joints move a vertex, and how much; weights sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(super) struct Binding {
    /// Indices into the rig's joints.
    pub(super) joints: [u8; INFLUENCES],
    /// Falling weights.
    pub(super) weights: [f32; INFLUENCES],
}

/// Triangles with what the exporter wants at every vertex, in bind space, metres.
#[derive(Clone, Debug, Default)]
pub(super) struct Mesh {
    /// Vertices.
    pub(super) positions: Vec<Vec3>,
    /// Unit, outward.
    pub(super) normals: Vec<Vec3>,
    /// Linear albedo; alpha is openness to the sky (1) or occlusion (0).
    pub(super) colors: Vec<Vec4>,
    /// Skinning.
    pub(super) bindings: Vec<Binding>,
    /// Where the face fields are asked for each vertex; empty means at the vertex.
    pub(super) anchors: Vec<Vec3>,
    /// Counter-clockwise seen from outside.
    pub(super) triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// Adds another mesh's triangles.
    pub(super) fn append(&mut self, other: &Mesh) {
        let first = self.positions.len() as u32;
        if !other.anchors.is_empty() || !self.anchors.is_empty() {
            self.anchors = self.anchor_points();
            self.anchors.extend(other.anchor_points());
        }
        self.positions.extend(&other.positions);
        self.normals.extend(&other.normals);
        self.colors.extend(&other.colors);
        self.bindings.extend(&other.bindings);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|i| i + first)));
    }

    /// Where the face fields are asked, one per vertex.
    pub(super) fn anchor_points(&self) -> Vec<Vec3> {
        if self.anchors.is_empty() { self.positions.clone() } else { self.anchors.clone() }
    }

    /// Only the triangles that `keep` says, and the vertices they need.
    pub(super) fn filtered(&self, keep: impl Fn(&[u32; 3]) -> bool) -> Mesh {
        let mut new_index = vec![u32::MAX; self.positions.len()];
        let mut order: Vec<usize> = Vec::new();
        let mut triangles = Vec::new();
        for triangle in self.triangles.iter().filter(|t| keep(t)) {
            triangles.push(triangle.map(|old| {
                let slot = &mut new_index[old as usize];
                if *slot == u32::MAX {
                    *slot = order.len() as u32;
                    order.push(old as usize);
                }
                *slot
            }));
        }
        fn pick<T: Copy>(from: &[T], order: &[usize]) -> Vec<T> {
            order.iter().filter_map(|&i| from.get(i).copied()).collect()
        }
        Mesh {
            positions: pick(&self.positions, &order),
            normals: pick(&self.normals, &order),
            colors: pick(&self.colors, &order),
            bindings: pick(&self.bindings, &order),
            anchors: pick(&self.anchors, &order),
            triangles,
        }
    }

    /// Without the triangles all of whose vertices lie where `hidden` says so.
    pub(super) fn without(&self, hidden: impl Fn(Vec3) -> bool + Sync) -> Mesh {
        let flags: Vec<bool> = self.positions.par_iter().map(|&p| hidden(p)).collect();
        self.filtered(|t| !t.iter().all(|&i| flags[i as usize]))
    }

    /// Moves vertices onto the zero of `field` and takes normals from its gradient.
    pub(super) fn settle(&mut self, field: &Field, step: f32) {
        let settled: Vec<(Vec3, Vec3)> = self
            .positions
            .par_iter()
            .map(|&start| {
                let mut p = start;
                for _ in 0..2 {
                    let d = field(p).clamp(-step, step);
                    p -= gradient(field, p, step * 0.25) * d;
                }
                (p, gradient(field, p, step * 0.35))
            })
            .collect();
        (self.positions, self.normals) = settled.into_iter().unzip();
    }

    /// Colours every vertex; fully open to the sky.
    pub(super) fn paint(&mut self, color: impl Fn(Vec3, Vec3) -> Vec3 + Sync) {
        self.colors =
            self.positions.par_iter().zip(&self.normals).map(|(&p, &n)| color(p, n).extend(1.0)).collect();
    }

    /// Bakes how open each vertex is to the sky into the colours' alpha.
    pub(super) fn occlude(&mut self, field: &Field) {
        const TAPS: [(f32, f32); 5] =
            [(0.003, 0.30), (0.007, 0.25), (0.013, 0.20), (0.021, 0.15), (0.032, 0.10)];
        let open: Vec<f32> = self
            .positions
            .par_iter()
            .zip(&self.normals)
            .map(|(&p, &n)| {
                let hidden: f32 = TAPS
                    .iter()
                    .map(|&(h, weight)| weight * (1.0 - field(p + n * h) / h).clamp(0.0, 1.0))
                    .sum();
                1.0 - hidden
            })
            .collect();
        for (color, open) in self.colors.iter_mut().zip(open) {
            color.w *= open.max(0.22);
        }
    }

    /// Fewer triangles, the surface kept within `error` metres and colour borders kept sharp.
    /// Vertices stay where they were, so everything analytic stays exact.
    pub(super) fn simplified(&self, target_triangles: usize, error: f32) -> Mesh {
        let flat: Vec<u32> = self.triangles.iter().flatten().copied().collect();
        let points: Vec<[f32; 3]> = self.positions.iter().map(|p| p.to_array()).collect();
        let colors: Vec<f32> = self.colors.iter().flat_map(|c| [c.x, c.y, c.z]).collect();
        let Ok(adapter) = meshopt::VertexDataAdapter::new(bytemuck::cast_slice(&points), 12, 0) else {
            return self.clone();
        };
        let kept = meshopt::simplify_with_attributes_and_locks(
            &flat,
            &adapter,
            &colors,
            &[0.16; 3],
            12,
            &vec![false; points.len()],
            target_triangles * 3,
            error,
            meshopt::SimplifyOptions::ErrorAbsolute,
            None,
        );
        let triangles = kept.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect();
        Mesh { triangles, ..self.clone() }.filtered(|_| true)
    }

    /// Triangles and vertices in an order that GPUs read fast.
    pub(super) fn optimized(&self) -> Mesh {
        let flat: Vec<u32> = self.triangles.iter().flatten().copied().collect();
        let ordered = meshopt::optimize_vertex_cache(&flat, self.positions.len());
        let triangles = ordered.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect();
        Mesh { triangles, ..self.clone() }.filtered(|_| true)
    }

    /// The same mesh on the other side of the plane x = 0.
    pub(super) fn mirrored(&self) -> Mesh {
        let flip = Vec3::new(-1.0, 1.0, 1.0);
        Mesh {
            positions: self.positions.iter().map(|&p| p * flip).collect(),
            normals: self.normals.iter().map(|&n| n * flip).collect(),
            anchors: self.anchors.iter().map(|&a| a * flip).collect(),
            triangles: self.triangles.iter().map(|&[a, b, c]| [a, c, b]).collect(),
            ..self.clone()
        }
    }

    /// Normals from the triangles, for meshes that no field describes.
    pub(super) fn with_face_normals(mut self) -> Mesh {
        let mut sums = vec![Vec3::ZERO; self.positions.len()];
        for t in &self.triangles {
            let [a, b, c] = t.map(|i| self.positions[i as usize]);
            let n = (b - a).cross(c - a);
            for &i in t {
                sums[i as usize] += n;
            }
        }
        self.normals = sums.into_iter().map(|n| n.normalize_or(Vec3::Y)).collect();
        self
    }

    /// A grid of `rows` × `columns` vertices from `point(row, column)` in 0..=1 each; `closed` joins the last column to
    /// the first.
    pub(super) fn grid(rows: usize, columns: usize, closed: bool, point: impl Fn(f32, f32) -> Vec3) -> Mesh {
        let mut mesh = Mesh::default();
        let last = if closed { columns } else { columns - 1 };
        for r in 0..rows {
            for c in 0..columns {
                mesh.positions.push(point(r as f32 / (rows - 1) as f32, c as f32 / last as f32));
            }
        }
        for r in 0..rows - 1 {
            for c in 0..last {
                let index = |r: usize, c: usize| (r * columns + c % columns) as u32;
                let (a, b, d, e) = (index(r, c), index(r, c + 1), index(r + 1, c), index(r + 1, c + 1));
                mesh.triangles.extend([[a, e, b], [a, d, e]]);
            }
        }
        mesh.colors = vec![Vec4::ONE; mesh.positions.len()];
        mesh.with_face_normals()
    }
}
