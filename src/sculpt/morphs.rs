//! The 52 ARKit shapes as displacement fields over the head.
//!
//! Every shape is a function of place, so it survives any remeshing, and brows, lashes, teeth and
//! scarf move with the skin because they ask the same fields. A vertex may ask at an anchor instead
//! of at itself: a lash at its root, a tooth deep in its jaw.

use super::head::Face;
use super::sdf::{bell, bell3, smoothstep};
use crate::body::ArKit;
use glam::{Quat, Vec3};

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
pub(super) fn on(left: bool, p: Vec3) -> f32 {
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
                self.lids(left, p, anchor, 0.22, 0.24) + self.cheek(left, anchor) * v(0.0, 3.0, 1.2)
            }
            EyeLookDownLeft | EyeLookDownRight => self.lids(left, p, anchor, 0.50, -0.12),
            EyeLookUpLeft | EyeLookUpRight => self.lids(left, p, anchor, -0.20, 0.08),
            EyeLookInLeft | EyeLookInRight => self.lids(left, p, anchor, 0.03, 0.0),
            EyeLookOutLeft | EyeLookOutRight => self.lids(left, p, anchor, 0.03, 0.0),
            BrowDownLeft | BrowDownRight => {
                self.brow(left, anchor, [7.2, 5.8, 2.6], -3.6) + self.furrow(left, anchor)
            }
            BrowInnerUp => {
                self.brow(true, anchor, [-10.0, -4.0, 0.0], 0.8)
                    + self.brow(false, anchor, [-10.0, -4.0, 0.0], 0.8)
            }
            BrowOuterUpLeft | BrowOuterUpRight => self.brow(left, anchor, [-1.0, -6.0, -9.0], 0.0),
            CheekSquintLeft | CheekSquintRight => {
                self.cheek(left, anchor) * v(0.0, 7.0, 3.2) + self.lids(left, p, anchor, 0.0, 0.30)
            }
            NoseSneerLeft | NoseSneerRight => self.sneer(left, anchor),
            TongueOut if flesh == Flesh::Tongue => self.tongue_out(p),
            _ => self.mouth(shape, left, p, anchor),
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
        let mut lift = 0.0;
        let turn = if elevation > 0.5 * (top + bottom) {
            // Toward the corners less of the lid follows its edge: the skin beyond them stays.
            let u = e.x / eye.half_width;
            let follows = 0.14 + (self.lid_reach() - 0.14) * (1.0 - u * u).max(0.0).powf(0.7);
            let slide = 1.0 - smoothstep(0.05, follows, elevation - top);
            lift = upper.max(0.0) * slide * (0.035 + 0.015 * smoothstep(-0.1, -0.7, u));
            // A shut lid meets the lower one where that has risen to.
            let share = if upper >= 1.0 { 1.0 - lower } else { upper };
            // Only the edge itself follows the opening's outline; higher up that softens.
            let middle = eye.elevation(0.0, eye.upper) + eye.elevation(0.0, eye.lower);
            let soft = (middle * (1.0 - u * u).max(0.0).powi(2)).min(gap);
            let outline = gap + (soft - gap) * smoothstep(0.04, 0.24, elevation - top);
            outline * share * slide
        } else {
            -gap * lower * (1.0 - smoothstep(0.04, 0.60, bottom - elevation))
        };
        let center = Vec3::new(eye.center.x * if left { 1.0 } else { -1.0 }, eye.center.y, eye.center.z);
        let o = p - center;
        // It lies over the lower lid, a little farther out.
        let opening = smoothstep(0.0, 0.25, gap);
        Quat::from_rotation_x(turn * near) * o * (1.0 + lift * near * opening) - o
    }

    /// How far up from its edge the upper lid follows it, radians round the eye: fading out under the brow.
    fn lid_reach(&self) -> f32 {
        let Face { eye, brow, .. } = self.face;
        let (height, half_width) = brow.line(eye.center.x);
        let brow = (height - half_width - eye.center.y).atan2(0.95 * eye.lid_radius);
        (brow - eye.elevation(0.0, eye.upper) + 0.06).clamp(0.24, 0.75)
    }

    /// The wing of the nose and the lip below it are drawn up, the cheek beside them bulges.
    fn sneer(&self, left: bool, p: Vec3) -> Vec3 {
        let q = fold(left, p);
        let v = Vec3::new;
        let wing = bell3(q, v(12.0, -37.0, 86.0), v(8.0, 10.0, 14.0));
        let bulge = bell3(q, v(25.0, -38.0, 72.0), v(9.0, 11.0, 16.0));
        let bridge = bell3(p, v(0.0, -8.0, 82.0), v(9.0, 9.0, 16.0));
        v(0.0, 5.5, -0.4) * wing
            + v(0.0, 3.6, 2.2) * bulge
            + v(0.0, 0.8, 0.5) * bridge
            + v(0.0, 3.2, 0.4) * self.lip(true, p) * on(left, p)
    }

    /// The upright folds between lowered brows.
    fn furrow(&self, left: bool, p: Vec3) -> Vec3 {
        let q = fold(left, p);
        let height = bell((q.y - self.face.brow.inner.y + 1.0) / 6.5) * smoothstep(40.0, 60.0, q.z);
        let fold = bell((q.x - 5.2) / 1.9) - 0.7 * bell((q.x - 9.5) / 3.0);
        Vec3::new(0.0, 0.0, -1.5 * fold) * height * on(left, p)
    }

    /// The tongue rises between the teeth, flattens, and its tip comes out over the lower lip.
    fn tongue_out(&self, p: Vec3) -> Vec3 {
        let m = self.face.mouth.center;
        let tip = smoothstep(-14.0, 14.0, p.z - (m.z - 33.0));
        let above = p.y - (m.y - 11.0);
        Vec3::new(0.10 * p.x * tip, 15.0 * tip - 0.35 * above * tip, 26.0 * (0.35 + 0.65 * tip))
    }

    pub(super) fn cheek(&self, left: bool, p: Vec3) -> f32 {
        bell3(fold(left, p), Vec3::new(38.0, -33.0, 58.0), Vec3::new(14.0, 12.0, 20.0))
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
pub(super) fn fold(left: bool, p: Vec3) -> Vec3 {
    Vec3::new(if left { p.x } else { -p.x }, p.y, p.z)
}
