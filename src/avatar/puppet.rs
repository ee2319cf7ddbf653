//! How an avatar's nodes turn with a pose.
//!
//! A pose is given in the axes of the T-pose, in which every bone rests unturned; a file's nodes have
//! axes of their own. So each bone is turned in the model's frame first, and its node gets whatever
//! local rotation brings it there from where its parent is: `local = parent⁻¹ · turned · rest`. That
//! holds for any tree of nodes, also where other nodes lie between two bones.

use super::model::{Model, Twist};
use crate::body::maths::{swing_twist, twist_angle};
use crate::body::{ArKit, Bone, RigPose};
use glam::{Affine3A, Quat, Vec3};

/// How far the jaw's bone turns when the mouth is wide open, radians.
const JAW_OPENS: f32 = 0.32;

/// An avatar's nodes without its meshes, ready to be posed.
#[derive(Clone, Debug)]
pub struct Puppet {
    nodes: Vec<PuppetNode>,
    /// Whether the mouth opens by turning the jaw's bone, for want of a face shape.
    jaw: bool,
}

#[derive(Clone, Debug)]
struct PuppetNode {
    parent: Option<usize>,
    /// `parent_from_node` at rest.
    rest: Quat,
    drive: Drive,
}

#[derive(Clone, Debug)]
enum Drive {
    /// It goes where its parent goes.
    Carried,
    /// It is turned as a bone is, but for the share `gives` of the bone's own twist about `axis`, which
    /// a node further along the limb takes. `model_rest` is `model_from_node` in the T-pose.
    Bone { bone: Bone, gives: f32, axis: Vec3, model_rest: Quat },
    /// It is carried, and takes shares of a bone's twist about the limb, `axis` in the model's frame, and
    /// of the rest of the bone's turn. `model_rest` is `model_from_node` in the T-pose.
    Twist { twist: Twist, axis: Vec3, model_rest: Quat },
}

impl Puppet {
    /// The nodes of a model.
    pub fn new(model: &Model) -> Puppet {
        let nodes = (0..model.nodes.len()).map(|index| PuppetNode::new(model, index)).collect();
        let opens = |name: &str| ArKit::from_name(name) == Some(ArKit::JawOpen);
        let mut shapes = model.parts.iter().flat_map(|part| &part.morphs);
        Puppet { nodes, jaw: !shapes.any(|shape| opens(&shape.name) && !shape.vertices.is_empty()) }
    }

    /// The nodes' rotations in a pose, `parent_from_node`, in the model's order.
    pub fn rotations(&self, pose: &RigPose, rotations: &mut Vec<Quat>) {
        let turned = self.turned(pose);
        rotations.clear();
        let mut from_node: Vec<Quat> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let parent =
                node.parent.and_then(|parent| from_node.get(parent)).copied().unwrap_or(Quat::IDENTITY);
            let rotation = match &node.drive {
                Drive::Carried => node.rest,
                Drive::Bone { bone, gives, axis, model_rest } => {
                    let held = Quat::from_axis_angle(*axis, -gives * twist_angle(pose[*bone], *axis));
                    parent.inverse() * turned[*bone as usize] * held * *model_rest
                }
                Drive::Twist { twist, axis, model_rest } => {
                    let turn = pose[twist.bone];
                    let bent = Quat::IDENTITY.slerp(swing_twist(turn, *axis).0, twist.swing);
                    let rolled = Quat::from_axis_angle(*axis, twist.share * twist_angle(turn, *axis));
                    node.rest * model_rest.inverse() * bent * rolled * *model_rest
                }
            };
            from_node.push(parent * rotation);
            rotations.push(rotation);
        }
    }

    /// How each bone is turned in the model's frame, relative to the T-pose. A bone that the avatar
    /// lacks hands its turn on to those below it.
    fn turned(&self, pose: &RigPose) -> [Quat; Bone::COUNT] {
        let mut turned = pose.rotations;
        if self.jaw {
            turned[Bone::Jaw as usize] *= Quat::from_rotation_x(JAW_OPENS * pose.face[ArKit::JawOpen]);
        }
        for bone in Bone::ALL.iter().filter(|bone| **bone != Bone::Hips) {
            turned[*bone as usize] = turned[bone.parent() as usize] * turned[*bone as usize];
        }
        turned
    }
}

