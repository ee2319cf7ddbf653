//! Base-colour textures and transparency of a file's materials.
//!
//! Only what tells shapes apart is read: the base colour. Our light is painted and needs no roughness
//! or normal maps. Textures that only other maps use are not decoded.

use super::error::AvatarError;
use super::model::{Alpha, Finish, Part, Surface, Texture};
use gltf::accessor::{DataType, Dimensions};
use gltf::image::{Data, Format};
use gltf::texture::WrappingMode;
use std::collections::BTreeMap;
use std::path::Path;

/// Textures larger than this, pixels a side, are halved until they are not: the signer's face is a few
/// hundred pixels high.
const LARGEST: u32 = 2048;
/// A larger picture is refused.
const MOST_PIXELS: u64 = 16_384 * 16_384;
/// Hair and lashes are drawn in layers over each other. Those of hair would need sorting if they were
/// blended; cut out at this opacity they need none.
const HAIR_CUTOFF: f32 = 0.4;

/// The pictures that base colours use.
pub(super) struct Textures {
    pub(super) all: Vec<Texture>,
    /// glTF's texture index → index into `all`.
    index: BTreeMap<usize, usize>,
}

impl Textures {
    /// Decodes them.
    pub(super) fn read(
        document: &gltf::Document,
        buffers: &[gltf::buffer::Data],
        base: Option<&Path>,
        file: &str,
    ) -> Result<Textures, AvatarError> {
        let mut textures = Textures { all: Vec::new(), index: BTreeMap::new() };
        for material in document.materials() {
            let Some(info) = material.pbr_metallic_roughness().base_color_texture() else { continue };
            let texture = info.texture();
            if textures.index.contains_key(&texture.index()) {
                continue;
            }
            let picture = decode(&texture, buffers, base, file)?;
            textures.index.insert(texture.index(), textures.all.len());
            textures.all.push(picture);
        }
        Ok(textures)
    }
}

fn decode(
    texture: &gltf::Texture<'_>,
    buffers: &[gltf::buffer::Data],
    base: Option<&Path>,
    file: &str,
) -> Result<Texture, AvatarError> {
    let image = texture.source();
    let named = || image.name().map_or_else(|| image.index().to_string(), str::to_owned);
    let content = |expected: &str, found: String| AvatarError::Content {
        file: file.into(),
        thing: format!("texture {}", named()),
        expected: expected.into(),
        found,
    };
    if let gltf::image::Source::View { view, .. } = image.source() {
        let held = buffers.get(view.buffer().index()).map_or(0, |buffer| buffer.len());
        if view.offset().checked_add(view.length()).is_none_or(|end| end > held) {
            return Err(content("data within its buffer", format!("{} bytes", view.length())));
        }
    }
    // With a folder the parser also reads pictures that are held in the JSON.
    let data = Data::from_source(image.source(), Some(base.unwrap_or(Path::new("."))), buffers)
        .map_err(|source| AvatarError::Picture { file: file.into(), image: named(), source })?;
    if data.width == 0 || data.height == 0 || u64::from(data.width) * u64::from(data.height) > MOST_PIXELS {
        return Err(content("a picture of usual size", format!("{}×{}", data.width, data.height)));
    }
    let sampler = texture.sampler();
    let repeats = [sampler.wrap_s(), sampler.wrap_t()].map(|mode| mode != WrappingMode::ClampToEdge);
    let rgba = to_rgba(&data);
    Ok(shrunk(Texture { width: data.width, height: data.height, rgba, repeats }))
}

/// Any of the decoder's formats as four bytes a pixel.
fn to_rgba(data: &Data) -> Vec<u8> {
    let (channels, width) = match data.format {
        Format::R8 => (1, 1),
        Format::R8G8 => (2, 1),
        Format::R8G8B8 => (3, 1),
        Format::R8G8B8A8 => (4, 1),
        Format::R16 => (1, 2),
        Format::R16G16 => (2, 2),
        Format::R16G16B16 => (3, 2),
        Format::R16G16B16A16 => (4, 2),
        Format::R32G32B32FLOAT => (3, 4),
        Format::R32G32B32A32FLOAT => (4, 4),
    };
    // Sixteen bits are little-endian; the upper byte is what eight bits would be.
    let byte = |sample: &[u8]| match *sample {
        [a, b, c, d] => (f32::from_le_bytes([a, b, c, d]).clamp(0.0, 1.0) * 255.0) as u8,
        [_, upper] => upper,
        [value] => value,
        _ => 0,
    };
    let pixel = |pixel: &[u8]| {
        let samples: Vec<u8> = pixel.chunks_exact(width).map(byte).collect();
        match *samples.as_slice() {
            [grey] => [grey, grey, grey, 255],
            [grey, alpha] => [grey, grey, grey, alpha],
            [r, g, b] => [r, g, b, 255],
            [r, g, b, a] => [r, g, b, a],
            _ => [255; 4],
        }
    };
    data.pixels.chunks_exact(channels * width).flat_map(pixel).collect()
}

