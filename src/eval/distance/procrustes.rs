//! The similarity (turn, scale, shift) that brings one set of points nearest to another.
//!
//! The turn is the quaternion of Horn (1987): the eigenvector of the largest eigenvalue of a 4 by 4
//! matrix. It gives what the singular value decomposition with its correction for mirror images gives
//! (`rigid_align` of SOKE and SMPLer-X), because it cannot be anything but a rotation.

use crate::eval::symmetric::decompose;
use glam::{DQuat, DVec3};

/// `target_from_source`: `scale · turn · point + shift`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// The scale.
    pub scale: f64,
    /// The rotation.
    pub turn: DQuat,
    /// The translation, after the two.
    pub shift: DVec3,
}

impl Similarity {
    /// The least squares fit of `source` to `target`, point by point. None where there are no points, or
    /// where those of `source` are all in one place.
    pub fn fit(source: &[DVec3], target: &[DVec3]) -> Option<Similarity> {
        let count = source.len().min(target.len());
        let middle = |points: &[DVec3]| points.iter().take(count).sum::<DVec3>() / count.max(1) as f64;
        let (from, to) = (middle(source), middle(target));
        let mut m = [[0.0; 3]; 3];
        let mut spread = 0.0;
        for (a, b) in source.iter().zip(target) {
            let (a, b) = ((*a - from).to_array(), (*b - to).to_array());
            for i in 0..3 {
                spread += a[i] * a[i];
                for j in 0..3 {
                    m[i][j] += a[i] * b[j];
                }
            }
        }
        if count == 0 || spread <= 0.0 {
            return None;
        }
        let turn = horn(&m)?;
        let turned = |(a, b): (&DVec3, &DVec3)| (turn * (*a - from)).dot(*b - to);
        let scale = source.iter().zip(target).map(turned).sum::<f64>() / spread;
        Some(Similarity { scale, turn, shift: to - scale * (turn * from) })
    }

    /// Where a point of the source comes to.
    pub fn apply(&self, point: DVec3) -> DVec3 {
        self.scale * (self.turn * point) + self.shift
    }
}

/// The best rotation for the correlations `m[i][j]` of source axis `i` with target axis `j`.
#[rustfmt::skip]
fn horn(m: &[[f64; 3]; 3]) -> Option<DQuat> {
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = *m;
    let matrix = [
        xx + yy + zz, yz - zy,       zx - xz,        xy - yx,
        yz - zy,      xx - yy - zz,  xy + yx,        zx + xz,
        zx - xz,      xy + yx,       yy - xx - zz,   yz + zy,
        xy - yx,      zx + xz,       yz + zy,        zz - xx - yy,
    ];
    let eigen = decompose(4, &matrix)?;
    let best = (0..4).max_by(|&a, &b| eigen.values[a].total_cmp(&eigen.values[b]))?;
    let [w, x, y, z] = std::array::from_fn(|row| eigen.vectors[row * 4 + best]);
    let turn = DQuat::from_xyzw(x, y, z, w);
    (turn.length_squared() > 0.0).then(|| turn.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(numbers: &[f64]) -> Vec<DVec3> {
        numbers.as_chunks::<3>().0.iter().map(|p| DVec3::from_array(*p)).collect()
    }

    #[test]
    fn a_mirror_image_is_not_undone() {
        let hand = points(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0]);
        let mirrored: Vec<DVec3> = hand.iter().map(|p| *p * DVec3::new(-1.0, 1.0, 1.0)).collect();
        let fit = Similarity::fit(&hand, &mirrored).unwrap();
        let left: f64 = hand.iter().zip(&mirrored).map(|(a, b)| fit.apply(*a).distance(*b)).sum();
        assert!(left > 0.5, "{left}");
    }

    #[test]
    fn nothing_and_a_single_place_have_no_fit() {
        assert!(Similarity::fit(&[], &[]).is_none());
        assert!(Similarity::fit(&[DVec3::ONE; 4], &[DVec3::X, DVec3::Y, DVec3::Z, DVec3::ONE]).is_none());
    }

    #[test]
    fn a_known_similarity_is_found() {
        let source =
            points(&[0.1, 0.2, 0.3, 1.0, -0.5, 0.2, -0.7, 0.9, 1.1, 0.4, 0.4, -0.8, -1.2, -0.3, 0.6]);
        let turn = DQuat::from_axis_angle(DVec3::new(1.0, 2.0, -0.5).normalize(), 2.3);
        let truth = Similarity { scale: 1.7, turn, shift: DVec3::new(3.0, -4.0, 0.5) };
        let target: Vec<DVec3> = source.iter().map(|p| truth.apply(*p)).collect();
        let found = Similarity::fit(&source, &target).unwrap();
        for (a, b) in source.iter().zip(&target) {
            assert!(found.apply(*a).distance(*b) < 1e-12);
        }
        assert!((found.scale - 1.7).abs() < 1e-12);
    }

    /// Points whose best fit by orthogonal matrices is a mirror image. The numbers are those of numpy 2.4 for
    /// the references' `rigid_align`, which corrects its singular value decomposition.
    #[test]
    #[rustfmt::skip]
    fn the_fit_is_that_of_the_corrected_singular_value_decomposition() {
        let a = points(&[-1.67, 0.28, 0.7, -0.44, -1.08, 0.03, -0.05, 1.41, 0.75, 0.19, 1.11, -0.21, -0.93, 0.58, 0.58]);
        let b = points(&[-0.21, -0.78, 0.23, -2.49, 0.69, 0.49, -1.64, 0.06, -0.96, 0.76, -2.03, -0.91, 0.71, 1.16, -2.16]);
        let fit = Similarity::fit(&a, &b).unwrap();
        let error = a.iter().zip(&b).map(|(a, b)| fit.apply(*a).distance(*b)).sum::<f64>() / 5.0;
        assert!((error - 1.74430948954668).abs() < 1e-12 && (fit.scale - 0.7352919154630579).abs() < 1e-12);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn no_other_similarity_is_nearer(
            a in prop::collection::vec(-1f64..1.0, 15), b in prop::collection::vec(-1f64..1.0, 15),
            nudge in prop::array::uniform3(-0.05f64..0.05), scale in 0.95f64..1.05
        ) {
            let (a, b) = (points(&a), points(&b));
            let fit = Similarity::fit(&a, &b).unwrap();
            let error = |s: &Similarity| a.iter().zip(&b).map(|(a, b)| s.apply(*a).distance_squared(*b)).sum::<f64>();
            let turn = DQuat::from_scaled_axis(DVec3::from_array(nudge)) * fit.turn;
            let other = Similarity { turn, scale: fit.scale * scale, ..fit };
            prop_assert!(error(&fit) <= error(&other) + 1e-12);
        }
    }
}
