//! Products of vectors, written so that the compiler uses the widest registers that the target has.

/// Independent sums: eight SSE registers, enough to hide the latency of an addition.
const LANES: usize = 32;

/// The sum of products, always in the same order.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_parts, b_parts) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_parts.remainder().iter().zip(b_parts.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    let mut sums = [0f32; LANES];
    for (a, b) in a_parts.zip(b_parts) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

/// The Euclidean length; not finite where a number is not.
pub(super) fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_product_is_what_its_definition_gives(pairs in proptest::collection::vec((-9.0f32..9.0, -9.0f32..9.0), 0..200)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let exact: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let size = norm(&a) * norm(&b);
            prop_assert!((f64::from(dot(&a, &b)) - exact).abs() <= 1e-5 * size + 1e-9);
        }
    }
}
