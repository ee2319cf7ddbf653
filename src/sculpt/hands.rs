//! A hand as clay, in its own frame: x along the fingers, y out of the back, z to the thumb, mm.
//!
//! Fingers are joined to each other over far less than to the palm, so that they stay five.

use super::sdf::{bell, bell3, ellipsoid, round_cone, smoothstep, subtract, union};
use super::skeleton::{FINGERS, FingerPlan, THUMB, finger_joints};
use glam::{Vec2, Vec3};

/// The joints of all digits, worked out once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    fingers: [[Vec3; 4]; 4],
}

/// Radii of the thumb at its joints, tip last, mm.
const THUMB_RADII: [f32; 4] = [15.0, 12.0, 10.6, 8.0];
/// Direction out of the thumb's nail.
const THUMB_NAIL: Vec3 = Vec3::new(-0.52, 0.50, 0.69);

impl Hand {
    /// A hand in the modelling pose.
    pub(super) fn new() -> Self {
        Self { fingers: FINGERS.each_ref().map(finger_joints) }
    }

    /// Distance to the hand with its wrist and the beginning of the forearm.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let mut d = self.palm(p);
        let mut digits = f32::MAX;
        for (plan, joints) in FINGERS.iter().zip(&self.fingers) {
            digits = union(digits, finger(p, plan, joints), 2.2);
        }
        d = union(d, digits, 8.0);
        // The web between thumb and index is a wide saddle; farther out the thumb stands free.
        let web = 6.0 + 13.0 * bell((p.x - 54.0) / 15.0);
        d = union(d, thumb(p), web);
        d += 0.7 * self.crease(p);
        for (plan, joints) in FINGERS.iter().zip(&self.fingers) {
            d = d.min(nail(p, joints[2], joints[3], plan.radii[3], Vec3::Y));
        }
        d.min(nail(p, THUMB[2], THUMB[3], THUMB_RADII[3] + 0.4, THUMB_NAIL))
    }

    fn palm(&self, p: Vec3) -> f32 {
        let v = Vec3::new;
        // The wrist is wider than thick: measured in a space stretched in y.
        let flat = v(p.x, p.y * 1.42, p.z);
        let mut d = round_cone(flat, v(-80.0, 0.0, 0.0), v(-4.0, 0.0, 0.0), 29.0, 26.0) * 0.78;
        let starts = [v(14.0, 1.0, 15.0), v(12.0, 2.0, 5.0), v(12.0, 1.0, -6.0), v(12.0, -1.0, -15.0)];
        let mut slab = f32::MAX;
        for (start, plan) in starts.into_iter().zip(&FINGERS) {
            let end = plan.root + v(-4.0, -2.0, 0.0);
            slab = union(slab, round_cone(p, start, end, 12.5, 11.0), 14.0);
        }
        d = union(d, slab, 18.0);
        let thenar = round_cone(p, v(18.0, -9.0, 18.0), THUMB[1] + v(-6.0, 0.0, -3.0), 14.5, 11.0);
        d = union(d, thenar, 12.0);
        d = union(d, ellipsoid(p, v(34.0, -9.0, -21.0), v(30.0, 10.5, 11.5)), 12.0);
        d = union(d, ellipsoid(p, v(82.0, -8.0, 0.0), v(10.0, 7.0, 34.0)), 10.0);
        let hollow = ellipsoid(p, v(58.0, -24.0, 0.0), v(26.0, 11.0, 15.0));
        d = subtract(d, hollow, 14.0);
        // Tendons fan out from the wrist to the knuckles.
        for (start, plan) in starts.into_iter().zip(&FINGERS) {
            let tendon = round_cone(p, start + v(0.0, 8.2, 0.0), plan.root + v(-3.0, 8.0, 0.0), 3.0, 3.2);
            d = union(d, tendon, 5.0);
        }
        d
    }

    /// 1 in a crease of the palm or across a finger's palm side, 0 elsewhere.
    pub(super) fn crease(&self, p: Vec3) -> f32 {
        let line = |d: f32| 1.0 - smoothstep(0.2, 1.7, d);
        let mut most: f32 = 0.0;
        for (joints, plan) in self.fingers.iter().zip(&FINGERS) {
            for k in 0..3 {
                // The lowest crease lies in the web, past the knuckle.
                let along = (joints[k + 1] - joints[k]).normalize_or(Vec3::X);
                let o = p - joints[k] - if k == 0 { along * 19.0 } else { Vec3::ZERO };
                let below = smoothstep(0.2, 0.9, -o.y / plan.radii[k]);
                let near = smoothstep(1.4, 1.1, o.length() / plan.radii[k]);
                most = most.max(0.55 * line(o.dot(along).abs()) * below * near);
                // Fine folds over the middle and the end joint's back.
                if k > 0 {
                    let over = smoothstep(0.5, 0.95, o.y / plan.radii[k]) * near;
                    let folds = [-2.6, 0.0, 2.6].map(|at: f32| line((o.dot(along) - at).abs() * 1.3));
                    most = most.max(0.35 * over * folds.into_iter().fold(0.0, f32::max));
                }
            }
        }
        if p.y < -2.0 && p.x < 95.0 {
            let flat = Vec2::new(p.x, p.z);
            let palm = PALM_LINES.iter().map(|points| line(from_polyline(flat, points))).fold(0.0, f32::max);
            most = most.max(0.55 * palm * smoothstep(-2.0, -7.0, p.y));
        }
        most
    }

    /// 1 on a nail, 0 off it.
    pub(super) fn nail_mask(&self, p: Vec3, n: Vec3) -> f32 {
        let mut best = f32::MAX;
        for (plan, joints) in FINGERS.iter().zip(&self.fingers) {
            if n.y > 0.2 {
                best = best.min(nail(p, joints[2], joints[3], plan.radii[3], Vec3::Y));
            }
        }
        if n.dot(THUMB_NAIL) > 0.2 {
            best = best.min(nail(p, THUMB[2], THUMB[3], THUMB_RADII[3] + 0.4, THUMB_NAIL));
        }
        1.0 - smoothstep(0.0, 0.30, best)
    }

    /// How near a fingertip a point is, 0 to 1.
    pub(super) fn tips(&self, p: Vec3) -> f32 {
        let near = |tip: Vec3| bell(p.distance(tip) / 11.0);
        self.fingers.iter().map(|joints| near(joints[3])).fold(near(THUMB[3]), f32::max)
    }

    /// How near a joint's back a point is, 0 to 1.
    pub(super) fn knuckles(&self, p: Vec3) -> f32 {
        let mut most: f32 = 0.0;
        for (plan, joints) in FINGERS.iter().zip(&self.fingers) {
            for (joint, radius) in joints.iter().zip(plan.radii).take(3) {
                let back = joint + Vec3::Y * radius;
                most = most.max(bell3(p, back, Vec3::new(7.0, 6.0, 6.5)));
            }
        }
        most
    }

    /// Distances to the four fingers' and the thumb's flesh, for skinning.
    pub(super) fn digits(&self, p: Vec3) -> [f32; 5] {
        let mut all = [0.0; 5];
        for (d, (plan, joints)) in all.iter_mut().zip(FINGERS.iter().zip(&self.fingers)) {
            *d = finger(p, plan, joints);
        }
        all[4] = thumb(p);
        all
    }

    /// The joints of a finger, root to tip.
    pub(super) fn joints(&self, finger: usize) -> [Vec3; 4] {
        self.fingers.get(finger).copied().unwrap_or(THUMB)
    }
}

