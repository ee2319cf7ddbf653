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
    /// Coat or jumper.
    pub(super) coat: Vec3,
    /// Shirt.
    pub(super) trim: Vec3,
    /// Scarf.
    pub(super) scarf: Vec3,
    /// How dark a shaven beard shows, 0 to 1.
    pub(super) stubble: f32,
}

/// Colour of the head's skin at `p`, head's frame, mm.
pub(super) fn face_color(face: &Face, palette: &Palette, p: Vec3) -> Vec3 {
    let q = mirror(p);
    let v = Vec3::new;
    let cheek = 0.42 * bell3(q, v(42.0, -32.0, 58.0), v(18.0, 14.0, 28.0));
    let nose = 0.40 * bell3(q, v(0.0, -36.0, 98.0), v(13.0, 9.0, 14.0));
    let chin = 0.22 * bell3(q, v(0.0, -98.0, 78.0), v(14.0, 9.0, 16.0));
    let ear = 0.6 * smoothstep(66.0, 78.0, q.x) * smoothstep(40.0, 10.0, q.y.abs());
    let blood = (cheek + nose + chin + ear).min(0.8);
    let mut color = palette.skin * Vec3::ONE.lerp(palette.blush, blood);
    // The forehead is a little yellower, the lower face a little greyer.
    color *= Vec3::ONE.lerp(v(1.03, 1.02, 0.95), smoothstep(10.0, 45.0, q.y));
    color = beard(face, palette, q, color);
    color = around_eye(face, q, color);
    let (height, width) = face.brow.line(q.x);
    let off = (q.y - height).abs() / (width + 1.0);
    let along = face.brow.along(q.x);
    if q.z > 20.0 && (-0.1..1.1).contains(&along) {
        let ends = smoothstep(-0.07, 0.12, along) * smoothstep(1.08, 0.90, along);
        color = color.lerp(palette.hair * 3.0, 0.66 * (1.0 - smoothstep(0.35, 1.25, off)) * ends);
    }
    color = color.lerp(palette.lips * lip_light(face, q), lip_mask(face, q));
    // The line between the lips is darkest in the corners.
    let m = &face.mouth;
    let corner = bell3(q, v(m.half_width, m.line(m.half_width), m.front(m.half_width)), v(2.0, 1.3, 5.0));
    let slit = smoothstep(1.5, 0.8, (q.y - m.line(q.x)).abs());
    let behind = smoothstep(0.8, 2.2, m.front(q.x) - q.z) * smoothstep(1.1, 1.0, q.x / m.half_width);
    color *= (1.0 - 0.45 * corner) * (1.0 - 0.65 * slit * behind);
    if face.is_mouth_inside(p) {
        color = palette.mouth;
    }
    let wide = face.nose / 15.5;
    let nostril = bell3(q, v(5.7 * wide, -42.5, 87.5), v(2.3 * wide, 2.0, 3.2));
    color * (1.0 - 0.75 * nostril)
}

/// The shadow of a shaven beard on jaw, chin and upper lip.
fn beard(face: &Face, palette: &Palette, q: Vec3, color: Vec3) -> Vec3 {
    if palette.stubble <= 0.0 {
        return color;
    }
    let v = Vec3::new;
    let m = &face.mouth;
    let cheek_line = -30.0 - 0.55 * (58.0 - q.x).clamp(0.0, 44.0);
    let jaw = smoothstep(cheek_line + 8.0, cheek_line - 22.0, q.y) * smoothstep(-2.0, 14.0, q.z);
    let throat = smoothstep(-142.0, -112.0, q.y);
    let moustache = bell3(q, v(10.0, -53.0, 86.0), v(13.0, 4.6, 30.0));
    let clear = 1.0 - bell3(q, v(0.0, m.center.y - 1.0, 86.0), v(15.0, 7.0, 40.0));
    let sides = 1.0 - bell3(q, v(21.0, -52.0, 76.0), v(6.0, 10.0, 30.0));
    let share = palette.stubble * ((jaw * throat * clear * sides) + 0.9 * moustache).min(1.0);
    color.lerp(color * v(0.50, 0.50, 0.54), share)
}

