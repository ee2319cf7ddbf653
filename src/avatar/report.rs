//! What was found in an avatar's file, what is missing, and what that costs whoever watches.

use super::alike::{Letter, letters_alike};
use super::humanoid::How;
use super::model::Model;
use super::normalise::Rest;
use crate::body::{ArKit, Bone};
use serde::Serialize;

/// An avatar's report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The file.
    pub file: String,
    /// What kind it was recognised as.
    pub kind: super::Kind,
    /// The program that wrote it.
    pub generator: Option<String>,
    /// From the soles to the top of hair or hat, metres.
    pub height_metres: f32,
    /// What was done to its rest pose.
    pub rest: Rest,
    /// Triangles of all parts.
    pub triangles: usize,
    /// Vertices of all parts.
    pub vertices: usize,
    /// Base-colour textures that are used.
    pub textures: usize,
    /// Bones that were found.
    pub bones: Vec<FoundBone>,
    /// Bones that were not.
    pub missing_bones: Vec<&'static str>,
    /// ARKit shapes and what makes each.
    pub face: Vec<FoundShape>,
    /// ARKit shapes that nothing makes.
    pub missing_shapes: Vec<&'static str>,
    /// What a viewer loses, the worst first.
    pub costs: Vec<Cost>,
    /// Terms of use and makers, as the file words them.
    pub terms: Vec<(String, String)>,
}

/// A bone and the node that it is.
#[derive(Clone, Debug, Serialize)]
pub struct FoundBone {
    /// VRM 1.0's name.
    pub bone: &'static str,
    /// The node's name in the file.
    pub node: String,
    /// The further node of a limb that is made of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_node: Option<String>,
    /// How it was found.
    pub found_by: How,
}

/// A face shape and what makes it.
#[derive(Clone, Debug, Serialize)]
pub struct FoundShape {
    /// ARKit's name.
    pub shape: &'static str,
    /// The file's shape or bone, with how much of it and from where on the face.
    pub made_from: String,
}

/// Something that a viewer loses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// How much it matters.
    pub weight: Weight,
    /// What is missing.
    pub missing: String,
    /// What that means for whoever watches.
    pub means: String,
    /// The letters that are no longer told apart, where it is joints of the hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<String>,
}

/// How much a loss matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Meaning is lost.
    Meaning,
    /// It looks wrong or stiff, but is understood.
    Looks,
}

