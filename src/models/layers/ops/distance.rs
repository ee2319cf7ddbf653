//! What a reconstruction costs, and differences along time.

use super::{map_pairs, numbers, with};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// The mean of Huber's distances (δ = 1) between tensors of one shape. `[]`
pub(crate) struct SmoothL1;

impl CustomOp2 for SmoothL1 {
    fn name(&self) -> &'static str {
        "smooth l1"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        al: &Layout,
        b: &CpuStorage,
        bl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if al.shape() != bl.shape() {
            bail!("smooth l1: expected {:?}, found {:?}", al.shape(), bl.shape())
        }
        let (a, b) = (numbers(a, al)?, numbers(b, bl)?);
        let distance = |a: f32, b: f32| {
            let size = (a - b).abs();
            let small = size.min(1.0);
            small * (size - small * 0.5)
        };
        // Pieces in f32, their sum in f64: there are millions.
        let pieces = a.chunks(1024).zip(b.chunks(1024));
        let sum: f64 = pieces.map(|(a, b)| f64::from(super::sum_pairs(a, b, distance))).sum();
        Ok((CpuStorage::F32(vec![(sum / a.len().max(1) as f64) as f32]), Shape::from(())))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let scale = grad.to_scalar::<f32>()? / a.elem_count().max(1) as f32;
        let slope = |scale: f32| {
            let made =
                with(a, |a| with(b, |b| Ok(map_pairs(a, b, |a, b| (a - b).clamp(-1.0, 1.0) * scale))))?;
            Tensor::from_vec(made, a.shape(), a.device())
        };
        let of = |tensor: &Tensor, scale| tensor.track_op().then(|| slope(scale)).transpose();
        Ok((of(a, scale)?, of(b, -scale)?))
    }
}

/// The difference between consecutive frames: `[batch, time, channels]` → `[batch, time − 1, channels]`.
pub(crate) struct Delta;

impl CustomOp1 for Delta {
    fn name(&self) -> &'static str {
        "delta"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((batch, time, channels), x) = (layout.shape().dims3()?, numbers(x, layout)?);
        let steps = time.saturating_sub(1);
        let mut made = Vec::with_capacity(batch * steps * channels);
        for clip in x.chunks_exact((time * channels).max(1)) {
            made.extend(clip.iter().zip(clip.iter().skip(channels)).map(|(now, next)| next - now));
        }
        Ok((CpuStorage::F32(made), Shape::from((batch, steps, channels))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, time, channels) = x.dims3()?;
        let (mut made, steps) = (vec![0f32; x.elem_count()], time.saturating_sub(1) * channels);
        with(grad, |grad| {
            let clips = made.chunks_exact_mut((time * channels).max(1)).zip(grad.chunks_exact(steps.max(1)));
            for (made, grad) in clips {
                made.iter_mut().zip(grad).for_each(|(made, grad)| *made -= grad);
                made.iter_mut().skip(channels).zip(grad).for_each(|(made, grad)| *made += grad);
            }
            Ok(())
        })?;
        Tensor::from_vec(made, x.shape(), x.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;

    #[test]
    fn they_are_what_candle_composes() {
        let (a, b) = (var(&[2, 5, 3], 1), var(&[2, 5, 3], 2));
        let composed = |v: &[Tensor]| {
            let size = (&v[0] - &v[1])?.abs()?;
            let small = size.minimum(1f64)?;
            (&small * (&size - (&small * 0.5)?)?)?.mean_all()
        };
        agree("smooth l1", &[&a, &b], |v| v[0].apply_op2(&v[1], SmoothL1), composed);
        let delta = |v: &[Tensor]| v[0].narrow(1, 1, 4)? - v[0].narrow(1, 0, 4)?;
        agree("delta", &[&a], |v| v[0].apply_op1(Delta), delta);
    }
}
