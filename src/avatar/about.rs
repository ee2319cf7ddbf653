//! What kind of file an avatar came in, who made it, and on which terms it may be used.

use super::model::Node;
use super::vrm;

/// Kinds of file, told by what only they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Kind {
    Nashra,
    Vrm1,
    Vrm0,
    ReadyPlayerMe,
    Mixamo,
    MakeHuman,
    GameEngine,
    VRoid,
    #[default]
    Gltf,
}

impl Kind {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Nashra => "Nashra's own kind",
            Kind::Vrm1 => "VRM 1.0",
            Kind::Vrm0 => "VRM 0.x",
            Kind::ReadyPlayerMe => "Ready Player Me",
            Kind::Mixamo => "Mixamo",
            Kind::MakeHuman => "MakeHuman, default rig",
            Kind::GameEngine => "MakeHuman's or Unreal's game engine rig",
            Kind::VRoid => "VRoid",
            Kind::Gltf => "plain glTF",
        }
    }
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct About {
    /// Its kind.
    pub kind: Kind,
    /// The program that wrote it, if it says so.
    pub generator: Option<String>,
    /// Terms of use and makers, as words and values, in the file's own spelling and order.
    pub terms: Vec<(String, String)>,
}

impl About {
    pub(super) fn of(document: &gltf::Document, nodes: &[Node]) -> About {
        let generator = document.as_json().asset.generator.clone();
        let kind = kind(document, nodes, generator.as_deref().unwrap_or(""));
        About { kind, generator, terms: vrm::terms(document) }
    }
}

fn kind(document: &gltf::Document, nodes: &[Node], generator: &str) -> Kind {
    let has = |name: &str| nodes.iter().any(|node| node.name == name);
    let some = |test: &dyn Fn(&str) -> bool| nodes.iter().any(|node| test(&node.name));
    let meshes = |prefix: &str| {
        document.meshes().any(|mesh| mesh.name().is_some_and(|name| name.starts_with(prefix)))
            || some(&|name| name.starts_with(prefix))
    };
    if generator.starts_with("nashra") {
        Kind::Nashra
    } else if document.extension_value("VRMC_vrm").is_some() {
        Kind::Vrm1
    } else if document.extension_value("VRM").is_some() {
        Kind::Vrm0
    } else if meshes("Wolf3D_") || (has("LeftForeArm") && has("LeftEye")) {
        Kind::ReadyPlayerMe
    } else if some(&|name| name.contains("mixamorig")) || (has("LeftForeArm") && has("LeftUpLeg")) {
        Kind::Mixamo
    } else if some(&|name| name.starts_with("upperarm02")) && some(&|name| name.starts_with("spine05")) {
        Kind::MakeHuman
    } else if has("upperarm_l") && has("spine_01") {
        Kind::GameEngine
    } else if some(&|name| name.starts_with("J_Bip_")) {
        Kind::VRoid
    } else {
        Kind::Gltf
    }
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::super::test_people::{Dialect, person};
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let kinds = [
            (Dialect::Vrm1, Kind::Vrm1),
            (Dialect::Vrm0, Kind::Vrm0),
            (Dialect::ReadyPlayerMe, Kind::ReadyPlayerMe),
            (Dialect::Mixamo, Kind::Mixamo),
            (Dialect::MakeHuman, Kind::MakeHuman),
            (Dialect::GameEngine, Kind::GameEngine),
            (Dialect::VRoid, Kind::VRoid),
            (Dialect::Blender, Kind::Gltf),
        ];
        for (dialect, kind) in kinds {
            assert_eq!(Model::from_slice(&person(dialect, &[]), "x").unwrap().about.kind, kind);
        }
    }

    #[test]
    fn the_terms_of_use_are_kept() {
        let about = Model::from_slice(&person(Dialect::Vrm1, &[]), "x").unwrap().about;
        assert!(about.terms.contains(&("commercialUsage".into(), "personalNonProfit".into())));
        assert!(about.terms.contains(&("authors".into(), "a test".into())));
        let about = Model::from_slice(&person(Dialect::Vrm0, &[]), "x").unwrap().about;
        assert!(about.terms.contains(&("allowedUserName".into(), "OnlyAuthor".into())));
    }
}