/// Lids, the shade of the socket, the rims, the pink corner, and the line of the lashes.
fn around_eye(face: &Face, q: Vec3, mut color: Vec3) -> Vec3 {
    let v = Vec3::new;
    let eye = &face.eye;
    let e = q - eye.center;
    if e.length() > 60.0 {
        return color;
    }
    let socket = bell3(e, v(0.0, 6.0, 14.0), v(16.0, 7.0, 12.0));
    color *= Vec3::ONE.lerp(v(0.80, 0.70, 0.67), 0.42 * socket);
    let under = bell3(e, v(-3.0, -11.0, 13.0), v(12.0, 3.6, 12.0));
    color *= Vec3::ONE.lerp(v(0.92, 0.86, 0.86), 0.5 * under);
    if e.length() > 26.0 || e.z < -1.0 {
        return color;
    }
    let within = 1.0 - smoothstep(0.96, 1.12, e.x.abs() / eye.half_width);
    let (above, below) = (e.y - eye.upper_edge(e.x), eye.lower_edge(e.x) - e.y);
    let inside = smoothstep(0.5, -0.4, above.max(below)) * within;
    let wet = smoothstep(-0.45, -0.85, e.x / eye.half_width);
    color = color.lerp(v(0.50, 0.24, 0.19).lerp(v(0.46, 0.20, 0.17), wet), inside);
    let front =
        smoothstep(-2.4, -0.8, e.length() - eye.lid_radius) * smoothstep(-1.0, -0.7, e.x / eye.half_width);
    let liner = smoothstep(-1.3, -0.2, above) * (1.0 - smoothstep(0.2, 1.5, above)) * front;
    let lower =
        smoothstep(-0.6, 0.0, below) * (1.0 - smoothstep(0.1, 1.1, below)) * smoothstep(-6.0, 9.0, e.x);
    color * (1.0 - within * (0.85 * liner).max(0.40 * lower))
}

/// Light and shade of the lips' own form, which a few pixels would not show: the upper lip looks down,
/// the lower has its light in the middle.
fn lip_light(face: &Face, q: Vec3) -> f32 {
    let m = &face.mouth;
    let y = q.y - m.line(q.x);
    let swell = bell3(q, Vec3::new(0.0, m.line(0.0) - 4.2, q.z), Vec3::new(11.0, 2.2, 1.0));
    if y > 0.0 { 0.84 } else { 0.96 + 0.28 * swell }
}

/// 1 on the red of the lips, 0 off it.
pub(super) fn lip_mask(face: &Face, q: Vec3) -> f32 {
    let m = &face.mouth;
    let t = q.x / m.half_width;
    if t > 1.15 || q.z < m.front(q.x) - 13.0 {
        return 0.0;
    }
    let y = q.y - m.line(q.x);
    let bow = 1.4 * (smoothstep(0.0, 0.20, t) - smoothstep(0.25, 1.0, t));
    let taper = (1.0 - t * t).max(0.0).sqrt();
    let edge =
        if y > 0.0 { 4.9 * m.fullness[0] * taper + bow * 0.8 } else { 7.9 * m.fullness[1] * taper.powf(1.2) };
    let side = 1.0 - smoothstep(0.80, 1.04, t);
    side * (1.0 - smoothstep(edge - 1.2, edge + 0.7, y.abs()))
}

/// Where a point of a hand lies among the things that colour it, 0 to 1 each.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandMarks {
    /// On a nail.
    pub(super) nail: f32,
    /// Near a fingertip.
    pub(super) tip: f32,
    /// On a joint's back.
    pub(super) knuckle: f32,
    /// In a crease.
    pub(super) crease: f32,
}

/// Colour of a hand's skin at `p` with normal `n`, hand's frame, mm.
pub(super) fn hand_color(palette: &Palette, p: Vec3, n: Vec3, marks: HandMarks) -> Vec3 {
    let palm = smoothstep(0.1, 0.8, -n.y) * smoothstep(-20.0, 20.0, p.x);
    let blood = (0.50 * marks.tip + 0.45 * marks.knuckle).min(0.8);
    let mut color = palette.skin * Vec3::ONE.lerp(palette.blush, blood);
    color = color.lerp(palette.skin * Vec3::new(1.12, 1.06, 1.04), 0.7 * palm);
    color *= Vec3::ONE.lerp(Vec3::new(0.76, 0.64, 0.60), marks.crease);
    color.lerp(palette.nail, marks.nail)
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
    let ring = body.lerp(palette.iris * 0.12, smoothstep(0.74, 0.94, r));
    let colored = Vec3::splat(0.004).lerp(ring, smoothstep(0.35, 0.40, r));
    colored.lerp(white, smoothstep(0.97, 1.06, r))
}
