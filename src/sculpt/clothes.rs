//! A plain jacket with long sleeves, in body space, metres.

use super::mesh::Mesh;
use super::sdf::{Field, ellipsoid, gradient, intersect, mirror, round_cone, smoothstep, subtract, union};
use super::skeleton::Rig;
use crate::body::Bone;
use glam::Vec3;

/// How far before the wrist the sleeve ends.
const CUFF: f32 = 0.012;

/// The joints that the sleeves follow, modelling pose, left side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jacket {
    shoulder: Vec3,
    elbow: Vec3,
    wrist: Vec3,
}

impl Jacket {
    /// A jacket for the rig's modelling pose.
    pub(super) fn new(rig: &Rig) -> Self {
        Self {
            shoulder: rig.at(Bone::LeftUpperArm),
            elbow: rig.at(Bone::LeftLowerArm),
            wrist: rig.at(Bone::LeftHand),
        }
    }

    /// Distance to the jacket.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let d = union(self.torso(p), self.sleeve(q), 0.035);
        // Open below, so that it ends in a hem and not in a ball.
        d.max(0.60 - p.y)
    }

    /// Distance to the trunk.
    pub(super) fn torso(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let v = Vec3::new;
        let mut d = ellipsoid(q, v(0.0, 1.225, -0.006), v(0.152, 0.19, 0.108));
        d = union(d, ellipsoid(q, v(0.0, 1.05, -0.004), v(0.140, 0.20, 0.098)), 0.06);
        d = union(d, ellipsoid(q, v(0.0, 0.78, -0.004), v(0.178, 0.34, 0.128)), 0.10);
        d = union(d, ellipsoid(q, v(0.062, 1.205, 0.050), v(0.075, 0.085, 0.050)), 0.06);
        let slope = round_cone(q, v(0.035, 1.405, -0.018), v(0.158, 1.348, -0.010), 0.052, 0.052);
        union(d, slope, 0.055)
    }

    /// Distance to the left sleeve; `q` on the left.
    pub(super) fn sleeve(&self, q: Vec3) -> f32 {
        let upper = round_cone(q, self.shoulder, self.elbow, 0.057, 0.047);
        let cuff = self.wrist + (self.elbow - self.wrist).normalize_or(Vec3::Y) * CUFF;
        let lower = round_cone(q, self.elbow, cuff, 0.046, 0.037);
        let d = union(upper, lower, 0.02);
        let past = (q - cuff).dot((self.wrist - self.elbow).normalize_or(Vec3::X));
        // The end is cut straight and hollowed: a cuff that a wrist comes out of.
        let end = intersect(d, past, 0.004);
        let hollow = (d + 0.0065).max(-past - 0.014);
        subtract(end, hollow, 0.003)
    }

    /// The point of the trunk before (x, y) and the direction out of it.
    fn in_front(&self, x: f32, y: f32) -> (Vec3, Vec3) {
        let mut p = Vec3::new(x, y, 0.3);
        for _ in 0..40 {
            p.z -= self.torso(p) * 0.9;
        }
        (p, gradient(&|q| self.torso(q), p, 0.002))
    }

    /// 1 on the trimmings, 0 on the plain cloth.
    pub(super) fn trim(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let along = (self.wrist - self.elbow).normalize_or(Vec3::X);
        let past = (q - self.wrist).dot(along) + CUFF;
        let cuff = smoothstep(-0.008, -0.006, past);
        if q.x > 0.2 { 0.6 * cuff } else { 0.0 }
    }
}

/// Heights of the front's buttons, metres.
const BUTTONS: [f32; 3] = [1.10, 0.99, 0.88];
/// Half the width of the band that the buttons sit on.
const BAND: f32 = 0.017;

/// The band down the jacket's front and its buttons: thinner than the cloth's grid resolves.
pub(super) fn front(jacket: &Jacket, plain: Vec3, trim: Vec3) -> Mesh {
    // Across: under the cloth, up its edge, over, and down again.
    const PROFILE: [(f32, f32); 8] = [
        (-1.0, -3.0),
        (-1.0, 1.2),
        (-0.93, 2.2),
        (-0.6, 2.5),
        (0.6, 2.5),
        (0.93, 2.2),
        (1.0, 1.2),
        (1.0, -3.0),
    ];
    let mut mesh = Mesh::grid(PROFILE.len(), 70, false, |across, along| {
        let (x, lift) = PROFILE[(across * (PROFILE.len() - 1) as f32).round() as usize];
        let (at, out) = jacket.in_front(x * BAND, 1.30 - 0.69 * along);
        at + out * (lift * 0.001)
    });
    mesh.paint(|_, _| plain);
    for height in BUTTONS {
        mesh.append(&button(jacket, height, trim));
    }
    mesh
}

fn button(jacket: &Jacket, height: f32, color: Vec3) -> Mesh {
    const PROFILE: [(f32, f32); 7] =
        [(0.02, 4.2), (0.55, 4.2), (0.70, 4.9), (0.88, 4.9), (0.98, 4.3), (1.0, 3.4), (1.0, 1.5)];
    let (at, out) = jacket.in_front(0.0, height);
    let side = Vec3::Y.cross(out).normalize_or(Vec3::X);
    let up = out.cross(side);
    let mut mesh = Mesh::grid(PROFILE.len(), 20, true, |ring, around| {
        let (radius, lift) = PROFILE[(ring * (PROFILE.len() - 1) as f32).round() as usize];
        let angle = around * std::f32::consts::TAU;
        at + (side * angle.cos() + up * angle.sin()) * (radius * 0.0095) + out * (lift * 0.001)
    });
    mesh.paint(|_, _| color);
    mesh
}

/// Everything that light has to get round, for occlusion.
pub(super) fn together<'a>(fields: Vec<Box<Field<'a>>>) -> impl Fn(Vec3) -> f32 + Sync + 'a {
    move |p| fields.iter().map(|field| field(p)).fold(f32::MAX, f32::min)
}
