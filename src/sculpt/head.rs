//! The head as clay: skull, face, lids, nose, lips, mouth cavity, neck.
//!
//! All in millimetres in the head's frame: origin between the ears at the height of the eyes, x to
//! the signer's left, y up, z out of the face. The left half is described, the right mirrors it.

use super::sdf::{
    ellipsoid, intersect, mirror, round_cone, smoothstep, soft_mirror, sphere, subtract, union,
};
use glam::{Vec2, Vec3};

/// Where the head's frame lies in the body, metres.
pub(super) const HEAD_ORIGIN: Vec3 = Vec3::new(0.0, 1.603, 0.028);

/// Metres per millimetre of the head's frame: heads are drawn a little larger than life.
pub(super) const HEAD_SCALE: f32 = 0.00106;

/// A point of the body, metres, in the head's frame, mm.
pub(super) fn head_from_body(p: Vec3) -> Vec3 {
    (p - HEAD_ORIGIN) / HEAD_SCALE
}

/// A point of the head's frame, mm, in the body, metres.
pub(super) fn body_from_head(p: Vec3) -> Vec3 {
    p * HEAD_SCALE + HEAD_ORIGIN
}

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
        self.tilt * x + self.upper * self.arch(x).powf(0.85) * (1.0 - 0.12 * u)
    }

    /// Height of the lower lid's edge at `x`.
    pub(super) fn lower_edge(&self, x: f32) -> f32 {
        let u = x / self.half_width;
        self.tilt * x - self.lower * self.arch(x) * (1.0 + 0.18 * u)
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
        self.center.y - 0.9 + 0.9 * (t * 5.0).min(1.0) - 0.6 * (t * std::f32::consts::PI).sin().max(0.0)
            + 3.0 * smoothstep(0.45, 1.15, t)
    }

    /// How far forward the lips' contact lies.
    pub(super) fn front(&self, x: f32) -> f32 {
        self.center.z - 0.0155 * x * x
    }
}

/// Numbers of one person's head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    /// The eyes.
    pub(super) eye: Eye,
    /// The mouth.
    pub(super) mouth: Mouth,
    /// Radius of the neck.
    pub(super) neck: f32,
    /// Strength of jaw and brow, 0 soft to 1 strong.
    pub(super) strength: f32,
}

impl Face {
    /// The woman presenter's.
    pub(super) const WOMAN: Face = Face {
        eye: Eye {
            center: Vec3::new(32.0, 0.0, 60.0),
            radius: 16.1,
            iris: 7.9,
            lid_radius: 17.6,
            half_width: 17.0,
            upper: 5.8,
            lower: 6.9,
            tilt: 0.07,
        },
        mouth: Mouth { center: Vec3::new(0.0, -66.0, 86.5), half_width: 23.5, fullness: [1.15, 1.15] },
        neck: 50.0,
        strength: 0.0,
    };

