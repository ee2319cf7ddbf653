//! The head as clay: skull, face, lids, nose, lips, mouth cavity, neck.
//!
//! All in millimetres in the head's frame: origin between the ears at the height of the eyes, x to
//! the signer's left, y up, z out of the face. The left half is described, the right mirrors it.

use super::ear;
use super::features::{Brow, Eye, Mouth};
use super::sdf::{
    bell, bell3, ellipsoid, intersect, mirror, round_cone, smoothstep, soft_mirror, sphere, subtract, union,
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

/// Numbers of one person's head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    /// The eyes.
    pub(super) eye: Eye,
    /// The brows.
    pub(super) brow: Brow,
    /// The mouth.
    pub(super) mouth: Mouth,
    /// Radius of the neck.
    pub(super) neck: f32,
    /// Half the width of the lower jaw at its angle.
    pub(super) jaw: f32,
    /// Half the width of the chin.
    pub(super) chin: f32,
    /// Half the width of the nose's wings.
    pub(super) nose: f32,
    /// How far the ridge under the brows stands out.
    pub(super) ridge: f32,
    /// How full the cheeks are, 0 lean to 1 round.
    pub(super) cheeks: f32,
    /// Length of the lashes, 1 for long ones.
    pub(super) lashes: f32,
    /// Whether the ears are seen.
    pub(super) ears: bool,
}

