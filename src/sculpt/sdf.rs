//! Signed distances: the clay. Negative inside, in the unit of the caller.
//!
//! Shapes follow Inigo Quilez's formulas; only [`round_cone`] is an exact distance. Ellipsoids and
//! smooth unions underestimate, which the surface extraction allows for.

use glam::Vec3;

/// A distance field that many threads may ask.
pub(super) type Field<'a> = dyn Fn(Vec3) -> f32 + Sync + 'a;

/// Distance to a sphere.
pub(super) fn sphere(p: Vec3, center: Vec3, radius: f32) -> f32 {
    p.distance(center) - radius
}

/// Distance to an axis-aligned ellipsoid, good near its surface.
pub(super) fn ellipsoid(p: Vec3, center: Vec3, radii: Vec3) -> f32 {
    let q = p - center;
    let k0 = (q / radii).length();
    let k1 = (q / (radii * radii)).length();
    if k1 < 1e-9 { -radii.min_element() } else { k0 * (k0 - 1.0) / k1 }
}

/// Distance to the hull of two spheres.
pub(super) fn round_cone(p: Vec3, a: Vec3, b: Vec3, ra: f32, rb: f32) -> f32 {
    let ba = b - a;
    let l2 = ba.length_squared().max(1e-12);
    let rr = ra - rb;
    let a2 = l2 - rr * rr;
    let il2 = 1.0 / l2;
    let pa = p - a;
    let y = pa.dot(ba);
    let z = y - l2;
    let x2 = (pa * l2 - ba * y).length_squared();
    let y2 = y * y * l2;
    let z2 = z * z * l2;
    let k = rr.signum() * rr * rr * x2;
    if z.signum() * a2 * z2 > k {
        (x2 + z2).sqrt() * il2 - rb
    } else if y.signum() * a2 * y2 < k {
        (x2 + y2).sqrt() * il2 - ra
    } else {
        ((x2 * a2 * il2).max(0.0).sqrt() + y * rr) * il2 - ra
    }
}

/// Union whose crease is filled over about `k`.
pub(super) fn union(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

/// `a` without `b`, the edge rounded over about `k`.
pub(super) fn subtract(a: f32, b: f32, k: f32) -> f32 {
    -union(-a, b, k)
}

/// What `a` and `b` share, the edge rounded over about `k`.
pub(super) fn intersect(a: f32, b: f32, k: f32) -> f32 {
    -union(-a, -b, k)
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// 1 at 0, falling like a bell of standard deviation 1.
pub(super) fn bell(x: f32) -> f32 {
    (-0.5 * x * x).exp()
}

/// A bell about `center`, one standard deviation per axis.
pub(super) fn bell3(p: Vec3, center: Vec3, sigma: Vec3) -> f32 {
    (-0.5 * ((p - center) / sigma).length_squared()).exp()
}

/// `p` with x made positive: a symmetric thing is described by its left half.
pub(super) fn mirror(p: Vec3) -> Vec3 {
    Vec3::new(p.x.abs(), p.y, p.z)
}

/// As [`mirror`], but round over about `k` at the middle, so that the halves meet without an edge.
pub(super) fn soft_mirror(p: Vec3, k: f32) -> Vec3 {
    Vec3::new((p.x * p.x + k * k).sqrt(), p.y, p.z)
}

/// The direction in which the distance grows, a unit vector.
pub(super) fn gradient(field: &Field, p: Vec3, step: f32) -> Vec3 {
    let d = |o: Vec3| field(p + o) - field(p - o);
    let g = Vec3::new(d(Vec3::X * step), d(Vec3::Y * step), d(Vec3::Z * step));
    g.normalize_or(Vec3::Y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_cone_holds_both_its_spheres() {
        let (a, b) = (Vec3::ZERO, Vec3::X * 4.0);
        assert!((round_cone(Vec3::Y * 3.0, a, b, 1.0, 0.5) - 2.0).abs() < 0.05);
        assert!((round_cone(Vec3::X * 5.0, a, b, 1.0, 0.5) - 0.5).abs() < 1e-4);
        assert!(round_cone(Vec3::X * 2.0, a, b, 1.0, 0.5) < -0.7);
    }

    #[test]
    fn a_smooth_union_is_never_outside_the_sharp_one() {
        for i in 0..40 {
            let (a, b) = (i as f32 * 0.1 - 2.0, 0.3);
            assert!(union(a, b, 0.8) <= a.min(b));
            assert!(subtract(a, b, 0.8) >= a.max(-b) - 1e-6);
        }
    }
}
