//! Pictures without a window or a display, one by one, each of exactly the moment asked for.
//!
//! The app is driven from outside: time passes only between pictures, pipelines are compiled before
//! the first, and every picture is read back before the next is begun. So the same headline gives
//! the same pictures on every run of a machine.

use super::{AppError, Options, PictureTarget, Surface, build};
use crate::output::Picture;
use crate::stage::Playback;
use bevy::app::AppLabel as _;
use bevy::app::SubApps;
use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::error_handler::{RenderError, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, PipelineCache,
    PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::GpuImage;
use std::time::{Duration, Instant};

/// Longest wait for shaders to be read and compiled.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Updates in which nothing waits any more before the first picture is believed.
const SETTLED_UPDATES: u32 = 3;
const BYTES_PER_PIXEL: u32 = 4;

/// The app without a window.
pub struct Headless {
    apps: SubApps,
    target: Handle<Image>,
    size: UVec2,
    readback: Buffer,
}

impl Headless {
    /// Builds the app and waits until everything that it draws with is ready.
    ///
    /// # Errors
    /// As [`build`], and if the size cannot be drawn or the renderer does not become ready.
    pub fn new(size: UVec2, options: Options) -> Result<Self, AppError> {
        let size_error = |most| AppError::Size { width: size.x, height: size.y, most };
        if size.min_element() < 16 || size.max_element() > 8192 {
            return Err(size_error(8192));
        }
        let mut app = build(Surface::Texture(size), options)?;
        app.finish();
        app.cleanup();
        app.insert_resource(RenderErrorHandler(keep_failure));
        let target = app.world().resource::<PictureTarget>().0.clone();
        let device = app.world().resource::<RenderDevice>();
        let most = device.limits().max_texture_dimension_2d;
        if size.max_element() > most {
            return Err(size_error(most));
        }
        let readback = device.create_buffer(&BufferDescriptor {
            label: Some("picture readback"),
            size: u64::from(padded_row(size.x)) * u64::from(size.y),
            usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut headless = Self { apps: std::mem::take(app.sub_apps_mut()), target, size, readback };
        headless.wait_until_ready()?;
        Ok(headless)
    }

    /// What is being signed; nothing moves but by [`Playback::advance`].
    pub fn playback(&mut self) -> Mut<'_, Playback> {
        self.apps.main.world_mut().resource_mut::<Playback>()
    }

    /// The app's world, to change what the stage shows.
    pub fn world_mut(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    /// Draws this moment.
    ///
    /// # Errors
    /// If the driver fails.
    pub fn draw(&mut self) -> Result<Picture, AppError> {
        self.update()?;
        let world = self.apps.main.world();
        let (device, queue) = (world.resource::<RenderDevice>(), world.resource::<RenderQueue>());
        self.copy_to_readback(device, queue)?;
        let rgba = self.read_back(device)?;
        Ok(Picture { width: self.size.x, height: self.size.y, rgba })
    }

    fn update(&mut self) -> Result<(), AppError> {
        self.apps.update();
        match self.apps.main.world().get_resource::<Failure>() {
            Some(failure) => Err(failed(&failure.0)),
            None => Ok(()),
        }
    }

    fn copy_to_readback(&self, device: &RenderDevice, queue: &RenderQueue) -> Result<(), AppError> {
        let images = self.render_world()?.resource::<RenderAssets<GpuImage>>();
        let image = images.get(&self.target).ok_or_else(|| failed("has no texture to draw to"))?;
        let mut encoder =
            device.create_command_encoder(&CommandEncoderDescriptor { label: Some("picture readback") });
        let layout = TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(padded_row(self.size.x)),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            image.texture.as_image_copy(),
            TexelCopyBufferInfo { buffer: &self.readback, layout },
            Extent3d { width: self.size.x, height: self.size.y, depth_or_array_layers: 1 },
        );
        queue.submit([encoder.finish()]);
        Ok(())
    }

    /// The picture's bytes, once the driver has written them.
    fn read_back(&self, device: &RenderDevice) -> Result<Vec<u8>, AppError> {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let slice = self.readback.slice(..);
        slice.map_async(MapMode::Read, move |result| {
            // The receiver lives until after the wait below.
            let _ = sender.send(result);
        });
        device.poll(PollType::wait_indefinitely()).map_err(|error| failed(format!("stopped: {error}")))?;
        receiver
            .recv()
            .map_err(|_| failed("gave no picture"))?
            .map_err(|error| failed(format!("gave no picture: {error}")))?;
        let row = (self.size.x * BYTES_PER_PIXEL) as usize;
        let mut rgba = Vec::with_capacity(row * self.size.y as usize);
        for padded_row in slice.get_mapped_range().chunks_exact(padded_row(self.size.x) as usize) {
            rgba.extend_from_slice(&padded_row[..row]);
        }
        self.readback.unmap();
        Ok(rgba)
    }

    fn render_world(&self) -> Result<&World, AppError> {
        let app = self.apps.sub_apps.get(&RenderApp.intern());
        app.map(|app| app.world()).ok_or_else(|| failed("did not start"))
    }

    /// Shaders are read by other threads; a picture before they are there would lack the avatar.
    fn wait_until_ready(&mut self) -> Result<(), AppError> {
        let deadline = Instant::now() + READY_WITHIN;
        let mut settled = 0;
        while settled < SETTLED_UPDATES {
            self.update()?;
            let waiting = self.render_world()?.resource::<PipelineCache>().waiting_pipelines().count();
            settled = if waiting == 0 { settled + 1 } else { 0 };
            if waiting > 0 {
                if Instant::now() > deadline {
                    return Err(failed(format!("was not ready after {} s", READY_WITHIN.as_secs())));
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(())
    }
}

/// Why drawing stopped.
#[derive(Resource)]
struct Failure(String);

/// After a driver's error Bevy stops drawing, and every later picture would be the last good one.
fn keep_failure(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    let description = error.description.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    main.insert_resource(Failure(format!("stopped ({:?}): {description}", error.ty)));
    RenderErrorPolicy::StopRendering
}

fn failed(problem: impl Into<String>) -> AppError {
    AppError::Renderer { problem: problem.into() }
}

/// Bytes of a row in the readback buffer, which the driver wants in multiples of 256.
fn padded_row(width: u32) -> u32 {
    RenderDevice::align_copy_bytes_per_row((width * BYTES_PER_PIXEL) as usize) as u32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::avatar::{Model, test_rig};
    use crate::stage::{Background, Captions, test_utterance};
    use std::sync::Arc;

    const SIZE: UVec2 = UVec2::new(322, 180);

    fn headless(change: impl FnOnce(&mut Options)) -> Option<Headless> {
        let (root, binary) = test_rig::parts();
        let model = Model::from_slice(&test_rig::glb(&root, &binary), "tiny.glb").unwrap();
        of(model, change)
    }

    /// A small picture of an avatar, without captions; `None` where there is no driver to draw with.
    pub(in crate::app) fn of(model: Model, change: impl FnOnce(&mut Options)) -> Option<Headless> {
        let mut options = Options::new(Arc::new(model));
        options.captions = Captions { visible: false, ..Captions::default() };
        change(&mut options);
        match Headless::new(SIZE, options) {
            Ok(headless) => Some(headless),
            Err(error @ (AppError::NoAdapter { .. } | AppError::Font(_))) => {
                eprintln!("skipped: {error}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
        let at = ((y * picture.width + x) * 4) as usize;
        picture.rgba[at..at + 4].try_into().unwrap()
    }

    #[test]
    fn the_first_picture_is_whole_and_the_same_on_every_run() {
        let draw = || headless(|_| ()).map(|mut headless| headless.draw().unwrap());
        let (Some(one), Some(other)) = (draw(), draw()) else { return };
        assert_eq!((one.width, one.height, one.rgba.len()), (322, 180, 322 * 180 * 4));
        assert!(one == other);
        let background = pixel(&one, 300, 20);
        assert!(one.rgba.chunks_exact(4).any(|pixel| pixel != background), "nothing was drawn");
    }

    #[test]
    fn a_picture_is_of_the_moment_asked_for_not_of_the_one_before() {
        let Some(mut headless) = headless(|options| options.captions.visible = true) else { return };
        let idle = headless.draw().unwrap();
        headless.playback().push(test_utterance("وزارة الصحة", 60));
        let signing = headless.draw().unwrap();
        assert!(idle != signing, "captions came late");
        assert!(headless.draw().unwrap() == signing, "drawing changed something");
        headless.playback().clear();
        assert!(headless.draw().unwrap() == idle, "captions went late");
    }

    #[test]
    fn nothing_is_behind_the_signer_when_so_asked() {
        let Some(mut headless) = headless(|options| options.background = Background::Alpha) else { return };
        assert_eq!(pixel(&headless.draw().unwrap(), 300, 20), [0; 4]);
    }

    #[test]
    fn sizes_that_cannot_be_drawn_are_refused() {
        let (root, binary) = test_rig::parts();
        let model = Arc::new(Model::from_slice(&test_rig::glb(&root, &binary), "tiny.glb").unwrap());
        for size in [UVec2::new(8, 100), UVec2::new(100_000, 100)] {
            let error = Headless::new(size, Options::new(Arc::clone(&model))).err().unwrap();
            assert!(matches!(error, AppError::Size { .. }), "{error}");
        }
    }
}
