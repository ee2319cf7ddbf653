//! Scaled dot-product attention of all heads, from the projections as they come out of their linear maps.

use super::softmax::{back, share};
use super::{Factor, Mask, each_row, into_numbers, numbers, product, with};
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

/// How much attends to how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    /// Positions that attend.
    pub(crate) length: usize,
    /// Positions that are attended to.
    pub(crate) memory: usize,
    pub(crate) heads: usize,
    /// Of a head.
    pub(crate) width: usize,
}

/// Queries `[batch, length, heads · width]`, keys and values `[batch, memory, heads · width]` →
/// `[batch, length, heads · width]`; or all three side by side in one, `[batch, length, 3 · heads · width]`.
pub(crate) struct Attend {
    sizes: Sizes,
    scale: f32,
    /// What is added to scores, untrained, `[batch, heads, length, memory]` or one for several of them.
    bias: Option<Tensor>,
    mask: Option<Mask>,
    /// The shares that each position gives to all, `[batch · heads, length, memory]`, for the way back.
    shares: OnceLock<CpuStorage>,
}

/// One of the three among rows of `stride` numbers, from the number `offset` on.
#[derive(Clone, Copy)]
struct Part<'a> {
    rows: &'a [f32],
    stride: usize,
    offset: usize,
}

impl Attend {
    /// `bias`: contiguous, f32; `mask`: of the shares.
    pub(crate) fn new(sizes: Sizes, scale: f64, bias: Option<&Tensor>, mask: Option<Mask>) -> Result<Self> {
        let Sizes { batch, heads, length, memory, .. } = sizes;
        let bias = bias.map(|bias| bias.detach().contiguous()?.broadcast_as((batch, heads, length, memory)));
        Ok(Self { sizes, scale: scale as f32, bias: bias.transpose()?, mask, shares: OnceLock::new() })
    }

    fn forward(&self, [queries, keys, values]: [Part; 3]) -> Result<CpuStorage> {
        let Sizes { batch, length, memory, heads, width } = self.sizes;
        let (count, size) = (batch * heads, heads * width);
        let queries = CpuStorage::F32(self.by_head(queries, length, self.scale));
        let keys = CpuStorage::F32(self.by_head(keys, memory, 1.0));
        let scores = product(
            Factor(&queries, [count, length, width], false),
            Factor(&keys, [count, memory, width], true),
        )?;
        let mut shares = into_numbers(scores)?;
        self.add_bias(&mut shares)?;
        each_row(&mut shares, memory, |_, row| share(row));
        let kept = CpuStorage::F32(match &self.mask {
            Some(mask) => mask.times(&shares)?,
            None => Vec::new(),
        });
        let shares = CpuStorage::F32(shares);
        let used = if self.mask.is_some() { &kept } else { &shares };
        let values = CpuStorage::F32(self.by_head(values, memory, 1.0));
        let mixed = product(
            Factor(used, [count, length, memory], false),
            Factor(&values, [count, memory, width], false),
        )?;
        let mut made = vec![0f32; batch * length * size];
        self.by_row(&into_numbers(mixed)?, length, &mut made, size, 0);
        // An operation is applied once.
        let _ = self.shares.set(shares);
        Ok(CpuStorage::F32(made))
    }

    /// The gradients of the three, each into its part of `made`: rows, their stride, an offset.
    fn backward(&self, parts: [Part; 3], grad: &[f32], made: [(&mut [f32], usize, usize); 3]) -> Result<()> {
        let Some(shares) = self.shares.get() else { bail!("attention: backward before forward") };
        let Sizes { batch, length, memory, heads, width } = self.sizes;
        let count = batch * heads;
        let (scores, inner, outer) =
            ([count, length, memory], [count, length, width], [count, memory, width]);
        let grad = Part { rows: grad, stride: heads * width, offset: 0 };
        let grad = CpuStorage::F32(self.by_head(grad, length, 1.0));
        let CpuStorage::F32(plain) = shares else { bail!("attention: expected f32") };
        let kept = CpuStorage::F32(match &self.mask {
            Some(mask) => mask.times(plain)?,
            None => Vec::new(),
        });
        let used = if self.mask.is_some() { &kept } else { shares };
        let of_values = product(Factor(used, scores, true), Factor(&grad, inner, false))?;
        let values = CpuStorage::F32(self.by_head(parts[2], memory, 1.0));
        let mut of_scores =
            into_numbers(product(Factor(&grad, inner, false), Factor(&values, outer, true))?)?;
        if let Some(mask) = &self.mask {
            of_scores = mask.times(&of_scores)?;
        }
        each_row(&mut of_scores, memory, |at, row| back(&plain[at * memory..][..memory], row));
        let of_scores = CpuStorage::F32(of_scores);
        let keys = CpuStorage::F32(self.by_head(parts[1], memory, self.scale));
        let of_queries = product(Factor(&of_scores, scores, false), Factor(&keys, outer, false))?;
        let queries = CpuStorage::F32(self.by_head(parts[0], length, self.scale));
        let of_keys = product(Factor(&of_scores, scores, true), Factor(&queries, inner, false))?;
        let results = [(of_queries, length), (of_keys, memory), (of_values, memory)];
        for ((result, length), (made, stride, offset)) in results.into_iter().zip(made) {
            self.by_row(&into_numbers(result)?, length, made, stride, offset);
        }
        Ok(())
    }

