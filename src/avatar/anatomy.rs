//! Measures an avatar's flesh on its mesh: the skin of head and trunk, how thick its arms and fingers
//! are, and where on it the places are that hands touch.
//!
//! Everything is found on the skin in the T-pose, by whatever bone moves it most; so it asks nothing of
//! names, materials or the mesh's order, and an avatar whose mesh says nothing keeps the reference's.

use super::model::{Model, Surface};
use super::places::places;
use crate::body::{Bone, Column, Frame, Globe, Hull, Side};
use crate::retarget::{Anatomy, Bead, Pore, Proportions, bead_plan};
use glam::{Vec2, Vec3};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What a piece of skin is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    Head,
    Trunk,
    Arm(Side),
    Other,
}

/// The skin in the T-pose, metres, from midway between the shoulder joints.
struct Skinned {
    triangles: Vec<(Region, [Vec3; 3])>,
    /// Vertices of arms and hands by the bone that moves them most.
    arms: BTreeMap<Bone, Vec<Vec3>>,
    /// Bare vertices of the head.
    face: Vec<Vec3>,
}

impl Model {
    /// Where the bones begin at rest, where places are on the skin, and the flesh.
    pub fn proportions(&self) -> Proportions {
        let mut joints = [None; Bone::COUNT];
        for bone in Bone::ALL {
            joints[*bone as usize] = self.rest_position(*bone);
        }
        let mut proportions = Proportions { joints, places: Vec::new(), anatomy: None };
        measure(self, &mut proportions);
        proportions
    }
}

/// Adds what the mesh says; nothing where it says too little.
fn measure(model: &Model, proportions: &mut Proportions) {
    let (Ok(middle), Ok(head)) = (proportions.shoulder_middle(), Anatomy::head_at_rest(proportions)) else {
        return;
    };
    let skin = Skinned::new(model, middle);
    let Some(hull) = hull(&skin, &head, proportions, middle) else { return };
    let beads = Side::BOTH.map(|side| {
        let plan = bead_plan(proportions, side).unwrap_or_default();
        plan.into_iter().map(|bead| measured(bead, &skin.arms, proportions, middle)).collect()
    });
    let skin_of = |side| pores(side, &skin.arms, proportions, middle);
    let skin_points = Side::BOTH.map(skin_of);
    proportions.places = places(&hull, &skin.face, &head, proportions, middle);
    proportions.anatomy = Some(std::sync::Arc::new(Anatomy { hull, beads, skin: skin_points }));
}

impl Skinned {
    fn new(model: &Model, middle: Vec3) -> Self {
        let bones = bone_of_nodes(model);
        let worn = |surface| {
            !matches!(
                surface,
                Surface::Lash | Surface::Brow | Surface::Teeth | Surface::Tongue | Surface::Mouth
            )
        };
        let parts: Vec<Skinned> = model
            .parts
            .par_iter()
            .filter(|part| worn(part.surface))
            .map(|part| Self::of_part(model, part, &bones, middle))
            .collect();
        let mut all = Self { triangles: Vec::new(), arms: BTreeMap::new(), face: Vec::new() };
        for part in parts {
            all.triangles.extend(part.triangles);
            all.face.extend(part.face);
            for (bone, vertices) in part.arms {
                all.arms.entry(bone).or_default().extend(vertices);
            }
        }
        all
    }

    fn of_part(model: &Model, part: &super::Part, bones: &[Option<Bone>], middle: Vec3) -> Self {
        let positions: Vec<Vec3> = model.rest_vertices(part).into_iter().map(|p| p - middle).collect();
        let skin = part.skin.and_then(|skin| model.skins.get(skin));
        let carrier = bones.get(part.node).copied().flatten();
        let owner = |vertex: usize| {
            let (Some(skin), Some(joints), Some(weights)) =
                (skin, part.joints.get(vertex), part.weights.get(vertex))
            else {
                return carrier;
            };
            let most = (0..4).max_by(|&a, &b| weights[a].total_cmp(&weights[b]))?;
            bones.get(*skin.joints.get(usize::from(joints[most]))?).copied().flatten()
        };
        let owners: Vec<Option<Bone>> = (0..positions.len()).map(owner).collect();
        let regions: Vec<Region> = owners.iter().map(|bone| bone.map_or(Region::Other, region)).collect();
        let mut skinned = Self { triangles: Vec::new(), arms: BTreeMap::new(), face: Vec::new() };
        for (i, &at) in positions.iter().enumerate() {
            match (regions[i], owners[i]) {
                (Region::Arm(_), Some(bone)) => skinned.arms.entry(bone).or_default().push(at),
                (Region::Head, _) if part.surface == Surface::Skin => skinned.face.push(at),
                _ => {}
            }
        }
        for corners in part.indices.chunks_exact(3) {
            let [Some(a), Some(b), Some(c)] =
                [0, 1, 2].map(|k| usize::try_from(corners[k]).ok().filter(|&i| i < positions.len()))
            else {
                continue;
            };
            // Two of three decide where regions meet.
            let region = if regions[b] == regions[c] { regions[b] } else { regions[a] };
            if matches!(region, Region::Head | Region::Trunk) {
                skinned.triangles.push((region, [positions[a], positions[b], positions[c]]));
            }
        }
        skinned
    }
}

