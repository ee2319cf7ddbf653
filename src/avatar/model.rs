//! An avatar's file, read into plain data: bones, meshes, face shapes. No renderer.
//!
//! Any humanoid glTF does. However its bones are called, its rest is posed and its lengths are
//! measured, here it stands in the T-pose, in metres, y up, facing +z. Meshes are copied out of the
//! file's buffers so that nothing after this knows glTF.

use super::about::About;
use super::error::AvatarError;
use super::expressions::Expressions;
use super::humanoid::Humanoid;
use super::normalise::Rest;
use crate::body::Bone;
use glam::{Affine3A, Mat4, Quat, Vec3};
use std::path::Path;

/// A node of the avatar's skeleton (or merely a place in it).
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name in the file; empty if it has none.
    pub name: String,
    /// The node it hangs from; `None` for a root. Always a smaller index than its own.
    pub parent: Option<usize>,
    /// `parent_from_node` at rest.
    pub translation: Vec3,
    /// `parent_from_node` at rest.
    pub rotation: Quat,
    /// `parent_from_node` at rest.
    pub scale: Vec3,
    /// `model_from_node` at rest.
    pub model_from_node: Affine3A,
    /// Where it takes a share of a bone's twist, so that the limb turns along its length.
    pub twist: Option<Twist>,
}

/// A node that follows part of a bone's turn about the limb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Twist {
    /// The bone whose twist is shared.
    pub bone: Bone,
    /// How much of it, 0 to 1 (negative takes back).
    pub share: f32,
    /// How much of the rest of the bone's turn, 0 to 1: half-way joints keep an elbow's volume.
    pub swing: f32,
}

/// What a surface is made of; decides how it is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Surface {
    Skin,
    Eye,
    Lash,
    Brow,
    Teeth,
    Tongue,
    /// The inside of the mouth.
    Mouth,
    Scarf,
    Hair,
    Cloth,
}

impl Surface {
    /// By the name of a material: the first of our words that it contains; cloth if none.
    pub fn from_name(name: &str) -> Surface {
        let name = name.to_ascii_lowercase();
        let words: [(&str, Surface); 14] = [
            ("lash", Surface::Lash),
            ("brow", Surface::Brow),
            ("eye", Surface::Eye),
            ("teeth", Surface::Teeth),
            ("tooth", Surface::Teeth),
            ("tongue", Surface::Tongue),
            ("mouth", Surface::Mouth),
            ("scarf", Surface::Scarf),
            ("hijab", Surface::Scarf),
            ("hair", Surface::Hair),
            ("skin", Surface::Skin),
            ("body", Surface::Skin),
            ("head", Surface::Skin),
            ("face", Surface::Skin),
        ];
        words.into_iter().find(|(word, _)| name.contains(word)).map_or(Surface::Cloth, |(_, s)| s)
    }
}

/// A face shape: how far vertices move when it is fully on. Most shapes move few of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Morph {
    /// Its name in the file.
    pub name: String,
    /// The vertices that it moves, ascending.
    pub vertices: Vec<u32>,
    /// Their displacements, metres.
    pub positions: Vec<Vec3>,
    /// The changes of their normals.
    pub normals: Vec<Vec3>,
    /// Whether it is on or off and nothing between (VRM's `isBinary`): on above a half.
    pub binary: bool,
}

/// A picture on a surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `[height, width, 4]`, sRGB and opacity.
    pub rgba: Vec<u8>,
    /// Whether it repeats across and down; its edge is drawn out where not.
    pub repeats: [bool; 2],
}

/// What of a surface is let through.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Alpha {
    /// Nothing.
    #[default]
    Opaque,
    /// All where the opacity is below the cutoff, nothing elsewhere.
    Mask {
        /// 0 to 1.
        cutoff: f32,
    },
    /// As much as the opacity says.
    Blend,
}

/// How a surface is finished, apart from its colour.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Finish {
    /// Its picture, an index into `Model::textures`.
    pub texture: Option<usize>,
    /// Whether it is seen through.
    pub alpha: Alpha,
    /// Whether it is seen from behind too.
    pub two_sided: bool,
}

