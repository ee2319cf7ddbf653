//! How the learning rate changes over a run.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The shape after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// Stays.
    #[default]
    Constant,
    /// Falls in a line to the final share.
    Linear,
    /// Falls in half a cosine to the final share (Loshchilov and Hutter 2017).
    Cosine,
    /// Is multiplied by `factor` at each step of `at` (`torch.optim.lr_scheduler.MultiStepLR`).
    MultiStep,
}

/// Warm-up, then a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Schedule {
    /// Steps in which the rate rises in a line; the last of them has all of it.
    pub warm_up: u64,
    /// What comes after.
    pub kind: ScheduleKind,
    /// For multi-step: when, in steps from the beginning of the run.
    pub at: Vec<u64>,
    /// For multi-step: times what.
    pub factor: f64,
    /// For linear and cosine: which share of the rate is left at the end.
    pub final_share: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { warm_up: 0, kind: ScheduleKind::Constant, at: Vec::new(), factor: 0.1, final_share: 0.0 }
    }
}

impl Schedule {
    /// The share of the learning rate at a step, the first of which is 0, of a run of `total` steps.
    pub fn share(&self, step: u64, total: u64) -> f64 {
        if step < self.warm_up {
            return (step + 1) as f64 / self.warm_up as f64;
        }
        let rest = total.saturating_sub(self.warm_up).max(1) as f64;
        let gone = ((step - self.warm_up) as f64 / rest).min(1.0);
        let falling = |height: f64| self.final_share + (1.0 - self.final_share) * height;
        match self.kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Linear => falling(1.0 - gone),
            ScheduleKind::Cosine => falling(0.5 * (1.0 + (PI * gone).cos())),
            ScheduleKind::MultiStep => {
                let passed = self.at.iter().filter(|at| **at <= step).count();
                self.factor.powi(i32::try_from(passed).unwrap_or(i32::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_warm_up_rises_to_all_of_it() {
        let schedule = Schedule { warm_up: 4, ..Schedule::default() };
        assert_eq!([0, 1, 2, 3, 4, 90].map(|s| schedule.share(s, 100)), [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn each_shape_goes_where_it_says() {
        let of = |kind| Schedule { kind, warm_up: 10, final_share: 0.2, at: vec![50, 80], factor: 0.5 };
        let shares = |kind| [10, 60, 110, 500].map(|step| (of(kind).share(step, 110) * 1e9).round() / 1e9);
        assert_eq!(shares(ScheduleKind::Linear), [1.0, 0.6, 0.2, 0.2]);
        assert_eq!(shares(ScheduleKind::Cosine), [1.0, 0.6, 0.2, 0.2]);
        assert_eq!(
            [49, 50, 79, 80].map(|s| of(ScheduleKind::MultiStep).share(s, 110)),
            [1.0, 0.5, 0.5, 0.25]
        );
    }

    proptest! {
        #[test]
        fn falling_shapes_never_rise_and_stay_within_bounds(total in 1u64..500, warm_up in 0u64..50, end in 0.0..1.0f64) {
            for kind in [ScheduleKind::Linear, ScheduleKind::Cosine] {
                let schedule = Schedule { warm_up, kind, final_share: end, ..Schedule::default() };
                let shares: Vec<f64> = (warm_up..total + 5).map(|step| schedule.share(step, total)).collect();
                prop_assert!(shares.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
                prop_assert!(shares.iter().all(|share| (end - 1e-12..=1.0 + 1e-12).contains(share)));
            }
        }
    }
}
