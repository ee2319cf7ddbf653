//! A picture, and PNG files of it.

use super::OutputError;
use std::io::BufWriter;
use std::path::Path;

/// A picture: sRGB with alpha, light multiplied by it, rows from the top without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `[height, width, 4]`.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// The pixels as PNG has them, alpha straight: light divided by it again.
    fn straight(&self) -> Vec<u8> {
        let mut pixels = self.rgba.clone();
        for pixel in pixels.chunks_exact_mut(4) {
            let alpha = pixel[3];
            if alpha == 0 {
                pixel.fill(0);
            } else if alpha < 255 {
                for channel in &mut pixel[..3] {
                    let light = linear(*channel) * 255.0 / f32::from(alpha);
                    *channel = encoded(light.min(1.0));
                }
            }
        }
        pixels
    }

    /// Writes a PNG file, by way of a temporary name, so that a half one is never found.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), OutputError> {
        let unfinished = super::unfinished(path);
        let written = self.write_to(&unfinished).and_then(|()| std::fs::rename(&unfinished, path));
        written.map_err(|source| {
            // Nothing to be done if removing fails too; the first error is the one to tell.
            let _ = std::fs::remove_file(&unfinished);
            OutputError::Write { file: path.display().to_string(), source }
        })
    }

    fn write_to(&self, path: &Path) -> std::io::Result<()> {
        let file = BufWriter::new(std::fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.straight())?;
        writer.finish()?;
        Ok(())
    }
}

/// sRGB's transfer function, decoding.
fn linear(encoded: u8) -> f32 {
    let c = f32::from(encoded) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// sRGB's transfer function, encoding.
fn encoded(linear: f32) -> u8 {
    let c = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (c * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        assert!((0..=255).all(|code| encoded(linear(code)) == code));
    }

    #[test]
    fn a_half_covered_white_pixel_is_white_again() {
        let half = encoded(128.0 / 255.0);
        let picture = Picture { width: 2, height: 1, rgba: vec![half, half, half, 128, 9, 9, 9, 0] };
        assert_eq!(picture.straight(), [255, 255, 255, 128, 0, 0, 0, 0]);
    }

    #[test]
    fn a_png_in_a_folder_that_is_not_there_names_the_file() {
        let picture = Picture { width: 1, height: 1, rgba: vec![0; 4] };
        let error = picture.write_png(Path::new("/nowhere/at/all.png")).unwrap_err();
        assert!(error.to_string().contains("all.png"));
    }
}
