//! Brings a finger's four angles to the points that were seen, without leaving the joint limits.
//!
//! What a camera sees is often no pose that a hand can take, and cutting each angle to its limit on
//! its own leaves the tip far off. Damped least squares lets the other joints make up for it.

use glam::Vec3;

/// What the angles are fitted to.
pub(super) struct Fit<'a> {
    /// The points that the three bones should end at.
    pub(super) targets: [Vec3; 3],
    /// How much each counts.
    pub(super) weights: [f32; 3],
    /// Least and greatest of each angle, radians.
    pub(super) limits: [[f32; 4]; 2],
    /// What each angle should be without evidence, and how much that counts, in target units a
    /// radian.
    pub(super) prior: ([f32; 4], [f32; 4]),
    /// Where the three bones end.
    pub(super) ends: &'a dyn Fn(&[f32; 4]) -> [Vec3; 3],
}

const ROUNDS: usize = 8;
const STEP: f32 = 0.02;
/// Damping at first, and how it falls after a step that helps and rises after one that does not.
const DAMPING: f32 = 1e-4;
const CALMER: f32 = 0.3;
const FIRMER: f32 = 5.0;
/// A share of the cost that is not worth another step.
const ENOUGH: f32 = 1e-3;
/// A cost that needs no second guess, shoulder widths squared.
const GOOD_ENOUGH: f32 = 1e-3;

impl Fit<'_> {
    /// What is left of the error, priors included.
    fn cost(&self, angles: &[f32; 4]) -> f32 {
        let ends = (self.ends)(angles);
        let missed: f32 = (0..3).map(|k| self.weights[k] * ends[k].distance_squared(self.targets[k])).sum();
        let (prior, worth) = self.prior;
        missed + (0..4).map(|i| (worth[i] * (angles[i] - prior[i])).powi(2)).sum::<f32>()
    }
}

/// The angles from a first guess, or from another where that leads nowhere: a finger stretched and a
/// finger folded are far apart, and one guess alone may not find its way over.
pub(super) fn refine_either(guess: [f32; 4], other: [f32; 4], fit: &Fit) -> [f32; 4] {
    let first = refine(guess, fit);
    if fit.cost(&first) < GOOD_ENOUGH {
        return first;
    }
    let second = refine(other, fit);
    if fit.cost(&second) < fit.cost(&first) { second } else { first }
}

/// The angles, from a first guess (Levenberg and Marquardt, within bounds): an angle that would leave
/// its limits stays there and the others make up for it; a step that does not help is not taken.
pub(super) fn refine(guess: [f32; 4], fit: &Fit) -> [f32; 4] {
    let [low, high] = fit.limits;
    let within = |angles: [f32; 4]| std::array::from_fn(|i| angles[i].clamp(low[i], high[i]));
    let mut angles: [f32; 4] = within(guess);
    let mut cost = fit.cost(&angles);
    let mut damping = DAMPING;
    let mut slope = linearise(&angles, fit);
    for _ in 0..ROUNDS {
        let (mut normal, mut gradient) = slope;
        for i in 0..4 {
            normal[i][i] += damping;
            let stuck =
                (angles[i] <= low[i] && gradient[i] < 0.0) || (angles[i] >= high[i] && gradient[i] > 0.0);
            if stuck {
                normal[i] = [0.0; 4];
                normal.iter_mut().for_each(|row| row[i] = 0.0);
                (normal[i][i], gradient[i]) = (1.0, 0.0);
            }
        }
        let step = solve(normal, gradient);
        let next = within(std::array::from_fn(|i| angles[i] + step[i].clamp(-0.5, 0.5)));
        let after = fit.cost(&next);
        // False of what is no number, too.
        if after < cost {
            let gained = cost - after;
            (angles, cost, damping) = (next, after, damping * CALMER);
            if gained < ENOUGH * cost {
                break;
            }
            slope = linearise(&angles, fit);
        } else {
            damping *= FIRMER;
        }
    }
    angles
}

/// Normal equations of the weighted squared error about some angles.
fn linearise(angles: &[f32; 4], fit: &Fit) -> ([[f32; 4]; 4], [f32; 4]) {
    let at = (fit.ends)(angles);
    let columns: [[Vec3; 3]; 4] = std::array::from_fn(|i| {
        let mut moved = *angles;
        moved[i] += STEP;
        let ends = (fit.ends)(&moved);
        std::array::from_fn(|k| (ends[k] - at[k]) / STEP)
    });
    let mut normal = [[0.0; 4]; 4];
    let mut gradient = [0.0; 4];
    let (prior, worth) = fit.prior;
    for i in 0..4 {
        for j in 0..4 {
            normal[i][j] = (0..3).map(|k| fit.weights[k] * columns[i][k].dot(columns[j][k])).sum();
        }
        gradient[i] = (0..3).map(|k| fit.weights[k] * columns[i][k].dot(fit.targets[k] - at[k])).sum();
        let pull = worth[i] * worth[i];
        normal[i][i] += pull;
        gradient[i] += pull * (prior[i] - angles[i]);
    }
    (normal, gradient)
}

/// Gaussian elimination; the matrix is positive definite by its damping.
fn solve(mut a: [[f32; 4]; 4], mut b: [f32; 4]) -> [f32; 4] {
    for i in 0..4 {
        for j in i + 1..4 {
            let share = a[j][i] / a[i][i];
            let upper = a[i];
            a[j].iter_mut().zip(upper).for_each(|(x, y)| *x -= share * y);
            b[j] -= share * b[i];
        }
    }
    let mut x = [0.0; 4];
    for i in (0..4).rev() {
        let known: f32 = (i + 1..4).map(|j| a[i][j] * x[j]).sum();
        x[i] = (b[i] - known) / a[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_angles_are_within_limits_and_no_worse_than_the_guess(
            targets in prop::array::uniform3((-0.3f32..0.3, -0.3f32..0.3, -0.3f32..0.3)),
            guess in prop::array::uniform4(-1.0f32..2.0),
        ) {
            let limits = [[-0.3, -0.3, 0.0, 0.0], [1.6, 0.3, 1.9, 1.4]];
            // A planar finger that abducts.
            let ends = |a: &[f32; 4]| {
                let mut end = Vec3::ZERO;
                let mut bent = 0.0;
                [a[0], a[2], a[3]].map(|angle| {
                    bent += angle;
                    end += 0.1 * Vec3::new(bent.cos() * a[1].cos(), -bent.sin(), bent.cos() * a[1].sin());
                    end
                })
            };
            let fit = Fit {
                targets: targets.map(Vec3::from),
                weights: [1.0, 1.0, 2.0],
                limits,
                prior: ([0.0; 4], [0.0, 0.04, 0.0, 0.02]),
                ends: &ends,
            };
            let refined = refine(guess, &fit);
            for i in 0..4 {
                prop_assert!((limits[0][i]..=limits[1][i]).contains(&refined[i]));
            }
            let clamped = std::array::from_fn(|i| guess[i].clamp(limits[0][i], limits[1][i]));
            prop_assert!(fit.cost(&refined) <= fit.cost(&clamped));
        }
    }
}
