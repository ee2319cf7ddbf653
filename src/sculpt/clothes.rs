//! A plain jacket with long sleeves, in body space, metres.

use super::sdf::{Field, ellipsoid, mirror, round_cone, smoothstep, union};
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
        d = union(d, ellipsoid(q, v(0.0, 1.06, -0.004), v(0.130, 0.17, 0.092)), 0.06);
        d = union(d, round_cone(q, v(0.06, 0.90, -0.006), v(0.075, 0.56, 0.0), 0.108, 0.125), 0.09);
        d = union(d, ellipsoid(q, v(0.070, 1.205, 0.062), v(0.072, 0.075, 0.055)), 0.05);
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
        let end = d.max(past);
        let hollow = (d + 0.0035).max(-past - 0.03);
        end.max(-hollow)
    }

    /// 1 on the trimmings, 0 on the plain cloth.
    pub(super) fn trim(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let along = (self.wrist - self.elbow).normalize_or(Vec3::X);
        let past = (q - self.wrist).dot(along) + CUFF;
        let cuff = smoothstep(-0.008, -0.006, past);
        if q.x > 0.2 { cuff } else { 0.0 }
    }
}

/// Everything that light has to get round, for occlusion.
pub(super) fn together<'a>(fields: Vec<Box<Field<'a>>>) -> impl Fn(Vec3) -> f32 + Sync + 'a {
    move |p| fields.iter().map(|field| field(p)).fold(f32::MAX, f32::min)
}