/// Lines of the palm, (x, z): heart, head, life.
const PALM_LINES: [[Vec2; 4]; 3] = [
    [Vec2::new(73.0, -36.0), Vec2::new(70.0, -14.0), Vec2::new(77.0, 6.0), Vec2::new(90.0, 15.0)],
    [Vec2::new(74.0, 33.0), Vec2::new(66.0, 16.0), Vec2::new(55.0, -6.0), Vec2::new(46.0, -22.0)],
    [Vec2::new(73.0, 33.0), Vec2::new(58.0, 21.0), Vec2::new(38.0, 10.0), Vec2::new(12.0, 4.0)],
];

/// Distance to a curve through four points.
fn from_polyline(p: Vec2, points: &[Vec2; 4]) -> f32 {
    let curve = |t: f32| {
        let (s, k) = (t.fract(), t as usize);
        let at = |i: isize| points[(k as isize + i).clamp(0, 3) as usize];
        let [a, b, c, d] = [at(-1), at(0), at(1), at(2)];
        0.5 * (2.0 * b
            + (c - a) * s
            + (2.0 * a - 5.0 * b + 4.0 * c - d) * s * s
            + (3.0 * b - a - 3.0 * c + d) * s * s * s)
    };
    let mut least = f32::MAX;
    let mut from = points[0];
    for step in 1..=24 {
        let to = curve((step as f32 / 8.0).min(2.9999));
        let along = ((p - from).dot(to - from) / from.distance_squared(to).max(1e-6)).clamp(0.0, 1.0);
        least = least.min(p.distance(from.lerp(to, along)));
        from = to;
    }
    least
}

