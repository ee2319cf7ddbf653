//! Who hangs from whom among an avatar's nodes.

use super::model::Node;

/// The tree of nodes, parents before children.
pub(super) struct Tree<'a> {
    nodes: &'a [Node],
    depths: Vec<usize>,
    children: Vec<Vec<usize>>,
}

impl<'a> Tree<'a> {
    /// Of nodes that are sorted, parents first.
    pub(super) fn new(nodes: &'a [Node]) -> Self {
        let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
        let mut children = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            let depth = node.parent.and_then(|parent| depths.get(parent)).map_or(0, |depth| depth + 1);
            depths.push(depth);
            if let Some(siblings) = node.parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(index);
            }
        }
        Self { nodes, depths, children }
    }

    /// How many nodes are above.
    pub(super) fn depth(&self, node: usize) -> usize {
        self.depths.get(node).copied().unwrap_or(0)
    }

    /// The nodes that hang from one.
    pub(super) fn children(&self, node: usize) -> &[usize] {
        self.children.get(node).map_or(&[], Vec::as_slice)
    }

    /// Whether a node hangs from another, however far down.
    pub(super) fn is_above(&self, above: usize, node: usize) -> bool {
        self.path_to(above, node).is_some()
    }

    /// The nodes from one down to another, both left out; none if the one is not above the other.
    pub(super) fn between(&self, above: usize, node: usize) -> Vec<usize> {
        self.path_to(above, node).unwrap_or_default()
    }

    fn path_to(&self, above: usize, node: usize) -> Option<Vec<usize>> {
        let mut path = Vec::new();
        let mut at = self.nodes.get(node)?.parent?;
        while at != above {
            path.push(at);
            at = self.nodes.get(at)?.parent?;
        }
        path.reverse();
        Some(path)
    }
}
