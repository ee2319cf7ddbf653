//! A file's nodes and skins.

use super::{NewIndex, Reader};
use crate::avatar::error::AvatarError;
use crate::avatar::model::{Node, Skin, Twist};
use crate::body::Bone;
use glam::{Affine3A, Mat4, Quat, Vec3};
use gltf::accessor::{DataType, Dimensions};

/// More nodes than any avatar has.
const MOST_NODES: usize = 20_000;

impl Reader<'_> {
    /// All nodes that the file's scenes reach, parents first.
    pub(super) fn nodes(&self) -> Result<(Vec<Node>, NewIndex), AvatarError> {
        let mut nodes = Vec::new();
        let mut new_index = NewIndex::new();
        let mut open: Vec<(gltf::Node<'_>, Option<usize>)> =
            self.document.scenes().flat_map(|scene| scene.nodes()).map(|node| (node, None)).collect();
        while let Some((node, parent)) = open.pop() {
            let index = nodes.len();
            if index >= MOST_NODES {
                return Err(self.wrong("scene", format!("at most {MOST_NODES} nodes"), "more"));
            }
            if new_index.insert(node.index(), index).is_some() {
                let name = node.name().unwrap_or("").to_owned();
                return Err(self.wrong(format!("node {name:?}"), "one parent", "several"));
            }
            let new = new_node(&node, parent, &nodes);
            if !new.model_from_node.is_finite() {
                let thing = format!("node {:?}", new.name);
                return Err(self.wrong(thing, "finite numbers for its place", "others"));
            }
            nodes.push(new);
            open.extend(node.children().map(|child| (child, Some(index))));
        }
        Ok((nodes, new_index))
    }

    pub(super) fn skins(&self, new_index: &NewIndex) -> Result<Vec<Skin>, AvatarError> {
        self.document.skins().map(|skin| self.skin(&skin, new_index)).collect()
    }

    fn skin(&self, skin: &gltf::Skin<'_>, new_index: &NewIndex) -> Result<Skin, AvatarError> {
        let thing = || format!("skin {}", skin.index());
        let joints: Option<Vec<usize>> =
            skin.joints().map(|joint| new_index.get(&joint.index()).copied()).collect();
        let joints =
            joints.ok_or_else(|| self.wrong(thing(), "joints that are in the scene", "one that is not"))?;
        if let Some(accessor) = skin.inverse_bind_matrices() {
            self.check_type(&accessor, &[Dimensions::Mat4], &[DataType::F32])?;
        }
        let inverse_binds: Vec<Mat4> = skin
            .reader(|buffer| self.buffers.get(buffer.index()).map(|data| &data.0[..]))
            .read_inverse_bind_matrices()
            .map(|matrices| matrices.map(|m| Mat4::from_cols_array_2d(&m)).collect())
            .unwrap_or_else(|| vec![Mat4::IDENTITY; joints.len()]);
        if inverse_binds.len() != joints.len() {
            let found = inverse_binds.len().to_string();
            return Err(self.wrong(thing(), format!("{} inverse bind matrices", joints.len()), found));
        }
        if !inverse_binds.iter().all(Mat4::is_finite) {
            return Err(self.wrong(thing(), "finite inverse bind matrices", "others"));
        }
        Ok(Skin { joints, inverse_binds })
    }
}

fn new_node(node: &gltf::Node<'_>, parent: Option<usize>, before: &[Node]) -> Node {
    let (translation, rotation, scale) = node.transform().decomposed();
    let (translation, scale) = (Vec3::from(translation), Vec3::from(scale));
    let rotation = Quat::from_array(rotation).normalize();
    let rotation = if rotation.is_finite() { rotation } else { Quat::IDENTITY };
    let parent_from_node = Affine3A::from_scale_rotation_translation(scale, rotation, translation);
    let model_from_parent = parent.map_or(Affine3A::IDENTITY, |parent| before[parent].model_from_node);
    Node {
        name: node.name().unwrap_or("").to_owned(),
        parent,
        translation,
        rotation,
        scale,
        model_from_node: model_from_parent * parent_from_node,
        twist: twist(node),
    }
}

/// From the node's extras: `{"twistOf": "leftLowerArm", "share": 0.5}`, and `"swing"` where it bends too.
fn twist(node: &gltf::Node<'_>) -> Option<Twist> {
    let extras: serde_json::Value = serde_json::from_str(node.extras().as_ref()?.get()).ok()?;
    let bone = Bone::from_name(extras.get("twistOf")?.as_str()?)?;
    let share = extras.get("share")?.as_f64()? as f32;
    let swing = extras.get("swing").and_then(|swing| swing.as_f64()).unwrap_or(0.0) as f32;
    (share.is_finite() && swing.is_finite()).then_some(Twist { bone, share, swing })
}
