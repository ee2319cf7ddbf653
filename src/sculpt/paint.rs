//! Colours of the skin, linear, as functions of place.

use super::head::Face;
use super::sdf::{bell3, mirror, smoothstep};
use glam::{Vec2, Vec3};

/// A person's colours, linear RGB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// Skin where nothing reddens it.
    pub(super) skin: Vec3,
    /// What blood adds, multiplied in at cheeks, nose, knuckles.
    pub(super) blush: Vec3,
    /// Lips.
    pub(super) lips: Vec3,
    /// Inside of the mouth.
    pub(super) mouth: Vec3,
    /// Brows, lashes and hair.
    pub(super) hair: Vec3,
    /// The iris.
    pub(super) iris: Vec3,
    /// Nails.
    pub(super) nail: Vec3,
    /// Jacket, its trimming, and scarf.
    pub(super) cloth: [Vec3; 3],
}

impl Palette {
    /// The woman presenter's.
    pub(super) const WOMAN: Palette = Palette {
        skin: Vec3::new(0.53, 0.305, 0.205),
        blush: Vec3::new(1.0, 0.70, 0.66),
        lips: Vec3::new(0.43, 0.15, 0.125),
        mouth: Vec3::new(0.16, 0.035, 0.03),
        hair: Vec3::new(0.030, 0.018, 0.012),
        iris: Vec3::new(0.052, 0.022, 0.010),
        nail: Vec3::new(0.62, 0.365, 0.295),
        cloth: [Vec3::new(0.014, 0.020, 0.042), Vec3::new(0.05, 0.06, 0.09), Vec3::new(0.075, 0.165, 0.185)],
    };
}

/// Height of the brow's middle line at `x` outward, and its half width there, mm; head's frame.
pub(super) fn brow_line(x: f32) -> (f32, f32) {
    let t = ((x - 12.0) / 37.0).clamp(-0.1, 1.1);
    let height =
        23.2 + 3.8 * (0.95 * std::f32::consts::PI * t.max(0.0).powf(1.25)).sin() - 0.6 * t - 2.2 * t * t;
    let width = 2.9 * (1.0 - smoothstep(0.40, 1.05, t) * 0.85) * smoothstep(-0.14, 0.14, t);
    (height, width)
}

/// Colour of the head's skin at `p`, head's frame, mm.
pub(super) fn face_color(face: &Face, palette: &Palette, p: Vec3) -> Vec3 {
    let q = mirror(p);
    let v = Vec3::new;
    let cheek = 0.70 * bell3(q, v(38.0, -30.0, 62.0), v(16.0, 13.0, 25.0));
    let nose = 0.45 * bell3(q, v(0.0, -38.0, 98.0), v(12.0, 9.0, 14.0));
    let chin = 0.22 * bell3(q, v(0.0, -98.0, 78.0), v(14.0, 9.0, 16.0));
    let blood = (cheek + nose + chin).min(0.8);
    let mut color = palette.skin * Vec3::ONE.lerp(palette.blush, blood);
    let e = face.eye.local(p);
    let round = e.length() - face.eye.lid_radius;
    let socket = bell3(e, v(0.0, 5.0, 16.0), v(17.0, 8.0, 12.0));
    color *= Vec3::ONE.lerp(v(0.80, 0.70, 0.68), 0.35 * socket);
    let under = bell3(e, v(-3.0, -10.0, 14.0), v(13.0, 4.0, 12.0));
    color *= Vec3::ONE.lerp(v(0.90, 0.84, 0.84), 0.6 * under);
    let rim = 1.0 - smoothstep(-1.4, -0.1, round);
    if e.length() < 24.0 && e.z > 0.0 {
        color = color.lerp(v(0.50, 0.24, 0.19), rim);
        let gap = e.y - face.eye.upper_edge(e.x);
        let liner = smoothstep(-1.2, -0.2, gap) * (1.0 - smoothstep(0.3, 1.5, gap));
        let within = 1.0 - smoothstep(0.95, 1.15, e.x.abs() / face.eye.half_width);
        color *= 1.0 - 0.85 * liner * within;
    }
    let (height, width) = brow_line(q.x);
    let off = (q.y - height).abs() / (width + 0.5);
    if q.x > 7.0 && q.z > 20.0 {
        color = color.lerp(palette.hair * 4.0, 0.55 * (1.0 - smoothstep(0.35, 1.15, off)));
    }
    color = color.lerp(palette.lips, lip_mask(face, q));
    if face.is_mouth_inside(p) {
        color = palette.mouth;
    }
    let nostril = bell3(q, v(4.9, -43.8, 88.0), v(2.3, 2.0, 3.2));
    color * (1.0 - 0.75 * nostril)
}

/// 1 on the red of the lips, 0 off it.
pub(super) fn lip_mask(face: &Face, q: Vec3) -> f32 {
    let m = &face.mouth;
    let t = q.x / m.half_width;
    if t > 1.15 || q.z < m.front(q.x) - 13.0 {
        return 0.0;
    }
    let y = q.y - m.line(q.x);
    let bow = 1.5 * (smoothstep(0.0, 0.20, t) - smoothstep(0.25, 1.0, t));
    let taper = (1.0 - t * t).max(0.0).sqrt();
    let edge =
        if y > 0.0 { 5.0 * m.fullness[0] * taper + bow * 0.8 } else { 8.2 * m.fullness[1] * taper.powf(1.3) };
    let side = 1.0 - smoothstep(0.93, 1.03, t);
    side * (1.0 - smoothstep(edge - 0.9, edge + 0.7, y.abs()))
}

/// Colour of a hand's skin at `p` with normal `n`, hand's frame, mm.
pub(super) fn hand_color(palette: &Palette, p: Vec3, n: Vec3, nail: f32, tips: f32, knuckles: f32) -> Vec3 {
    let palm = smoothstep(0.1, 0.8, -n.y) * smoothstep(-20.0, 20.0, p.x);
    let blood = (0.55 * tips + 0.5 * knuckles).min(0.8);
    let mut color = palette.skin * Vec3::ONE.lerp(palette.blush, blood);
    color = color.lerp(palette.skin * Vec3::new(1.10, 1.02, 1.0), 0.6 * palm);
    color.lerp(palette.nail, nail)
}

/// Colour of the eyeball at `p` from its centre in units of its radius; x to the left, z forward.
pub(super) fn eye_color(palette: &Palette, p: Vec3, iris: f32) -> Vec3 {
    let r = Vec2::new(p.x, p.y).length() / iris;
    let sclera = Vec3::new(0.58, 0.53, 0.50);
    let pink = Vec3::new(0.62, 0.36, 0.31);
    let white = sclera.lerp(pink, 0.55 * smoothstep(0.55, 1.0, p.x.abs()));
    if p.z < 0.0 {
        return white;
    }
    let angle = p.y.atan2(p.x);
    let streak = 0.85 + 0.15 * (angle * 23.0).sin() * (angle * 7.0 + 1.0).cos();
    // Light enters from above and gathers on the far side: the lower half of an iris is lighter.
    let glow = 1.0 + 1.3 * smoothstep(0.3, -0.9, p.y / iris);
    let body = palette.iris * streak * glow * (0.8 + 0.9 * (1.0 - smoothstep(0.35, 0.75, r)));
    let ring = body.lerp(palette.iris * 0.22, smoothstep(0.72, 0.96, r));
    let colored = Vec3::splat(0.004).lerp(ring, smoothstep(0.35, 0.40, r));
    colored.lerp(white, smoothstep(0.97, 1.06, r))
}