/// Halved until it is no larger than is of use.
fn shrunk(mut texture: Texture) -> Texture {
    while texture.width.max(texture.height) > LARGEST {
        texture = texture.halved();
    }
    texture
}

impl Texture {
    /// Half as wide and high (but at least a pixel), each pixel the mean of four.
    pub fn halved(&self) -> Texture {
        let [width, height] = [self.width, self.height].map(|side| side as usize);
        let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
        let mut rgba = Vec::with_capacity(half_width * half_height * 4);
        for y in 0..half_height {
            for x in 0..half_width {
                let corners = [[0, 0], [1, 0], [0, 1], [1, 1]]
                    .map(|[dx, dy]| ((2 * y + dy).min(height - 1) * width + (2 * x + dx).min(width - 1)) * 4);
                for channel in 0..4 {
                    let value = |at: &usize| self.rgba.get(at + channel).map_or(0, |v| u32::from(*v));
                    rgba.push((corners.iter().map(value).sum::<u32>() / 4) as u8);
                }
            }
        }
        Texture { width: half_width as u32, height: half_height as u32, rgba, repeats: self.repeats }
    }
}

/// Gives a part what its material says.
pub(super) fn apply(
    primitive: &gltf::Primitive<'_>,
    buffers: &[gltf::buffer::Data],
    textures: &Textures,
    part: &mut Part,
) {
    let material = primitive.material();
    let pbr = material.pbr_metallic_roughness();
    let alpha = match material.alpha_mode() {
        gltf::material::AlphaMode::Opaque => Alpha::Opaque,
        gltf::material::AlphaMode::Mask => Alpha::Mask { cutoff: material.alpha_cutoff().unwrap_or(0.5) },
        gltf::material::AlphaMode::Blend if part.surface == Surface::Hair => {
            Alpha::Mask { cutoff: HAIR_CUTOFF }
        }
        gltf::material::AlphaMode::Blend => Alpha::Blend,
    };
    let texture = pbr.base_color_texture();
    let index = texture.as_ref().and_then(|info| textures.index.get(&info.texture().index())).copied();
    part.finish = Finish { texture: index, alpha, two_sided: material.double_sided() };
    if alpha != Alpha::Opaque {
        // Here vertices' alpha is occlusion; in others' files it would be opacity.
        part.colors.iter_mut().for_each(|color| color[3] = 1.0);
    }
    let Some(info) = texture.filter(|_| index.is_some()) else { return };
    let transform = Placement::of(&info);
    let set = transform.set.unwrap_or(info.tex_coord());
    let uvs = coordinates(primitive, buffers, set);
    match uvs.filter(|uvs| uvs.len() == part.positions.len()) {
        Some(uvs) => part.uvs = uvs.into_iter().map(|uv| transform.apply(uv)).collect(),
        None => part.finish.texture = None,
    }
}

/// Texture coordinates, if they are of a kind that glTF allows.
fn coordinates(
    primitive: &gltf::Primitive<'_>,
    buffers: &[gltf::buffer::Data],
    set: u32,
) -> Option<Vec<[f32; 2]>> {
    let accessor = primitive.get(&gltf::Semantic::TexCoords(set))?;
    let types = [DataType::F32, DataType::U8, DataType::U16];
    if accessor.dimensions() != Dimensions::Vec2 || !types.contains(&accessor.data_type()) {
        return None;
    }
    let reader = primitive.reader(|buffer| buffers.get(buffer.index()).map(|data| &data.0[..]));
    let uvs: Vec<[f32; 2]> = reader.read_tex_coords(set)?.into_f32().collect();
    uvs.iter().flatten().all(|c| c.is_finite()).then_some(uvs)
}

/// `KHR_texture_transform`: where on its picture a texture begins, how it is turned and how large.
struct Placement {
    offset: [f32; 2],
    rotation: f32,
    scale: [f32; 2],
    set: Option<u32>,
}

