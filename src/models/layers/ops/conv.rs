//! Convolution over time.

use super::{Factor, each_row, into_numbers, numbers, product, sum_rows, with};
use crate::models::layers::Kernel;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// `x` `[batch, time, in]`, weight `[out, in, size]`, bias `[out]` → `[batch, outputs(time), out]`.
pub(crate) struct Convolve(pub(crate) Kernel);

impl Convolve {
    /// The frame that a tap of an output sees; none in the padding.
    fn frame(&self, output: usize, tap: usize, length: usize) -> Option<usize> {
        let frame = (output * self.0.stride + tap * self.0.dilation).checked_sub(self.0.padding)?;
        (frame < length).then_some(frame)
    }

    /// `[batch · outputs, size · in]`: what each output sees, tap by tap.
    fn windows(&self, x: &[f32], [length, channels]: [usize; 2], batch: usize) -> Vec<f32> {
        let outputs = self.0.outputs(length);
        let mut made = vec![0f32; batch * outputs * self.0.size * channels];
        each_row(&mut made, self.0.size * channels, |at, row| {
            let (batch, output) = (at / outputs, at % outputs);
            for (tap, made) in row.chunks_exact_mut(channels).enumerate() {
                if let Some(frame) = self.frame(output, tap, length) {
                    made.copy_from_slice(&x[(batch * length + frame) * channels..][..channels]);
                }
            }
        });
        made
    }

    /// The gradient of the frames from that of the windows.
    fn unwindow(&self, windows: &[f32], [length, channels]: [usize; 2], batch: usize) -> Vec<f32> {
        let outputs = self.0.outputs(length);
        let mut made = vec![0f32; batch * length * channels];
        each_row(&mut made, length * channels, |batch, made| {
            let rows = windows.chunks_exact(self.0.size * channels).skip(batch * outputs).take(outputs);
            for (output, row) in rows.enumerate() {
                for (tap, from) in row.chunks_exact(channels).enumerate() {
                    if let Some(frame) = self.frame(output, tap, length) {
                        let made = &mut made[frame * channels..][..channels];
                        made.iter_mut().zip(from).for_each(|(made, from)| *made += from);
                    }
                }
            }
        });
        made
    }
}

/// `[out, in, size]` → `[out, size, in]`, or back where `in` and `size` are exchanged.
fn fold(weight: &[f32], [inner, size]: [usize; 2]) -> Vec<f32> {
    if inner == 1 || size == 1 {
        return weight.to_vec();
    }
    let mut made = vec![0f32; weight.len()];
    each_row(&mut made, inner * size, |at, made| {
        let from = &weight[at * inner * size..][..inner * size];
        for (tap, made) in made.chunks_exact_mut(inner).enumerate() {
            let column = from.iter().skip(tap).step_by(size);
            made.iter_mut().zip(column).for_each(|(made, from)| *made = *from);
        }
    });
    made
}

impl CustomOp3 for Convolve {
    fn name(&self) -> &'static str {
        "convolution"
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
        let ((batch, length, channels), (to, from, size)) = (xl.shape().dims3()?, wl.shape().dims3()?);
        if channels != from || size != self.0.size || bl.dims() != [to] || to * from == 0 {
            bail!("convolution: a weight of {:?} for {:?}", wl.shape(), xl.shape())
        }
        let (outputs, seen) = (self.0.outputs(length), size * from);
        let windows = CpuStorage::F32(self.windows(numbers(x, xl)?, [length, channels], batch));
        let folded = CpuStorage::F32(fold(numbers(w, wl)?, [from, size]));
        let made = product(
            Factor(&windows, [1, batch * outputs, seen], false),
            Factor(&folded, [1, to, seen], true),
        )?;
        let (mut made, bias) = (into_numbers(made)?, numbers(b, bl)?);
        each_row(&mut made, to, |_, row| row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias));
        Ok((CpuStorage::F32(made), Shape::from((batch, outputs, to))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let ((batch, length, channels), (to, from, size)) = (x.dims3()?, weight.dims3()?);
        let (rows, seen) = (batch * self.0.outputs(length), size * from);
        let grad = with(grad, |grad| Ok(grad.to_vec()))?;
        let of_bias = sum_rows(&grad, to);
        let grad = CpuStorage::F32(grad);
        let windows = CpuStorage::F32(with(x, |x| Ok(self.windows(x, [length, channels], batch)))?);
        let of_weight =
            product(Factor(&grad, [1, rows, to], true), Factor(&windows, [1, rows, seen], false))?;
        let of_weight = fold(&into_numbers(of_weight)?, [size, from]);
        let of_x = match x.track_op() {
            true => {
                let folded = CpuStorage::F32(with(weight, |weight| Ok(fold(weight, [from, size])))?);
                let seen =
                    product(Factor(&grad, [1, rows, to], false), Factor(&folded, [1, to, seen], false))?;
                let of_x = self.unwindow(&into_numbers(seen)?, [length, channels], batch);
                Some(Tensor::from_vec(of_x, x.shape(), x.device())?)
            }
            false => None,
        };
        let of_weight = Tensor::from_vec(of_weight, weight.shape(), weight.device())?;
        Ok((of_x, Some(of_weight), Some(Tensor::from_vec(of_bias, bias.shape(), bias.device())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;
    use crate::models::layers::Conv1d;

    #[test]
    fn it_is_the_convolution_that_candle_composes() {
        let kernels = [
            Kernel::same(3, 1),
            Kernel::same(3, 9),
            Kernel::same(1, 1),
            Kernel { size: 4, stride: 2, padding: 1, dilation: 1 },
            Kernel { size: 3, stride: 3, padding: 0, dilation: 2 },
        ];
        for kernel in kernels {
            for length in [7, 12, 13] {
                let (x, w, b) = (var(&[2, length, 3], 1), var(&[5, 3, kernel.size], 2), var(&[5], 3));
                let composed = |v: &[Tensor]| Conv1d::of(&v[1], &v[2], kernel).composed(&v[0]);
                agree("conv", &[&x, &w, &b], |v| v[0].apply_op3(&v[1], &v[2], Convolve(kernel)), composed);
            }
        }
    }
}
