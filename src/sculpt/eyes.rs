//! Eyeballs, lashes and brows: meshes of their own on the sculpted face.

use super::head::{Eye, Face, body_from_head};
use super::mesh::Mesh;
use super::paint::{Palette, brow_line, eye_color};
use super::sdf::gradient;
use glam::{Vec2, Vec3};

/// Lashes of an upper lid.
const LASHES: usize = 40;
/// Hairs of a brow.
const BROW_HAIRS: usize = 210;

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
        let polar = 2.1 * row.powf(1.15) + 0.004;
        let around = column * std::f32::consts::TAU;
        let unit = Vec3::new(polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos());
        body_from_head(eye.center + unit * eye.radius)
    });
    let unit = |p: Vec3| (super::head::head_from_body(p) - eye.center) / eye.radius;
    mesh.normals = mesh.positions.iter().map(|&p| unit(p).normalize_or(Vec3::Z)).collect();
    mesh.paint(|p, _| eye_color(palette, unit(p), eye.iris / eye.radius));
    shade_under_lid(&mut mesh, eye);
    mesh
}

/// The upper lid's shadow on the eyeball.
fn shade_under_lid(mesh: &mut Mesh, eye: &Eye) {
    for (color, &p) in mesh.colors.iter_mut().zip(&mesh.positions) {
        let e = super::head::head_from_body(p) - eye.center;
        let below = eye.upper_edge(e.x) - e.y;
        let side = eye.half_width - e.x.abs();
        let open = super::sdf::smoothstep(-1.0, 4.5, below) * super::sdf::smoothstep(-1.0, 5.0, side);
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
        let u = (k as f32 + 0.5 + 0.3 * chance(k)) / LASHES as f32 * 2.0 - 1.0;
        let x = u * eye.half_width * 0.97;
        let root_y = eye.upper_edge(x) + 0.1;
        let depth = (eye.lid_radius.powi(2) - x * x - root_y * root_y).max(1.0).sqrt() - 0.15;
        let root = eye.center + Vec3::new(x, root_y, depth);
        let length = 5.6 + 2.3 * u + 0.6 * chance(k + 77);
        let fan = 0.55 * u + 0.10 * chance(k + 31);
        let curve = |t: f32| {
            // First forward and a little down, then curling up.
            let forward = length * (0.90 * t - 0.22 * t * t);
            let up = length * (-0.12 * t + 0.46 * t * t);
            let at = root + Vec3::new(fan * length * t, up, forward);
            (at, Vec3::new(fan * 0.3, -0.75 + 0.5 * t, 0.75).normalize_or(Vec3::Z))
        };
        ribbon(&mut mesh, 4, 0.55, curve, root);
        ribbon(&mut mesh, 4, 0.55, |t| (curve(t).0, -curve(t).1), root);
    }
    liner(&mut mesh, eye);
    let color = palette.hair * 0.6;
    mesh.paint(|_, _| color);
    mesh
}

/// The dark line that the lashes' roots make along the lid's edge.
fn liner(mesh: &mut Mesh, eye: &Eye) {
    let at = |u: f32, across: f32| {
        let x = u * eye.half_width;
        let y = eye.upper_edge(x) - 0.25 + across;
        let z = (eye.lid_radius.powi(2) - x * x - y * y).max(1.0).sqrt();
        eye.center + Vec3::new(x, y, z + 0.22)
    };
    let mut band = Mesh::grid(3, 33, false, |across, along| {
        let u = along * 1.96 - 0.98;
        let width = (1.0 + 0.45 * u) * (1.0 - u.abs().powi(6));
        body_from_head(at(u, width * (1.0 - across)))
    });
    band.anchors = band
        .positions
        .iter()
        .enumerate()
        .map(|(i, _)| {
            let u = (i % 33) as f32 / 32.0 * 1.96 - 0.98;
            body_from_head(at(u, 0.3))
        })
        .collect();
    mesh.append(&band);
}

/// The left brow's hairs; body space.
pub(super) fn brow(face: &Face, palette: &Palette) -> Mesh {
    let mut mesh = Mesh::default();
    for k in 0..BROW_HAIRS {
        let t = (k as f32 + 0.5) / BROW_HAIRS as f32;
        let x = 11.5 + 36.0 * t;
        let (height, width) = brow_line(x);
        let across = chance(k * 3 + 1) * 0.85;
        let start = Vec2::new(x, height + across * width);
        let next = brow_line(x + 3.0).0 - brow_line(x).0;
        // Hairs stand up at the nose, lie along the brow farther out, and meet in its middle.
        let rise = 0.75 * (1.0 - t * 3.0).max(0.0) - 0.30 * across + next / 3.0;
        let heading = Vec2::new(1.0, rise).normalize_or(Vec2::X);
        let length = (5.2 - 1.4 * t) * (1.0 + 0.2 * chance(k + 500));
        let at = |s: f32| {
            let flat = start + heading * length * s;
            let on = on_face(face, flat);
            let out = gradient(&|p| face.distance(p), on, 0.8);
            (on + out * (0.15 + 0.55 * s * (1.0 - s) * 4.0 * 0.5), out)
        };
        let points = [at(0.0), at(1.0 / 3.0), at(2.0 / 3.0), at(1.0)];
        let curve = |s: f32| {
            let f = (s * 3.0).clamp(0.0, 2.999);
            let (i, u) = (f as usize, f.fract());
            (points[i].0.lerp(points[i + 1].0, u), points[i].1.lerp(points[i + 1].1, u).normalize_or(Vec3::Z))
        };
        ribbon(&mut mesh, 3, 0.50, curve, points[0].0);
    }
    let color = palette.hair;
    mesh.paint(|_, _| color);
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
