//! The same kernels for each kind of processor.
//!
//! Which kind runs them does not change a bit of what they compute: products and sums are fused everywhere, by the
//! processor or, on those that cannot, slowly by the C library.

use super::kernels::{Filter, Inside, NARROW, Rows, Stripe, WIDE, depthwise, depthwise_inside, stripe};
use super::steps::Step;
#[cfg(target_arch = "x86_64")]
use super::vector::{Eight, Sixteen};

/// How many numbers a processor computes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lanes {
    /// Sixteen.
    #[cfg(target_arch = "x86_64")]
    Sixteen,
    /// Eight.
    #[cfg(target_arch = "x86_64")]
    Eight,
    /// As many as the program is compiled for.
    Any,
}

/// Channels that are filtered at once where there are too few for more.
const FEW: usize = 8;

impl Lanes {
    /// The most that this processor has.
    pub(super) fn of_this_processor() -> Self {
        Self::all_of_this_processor().next().unwrap_or(Self::Any)
    }

    /// All that this processor has, the most first.
    pub(super) fn all_of_this_processor() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let known = {
            let has_eight = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let has_sixteen = has_eight && is_x86_feature_detected!("avx512f");
            [has_sixteen.then_some(Self::Sixteen), has_eight.then_some(Self::Eight)]
        };
        #[cfg(not(target_arch = "x86_64"))]
        let known = [];
        known.into_iter().flatten().chain([Self::Any])
    }

    /// A block of `WIDTH` columns of a product.
    #[expect(unsafe_code, reason = "code that is compiled for a kind of processor is called where it is one")]
    pub(super) fn stripe<const WIDTH: usize>(
        self,
        left: &impl Rows,
        block: Stripe,
        scratch: &mut [f32],
        outputs: &mut [f32],
    ) {
        match self {
            // SAFETY: `all_of_this_processor` has found the features; nobody else makes these.
            #[cfg(target_arch = "x86_64")]
            Self::Sixteen => unsafe { stripe_of_sixteen::<WIDTH>(left, block, scratch, outputs) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Eight => unsafe { stripe_of_eight::<WIDTH>(left, block, scratch, outputs) },
            Self::Any if WIDTH == WIDE => stripe::<f32, 1, WIDE>(left, block, scratch, outputs),
            Self::Any => stripe::<f32, 1, NARROW>(left, block, scratch, outputs),
        }
    }

    /// A row of pixels through a filter that sees one channel each.
    #[expect(unsafe_code, reason = "code that is compiled for a kind of processor is called where it is one")]
    pub(super) fn depthwise(
        self,
        inputs: &[f32],
        sources: &[Option<usize>],
        filter: &Filter,
        outputs: &mut [f32],
    ) {
        match (self, filter.bias.len()) {
            (_, 0) => {}
            // SAFETY: `all_of_this_processor` has found the features; nobody else makes these.
            #[cfg(target_arch = "x86_64")]
            (Self::Sixteen, 16..) => unsafe { depthwise_of_sixteen(inputs, sources, filter, outputs) },
            // SAFETY: as above; the first kind has the features of the second.
            #[cfg(target_arch = "x86_64")]
            (Self::Sixteen | Self::Eight, FEW..) => unsafe {
                depthwise_of_eight(inputs, sources, filter, outputs);
            },
            _ => depthwise::<f32>(inputs, sources, filter, outputs),
        }
    }

    /// The same for pixels whose places are all inside the picture.
    #[expect(unsafe_code, reason = "code that is compiled for a kind of processor is called where it is one")]
    pub(super) fn depthwise_inside(
        self,
        inputs: &[f32],
        inside: Inside,
        filter: &Filter,
        outputs: &mut [f32],
    ) {
        match (self, filter.bias.len()) {
            (_, 0) => {}
            // SAFETY: `all_of_this_processor` has found the features; nobody else makes these.
            #[cfg(target_arch = "x86_64")]
            (Self::Sixteen, 16..) => unsafe { inside_of_sixteen(inputs, inside, filter, outputs) },
            // SAFETY: as above; the first kind has the features of the second.
            #[cfg(target_arch = "x86_64")]
            (Self::Sixteen | Self::Eight, FEW..) => unsafe {
                inside_of_eight(inputs, inside, filter, outputs)
            },
            _ => depthwise_inside::<f32>(inputs, inside, filter, outputs),
        }
    }

    /// A step that moves or combines numbers one by one.
    #[expect(unsafe_code, reason = "code that is compiled for a kind of processor is called where it is one")]
    pub(super) fn simple(self, step: &Step, inputs: &[&[f32]], output: &mut [f32]) {
        match self {
            // SAFETY: `all_of_this_processor` has found the features; nobody else makes these.
            #[cfg(target_arch = "x86_64")]
            Self::Sixteen | Self::Eight => unsafe { simple_of_eight(step, inputs, output) },
            Self::Any => step.run_simple(inputs, output),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn simple_of_eight(step: &Step, inputs: &[&[f32]], output: &mut [f32]) {
    step.run_simple(inputs, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn stripe_of_sixteen<const WIDTH: usize>(
    left: &impl Rows,
    block: Stripe,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    match WIDTH {
        WIDE => stripe::<Sixteen, 8, { WIDE / 16 }>(left, block, scratch, outputs),
        _ => stripe::<Sixteen, 8, { NARROW / 16 }>(left, block, scratch, outputs),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn stripe_of_eight<const WIDTH: usize>(
    left: &impl Rows,
    block: Stripe,
    scratch: &mut [f32],
    outputs: &mut [f32],
) {
    match WIDTH {
        WIDE => stripe::<Eight, 3, { WIDE / 8 }>(left, block, scratch, outputs),
        _ => stripe::<Eight, 6, { NARROW / 8 }>(left, block, scratch, outputs),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn depthwise_of_sixteen(inputs: &[f32], sources: &[Option<usize>], filter: &Filter, outputs: &mut [f32]) {
    depthwise::<Sixteen>(inputs, sources, filter, outputs);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn depthwise_of_eight(inputs: &[f32], sources: &[Option<usize>], filter: &Filter, outputs: &mut [f32]) {
    depthwise::<Eight>(inputs, sources, filter, outputs);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn inside_of_sixteen(inputs: &[f32], inside: Inside, filter: &Filter, outputs: &mut [f32]) {
    depthwise_inside::<Sixteen>(inputs, inside, filter, outputs);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn inside_of_eight(inputs: &[f32], inside: Inside, filter: &Filter, outputs: &mut [f32]) {
    depthwise_inside::<Eight>(inputs, inside, filter, outputs);
}