impl PuppetNode {
    fn new(model: &Model, index: usize) -> PuppetNode {
        let node = &model.nodes[index];
        let model_rest = rotation(&node.model_from_node);
        let drive = if let Some(bone) = model.humanoid.bone(index) {
            let gives = model.humanoid.second(bone).map_or(0.0, |_| SECOND_TAKES);
            Drive::Bone { bone, gives, axis: limb_axis(model, bone), model_rest }
        } else if let Some(bone) = model.humanoid.second_of(index) {
            Drive::Bone { bone, gives: 0.0, axis: Vec3::X, model_rest }
        } else if let Some(twist) = node.twist {
            let axis = limb_axis(model, twist.bone);
            Drive::Twist { twist, axis, model_rest }
        } else {
            Drive::Carried
        };
        PuppetNode { parent: node.parent, rest: node.rotation, drive }
    }
}

/// The share of a limb's twist that its second node takes, where a limb has two.
const SECOND_TAKES: f32 = 0.5;

/// A transform's rotation, whatever its scale.
fn rotation(transform: &Affine3A) -> Quat {
    let rotation = transform.to_scale_rotation_translation().1;
    if rotation.is_finite() { rotation } else { Quat::IDENTITY }
}

/// The direction of the limb that a bone's twist turns about, in the model's frame, a unit vector: along
/// the arm for everything of an arm, else up.
fn limb_axis(model: &Model, bone: Bone) -> Vec3 {
    let ends = match bone.name() {
        name if name.contains("Leg") => [bone.parent(), bone],
        name if name.starts_with("left") => [Bone::LeftUpperArm, Bone::LeftHand],
        name if name.starts_with("right") => [Bone::RightUpperArm, Bone::RightHand],
        _ => [Bone::Hips, Bone::Head],
    };
    let [from, to] = ends.map(|end| model.rest_position(end).unwrap_or_default());
    (to - from).normalize_or(Vec3::X)
}

impl Model {
    /// Where the nodes are in a pose: `model_from_node`, in the model's order.
    pub fn posed(&self, puppet: &Puppet, pose: &RigPose) -> Vec<Affine3A> {
        let mut rotations = Vec::new();
        puppet.rotations(pose, &mut rotations);
        let mut posed: Vec<Affine3A> = Vec::with_capacity(self.nodes.len());
        for (node, rotation) in self.nodes.iter().zip(rotations) {
            let local = Affine3A::from_scale_rotation_translation(node.scale, rotation, node.translation);
            let parent = node.parent.and_then(|parent| posed.get(parent)).copied();
            posed.push(parent.unwrap_or(Affine3A::IDENTITY) * local);
        }
        posed
    }

    /// A part's vertices as its skin carries them, in the model's frame, metres, face shapes not worn.
    /// `posed` is `model_from_node` as [`Model::posed`] gives it.
    pub fn skinned(&self, part: &super::Part, posed: &[Affine3A]) -> Vec<Vec3> {
        let Some(skin) = part.skin.and_then(|skin| self.skins.get(skin)) else {
            let carrier = posed.get(part.node).copied().unwrap_or(Affine3A::IDENTITY);
            return part.positions.iter().map(|p| carrier.transform_point3(*p)).collect();
        };
        let moved = |node: usize, bind: &glam::Mat4| {
            posed.get(node).copied().unwrap_or(Affine3A::IDENTITY) * Affine3A::from_mat4(*bind)
        };
        let carriers: Vec<Affine3A> =
            skin.joints.iter().zip(&skin.inverse_binds).map(|(node, bind)| moved(*node, bind)).collect();
        let vertices = part.positions.iter().zip(&part.joints).zip(&part.weights);
        vertices
            .map(|((position, joints), weights)| {
                let shares = joints.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
                let carried = |joint: u16| carriers.get(usize::from(joint)).copied();
                shares.fold(Vec3::ZERO, |sum, (joint, weight)| {
                    let carrier = carried(*joint).unwrap_or(Affine3A::IDENTITY);
                    sum + carrier.transform_point3(*position) * *weight
                })
            })
            .collect()
    }

    /// A part's vertices in the T-pose, in the model's frame, metres.
    pub fn rest_vertices(&self, part: &super::Part) -> Vec<Vec3> {
        let posed: Vec<Affine3A> = self.nodes.iter().map(|node| node.model_from_node).collect();
        self.skinned(part, &posed)
    }
}
