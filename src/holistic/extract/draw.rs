//! Points and lines onto a picture.

use crate::pose::Layout;
use glam::{IVec2, Vec2, Vec3};

/// A picture that is drawn on: rows of red, green and blue.
pub(super) struct Canvas<'a> {
    pixels: &'a mut [u8],
    width: i32,
    height: i32,
}

/// Points that are less sure than this are drawn faintly.
const SURE: f32 = 0.5;

/// Dots on a face: seen on any skin.
const DOT: [u8; 3] = [255, 240, 150];

/// Lines longer than this many picture sides are nonsense, and would take for ever.
const LONGEST: f32 = 4.0;

impl<'a> Canvas<'a> {
    /// `width · height · 3` bytes.
    pub(super) fn new(pixels: &'a mut [u8], width: u32, height: u32) -> Self {
        Self { pixels, width: width as i32, height: height as i32 }
    }

    /// Draws a frame's landmarks, whose positions are pixels of a picture `scale` times as large as this: a
    /// component's limbs as lines in its colours, the points of one without limbs as dots. What has no place in
    /// the picture (world landmarks) is left out.
    pub(super) fn landmarks(
        &mut self,
        layout: &Layout,
        positions: &[Vec3],
        confidences: &[f32],
        scale: Vec2,
    ) {
        let thickness = (self.width.min(self.height) / 180).clamp(1, 12);
        let mut start = 0;
        for component in &layout.components {
            let points = start..start + component.points.len();
            start = points.end;
            if component.name == "POSE_WORLD_LANDMARKS" {
                continue;
            }
            let Some(positions) = positions.get(points.clone()) else { return };
            let confidences = confidences.get(points).unwrap_or_default();
            let seen = |i: usize| -> Option<(Vec2, f32)> {
                let confidence = *confidences.get(i).filter(|confidence| **confidence > 0.0)?;
                Some((positions.get(i)?.truncate() / scale, confidence))
            };
            let color = |i: usize| {
                let of =
                    component.colors.get(i).or(component.colors.last()).copied().unwrap_or((255, 255, 255));
                [of.0, of.1, of.2].map(|part| part.min(255) as u8)
            };
            for (i, &(from, to)) in component.limbs.iter().enumerate() {
                if let Some((from, to)) = seen(from.into()).zip(seen(to.into())) {
                    let opacity = if from.1.min(to.1) < SURE { 0.35 } else { 1.0 };
                    self.line(from.0, to.0, thickness, color(i), opacity);
                }
            }
            if component.limbs.is_empty() {
                for (at, _) in (0..positions.len()).filter_map(seen) {
                    self.dot(at, (thickness / 2).max(1), DOT, 0.8);
                }
            }
        }
    }

    fn line(&mut self, from: Vec2, to: Vec2, thickness: i32, color: [u8; 3], opacity: f32) {
        let length = from.distance(to);
        let longest = LONGEST * self.width.max(self.height) as f32;
        if !length.is_finite() || length > longest {
            return;
        }
        // Squares side by side: a faint line would be darker where they overlap.
        let step = thickness.max(1) as f32;
        let steps = (length / if opacity < 1.0 { step } else { 1.0 }).ceil().max(1.0);
        for i in 0..=steps as i32 {
            self.dot(from.lerp(to, i as f32 / steps), thickness, color, opacity);
        }
    }

    /// A square of so many pixels.
    fn dot(&mut self, at: Vec2, side: i32, color: [u8; 3], opacity: f32) {
        if !at.is_finite() {
            return;
        }
        let low = (at - (side - 1) as f32 / 2.0).round().as_ivec2();
        let high = low.saturating_add(IVec2::splat(side));
        for y in low.y.max(0)..high.y.min(self.height) {
            for x in low.x.max(0)..high.x.min(self.width) {
                let at = (y as usize * self.width as usize + x as usize) * 3;
                for (pixel, color) in self.pixels[at..at + 3].iter_mut().zip(color) {
                    let mixed = f32::from(*pixel) + opacity * (f32::from(color) - f32::from(*pixel));
                    *pixel = mixed.round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(width: u32, height: u32, draw: impl FnOnce(&mut Canvas)) -> Vec<u8> {
        let mut pixels = vec![0; (width * height * 3) as usize];
        draw(&mut Canvas::new(&mut pixels, width, height));
        pixels
    }

    #[test]
    fn a_line_joins_its_ends() {
        let pixels =
            drawn(8, 8, |canvas| canvas.line(Vec2::new(1.0, 1.0), Vec2::new(6.0, 4.0), 1, [9, 8, 7], 1.0));
        let at = |x: usize, y: usize| &pixels[(y * 8 + x) * 3..][..3];
        assert_eq!((at(1, 1), at(6, 4), at(0, 7)), (&[9, 8, 7][..], &[9, 8, 7][..], &[0, 0, 0][..]));
        assert!((1..=6).all(|x| (0..8).any(|y| at(x, y)[0] == 9)));
    }

    #[test]
    fn landmarks_are_drawn_where_they_are_seen() {
        let layout = Layout::holistic_543();
        let (mut positions, mut confidences) = (vec![Vec3::new(8.0, 8.0, 0.0); 543], vec![0.0; 543]);
        let empty =
            drawn(8, 8, |canvas| canvas.landmarks(&layout, &positions, &confidences, Vec2::splat(2.0)));
        assert!(empty.iter().all(|&byte| byte == 0));
        confidences[33] = 1.0;
        positions[33] = Vec3::new(12.0, 4.0, 0.0);
        let dot = drawn(8, 8, |canvas| canvas.landmarks(&layout, &positions, &confidences, Vec2::splat(2.0)));
        assert_ne!(dot[(2 * 8 + 6) * 3], 0);
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_beside_the_picture(
            from in proptest::array::uniform2(proptest::num::f32::ANY),
            to in proptest::array::uniform2(proptest::num::f32::ANY),
            near in proptest::array::uniform2(-20.0_f32..20.0),
            thickness in 1..20,
        ) {
            drawn(5, 7, |canvas| {
                canvas.line(from.into(), to.into(), thickness, [1, 2, 3], 1.0);
                canvas.line(near.into(), to.into(), thickness, [1, 2, 3], 0.4);
                canvas.dot(from.into(), thickness, [1, 2, 3], 0.5);
            });
        }
    }
}
