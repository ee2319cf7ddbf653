//! Several numbers at once, as processors hold them.
//!
//! Written out because compilers do not reliably keep a tile's sums in registers otherwise. What is inlined into
//! functions that `lanes.rs` compiles for a kind of processor becomes that processor's instructions.

/// Some numbers that are computed at once.
pub(super) trait Vector: Copy {
    /// How many.
    const COUNT: usize;

    /// The first `COUNT` numbers of a slice that has as many.
    fn load(numbers: &[f32]) -> Self;

    /// `COUNT` numbers of a slice from `start` on.
    ///
    /// # Safety
    /// The slice has them.
    #[expect(unsafe_code, reason = "a check of each load takes longer than what is loaded is used for")]
    unsafe fn load_from(numbers: &[f32], start: usize) -> Self;

    /// One number, `COUNT` times.
    fn splat(number: f32) -> Self;

    /// `self · by + sum`, rounded once.
    fn times_plus(self, by: Self, sum: Self) -> Self;

    /// Not below `low` and not above `high`.
    fn clamped(self, low: Self, high: Self) -> Self;

    /// Into the first `COUNT` places of a slice that has as many.
    fn store(self, numbers: &mut [f32]);
}

impl Vector for f32 {
    const COUNT: usize = 1;

    #[inline(always)]
    fn load(numbers: &[f32]) -> Self {
        numbers[0]
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as the trait has it")]
    unsafe fn load_from(numbers: &[f32], start: usize) -> Self {
        // SAFETY: the caller's.
        unsafe { *numbers.get_unchecked(start) }
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        number
    }

    #[inline(always)]
    fn times_plus(self, by: Self, sum: Self) -> Self {
        self.mul_add(by, sum)
    }

    #[inline(always)]
    fn clamped(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }

    #[inline(always)]
    fn store(self, numbers: &mut [f32]) {
        numbers[0] = self;
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{Eight, Sixteen};

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::Vector;
    use std::arch::x86_64::*;

    /// A register of AVX2 with FMA.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Eight(__m256);

    /// A register of AVX-512F.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Sixteen(__m512);

    /// Implements [`Vector`] by instructions.
    macro_rules! vector {
        ($name:ident, $count:literal, $load:ident, $splat:ident, $fma:ident, $max:ident, $min:ident, $store:ident) => {
            // SAFETY, of all: these types are named in `lanes.rs` alone, in functions that are compiled for, and
            // called on, processors with the instructions. Loads and stores are within slices by the assertions.
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            impl Vector for $name {
                const COUNT: usize = $count;

                #[inline(always)]
                fn load(numbers: &[f32]) -> Self {
                    assert!(numbers.len() >= Self::COUNT, "fewer numbers than lanes");
                    unsafe { Self($load(numbers.as_ptr())) }
                }

                #[inline(always)]
                unsafe fn load_from(numbers: &[f32], start: usize) -> Self {
                    debug_assert!(start + Self::COUNT <= numbers.len());
                    unsafe { Self($load(numbers.as_ptr().add(start))) }
                }

                #[inline(always)]
                fn splat(number: f32) -> Self {
                    unsafe { Self($splat(number)) }
                }

                #[inline(always)]
                fn times_plus(self, by: Self, sum: Self) -> Self {
                    unsafe { Self($fma(self.0, by.0, sum.0)) }
                }

                #[inline(always)]
                fn clamped(self, low: Self, high: Self) -> Self {
                    unsafe { Self($min($max(self.0, low.0), high.0)) }
                }

                #[inline(always)]
                fn store(self, numbers: &mut [f32]) {
                    assert!(numbers.len() >= Self::COUNT, "fewer places than lanes");
                    unsafe { $store(numbers.as_mut_ptr(), self.0) }
                }
            }
        };
    }

    vector!(
        Eight,
        8,
        _mm256_loadu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_max_ps,
        _mm256_min_ps,
        _mm256_storeu_ps
    );
    vector!(
        Sixteen,
        16,
        _mm512_loadu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_max_ps,
        _mm512_min_ps,
        _mm512_storeu_ps
    );
}