impl Report {
    /// Of an avatar, with the letters that it should be able to make.
    pub fn new(file: &str, model: &Model, letters: &[Letter<'_>]) -> Report {
        let heights = model.parts.iter().flat_map(|part| model.rest_vertices(part)).map(|vertex| vertex.y);
        let (low, high) = heights.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
        // A bust has no soles; its feet's bones say where they would be.
        let low = model.rest_position(Bone::LeftFoot).map_or(low, |ankle| low.min(ankle.y));
        let name = |node: usize| model.nodes.get(node).map_or_else(String::new, |node| node.name.clone());
        let found = |(bone, node)| FoundBone {
            bone: Bone::name(bone),
            node: name(node),
            second_node: model.humanoid.second(bone).map(name),
            found_by: model.humanoid.how(bone).unwrap_or(How::Name),
        };
        let face = face(model);
        let made = |shape: &ArKit| face.iter().any(|found| found.shape == shape.name());
        let lacking = Bone::ALL.iter().filter(|bone| model.humanoid.node(**bone).is_none());
        Report {
            file: file.to_owned(),
            kind: model.about.kind,
            generator: model.about.generator.clone(),
            height_metres: (high - low).max(0.0),
            rest: model.rest.clone(),
            triangles: model.parts.iter().map(|part| part.indices.len() / 3).sum(),
            vertices: model.vertex_count(),
            textures: model.textures.len(),
            bones: model.humanoid.iter().map(found).collect(),
            missing_bones: lacking.map(|bone| bone.name()).collect(),
            missing_shapes: ArKit::ALL.into_iter().filter(|s| !made(s)).map(ArKit::name).collect(),
            costs: costs(model, &face, letters),
            face,
            terms: model.about.terms.clone(),
        }
    }
}

/// What makes each ARKit shape: face shapes, and bones where they do.
fn face(model: &Model) -> Vec<FoundShape> {
    let bone = |bone: Bone| model.humanoid.node(bone).is_some();
    let made_from = |shape: ArKit| {
        if let Some(source) = model.expressions.sources.get(&shape) {
            return Some(source.clone());
        }
        let name = shape.name();
        let eye = if name.ends_with("Left") { Bone::LeftEye } else { Bone::RightEye };
        match shape {
            ArKit::JawOpen if bone(Bone::Jaw) => Some("the jaw's bone".into()),
            _ if name.starts_with("eyeLook") && bone(eye) => Some("the eye's bone".into()),
            _ => None,
        }
    };
    let all = ArKit::ALL.into_iter();
    all.filter_map(|s| Some(FoundShape { shape: s.name(), made_from: made_from(s)? })).collect()
}

fn costs(model: &Model, face: &[FoundShape], letters: &[Letter<'_>]) -> Vec<Cost> {
    let mut costs = Vec::new();
    hand_costs(model, letters, &mut costs);
    let made = |shape: ArKit| face.iter().any(|found| found.shape == shape.name());
    for (shapes, weight, missing, means) in FACE {
        if !shapes.iter().any(|shape| made(*shape)) {
            costs.push(Cost::new(*weight, missing, means));
        }
    }
    for (bones, missing, means) in TRUNK {
        if bones.iter().all(|bone| model.humanoid.node(*bone).is_none()) {
            costs.push(Cost::new(Weight::Looks, missing, means));
        }
    }
    if model.parts.is_empty() {
        costs.push(Cost::new(Weight::Meaning, "no visible mesh", "nothing will be seen"));
    }
    if model.parts.iter().all(|part| part.skin.is_none()) {
        costs.push(Cost::new(Weight::Looks, "no skin", "limbs will move as separate stiff pieces"));
    }
    costs.sort_by_key(|cost| cost.weight);
    costs
}

impl Cost {
    fn new(weight: Weight, missing: &str, means: &str) -> Cost {
        Cost { weight, missing: missing.to_owned(), means: means.to_owned(), letters: Vec::new() }
    }
}

/// Joints that the hands lack, and the letters that this makes alike: finger by finger, and all together
/// where more than one is missing.
fn hand_costs(model: &Model, letters: &[Letter<'_>], costs: &mut Vec<Cost>) {
    let lacks = |bone: Bone| model.humanoid.node(bone).is_none();
    let fingers = ["thumb", "index finger", "middle finger", "ring finger", "little finger"];
    let mut incomplete = 0;
    for (finger, name) in ["Thumb", "Index", "Middle", "Ring", "Little"].into_iter().zip(fingers) {
        let of_finger = |bone: Bone| bone.name().contains(finger);
        let missing = Bone::ALL.iter().filter(|bone| of_finger(**bone) && lacks(**bone)).count();
        if missing > 0 {
            incomplete += 1;
            let what = if missing == 6 {
                format!("no {name} joints")
            } else {
                format!("{missing} of 6 {name} joints missing")
            };
            costs.push(alike_cost(what, letters, |bone| of_finger(bone) && lacks(bone)));
        }
    }
    if incomplete > 1 {
        let what = "all the missing finger joints together".to_owned();
        costs.push(alike_cost(what, letters, lacks));
    }
}

fn alike_cost(missing: String, letters: &[Letter<'_>], lacks: impl Fn(Bone) -> bool) -> Cost {
    let alike: Vec<String> = letters_alike(letters, lacks).into_iter().map(str::to_owned).collect();
    let (weight, means) = match alike.len() {
        0 => (Weight::Looks, "letters stay apart, but handshapes look wrong".to_owned()),
        count => (Weight::Meaning, format!("{count} of {} letters will look like another", letters.len())),
    };
    Cost { weight, missing, means, letters: alike }
}

/// Face shapes of which at least one is needed, and what their lack means.
const FACE: &[(&[ArKit], Weight, &str, &str)] = &[
    (
        &[ArKit::BrowInnerUp, ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight],
        Weight::Meaning,
        "brows do not rise",
        "yes-no questions and topics will look like statements",
    ),
    (
        &[ArKit::BrowDownLeft, ArKit::BrowDownRight],
        Weight::Meaning,
        "brows do not lower",
        "questions with who, what or where will look like statements",
    ),
    (
        &[ArKit::JawOpen],
        Weight::Meaning,
        "the mouth does not open",
        "words that are told apart by mouthing will look alike",
    ),
    (
        &[ArKit::MouthPucker, ArKit::MouthFunnel],
        Weight::Meaning,
        "lips do not round",
        "mouthed u and o will look like a",
    ),
    (
        &[ArKit::MouthPressLeft, ArKit::MouthClose, ArKit::MouthRollLower],
        Weight::Looks,
        "lips do not press together",
        "mouthed b and m will show only as a closed mouth",
    ),
    (
        &[ArKit::MouthStretchLeft, ArKit::MouthSmileLeft],
        Weight::Looks,
        "lips do not spread",
        "mouthed i will look like a",
    ),
    (
        &[ArKit::EyeBlinkLeft, ArKit::EyeBlinkRight],
        Weight::Looks,
        "eyes do not blink",
        "the signer stares, and sentences lack their boundaries",
    ),
    (
        &[ArKit::EyeWideLeft, ArKit::EyeWideRight],
        Weight::Looks,
        "eyes do not widen",
        "surprise and emphasis are weaker",
    ),
    (
        &[ArKit::EyeSquintLeft, ArKit::EyeSquintRight],
        Weight::Looks,
        "eyes do not narrow",
        "doubt and content questions are weaker",
    ),
    (
        &[ArKit::EyeLookOutLeft, ArKit::EyeLookOutRight],
        Weight::Meaning,
        "eyes do not look aside",
        "gaze toward places and quoted speakers is lost",
    ),
    (
        &[ArKit::MouthFrownLeft, ArKit::MouthSmileLeft],
        Weight::Looks,
        "the mouth shows no mood",
        "bad and good news look alike",
    ),
    (
        &[ArKit::CheekPuff],
        Weight::Looks,
        "cheeks do not puff",
        "signs for large and much lose their mouth gesture",
    ),
    (
        &[ArKit::TongueOut],
        Weight::Looks,
        "the tongue does not show",
        "mouth gestures with the tongue are lost",
    ),
];

/// Bones of which at least one is needed, and what their lack means.
const TRUNK: &[(&[Bone], &str, &str)] = &[
    (&[Bone::Neck], "no neck", "nods and headshakes look stiff"),
    (&[Bone::Chest, Bone::UpperChest], "a spine of one piece", "the trunk leans like a board"),
    (
        &[Bone::LeftShoulder, Bone::RightShoulder],
        "no shoulder bones",
        "shoulders do not rise: shrugs are lost and raised arms pinch the shoulder",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::alike::alphabet;
    use super::super::test_people::{Dialect, person, person_parts};
    use super::super::test_rig::glb;
    use super::*;
    use crate::lexicon::Lexicon;

    fn report(bytes: &[u8]) -> Report {
        let alphabet = alphabet(&Lexicon::builtin().unwrap()).unwrap();
        let letters: Vec<Letter<'_>> =
            alphabet.iter().map(|(letter, motion)| (letter.as_str(), &**motion)).collect();
        Report::new("x.glb", &Model::from_slice(bytes, "x.glb").unwrap(), &letters)
    }

    #[test]
    fn a_hand_without_index_finger_costs_letters_which_are_named() {
        let (mut root, binary) = person_parts(Dialect::Mixamo, &[]);
        for node in root["nodes"].as_array_mut().unwrap() {
            let name = node["name"].as_str().unwrap().replace("Index", "Lost");
            node["name"] = name.into();
        }
        let report = report(&glb(&root, &binary));
        let cost = report.costs.iter().find(|cost| cost.missing == "no index finger joints").unwrap();
        assert!(cost.weight == Weight::Meaning && !cost.letters.is_empty(), "{cost:?}");
        assert!(cost.means.starts_with(&format!("{} of 3", cost.letters.len())), "{cost:?}");
        assert!(report.missing_bones.contains(&"leftIndexDistal"));
        assert!(report.costs.iter().any(|cost| cost.missing == "brows do not rise"));
    }

    #[test]
    fn a_whole_avatar_costs_nothing() {
        let names = ArKit::ALL.map(ArKit::name);
        let report = report(&person(Dialect::Vrm1, &names));
        assert_eq!((report.costs, report.missing_bones.len()), (vec![], 0));
        assert!((1.5..1.9).contains(&report.height_metres), "{}", report.height_metres);
    }

    #[test]
    fn a_face_of_bones_keeps_its_jaw_and_its_gaze() {
        let report = report(&person(Dialect::MakeHuman, &[]));
        let made = |name: &str| report.face.iter().any(|shape| shape.shape == name);
        assert!(made("jawOpen") && made("eyeLookUpLeft") && !made("eyeBlinkLeft"));
        assert!(report.costs.iter().any(|cost| cost.missing == "eyes do not blink"));
        let arm = report.bones.iter().find(|bone| bone.bone == "leftUpperArm").unwrap();
        assert_eq!((arm.node.as_str(), arm.second_node.as_deref()), ("upperarm01.L", Some("upperarm02.L")));
    }
}
