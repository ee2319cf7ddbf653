//! Which node is which bone: by the file's own map, else by names, else by structure.

use super::error::AvatarError;
use super::humanoid::{How, Humanoid};
use super::model::Node;
use super::names::{Meaning, Place, finger_bone, meaning};
use super::structure;
use super::tree::Tree;
use crate::body::{Bone, Side};
use std::collections::BTreeMap;

/// Recognises the bones. `listed` is what the file's VRM map says, `joints` the nodes that skins hang
/// on (for guessing, nodes that move nothing do not count).
///
/// # Errors
/// If there are several humanoids and no map says which one is meant.
pub(super) fn humanoid(
    nodes: &[Node],
    listed: &[(Bone, usize, How)],
    joints: &[usize],
    file: &str,
) -> Result<Humanoid, AvatarError> {
    let tree = Tree::new(nodes);
    let mut humanoid = Humanoid::default();
    for (bone, node, how) in listed {
        humanoid.insert(*bone, *node, *how);
    }
    let named = Named::new(nodes);
    if listed.is_empty() {
        named.check_one_person(&tree, file)?;
    }
    named.limbs(&tree, &mut humanoid);
    named.trunk(&tree, &mut humanoid);
    named.fingers(&tree, &mut humanoid);
    if !humanoid.missing().is_empty() {
        structure::guess(nodes, &tree, joints, &mut humanoid);
    }
    halves(nodes, &tree, &mut humanoid);
    Ok(humanoid)
}

/// The nodes whose names mean something.
struct Named {
    meanings: BTreeMap<usize, Meaning>,
}

impl Named {
    fn new(nodes: &[Node]) -> Named {
        let of = |(index, node): (usize, &Node)| Some((index, meaning(&node.name)?));
        Named { meanings: nodes.iter().enumerate().filter_map(of).collect() }
    }

    /// The nodes that mean a place, the most usual word first, then the one nearest the root.
    fn all(&self, tree: &Tree<'_>, place: Place, side: Option<Side>) -> Vec<usize> {
        let fits = |meaning: &Meaning| meaning.place == place && meaning.side == side;
        let mut found: Vec<(u8, usize, usize)> = self
            .meanings
            .iter()
            .filter(|(_, meaning)| fits(meaning))
            .map(|(node, meaning)| (meaning.rank, tree.depth(*node), *node))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(.., node)| node).collect()
    }

    fn check_one_person(&self, tree: &Tree<'_>, file: &str) -> Result<(), AvatarError> {
        let heads = self.all(tree, Place::Head, None);
        let arms: Vec<usize> = [Place::UpperArm, Place::Hand]
            .into_iter()
            .flat_map(|place| self.all(tree, place, Some(Side::Left)))
            .collect();
        let hips = self.all(tree, Place::Hips, None);
        let whole = |hip: &usize| {
            let has = |all: &[usize]| all.iter().any(|node| tree.is_above(*hip, *node));
            has(&heads) && has(&arms)
        };
        let people: Vec<usize> = hips.into_iter().filter(whole).collect();
        let outer: Vec<&usize> =
            people.iter().filter(|hip| !people.iter().any(|other| tree.is_above(*other, **hip))).collect();
        match outer.len() {
            0 | 1 => Ok(()),
            several => Err(AvatarError::Content {
                file: file.into(),
                thing: "skeleton".into(),
                expected: "one person".into(),
                found: format!("{several}"),
            }),
        }
    }

    /// Everything but the trunk and the fingers, by name alone.
    fn limbs(&self, tree: &Tree<'_>, humanoid: &mut Humanoid) {
        use Place::*;
        for side in Side::BOTH {
            for place in [Eye, Shoulder, UpperArm, LowerArm, Hand, UpperLeg, LowerLeg, Foot, Toes] {
                for node in self.all(tree, place, Some(side)) {
                    if let Some(bone) = self.meanings.get(&node).and_then(Meaning::bone) {
                        humanoid.insert(bone, node, How::Name);
                    }
                }
            }
        }
        for place in [Head, Jaw] {
            for node in self.all(tree, place, None) {
                if let Some(bone) = self.meanings.get(&node).and_then(Meaning::bone) {
                    humanoid.insert(bone, node, How::Name);
                }
            }
        }
        self.hips(tree, humanoid);
    }

    /// The hips carry legs and head. `root` and `pelvis` mean one thing here and another there, so of
    /// several the lowest that carries all is taken.
    fn hips(&self, tree: &Tree<'_>, humanoid: &mut Humanoid) {
        let carried: Vec<usize> = [Bone::LeftUpperLeg, Bone::RightUpperLeg, Bone::Head]
            .into_iter()
            .filter_map(|bone| humanoid.node(bone))
            .collect();
        let carries = |node: &usize| carried.iter().all(|limb| tree.is_above(*node, *limb));
        let named = self.all(tree, Place::Hips, None);
        let best = named.iter().copied().filter(carries).max_by_key(|node| tree.depth(*node));
        if let Some(node) = best.or(named.first().copied()) {
            humanoid.insert(Bone::Hips, node, How::Name);
        }
    }

    /// Spine and neck have as many nodes as their maker liked, numbered up or down; so it is their order
    /// in the tree that says which is which, and the arms that say where the neck begins.
    fn trunk(&self, tree: &Tree<'_>, humanoid: &mut Humanoid) {
        let (Some(hips), Some(head)) = (humanoid.node(Bone::Hips), humanoid.node(Bone::Head)) else {
            return;
        };
        let is_trunk = |node: &usize| {
            let trunk = [Place::Spine, Place::Chest, Place::UpperChest, Place::Neck];
            self.meanings.get(node).is_some_and(|meaning| trunk.contains(&meaning.place))
        };
        let path: Vec<usize> = tree.between(hips, head).into_iter().filter(is_trunk).collect();
        let arms: Vec<usize> =
            [Bone::LeftUpperArm, Bone::RightUpperArm].into_iter().filter_map(|b| humanoid.node(b)).collect();
        let is_neck = |node: &usize| {
            let named = self.meanings.get(node).is_some_and(|meaning| meaning.place == Place::Neck);
            named || (!arms.is_empty() && !arms.iter().any(|arm| tree.is_above(*node, *arm)))
        };
        let (neck, spine): (Vec<usize>, Vec<usize>) = path.into_iter().partition(is_neck);
        if let Some(node) = neck.first() {
            humanoid.insert(Bone::Neck, *node, How::Name);
        }
        insert_spine(&spine, How::Name, humanoid);
    }

    /// Finger joints by the number in their names' order along the finger: some count from 0, some from
    /// 1, and the fourth is the tip.
    fn fingers(&self, tree: &Tree<'_>, humanoid: &mut Humanoid) {
        for side in Side::BOTH {
            for finger in 0..5 {
                let nodes = self.all(tree, Place::Finger(finger), Some(side));
                for (order, node) in nodes.into_iter().take(3).enumerate() {
                    let said = self.meanings.get(&node).and_then(|meaning| meaning.joint);
                    let joint = said.unwrap_or(order as u8);
                    humanoid.insert(finger_bone(side, finger, joint), node, How::Name);
                }
            }
        }
    }
}