    /// Distance to the head, mm.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let mut d = self.masses(soft_mirror(p, 5.0));
        d = self.nose(q, d);
        d = self.lips(q, d);
        d = self.lids(q, d);
        d = self.mouth_hole(q, d);
        d
    }

    fn masses(&self, q: Vec3) -> f32 {
        let v = Vec3::new;
        let cranium = ellipsoid(q, v(0.0, 30.0, -12.0), v(73.0, 86.0, 92.0));
        let face = ellipsoid(q, v(0.0, -32.0, 24.0), v(60.0, 78.0, 54.0));
        let mut d = union(cranium, face, 40.0);
        let jaw = round_cone(q, v(46.0, -60.0, 10.0), v(13.0, -95.0, 58.0), 15.0 + 3.0 * self.strength, 14.5);
        d = union(d, jaw, 26.0);
        d = union(d, ellipsoid(q, v(0.0, -97.0, 64.0), v(16.0, 13.5, 15.0)), 16.0);
        d = union(d, ellipsoid(q, v(44.0, -24.0, 46.0), v(18.0, 15.0, 18.0)), 18.0);
        d = union(d, ellipsoid(q, v(34.0, -46.0, 47.0), v(24.0, 28.0, 25.0)), 18.0);
        let brow = round_cone(q, v(8.0, 20.0, 71.0), v(42.0, 18.0, 53.0), 8.4 + 2.0 * self.strength, 8.2);
        d = union(d, brow, 18.0);
        d = union(d, ellipsoid(q, v(0.0, -66.0, 62.0), v(29.0, 21.0, 21.0)), 16.0);
        let neck = round_cone(q, v(0.0, -90.0, -10.0), v(0.0, -190.0, -28.0), self.neck, self.neck + 4.0);
        union(d, neck, 24.0)
    }

    fn nose(&self, q: Vec3, d: f32) -> f32 {
        let v = Vec3::new;
        let bridge = round_cone(q, v(0.0, 4.0, 74.5), v(0.0, -33.0, 93.0), 5.8, 6.4);
        let mut d = union(d, bridge, 13.0);
        d = union(d, ellipsoid(q, v(0.0, -35.0, 93.5), v(7.6, 6.9, 7.6)), 7.0);
        d = union(d, ellipsoid(q, v(8.1, -37.5, 84.5), v(5.5, 5.2, 7.6)), 5.5);
        let nostril = ellipsoid(q, v(4.9, -44.5, 88.5), v(2.3, 3.0, 4.2));
        d = subtract(d, nostril, 2.5);
        let philtrum = round_cone(q, v(0.0, -47.0, 88.0), v(0.0, -57.0, 92.0), 1.6, 2.2);
        subtract(d, philtrum, 5.0)
    }

    /// Distance to the upper and the lower lip's flesh.
    pub(super) fn lip_flesh(&self, q: Vec3) -> [f32; 2] {
        let m = &self.mouth;
        let t = q.x.abs() / m.half_width;
        let taper = 1.0 - smoothstep(0.25, 1.18, t);
        let (line, front) = (m.line(q.x), m.front(q.x));
        let bow = 0.7 * (smoothstep(0.0, 0.22, t) - smoothstep(0.3, 0.75, t));
        let up = self.mouth.fullness[0] * taper;
        let low = self.mouth.fullness[1] * taper;
        let upper = Vec2::new(q.y - line - 2.5 * up - bow * 0.6, q.z - front + 3.6);
        let lower = Vec2::new(q.y - line + 3.3 * low, q.z - front + 4.6);
        [
            (upper / Vec2::new(3.6 * up + 0.9 + bow * 0.5, 4.9)).length() * 4.0 - 4.0,
            (lower / Vec2::new(4.3 * low + 0.9, 5.2)).length() * 4.4 - 4.4,
        ]
    }

    fn lips(&self, q: Vec3, d: f32) -> f32 {
        let fade = smoothstep(0.88, 1.25, q.x.abs() / self.mouth.half_width) * 8.0;
        if (q.y - self.mouth.center.y).abs() > 30.0 || q.z < 50.0 {
            return d;
        }
        let [upper, lower] = self.lip_flesh(q);
        let d = union(d, upper + fade, 4.0);
        union(d, lower + fade, 4.5)
    }

    fn lids(&self, q: Vec3, d: f32) -> f32 {
        let eye = &self.eye;
        let e = q - eye.center;
        if e.length() > 45.0 {
            return d;
        }
        let v = Vec3::new;
        let socket = ellipsoid(e, v(-1.0, 2.0, 24.0), v(19.0, 12.5, 13.0));
        let mut d = subtract(d, socket, 15.0);
        d = union(d, sphere(e, Vec3::ZERO, eye.lid_radius), 4.0);
        d = subtract(d, self.crease(e), 2.2);
        let opening = (e.y - eye.upper_edge(e.x)).max(eye.lower_edge(e.x) - e.y);
        let opening = opening.max(e.x.abs() - eye.half_width).max(1.0 - e.z);
        subtract(d, opening * 0.85, 0.9)
    }

    /// The fold above the upper lid, a thin tube lying on it.
    fn crease(&self, e: Vec3) -> f32 {
        let eye = &self.eye;
        let ring = (e.y * e.y + e.z * e.z).sqrt();
        let elevation = e.y.atan2(e.z);
        let edge = eye.elevation(e.x, eye.upper_edge(e.x));
        let fold = edge + 0.27 - 0.04 * (e.x / eye.half_width).powi(2);
        let surface = (eye.lid_radius * eye.lid_radius - e.x * e.x).max(1.0).sqrt();
        let off = Vec2::new(ring - surface - 0.4, (elevation - fold) * surface);
        // It runs out before the corners, sooner toward the nose.
        let u = e.x / eye.half_width;
        off.length() - 0.9 + 3.0 * (smoothstep(0.85, 1.25, u) + smoothstep(0.45, 1.0, -u))
    }

    fn mouth_hole(&self, q: Vec3, d: f32) -> f32 {
        let m = &self.mouth;
        if (q.y - m.center.y).abs() > 40.0 || q.z < 10.0 {
            return d;
        }
        let half = 0.75 - 1.2 * smoothstep(0.85, 1.05, q.x.abs() / m.half_width);
        let slit = ((q.y - m.line(q.x)).abs() - half).max(62.0 - q.z);
        let cavity = self.cavity(q);
        subtract(subtract(d, slit, 0.8), cavity, 1.5)
    }

    /// Distance to the hollow behind the lips.
    pub(super) fn cavity(&self, q: Vec3) -> f32 {
        let m = self.mouth.center;
        ellipsoid(q, Vec3::new(0.0, m.y - 2.0, m.z - 34.0), Vec3::new(25.0, 15.0, 25.0))
    }

    /// Where a point of the mouth's slit goes when the lips close. The slit is sculpted open, so that
    /// the grid resolves it, and closed afterward.
    pub(super) fn close_lips(&self, p: Vec3) -> Vec3 {
        let m = &self.mouth;
        let y = p.y - m.line(p.x);
        let along = 1.0 - smoothstep(0.95, 1.12, p.x.abs() / m.half_width);
        let front = smoothstep(16.0, 9.0, m.front(p.x) - p.z);
        let reach = 1.0 - smoothstep(0.5, 4.0, y.abs());
        Vec3::new(p.x, p.y - y.signum() * 0.62 * reach * along * front, p.z)
    }

    /// Whether a surface point belongs to the inside of the mouth.
    pub(super) fn is_mouth_inside(&self, p: Vec3) -> bool {
        let m = &self.mouth;
        let near = (p.y - m.center.y).abs() < 19.0 && p.x.abs() < 27.0;
        near && p.z < m.front(p.x) - 5.5 && p.z > 15.0 && self.cavity(mirror(p)) < 4.0
    }

    /// Distance to the part of the head that a scarf or hair lies on.
    pub(super) fn scalp(&self, p: Vec3) -> f32 {
        let q = soft_mirror(p, 5.0);
        intersect(self.masses(q), -q.y - 130.0, 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eyeball_is_seen_between_the_lids_and_covered_by_them_elsewhere() {
        let face = Face::WOMAN;
        let front = |y: f32| face.eye.center + Vec3::new(0.0, y, (face.eye.radius.powi(2) - y * y).sqrt());
        assert!(face.distance(front(0.0)) > 0.0);
        assert!(face.distance(front(face.eye.upper + 2.5)) < 0.0);
        assert!(face.distance(front(-face.eye.lower - 2.5)) < 0.0);
    }

    #[test]
    fn the_upper_lid_covers_the_top_of_the_iris() {
        let eye = Face::WOMAN.eye;
        assert!(eye.upper < eye.iris - 0.5 && eye.lower < eye.iris);
    }

    #[test]
    fn closing_brings_the_lips_together_without_crossing() {
        let face = Face::WOMAN;
        let (line, front) = (face.mouth.line(3.0), face.mouth.front(3.0));
        let [up, down] = [0.75, -0.75].map(|y| face.close_lips(Vec3::new(3.0, line + y, front)).y - line);
        assert!(up > 0.0 && up < 0.3 && down < 0.0 && down > -0.3, "{up} {down}");
    }

    #[test]
    fn the_eye_bones_are_the_eyeballs_centres() {
        let bone = crate::sculpt::skeleton::rest_position(crate::body::Bone::LeftEye);
        assert!(body_from_head(Face::WOMAN.eye.center).distance(bone) < 1e-4);
    }

    #[test]
    fn frames_lead_there_and_back() {
        let p = Vec3::new(0.03, 1.55, 0.1);
        assert!(body_from_head(head_from_body(p)).distance(p) < 1e-6);
    }
}
