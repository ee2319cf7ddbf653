//! `x Wᵀ + b`.

use super::{each_row, into_numbers, sum_rows, with};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// `x` `[…, from]`, contiguous, and a weight `[to, from]` → `[…, to]`.
pub(crate) struct Project;

/// The same, and a bias `[to]` on it.
pub(crate) struct ProjectWithBias;

fn multiply(x: (&CpuStorage, &Layout), weight: (&CpuStorage, &Layout)) -> Result<(CpuStorage, Shape)> {
    let (to, from) = weight.1.shape().dims2()?;
    let (Some(&last), true) = (x.1.dims().last(), x.1.is_contiguous()) else {
        bail!("expected contiguous rows, found {:?}", x.1)
    };
    if last != from {
        bail!("expected rows of {from}, found {:?}", x.1.shape())
    }
    let rows = x.1.shape().elem_count() / from.max(1);
    let layout = Layout::contiguous_with_offset((rows, from), x.1.start_offset());
    let y = x.0.matmul(weight.0, (1, rows, to, from), &layout, &weight.1.transpose(0, 1)?)?;
    let mut dims = x.1.dims().to_vec();
    if let Some(last) = dims.last_mut() {
        *last = to;
    }
    Ok((y, Shape::from(dims)))
}

/// The gradients of `x`, where somebody wants it, and of the weight.
fn back(x: &Tensor, weight: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
    let (to, from) = weight.dims2()?;
    let rows = gradient.contiguous()?.reshape(((), to))?;
    let of_x = match x.track_op() {
        true => Some(rows.matmul(&weight.detach())?.reshape(x.shape())?),
        false => None,
    };
    let of_weight = match weight.track_op() {
        true => Some(rows.t()?.matmul(&x.detach().reshape(((), from))?)?),
        false => None,
    };
    Ok((of_x, of_weight))
}

impl CustomOp2 for Project {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        multiply((x, xl), (w, wl))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        back(x, weight, grad)
    }
}

impl CustomOp3 for ProjectWithBias {
    fn name(&self) -> &'static str {
        "linear with bias"
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
        let (y, shape) = multiply((x, xl), (w, wl))?;
        let bias = super::numbers(b, bl)?;
        let mut y = into_numbers(y)?;
        each_row(&mut y, bias.len(), |_, row| row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (of_x, of_weight) = back(x, weight, grad)?;
        let of_bias = match bias.track_op() {
            true => {
                let width = bias.elem_count();
                let sum = with(grad, |rows| Ok(sum_rows(rows, width)))?;
                Some(Tensor::from_vec(sum, bias.shape(), bias.device())?)
            }
            false => None,
        };
        Ok((of_x, of_weight, of_bias))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;

    #[test]
    fn it_is_the_product_that_candle_has() {
        for dims in [vec![7, 5], vec![2, 3, 5], vec![2, 3, 2, 5]] {
            let x = var(&dims, 1);
            let (w, b) = (var(&[4, 5], 2), var(&[4], 3));
            let composed = |v: &[Tensor]| {
                let rows = v[0].reshape(((), 5))?.matmul(&v[1].t()?)?;
                let dims = [&dims[..dims.len() - 1], &[4]].concat();
                rows.broadcast_add(&v[2])?.reshape(dims)
            };
            agree(
                "linear with bias",
                &[&x, &w, &b],
                |v| v[0].apply_op3(&v[1], &v[2], ProjectWithBias),
                composed,
            );
            let zero = b.zeros_like().unwrap();
            let plain = |v: &[Tensor]| composed(&[v[0].clone(), v[1].clone(), zero.clone()]);
            agree("linear", &[&x, &w], |v| v[0].apply_op2(&v[1], Project), plain);
        }
    }
}
