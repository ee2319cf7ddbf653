//! A region of the picture as a network sees it: turned upright, resampled to its size, as floats.
//! [ImageToTensorCalculator on the CPU]
//!
//! The reference resamples by OpenCV's `warpPerspective` on bytes: coordinates are rounded to 1/32 of a pixel,
//! the four neighbours are weighed by whole numbers, and the sum is rounded to a byte before it becomes a
//! float. Networks see these roundings, so they are kept, which also allows whole-number arithmetic.
//!
//! What costs time is one picture element after another: coordinates of a row are computed at once, and elements
//! whose neighbours are all inside the picture take a way without checks.

use super::rgb::Rgb;
use super::roi::Roi;
use super::warp::{STEP_BITS, STEPS, Warp};
use glam::Vec2;

/// What lies outside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// The nearest pixel inside.
    Replicate,
    /// Black.
    Zero,
}

/// What a network wants to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    /// Both sides.
    pub(super) side_px: usize,
    /// What black becomes; white becomes 1.
    pub(super) black: f32,
    /// Outside the picture.
    pub(super) border: Border,
}

/// Four corners in the picture, in pixels: of the crop's left upper, right upper, right lower, left lower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corners(pub(super) [Vec2; 4]);

impl Corners {
    /// Those of a region, rounded where OpenCV's `boxPoints` rounds.
    pub(super) fn of(roi: Roi, size_px: Vec2) -> Self {
        Self::of_box(roi.centre * size_px, roi.size * size_px, roi.rotation)
    }

    /// Those of a region whose shorter side is made as long as the other, so that nothing is stretched.
    pub(super) fn unstretched(roi: Roi, size_px: Vec2) -> Self {
        let side_px = (roi.size * size_px).max_element();
        Self::of_box(roi.centre * size_px, Vec2::splat(side_px), roi.rotation)
    }

    fn of_box(centre: Vec2, size: Vec2, rotation: f32) -> Self {
        // The angle goes by degrees, in 32 bits.
        let degrees = (f64::from(rotation * 180.0) / std::f64::consts::PI) as f32;
        let (sin, cos) = (f64::from(degrees) * std::f64::consts::PI / 180.0).sin_cos();
        let (a, b) = (sin as f32 * 0.5, cos as f32 * 0.5);
        let left_lower = Vec2::new(centre.x - a * size.y - b * size.x, centre.y + b * size.y - a * size.x);
        let left_upper = Vec2::new(centre.x + a * size.y - b * size.x, centre.y - b * size.y - a * size.x);
        Self([left_upper, 2.0 * centre - left_lower, 2.0 * centre - left_upper, left_lower])
    }

    /// The whole picture, centred in a square of its longer side.
    pub(super) fn letterbox(size_px: Vec2) -> Self {
        Self::unstretched(Roi { centre: Vec2::splat(0.5), size: Vec2::ONE, rotation: 0.0 }, size_px)
    }
}

/// A warp's buffers, kept from frame to frame.
#[derive(Debug)]
pub(super) struct Crop {
    input: Input,
    /// Of a row: x and y in the picture in 1/32 pixel.
    row: Vec<[i32; 2]>,
    /// What each byte becomes.
    levels: [f32; 256],
    /// `[side, side, 3]`.
    values: Vec<f32>,
}

impl Crop {
    /// For one network.
    pub(super) fn new(input: Input) -> Self {
        let side = input.side_px;
        let scale = (1.0 - input.black) / 255.0;
        // Rounded once, as OpenCV's conversion does where processors can.
        let levels = std::array::from_fn(|byte| (byte as f32).mul_add(scale, input.black));
        Self { input, row: vec![[0; 2]; side], levels, values: vec![0.0; side * side * 3] }
    }

    /// The corners' content, `[side, side, 3]` floats.
    pub(super) fn cut(&mut self, image: Rgb, corners: Corners) -> &[f32] {
        let side = self.input.side_px;
        let warp = Warp::new(corners, side);
        let sampler = Sampler::new(image, self.input.border);
        for (y, line) in self.values.chunks_exact_mut(side * 3).enumerate() {
            warp.row(y, &mut self.row);
            for (at, value) in self.row.iter().zip(line.chunks_exact_mut(3)) {
                let colour = sampler.colour(*at);
                for (value, channel) in value.iter_mut().zip(colour) {
                    *value = self.levels[usize::from(channel)];
                }
            }
        }
        &self.values
    }
}

/// Reads between pixels.
struct Sampler<'a> {
    pixels: &'a [u8],
    width: i32,
    height: i32,
    border: Border,
}

impl<'a> Sampler<'a> {
    fn new(image: Rgb<'a>, border: Border) -> Self {
        Self { pixels: image.pixels(), width: image.width() as i32, height: image.height() as i32, border }
    }

    /// The colour at a place given in 1/32 pixel.
    #[inline]
    fn colour(&self, [x, y]: [i32; 2]) -> [u8; 3] {
        let (left, top) = (x >> STEP_BITS, y >> STEP_BITS);
        let (dx, dy) = ((x & (STEPS - 1)) as u64, (y & (STEPS - 1)) as u64);
        let is_inside = left >= 0 && top >= 0 && left + 1 < self.width && top + 1 < self.height;
        if is_inside {
            let row = self.width as usize * 3;
            let start = top as usize * row + left as usize * 3;
            let pair =
                |start: usize| self.pixels.get(start..)?.first_chunk().copied().map(u64::from_le_bytes);
            // Two pixels are six bytes; eight are read, which the picture's last ones do not have.
            if let (Some(upper), Some(lower)) = (pair(start), pair(start + row)) {
                let colours = [upper, upper >> 24, lower, lower >> 24].map(spread);
                return mixed(colours, dx, dy);
            }
        }
        mixed(self.at_border(left, top).map(spread_bytes), dx, dy)
    }