    /// Rows → `[batch · heads, length, width]`, scaled.
    fn by_head(&self, part: Part, length: usize, scale: f32) -> Vec<f32> {
        let Sizes { batch, heads, width, .. } = self.sizes;
        let mut made = vec![0f32; batch * heads * length * width];
        each_row(&mut made, length * width, |at, made| {
            let (batch, head) = (at / heads, at % heads);
            let first = batch * length * part.stride + part.offset + head * width;
            for (row, made) in made.chunks_exact_mut(width).enumerate() {
                let from = &part.rows[first + row * part.stride..][..width];
                made.iter_mut().zip(from).for_each(|(made, from)| *made = from * scale);
            }
        });
        made
    }

    /// `[batch · heads, length, width]` → rows.
    fn by_row(&self, mixed: &[f32], length: usize, made: &mut [f32], stride: usize, offset: usize) {
        let Sizes { heads, width, .. } = self.sizes;
        each_row(made, length * stride, |batch, made| {
            for (row, made) in made.chunks_exact_mut(stride).enumerate() {
                let heads = made[offset..][..heads * width].chunks_exact_mut(width).zip(batch * heads..);
                for (made, head) in heads {
                    made.copy_from_slice(&mixed[(head * length + row) * width..][..width]);
                }
            }
        });
    }

    fn add_bias(&self, scores: &mut [f32]) -> Result<()> {
        let Some(bias) = &self.bias else { return Ok(()) };
        let Sizes { length, memory, heads, .. } = self.sizes;
        let (storage, layout) = bias.storage_and_layout();
        let candle_core::Storage::Cpu(CpuStorage::F32(bias)) = &*storage else {
            bail!("attention: expected a bias of f32 on a processor")
        };
        let &[of_batch, of_head, of_row, step] = layout.stride() else {
            bail!("attention: a bias of {layout:?}")
        };
        each_row(scores, memory, |at, row| {
            let (batch, head, query) = (at / length / heads, at / length % heads, at % length);
            let first = layout.start_offset() + batch * of_batch + head * of_head + query * of_row;
            match step {
                0 => row.iter_mut().for_each(|score| *score += bias[first]),
                _ => row.iter_mut().zip(&bias[first..]).for_each(|(score, bias)| *score += bias),
            }
        });
        Ok(())
    }

    fn shape(&self) -> Shape {
        let Sizes { batch, length, heads, width, .. } = self.sizes;
        Shape::from((batch, length, heads * width))
    }

    fn size(&self) -> usize {
        self.sizes.heads * self.sizes.width
    }

    /// The three of one tensor.
    fn packed<'a>(&self, rows: &'a [f32]) -> [Part<'a>; 3] {
        let size = self.size();
        [0, 1, 2].map(|part| Part { rows, stride: 3 * size, offset: part * size })
    }

    fn check(&self, layout: &Layout, length: usize, size: usize) -> Result<()> {
        if layout.dims() == [self.sizes.batch, length, size] {
            return Ok(());
        }
        bail!("attention: expected {:?}, found {:?}", [self.sizes.batch, length, size], layout.shape())
    }
}

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.check(layout, self.sizes.length, 3 * self.size())?;
        let made = self.forward(self.packed(numbers(storage, layout)?))?;
        Ok((made, self.shape()))
    }

    fn bwd(&self, packed: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (stride, length) = (3 * self.size(), self.sizes.length);
        let made = with(packed, |rows| {
            with(grad, |grad| {
                let mut parts = [0, 1, 2].map(|_| vec![0f32; self.sizes.batch * length * self.size()]);
                let [queries, keys, values] = &mut parts;
                let size = self.size();
                self.backward(
                    self.packed(rows),
                    grad,
                    [(queries, size, 0), (keys, size, 0), (values, size, 0)],
                )?;
                let mut made = vec![0f32; rows.len()];
                each_row(&mut made, stride, |at, row| {
                    for (row, part) in row.chunks_exact_mut(size).zip(&parts) {
                        row.copy_from_slice(&part[at * size..][..size]);
                    }
                });
                Ok(made)
            })
        })?;
        Tensor::from_vec(made, packed.shape(), packed.device()).map(Some)
    }
}

