//! Softmax over the last dimension.

use super::curve::exp;
use super::{each_row, numbers, sum, sum_pairs, with};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// `[…, size]`, contiguous → the same.
pub(crate) struct Softmax;

/// Brings a row to shares of 1, in place.
pub(super) fn share(row: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; super::LANES];
    let (chunks, rest) = row.as_chunks::<{ super::LANES }>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = lane.max(x));
    }
    let most = lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, &x| most.max(x));
    // Below that f32 holds nothing of it.
    row.iter_mut().for_each(|x| *x = if *x - most < -87.0 { 0.0 } else { exp(*x - most) });
    let scale = 1.0 / sum(row, |x| x);
    row.iter_mut().for_each(|x| *x *= scale);
}

/// The gradient of a row of scores from that of its shares, in place.
pub(super) fn back(shares: &[f32], grad: &mut [f32]) {
    let level = sum_pairs(shares, grad, |share, grad| share * grad);
    shares.iter().zip(grad).for_each(|(share, grad)| *grad = share * (*grad - level));
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut shares = numbers(storage, layout)?.to_vec();
        each_row(&mut shares, layout.dims().last().copied().unwrap_or(1), |_, row| share(row));
        Ok((CpuStorage::F32(shares), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, shares: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let width = shares.dims().last().copied().unwrap_or(1).max(1);
        let made = with(shares, |shares| {
            with(grad, |grad| {
                let mut made = grad.to_vec();
                each_row(&mut made, width, |at, row| back(&shares[at * width..][..width], row));
                Ok(made)
            })
        })?;
        Tensor::from_vec(made, shares.shape(), shares.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;
    use candle_core::D;

    #[test]
    fn it_is_the_softmax_that_candle_composes() {
        for width in [1, 7, 40] {
            let x = var(&[3, 5, width], 1);
            agree(
                "softmax",
                &[&x],
                |v| v[0].apply_op1(Softmax),
                |v| candle_nn::ops::softmax(&v[0], D::Minus1),
            );
        }
    }
}