impl Face {
    /// Distance to the head, mm.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let mut d = self.masses(soft_mirror(p, 5.0));
        d = self.relief(q, d);
        d = self.nose(q, d);
        d = self.lips(q, d);
        d = self.lids(q, d);
        d = self.mouth_hole(q, d);
        if self.ears {
            d = union(d, ear::distance(q), 3.0);
        }
        d
    }

    /// Skull, jaw, cheeks, neck.
    fn masses(&self, q: Vec3) -> f32 {
        let v = Vec3::new;
        let cranium = ellipsoid(q, v(0.0, 31.0, -12.0), v(74.0, 85.0, 91.0));
        let face = ellipsoid(q, v(0.0, -30.0, 20.0), v(57.0, 78.0, 55.0));
        let mut d = union(cranium, face, 40.0);
        let angle = v(self.jaw - 13.0, -58.0, 8.0);
        let jaw = round_cone(q, angle, v(self.chin - 1.0, -97.0, 59.0), 13.0, 13.5);
        d = union(d, jaw, 26.0);
        d = union(d, ellipsoid(q, v(0.0, -98.0, 65.5), v(self.chin + 1.0, 12.5, 13.5)), 14.0);
        // The cheekbone, its arch back to the ear, and the flesh below it.
        let cheekbone = round_cone(q, v(42.0, -24.0, 49.0), v(58.0, -14.0, 12.0), 15.0, 9.0);
        d = union(d, cheekbone, 16.0);
        let apple = ellipsoid(q, v(35.0, -35.0, 53.0), v(19.0, 15.0, 19.0));
        d = union(d, apple, 14.0 + 8.0 * self.cheeks);
        let flesh = ellipsoid(q, v(35.0, -54.0, 38.0), v(23.0, 29.0, 26.0) * (0.88 + 0.14 * self.cheeks));
        d = union(d, flesh, 24.0);
        let brow = round_cone(q, v(9.0, 17.5, 71.0), v(46.0, 16.0, 49.0), 7.6 + self.ridge, 8.0 + self.ridge);
        d = union(d, brow, 16.0);
        d = union(d, ellipsoid(q, v(0.0, -62.0, 62.0), v(30.0, 25.0, 23.5)), 16.0);
        let neck =
            round_cone(q, v(0.0, -90.0, -12.0), v(0.0, -200.0, -30.0), self.neck, self.neck * 1.06 + 2.0);
        union(d, neck, 20.0)
    }

    /// Hollows and folds: temple, cheek, beside the nose, under the nose, under the lip.
    fn relief(&self, q: Vec3, d: f32) -> f32 {
        let v = Vec3::new;
        let temple = ellipsoid(q, v(82.0, 14.0, 40.0), v(15.0, 26.0, 24.0));
        let mut d = subtract(d, temple, 22.0);
        let lean = 1.0 - self.cheeks;
        d += 3.6 * lean * bell3(q, v(54.0, -54.0, 46.0), v(11.0, 14.0, 22.0));
        let (from, to) = (v(18.5, -36.0, 80.0), v(32.0, -62.0, 70.0));
        let along = ((q - from).dot(to - from) / from.distance_squared(to)).clamp(0.0, 1.0);
        let off = q.distance(from.lerp(to, along));
        d += 0.9 * bell(off / 3.4) * (1.0 - 0.7 * along);
        d += 1.8 * bell3(q, v(0.0, -82.5, 84.0), v(13.0, 3.8, 12.0));
        let lip = smoothstep(-43.5, -50.0, q.y) * smoothstep(-61.0, -54.0, q.y) * smoothstep(60.0, 70.0, q.z);
        d + lip * (0.75 * bell(q.x / 2.4) - 0.45 * bell((q.x - 5.6) / 2.3))
    }

    fn nose(&self, q: Vec3, d: f32) -> f32 {
        let v = Vec3::new;
        let wide = self.nose / 15.5;
        let bridge =
            round_cone(q, v(0.0, 6.0, 73.0), v(0.0, -27.0, 92.0), 5.2 + 0.4 * self.ridge, 6.0 * wide);
        let mut d = union(d, bridge, 12.0);
        d = union(d, ellipsoid(q, v(0.0, -32.5, 94.0), v(7.9 * wide, 7.0, 8.2)), 8.0);
        let root = ellipsoid(q, v(7.0 * wide, -33.0, 82.0), v(6.0 * wide, 8.0, 9.0));
        d = union(d, root, 11.0);
        let wing = ellipsoid(q, v(self.nose - 5.4, -37.0, 83.6), v(5.0, 5.0, 7.4));
        d = union(d, wing, 11.0);
        d = union(d, round_cone(q, v(0.0, -38.0, 94.0), v(0.0, -41.0, 84.0), 3.0, 3.4), 4.0);
        let nostril = ellipsoid(q, v(5.7 * wide, -43.0, 88.0), v(2.5 * wide, 2.6, 4.4));
        subtract(d, nostril, 2.2)
    }

    /// Distance to the upper and the lower lip's flesh.
    pub(super) fn lip_flesh(&self, q: Vec3) -> [f32; 2] {
        let m = &self.mouth;
        let t = q.x.abs() / m.half_width;
        let taper = 1.0 - smoothstep(0.20, 1.15, t);
        let (line, front) = (m.line(q.x), m.front(q.x));
        let bow = 0.7 * (smoothstep(0.0, 0.22, t) - smoothstep(0.3, 0.75, t));
        let up = m.fullness[0] * taper;
        let low = m.fullness[1] * taper;
        let upper = Vec2::new(q.y - line - 2.4 * up - bow * 0.6, q.z - front + 4.4 - 1.6 * taper);
        let lower = Vec2::new(q.y - line + 3.2 * low, q.z - front + 5.2 - 1.4 * taper);
        [
            (upper / Vec2::new(3.4 * up + 0.9 + bow * 0.5, 4.7)).length() * 4.0 - 4.0,
            (lower / Vec2::new(4.1 * low + 0.9, 5.2)).length() * 4.4 - 4.4,
        ]
    }

    fn lips(&self, q: Vec3, d: f32) -> f32 {
        let m = &self.mouth;
        if (q.y - m.center.y).abs() > 30.0 || q.z < 45.0 {
            return d;
        }
        let fade = smoothstep(0.80, 1.12, q.x.abs() / m.half_width) * 9.0;
        let [upper, lower] = self.lip_flesh(q);
        let d = union(d, upper + fade, 4.0);
        let d = union(d, lower + fade, 4.5);
        // The corners are tucked in.
        let x = m.half_width + 1.5;
        d + 0.6 * bell3(q, Vec3::new(x, m.line(x), m.front(x)), Vec3::new(3.0, 3.4, 6.0))
    }

    fn lids(&self, q: Vec3, d: f32) -> f32 {
        let eye = &self.eye;
        let e = q - eye.center;
        if e.length() > 48.0 {
            return d;
        }
        let v = Vec3::new;
        let socket = ellipsoid(e, v(-1.5, 1.5, 25.0), v(20.0, 12.0, 12.5));
        let mut d = subtract(d, socket, 13.0);
        d = union(d, sphere(e, Vec3::ZERO, eye.lid_radius), 4.5);
        // Both corners of the eye lie on flesh that reaches past the eyeball.
        d = union(d, ellipsoid(e, v(-11.0, -0.6, 4.6), v(8.0, 5.2, 7.4)), 5.0);
        d = union(d, ellipsoid(e, v(11.0, 0.6, 2.0), v(7.5, 5.5, 6.5)), 9.0);
        d += self.crease(e);
        let opening = (e.y - eye.upper_edge(e.x)).max(eye.lower_edge(e.x) - e.y);
        let opening = opening.max(e.x.abs() - eye.half_width).max(eye.floor(e.x) - e.z);
        subtract(d, opening * 0.85, 0.9)
    }

    /// Depth of the fold above the upper lid, and what the skin above it stands out.
    fn crease(&self, e: Vec3) -> f32 {
        let eye = &self.eye;
        let elevation = e.y.atan2(e.z);
        let edge = eye.elevation(e.x, eye.upper_edge(e.x));
        let u = e.x / eye.half_width;
        let surface = (eye.lid_radius * eye.lid_radius - e.x * e.x).max(1.0).sqrt();
        let off = (elevation - edge - 0.26 + 0.10 * u * u) * surface;
        // It runs out past the corners, sooner toward the nose.
        let runs = (1.0 - smoothstep(0.70, 1.04, u)) * (1.0 - smoothstep(0.55, 1.00, -u));
        let near = smoothstep(6.0, 2.5, (e.length() - eye.lid_radius).abs());
        (0.95 * bell(off / 0.75) - 0.55 * bell((off - 2.4) / 1.5)) * runs * near
    }

    fn mouth_hole(&self, q: Vec3, d: f32) -> f32 {
        let m = &self.mouth;
        if (q.y - m.center.y).abs() > 40.0 || q.z < 10.0 {
            return d;
        }
        let half = 0.75 - 1.2 * smoothstep(0.85, 1.05, q.x.abs() / m.half_width);
        let slit = ((q.y - m.line(q.x)).abs() - half).max(m.center.z - 26.0 - q.z);
        let cavity = self.cavity(q);
        subtract(subtract(d, slit, 0.8), cavity, 1.5)
    }

    /// Distance to the hollow behind the lips.
    pub(super) fn cavity(&self, q: Vec3) -> f32 {
        let m = self.mouth.center;
        ellipsoid(q, Vec3::new(0.0, m.y - 2.0, m.z - 34.0), Vec3::new(24.0, 15.0, 25.0))
    }

    /// Where a point of the mouth's slit goes when the lips close. The slit is sculpted open, so that
    /// the grid resolves it, and closed afterward.
    pub(super) fn close_lips(&self, p: Vec3) -> Vec3 {
        let m = &self.mouth;
        let y = p.y - m.line(p.x);
        let along = 1.0 - smoothstep(0.95, 1.12, p.x.abs() / m.half_width);
        let front = smoothstep(16.0, 9.0, m.front(p.x) - p.z);
        let reach = 1.0 - smoothstep(0.5, 4.0, y.abs());
        Vec3::new(p.x, p.y - y.signum() * 0.70 * reach * along * front, p.z)
    }

    /// Whether a surface point belongs to the inside of the mouth.
    pub(super) fn is_mouth_inside(&self, p: Vec3) -> bool {
        let m = &self.mouth;
        let near = (p.y - m.center.y).abs() < 19.0 && p.x.abs() < 27.0;
        near && p.z < m.front(p.x) - 5.5 && p.z > 15.0 && self.cavity(mirror(p)) < 4.0
    }

    /// Distance to the part of the head that a scarf lies on.
    pub(super) fn scalp(&self, p: Vec3) -> f32 {
        let q = soft_mirror(p, 5.0);
        intersect(self.masses(q), -q.y - 130.0, 10.0)
    }

    /// Distance to the head without features: where hair grows, it is the skin.
    pub(super) fn skull(&self, p: Vec3) -> f32 {
        self.relief(mirror(p), self.masses(soft_mirror(p, 5.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sculpt::people::{self, WOMAN_FACE as WOMAN};

    #[test]
    fn the_eyeball_is_seen_between_the_lids_and_covered_by_them_elsewhere() {
        let face = WOMAN;
        let front = |y: f32| face.eye.center + Vec3::new(0.0, y, (face.eye.radius.powi(2) - y * y).sqrt());
        assert!(face.distance(front(0.0)) > 0.0);
        assert!(face.distance(front(face.eye.upper + 2.5)) < 0.0);
        assert!(face.distance(front(-face.eye.lower - 2.5)) < 0.0);
    }

    #[test]
    fn the_upper_lid_covers_the_top_of_the_iris() {
        let eye = WOMAN.eye;
        assert!(eye.upper < eye.iris - 0.5 && eye.lower < eye.iris);
    }

    #[test]
    fn closing_brings_the_lips_together_without_crossing() {
        let face = WOMAN;
        let (line, front) = (face.mouth.line(3.0), face.mouth.front(3.0));
        let [up, down] = [0.75, -0.75].map(|y| face.close_lips(Vec3::new(3.0, line + y, front)).y - line);
        assert!(up > 0.0 && up < 0.3 && down < 0.0 && down > -0.3, "{up} {down}");
    }

    #[test]
    fn the_eye_bones_are_the_eyeballs_centres() {
        for person in [people::WOMAN, people::MAN] {
            let bone = person.physique.rest_position(crate::body::Bone::LeftEye);
            assert!(body_from_head(person.face.eye.center).distance(bone) < 1e-4);
        }
    }

    #[test]
    fn frames_lead_there_and_back() {
        let p = Vec3::new(0.03, 1.55, 0.1);
        assert!(body_from_head(head_from_body(p)).distance(p) < 1e-6);
    }
}
