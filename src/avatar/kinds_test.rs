//! Every kind of file gives the same signer: the same articulation puts the same joints, and the skin
//! on them, in the same places.

use super::test_people::{Dialect, person};
use super::{How, Model, Puppet};
use crate::body::{Arm, Articulation, Bone, HandShape, Side};
use crate::retarget::RigSolver;
use glam::{EulerRot, Quat, Vec3};

fn load(dialect: Dialect) -> Model {
    Model::from_slice(&person(dialect, &[]), &format!("{dialect:?}.glb")).unwrap()
}

/// A pose in which every joint of both arms does something.
fn busy() -> Articulation {
    let mut pose = Articulation::neutral();
    pose.torso = Quat::from_rotation_y(0.1);
    pose.head = Quat::from_euler(EulerRot::XYZ, 0.2, -0.3, 0.1);
    pose.shrug = [0.05, 0.0];
    for side in Side::BOTH {
        let mut shape = HandShape::relaxed();
        for (k, finger) in shape.fingers.iter_mut().enumerate() {
            finger.mcp = 0.3 * k as f32;
            finger.abduction = 0.1 - 0.05 * k as f32;
            finger.pip = 0.9 - 0.2 * k as f32;
        }
        *pose.arm_mut(side) = Arm {
            wrist: Vec3::new(0.35 * side.sign(), -0.3, 0.8),
            palm: Quat::from_euler(EulerRot::ZXY, side.sign() * 1.2, 0.2, side.sign() * 1.1),
            swivel: 0.8,
            shape,
        };
    }
    pose
}

/// Where bones are in a pose, metres.
fn placed(model: &Model, pose: &Articulation) -> impl Fn(Bone) -> Option<Vec3> + use<> {
    // What gives way does so by the measured flesh, which no two files share.
    let rig = RigSolver::new(&model.proportions()).unwrap().without_flesh().solve(pose);
    let posed = model.posed(&Puppet::new(model), &rig);
    let nodes: Vec<Option<usize>> = Bone::ALL.iter().map(|bone| model.humanoid.node(*bone)).collect();
    move |bone| Some(posed[nodes[bone as usize]?].translation.into())
}

/// Every segment of arms, hands and head, from joint to joint.
fn segments() -> Vec<[Bone; 2]> {
    let upper = |bone: &&Bone| {
        let name = bone.name();
        !["Leg", "Foot", "Toes", "Eye", "jaw"].iter().any(|part| name.contains(part)) && **bone != Bone::Hips
    };
    Bone::ALL.iter().filter(upper).map(|bone| [bone.parent(), *bone]).collect()
}

#[test]
fn every_kind_of_file_signs_the_same() {
    let wanted = placed(&load(Dialect::Vrm1), &busy());
    for dialect in Dialect::ALL {
        let model = load(dialect);
        let found = placed(&model, &busy());
        for [from, to] in segments() {
            let (Some(a), Some(b)) = (found(from), found(to)) else {
                panic!("{dialect:?} lacks {from:?} or {to:?}");
            };
            let wanted = wanted(to).unwrap() - wanted(from).unwrap();
            let degrees = (b - a).angle_between(wanted).to_degrees();
            assert!(degrees < 1.0, "{dialect:?}: {from:?} to {to:?} is {degrees}° off");
        }
        let [wrist, tip] = [Bone::RightHand, Bone::RightIndexDistal].map(|b| found(b).unwrap());
        let [other_wrist, other_tip] = [Bone::RightHand, Bone::RightIndexDistal].map(|b| wanted(b).unwrap());
        assert!(wrist.distance(other_wrist) < 0.003 && tip.distance(other_tip) < 0.003, "{dialect:?}");
    }
}

#[test]
fn skin_goes_where_its_joints_go_in_every_kind_of_file() {
    for dialect in Dialect::ALL {
        let model = load(dialect);
        let rig = RigSolver::new(&model.proportions()).unwrap().solve(&busy());
        let posed = model.posed(&Puppet::new(&model), &rig);
        let part = &model.parts[0];
        let skinned = model.skinned(part, &posed);
        let joints = &model.skins[part.skin.unwrap()].joints;
        for (vertex, joint) in skinned.chunks_exact(3).zip(joints) {
            let at = Vec3::from(posed[*joint].translation);
            assert!(vertex[0].distance(at) < 1e-4, "{dialect:?} {}", model.nodes[*joint].name);
            // A scrap is as large as it was made: a centimetre.
            assert!((vertex[1].distance(at) - 0.01).abs() < 1e-4, "{dialect:?} {}", model.nodes[*joint].name);
        }
    }
}