    /// The four neighbours where some lie outside.
    #[cold]
    fn at_border(&self, left: i32, top: i32) -> [[u8; 3]; 4] {
        [(left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)].map(|(x, y)| {
            let inside = (x.clamp(0, self.width - 1), y.clamp(0, self.height - 1));
            if self.border == Border::Zero && inside != (x, y) {
                return [0; 3];
            }
            let at = (inside.1 as usize * self.width as usize + inside.0 as usize) * 3;
            self.pixels.get(at..at + 3).map_or([0; 3], |colour| [colour[0], colour[1], colour[2]])
        })
    }
}

/// The lowest three bytes, each in twenty bits of its own.
#[inline]
fn spread(bytes: u64) -> u64 {
    bytes & 0xff | (bytes & 0xff00) << 12 | (bytes & 0xff_0000) << 24
}

fn spread_bytes([red, green, blue]: [u8; 3]) -> u64 {
    u64::from(red) | u64::from(green) << 20 | u64::from(blue) << 40
}

/// Four neighbours weighed by how near they are: left upper, right upper, left lower, right lower. All channels
/// are weighed at once; their sums, below 2^18, do not touch.
#[inline]
fn mixed([left_upper, right_upper, left_lower, right_lower]: [u64; 4], dx: u64, dy: u64) -> [u8; 3] {
    const WHOLE: u64 = STEPS as u64;
    const HALF: u64 = 512 | 512 << 20 | 512 << 40;
    // Weights of 1/1024. OpenCV's are these times 32, and round alike.
    let upper = left_upper * (WHOLE - dx) + right_upper * dx;
    let lower = left_lower * (WHOLE - dx) + right_lower * dx;
    let sum = upper * (WHOLE - dy) + lower * dy + HALF;
    [(sum >> 10) as u8, (sum >> 30) as u8, (sum >> 50) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNIT: Input = Input { side_px: 4, black: 0.0, border: Border::Replicate };

    fn picture(width: usize, height: usize) -> Vec<u8> {
        (0..width * height * 3).map(|at| (at * 7 % 256) as u8).collect()
    }

    fn whole(size_px: Vec2) -> Corners {
        Corners::of(Roi { centre: Vec2::splat(0.5), size: Vec2::ONE, rotation: 0.0 }, size_px)
    }

    #[test]
    fn a_crop_of_the_whole_picture_at_its_own_size_is_the_picture() {
        let pixels = picture(4, 4);
        let image = Rgb::new(4, 4, &pixels).unwrap();
        let mut crop = Crop::new(UNIT);
        let values = crop.cut(image, whole(image.size_px()));
        let expected: Vec<f32> = pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect();
        assert!(values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-6));
    }

    #[test]
    fn outside_is_black_or_the_nearest_pixel() {
        let pixels = [200; 16 * 8 * 3];
        let image = Rgb::new(16, 8, &pixels).unwrap();
        let corners = Corners::letterbox(image.size_px());
        let mut zero = Crop::new(Input { side_px: 8, black: -1.0, border: Border::Zero });
        let values = zero.cut(image, corners);
        assert!(values[..3 * 8].iter().all(|value| *value == -1.0), "{values:?}");
        let mut replicate = Crop::new(UNIT);
        let values = replicate.cut(image, corners);
        assert!(values.iter().all(|value| (value - 200.0 / 255.0).abs() < 1e-6), "{values:?}");
    }

    #[test]
    fn a_quarter_turn_puts_the_right_edge_on_top() {
        // Left half black, right half white; the region's upper side looks to the right.
        let pixels: Vec<u8> = (0..16 * 16).flat_map(|at| [if at % 16 < 8 { 0 } else { 255 }; 3]).collect();
        let image = Rgb::new(16, 16, &pixels).unwrap();
        let roi = Roi { centre: Vec2::splat(0.5), size: Vec2::ONE, rotation: std::f32::consts::FRAC_PI_2 };
        let mut crop = Crop::new(UNIT);
        let values = crop.cut(image, Corners::of(roi, image.size_px()));
        assert_eq!((values[0], values[values.len() - 1]), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn any_region_of_any_picture_can_be_cut(
            (width, height) in (1_usize..20, 1_usize..20), centre in prop::array::uniform2(-3.0_f32..4.0),
            side in 0.001_f32..50.0, rotation in -4.0_f32..4.0, is_zero: bool,
        ) {
            let pixels = picture(width, height);
            let image = Rgb::new(width, height, &pixels).unwrap();
            let border = if is_zero { Border::Zero } else { Border::Replicate };
            let roi = Roi { centre: centre.into(), size: Vec2::splat(side), rotation };
            let mut crop = Crop::new(Input { border, ..UNIT });
            let values = crop.cut(image, Corners::of(roi, image.size_px()));
            prop_assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
