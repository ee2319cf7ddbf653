//! Bones guessed from where nodes are, for skeletons whose names say nothing.
//!
//! A person is two chains that go down from one node, and further up two that reach out sideways and
//! one that goes on up. The chains that reach out end in a node with several of its own: the hand. Of
//! those the thumb begins nearest the wrist; the others follow in order of their distance from it.
//!
//! Expected is a person who stands upright along y. Who faces which way is told by the toes.

use super::humanoid::{How, Humanoid};
use super::model::Node;
use super::names::finger_bone;
use super::recognise::insert_spine;
use super::tree::Tree;
use crate::body::{Bone, Side};
use glam::Vec3;

/// Names the nodes that have no bone yet, as far as their places tell.
pub(super) fn guess(nodes: &[Node], tree: &Tree<'_>, joints: &[usize], humanoid: &mut Humanoid) {
    let guesser = Guesser::new(nodes, tree, joints);
    let Some(trunk) = guesser.trunk() else { return };
    humanoid.insert(Bone::Hips, trunk.hips, How::Structure);
    insert_spine(&trunk.spine, How::Structure, humanoid);
    guesser.head(trunk.head, humanoid);
    let facing = guesser.facing(&trunk);
    for chains in [trunk.arms, trunk.legs] {
        for root in chains {
            let away = guesser.far(root).x - guesser.at(trunk.hips).x;
            let side = if away * facing > 0.0 { Side::Left } else { Side::Right };
            match chains == trunk.arms {
                true => guesser.arm(root, side, humanoid),
                false => guesser.leg(root, side, humanoid),
            }
        }
    }
}

/// Where the trunk branches.
struct Trunk {
    hips: usize,
    /// From above the hips to the node that the arms hang from.
    spine: Vec<usize>,
    legs: [usize; 2],
    arms: [usize; 2],
    head: usize,
}

struct Guesser<'a> {
    nodes: &'a [Node],
    tree: &'a Tree<'a>,
    /// Whether a node moves skin, itself or by what hangs from it.
    moves: Vec<bool>,
    /// The node furthest down each node's longest branch.
    far: Vec<usize>,
    /// How high anything reaches that hangs from a node.
    top: Vec<f32>,
}

impl<'a> Guesser<'a> {
    fn new(nodes: &'a [Node], tree: &'a Tree<'a>, joints: &[usize]) -> Self {
        let mut moves = vec![joints.is_empty(); nodes.len()];
        for joint in joints {
            if let Some(moves) = moves.get_mut(*joint) {
                *moves = true;
            }
        }
        let mut far: Vec<usize> = (0..nodes.len()).collect();
        let mut reach = vec![0.0_f32; nodes.len()];
        let mut top: Vec<f32> = nodes.iter().map(|node| node.model_from_node.translation.y).collect();
        for index in (0..nodes.len()).rev() {
            let Some(parent) = nodes[index].parent else { continue };
            moves[parent] |= moves[index];
            if moves[index] {
                top[parent] = top[parent].max(top[index]);
            }
            let length =
                nodes[index].model_from_node.translation.distance(nodes[parent].model_from_node.translation);
            if moves[index] && reach[index] + length > reach[parent] {
                reach[parent] = reach[index] + length;
                far[parent] = far[index];
            }
        }
        Self { nodes, tree, moves, far, top }
    }

    fn at(&self, node: usize) -> Vec3 {
        self.nodes.get(node).map_or(Vec3::ZERO, |node| node.model_from_node.translation.into())
    }

    /// Where a node's longest branch ends.
    fn far(&self, node: usize) -> Vec3 {
        self.at(self.far.get(node).copied().unwrap_or(node))
    }

    fn children(&self, node: usize) -> Vec<usize> {
        let moves = |child: &usize| self.moves.get(*child).copied().unwrap_or(false);
        self.tree.children(node).iter().copied().filter(moves).collect()
    }

    /// The pair of a node's children that mirror each other best in its own sagittal plane.
    fn pair(&self, node: usize) -> Option<([usize; 2], Vec3)> {
        let middle = self.at(node).x;
        let children = self.children(node);
        let mut best: Option<(f32, [usize; 2], Vec3)> = None;
        for (i, one) in children.iter().enumerate() {
            for other in &children[i + 1..] {
                let (a, b) = (self.far(*one), self.far(*other));
                let mirrored = Vec3::new(2.0 * middle - b.x, b.y, b.z);
                let reach = (a - self.at(node)).length().max(1e-6);
                let error = a.distance(mirrored) / reach;
                let apart = (a.x - b.x).abs() / reach;
                if error < 0.15 && apart > 0.1 && best.is_none_or(|(least, ..)| error < least) {
                    best = Some((error, [*one, *other], a - self.at(node)));
                }
            }
        }
        best.map(|(_, pair, reach)| (pair, reach))
    }

    fn trunk(&self) -> Option<Trunk> {
        let downward =
            |node: &usize| self.pair(*node).is_some_and(|(_, reach)| reach.y < -0.6 * reach.length());
        let hips = (0..self.nodes.len()).filter(|node| self.moves[*node]).find(downward)?;
        let (legs, _) = self.pair(hips)?;
        let mut spine = Vec::new();
        let mut at = self.upward(hips, &legs)?;
        loop {
            spine.push(at);
            // Arms reach as far sideways as anything does; a pair of eyes does not.
            let pair = self
                .pair(at)
                .filter(|(_, reach)| reach.x.abs() > 0.25 * (self.at(hips).y - self.far(legs[0]).y));
            if let Some((arms, _)) = pair {
                let head = self.upward(at, &arms)?;
                return Some(Trunk { hips, spine, legs, arms, head });
            }
            at = self.upward(at, &[])?;
        }
    }

