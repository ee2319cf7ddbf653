//! The rotation that best lays one set of points onto another (Kabsch; Horn 1987).

use glam::{Quat, Vec3};

/// The rotation `R` that minimises `Σ w |R·from − to|²` about both centroids.
///
/// None where the points do not determine one: fewer than three, or all on a line.
pub fn best_rotation(pairs: &[(Vec3, Vec3)]) -> Option<Quat> {
    if pairs.len() < 3 || !pairs.iter().all(|(a, b)| a.is_finite() && b.is_finite()) {
        return None;
    }
    let count = pairs.len() as f32;
    let (mut from, mut to) = (Vec3::ZERO, Vec3::ZERO);
    for (a, b) in pairs {
        from += *a / count;
        to += *b / count;
    }
    // s[i][j] = Σ from_i · to_j, in f64: the matrix below is nearly degenerate for flat hands.
    let mut s = [[0.0f64; 3]; 3];
    for (a, b) in pairs {
        let (a, b) = (*a - from, *b - to);
        for (i, row) in s.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell += f64::from(a[i]) * f64::from(b[j]);
            }
        }
    }
    let (values, vectors) = symmetric_eigen(horn_matrix(&s));
    let mut order = [0, 1, 2, 3];
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    // A tie between the two greatest means that a whole circle of rotations is as good.
    let [best, second, ..] = order;
    let spread = values[best].abs().max(1e-30);
    if values[best] - values[second] < 1e-6 * spread {
        return None;
    }
    let [w, x, y, z] = [0, 1, 2, 3].map(|row: usize| vectors[row][best] as f32);
    let q = Quat::from_xyzw(x, y, z, w);
    (q.length_squared() > 1e-6).then(|| q.normalize())
}

/// Horn's matrix, whose dominant eigenvector is the quaternion (w, x, y, z).
fn horn_matrix(s: &[[f64; 3]; 3]) -> [[f64; 4]; 4] {
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = *s;
    [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ]
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi rotations.
fn symmetric_eigen(mut a: [[f64; 4]; 4]) -> ([f64; 4], [[f64; 4]; 4]) {
    let mut v = [[0.0; 4]; 4];
    for (i, row) in v.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _sweep in 0..12 {
        let off: f64 = (0..4).flat_map(|p| (p + 1..4).map(move |q| (p, q))).map(|(p, q)| a[p][q].abs()).sum();
        if off < 1e-14 {
            break;
        }
        for p in 0..3 {
            for q in p + 1..4 {
                rotate(&mut a, &mut v, p, q);
            }
        }
    }
    ([a[0][0], a[1][1], a[2][2], a[3][3]], v)
}

/// One Jacobi rotation that zeroes `a[p][q]`.
fn rotate(a: &mut [[f64; 4]; 4], v: &mut [[f64; 4]; 4], p: usize, q: usize) {
    if a[p][q].abs() < 1e-300 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for row in a.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
    let (upper, lower) = (a[p], a[q]);
    a[p] = std::array::from_fn(|k| c * upper[k] - s * lower[k]);
    a[q] = std::array::from_fn(|k| s * upper[k] + c * lower[k]);
    for row in v.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_rotation_is_found_again(a in -3.0f32..3.0, b in -1.5f32..1.5, c in -3.0f32..3.0) {
            let truth = Quat::from_euler(glam::EulerRot::XYZ, a, b, c);
            let hand = crate::body::Hand::REFERENCE.knuckles;
            let pairs: Vec<_> = hand.iter().chain([&Vec3::ZERO]).map(|&p| (p, truth * p + Vec3::ONE)).collect();
            let found = best_rotation(&pairs).expect("five points determine it");
            prop_assert!(found.dot(truth).abs() > 0.99999, "{found} {truth}");
        }
    }

    #[test]
    fn points_on_a_line_determine_nothing() {
        let line: Vec<_> = [0.0, 1.0, 2.0].map(|t| (Vec3::X * t, Vec3::Y * t)).to_vec();
        assert_eq!(best_rotation(&line), None);
        assert_eq!(best_rotation(&[(Vec3::NAN, Vec3::X); 4]), None);
    }
}
