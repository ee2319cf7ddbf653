//! The avatar in Bevy: its meshes, its joints, and the pose that it wears.
//!
//! Whoever moves the avatar writes [`AvatarPose`] before [`AvatarSystems::Wear`]; the joints follow
//! in the same frame.

use super::material::{AvatarMaterial, embed_shader};
use super::model::{Model, Node, Part};
use super::split;
use crate::body::{ArKit, Bone, RigPose, maths::twist_angle};
use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::morph::{MeshMorphWeights, MorphAttributes};
use bevy::mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes};
use bevy::mesh::{Indices, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use std::sync::Arc;

/// Puts an avatar on the stage, at the model's own place and size.
pub struct AvatarPlugin {
    /// The avatar.
    pub model: Arc<Model>,
    /// Whether details smaller than a pixel or so are left out.
    pub coarse: bool,
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
struct Arriving {
    model: Arc<Model>,
    coarse: bool,
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

/// A mesh with face shapes: which weight drives each.
#[derive(Component)]
struct Face(Vec<Option<ArKit>>);

impl Plugin for AvatarPlugin {
    fn build(&self, app: &mut App) {
        embed_shader(app);
        app.add_plugins(MaterialPlugin::<AvatarMaterial>::default())
            .insert_resource(Arriving { model: self.model.clone(), coarse: self.coarse })
            .insert_resource(AvatarPose(RigPose::rest()))
            .configure_sets(PostUpdate, AvatarSystems::Wear.before(TransformSystems::Propagate))
            .add_systems(Startup, spawn)
            .add_systems(PostUpdate, (turn_joints, turn_twists, shape_face).in_set(AvatarSystems::Wear));
    }
}

fn spawn(
    mut commands: Commands,
    arriving: Res<Arriving>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<AvatarMaterial>>,
    mut binds: ResMut<Assets<SkinnedMeshInverseBindposes>>,
) {
    let model = &*arriving.model;
    let entities = spawn_nodes(&mut commands, model);
    let binds: Vec<_> = model.skins.iter().map(|skin| binds.add(skin.inverse_binds.clone())).collect();
    for part in model.parts.iter().flat_map(split::by_morphs) {
        let part = if arriving.coarse { split::coarser(&part) } else { part };
        let material = materials.add(AvatarMaterial::new(part.surface, part.base_color));
        let faces: Vec<_> = part.morphs.iter().map(|morph| ArKit::from_name(&morph.name)).collect();
        // Skinned bounds change with the pose; the avatar is always in view anyway.
        let mut entity = commands.spawn((MeshMaterial3d(material), Transform::IDENTITY, NoFrustumCulling));
        match part.skin {
            Some(skin) => entity.insert(SkinnedMesh {
                inverse_bindposes: binds[skin].clone(),
                joints: model.skins[skin].joints.iter().map(|node| entities[*node]).collect(),
            }),
            None => entity.insert(ChildOf(entities[part.node])),
        };
        if !faces.is_empty() {
            entity.insert((MeshMorphWeights::Value { weights: vec![0.0; faces.len()] }, Face(faces)));
        }
        entity.insert(Mesh3d(meshes.add(mesh(part))));
    }
    // From here on the renderer has its own copy.
    commands.remove_resource::<Arriving>();
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

fn mesh(part: Part) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD);
    let plain = |vectors: &[Vec3]| vectors.iter().map(|v| v.to_array()).collect::<Vec<_>>();
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, plain(&part.positions));
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, plain(&part.normals));
    mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, part.colors);
    if part.skin.is_some() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_INDEX, VertexAttributeValues::Uint16x4(part.joints));
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, part.weights);
    }
    mesh.insert_indices(Indices::U32(part.indices));
    if !part.morphs.is_empty() {
        let vertices = part.positions.len();
        let still = MorphAttributes::new(Vec3::ZERO, Vec3::ZERO, Vec3::ZERO);
        let mut targets = vec![still; part.morphs.len() * vertices];
        for (morph, targets) in part.morphs.iter().zip(targets.chunks_exact_mut(vertices)) {
            for ((vertex, position), normal) in
                morph.vertices.iter().zip(&morph.positions).zip(&morph.normals)
            {
                targets[*vertex as usize] = MorphAttributes::new(*position, *normal, Vec3::ZERO);
            }
        }
        mesh.set_morph_targets(targets);
    }
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

fn shape_face(pose: Res<AvatarPose>, mut faces: Query<(&Face, &mut MeshMorphWeights)>) {
    for (face, mut morphs) in &mut faces {
        if let MeshMorphWeights::Value { weights } = &mut *morphs {
            for (weight, shape) in weights.iter_mut().zip(&face.0) {
                *weight = shape.map_or(0.0, |shape| pose.0.face[shape]);
            }
        }
    }
}
