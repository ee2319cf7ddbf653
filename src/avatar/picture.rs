//! A texture for the renderer, with smaller copies of itself.
//!
//! Bevy makes no mipmaps. Without them a face of a few hundred pixels samples one texel in ten of its
//! texture, another one in each frame, and shimmers.

use super::model::Texture;
use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

/// The texture as an image.
pub(super) fn image(texture: &Texture) -> Image {
    let mut data = texture.rgba.clone();
    let mut levels = 1;
    let mut last = texture.clone();
    while last.width > 1 || last.height > 1 {
        last = last.halved();
        data.extend_from_slice(&last.rgba);
        levels += 1;
    }
    let size = Extent3d { width: texture.width, height: texture.height, depth_or_array_layers: 1 };
    // The constructor checks the length of the first level only.
    let format = TextureFormat::Rgba8UnormSrgb;
    let mut image = Image::new_uninit(size, TextureDimension::D2, format, RenderAssetUsages::RENDER_WORLD);
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = levels;
    let wrap = |repeats| if repeats { ImageAddressMode::Repeat } else { ImageAddressMode::ClampToEdge };
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: wrap(texture.repeats[0]),
        address_mode_v: wrap(texture.repeats[1]),
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_carries_itself_at_every_size_down_to_one_pixel() {
        let texture = Texture { width: 8, height: 2, rgba: vec![200; 8 * 2 * 4], repeats: [true, false] };
        let image = image(&texture);
        assert_eq!(image.texture_descriptor.mip_level_count, 4);
        let pixels = 8 * 2 + 4 + 2 + 1;
        assert_eq!(image.data.unwrap(), vec![200; pixels * 4]);
    }
}
