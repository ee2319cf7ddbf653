//! Jaw, lips and cheeks among the face shapes: what a mouthing is made of.
//!
//! Lips are pressed, rolled and bitten by narrowing their red toward the line between them, as a
//! displacement of the whole lip would leave as much red to be seen as before.

use super::morphs::{Shapes, fold, on};
use super::sdf::{bell, bell3, smoothstep};
use crate::body::ArKit;
use glam::{Quat, Vec3};

/// Where the jaw turns, head's frame, mm.
const HINGE: Vec3 = Vec3::new(0.0, -12.0, -5.0);
/// How far it opens, radians.
const JAW_OPEN: f32 = 0.25;

impl Shapes<'_> {
    /// Shapes of the mouth; weights asked at `anchor`, head's frame, mm.
    pub(super) fn mouth(&self, shape: ArKit, left: bool, p: Vec3, anchor: Vec3) -> Vec3 {
        use ArKit::*;
        let v = Vec3::new;
        let s = if left { 1.0 } else { -1.0 };
        let (upper, lower) = (self.lip(true, anchor), self.lip(false, anchor));
        let both = (upper + lower).min(1.0);
        let side = on(left, anchor);
        let corner = self.corner(left, anchor);
        match shape {
            JawOpen => self.jaw_open(p, anchor),
            JawForward => v(0.0, -0.5, 7.0) * self.jaw(anchor),
            JawLeft => v(8.0, 0.0, 0.0) * self.jaw(anchor),
            JawRight => v(-8.0, 0.0, 0.0) * self.jaw(anchor),
            MouthClose => self.shut(p, anchor),
            MouthFunnel => self.gather(anchor, 0.28) + v(0.0, 3.8, 5.0) * upper + v(0.0, -4.4, 5.0) * lower,
            MouthPucker => self.gather(anchor, 0.42) + v(0.0, 0.0, 7.0) * both * self.middle(anchor),
            MouthLeft => v(8.5, 0.0, -0.5) * self.around(anchor),
            MouthRight => v(-8.5, 0.0, -0.5) * self.around(anchor),
            MouthSmileLeft | MouthSmileRight => {
                v(6.5 * s, 7.5, -4.5) * corner
                    + v(1.5 * s, 4.6, 3.0) * self.cheek(left, anchor)
                    + v(1.2 * s, 0.6, -1.6) * both * side * (1.0 - corner)
            }
            MouthFrownLeft | MouthFrownRight => {
                v(1.0 * s, -8.0, -1.0) * corner + v(0.0, 1.6, 0.8) * self.chin(anchor) * side
            }
            MouthDimpleLeft | MouthDimpleRight => v(4.5 * s, 2.0, -5.5) * corner,
            MouthStretchLeft | MouthStretchRight => v(6.8 * s, -2.6, -4.0) * corner,
            MouthRollLower => self.narrow(false, anchor, 0.62) + v(0.0, 0.6, -3.4) * lower,
            MouthRollUpper => self.narrow(true, anchor, 0.62) + v(0.0, -0.6, -3.2) * upper,
            MouthShrugLower => v(0.0, 4.4, 1.8) * lower + v(0.0, 4.4, 1.6) * self.chin(anchor),
            MouthShrugUpper => v(0.0, 4.2, 1.6) * upper,
            MouthPressLeft | MouthPressRight => {
                (self.narrow(true, anchor, 0.36) + self.narrow(false, anchor, 0.36)) * side
                    + v(0.0, 0.0, -1.0) * both * side
                    + v(2.6 * s, 0.6, -2.4) * corner
                    + v(0.0, 1.6, 1.0) * self.chin(anchor) * side
            }
            MouthLowerDownLeft | MouthLowerDownRight => v(0.4 * s, -6.2, 0.4) * lower * side,
            MouthUpperUpLeft | MouthUpperUpRight => v(0.4 * s, 5.6, 0.6) * upper * side,
            CheekPuff => self.puff(anchor),
            // The tongue makes itself room between the lips.
            TongueOut => (v(0.0, 0.8, 0.6) * upper + v(0.0, -1.6, 1.0) * lower) * self.middle(anchor),
            _ => Vec3::ZERO,
        }
    }

    /// How much of a point goes with the lower jaw.
    fn jaw(&self, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        let t = p.x.abs() / m.half_width;
        let deep = smoothstep(6.0, 28.0, m.front(p.x) - p.z);
        let outside = (p.x.abs() - m.half_width).max(0.0);
        // The opening is an ellipse: sharp between the lips in the middle, none at the corners, where
        // both lips share it.
        let drop = m.line(p.x) - p.y;
        let sharp = smoothstep(-0.6 - 7.0 * deep, 0.6 + 7.0 * deep, drop);
        let band = 11.0 + 0.55 * outside;
        let soft = smoothstep(-band, band, drop - 3.0 * smoothstep(0.9, 1.6, t));
        let parted = (1.0 - (t / 1.05).powi(2)).max(0.0).powf(0.66);
        let below = soft + (sharp - soft) * parted;
        let throat = smoothstep(-165.0, -116.0, p.y);
        below * throat * smoothstep(-12.0, 42.0, p.z)
    }

    fn jaw_open(&self, p: Vec3, anchor: Vec3) -> Vec3 {
        let o = p - HINGE;
        // The corners are drawn in as the cheeks are drawn down.
        Quat::from_rotation_x(JAW_OPEN * self.jaw(anchor)) * o - o + self.gather(anchor, 0.09)
    }

    /// Takes the opening of the jaw away from the lips, and from them only.
    fn shut(&self, p: Vec3, anchor: Vec3) -> Vec3 {
        let m = &self.face.mouth;
        let lip = bell((anchor.y - m.line(anchor.x) + 3.0) / 7.0)
            * (1.0 - smoothstep(1.0, 2.2, anchor.x.abs() / m.half_width));
        -self.jaw_open(p, anchor) * lip
    }

    /// 1 on the upper (or lower) lip and the skin next to it, 0 across the mouth's line.
    pub(super) fn lip(&self, upper: bool, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        let t = p.x.abs() / m.half_width;
        let y = p.y - m.line(p.x);
        let (height, own) =
            if upper { (y - 3.0, smoothstep(-0.5, 0.5, y)) } else { (y + 4.0, smoothstep(0.5, -0.5, y)) };
        let reach = bell(height / 6.5) * (1.0 - smoothstep(0.45, 1.25, t));
        let corner = (1.0 - (t / 1.05).powi(2)).max(0.0).powf(0.4);
        own * reach * corner * smoothstep(12.0, 26.0, p.z - (m.front(p.x) - 34.0))
    }

    /// Draws the upper (or lower) lip's red toward the line between the lips by the share `by`; the
    /// skin beyond follows, less and less.
    fn narrow(&self, upper: bool, p: Vec3, by: f32) -> Vec3 {
        let m = &self.face.mouth;
        let y = p.y - m.line(p.x);
        let own = if upper { smoothstep(0.0, 0.6, y) } else { smoothstep(0.0, -0.6, y) };
        let reach = 1.0 - smoothstep(6.0, 19.0, y.abs());
        let along = 1.0 - smoothstep(0.75, 1.30, p.x.abs() / m.half_width);
        let front = smoothstep(12.0, 26.0, p.z - (m.front(p.x) - 34.0));
        Vec3::new(0.0, -by * y * own * reach * along * front, 0.0)
    }

    /// The whole of the mouth and round it.
    fn around(&self, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        bell3(p, m.center - Vec3::Z * 5.0, Vec3::new(20.0, 13.0, 16.0))
    }

    fn corner(&self, left: bool, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        let x = m.half_width;
        let at = Vec3::new(if left { x } else { -x }, m.line(x), m.front(x) - 2.0);
        bell3(p, at, Vec3::new(12.0, 11.0, 16.0))
    }

    fn middle(&self, p: Vec3) -> f32 {
        1.0 - smoothstep(0.5, 1.4, p.x.abs() / self.face.mouth.half_width)
    }

    /// Draws the lips together toward the middle line by the share `by`.
    fn gather(&self, p: Vec3, by: f32) -> Vec3 {
        let m = &self.face.mouth;
        let zone = bell((p.y - m.center.y) / 13.0)
            * (1.0 - smoothstep(1.0, 2.0, p.x.abs() / m.half_width))
            * smoothstep(38.0, 64.0, p.z);
        Vec3::new(-by * p.x, 0.0, 5.0 * by * smoothstep(0.4, 1.0, p.x.abs() / m.half_width)) * zone
    }

    fn chin(&self, p: Vec3) -> f32 {
        bell3(p, Vec3::new(0.0, -90.0, 76.0), Vec3::new(16.0, 10.0, 18.0))
    }

    /// Air in both cheeks, and the lips that hold it.
    fn puff(&self, p: Vec3) -> Vec3 {
        let one = |left: bool| {
            let s = if left { 1.0 } else { -1.0 };
            let size = bell3(fold(left, p), Vec3::new(41.0, -58.0, 48.0), Vec3::new(15.0, 16.0, 22.0));
            Vec3::new(12.0 * s, 0.0, 9.0) * size
        };
        let held = self.narrow(true, p, 0.30) + self.narrow(false, p, 0.30) + self.gather(p, 0.14);
        one(true) + one(false) + held
    }
}