/// The bone of each node: its own, else the nearest above it.
fn bone_of_nodes(model: &Model) -> Vec<Option<Bone>> {
    let mut bones: Vec<Option<Bone>> = vec![None; model.nodes.len()];
    for (bone, node) in model.humanoid.iter() {
        if let Some(slot) = bones.get_mut(node) {
            *slot = Some(bone);
        }
    }
    for i in 0..bones.len() {
        if bones[i].is_none() {
            bones[i] = model.nodes[i].parent.and_then(|parent| bones[parent]);
        }
    }
    bones
}

fn region(bone: Bone) -> Region {
    use Bone::*;
    match bone {
        Head | LeftEye | RightEye | Jaw => Region::Head,
        Hips | Spine | Chest | UpperChest | Neck | LeftShoulder | RightShoulder => Region::Trunk,
        bone if bone as usize > LeftShoulder as usize && (bone as usize) < RightShoulder as usize => {
            Region::Arm(Side::Left)
        }
        bone if bone as usize > RightShoulder as usize => Region::Arm(Side::Right),
        _ => Region::Other,
    }
}

/// Head and trunk; None where the mesh has neither.
fn hull(skin: &Skinned, head: &Frame, proportions: &Proportions, middle: Vec3) -> Option<Hull> {
    let of = |region: Region| {
        skin.triangles.iter().filter(move |(r, _)| *r == region).map(|(_, corners)| *corners)
    };
    let heads: Vec<[Vec3; 3]> = of(Region::Head).map(|t| t.map(|p| p - head.origin)).collect();
    let trunks: Vec<[Vec3; 3]> = of(Region::Trunk).collect();
    let (least, most) = bounds(heads.iter().flatten())?;
    let (_, top) = bounds(trunks.iter().flatten())?;
    // The middle of a head is half way up from its joint, whatever hangs from it.
    let centre = Vec3::new(0.0, 0.5 * most.y.max(0.02), 0.5 * (least.z + most.z));
    let globe = Globe::cast(centre, &heads);
    let joint = |bone: Bone| proportions.joints[bone as usize].map(|p| p - middle);
    let hips = joint(Bone::Hips).map_or(-0.5, |p| p.y);
    let spine = joint(Bone::Spine).map_or(0.0, |p| p.z);
    let neck = joint(Bone::Neck).map_or(spine, |p| p.z);
    let column = Column::cast(Vec2::new(0.0, 0.5 * (spine + neck)), [hips, top.y], &trunks);
    Some(Hull { head: globe, trunk: column })
}

fn bounds<'a>(points: impl Iterator<Item = &'a Vec3>) -> Option<(Vec3, Vec3)> {
    points.fold(None, |bounds, p| match bounds {
        None => Some((*p, *p)),
        Some((least, most)) => Some((least.min(*p), most.max(*p))),
    })
}

/// A ball as large as the flesh around it.
fn measured(bead: Bead, arms: &BTreeMap<Bone, Vec<Vec3>>, proportions: &Proportions, middle: Vec3) -> Bead {
    let Some(joint) = proportions.joints[bead.bone as usize] else { return bead };
    let centre = joint - middle + bead.at;
    let is_palm = matches!(bead.bone, Bone::LeftHand | Bone::RightHand);
    let along = if is_palm { Vec3::X } else { bead.at.normalize_or(Vec3::X) };
    let reach = 0.7 * bead.radius;
    let near = |p: &&Vec3| {
        let off = **p - centre;
        match is_palm {
            true => off.x.abs() < reach && off.z.abs() < reach,
            false => off.dot(along).abs() < reach && off.length() < 3.0 * bead.radius,
        }
    };
    // Skin beside a joint belongs to the bones on both of its sides.
    let owners = [Some(bead.bone), Some(bead.bone.parent())];
    let vertices = owners.into_iter().flatten().filter_map(|bone| arms.get(&bone)).flatten().filter(near);
    let mut radii: Vec<f32> = vertices
        .map(|p| {
            if is_palm {
                (p.y - centre.y).abs()
            } else {
                (*p - centre).reject_from_normalized(along).length()
            }
        })
        .collect();
    if radii.len() < 6 {
        return bead;
    }
    radii.sort_by(f32::total_cmp);
    let radius = radii[radii.len() / 2].clamp(0.5 * bead.radius, 1.8 * bead.radius);
    Bead { radius, ..bead }
}

