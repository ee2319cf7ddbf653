//! Fewer triangles, for machines that draw without a GPU.
//!
//! A software rasteriser pays for each vertex and each triangle however small: at 720 lines most of an
//! avatar's are smaller than a pixel. Thinning keeps the surface within a fraction of a millimetre to a
//! millimetre and leaves small parts, such as lashes and teeth, as they are.

use super::model::{Part, Surface};
use super::split::subset;

/// How far the thinned surface may lie from the full one, metres.
const GREATEST_ERROR: f32 = 0.0012;
/// Parts with fewer triangles stay whole.
const SMALL_PART: usize = 4000;

/// The part with about that share of its triangles, the same outline and face shapes.
pub(super) fn thinned(part: &Part, share: f32) -> Part {
    let triangles = part.indices.len() / 3;
    if share >= 1.0 || triangles < SMALL_PART {
        return part.clone();
    }
    let bytes: &[u8] = bytemuck::cast_slice(&part.positions);
    let Ok(adapter) = meshopt::VertexDataAdapter::new(bytes, size_of::<glam::Vec3>(), 0) else {
        return part.clone();
    };
    let target = (triangles as f32 * share) as usize * 3;
    let options = meshopt::SimplifyOptions::ErrorAbsolute;
    let seen = Seen::of(part);
    let kept = meshopt::simplify_with_attributes_and_locks(
        &part.indices,
        &adapter,
        seen.values,
        &[seen.weight; 3],
        seen.stride,
        &vec![false; part.positions.len()],
        target,
        GREATEST_ERROR,
        options,
        None,
    );
    let ordered = meshopt::optimize_vertex_cache(&kept, part.positions.len());
    subset(part, &ordered, &part.morphs.iter().collect::<Vec<_>>())
}

/// What is seen of a surface besides its form, three numbers a vertex.
struct Seen<'a> {
    values: &'a [f32],
    /// Bytes from one vertex to the next.
    stride: usize,
    /// What a difference of 1 counts as, against a shift by the part's size.
    weight: f32,
}

impl Seen<'_> {
    /// On skin the borders of its colours, by which lips are read. On all else the shading: collars and
    /// plackets are layers a millimetre apart, whose triangles within the error might lie anyhow.
    fn of(part: &Part) -> Seen<'_> {
        let vertices = part.positions.len();
        let (values, stride, weight): (&[f32], _, _) = match part.surface {
            Surface::Skin if part.colors.len() == vertices => {
                (bytemuck::cast_slice(&part.colors), size_of::<[f32; 4]>(), 0.05)
            }
            _ if part.normals.len() == vertices => {
                (bytemuck::cast_slice(&part.normals), size_of::<glam::Vec3>(), 0.004)
            }
            _ => (bytemuck::cast_slice(&part.positions), size_of::<glam::Vec3>(), 0.0),
        };
        Seen { values, stride, weight }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::*;
    use std::path::Path;

    #[test]
    fn our_avatar_loses_most_triangles_and_none_of_its_extent() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/avatars/woman.glb");
        let model = Model::load(path).unwrap();
        let extent = |part: &Part| {
            let low = part.positions.iter().copied().reduce(glam::Vec3::min).unwrap();
            part.positions.iter().copied().reduce(glam::Vec3::max).unwrap() - low
        };
        let (mut before, mut after) = (0, 0);
        for part in &model.parts {
            let thin = thinned(part, 0.4);
            before += part.indices.len();
            after += thin.indices.len();
            assert!((extent(part) - extent(&thin)).abs().max_element() < 0.004, "{}", part.material);
            assert_eq!(thin.morphs.len(), part.morphs.len());
            let known = |vertex: &u32| (*vertex as usize) < thin.positions.len();
            assert!(thin.morphs.iter().all(|morph| morph.vertices.iter().all(known)));
        }
        assert!(after * 2 < before, "{after} of {before} indices are left");
    }
}
