//! The 52 ARKit shapes as displacement fields over the head.
//!
//! Every shape is a function of place, so it survives any remeshing, and brows, lashes, teeth and
//! scarf move with the skin because they ask the same fields. A vertex may ask at an anchor instead
//! of at itself: a lash at its root, a tooth deep in its jaw.

use super::head::Face;
use super::sdf::{bell, bell3, smoothstep};
use crate::body::ArKit;
use glam::{Quat, Vec3};

/// Where the jaw turns, head's frame, mm.
const HINGE: Vec3 = Vec3::new(0.0, -12.0, -5.0);
/// How far it opens, radians.
const JAW_OPEN: f32 = 0.25;

/// What kind of flesh a vertex is; the tongue has a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flesh {
    /// Skin, hair, teeth, scarf.
    Ordinary,
    /// The tongue.
    Tongue,
}

/// The face whose shapes these are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shapes<'a> {
    /// Its numbers.
    pub(super) face: &'a Face,
}

/// 1 on the given side of the face, 0 on the other, blending over the middle line.
fn on(left: bool, p: Vec3) -> f32 {
    smoothstep(-7.0, 7.0, if left { p.x } else { -p.x })
}

impl Shapes<'_> {
    /// How far the shape moves the point `p`, its weights asked at `anchor`; head's frame, mm.
    pub(super) fn displacement(&self, shape: ArKit, p: Vec3, anchor: Vec3, flesh: Flesh) -> Vec3 {
        use ArKit::*;
        let left = shape.name().ends_with("Left");
        let v = Vec3::new;
        match shape {
            EyeBlinkLeft | EyeBlinkRight => self.lids(left, p, anchor, 1.0, 0.24),
            EyeWideLeft | EyeWideRight => self.lids(left, p, anchor, -0.26, -0.06),
            EyeSquintLeft | EyeSquintRight => {
                self.lids(left, p, anchor, 0.22, 0.24) + self.cheek(left, anchor) * v(0.0, 2.0, 0.8)
            }
            EyeLookDownLeft | EyeLookDownRight => self.lids(left, p, anchor, 0.50, -0.12),
            EyeLookUpLeft | EyeLookUpRight => self.lids(left, p, anchor, -0.20, 0.08),
            EyeLookInLeft | EyeLookInRight => self.lids(left, p, anchor, 0.03, 0.0),
            EyeLookOutLeft | EyeLookOutRight => self.lids(left, p, anchor, 0.03, 0.0),
            JawOpen => self.jaw_open(p, anchor),
            JawForward => v(0.0, -0.5, 5.0) * self.jaw(anchor),
            JawLeft => v(6.0, 0.0, 0.0) * self.jaw(anchor),
            JawRight => v(-6.0, 0.0, 0.0) * self.jaw(anchor),
            MouthClose => {
                let m = &self.face.mouth;
                let lip = bell((anchor.y - m.line(anchor.x) + 3.0) / 7.0)
                    * (1.0 - smoothstep(1.0, 2.2, anchor.x.abs() / m.half_width));
                -self.jaw_open(p, anchor) * lip
            }
            TongueOut if flesh == Flesh::Tongue => {
                let tip = smoothstep(-10.0, 16.0, p.z - (self.face.mouth.center.z - 33.0));
                v(0.0, 7.0 - 8.0 * tip, 26.0 * (0.35 + 0.65 * tip))
            }
            TongueOut => Vec3::ZERO,
            BrowDownLeft | BrowDownRight => self.brow(left, anchor, [4.5, 5.0, 3.0], -2.6),
            BrowInnerUp => {
                self.brow(true, anchor, [-9.0, -3.0, 0.0], 0.8)
                    + self.brow(false, anchor, [-9.0, -3.0, 0.0], 0.8)
            }
            BrowOuterUpLeft | BrowOuterUpRight => self.brow(left, anchor, [-1.0, -6.0, -9.0], 0.0),
            CheekPuff => self.puff(anchor),
            CheekSquintLeft | CheekSquintRight => {
                self.cheek(left, anchor) * v(0.0, 5.0, 1.5) + self.lids(left, p, anchor, 0.0, 0.16)
            }
            NoseSneerLeft | NoseSneerRight => {
                let wing = bell3(fold(left, anchor), v(11.0, -37.0, 86.0), v(8.0, 10.0, 14.0));
                let lip = self.lip(true, anchor) * on(left, anchor);
                v(0.0, 4.5, -0.6) * wing + v(0.0, 2.2, 0.0) * lip
            }
            _ => self.mouth(shape, left, anchor),
        }
    }

    /// Shapes of the lips.
    fn mouth(&self, shape: ArKit, left: bool, p: Vec3) -> Vec3 {
        use ArKit::*;
        let v = Vec3::new;
        let s = if left { 1.0 } else { -1.0 };
        let (upper, lower) = (self.lip(true, p), self.lip(false, p));
        let both = (upper + lower).min(1.0);
        let side = on(left, p);
        let corner = self.corner(left, p);
        match shape {
            MouthFunnel => self.gather(p, 0.26) + v(0.0, 3.6, 4.5) * upper + v(0.0, -4.2, 4.5) * lower,
            MouthPucker => self.gather(p, 0.40) + v(0.0, 0.0, 6.0) * both * self.middle(p),
            MouthLeft => v(7.0, 0.0, -0.5) * self.around(p),
            MouthRight => v(-7.0, 0.0, -0.5) * self.around(p),
            MouthSmileLeft | MouthSmileRight => {
                v(6.0 * s, 7.0, -4.5) * corner
                    + v(1.5 * s, 4.2, 2.4) * self.cheek(left, p)
                    + v(1.2 * s, 0.6, -1.6) * both * side * (1.0 - corner)
            }
            MouthFrownLeft | MouthFrownRight => v(1.0 * s, -6.5, -1.0) * corner,
            MouthDimpleLeft | MouthDimpleRight => v(3.5 * s, 1.5, -4.5) * corner,
            MouthStretchLeft | MouthStretchRight => v(6.5 * s, -2.5, -4.0) * corner,
            MouthRollLower => v(0.0, 2.6, -4.2) * lower,
            MouthRollUpper => v(0.0, -2.4, -4.0) * upper,
            MouthShrugLower => v(0.0, 3.6, 1.6) * lower + v(0.0, 3.4, 0.6) * self.chin(p),
            MouthShrugUpper => v(0.0, 3.2, 1.2) * upper,
            MouthPressLeft | MouthPressRight => {
                (v(0.0, -1.2, -1.8) * upper + v(0.0, 1.4, -1.8) * lower) * side
                    + v(1.5 * s, 0.4, -1.5) * corner
            }
            MouthLowerDownLeft | MouthLowerDownRight => v(0.4 * s, -6.0, 0.4) * lower * side,
            MouthUpperUpLeft | MouthUpperUpRight => v(0.4 * s, 5.0, 0.6) * upper * side,
            _ => Vec3::ZERO,
        }
    }

    /// Slides the lids over the eyeball: the upper by `upper` of the opening, the lower by `lower`.
    fn lids(&self, left: bool, p: Vec3, anchor: Vec3, upper: f32, lower: f32) -> Vec3 {
        let eye = &self.face.eye;
        if (anchor.x > 0.0) != left {
            return Vec3::ZERO;
        }
        let e = eye.local(anchor);
        if e.z < -4.0 || e.length() > 36.0 {
            return Vec3::ZERO;
        }
        let elevation = e.y.atan2(e.z);
        let top = eye.elevation(e.x, eye.upper_edge(e.x));
        let bottom = eye.elevation(e.x, eye.lower_edge(e.x));
        let gap = top - bottom;
        let near = 1.0 - smoothstep(2.5, 15.0, e.length() - eye.lid_radius);
        let turn = if elevation > 0.5 * (top + bottom) {
            let slide = 1.0 - smoothstep(0.06, 0.80, elevation - top);
            // A shut lid meets the lower one where that has risen to.
            let meet = if upper >= 1.0 { gap * (1.0 - lower) + 0.02 } else { gap * upper };
            meet * slide
        } else {
            -gap * lower * (1.0 - smoothstep(0.04, 0.60, bottom - elevation))
        };
        let center = Vec3::new(eye.center.x * if left { 1.0 } else { -1.0 }, eye.center.y, eye.center.z);
        let o = p - center;
        Quat::from_rotation_x(turn * near) * o - o
    }

    /// How much of a point goes with the lower jaw.
    fn jaw(&self, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        let t = p.x.abs() / m.half_width;
        let deep = smoothstep(6.0, 28.0, m.front(p.x) - p.z);
        let outside = (p.x.abs() - m.half_width).max(0.0);
        // Sharp across the middle of the lips; toward the corners both lips share the opening.
        let drop = m.line(p.x) - p.y;
        let sharp = smoothstep(-0.6 - 7.0 * deep, 0.6 + 7.0 * deep, drop);
        let band = 11.0 + 0.55 * outside;
        let soft = smoothstep(-band, band, drop - 3.0 * smoothstep(0.9, 1.6, t));
        let corner = smoothstep(0.30, 1.08, t);
        let below = sharp + (soft - sharp) * corner;
        let throat = smoothstep(-165.0, -116.0, p.y);
        below * throat * smoothstep(-12.0, 42.0, p.z)
    }

    fn jaw_open(&self, p: Vec3, anchor: Vec3) -> Vec3 {
        let o = p - HINGE;
        Quat::from_rotation_x(JAW_OPEN * self.jaw(anchor)) * o - o
    }

    /// 1 on the upper (or lower) lip and the skin next to it, 0 across the mouth's line.
    fn lip(&self, upper: bool, p: Vec3) -> f32 {
        let m = &self.face.mouth;
        let t = p.x.abs() / m.half_width;
        let y = p.y - m.line(p.x);
        let (height, own) =
            if upper { (y - 3.0, smoothstep(-0.5, 0.5, y)) } else { (y + 4.0, smoothstep(0.5, -0.5, y)) };
        let reach = bell(height / 6.5) * (1.0 - smoothstep(0.55, 1.25, t));
        let corner = 1.0 - 0.9 * smoothstep(0.75, 1.0, t);
        own * reach * corner * smoothstep(12.0, 26.0, p.z - (m.front(p.x) - 34.0))
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

    fn cheek(&self, left: bool, p: Vec3) -> f32 {
        bell3(fold(left, p), Vec3::new(38.0, -33.0, 58.0), Vec3::new(14.0, 12.0, 20.0))
    }

    fn chin(&self, p: Vec3) -> f32 {
        bell3(p, Vec3::new(0.0, -90.0, 76.0), Vec3::new(16.0, 10.0, 18.0))
    }

    fn puff(&self, p: Vec3) -> Vec3 {
        let one = |left: bool| {
            let s = if left { 1.0 } else { -1.0 };
            let size = bell3(fold(left, p), Vec3::new(40.0, -56.0, 50.0), Vec3::new(16.0, 17.0, 20.0));
            Vec3::new(7.0 * s, 0.0, 5.0) * size
        };
        one(true) + one(false)
    }

    /// Lowers inner, middle and outer brow by `down` and moves the inner end by `inward` (outward positive).
    fn brow(&self, left: bool, p: Vec3, down: [f32; 3], inward: f32) -> Vec3 {
        let q = fold(left, p);
        let s = if left { 1.0 } else { -1.0 };
        let own = on(left, p);
        let brow = &self.face.brow;
        let at = |x: f32, y: f32| bell3(q, Vec3::new(x, y, 64.0), Vec3::new(11.0, 12.0, 34.0));
        let parts =
            [brow.inner, brow.inner.midpoint(brow.outer), brow.outer].map(|p| at(p.x, brow.line(p.x).0));
        let drop: f32 = parts.iter().zip(down).map(|(part, d)| part * d).sum();
        // The lids keep their place under a moving brow.
        let lids = smoothstep(14.5, 21.0, (q - self.face.eye.center).length());
        Vec3::new(inward * parts[0] * s, -drop * 0.85, 0.0) * own * lids
    }
}

/// The point with the given side's x made positive.
fn fold(left: bool, p: Vec3) -> Vec3 {
    Vec3::new(if left { p.x } else { -p.x }, p.y, p.z)
}
