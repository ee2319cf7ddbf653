//! The avatar's material: one shader of our own, with a few numbers for each kind of surface.
//!
//! Without a GPU the shading decides the frame rate, and Bevy's physically based material costs
//! five to nine times as much as this does.

use super::{Alpha, Finish, Surface};
use bevy::asset::{embedded_asset, embedded_path};
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;

/// How a surface takes the light; the fields are explained in `shaders/avatar.wgsl`.
#[derive(Clone, Copy, Debug, ShaderType)]
struct Look {
    tint: Vec4,
    terminator: Vec4,
    wrap: f32,
    edge: f32,
    rim: f32,
    gloss: f32,
    sharpness: f32,
    occlusion: f32,
    cutoff: f32,
    see_through: f32,
    warmth: f32,
}

/// The avatar's material.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
#[bind_group_data(TwoSided)]
pub(super) struct AvatarMaterial {
    #[uniform(0)]
    look: Look,
    #[texture(1)]
    #[sampler(2)]
    texture: Option<Handle<Image>>,
    alpha_mode: AlphaMode,
    two_sided: bool,
}

/// Whether both sides of the surface are drawn: thin things such as lashes and scarf ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TwoSided(bool);

impl From<&AvatarMaterial> for TwoSided {
    fn from(material: &AvatarMaterial) -> Self {
        Self(material.two_sided)
    }
}

impl AvatarMaterial {
    /// The material of a surface whose vertex colours, and texture if it has one, are multiplied by
    /// `base_color`.
    pub(super) fn new(
        surface: Surface,
        base_color: [f32; 4],
        finish: Finish,
        texture: Option<Handle<Image>>,
    ) -> Self {
        let (alpha_mode, cutoff) = match finish.alpha {
            Alpha::Opaque => (AlphaMode::Opaque, 0.0),
            Alpha::Mask { cutoff } => (AlphaMode::Mask(cutoff), cutoff),
            Alpha::Blend => (AlphaMode::Blend, 0.0),
        };
        let matte = Look {
            tint: Vec4::from_array(base_color),
            terminator: Vec4::ONE,
            wrap: 0.35,
            edge: 0.0,
            rim: 0.0,
            gloss: 0.0,
            sharpness: 20.0,
            occlusion: 1.0,
            cutoff,
            see_through: f32::from(finish.alpha == Alpha::Blend),
            warmth: 0.0,
        };
        let warm = Vec4::new(1.0, 0.62, 0.5, 1.0);
        let look = match surface {
            Surface::Skin => {
                let light = Look { terminator: warm, wrap: 0.55, edge: 0.3, warmth: 1.0, ..matte };
                Look { gloss: 0.055, sharpness: 14.0, ..light }
            }
            // At 720 lines an eye is a dozen pixels wide: the light in it must be two of them.
            Surface::Eye => Look { wrap: 0.8, gloss: 1.3, sharpness: 90.0, ..matte },
            Surface::Teeth => Look { wrap: 0.8, gloss: 0.12, sharpness: 60.0, ..matte },
            Surface::Tongue => {
                Look { terminator: warm, warmth: 1.0, wrap: 0.6, gloss: 0.1, sharpness: 30.0, ..matte }
            }
            Surface::Mouth => Look { terminator: warm, wrap: 0.3, ..matte },
            Surface::Lash | Surface::Brow => Look { wrap: 0.6, occlusion: 0.5, ..matte },
            Surface::Hair => Look { gloss: 0.05, sharpness: 24.0, rim: 0.12, ..matte },
            Surface::Scarf => Look { wrap: 0.45, rim: 0.15, ..matte },
            Surface::Cloth => Look { wrap: 0.4, rim: 0.17, ..matte },
        };
        let thin = matches!(surface, Surface::Lash | Surface::Brow | Surface::Hair | Surface::Scarf);
        Self { look, texture, alpha_mode, two_sided: thin || finish.two_sided }
    }
}

/// Where the shader is: inside the program, so that it runs from any folder.
const SHADER: &str = "../../shaders/avatar.wgsl";

/// Makes the shader known to the app.
pub(super) fn embed_shader(app: &mut App) {
    embedded_asset!(app, "../../shaders/avatar.wgsl");
}

impl Material for AvatarMaterial {
    fn fragment_shader() -> ShaderRef {
        let path = bevy::asset::AssetPath::from_path_buf(embedded_path!(SHADER)).with_source("embedded");
        ShaderRef::Path(path)
    }

    fn alpha_mode(&self) -> AlphaMode {
        self.alpha_mode
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        if key.bind_group_data.0 {
            descriptor.primitive.cull_mode = None;
        }
        Ok(())
    }
}
