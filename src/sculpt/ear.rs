//! The ear as clay: a plate that leans out behind, with a rolled rim, an inner ridge, a hollow, a lobe.

use super::sdf::{ellipsoid, intersect, smoothstep, subtract, union};
use glam::{Quat, Vec2, Vec3};

/// How large the ears are against those that are described.
const EAR_SIZE: f32 = 0.90;

/// Distance to the left ear: a shell that leans out behind, a rolled rim, a hollow, a lobe.
pub(super) fn distance(q: Vec3) -> f32 {
    let v = Vec3::new;
    let at = v(70.0, -12.0, -8.0);
    if q.distance(at) > 60.0 {
        return q.distance(at) - 45.0;
    }
    // In the ear's own frame: x forward, y up along it, z out of its hollow.
    let turn = Quat::from_rotation_y(-0.26) * Quat::from_rotation_x(0.16);
    let o = turn.inverse() * (q - at) / EAR_SIZE;
    let (x, y, z) = (-o.z, o.y, o.x);
    let lean = v(x + 0.12 * y, y, z);
    let outline = Vec2::new((lean.x - 1.0) / 16.5, lean.y / if y > 0.0 { 30.0 } else { 31.0 }).length();
    let plate = intersect((outline - 1.0) * 14.0, (lean.z - 0.16 * lean.x).abs() - 2.6, 3.0);
    // The rim runs round the upper outline and ends above the lobe.
    let rim_ends = 4.0 * smoothstep(0.2, 0.75, -lean.y / 30.0) + 3.0 * smoothstep(0.35, 0.9, -lean.x / 16.5);
    let rim = Vec2::new((outline - 0.93) * 14.0, lean.z - 0.16 * lean.x - 3.2).length() - 3.0 + rim_ends;
    let inner = Vec2::new((outline - 0.60) * 15.0, lean.z - 0.16 * lean.x - 1.6).length() - 2.3
        + 3.0 * smoothstep(0.0, 0.5, -lean.x / 16.5);
    let lobe = ellipsoid(lean, v(-3.0, -26.0, 0.6), v(7.5, 8.0, 3.6));
    let tragus = ellipsoid(lean, v(-12.0, -5.0, 2.2), v(4.0, 6.0, 3.4));
    let root = ellipsoid(lean, v(-9.0, -2.0, -6.0), v(10.0, 24.0, 8.0));
    let mut d = union(plate, rim, 2.5);
    d = union(d, inner, 2.5);
    d = union(union(d, lobe, 4.0), tragus, 3.0);
    d = union(d, root, 5.0);
    let bowl = ellipsoid(lean, v(-4.5, -6.5, 3.2), v(7.0, 10.0, 6.5));
    subtract(d, bowl, 2.5) * 0.8 * EAR_SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ear_stands_on_the_head_and_is_hollow() {
        assert!(distance(Vec3::new(63.0, -15.0, -2.0)) < 0.0, "its root is flesh");
        assert!(distance(Vec3::new(72.0, 40.0, -8.0)) > 5.0, "it ends below the temple");
        assert!(distance(Vec3::new(40.0, -12.0, 60.0)) > 10.0, "none on the cheek");
    }
}
