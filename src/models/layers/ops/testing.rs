//! An operation of ours beside the same made of candle's.

use candle_core::{Device, Result, Tensor, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A variable of a few numbers between -2 and 2.
pub(super) fn var(dims: &[usize], seed: u64) -> Var {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || (f64::from(rng.next_u32()) / 2f64.powi(30) - 2.0) as f32;
    let numbers: Vec<f32> = (0..dims.iter().product()).map(|_| draw()).collect();
    Var::from_tensor(&Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()).unwrap()
}

/// Asserts that values, and the gradients of each variable, are the same but for rounding.
pub(super) fn agree(
    name: &str,
    vars: &[&Var],
    ours: impl Fn(&[Tensor]) -> Result<Tensor>,
    composed: impl Fn(&[Tensor]) -> Result<Tensor>,
) {
    let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let (a, b) = (ours(&tensors).unwrap(), composed(&tensors).unwrap());
    near(&format!("{name}: values"), &a, &b);
    // A weight for each value, so that every gradient is another one.
    let weights = var(b.dims(), 99);
    let gradients = |y: &Tensor| (y * weights.detach()).unwrap().sum_all().unwrap().backward().unwrap();
    let (a, b) = (gradients(&a), gradients(&b));
    for (at, var) in vars.iter().enumerate() {
        near(&format!("{name}: gradient {at}"), a.get(var).expect("ours"), b.get(var).expect("composed"));
    }
}

/// Within a millionth of the largest number.
pub(super) fn near(name: &str, a: &Tensor, b: &Tensor) {
    assert_eq!(a.dims(), b.dims(), "{name}");
    let numbers = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (a, b) = (numbers(a), numbers(b));
    let size = b.iter().fold(1f32, |size, x| size.max(x.abs()));
    let gap = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    assert!(gap <= 1e-6 * size, "{name}: {gap} of {size}");
}
