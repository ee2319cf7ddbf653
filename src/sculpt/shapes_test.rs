//! What must hold for each of the 52 face shapes in the files that ship: that it is seen, and that it
//! neither tears the skin nor turns it inside out.

use super::Presenter;
use crate::body::ArKit;
use glam::Vec3;

/// The skin and all else that the face shapes move.
struct Faces {
    skin: Surface,
    /// Farthest that each shape moves anything, metres.
    farthest: Vec<f32>,
}

struct Surface {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    triangles: Vec<[usize; 3]>,
    /// `[shapes][vertices]`: positions and normals.
    shifts: Vec<[Vec<Vec3>; 2]>,
}

impl Faces {
    fn of(presenter: Presenter) -> Faces {
        let path = format!("{}/assets/avatars/{}.glb", env!("CARGO_MANIFEST_DIR"), presenter.name());
        let (document, buffers, _) = gltf::import_slice(std::fs::read(path).unwrap()).unwrap();
        let face = document.meshes().find(|mesh| mesh.name() == Some("face")).unwrap();
        let mut skin = None;
        let mut farthest = vec![0.0f32; ArKit::ALL.len()];
        for primitive in face.primitives() {
            let surface = Surface::of(&primitive, &buffers);
            for (most, [shifts, _]) in farthest.iter_mut().zip(&surface.shifts) {
                *most = shifts.iter().map(|shift| shift.length()).fold(*most, f32::max);
            }
            if primitive.material().name() == Some("skin") {
                skin = Some(surface);
            }
        }
        Faces { skin: skin.unwrap(), farthest }
    }
}

impl Surface {
    fn of(primitive: &gltf::Primitive<'_>, buffers: &[gltf::buffer::Data]) -> Surface {
        let reader = primitive.reader(|buffer| Some(&buffers[buffer.index()]));
        let positions: Vec<Vec3> = reader.read_positions().unwrap().map(Vec3::from).collect();
        let normals = reader.read_normals().unwrap().map(Vec3::from).collect();
        let indices: Vec<usize> = reader.read_indices().unwrap().into_u32().map(|i| i as usize).collect();
        let still = || vec![Vec3::ZERO; positions.len()];
        let shifts = reader
            .read_morph_targets()
            .map(|(positions, normals, _)| {
                [
                    positions.map_or_else(still, |all| all.map(Vec3::from).collect()),
                    normals.map_or_else(still, |all| all.map(Vec3::from).collect()),
                ]
            })
            .collect();
        let triangles = indices.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect();
        Surface { positions, normals, triangles, shifts }
    }

    /// Of the area that a shape moves, the share whose triangles face against their own normals though
    /// they do not at rest; and the 99.9th percentile of how many times longer its edges get.
    fn harm(&self, shape: ArKit) -> (f32, f32) {
        // Lips are only ever closed against a jaw that is open.
        let with = if shape == ArKit::MouthClose { ArKit::JawOpen } else { shape };
        let sum = |kind: usize| -> Vec<Vec3> {
            let (own, other) = (&self.shifts[shape as usize][kind], &self.shifts[with as usize][kind]);
            let share = if with == shape { 0.0 } else { 1.0 };
            own.iter().zip(other).map(|(own, other)| *own + *other * share).collect()
        };
        let (shifts, turns) = (sum(0), sum(1));
        let at = |i: usize, worn: f32| self.positions[i] + shifts[i] * worn;
        let up = |i: usize, worn: f32| self.normals[i] + turns[i] * worn;
        let (mut moved, mut turned) = (0.0, 0.0);
        let mut stretch = Vec::new();
        for &[a, b, c] in &self.triangles {
            if [a, b, c].iter().all(|&i| shifts[i].length() < 2e-4) {
                continue;
            }
            let faces = |worn: f32| {
                let out = (at(b, worn) - at(a, worn)).cross(at(c, worn) - at(a, worn));
                (out.dot(up(a, worn) + up(b, worn) + up(c, worn)), out.length())
            };
            let ((before, area), (after, _)) = (faces(0.0), faces(1.0));
            moved += area;
            turned += if before > 0.0 && after < 0.0 { area } else { 0.0 };
            for (i, j) in [(a, b), (b, c), (c, a)] {
                // Shorter ones are seams that open, which is what a mouth is for.
                let length = at(i, 0.0).distance(at(j, 0.0));
                if length > 5e-4 {
                    stretch.push(at(i, 1.0).distance(at(j, 1.0)) / length);
                }
            }
        }
        stretch.sort_by(f32::total_cmp);
        let most = stretch.get(stretch.len() * 999 / 1000).copied().unwrap_or(1.0);
        (turned / f32::max(moved, 1e-12), most)
    }
}

/// Shapes of the eyes' directions: the eyeballs follow bones, the lids only give way.
fn is_gaze(shape: ArKit) -> bool {
    shape.name().starts_with("eyeLook")
}

#[test]
fn every_shape_moves_something_far_enough_to_be_seen_in_a_bulletin() {
    // In a bulletin of 720 lines a pixel is about 1.7 mm of the signer.
    for presenter in Presenter::ALL {
        let faces = Faces::of(presenter);
        for shape in ArKit::ALL.into_iter().filter(|shape| !is_gaze(*shape)) {
            let most = faces.farthest[shape as usize];
            assert!(most > 0.0027, "{}: {} moves {most} m", presenter.name(), shape.name());
        }
    }
}

#[test]
fn no_shape_tears_the_skin_or_turns_it_inside_out() {
    for presenter in Presenter::ALL {
        let faces = Faces::of(presenter);
        for shape in ArKit::ALL {
            let (turned, stretch) = faces.skin.harm(shape);
            let name = format!("{}: {}", presenter.name(), shape.name());
            assert!(turned < 0.02, "{name} turns {turned} of what it moves");
            assert!(stretch < 8.0, "{name} stretches the skin {stretch}-fold");
        }
    }
}
