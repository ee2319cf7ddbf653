//! Linear maps and activations on a processor, faster than candle has them.
//!
//! A text has few tokens and a map has many weights. candle multiplies `x Wᵀ`; the same product as
//! `W xᵀ` streams the weights and takes up to half the time, and the turning back that it needs adds the
//! bias and applies the activation on its way.
//!
//! All of this only where nothing is trained, and only f32: everything else goes the ordinary way.

use crate::models::layers::{Activation, curve, project};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};
use candle_nn::Linear;
use rayon::prelude::*;

/// Values that one thread takes at a time; less is not worth a second thread.
const SHARE: usize = 16_384;

/// Rows that are turned at a time, and columns: what they touch stays in the first cache.
const BLOCK: [usize; 2] = [16, 64];

fn is_plain(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32 && !x.track_op()
}

/// A linear map, and an activation of what it gives: `[…, from]` → `[…, to]`.
///
/// # Errors
/// Where shapes do not fit.
pub(super) fn apply(map: &Linear, activation: Option<Activation>, x: &Tensor) -> Result<Tensor> {
    let weight = map.weight();
    let is_biased_plain = map.bias().is_none_or(|bias| is_plain(bias) && bias.is_contiguous());
    if !is_plain(x) || !is_plain(weight) || !is_biased_plain || x.elem_count() == 0 {
        let y = project(map, x)?;
        return activation.map_or_else(|| Ok(y.clone()), |activation| activation.forward(&y));
    }
    let (to, from) = weight.dims2()?;
    let mut dims = x.dims().to_vec();
    let mut rows = x.reshape(((), from))?;
    let count = rows.dim(0)?;
    if count == 1 {
        // One row alone would be multiplied in another order, and a text have other last bits alone than
        // in company.
        rows = Tensor::cat(&[&rows, &rows], 0)?;
    }
    let turned = weight.matmul(&rows.t()?)?;
    let turn = Turn(activation);
    let y = match map.bias() {
        Some(bias) => turned.apply_op2_no_bwd(bias, &turn)?,
        None => turned.apply_op1_no_bwd(&turn)?,
    };
    if let Some(last) = dims.last_mut() {
        *last = to;
    }
    y.narrow(0, 0, count)?.reshape(dims)
}

/// `[to, rows]` → `[rows, to]`, a bias added and an activation applied.
struct Turn(Option<Activation>);

impl Turn {
    fn turn(&self, turned: &[f32], to: usize, rows: usize, bias: Option<&[f32]>) -> (CpuStorage, Shape) {
        let mut made = vec![0f32; turned.len()];
        let turn_rows = |(block, made): (usize, &mut [f32])| {
            for from in (0..to).step_by(BLOCK[1]) {
                let columns = from..to.min(from + BLOCK[1]);
                for (row, made) in made.chunks_mut(to).enumerate() {
                    let at = block * BLOCK[0] + row;
                    let column =
                        turned[columns.start * rows..columns.end * rows].iter().skip(at).step_by(rows);
                    made[columns.clone()].iter_mut().zip(column).for_each(|(made, &value)| *made = value);
                }
            }
            for made in made.chunks_mut(to) {
                if let Some(bias) = bias {
                    made.iter_mut().zip(bias).for_each(|(made, bias)| *made += bias);
                }
                if let Some(activation) = self.0 {
                    curve(activation, made);
                }
            }
        };
        let blocks =
            made.par_chunks_mut(BLOCK[0] * to).enumerate().with_min_len(SHARE.div_ceil(BLOCK[0] * to));
        blocks.for_each(turn_rows);
        (CpuStorage::F32(made), Shape::from((rows, to)))
    }
}

impl CustomOp1 for Turn {
    fn name(&self) -> &'static str {
        "turn"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (to, rows) = layout.shape().dims2()?;
        Ok(self.turn(contiguous(storage, layout)?, to, rows, None))
    }
}

impl CustomOp2 for Turn {
    fn name(&self) -> &'static str {
        "turn with bias"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (to, rows) = layout.shape().dims2()?;
        if bias_layout.shape().dims() != [to] {
            bail!("expected a bias of [{to}], found {:?}", bias_layout.shape());
        }
        let bias = contiguous(bias, bias_layout)?;
        Ok(self.turn(contiguous(storage, layout)?, to, rows, Some(bias)))
    }
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, to))) => Ok(&values[from..to]),
        _ => bail!("expected contiguous f32"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::parity::gap;
    use candle_core::{Device, Var};
    use candle_nn::Module;

    const ALL: [Activation; 5] =
        [Activation::Gelu, Activation::GeluNew, Activation::QuickGelu, Activation::Swish, Activation::Relu];

    #[test]
    fn maps_are_those_of_the_slow_way_in_every_shape() {
        let draw = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
        for (to, from) in [(1, 1), (5, 3), (64, 16), (130, 40)] {
            for bias in [None, Some(draw(&[to]))] {
                let map = Linear::new(draw(&[to, from]), bias);
                for dims in [vec![1], vec![17], vec![2, 3], vec![2, 33, 5]] {
                    let x = draw(&[dims.as_slice(), &[from]].concat());
                    let fast = apply(&map, Some(Activation::Swish), &x).unwrap();
                    let slow = map.forward(&x).unwrap().silu().unwrap();
                    assert!(gap("map", &fast, &slow) < 2e-5);
                }
                // A view that is not contiguous, and another type.
                let x = draw(&[from, 7]).t().unwrap();
                let slow = map.forward(&x.contiguous().unwrap()).unwrap();
                assert!(gap("map of a view", &apply(&map, None, &x).unwrap(), &slow) < 2e-5);
            }
        }
    }

    #[test]
    fn what_is_trained_keeps_its_gradient() {
        let x = Var::randn(0f32, 1.0, (3, 4), &Device::Cpu).unwrap();
        let weight = Var::randn(0f32, 1.0, (2, 4), &Device::Cpu).unwrap();
        let plain = weight.as_detached_tensor();
        for activation in ALL {
            let map = Linear::new(plain.clone(), None);
            let y = apply(&map, Some(activation), &x).unwrap().sum_all().unwrap();
            assert!(y.backward().unwrap().get(&x).is_some(), "{activation:?}");
            let map = Linear::new(weight.as_tensor().clone(), None);
            let y = apply(&map, Some(activation), &x.as_detached_tensor()).unwrap().sum_all().unwrap();
            assert!(y.backward().unwrap().get(&weight).is_some(), "{activation:?}");
        }
    }
}
