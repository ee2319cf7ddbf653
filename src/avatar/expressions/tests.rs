//! Each kind of avatar's shapes, made into ARKit's.

use crate::avatar::model::{Model, Morph};
use crate::avatar::test_people::{Dialect, person, person_parts};
use crate::avatar::test_rig::glb;
use crate::body::{ArKit, Bone};
use glam::Vec3;
use serde_json::json;

fn made(model: &Model, shape: ArKit) -> Option<&Morph> {
    model.parts[0].morphs.iter().find(|morph| morph.name == shape.name())
}

#[test]
fn arkit_shapes_are_known_in_any_spelling_and_eyeballs_left_to_their_bones() {
    let names = ["mouthSmile_L", "Wolf3D.eyeBlinkRight", "JawOpen", "eyeLookUpLeft"];
    let model = Model::from_slice(&person(Dialect::ReadyPlayerMe, &names), "rpm.glb").unwrap();
    for shape in [ArKit::MouthSmileLeft, ArKit::EyeBlinkRight, ArKit::JawOpen] {
        assert_eq!(made(&model, shape).unwrap().vertices.len(), 9, "{shape:?}");
    }
    // The scraps on the eyes stay; the head's moves.
    assert_eq!(made(&model, ArKit::EyeLookUpLeft).unwrap().vertices.len(), 3);
    assert!((made(&model, ArKit::JawOpen).unwrap().positions[0] - Vec3::Z * 0.01).length() < 1e-5);
}

#[test]
fn one_blink_of_both_eyes_makes_one_of_each() {
    let model = Model::from_slice(&person(Dialect::VRoid, &["Fcl_EYE_Close"]), "v.glb").unwrap();
    let width = |shape: ArKit, bone: Bone| {
        let morph = made(&model, shape).unwrap();
        let part = &model.parts[0];
        let eye = model.rest_position(bone).unwrap();
        let at = |vertex: &u32| part.positions[*vertex as usize].distance(eye) < 0.02;
        let shifts = morph.vertices.iter().zip(&morph.positions).filter(|(vertex, _)| at(vertex));
        shifts.map(|(_, shift)| shift.length()).fold(0.0, f32::max)
    };
    assert!(width(ArKit::EyeBlinkLeft, Bone::LeftEye) > 0.009);
    assert!(width(ArKit::EyeBlinkLeft, Bone::RightEye) < 0.001);
    assert!(width(ArKit::EyeBlinkRight, Bone::RightEye) > 0.009);
}

#[test]
fn vrm_expressions_count_nodes_to_one_and_those_of_0_x_meshes_to_a_hundred() {
    let (mut root, binary) = person_parts(Dialect::Vrm1, &["a", "b"]);
    let body = root["nodes"].as_array().unwrap().len() - 1;
    root["extensions"]["VRMC_vrm"]["expressions"] = json!({
        "preset": {"aa": {"morphTargetBinds": [{"node": body, "index": 1, "weight": 0.5}]}},
        "custom": {"BrowInnerUp": {"morphTargetBinds": [{"node": body, "index": 0, "weight": 1.0}]}},
    });
    let model = Model::from_slice(&glb(&root, &binary), "one.vrm").unwrap();
    assert!((made(&model, ArKit::JawOpen).unwrap().positions[0].length() - 0.005).abs() < 1e-5);
    assert!((made(&model, ArKit::BrowInnerUp).unwrap().positions[0].length() - 0.01).abs() < 1e-5);

    let (mut root, binary) = person_parts(Dialect::Vrm0, &["x"]);
    root["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"] = json!([
        {"name": "A", "presetName": "a", "binds": [{"mesh": 0, "index": 0, "weight": 40.0}]},
        {"name": "Blink", "presetName": "blink", "isBinary": true,
         "binds": [{"mesh": 0, "index": 0, "weight": 100.0}]},
    ]);
    let model = Model::from_slice(&glb(&root, &binary), "zero.vrm").unwrap();
    let jaw = made(&model, ArKit::JawOpen).unwrap();
    // The person faced the other way; the shape was turned along.
    assert!((jaw.positions[0] - Vec3::Z * 0.004).length() < 1e-5 && !jaw.binary);
    assert!(made(&model, ArKit::EyeBlinkLeft).unwrap().binary);
    assert_eq!(model.expressions.sources[&ArKit::EyeBlinkLeft], "blink, left half");
}

#[test]
fn a_preset_that_moves_the_whole_face_gives_its_lower_and_its_upper_part() {
    let (mut root, binary) = person_parts(Dialect::Vrm1, &["joy", "shock"]);
    let body = root["nodes"].as_array().unwrap().len() - 1;
    let bind = |index: usize| json!({"morphTargetBinds": [{"node": body, "index": index, "weight": 1.0}]});
    root["extensions"]["VRMC_vrm"]["expressions"]["preset"] = json!({"happy": bind(0), "surprised": bind(1)});
    let model = Model::from_slice(&glb(&root, &binary), "one.vrm").unwrap();
    let eye = model.rest_position(Bone::LeftEye).unwrap();
    let moves_eye = |shape: ArKit| {
        let morph = made(&model, shape);
        morph.is_some_and(|morph| {
            let near = |vertex: &u32| model.parts[0].positions[*vertex as usize].distance(eye) < 0.005;
            let shifts = morph.vertices.iter().zip(&morph.positions);
            shifts.filter(|(vertex, _)| near(vertex)).any(|(_, shift)| shift.length() > 0.002)
        })
    };
    assert!(!moves_eye(ArKit::MouthSmileLeft) && moves_eye(ArKit::EyeWideLeft));
    assert!(model.expressions.sources[&ArKit::BrowOuterUpLeft].contains("brows only"));
    assert!(!model.expressions.sources.contains_key(&ArKit::JawOpen));
}
