//! The avatar in Bevy: its meshes, its joints, and the pose that it wears.
//!
//! Whoever moves the avatar writes [`AvatarPose`] before [`AvatarSystems::Wear`]; the joints follow
//! in the same frame.

use super::face::{Face, shape_face};
use super::material::{AvatarMaterial, embed_shader};
use super::model::{Model, Node, Part};
use super::occlusion::ease_on_hands;
use super::simplify::thinned;
use super::split;
use crate::body::{Bone, RigPose, maths::twist_angle};
use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes};
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use std::sync::Arc;

/// Puts an avatar on the stage, at the model's own place and size.
pub struct AvatarPlugin {
    /// The avatar.
    pub model: Arc<Model>,
    /// The share of its triangles that is drawn, 1 for all.
    pub detail: f32,
}

/// What the avatar wears in the frame to come.
#[derive(Resource, Clone)]
pub struct AvatarPose(pub RigPose);

/// When the avatar's joints are moved.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AvatarSystems {
    /// [`AvatarPose`] is applied to the joints; in `PostUpdate`, before transforms are propagated.
    Wear,
}

/// The avatar that is to be put on the stage.
#[derive(Resource)]
struct AvatarModel {
    model: Arc<Model>,
    detail: f32,
}

/// A joint that a bone moves.
#[derive(Component)]
struct Joint {
    /// The bone, and above it those that the avatar lacks, whose turn it has to take over; topmost
    /// first.
    bones: Vec<Bone>,
    /// The parent's rotation at rest, `model_from_parent`.
    parent_rest: Quat,
    /// The joint's own rotation at rest, `parent_from_joint`.
    rest: Quat,
}

/// A joint that takes a share of a bone's twist.
#[derive(Component)]
struct TwistJoint {
    bone: Bone,
    share: f32,
    /// The limb, in the joint's frame.
    axis: Vec3,
    rest: Quat,
}

impl Plugin for AvatarPlugin {
    fn build(&self, app: &mut App) {
        embed_shader(app);
        app.add_plugins(MaterialPlugin::<AvatarMaterial>::default())
            .insert_resource(AvatarModel { model: self.model.clone(), detail: self.detail })
            .insert_resource(AvatarPose(RigPose::rest()))
            .configure_sets(PostUpdate, AvatarSystems::Wear.before(TransformSystems::Propagate))
            .add_systems(Startup, spawn)
            .add_systems(PostUpdate, (turn_joints, turn_twists, shape_face).in_set(AvatarSystems::Wear));
    }
}

fn spawn(
    mut commands: Commands,
    avatar: Res<AvatarModel>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<AvatarMaterial>>,
    mut binds: ResMut<Assets<SkinnedMeshInverseBindposes>>,
) {
    let model = &avatar.model;
    let entities = spawn_nodes(&mut commands, model);
    let binds: Vec<_> = model.skins.iter().map(|skin| binds.add(skin.inverse_binds.clone())).collect();
    let parts = model.parts.iter().map(|part| {
        let mut part = thinned(part, avatar.detail);
        ease_on_hands(&mut part, model);
        part
    });
    for part in parts.flat_map(|part| split::by_morphs(&part)) {
        let material = materials.add(AvatarMaterial::new(part.surface, part.base_color));
        // Skinned bounds change with the pose; the avatar is always in view anyway.
        let mut entity = commands.spawn((MeshMaterial3d(material), Transform::IDENTITY, NoFrustumCulling));
        match part.skin {
            Some(skin) => entity.insert(SkinnedMesh {
                inverse_bindposes: binds[skin].clone(),
                joints: model.skins[skin].joints.iter().map(|node| entities[*node]).collect(),
            }),
            None => entity.insert(ChildOf(entities[part.node])),
        };
        let face = Face::new(&part);
        // A face's mesh is changed while it is drawn; the others go to the renderer for good.
        let usage =
            if face.is_some() { RenderAssetUsages::default() } else { RenderAssetUsages::RENDER_WORLD };
        if let Some(face) = face {
            entity.insert(face);
        }
        entity.insert(Mesh3d(meshes.add(mesh(part, usage))));
    }
    // From here on the renderer has its own copy.
    commands.remove_resource::<AvatarModel>();
}

fn spawn_nodes(commands: &mut Commands, model: &Model) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        let transform =
            Transform { translation: node.translation, rotation: node.rotation, scale: node.scale };
        let mut entity = commands.spawn((Name::new(node.name.clone()), transform, Visibility::default()));
        if let Some(parent) = node.parent {
            entity.insert(ChildOf(entities[parent]));
        }
        if let Some(bone) = model.humanoid.bone(index) {
            entity.insert(joint(model, node, bone));
        } else if let Some(twist) = node.twist {
            let axis = node.model_from_node.inverse().transform_vector3(limb_axis(model, twist.bone));
            let axis = axis.normalize_or(Vec3::X);
            entity.insert(TwistJoint { bone: twist.bone, share: twist.share, axis, rest: node.rotation });
        }
        entities.push(entity.id());
    }
    entities
}

fn joint(model: &Model, node: &Node, bone: Bone) -> Joint {
    let mut bones = vec![bone];
    let mut above = bone.parent();
    while model.humanoid.node(above).is_none() && above != Bone::Hips {
        bones.insert(0, above);
        above = above.parent();
    }
    let parent_rest = node.parent.map_or(Quat::IDENTITY, |parent| rotation(&model.nodes[parent]));
    Joint { bones, parent_rest, rest: node.rotation }
}

/// `model_from_node`'s rotation at rest.
fn rotation(node: &Node) -> Quat {
    node.model_from_node.to_scale_rotation_translation().1
}

/// The direction of the limb that a bone's twist turns about, in the model's frame: along the arm
/// for everything of an arm, else up.
fn limb_axis(model: &Model, bone: Bone) -> Vec3 {
    let ends = match bone.name() {
        name if name.starts_with("left") => [Bone::LeftUpperArm, Bone::LeftHand],
        name if name.starts_with("right") => [Bone::RightUpperArm, Bone::RightHand],
        _ => [Bone::Hips, Bone::Head],
    };
    match ends.map(|end| model.rest_position(end)) {
        [Some(from), Some(to)] => to - from,
        _ => Vec3::X,
    }
}

fn mesh(part: Part, usage: RenderAssetUsages) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, usage);
    let plain = |vectors: &[Vec3]| vectors.iter().map(|v| v.to_array()).collect::<Vec<_>>();
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, plain(&part.positions));
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, plain(&part.normals));
    mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, part.colors);
    if part.skin.is_some() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_INDEX, VertexAttributeValues::Uint16x4(part.joints));
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, part.weights);
    }
    mesh.insert_indices(Indices::U32(part.indices));
    mesh
}

fn turn_joints(pose: Res<AvatarPose>, mut joints: Query<(&Joint, &mut Transform)>) {
    for (joint, mut transform) in &mut joints {
        let turn = joint.bones.iter().fold(Quat::IDENTITY, |turn, bone| turn * pose.0[*bone]);
        // The turn is given in the T-pose's axes; the joint's parent has axes of its own.
        transform.rotation = joint.parent_rest.inverse() * turn * joint.parent_rest * joint.rest;
    }
}

fn turn_twists(pose: Res<AvatarPose>, mut joints: Query<(&TwistJoint, &mut Transform)>) {
    for (joint, mut transform) in &mut joints {
        let angle = joint.share * twist_angle(pose.0[joint.bone], joint.axis);
        transform.rotation = joint.rest * Quat::from_axis_angle(joint.axis, angle);
    }
}