fn finger(p: Vec3, plan: &FingerPlan, joints: &[Vec3; 4]) -> f32 {
    let mut d = f32::MAX;
    for k in 0..3 {
        d = union(d, round_cone(p, joints[k], joints[k + 1], plan.radii[k], plan.radii[k + 1]), 2.0);
    }
    // Pads between the joints on the palm's side, knuckle bumps on the back.
    for k in 0..3 {
        let along = joints[k + 1] - joints[k];
        let r = plan.radii[k + 1];
        let pad = joints[k] + along * if k == 2 { 0.70 } else { 0.52 } - Vec3::Y * r * 0.24;
        let length = along.length() * if k == 2 { 0.46 } else { 0.44 };
        d = union(d, ellipsoid(p, pad, Vec3::new(length, r * 0.86, r * 0.92)), 3.5);
        let bump = joints[k] + Vec3::Y * plan.radii[k] * 0.30;
        let reach = plan.radii[k] * if k == 0 { 0.84 } else { 0.72 };
        d = union(d, ellipsoid(p, bump, Vec3::new(reach * 1.5, reach, reach * 0.98)), 5.0);
    }
    d
}

fn thumb(p: Vec3) -> f32 {
    let mut d = f32::MAX;
    for k in 0..3 {
        d = union(d, round_cone(p, THUMB[k], THUMB[k + 1], THUMB_RADII[k], THUMB_RADII[k + 1]), 3.0);
    }
    let pad = THUMB[2].lerp(THUMB[3], 0.6) - THUMB_NAIL * 2.6;
    union(d, super::sdf::sphere(p, pad, 8.0), 4.0)
}

/// A nail: a flat ellipsoid on the last phalanx, facing `out`.
fn nail(p: Vec3, joint: Vec3, tip: Vec3, radius: f32, out: Vec3) -> f32 {
    let along = (tip - joint).normalize_or(Vec3::X);
    let out = (out - along * out.dot(along)).normalize_or(Vec3::Y);
    let side = along.cross(out);
    let center = tip + out * (radius * 0.80) - along * (radius * 0.05);
    let o = p - center;
    let bent = o.dot(side);
    // Bent over the finger's back, as a nail is.
    let local = Vec3::new(o.dot(along), o.dot(out) + bent * bent * 0.055, bent);
    ellipsoid(local, Vec3::ZERO, Vec3::new(radius * 1.05, 1.9, radius * 0.80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn air_separates_neighbouring_fingers() {
        let hand = Hand::new();
        for k in 0..3 {
            for joint in [1, 2] {
                let between = hand.joints(k)[joint].midpoint(hand.joints(k + 1)[joint]);
                assert!(hand.distance(between) > 0.4, "fingers {k} and {} at joint {joint}", k + 1);
            }
        }
    }

    #[test]
    fn nails_are_on_the_back_only() {
        let hand = Hand::new();
        for (k, plan) in FINGERS.iter().enumerate() {
            let tip = hand.joints(k)[3];
            let back = tip + Vec3::Y * (plan.radii[3] * 0.8 + 1.9);
            assert!(hand.nail_mask(back, Vec3::Y) > 0.9);
            assert!(hand.nail_mask(tip - Vec3::Y * 6.0, Vec3::NEG_Y) < 0.1);
        }
    }
}
