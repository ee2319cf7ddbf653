//! A picture as the pipeline reads it: rows of red, green and blue, eight bits each.
//!
//! Borrowed, because frames come in a decoder's buffer and are only looked at here.

/// An sRGB picture, row by row from the top, three bytes a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Rgb<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

/// Why bytes are no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RgbError {
    /// A side is zero, or longer than coordinates can tell apart.
    #[error("a picture of {width}x{height} pixels: expected sides of 1 to {LONGEST_SIDE_PX}")]
    Size {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// More or fewer bytes than the sides say.
    #[error("a picture of {width}x{height} pixels has {expected} bytes, found {found}")]
    Length {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// Three a pixel.
        expected: usize,
        /// Given.
        found: usize,
    },
}

/// Crops count 1/32 of a pixel in sixteen bits and a sign, as OpenCV does.
pub(super) const LONGEST_SIDE_PX: usize = 32_766;

impl<'a> Rgb<'a> {
    /// A picture of `width` × `height` pixels.
    ///
    /// # Errors
    /// If a side is 0 or above 32,766, or `pixels` has not `width · height · 3` bytes.
    pub fn new(width: usize, height: usize, pixels: &'a [u8]) -> Result<Self, RgbError> {
        let sides = 1..=LONGEST_SIDE_PX;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(RgbError::Size { width, height });
        }
        let expected = width * height * 3;
        if pixels.len() != expected {
            return Err(RgbError::Length { width, height, expected, found: pixels.len() });
        }
        Ok(Self { width, height, pixels })
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// `width · height · 3` bytes.
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
    }

    /// Width and height for geometry.
    pub(super) fn size_px(&self) -> glam::Vec2 {
        glam::Vec2::new(self.width as f32, self.height as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_three_bytes_a_pixel() {
        assert_eq!(Rgb::new(2, 3, &[0; 18]).unwrap().pixels().len(), 18);
        let wrong = RgbError::Length { width: 2, height: 3, expected: 18, found: 17 };
        assert_eq!(Rgb::new(2, 3, &[0; 17]).unwrap_err(), wrong);
    }

    #[test]
    fn sides_are_neither_zero_nor_endless() {
        assert_eq!(Rgb::new(0, 3, &[]).unwrap_err(), RgbError::Size { width: 0, height: 3 });
        assert!(matches!(Rgb::new(usize::MAX, 2, &[]), Err(RgbError::Size { .. })));
    }
}
