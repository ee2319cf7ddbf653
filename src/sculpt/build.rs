//! Who can be sculpted, and how finely.

use super::glb::write;
use super::people::{MAN, WOMAN};
use super::studio::Studio;

/// Who is sculpted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presenter {
    /// A woman in a hijab and a dark coat.
    Woman,
    /// A man with short hair in a dark jumper.
    Man,
}

impl Presenter {
    /// All of them.
    pub const ALL: [Presenter; 2] = [Presenter::Woman, Presenter::Man];

    /// The name on the command line and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Presenter::Woman => "woman",
            Presenter::Man => "man",
        }
    }

    /// The presenter of that name.
    pub fn from_name(name: &str) -> Option<Presenter> {
        Self::ALL.into_iter().find(|presenter| presenter.name() == name)
    }
}

/// How finely the clay is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// Grid cells are this much larger than in the shipped avatar; 1 ships, 3 is for tests.
    pub coarseness: f32,
}

impl Detail {
    /// What ships.
    pub const FULL: Detail = Detail { coarseness: 1.0 };
}

/// Sculpts the presenter; the bytes of a GLB. Takes seconds, on all cores.
pub fn build(presenter: Presenter, detail: Detail) -> Vec<u8> {
    let person = match presenter {
        Presenter::Woman => WOMAN,
        Presenter::Man => MAN,
    };
    let studio = Studio::new(person, detail.coarseness.max(0.5));
    let (face, body) = studio.parts();
    write(presenter.name(), &studio.rig, &face, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{ArKit, Bone};
    use crate::sculpt::head::body_from_head;
    use crate::sculpt::people::Person;
    use glam::Vec3;
    use std::collections::BTreeSet;
    use std::sync::OnceLock;

    const COARSE: Detail = Detail { coarseness: 3.0 };

    /// The presenters, coarsely sculpted once, and what they are made from.
    fn people() -> [(Presenter, &'static [u8], Person); 2] {
        static BYTES: [OnceLock<Vec<u8>>; 2] = [OnceLock::new(), OnceLock::new()];
        let coarse = |k: usize| &BYTES[k].get_or_init(|| build(Presenter::ALL[k], COARSE))[..];
        [(Presenter::Woman, coarse(0), WOMAN), (Presenter::Man, coarse(1), MAN)]
    }

    fn shipped(presenter: Presenter) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/avatars");
        std::fs::read(format!("{folder}/{}.glb", presenter.name())).unwrap()
    }

    /// The parsed file and its bytes of geometry.
    struct Loaded {
        document: gltf::Document,
        buffers: Vec<gltf::buffer::Data>,
    }

    impl Loaded {
        fn of(bytes: &[u8]) -> Self {
            let (document, buffers, _) = gltf::import_slice(bytes).unwrap();
            Self { document, buffers }
        }

        fn mesh(&self, name: &str) -> gltf::Mesh<'_> {
            self.document.meshes().find(|mesh| mesh.name() == Some(name)).unwrap()
        }

        fn primitive(&self, mesh: &str, material: &str) -> gltf::Primitive<'_> {
            self.mesh(mesh).primitives().find(|p| p.material().name() == Some(material)).unwrap()
        }

        fn positions(&self, primitive: &gltf::Primitive<'_>) -> Vec<Vec3> {
            let reader = primitive.reader(|b| Some(&self.buffers[b.index()]));
            reader.read_positions().unwrap().map(Vec3::from).collect()
        }

        /// Displacements of one shape at every vertex.
        fn morph(&self, primitive: &gltf::Primitive<'_>, shape: ArKit) -> Vec<Vec3> {
            let reader = primitive.reader(|b| Some(&self.buffers[b.index()]));
            let (positions, ..) = reader.read_morph_targets().nth(shape as usize).unwrap();
            positions.unwrap().map(Vec3::from).collect()
        }
    }

    #[test]
    fn building_twice_gives_the_same_bytes() {
        for (presenter, bytes, _) in people() {
            assert!(bytes == build(presenter, COARSE), "two builds differ");
        }
    }

    #[test]
    fn one_thread_gives_the_bytes_that_many_give() {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let (presenter, bytes, _) = people()[1];
        assert!(bytes == one.install(|| build(presenter, COARSE)), "threads matter");
    }

    #[test]
    fn every_bone_is_a_node_at_rest_and_mapped_for_vrm() {
        for (_, bytes, person) in people() {
            let file = Loaded::of(bytes);
            let map = file.document.extension_value("VRMC_vrm").unwrap();
            for &bone in Bone::ALL {
                let node = map["humanoid"]["humanBones"][bone.name()]["node"].as_u64().unwrap();
                let node = file.document.nodes().nth(node as usize).unwrap();
                assert_eq!(node.name(), Some(bone.name()));
                let (offset, rotation, scale) = node.transform().decomposed();
                assert_eq!((rotation, scale), ([0.0, 0.0, 0.0, 1.0], [1.0; 3]));
                if bone != Bone::Hips {
                    let rest = |bone| person.physique.rest_position(bone);
                    let expected = rest(bone) - rest(bone.parent());
                    assert!((Vec3::from(offset) - expected).length() < 1e-6, "{bone:?}");
                }
            }
            let nodes: BTreeSet<_> =
                file.document.nodes().filter_map(|n| n.name().map(str::to_owned)).collect();
            assert!(Bone::REQUIRED.iter().all(|bone| nodes.contains(bone.name())));
            assert!(nodes.contains("leftLowerArmTwist") && nodes.contains("rightElbowHalf"));
        }
    }

    #[test]
    fn weights_sum_to_one_and_name_joints_that_exist() {
        for (_, bytes, _) in people() {
            let file = Loaded::of(bytes);
            let joints = file.document.skins().next().unwrap().joints().count();
            for primitive in file.document.meshes().flat_map(|mesh| mesh.primitives()) {
                let reader = primitive.reader(|b| Some(&file.buffers[b.index()]));
                for weights in reader.read_weights(0).unwrap().into_u16() {
                    assert_eq!(weights.iter().map(|&w| u32::from(w)).sum::<u32>(), 65535);
                }
                for bound in reader.read_joints(0).unwrap().into_u16() {
                    assert!(bound.iter().all(|&j| usize::from(j) < joints));
                }
            }
        }
    }

    #[test]
    fn all_arkit_shapes_are_there_in_order() {
        for (_, bytes, _) in people() {
            let file = Loaded::of(bytes);
            let face = file.mesh("face");
            let extras: serde_json::Value =
                serde_json::from_str(face.extras().as_ref().unwrap().get()).unwrap();
            let names: Vec<&str> =
                extras["targetNames"].as_array().unwrap().iter().filter_map(|n| n.as_str()).collect();
            assert_eq!(names, ArKit::ALL.map(ArKit::name));
            for primitive in face.primitives() {
                assert_eq!(primitive.morph_targets().count(), ArKit::ALL.len());
            }
        }
    }

    #[test]
    fn a_blink_moves_only_the_lids_of_its_eye() {
        for (_, bytes, person) in people() {
            let file = Loaded::of(bytes);
            let skin = file.primitive("face", "skin");
            let positions = file.positions(&skin);
            for (shape, side) in [(ArKit::EyeBlinkLeft, 1.0), (ArKit::EyeBlinkRight, -1.0)] {
                let eye = body_from_head(person.face.eye.center * Vec3::new(side, 1.0, 1.0));
                let moved = file.morph(&skin, shape);
                let most = moved.iter().map(|d| d.length()).fold(0.0, f32::max);
                assert!(most > 0.006, "lids move {most} m");
                for (p, d) in positions.iter().zip(&moved) {
                    assert!(d.length() < 1e-6 || p.distance(eye) < 0.040, "{p} moves by {d}");
                }
            }
        }
    }

    #[test]
    fn an_open_jaw_parts_the_lips_and_leaves_the_brow() {
        for (_, bytes, person) in people() {
            let file = Loaded::of(bytes);
            let skin = file.primitive("face", "skin");
            let moved = file.morph(&skin, ArKit::JawOpen);
            let mouth = body_from_head(person.face.mouth.center);
            for (p, d) in file.positions(&skin).iter().zip(moved) {
                let near = (p.x - mouth.x).abs() < 0.006 && p.z > mouth.z - 0.004;
                if near && (0.002..0.006).contains(&(p.y - mouth.y)) {
                    assert!(d.length() < 0.002, "upper lip at {p} moves by {d}");
                }
                if near && (-0.010..-0.004).contains(&(p.y - mouth.y)) {
                    assert!(d.y < -0.010, "lower lip at {p} moves by {d}");
                }
                assert!(p.y < mouth.y + 0.03 || d.length() < 0.001);
            }
        }
    }

    #[test]
    fn normals_are_units_and_agree_with_the_triangles() {
        let [(_, woman, _), (_, man, _)] = people();
        let parts = [
            (woman, "face", "skin"),
            (woman, "body", "skin"),
            (woman, "body", "eye"),
            (woman, "face", "scarf"),
            (man, "body", "hair"),
            (man, "body", "cloth"),
        ];
        for (bytes, mesh, material) in parts {
            let file = Loaded::of(bytes);
            let primitive = file.primitive(mesh, material);
            let reader = primitive.reader(|b| Some(&file.buffers[b.index()]));
            let positions = file.positions(&primitive);
            let normals: Vec<Vec3> = reader.read_normals().unwrap().map(Vec3::from).collect();
            assert!(normals.iter().all(|n| (n.length() - 1.0).abs() < 1e-3));
            let indices: Vec<usize> = reader.read_indices().unwrap().into_u32().map(|i| i as usize).collect();
            let agree = |t: &&[usize]| {
                let [a, b, c] = [positions[t[0]], positions[t[1]], positions[t[2]]];
                (b - a).cross(c - a).dot(normals[t[0]] + normals[t[1]] + normals[t[2]]) > 0.0
            };
            let good = indices.chunks_exact(3).filter(agree).count();
            let share = good as f32 / (indices.len() / 3) as f32;
            assert!(share > 0.97, "{mesh} {material}: {share} of the triangles face outward");
        }
    }

    #[test]
    fn the_shipped_avatars_load_and_stay_under_eight_megabytes() {
        for presenter in Presenter::ALL {
            let bytes = shipped(presenter);
            assert!(bytes.len() <= 8_000_000, "{} bytes", bytes.len());
            let file = Loaded::of(&bytes);
            let primitives = file.document.meshes().flat_map(|mesh| mesh.primitives());
            let vertices: usize = primitives.map(|primitive| file.positions(&primitive).len()).sum();
            assert!((40_000..90_000).contains(&vertices), "{vertices} vertices");
        }
    }

    #[test]
    #[ignore = "sculpts at full detail: a minute"]
    fn the_shipped_avatars_are_what_the_generator_makes() {
        for presenter in Presenter::ALL {
            let same = shipped(presenter) == build(presenter, Detail::FULL);
            assert!(same, "run `nashra avatar build --presenter {}`", presenter.name());
        }
    }
}
