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

const ROUNDS: usize = 4;
const STEP: f32 = 0.02;
const DAMPING: f32 = 1e-4;
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

/// The angles, from a first guess.
pub(super) fn refine(guess: [f32; 4], fit: &Fit) -> [f32; 4] {
    let [low, high] = fit.limits;
    let within = |angles: [f32; 4]| std::array::from_fn(|i| angles[i].clamp(low[i], high[i]));
    let mut angles: [f32; 4] = within(guess);
    for _ in 0..ROUNDS {
        let (normal, gradient) = linearise(&angles, fit);
        let step = solve(normal, gradient);
        if !step.iter().all(|s| s.is_finite()) {
            break;
        }
        angles = within(std::array::from_fn(|i| angles[i] + step[i].clamp(-0.5, 0.5)));
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
        normal[i][i] += DAMPING + pull;
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
