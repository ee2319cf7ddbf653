//! One-dimensional convolution over time, as a matrix product.
//!
//! Sequences are `[batch, time, channels]` here, so that the taps of a kernel are shifted views laid side
//! by side and the rest is one large product, forward and backward. candle's own `conv1d` is as quick
//! forward, but its gradient is a naive transposed convolution wherever there is padding.

use super::ops::{Convolve, is_trained};
use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

/// What a kernel does besides its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// How many frames it sees.
    pub size: usize,
    /// Frames from one output to the next.
    pub stride: usize,
    /// Frames of zeros at both ends.
    pub padding: usize,
    /// Frames from one tap to the next.
    pub dilation: usize,
}

impl Kernel {
    /// One that keeps the length, its taps `dilation` apart; `size` is odd.
    pub const fn same(size: usize, dilation: usize) -> Self {
        Self { size, stride: 1, padding: dilation * (size / 2), dilation }
    }

    /// How many outputs a sequence gives; none if it is shorter than the kernel.
    pub fn outputs(&self, length: usize) -> usize {
        let seen = self.dilation * (self.size - 1) + 1;
        (length + 2 * self.padding).checked_sub(seen).map_or(0, |room| room / self.stride + 1)
    }
}

/// A convolution with the weights of `torch.nn.Conv1d`: `weight` `[out, in, size]`, `bias` `[out]`.
#[derive(Clone, Debug)]
pub struct Conv1d {
    weight: Tensor,
    bias: Tensor,
    /// The weight as the product wants it, while nobody trains it.
    folded: Option<Tensor>,
    kernel: Kernel,
}

impl Conv1d {
    /// Reads the weights.
    ///
    /// # Errors
    /// The builder's, where it lacks them.
    pub fn new(inputs: usize, outputs: usize, kernel: Kernel, vb: VarBuilder) -> Result<Self> {
        let bound = 1.0 / ((inputs * kernel.size) as f64).sqrt();
        let uniform = Init::Uniform { lo: -bound, up: bound };
        let weight = vb.get_with_hints((outputs, inputs, kernel.size), "weight", uniform)?;
        let bias = vb.get_with_hints(outputs, "bias", uniform)?;
        let folded = if weight.track_op() { None } else { Some(fold(&weight)?) };
        Ok(Self { weight, bias, folded, kernel })
    }

    /// One of a weight and a bias that somebody trains.
    #[cfg(test)]
    pub(super) fn of(weight: &Tensor, bias: &Tensor, kernel: Kernel) -> Self {
        Self { weight: weight.clone(), bias: bias.clone(), folded: None, kernel }
    }

    /// `[batch, time, in]` → `[batch, outputs(time), out]`.
    ///
    /// # Errors
    /// Where the sequence is shorter than the kernel, or its channels are not the weight's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let length = x.dim(1)?;
        if self.kernel.outputs(length) == 0 {
            candle_core::bail!("a sequence of {length} frames is shorter than {:?}", self.kernel);
        }
        if is_trained(&[x, &self.weight, &self.bias]) {
            return x.contiguous()?.apply_op3(&self.weight, &self.bias, Convolve(self.kernel));
        }
        self.composed(x)
    }

    /// The same by candle's operations.
    pub(super) fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, length, channels) = x.dims3()?;
        let outputs = self.kernel.outputs(length);
        let weight = match &self.folded {
            Some(folded) => folded.clone(),
            None => fold(&self.weight)?,
        };
        let seen = self.kernel.size * channels;
        let windows = self.windows(x, outputs)?.reshape((batch * outputs, seen))?;
        windows.matmul(&weight)?.broadcast_add(&self.bias)?.reshape((batch, outputs, ()))
    }

    /// `[batch, outputs, size · in]`: what each output sees.
    fn windows(&self, x: &Tensor, outputs: usize) -> Result<Tensor> {
        let Kernel { size, stride, padding, dilation } = self.kernel;
        if size == 1 && stride == 1 && padding == 0 {
            return Ok(x.clone());
        }
        let (batch, length, channels) = x.dims3()?;
        // The last tap of a stride is read as a whole stride, which may reach past the padding.
        let reach = dilation * (size - 1) + stride * outputs;
        let padded = x.pad_with_zeros(1, padding, reach.saturating_sub(length + padding))?;
        let tap = |tap: usize| {
            let view = padded.narrow(1, tap * dilation, stride * outputs)?;
            if stride == 1 {
                return Ok(view);
            }
            view.reshape((batch, outputs, stride, channels))?.narrow(2, 0, 1)?.squeeze(2)
        };
        Tensor::cat(&(0..size).map(tap).collect::<Result<Vec<_>>>()?, 2)
    }
}

