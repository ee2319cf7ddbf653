//! Eyeballs, lashes and brows: meshes of their own on the sculpted face.

use super::features::Eye;
use super::head::{Face, body_from_head};
use super::mesh::Mesh;
use super::paint::{Palette, eye_color};
use super::sdf::{gradient, smoothstep};
use glam::{Vec2, Vec3};

/// Lashes of an upper lid.
const LASHES: usize = 34;

/// A number between −1 and 1 that looks like chance and is the same everywhere.
fn chance(seed: usize) -> f32 {
    let mut x = (seed as u32).wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B;
    x ^= x >> 15;
    x = x.wrapping_mul(0x2C1B_3C6D);
    x ^= x >> 12;
    (x & 0xFFFF) as f32 / 32767.5 - 1.0
}

/// The left eyeball; body space.
pub(super) fn eyeball(face: &Face, palette: &Palette) -> Mesh {
    let eye = &face.eye;
    let mut mesh = Mesh::grid(30, 48, true, |row, column| {
        // Rings close together over the iris, from the front pole to behind the lids.
        let polar = 2.1 * row.powf(1.15);
        let around = column * std::f32::consts::TAU;
        let unit = Vec3::new(polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos());
        body_from_head(eye.center + unit * eye.radius)
    });
    let unit = |p: Vec3| (super::head::head_from_body(p) - eye.center) / eye.radius;
    mesh.normals = mesh.positions.iter().map(|&p| cornea(unit(p), eye.iris / eye.radius)).collect();
    mesh.paint(|p, _| eye_color(palette, unit(p), eye.iris / eye.radius));
    shade_under_lid(&mut mesh, eye);
    mesh
}

/// The normal at `unit` of the eyeball: over the iris the cornea bulges, which gathers the light of
/// a lamp to a point.
fn cornea(unit: Vec3, iris: f32) -> Vec3 {
    let from_axis = Vec3::new(unit.x, unit.y, 0.0);
    let bulge = if unit.z > 0.0 { 0.75 * smoothstep(1.25, 0.85, from_axis.length() / iris) } else { 0.0 };
    (unit + from_axis * bulge).normalize_or(Vec3::Z)
}

/// The upper lid's shadow on the eyeball.
fn shade_under_lid(mesh: &mut Mesh, eye: &Eye) {
    for (color, &p) in mesh.colors.iter_mut().zip(&mesh.positions) {
        let e = super::head::head_from_body(p) - eye.center;
        let below = eye.upper_edge(e.x) - e.y;
        let side = eye.half_width - e.x.abs();
        let open = smoothstep(-1.0, 4.5, below) * smoothstep(-1.0, 5.0, side);
        color.w = 0.45 + 0.55 * open;
    }
}

/// A tapered ribbon along a curve: `curve(t)` gives place and the direction it faces.
fn ribbon(mesh: &mut Mesh, steps: usize, width: f32, curve: impl Fn(f32) -> (Vec3, Vec3), anchor: Vec3) {
    let first = mesh.positions.len() as u32;
    for k in 0..=steps {
        let t = k as f32 / steps as f32;
        let (at, out) = curve(t);
        let ahead = (curve((t + 0.05).min(1.0)).0 - curve((t - 0.05).max(0.0)).0).normalize_or(Vec3::Y);
        let side = ahead.cross(out).normalize_or(Vec3::X) * width * 0.5 * (1.0 - t * 0.92);
        for p in [at - side, at + side] {
            mesh.positions.push(body_from_head(p));
            mesh.normals.push(out);
            mesh.anchors.push(body_from_head(anchor));
        }
    }
    for k in 0..steps as u32 {
        let a = first + 2 * k;
        mesh.triangles.extend([[a, a + 1, a + 2], [a + 1, a + 3, a + 2]]);
    }
}

/// The left upper lid's lashes; body space.
pub(super) fn lashes(face: &Face, palette: &Palette) -> Mesh {
    let eye = &face.eye;
    let mut mesh = Mesh::default();
    for k in 0..LASHES {
        let u = (k as f32 + 0.5 + 0.2 * chance(k)) / LASHES as f32 * 1.9 - 0.92;
        let x = u * eye.half_width;
        let root = on_lid(face, x, 0.15);
        let length = (4.6 + 2.0 * u + 0.4 * chance(k + 77)) * face.lashes * (1.0 - 0.5 * u.abs().powi(8));
        let fan = 0.50 * u + 0.06 * chance(k + 31);
        let curve = |t: f32| {
            // First forward and a little down, then curling up.
            let forward = length * (0.80 * t - 0.25 * t * t);
            let up = length * (-0.10 * t + 0.50 * t * t);
            let at = root + Vec3::new(fan * length * t, up, forward);
            (at, Vec3::new(fan * 0.3, -0.75 + 0.5 * t, 0.75).normalize_or(Vec3::Z))
        };
        ribbon(&mut mesh, 4, 0.62, curve, root);
    }
    liner(&mut mesh, face);
    let color = palette.hair * 0.6;
    mesh.paint(|_, _| color);
    mesh
}

