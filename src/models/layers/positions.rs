//! Fixed sinusoidal positions (Vaswani et al. 2017), in the two orders that the references have them.

use candle_core::{Device, Result, Tensor};

/// `[length, size]`: sine and cosine of one frequency side by side (MotionCLIP's `pe`).
///
/// # Errors
/// candle's.
pub fn interleaved_sinusoids(length: usize, size: usize, device: &Device) -> Result<Tensor> {
    sinusoids(length, size, device, |i| (i - i % 2, i % 2 == 1))
}

/// `[length, size]`: all sines, then all cosines (Marian's `embed_positions`).
///
/// # Errors
/// candle's.
pub fn halved_sinusoids(length: usize, size: usize, device: &Device) -> Result<Tensor> {
    let half = size.div_ceil(2);
    sinusoids(length, size, device, |i| (2 * (i % half), i >= half))
}

/// `column` says which exponent a column has, and whether it is a cosine.
fn sinusoids(
    length: usize,
    size: usize,
    device: &Device,
    column: impl Fn(usize) -> (usize, bool),
) -> Result<Tensor> {
    let value = |at: usize| {
        let (exponent, is_cosine) = column(at % size);
        let angle = (at / size) as f64 / 10_000f64.powf(exponent as f64 / size as f64);
        (if is_cosine { angle.cos() } else { angle.sin() }) as f32
    };
    Tensor::from_vec((0..length * size).map(value).collect::<Vec<_>>(), (length, size), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_orders_hold_the_same_columns() {
        let [a, b] = [interleaved_sinusoids, halved_sinusoids]
            .map(|table| table(7, 6, &Device::Cpu).unwrap().to_vec2::<f32>().unwrap());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!([a[0], a[2], a[4], a[1], a[3], a[5]], b[..]);
        }
        assert_eq!(a[0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        assert!((a[3][2] - (3.0 / 10_000f32.powf(2.0 / 6.0)).sin()).abs() < 1e-6);
    }
}
