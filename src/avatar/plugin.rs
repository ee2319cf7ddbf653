//! The avatar in Bevy: its meshes, its joints, and the pose that it wears.
//!
//! Whoever moves the avatar writes [`AvatarPose`] before [`AvatarSystems::Wear`]; the joints follow
//! in the same frame.

use super::face::{Face, shape_face};
use super::material::{AvatarMaterial, embed_shader};
use super::model::{Model, Part};
use super::occlusion::ease_on_hands;
use super::picture::image;
use super::puppet::Puppet;
use super::simplify::thinned;
use super::split;
use crate::body::RigPose;
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
    /// A [`Prepared`] avatar takes the stage; in `First`.
    Replace,
    /// [`AvatarPose`] is applied to the joints; in `PostUpdate`, before transforms are propagated.
    Wear,
}

/// An avatar made ready to be drawn: thinned, split and its pictures scaled, which takes a while and may
/// be done on any thread. Inserted as a resource it takes the place of the one on the stage, whole, at
/// the beginning of the next frame.
#[derive(Resource)]
pub struct Prepared {
    model: Arc<Model>,
    parts: Vec<Part>,
    images: Vec<Image>,
}

impl Prepared {
    /// Prepares an avatar of which that share of the triangles is drawn.
    pub fn new(model: Arc<Model>, detail: f32) -> Prepared {
        let whole = model.parts.iter().map(|part| {
            let mut part = thinned(part, detail);
            ease_on_hands(&mut part, &model);
            part
        });
        let parts = whole.flat_map(|part| split::by_morphs(&part)).collect();
        let images = model.textures.iter().map(image).collect();
        Prepared { model, parts, images }
    }
}

/// Everything that is drawn of the avatar.
#[derive(Component)]
struct OfAvatar;

/// Which node of the avatar's file this is.
#[derive(Component)]
struct AvatarNode(usize);

/// From the pose to the nodes.
#[derive(Resource)]
struct Worn {
    puppet: Puppet,
    rotations: Vec<Quat>,
}

impl Plugin for AvatarPlugin {
    fn build(&self, app: &mut App) {
        embed_shader(app);
        app.add_plugins(MaterialPlugin::<AvatarMaterial>::default())
            .insert_resource(Prepared::new(self.model.clone(), self.detail))
            .insert_resource(AvatarPose(RigPose::rest()))
            .configure_sets(PostUpdate, AvatarSystems::Wear.before(TransformSystems::Propagate))
            .add_systems(
                First,
                put_on_stage.run_if(resource_exists::<Prepared>).in_set(AvatarSystems::Replace),
            )
            .add_systems(PostUpdate, (turn_nodes, shape_face).in_set(AvatarSystems::Wear));
    }
}

fn put_on_stage(
    mut commands: Commands,
    mut prepared: ResMut<Prepared>,
    before: Query<Entity, With<OfAvatar>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<AvatarMaterial>>,
    mut images: ResMut<Assets<Image>>,
    mut binds: ResMut<Assets<SkinnedMeshInverseBindposes>>,
) {
    for entity in &before {
        // Those below another are gone with it.
        commands.entity(entity).try_despawn();
    }
    let Prepared { model, parts, images: pictures } = &mut *prepared;
    let entities = spawn_nodes(&mut commands, model);
    commands.insert_resource(Worn { puppet: Puppet::new(model), rotations: Vec::new() });
    let textures: Vec<_> = pictures.drain(..).map(|picture| images.add(picture)).collect();
    let binds: Vec<_> = model.skins.iter().map(|skin| binds.add(skin.inverse_binds.clone())).collect();
    for part in parts.drain(..) {
        let texture = part.finish.texture.and_then(|index| textures.get(index).cloned());
        let material = AvatarMaterial::new(part.surface, part.base_color, part.finish, texture);
        let material = materials.add(material);
        // Skinned bounds change with the pose; the avatar is always in view anyway.
        let drawn = (MeshMaterial3d(material), Transform::IDENTITY, NoFrustumCulling);
        let mut entity = commands.spawn((OfAvatar, drawn));
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
    commands.remove_resource::<Prepared>();
}

fn spawn_nodes(commands: &mut Commands, model: &Model) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        let transform =
            Transform { translation: node.translation, rotation: node.rotation, scale: node.scale };
        let name = Name::new(node.name.clone());
        let mut entity =
            commands.spawn((OfAvatar, AvatarNode(index), name, transform, Visibility::default()));
        if let Some(parent) = node.parent {
            entity.insert(ChildOf(entities[parent]));
        }
        entities.push(entity.id());
    }
    entities
}

fn mesh(part: Part, usage: RenderAssetUsages) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, usage);
    let plain = |vectors: &[Vec3]| vectors.iter().map(|v| v.to_array()).collect::<Vec<_>>();
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, plain(&part.positions));
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, plain(&part.normals));
    mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, part.colors);
    if !part.uvs.is_empty() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, part.uvs);
    }
    if part.skin.is_some() {
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_INDEX, VertexAttributeValues::Uint16x4(part.joints));
        mesh.insert_attribute(Mesh::ATTRIBUTE_JOINT_WEIGHT, part.weights);
    }
    mesh.insert_indices(Indices::U32(part.indices));
    mesh
}

fn turn_nodes(
    pose: Res<AvatarPose>,
    mut worn: ResMut<Worn>,
    mut nodes: Query<(&AvatarNode, &mut Transform)>,
) {
    let Worn { puppet, rotations } = &mut *worn;
    puppet.rotations(&pose.0, rotations);
    for (node, mut transform) in &mut nodes {
        if let Some(rotation) = rotations.get(node.0) {
            transform.rotation = *rotation;
        }
    }
}