/// Gives the bones of the spine to the nodes between hips and neck, lowest first. Of many, the lowest is
/// left out: it hardly bends.
pub(super) fn insert_spine(nodes: &[usize], how: How, humanoid: &mut Humanoid) {
    let chosen: Vec<usize> = match nodes {
        [_, rest @ .., below, top] if !rest.is_empty() && nodes.len() > 3 => {
            vec![rest[0], *below, *top]
        }
        _ => nodes.to_vec(),
    };
    for (bone, node) in [Bone::Spine, Bone::Chest, Bone::UpperChest].into_iter().zip(chosen) {
        humanoid.insert(bone, node, how);
    }
}

/// Finds the further half of limbs that are made of two nodes: the one halfway along.
fn halves(nodes: &[Node], tree: &Tree<'_>, humanoid: &mut Humanoid) {
    let limbs = [
        [Bone::LeftUpperArm, Bone::LeftLowerArm],
        [Bone::LeftLowerArm, Bone::LeftHand],
        [Bone::RightUpperArm, Bone::RightLowerArm],
        [Bone::RightLowerArm, Bone::RightHand],
        [Bone::LeftUpperLeg, Bone::LeftLowerLeg],
        [Bone::LeftLowerLeg, Bone::LeftFoot],
        [Bone::RightUpperLeg, Bone::RightLowerLeg],
        [Bone::RightLowerLeg, Bone::RightFoot],
    ];
    for [bone, next] in limbs {
        let (Some(from), Some(to)) = (humanoid.node(bone), humanoid.node(next)) else { continue };
        let at = |node: usize| nodes[node].model_from_node.translation;
        let length = at(from).distance(at(to));
        let aside = |node: &usize| {
            let share = at(from).distance(at(*node)) / length.max(1e-6);
            (0.2..0.8).contains(&share)
        };
        if let Some(node) = tree.between(from, to).into_iter().find(aside) {
            humanoid.insert_second(bone, node);
        }
    }
}
