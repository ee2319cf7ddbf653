//! Teeth and tongue.

use super::head::{Face, body_from_head, head_from_body};
use super::mesh::Mesh;
use super::paint::Palette;
use super::sdf::smoothstep;
use glam::Vec3;

/// Where the face fields see the upper and the lower jaw, head's frame, mm: deep in either.
const UPPER_JAW: Vec3 = Vec3::new(0.0, -30.0, 40.0);
const LOWER_JAW: Vec3 = Vec3::new(0.0, -96.0, 60.0);

/// Both rows of teeth; body space.
pub(super) fn teeth(face: &Face, palette: &Palette) -> Mesh {
    let m = face.mouth.center;
    let mut both = row(
        Vec3::new(0.0, m.y + 5.6, m.z - 31.0),
        Vec3::new(18.0, 9.5, 21.0),
        -1.0,
        UPPER_JAW,
        palette.mouth,
    );
    both.append(&row(
        Vec3::new(0.0, m.y - 10.5, m.z - 31.5),
        Vec3::new(16.0, 7.5, 18.5),
        1.0,
        LOWER_JAW,
        palette.mouth,
    ));
    both
}

/// A row of teeth along half an ellipse about `center`; `edge` is the side of the cutting edge.
fn row(center: Vec3, size: Vec3, edge: f32, jaw: Vec3, dark: Vec3) -> Mesh {
    const PROFILE: [(f32, f32); 7] =
        [(0.85, -0.5), (1.0, -0.3), (1.03, 0.3), (0.99, 0.85), (0.93, 1.0), (0.85, 0.9), (0.80, -0.5)];
    let mut mesh = Mesh::grid(PROFILE.len(), 85, false, |across, along| {
        let (out, height) = PROFILE[(across * (PROFILE.len() - 1) as f32).round() as usize];
        let angle = (along - 0.5) * 2.8;
        let gap = tooth_gap(angle);
        let out = out - 0.022 * gap * f32::from(height > -0.4);
        let cut = height - if height > 0.5 { 0.06 * gap } else { 0.0 };
        let p = Vec3::new(angle.sin() * size.x * out, edge * cut * size.y * 0.8, angle.cos() * size.z * out);
        body_from_head(center + p)
    });
    if edge < 0.0 {
        mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        mesh = mesh.with_face_normals();
    }
    mesh.paint(|p, _| {
        let local = head_from_body(p) - center;
        let angle = (local.x / size.x).atan2(local.z / size.z);
        let gum = smoothstep(-0.05, -0.35, edge * local.y / (size.y * 0.8));
        let ivory = Vec3::new(0.56, 0.52, 0.44) * (1.0 - 0.45 * tooth_gap(angle));
        // Toward the cheeks they stand in the dark.
        let lit = smoothstep(0.25, 0.88, angle.cos());
        dark.lerp(ivory.lerp(Vec3::new(0.40, 0.14, 0.12), gum), lit)
    });
    mesh.anchors = vec![body_from_head(jaw); mesh.positions.len()];
    mesh
}

/// 1 between two teeth, 0 on one.
fn tooth_gap(angle: f32) -> f32 {
    let phase = (angle / 0.34).fract().abs();
    let from_gap = phase.min(1.0 - phase);
    1.0 - smoothstep(0.0, 0.11, from_gap)
}

/// The tongue, lying behind the lower teeth; body space.
pub(super) fn tongue(face: &Face) -> Mesh {
    let m = face.mouth.center;
    let center = Vec3::new(0.0, m.y - 11.0, m.z - 33.0);
    let mut mesh = Mesh::grid(14, 24, true, |row, column| {
        let polar = row * (std::f32::consts::PI - 0.01) + 0.005;
        let around = column * std::f32::consts::TAU;
        let unit = Vec3::new(polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos());
        let groove = 1.6 * (1.0 - smoothstep(0.0, 0.35, unit.x.abs())) * f32::from(unit.y > 0.0);
        body_from_head(center + unit * Vec3::new(15.0, 5.5, 17.0) - Vec3::Y * groove)
    });
    mesh.paint(|_, _| Vec3::new(0.56, 0.20, 0.18));
    mesh.anchors = vec![body_from_head(LOWER_JAW); mesh.positions.len()];
    mesh
}
