//! Layer normalisation.

use super::{each_row, is_serial, numbers, sum, sum_pairs, with};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Rows whose gradients of weight and bias are added up at a time; fixed, because order decides rounding.
const BLOCK: usize = 64;

/// `x` `[…, size]`, weight and bias `[size]` → `[…, size]`.
pub(crate) struct Normalise {
    eps: f32,
    /// Mean and one over the deviation of each row, for the way back.
    rows: OnceLock<Vec<[f32; 2]>>,
}

impl Normalise {
    /// `eps` is added to the variance.
    pub(crate) fn new(eps: f64) -> Self {
        Self { eps: eps as f32, rows: OnceLock::new() }
    }

    fn measure(&self, row: &[f32]) -> [f32; 2] {
        let size = row.len() as f32;
        let mean = sum(row, |x| x) / size;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / size;
        [mean, 1.0 / (variance + self.eps).sqrt()]
    }

    /// Gradients of x, and of weight and bias.
    fn back(&self, x: &[f32], weight: &[f32], grad: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let width = weight.len();
        let measured = self.rows.get().map_or(&[][..], Vec::as_slice);
        let mut of_x = vec![0f32; x.len()];
        type Block<'a> = ((&'a mut [f32], usize), (&'a [f32], &'a [f32]));
        let block = |((of_x, at), (x, grad)): Block| {
            let mut sums = vec![0f32; 2 * width];
            let (of_weight, of_bias) = sums.split_at_mut(width);
            let rows = x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(&measured[at * BLOCK..]);
            for (of_x, ((x, grad), &measured)) in of_x.chunks_exact_mut(width).zip(rows) {
                back_row(of_x, [x, weight, grad], measured);
                add_row(of_weight, of_bias, [x, grad], measured);
            }
            sums
        };
        let size = BLOCK * width;
        let sums: Vec<Vec<f32>> = if is_serial(x.len()) {
            let pieces = of_x.chunks_mut(size).zip(0..).zip(x.chunks(size).zip(grad.chunks(size)));
            pieces.map(block).collect()
        } else {
            let indices = 0..x.len().div_ceil(size);
            let pieces =
                of_x.par_chunks_mut(size).zip(indices).zip(x.par_chunks(size).zip(grad.par_chunks(size)));
            pieces.map(block).collect()
        };
        let mut sum = vec![0f32; 2 * width];
        for part in sums {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        let of_bias = sum.split_off(width);
        (of_x, sum, of_bias)
    }
}

fn back_row(of_x: &mut [f32], [x, weight, grad]: [&[f32]; 3], [mean, scale]: [f32; 2]) {
    let size = x.len() as f32;
    // The row's part of it all, and of what lies along the row; `of_x` holds g · w on the way.
    of_x.iter_mut().zip(grad.iter().zip(weight)).for_each(|(of_x, (grad, weight))| *of_x = grad * weight);
    let level = sum(of_x, |g| g) / size;
    let along = sum_pairs(of_x, x, |g, x| g * ((x - mean) * scale)) / size;
    for (of_x, x) in of_x.iter_mut().zip(x) {
        *of_x = scale * (*of_x - level - (x - mean) * scale * along);
    }
}

fn add_row(of_weight: &mut [f32], of_bias: &mut [f32], [x, grad]: [&[f32]; 2], [mean, scale]: [f32; 2]) {
    for ((of_weight, of_bias), (x, grad)) in of_weight.iter_mut().zip(of_bias).zip(x.iter().zip(grad)) {
        *of_weight += grad * ((x - mean) * scale);
        *of_bias += grad;
    }
}

impl CustomOp3 for Normalise {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
        b: &CpuStorage,
        bl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) = (numbers(x, xl)?, numbers(w, wl)?, numbers(b, bl)?);
        let width = weight.len();
        if xl.dims().last() != Some(&width) || bias.len() != width || width == 0 {
            bail!("layer norm: expected rows of {width} numbers, found {:?}", xl.shape())
        }
        let measured: Vec<[f32; 2]> = x.chunks_exact(width).map(|row| self.measure(row)).collect();
        let mut made = vec![0f32; x.len()];
        each_row(&mut made, width, |at, made| {
            let [mean, scale] = measured[at];
            let row = x[at * width..][..width].iter().zip(weight.iter().zip(bias));
            for (made, (x, (weight, bias))) in made.iter_mut().zip(row) {
                *made = (x - mean) * scale * weight + bias;
            }
        });
        // An operation is applied once.
        let _ = self.rows.set(measured);
        Ok((CpuStorage::F32(made), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (of_x, of_weight, of_bias) =
            with(x, |x| with(weight, |weight| with(grad, |grad| Ok(self.back(x, weight, grad)))))?;
        let like = |numbers: Vec<f32>, like: &Tensor| match like.track_op() {
            true => Tensor::from_vec(numbers, like.shape(), like.device()).map(Some),
            false => Ok(None),
        };
        Ok((like(of_x, x)?, like(of_weight, weight)?, like(of_bias, bias)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;

    #[test]
    fn it_is_the_norm_that_candle_composes() {
        for dims in [[1, 3, 5], [2, 40, 48]] {
            let (x, w, b) = (var(&dims, 1), var(&dims[2..], 2), var(&dims[2..], 3));
            let composed = |v: &[Tensor]| candle_nn::ops::layer_norm_slow(&v[0], &v[1], &v[2], 1e-5);
            agree("norm", &[&x, &w, &b], |v| v[0].apply_op3(&v[1], &v[2], Normalise::new(1e-5)), composed);
        }
    }
}
