//! A hijab: a hood that leaves the oval of the face, wrapped round the neck, its ends laid over the
//! chest. Folds are waves of a few millimetres along the way the cloth is pulled.

use super::clothes::Jacket;
use super::head::{Face, HEAD_SCALE, head_from_body};
use super::sdf::{bell, ellipsoid, intersect, mirror, round_cone, smoothstep, subtract, union};
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
        d -= folds(h);
        let drape = self.drape(p) / HEAD_SCALE - chest_folds(h);
        d = union(d, drape, 18.0);
        subtract(d, opening(h), 3.0) * HEAD_SCALE
    }

    fn hood(&self, h: Vec3) -> f32 {
        let q = mirror(h);
        let v = Vec3::new;
        // Thin at the edge, where it lies on the face, with a step where the cap under it shows.
        let edge = from_face(h);
        let away = smoothstep(4.0, 38.0, edge);
        let step = 1.8 * smoothstep(BAND - 1.0, BAND + 3.0, edge);
        let cover = self.face.scalp(h) - 3.0 - step - 4.5 * away;
        let tuck = 9.0 * (1.0 - away);
        let crown = ellipsoid(q, v(0.0, 31.0, -16.0), v(79.0, 88.0, 94.0)) + tuck;
        let nape = round_cone(h, v(0.0, 0.0, -58.0), v(0.0, -165.0, -46.0), 46.0, 60.0);
        let side = ellipsoid(q, v(46.0, -30.0, 0.0), v(30.0, 84.0, 52.0)) + tuck;
        let d = union(union(cover, crown, 14.0), nape, 50.0);
        intersect(union(d, side, 36.0), -h.y - 150.0, 10.0)
    }

    fn wrap(&self, h: Vec3) -> f32 {
        let v = Vec3::new;
        let tube = round_cone(h, v(0.0, -112.0, 0.0), v(0.0, -205.0, -24.0), 60.0, 78.0);
        let front = round_cone(h, v(0.0, -128.0, 34.0), v(0.0, -190.0, 22.0), 36.0, 52.0);
        union(tube, front, 30.0)
    }

    /// The ends over the chest, metres.
    fn drape(&self, p: Vec3) -> f32 {
        let lain = self.jacket.distance(p) - 0.009;
        let reach = 1.215 + 1.42 * (p.x - 0.015).abs().powf(1.08) + if p.z < 0.0 { 0.02 } else { 0.0 };
        intersect(lain, reach - p.y, 0.010)
    }
}

/// Distance to the oval that the face looks out of, mm.
fn opening(h: Vec3) -> f32 {
    oval(h).max(6.0 - h.z)
}

fn oval(h: Vec3) -> f32 {
    let o = Vec2::new(h.x, h.y + 23.0);
    let width = 60.0 + if o.y < 0.0 { 0.06 * o.y } else { -0.04 * o.y };
    ((o / Vec2::new(width, 89.0)).length() - 1.0) * 62.0
}

/// How far back from the face's opening a point of the hood lies, mm, about as the cloth runs.
fn from_face(h: Vec3) -> f32 {
    let o = Vec2::new(h.x, h.y + 23.0);
    let behind = (16.0 - 0.004 * o.y * o.y - h.z).max(0.0);
    oval(h).max(0.0).hypot(behind)
}

/// The profile of a fold: rounder on top than in the valley.
fn fold(phase: f32) -> f32 {
    let s = phase.sin();
    s + 0.3 * (2.0 * phase + 0.9).sin()
}

/// Waves of the hood and the wrap: along the face's edge above, round the neck below.
fn folds(h: Vec3) -> f32 {
    let below = smoothstep(-88.0, -128.0, h.y);
    let edge = from_face(h);
    let sway = 0.7 * (h.y * 0.027 + 0.5).sin() + h.x * 0.006;
    let strength = smoothstep(110.0, -40.0, h.y)
        * smoothstep(BAND + 6.0, BAND + 24.0, edge)
        * smoothstep(-100.0, -30.0, h.z);
    let hood = 1.5 * fold(edge * 0.15 + sway) * strength + rays(h);
    let tilt = h.y + 0.36 * h.x + 9.0 * (h.x * 0.023 + 1.0).sin() + 6.0 * (h.z * 0.03).sin();
    let neck = 2.6 * fold(tilt * 0.20) + 0.7 * (tilt * 0.43 + 0.03 * h.x).sin();
    hood * (1.0 - below) + neck * below
}

/// Folds of the hood that the pull toward the chin raises: they run up from there like rays.
fn rays(h: Vec3) -> f32 {
    let reach = (h.y + 128.0).hypot(66.0 - h.z);
    let angle = (h.y + 128.0).atan2(66.0 - h.z);
    let taper =
        smoothstep(58.0, 88.0, reach) * smoothstep(205.0, 120.0, reach) * smoothstep(20.0, 48.0, h.x.abs());
    let lean = if h.x > 0.0 { 0.0 } else { 0.11 };
    let one = |at: f32, height: f32| height * bell((angle - at - lean) * reach / 5.0);
    taper * (one(0.62, 2.0) + one(0.92, 2.6) + one(1.20, 1.8))
}

/// Waves of the ends on the chest, pulled toward one shoulder.
fn chest_folds(h: Vec3) -> f32 {
    let run = h.y * 0.105 + h.x * 0.055 + 0.8 * (h.x * 0.022 + 0.6).sin() + 0.4 * (h.y * 0.03).sin();
    2.0 * fold(run) + 0.5 * (run * 2.3 + h.x * 0.03).sin()
}

/// How wide the cap under the scarf shows, mm.
const BAND: f32 = 6.5;

/// 1 where the cap under the scarf shows.
pub(super) fn cap(p: Vec3) -> f32 {
    1.0 - smoothstep(BAND - 2.2, BAND + 2.0, from_face(head_from_body(p)))
}