#[test]
fn the_rest_of_every_kind_of_file_becomes_the_t_pose_in_metres() {
    let t_pose = super::test_people::joints();
    for dialect in Dialect::ALL {
        let model = load(dialect);
        for (bone, node) in model.humanoid.iter() {
            let at = Vec3::from(model.nodes[node].model_from_node.translation);
            let wanted = t_pose.joints[bone as usize].unwrap();
            assert!(at.distance(wanted) < 0.002, "{dialect:?}: {bone:?} at {at}, not {wanted}");
        }
        let scrap = &model.rest_vertices(&model.parts[0])[..3];
        assert!((scrap[0].distance(scrap[1]) - 0.01).abs() < 1e-4, "{dialect:?}");
    }
}

#[test]
fn bones_are_found_the_way_that_fits_the_file() {
    let how = |dialect| load(dialect).humanoid.how(Bone::LeftLowerArm);
    assert_eq!(how(Dialect::Vrm1), Some(How::Vrm1));
    assert_eq!(how(Dialect::Vrm0), Some(How::Vrm0));
    assert_eq!(how(Dialect::MakeHuman), Some(How::Name));
    assert_eq!(how(Dialect::Nameless), Some(How::Structure));
    for dialect in Dialect::ALL {
        let fingers = Bone::ALL.iter().filter(|b| b.name().contains("Distal"));
        let humanoid = load(dialect).humanoid;
        assert!(fingers.into_iter().all(|bone| humanoid.node(*bone).is_some()), "{dialect:?}");
    }
}

#[test]
fn a_limb_of_two_nodes_turns_half_and_half_about_its_length() {
    let model = load(Dialect::MakeHuman);
    let puppet = Puppet::new(&model);
    let upper = model.humanoid.node(Bone::LeftUpperArm).unwrap();
    let second = model.humanoid.second(Bone::LeftUpperArm).unwrap();
    let lower = model.humanoid.node(Bone::LeftLowerArm).unwrap();
    assert_eq!(model.nodes[second].name, "upperarm02.L");
    let turned_by = |node: usize, rig: &crate::body::RigPose| {
        let rotation = |m: &glam::Affine3A| m.to_scale_rotation_translation().1;
        let now = rotation(&model.posed(&puppet, rig)[node]);
        let rest = rotation(&model.nodes[node].model_from_node);
        crate::body::maths::twist_angle(now * rest.inverse(), Vec3::X)
    };
    let mut rig = crate::body::RigPose::rest();
    rig[Bone::LeftUpperArm] = Quat::from_rotation_x(0.8);
    for (node, angle) in [(upper, 0.4), (second, 0.8), (lower, 0.8)] {
        assert!((turned_by(node, &rig) - angle).abs() < 1e-3, "{}", model.nodes[node].name);
    }
}

#[test]
fn nodes_left_in_an_animation_do_not_matter_where_the_mesh_is_bound_in_a_t_pose() {
    let (mut root, binary) = super::test_people::person_parts(Dialect::Mixamo, &[]);
    for node in root["nodes"].as_array_mut().unwrap() {
        if node["name"] == "mixamorig:LeftArm" || node["name"] == "mixamorig:RightUpLeg" {
            node["rotation"] = serde_json::json!([0.0, 0.6, 0.0, 0.8]);
        }
    }
    let model = Model::from_slice(&super::test_rig::glb(&root, &binary), "walking.glb").unwrap();
    assert!(model.rest.from_bind, "{:?}", model.rest);
    let knee = model.rest_position(Bone::RightLowerLeg).unwrap();
    assert!(
        knee.distance(super::test_people::joints().joints[Bone::RightLowerLeg as usize].unwrap()) < 0.002
    );
}

#[test]
fn our_own_avatar_comes_out_as_it_was_written() {
    for name in ["woman", "man"] {
        comes_out_as_written(name);
    }
}

fn comes_out_as_written(name: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/avatars/{name}.glb"));
    let model = Model::load(path).unwrap();
    for node in &model.nodes {
        assert!(node.rotation.angle_between(Quat::IDENTITY) < 0.02, "{}: {}", node.name, node.rotation);
    }
    assert_eq!((model.rest.scale, model.rest.from_bind), (1.0, false));
    assert_eq!(model.expressions.sources.len(), 52);
    assert!(model.expressions.sources.iter().all(|(shape, source)| shape.name() == source));
}