impl CustomOp3 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        ql: &Layout,
        k: &CpuStorage,
        kl: &Layout,
        v: &CpuStorage,
        vl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (length, memory, size) = (self.sizes.length, self.sizes.memory, self.size());
        self.check(ql, length, size)?;
        self.check(kl, memory, size)?;
        self.check(vl, memory, size)?;
        let part = |rows| Part { rows, stride: size, offset: 0 };
        let made = self.forward([part(numbers(q, ql)?), part(numbers(k, kl)?), part(numbers(v, vl)?)])?;
        Ok((made, self.shape()))
    }

    fn bwd(
        &self,
        queries: &Tensor,
        keys: &Tensor,
        values: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let size = self.size();
        fn part(rows: &[f32], stride: usize) -> Part<'_> {
            Part { rows, stride, offset: 0 }
        }
        let mut made = [queries, keys, values].map(|like| vec![0f32; like.elem_count()]);
        let [of_queries, of_keys, of_values] = &mut made;
        let made_in =
            [(&mut of_queries[..], size, 0), (&mut of_keys[..], size, 0), (&mut of_values[..], size, 0)];
        with(queries, |q| {
            with(keys, |k| {
                with(values, |v| {
                    let parts = [part(q, size), part(k, size), part(v, size)];
                    with(grad, |grad| self.backward(parts, grad, made_in))
                })
            })
        })?;
        let [of_queries, of_keys, of_values] = made;
        let like = |numbers, like: &Tensor| Tensor::from_vec(numbers, like.shape(), like.device()).map(Some);
        Ok((like(of_queries, queries)?, like(of_keys, keys)?, like(of_values, values)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agree, var};
    use super::*;
    use crate::models::layers::{Pass, attend, causal_bias, merge_heads, padding_bias, split_heads};
    use candle_core::{D, Device};

    const SIZES: Sizes = Sizes { batch: 2, length: 5, memory: 5, heads: 3, width: 4 };

    fn composed(v: &[Tensor], bias: &Tensor, factors: Option<&Tensor>) -> Result<Tensor> {
        let heads = |x: &Tensor| split_heads(x, 3);
        let (q, k, v) = (heads(&v[0])?, heads(&v[1])?, heads(&v[2])?);
        let Some(factors) = factors else {
            return merge_heads(&attend([&q, &k, &v], 0.5, Some(bias), 0.0, &Pass::Infer)?);
        };
        let scores = (q * 0.5)?.matmul(&k.t()?)?.broadcast_add(bias)?;
        merge_heads(&(candle_nn::ops::softmax(&scores, D::Minus1)? * factors)?.matmul(&v)?)
    }

    #[test]
    fn it_is_the_attention_that_candle_composes() {
        let vars = [1, 2, 3].map(|seed| var(&[2, 5, 12], seed));
        let vars: Vec<_> = vars.iter().collect();
        let padding =
            padding_bias(&Tensor::new(&[[1u8, 1, 1, 0, 0], [1, 1, 1, 1, 1]], &Device::Cpu).unwrap()).unwrap();
        let drawn: Vec<u8> = (0..300).map(|i| (i * 37 % 256) as u8).collect();
        let mask = Mask::new(&drawn, 0.3);
        let factors = Tensor::from_vec(mask.clone().into_factors(), (2, 3, 5, 5), &Device::Cpu).unwrap();
        for bias in [padding, causal_bias(5, &Device::Cpu).unwrap(), var(&[1, 3, 5, 1], 5).detach()] {
            for (mask, factors) in [(None, None), (Some(&mask), Some(&factors))] {
                let op = || Attend::new(SIZES, 0.5, Some(&bias), mask.cloned()).unwrap();
                let composed = |v: &[Tensor]| composed(v, &bias, factors);
                agree("attention", &vars, |v| v[0].apply_op3(&v[1], &v[2], op()), composed);
                let packed = |v: &[Tensor]| Tensor::cat(v, 2)?.apply_op1(op());
                agree("packed attention", &vars, packed, composed);
            }
        }
    }
}
