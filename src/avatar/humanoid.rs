//! Which node of an avatar is which humanoid bone, and how that was found out.

use crate::body::Bone;
use std::collections::BTreeMap;

/// How a node was recognised as a bone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The file's VRM 1.0 map says so.
    Vrm1,
    /// The file's VRM 0.x map says so.
    Vrm0,
    /// Its name.
    Name,
    /// Where it is among the others.
    Structure,
}

impl How {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            How::Vrm1 => "VRM 1.0 map",
            How::Vrm0 => "VRM 0.x map",
            How::Name => "name",
            How::Structure => "structure",
        }
    }
}

/// Which node each bone is.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Humanoid {
    nodes: BTreeMap<Bone, (usize, How)>,
    /// Limbs of two nodes (an upper arm in two halves): the further one.
    seconds: BTreeMap<Bone, usize>,
}

impl Humanoid {
    /// The node of a bone, if the avatar has it.
    pub fn node(&self, bone: Bone) -> Option<usize> {
        self.nodes.get(&bone).map(|(node, _)| *node)
    }

    /// How a bone was found.
    pub fn how(&self, bone: Bone) -> Option<How> {
        self.nodes.get(&bone).map(|(_, how)| *how)
    }

    /// The bone that a node is, if any.
    pub fn bone(&self, node: usize) -> Option<Bone> {
        self.nodes.iter().find(|(_, (n, _))| *n == node).map(|(bone, _)| *bone)
    }

    /// The further node of a bone that is made of two.
    pub fn second(&self, bone: Bone) -> Option<usize> {
        self.seconds.get(&bone).copied()
    }

    /// The bone whose further node this is.
    pub fn second_of(&self, node: usize) -> Option<Bone> {
        self.seconds.iter().find(|(_, n)| **n == node).map(|(bone, _)| *bone)
    }

    /// Says that a node is a bone; the first one said stays, and no node is two bones.
    pub fn insert(&mut self, bone: Bone, node: usize, how: How) {
        if self.bone(node).is_none() {
            self.nodes.entry(bone).or_insert((node, how));
        }
    }

    /// Says that a node is the further half of a bone.
    pub(super) fn insert_second(&mut self, bone: Bone, node: usize) {
        if self.bone(node).is_none() && self.second_of(node).is_none() {
            self.seconds.entry(bone).or_insert(node);
        }
    }

    /// Bones and their nodes, parents first.
    pub fn iter(&self) -> impl Iterator<Item = (Bone, usize)> {
        self.nodes.iter().map(|(bone, (node, _))| (*bone, *node))
    }

    /// Names of the bones that no humanoid may lack and this one does.
    pub fn missing(&self) -> Vec<&'static str> {
        let lacking = Bone::REQUIRED.iter().filter(|bone| self.node(**bone).is_none());
        lacking.map(|bone| bone.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_about_a_bone_or_a_node_stays() {
        let mut humanoid = Humanoid::default();
        humanoid.insert(Bone::Hips, 3, How::Vrm1);
        humanoid.insert(Bone::Hips, 4, How::Name);
        humanoid.insert(Bone::Spine, 3, How::Name);
        assert_eq!((humanoid.node(Bone::Hips), humanoid.how(Bone::Hips)), (Some(3), Some(How::Vrm1)));
        assert_eq!(humanoid.node(Bone::Spine), None);
        assert_eq!(humanoid.missing().len(), 14);
    }
}