    /// The child that goes on upward.
    fn upward(&self, node: usize, except: &[usize]) -> Option<usize> {
        let height = |child: &usize| self.top[*child];
        let others = self.children(node).into_iter().filter(|child| !except.contains(child));
        let highest = others.max_by(|a, b| height(a).total_cmp(&height(b)))?;
        (height(&highest) > self.at(node).y).then_some(highest)
    }

    fn head(&self, first: usize, humanoid: &mut Humanoid) {
        match self.children(first).as_slice() {
            [] => humanoid.insert(Bone::Head, first, How::Structure),
            children => {
                let next = children.iter().copied().max_by(|a, b| self.top[*a].total_cmp(&self.top[*b]));
                humanoid.insert(Bone::Neck, first, How::Structure);
                humanoid.insert(Bone::Head, next.unwrap_or(first), How::Structure);
            }
        }
    }

    /// +1 where the toes point along +z, else −1.
    fn facing(&self, trunk: &Trunk) -> f32 {
        let toe = self.far(trunk.legs[0]);
        let chain = self.chain(trunk.legs[0]);
        let ankle = chain.iter().rev().map(|node| self.at(*node)).find(|at| (at.y - toe.y).abs() > 1e-4);
        if ankle.is_some_and(|ankle| toe.z < ankle.z - 1e-4) { -1.0 } else { 1.0 }
    }

    /// The nodes of a chain until it branches or ends.
    fn chain(&self, root: usize) -> Vec<usize> {
        let mut chain = vec![root];
        while let [next] = self.children(chain[chain.len() - 1]).as_slice() {
            chain.push(*next);
        }
        chain
    }

    fn arm(&self, root: usize, side: Side, humanoid: &mut Humanoid) {
        use Bone::*;
        let bones = match side {
            Side::Left => [LeftShoulder, LeftUpperArm, LeftLowerArm, LeftHand],
            Side::Right => [RightShoulder, RightUpperArm, RightLowerArm, RightHand],
        };
        let chain = self.chain(root);
        let [first @ .., hand] = chain.as_slice() else { return };
        let (shoulder, arm) = match first {
            [shoulder, arm @ ..] if arm.len() > 1 => (Some(*shoulder), arm),
            arm => (None, arm),
        };
        let Some([upper, lower]) = self.bent(arm, *hand) else { return };
        let found = [shoulder, Some(upper), Some(lower), Some(*hand)];
        for (bone, node) in bones.into_iter().zip(found) {
            if let Some(node) = node {
                humanoid.insert(bone, node, How::Structure);
            }
        }
        self.fingers(*hand, side, humanoid);
    }

    fn leg(&self, root: usize, side: Side, humanoid: &mut Humanoid) {
        use Bone::*;
        let bones = match side {
            Side::Left => [LeftUpperLeg, LeftLowerLeg, LeftFoot, LeftToes],
            Side::Right => [RightUpperLeg, RightLowerLeg, RightFoot, RightToes],
        };
        let chain = self.chain(root);
        // The foot is the first node that is near the ground.
        let (top, ground) = (self.at(root).y, self.far(root).y);
        let low = |node: &usize| self.at(*node).y - ground < 0.15 * (top - ground);
        let Some(foot) = chain.iter().position(low).filter(|foot| *foot >= 2) else { return };
        let Some([upper, lower]) = self.bent(&chain[..foot], chain[foot]) else { return };
        let found = [Some(upper), Some(lower), Some(chain[foot]), chain.get(foot + 1).copied()];
        for (bone, node) in bones.into_iter().zip(found) {
            if let Some(node) = node {
                humanoid.insert(bone, node, How::Structure);
            }
        }
    }

    /// The two nodes of a limb that bends once: its first, and the one nearest its middle.
    fn bent(&self, limb: &[usize], end: usize) -> Option<[usize; 2]> {
        let [first, rest @ ..] = limb else { return None };
        let middle = self.at(*first).midpoint(self.at(end));
        let from_middle = |node: &usize| self.at(*node).distance(middle);
        let second = rest.iter().copied().min_by(|a, b| from_middle(a).total_cmp(&from_middle(b)))?;
        Some([*first, second])
    }

    fn fingers(&self, hand: usize, side: Side, humanoid: &mut Humanoid) {
        let mut roots = self.children(hand);
        let from_wrist = |node: &usize| self.at(*node).distance(self.at(hand));
        let Some(thumb) = roots.iter().copied().min_by(|a, b| from_wrist(a).total_cmp(&from_wrist(b))) else {
            return;
        };
        if roots.len() < 3 {
            return;
        }
        let from_thumb = |node: &usize| self.at(*node).distance(self.at(thumb));
        roots.sort_by(|a, b| from_thumb(a).total_cmp(&from_thumb(b)));
        // A hand of four, as in cartoons, lacks the ring finger.
        let fingers: &[u8] = if roots.len() == 4 { &[0, 1, 2, 4] } else { &[0, 1, 2, 3, 4] };
        for (finger, root) in fingers.iter().zip(roots) {
            for (joint, node) in self.chain(root).into_iter().take(3).enumerate() {
                humanoid.insert(finger_bone(side, *finger, joint as u8), node, How::Structure);
            }
        }
    }
}