/// The point of the upper lid `across` mm above its edge at `x`; head's frame.
fn on_lid(face: &Face, x: f32, across: f32) -> Vec3 {
    let eye = &face.eye;
    let y = eye.center.y + eye.upper_edge(x);
    let depth = on_face(face, Vec2::new(eye.center.x + x, y + across.max(0.9))).z;
    Vec3::new(eye.center.x + x, y + across, depth)
}

/// The dark line that the lashes' roots make along the lid's edge.
fn liner(mesh: &mut Mesh, face: &Face) {
    const COLUMNS: usize = 37;
    let place = |along: f32| along * 1.92 - 0.94;
    let mut band = Mesh::grid(4, COLUMNS, false, |across, along| {
        let u = place(along);
        let width = (0.95 + 0.55 * u) * (1.0 - u.abs().powi(6)) * face.lashes;
        let lift = [0.10, 0.45, 0.35, 0.0][(across * 3.0).round() as usize];
        let at = on_lid(face, u * face.eye.half_width, width * (1.0 - across) - 0.35 * across);
        body_from_head(at + Vec3::Z * lift)
    });
    let root = |i: usize| place((i % COLUMNS) as f32 / (COLUMNS - 1) as f32) * face.eye.half_width;
    band.anchors = (0..band.positions.len()).map(|i| body_from_head(on_lid(face, root(i), 0.3))).collect();
    mesh.append(&band);
}

/// The left brow: a soft strip on the skin, its hairs combed into its relief and colour; body space.
pub(super) fn brow(face: &Face, palette: &Palette) -> Mesh {
    let brow = &face.brow;
    let place = |along: f32, across: f32| {
        let x = brow.inner.x + (brow.outer.x - brow.inner.x) * (along * 1.05 - 0.03);
        let (height, half_width) = brow.line(x);
        // The inner end is cut slantwise, as brows grow.
        let slant = (1.0 - smoothstep(0.0, 0.2, along)) * 0.8 * across;
        Vec2::new(x - slant, height + across * (half_width + 0.35))
    };
    let hair = |along: f32, across: f32| {
        let rise = 0.4 + 1.6 * smoothstep(0.35, 0.0, along);
        let phase = along * 74.0 - across * 3.4 * rise + 1.9 * (along * 23.0 + across).sin();
        0.5 + 0.5 * phase.sin()
    };
    let thick = |along: f32, across: f32| {
        let ends = smoothstep(-0.02, 0.22, along) * smoothstep(1.01, 0.70, along);
        (1.0 - across * across) * ends
    };
    let mut mesh = Mesh::grid(9, 90, false, |across, along| {
        let across = 1.0 - 2.0 * across;
        let on = on_face(face, place(along, across));
        let out = gradient(&|p| face.distance(p), on, 0.8);
        let lift = -0.55 + (1.10 + 0.20 * hair(along, across)) * thick(along, across).sqrt();
        body_from_head(on + out * lift)
    });
    mesh.colors = (0..mesh.positions.len())
        .map(|i| {
            let (along, across) = ((i % 90) as f32 / 89.0, 1.0 - 2.0 * (i / 90) as f32 / 8.0);
            let dense = smoothstep(0.05, 0.70, thick(along, across));
            let dark = palette.hair * (1.1 + 0.7 * hair(along, across));
            (palette.skin * Vec3::new(0.70, 0.62, 0.58)).lerp(dark, 0.10 + 0.90 * dense).extend(1.0)
        })
        .collect();
    mesh
}

/// The point of the face in front of (x, y), mm.
fn on_face(face: &Face, flat: Vec2) -> Vec3 {
    let mut p = flat.extend(125.0);
    for _ in 0..60 {
        let d = face.distance(p);
        if d < 0.02 {
            break;
        }
        p.z -= d * 0.8;
    }
    p
}
