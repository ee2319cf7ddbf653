//! Where eyes, mouth and brows lie on a face, as numbers and the curves that follow from them: clay,
//! colours and face shapes all ask the same ones.

use super::sdf::{mirror, smoothstep};
use glam::{Vec2, Vec3};

/// The eye and its lids; x outward from the nose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eye {
    /// Centre of the left eyeball.
    pub(super) center: Vec3,
    /// Of the eyeball.
    pub(super) radius: f32,
    /// Of the iris, as seen from the front.
    pub(super) iris: f32,
    /// Outer surface of the lids.
    pub(super) lid_radius: f32,
    /// Half the width of the opening.
    pub(super) half_width: f32,
    /// Height of the upper lid's edge over the middle.
    pub(super) upper: f32,
    /// Depth of the lower lid's edge under the middle.
    pub(super) lower: f32,
    /// Rise of the opening per unit outward.
    pub(super) tilt: f32,
}

impl Eye {
    /// 1 in the middle of the opening, 0 at its corners and beyond.
    fn arch(&self, x: f32) -> f32 {
        let u = x / self.half_width;
        (1.0 - u * u).max(0.0)
    }

    /// Height of the upper lid's edge at `x`, from the eye's centre.
    pub(super) fn upper_edge(&self, x: f32) -> f32 {
        let u = x / self.half_width;
        self.tilt * x + self.upper * self.arch(x).powf(0.80) * (1.0 - 0.10 * u)
    }

    /// Height of the lower lid's edge at `x`.
    pub(super) fn lower_edge(&self, x: f32) -> f32 {
        let u = x / self.half_width;
        self.tilt * x - self.lower * self.arch(x).powf(0.95) * (1.0 + 0.22 * u)
    }

    /// A point seen from this eye: origin at its centre, x outward.
    pub(super) fn local(&self, p: Vec3) -> Vec3 {
        mirror(p) - self.center
    }

    /// How far the height `y` at `x` lies up round the eyeball from its equator, radians.
    pub(super) fn elevation(&self, x: f32, y: f32) -> f32 {
        let ring = (self.lid_radius * self.lid_radius - x * x).max(16.0).sqrt();
        (y / ring).clamp(-0.99, 0.99).asin()
    }

    /// How deep the opening goes at `x`: to behind the eyeball's edge, but at the nose only to the
    /// pink flesh in the eye's corner.
    pub(super) fn floor(&self, x: f32) -> f32 {
        1.0 + 8.4 * smoothstep(-0.52, -0.90, x / self.half_width)
    }
}

/// The mouth: a slit between two lips, teeth behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mouth {
    /// Middle of the line between the lips.
    pub(super) center: Vec3,
    /// Half the width of the line.
    pub(super) half_width: f32,
    /// Fullness of the upper and the lower lip.
    pub(super) fullness: [f32; 2],
}

impl Mouth {
    /// Height of the line between the lips.
    pub(super) fn line(&self, x: f32) -> f32 {
        let t = (x.abs() / self.half_width).min(1.3);
        self.center.y - 0.8 + 0.8 * (t * 5.0).min(1.0) - 0.5 * (t * std::f32::consts::PI).sin().max(0.0)
            + 2.2 * smoothstep(0.45, 1.15, t)
    }

    /// How far forward the lips' contact lies: they lie round the arch of the teeth.
    pub(super) fn front(&self, x: f32) -> f32 {
        self.center.z - 0.0225 * x * x
    }
}

/// The brow's middle line: where it begins, is highest and ends, x outward and y up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brow {
    /// At the nose.
    pub(super) inner: Vec2,
    /// Over the outer half of the eye.
    pub(super) peak: Vec2,
    /// At the temple.
    pub(super) outer: Vec2,
    /// Half its width where it is widest.
    pub(super) half_width: f32,
}

impl Brow {
    /// Height of the middle line at `x`, and half the width there.
    pub(super) fn line(&self, x: f32) -> (f32, f32) {
        let height = if x < self.peak.x {
            let t = ((x - self.inner.x) / (self.peak.x - self.inner.x)).max(-0.2);
            self.inner.y + (self.peak.y - self.inner.y) * (1.0 - (1.0 - t) * (1.0 - t)).max(-0.3)
        } else {
            let t = ((x - self.peak.x) / (self.outer.x - self.peak.x)).min(1.2);
            self.peak.y + (self.outer.y - self.peak.y) * t * t
        };
        let t = self.along(x);
        let ends = (0.55 + 0.45 * smoothstep(-0.02, 0.28, t)) * (1.0 - 0.90 * smoothstep(0.45, 1.02, t));
        (height, self.half_width * ends)
    }

    /// 0 at the inner end, 1 at the outer.
    pub(super) fn along(&self, x: f32) -> f32 {
        (x - self.inner.x) / (self.outer.x - self.inner.x)
    }
}
