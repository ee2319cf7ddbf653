//! The same code for each kind of processor.
//!
//! Which kind runs it does not change a bit of what it computes: products and sums are fused everywhere, by the
//! processor or, on those that cannot, slowly by the C library.

use super::plan::Plan;

/// What a processor can compute at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lanes {
    /// Sixteen numbers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Eight numbers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the program is compiled for.
    Any,
}

impl Lanes {
    /// The best that this processor has.
    pub(super) fn of_this_processor() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512dq") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Any
    }

    /// Runs a plan.
    #[expect(unsafe_code, reason = "code that is compiled for a kind of processor is called where it is one")]
    pub(super) fn run(self, plan: &mut Plan, input: &[f32]) {
        match self {
            // SAFETY: `of_this_processor` is the only maker of these, after it has found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512(plan, input) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2(plan, input) },
            Self::Any => plan.run::<4, 4>(input),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn avx512(plan: &mut Plan, input: &[f32]) {
    plan.run::<8, 16>(input);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(plan: &mut Plan, input: &[f32]) {
    plan.run::<3, 8>(input);
}