/// `[out, in, size]` → `[size · in, out]`.
fn fold(weight: &Tensor) -> Result<Tensor> {
    let (outputs, inputs, size) = weight.dims3()?;
    weight.permute((2, 1, 0))?.reshape((size * inputs, outputs))?.contiguous()
}

/// Each frame `times` times: `[batch, time, channels]` → `[batch, times · time, channels]`, as
/// `torch.nn.Upsample` does by nearest neighbours.
///
/// # Errors
/// candle's.
pub fn repeat_frames(x: &Tensor, times: usize) -> Result<Tensor> {
    let (batch, length, channels) = x.dims3()?;
    x.unsqueeze(2)?.broadcast_as((batch, length, times, channels))?.reshape((batch, length * times, channels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};
    use std::collections::HashMap;

    fn conv(kernel: Kernel) -> (Conv1d, Tensor, Tensor) {
        let weight = Tensor::randn(0f32, 1.0, (5, 3, kernel.size), &Device::Cpu).unwrap();
        let bias = Tensor::randn(0f32, 1.0, 5, &Device::Cpu).unwrap();
        let tensors = HashMap::from([("weight".into(), weight.clone()), ("bias".into(), bias.clone())]);
        let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        (Conv1d::new(3, 5, kernel, vb).unwrap(), weight, bias)
    }

    #[test]
    fn it_is_the_convolution_that_candle_has() {
        let kernels = [
            Kernel::same(3, 1),
            Kernel::same(3, 9),
            Kernel::same(1, 1),
            Kernel { size: 4, stride: 2, padding: 1, dilation: 1 },
            Kernel { size: 3, stride: 3, padding: 0, dilation: 2 },
        ];
        for kernel in kernels {
            for length in [7, 12, 13] {
                let (ours, weight, bias) = conv(kernel);
                let x = Tensor::randn(0f32, 1.0, (2, length, 3), &Device::Cpu).unwrap();
                let y = ours.forward(&x).unwrap();
                let Kernel { padding, stride, dilation, .. } = kernel;
                let theirs = x.transpose(1, 2).unwrap().contiguous().unwrap();
                let theirs = theirs.conv1d(&weight, padding, stride, dilation, 1).unwrap();
                let theirs = theirs.broadcast_add(&bias.reshape((1, 5, 1)).unwrap()).unwrap();
                let gap = (y - theirs.transpose(1, 2).unwrap()).unwrap().abs().unwrap();
                let gap = gap.flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
                assert!(gap < 1e-5, "{kernel:?} at {length}: {gap}");
            }
        }
    }

    #[test]
    fn a_sequence_shorter_than_the_kernel_is_an_error() {
        let (ours, ..) = conv(Kernel { size: 4, stride: 2, padding: 0, dilation: 1 });
        let x = Tensor::zeros((1, 3, 3), DType::F32, &Device::Cpu).unwrap();
        assert!(ours.forward(&x).unwrap_err().to_string().contains("3 frames"));
    }

    #[test]
    fn repeated_frames_pass_all_their_gradient_back() {
        let x = Var::new(&[[[1f32, 2.0], [3.0, 4.0]]], &Device::Cpu).unwrap();
        let y = repeat_frames(&x, 2).unwrap();
        assert_eq!(y.to_vec3::<f32>().unwrap()[0], [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [3.0, 4.0]]);
        let gradients = (y.sum_all().unwrap() + x.sum_all().unwrap()).unwrap().backward().unwrap();
        assert_eq!(gradients.get(&x).unwrap().to_vec3::<f32>().unwrap()[0], [[3.0, 3.0], [3.0, 3.0]]);
    }
}
