//! A hijab: a hood that leaves the oval of the face, wrapped round the neck, its ends laid over the
//! chest. Folds are waves of a few millimetres along the way the cloth is pulled.

use super::clothes::Jacket;
use super::head::{Face, head_from_body};
use super::sdf::{ellipsoid, intersect, mirror, round_cone, smoothstep, subtract, union};
use glam::{Vec2, Vec3};

/// The scarf over a head and a jacket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scarf<'a> {
    /// Whose head.
    pub(super) face: &'a Face,
    /// What it lies on.
    pub(super) jacket: &'a Jacket,
}

impl Scarf<'_> {
    /// Distance to the scarf; body space, metres.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let h = head_from_body(p);
        let mut d = union(self.hood(h), self.wrap(h), 26.0);
        d += folds(h);
        let drape = self.drape(p) * 1000.0 + chest_folds(h);
        d = union(d, drape, 22.0);
        subtract(d, opening(h), 5.0) * 0.001
    }

    fn hood(&self, h: Vec3) -> f32 {
        let q = mirror(h);
        let v = Vec3::new;
        let cover = self.face.scalp(h) - 8.0;
        let crown = ellipsoid(q, v(0.0, 34.0, -16.0), v(82.0, 92.0, 98.0));
        let bun = ellipsoid(q, v(0.0, 8.0, -74.0), v(46.0, 48.0, 42.0));
        let side = ellipsoid(q, v(50.0, -40.0, 8.0), v(26.0, 66.0, 44.0));
        let d = union(union(cover, crown, 12.0), bun, 40.0);
        intersect(union(d, side, 30.0), -h.y - 150.0, 10.0)
    }

    fn wrap(&self, h: Vec3) -> f32 {
        let v = Vec3::new;
        let tube = round_cone(h, v(0.0, -112.0, 0.0), v(0.0, -205.0, -24.0), 60.0, 78.0);
        let front = round_cone(h, v(0.0, -128.0, 34.0), v(0.0, -190.0, 22.0), 36.0, 52.0);
        union(tube, front, 30.0)
    }

    /// The ends over the chest, metres.
    fn drape(&self, p: Vec3) -> f32 {
        let lain = self.jacket.torso(p) - 0.011;
        let reach = 1.225 + 1.15 * (p.x.abs() - 0.02).max(0.0) + if p.z < 0.0 { 0.02 } else { 0.0 };
        intersect(lain, reach - p.y, 0.010)
    }
}

/// Distance to the oval that the face looks out of, mm.
fn opening(h: Vec3) -> f32 {
    let center = Vec2::new(0.0, -25.0);
    let o = Vec2::new(h.x, h.y) - center;
    let width = 56.5 + if o.y < 0.0 { 0.05 * o.y } else { 0.0 };
    let oval = ((o / Vec2::new(width, 86.0)).length() - 1.0) * 60.0;
    oval.max(8.0 - h.z)
}

/// Waves of the hood and the wrap: round the face above, round the neck below.
fn folds(h: Vec3) -> f32 {
    let below = smoothstep(-70.0, -125.0, h.y);
    let away = smoothstep(0.0, 40.0, 20.0 - h.z);
    let pull = (h.y + 118.0).atan2(40.0 - h.z);
    let hood = 1.1 * (pull * 13.0 + 0.4 * (h.x * 0.03).sin()).sin() * away * (1.0 - below);
    let tilt = h.y + 0.42 * h.x + 8.0 * (h.x * 0.021).sin();
    let neck = 2.4 * (tilt * 0.23).sin() + 1.1 * (tilt * 0.51 + 1.0).sin();
    hood + neck * below
}

/// Waves of the ends on the chest.
fn chest_folds(h: Vec3) -> f32 {
    let run = h.y + 0.75 * h.x.abs() + 0.15 * h.x;
    1.5 * (run * 0.16).sin() + 0.8 * (run * 0.37 + 0.02 * h.x).sin()
}

/// How far a point of the scarf is from the face's opening, mm.
pub(super) fn from_edge(p: Vec3) -> f32 {
    opening(head_from_body(p))
}