/// As many points of the skin of an arm are kept as tell how deep it is in something.
const PORES: usize = 900;

/// Points of the skin of a hand and the outer half of its forearm, evenly taken.
fn pores(side: Side, arms: &BTreeMap<Bone, Vec<Vec3>>, proportions: &Proportions, middle: Vec3) -> Vec<Pore> {
    let forearm = match side {
        Side::Left => Bone::LeftLowerArm,
        Side::Right => Bone::RightLowerArm,
    };
    let mut all = Vec::new();
    for (&bone, vertices) in arms {
        let Some(joint) = proportions.joints[bone as usize] else { continue };
        if region(bone) != Region::Arm(side) || (bone as usize) < forearm as usize {
            continue;
        }
        let half = (bone == forearm).then(|| proportions.joints[forearm as usize + 1]).flatten();
        let outer = half.map_or(0.0, |wrist| 0.5 * (wrist - joint).length());
        let points = vertices.iter().map(|p| *p + middle - joint).filter(|at| at.length() > outer);
        all.extend(points.map(|at| Pore { bone, at }));
    }
    let step = all.len().div_ceil(PORES).max(1);
    all.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Place;

    fn presenter() -> Model {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/avatars/woman.glb");
        Model::load(path).unwrap()
    }

    #[test]
    fn the_hull_lies_on_the_presenters_skin() {
        let model = presenter();
        let proportions = model.proportions();
        let anatomy = proportions.anatomy.clone().expect("the presenter has a skin");
        let middle = proportions.shoulder_middle().unwrap();
        let head = Anatomy::head_at_rest(&proportions).unwrap();
        let skin = Skinned::new(&model, middle);
        for (region, most) in [(Region::Head, 0.004), (Region::Trunk, 0.009)] {
            let mut off: Vec<f32> = skin
                .triangles
                .iter()
                .filter(|(r, corners)| *r == region && corners[0].y > -0.4)
                .map(|(_, corners)| {
                    anatomy.hull.probe((corners[0] + corners[1] + corners[2]) / 3.0, &head).clearance
                })
                .collect();
            off.sort_by(f32::total_cmp);
            let share = |q: f32| off[((off.len() - 1) as f32 * q) as usize];
            // Folds and inner layers lie within; nothing of the skin stands out.
            assert!(share(0.99) < most, "{region:?} {}", share(0.99));
        }
    }

    #[test]
    fn the_presenters_places_are_in_order_and_on_its_skin() {
        let proportions = presenter().proportions();
        let at = |place: Place| {
            let found = proportions.places.iter().find(|(p, _)| *p == place);
            found.unwrap_or_else(|| panic!("{place:?} was not found")).1
        };
        use Place::*;
        let down = [HeadTop, Forehead, Eyes, Nose, Mouth, Chin, Neck, UpperChest, Chest, Belly];
        for pair in down.windows(2) {
            assert!(at(pair[0]).y > at(pair[1]).y + 0.01, "{pair:?} {} {}", at(pair[0]), at(pair[1]));
        }
        assert!(at(Nose).z > at(Mouth).z && at(Nose).z > at(Eyes).z);
        assert!(at(LeftEar).x > 0.05 && at(RightEar).x < -0.05);
    }

    #[test]
    fn fingers_are_as_thick_as_they_were_sculpted() {
        let proportions = presenter().proportions();
        let anatomy = proportions.anatomy.unwrap();
        for bead in &anatomy.beads[0] {
            let is_finger =
                ["IndexIntermediate", "IndexDistal"].iter().any(|name| bead.bone.name().ends_with(name));
            assert!(!is_finger || (0.005..0.013).contains(&bead.radius), "{bead:?}");
        }
    }

    #[test]
    fn a_mesh_of_one_triangle_keeps_the_reference() {
        let (root, binary) = super::super::test_rig::parts();
        let model = Model::from_slice(&super::super::test_rig::glb(&root, &binary), "rig.glb").unwrap();
        let proportions = model.proportions();
        assert!(crate::retarget::RigSolver::new(&proportions).is_ok());
    }
}