impl Placement {
    fn of(info: &gltf::texture::Info<'_>) -> Placement {
        let written = info.texture_transform();
        let written = written.as_ref();
        Placement {
            offset: written.map_or([0.0; 2], |transform| transform.offset()),
            rotation: written.map_or(0.0, |transform| transform.rotation()),
            scale: written.map_or([1.0; 2], |transform| transform.scale()),
            set: written.and_then(|transform| transform.tex_coord()),
        }
    }

    fn apply(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let (u, v) = (u * self.scale[0], v * self.scale[1]);
        let (sin, cos) = self.rotation.sin_cos();
        [cos * u + sin * v + self.offset[0], cos * v - sin * u + self.offset[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_rig::{glb, parts};
    use super::super::{Alpha, AvatarError, Model};
    use super::*;
    use serde_json::{Value, json};

    /// The smallest avatar with a picture of that many pixels a side on its triangle.
    fn textured(side: u32, change: impl Fn(&mut Value)) -> Result<Model, AvatarError> {
        let (mut root, mut binary) = parts();
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, side, side);
        encoder.set_color(png::ColorType::Rgb);
        let pixels: Vec<u8> = [200, 100, 50].repeat((side * side) as usize);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        let mut add = |bytes: &[u8]| {
            binary.resize(binary.len().next_multiple_of(4), 0);
            let view = json!({"buffer": 0, "byteOffset": binary.len(), "byteLength": bytes.len()});
            binary.extend_from_slice(bytes);
            root["bufferViews"].as_array_mut().unwrap().push(view);
            root["bufferViews"].as_array().unwrap().len() - 1
        };
        let uvs: Vec<u8> = [0.0_f32, 0.0, 1.0, 0.0, 0.5, 1.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let (uvs, picture) = (add(&uvs), add(&png));
        root["buffers"][0]["byteLength"] = json!(binary.len());
        let accessors = root["accessors"].as_array_mut().unwrap();
        accessors.push(json!({"bufferView": uvs, "componentType": 5126, "count": 3, "type": "VEC2"}));
        root["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(5);
        root["images"] = json!([{"bufferView": picture, "mimeType": "image/png"}]);
        root["textures"] = json!([{"source": 0}]);
        root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
        change(&mut root);
        Model::from_slice(&glb(&root, &binary), "textured.glb")
    }

    #[test]
    fn base_colour_textures_are_read_and_large_ones_halved() {
        let model = textured(2, |_| ()).unwrap();
        assert_eq!((model.textures[0].width, &model.textures[0].rgba[..4]), (2, &[200, 100, 50, 255][..]));
        assert_eq!(model.parts[0].finish.texture, Some(0));
        assert_eq!(model.parts[0].uvs[2], [0.5, 1.0]);
        let large = textured(LARGEST + 2, |_| ()).unwrap();
        assert_eq!(large.textures[0].width, LARGEST / 2 + 1);
    }

    #[test]
    fn transforms_of_textures_are_applied_and_hair_is_cut_out() {
        let model = textured(1, |root| {
            let texture = &mut root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"];
            texture["extensions"]["KHR_texture_transform"] =
                json!({"offset": [0.25, 0.0], "scale": [0.5, 1.0]});
            root["materials"][0]["alphaMode"] = json!("BLEND");
            root["materials"][0]["name"] = json!("N00_Hair_00_HAIR");
            root["materials"][0]["doubleSided"] = json!(true);
        });
        let model = model.unwrap();
        let part = &model.parts[0];
        assert_eq!((part.uvs[1], part.finish.two_sided), ([0.75, 0.0], true));
        assert_eq!(part.finish.alpha, Alpha::Mask { cutoff: HAIR_CUTOFF });
    }

    #[test]
    fn pictures_that_lie_or_are_no_pictures_are_refused() {
        let not_jpeg = textured(1, |root| root["images"][0]["mimeType"] = json!("image/jpeg")).unwrap_err();
        assert!(matches!(not_jpeg, AvatarError::Picture { .. }), "{not_jpeg}");
        let webp = textured(1, |root| root["images"][0]["mimeType"] = json!("image/webp")).unwrap_err();
        assert!(webp.to_string().contains("PNG or JPEG"), "{webp}");
        let beyond = textured(1, |root| {
            let last = root["bufferViews"].as_array().unwrap().len() - 1;
            root["bufferViews"][last]["byteLength"] = json!(100_000_000);
        });
        assert!(beyond.is_err());
    }
}