/// A part of the avatar with one material.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The material's name in the file.
    pub material: String,
    /// What it is made of.
    pub surface: Surface,
    /// What the colours of vertices and texture are multiplied with, linear RGBA.
    pub base_color: [f32; 4],
    /// Texture and transparency.
    pub finish: Finish,
    /// The node that carries it.
    pub node: usize,
    /// `[vertices]`, as the mesh is bound to its skin, in the model's frame, metres; in the node's own
    /// where there is no skin. [`Model::rest_vertices`] has them in the T-pose.
    pub positions: Vec<Vec3>,
    /// `[vertices]`, unit.
    pub normals: Vec<Vec3>,
    /// `[vertices]`, linear albedo, and the baked ambient occlusion in place of alpha.
    pub colors: Vec<[f32; 4]>,
    /// `[vertices]`, where each lies on the texture; empty where there is none.
    pub uvs: Vec<[f32; 2]>,
    /// `[vertices]`, indices into `Model::skins[skin].joints`; empty where the part has no skin.
    pub joints: Vec<[u16; 4]>,
    /// `[vertices]`, summing to 1; empty where the part has no skin.
    pub weights: Vec<[f32; 4]>,
    /// The skin it hangs on.
    pub skin: Option<usize>,
    /// Triangles, three indices each.
    pub indices: Vec<u32>,
    /// Face shapes.
    pub morphs: Vec<Morph>,
}

/// A set of joints that parts are bound to.
#[derive(Clone, Debug, PartialEq)]
pub struct Skin {
    /// Nodes.
    pub joints: Vec<usize>,
    /// `joint_from_mesh` in the bind pose, one a joint.
    pub inverse_binds: Vec<Mat4>,
}

/// An avatar.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Nodes, parents before children.
    pub nodes: Vec<Node>,
    /// Which node is which bone.
    pub humanoid: Humanoid,
    /// Skins.
    pub skins: Vec<Skin>,
    /// Visible parts.
    pub parts: Vec<Part>,
    /// The pictures on them.
    pub textures: Vec<Texture>,
    /// What was done to bring the file's rest into the T-pose.
    pub rest: Rest,
    /// What its face shapes were made from.
    pub expressions: Expressions,
    /// What kind of file it was, and on which terms it may be used.
    pub about: About,
}

impl Model {
    /// Reads a `.glb`, `.gltf` or `.vrm` file.
    ///
    /// # Errors
    /// If the file cannot be read, is no glTF or a broken one, or lacks one of the 15 bones that
    /// VRM 1.0 requires.
    pub fn load(path: impl AsRef<Path>) -> Result<Model, AvatarError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| AvatarError::Read { file: file.clone(), source })?;
        Self::from_slice(&bytes, &file)
    }

    /// Reads a `.glb` held in memory; `file` is what errors call it.
    ///
    /// # Errors
    /// As [`Model::load`], but for reading.
    pub fn from_slice(bytes: &[u8], file: &str) -> Result<Model, AvatarError> {
        super::read::model(bytes, file)
    }

    /// Where a bone's joint is at rest, in the model's frame, metres.
    pub fn rest_position(&self, bone: Bone) -> Option<Vec3> {
        let node = self.humanoid.node(bone)?;
        Some(self.nodes[node].model_from_node.translation.into())
    }

    /// Number of vertices of all parts.
    pub fn vertex_count(&self) -> usize {
        self.parts.iter().map(|part| part.positions.len()).sum()
    }

    /// Metres per shoulder width: between the shoulder joints at rest.
    pub fn shoulder_width(&self) -> f32 {
        match (self.rest_position(Bone::LeftUpperArm), self.rest_position(Bone::RightUpperArm)) {
            (Some(left), Some(right)) => left.distance(right).max(1e-3),
            _ => 0.36,
        }
    }

    /// The body frame's origin, midway between the shoulder joints, in the model's frame.
    pub fn body_origin(&self) -> Vec3 {
        match (self.rest_position(Bone::LeftUpperArm), self.rest_position(Bone::RightUpperArm)) {
            (Some(left), Some(right)) => left.midpoint(right),
            _ => Vec3::Y * 1.4,
        }
    }
}
