//! The Bevy app, put together from plugins, for a window or for pictures without a display.

mod adapter;
mod bulletin;
mod display;
mod error;
pub mod film;
mod headless;
mod quality;
mod replace;
pub mod roundtrip;
pub mod sheet;
mod sources;
pub mod window;

pub use adapter::Adapter;
pub use bulletin::{Bulletin, Event};
pub use error::AppError;
pub use headless::Headless;
pub use quality::Quality;
pub use sources::{Running, Sources};
pub use window::{WindowError, WindowOptions};

use crate::avatar::{AvatarPlugin, Model};
use crate::retarget::RigSolver;
use crate::stage::{Background, Captions, Clock, Framing, StagePlugin, SystemFonts};
use bevy::app::TerminalCtrlCHandlerPlugin;
use bevy::asset::RenderAssetUsages;
use bevy::camera::RenderTarget;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use std::sync::Arc;

/// Where the picture goes.
pub enum Surface {
    /// Into a window.
    Window(Box<Window>),
    /// Into a texture of that size, pixels; no display is needed. See [`Headless`].
    Texture(UVec2),
}

/// What the stage shows.
#[derive(Clone)]
pub struct Options {
    /// The avatar.
    pub model: Arc<Model>,
    /// What is behind it.
    pub background: Background,
    /// What of it is shown.
    pub framing: Framing,
    /// Captions.
    pub captions: Captions,
    /// How finely it is drawn.
    pub quality: Quality,
}

impl Options {
    /// An avatar with the usual background, framing and captions.
    pub fn new(model: Arc<Model>) -> Self {
        Self {
            model,
            background: Background::default(),
            framing: Framing::default(),
            captions: Captions::default(),
            quality: Quality::default(),
        }
    }
}

/// The texture that a windowless app draws to.
#[derive(Resource, Clone, Deref)]
pub struct PictureTarget(pub Handle<Image>);

/// Builds the app. In a window it wants only `run()`, in a texture [`Headless`] drives it.
///
/// # Errors
/// If the avatar lacks bones, there is no graphics driver, or no font with Arabic letters.
pub fn build(surface: Surface, options: Options) -> Result<App, AppError> {
    let solver = RigSolver::new(&options.model.proportions())?;
    let adapter = Adapter::find()?;
    let fonts = SystemFonts::find()?;
    let live = matches!(surface, Surface::Window(_));
    let quality = options.quality.on(&adapter, live);
    let mut app = App::new();
    let target = add_engine(&mut app, surface);
    app.insert_resource(options.background)
        .insert_resource(options.framing)
        .insert_resource(options.captions)
        .add_plugins(replace::ReplacePlugin { detail: quality.detail() })
        .add_plugins(AvatarPlugin { model: options.model.clone(), detail: quality.detail() })
        .add_plugins(StagePlugin { model: options.model, solver, fonts, target, msaa: quality.msaa() });
    Ok(app)
}

/// Bevy itself, and what it draws to.
fn add_engine(app: &mut App, surface: Surface) -> RenderTarget {
    let plugins = DefaultPlugins.build().disable::<LogPlugin>().disable::<TerminalCtrlCHandlerPlugin>();
    match surface {
        Surface::Window(window) => {
            let window = WindowPlugin { primary_window: Some(*window), ..default() };
            app.add_plugins(plugins.set(window)).insert_resource(Clock::Real);
            RenderTarget::default()
        }
        Surface::Texture(size) => {
            let no_window =
                WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
            let render = RenderPlugin { synchronous_pipeline_compilation: true, ..default() };
            // The picture must belong to the frame that was asked for, so drawing stays in step.
            app.add_plugins(
                plugins
                    .set(no_window)
                    .set(render)
                    .disable::<WinitPlugin>()
                    .disable::<PipelinedRenderingPlugin>(),
            )
            .insert_resource(Clock::Driven);
            let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
            image.asset_usage = RenderAssetUsages::RENDER_WORLD;
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
            let handle = app.world_mut().resource_mut::<Assets<Image>>().add(image);
            app.insert_resource(PictureTarget(handle.clone()));
            RenderTarget::from(handle)
        }
    }
}
