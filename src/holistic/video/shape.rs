//! In which form pictures leave the decoder.

use super::VideoInfo;

/// Pictures with more pixels than this are made smaller while they are decoded: the larger cinema 4K. Landmarks are
/// shares of the picture, and networks see at most 256 pixels of a side, so nothing is lost but memory.
pub const LARGEST_PICTURE_PX: u64 = 4096 * 2160;

/// Colours as OpenCV converts them, which reference landmarks are made with: swscale's quick path, BT.601 whatever
/// the file says of its colours, and blue first. Compared with OpenCV 4.11 and ffmpeg 5.1 on 8-bit video (4:2:0 of
/// limited and of full range, tagged BT.709, and 4:4:4): bit for bit the same. 10-bit 4:2:0: the same but for the
/// lowest rows of a height that 16 does not divide.
const AS_OPENCV: &str = "flags=bicubic:in_color_matrix=bt601,format=bgr24,format=rgb24";

/// The form of decoded pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Larger pictures are made smaller, pixels.
    pub largest_px: u64,
    /// Stretch pictures whose pixels are not square. Off as in OpenCV, which never does.
    pub square_pixels: bool,
    /// Turn pictures upright, as players do. OpenCV 4.11's Python package does not.
    pub upright: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { largest_px: LARGEST_PICTURE_PX, square_pixels: false, upright: true }
    }
}

impl Shape {
    /// Width and height that landmarks refer to, pixels: the whole picture in this form.
    pub fn size(&self, info: &VideoInfo) -> (u32, u32) {
        let stretch = if self.square_pixels { info.pixel_aspect } else { 1.0 };
        let width = (f64::from(info.stored_width) * stretch).round().clamp(1.0, 32_766.0) as u32;
        // ffmpeg turns the frame by these only; by other angles it turns the picture within it.
        let lies = self.upright && matches!(info.rotation_deg, 89..=91 | 269..=271);
        if lies { (info.stored_height, width) } else { (width, info.stored_height) }
    }

    /// Width and height that are decoded, pixels: the whole, or as much as is allowed.
    pub fn decoded_size(&self, info: &VideoInfo) -> (u32, u32) {
        let (width, height) = self.size(info);
        let pixels = u64::from(width) * u64::from(height);
        if pixels <= self.largest_px {
            return (width, height);
        }
        let scale = (self.largest_px as f64 / pixels as f64).sqrt();
        let side = |side: u32| ((f64::from(side) * scale).floor() as u32).max(1);
        (side(width), side(height))
    }

    /// The filters that bring pictures into this form.
    pub(super) fn filters(&self, info: &VideoInfo) -> String {
        let (width, height) = self.decoded_size(info);
        format!("scale={width}:{height}:{AS_OPENCV}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn info(width: u32, height: u32, rotation_deg: i32, pixel_aspect: f64) -> VideoInfo {
        VideoInfo {
            stream: 0,
            codec: String::new(),
            stored_width: width,
            stored_height: height,
            rotation_deg,
            pixel_aspect,
            mean_rate: None,
            frames: None,
            seconds: None,
        }
    }

    #[test]
    fn turned_and_anamorphic_pictures_have_the_size_that_is_seen() {
        let (plain, square) = (Shape::default(), Shape { square_pixels: true, ..Shape::default() });
        assert_eq!(plain.size(&info(1920, 1080, 270, 1.0)), (1080, 1920));
        assert_eq!(Shape { upright: false, ..plain }.size(&info(1920, 1080, 270, 1.0)), (1920, 1080));
        assert_eq!(plain.size(&info(1920, 1080, 180, 1.0)), (1920, 1080));
        assert_eq!(plain.size(&info(1920, 1080, 269, 1.0)), (1080, 1920));
        assert_eq!(plain.size(&info(1920, 1080, 60, 1.0)), (1920, 1080));
        assert_eq!(plain.size(&info(720, 576, 0, 16.0 / 15.0)), (720, 576));
        assert_eq!(square.size(&info(720, 576, 0, 16.0 / 15.0)), (768, 576));
        assert_eq!(square.size(&info(720, 576, 90, 16.0 / 15.0)), (576, 768));
    }

    #[test]
    fn eight_k_is_made_smaller_and_four_k_is_not() {
        assert_eq!(Shape::default().decoded_size(&info(7680, 4320, 0, 1.0)), (3965, 2230));
        assert_eq!(Shape::default().decoded_size(&info(4096, 2160, 0, 1.0)), (4096, 2160));
    }

    proptest! {
        #[test]
        fn decoded_pictures_are_within_the_limit(
            width in 1_u32..32_767, height in 1_u32..32_767, turn in 0..360, largest_px in 1_u64..100_000_000,
        ) {
            let shape = Shape { largest_px, ..Shape::default() };
            let (w, h) = shape.decoded_size(&info(width, height, turn, 1.0));
            prop_assert!(w > 0 && h > 0);
            // A side cannot be below one pixel, so a line of pixels may be as long as it is.
            prop_assert!(w == 1 || h == 1 || u64::from(w) * u64::from(h) <= largest_px);
        }
    }
}
