//! The gradients of a step: summed over its batches, measured, clipped.

use super::Slot;
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Result, Storage, Tensor};
use rayon::prelude::*;

/// A gradient for each trained parameter, in their order; none where no batch gave one.
pub(in crate::train) struct Gradients(Vec<Option<Tensor>>);

/// How large the gradients are.
pub(in crate::train) struct Norms {
    /// Of all together.
    pub(in crate::train) total: f64,
    /// Of each; none without a gradient.
    pub(in crate::train) each: Vec<Option<f64>>,
}

impl Gradients {
    /// None yet.
    pub(in crate::train) fn new(slots: &[Slot]) -> Self {
        Self(slots.iter().map(|_| None).collect())
    }

    /// Adds those of a batch, `weight` times.
    pub(in crate::train) fn add(&mut self, slots: &[Slot], mut of: GradStore, weight: f64) -> Result<()> {
        for (slot, sum) in slots.iter().zip(&mut self.0) {
            let Some(gradient) = of.remove(slot.var.as_tensor()) else { continue };
            let gradient = gradient.to_dtype(DType::F32)?;
            let weighted = if weight == 1.0 { gradient.contiguous()? } else { (gradient * weight)? };
            *sum = Some(match sum.take() {
                Some(sum) => (sum + weighted)?,
                None => weighted,
            });
        }
        Ok(())
    }

    /// In the order of the parameters, f32 and contiguous.
    pub(in crate::train) fn tensors(&self) -> &[Option<Tensor>] {
        &self.0
    }

    /// Their Euclidean norms.
    pub(in crate::train) fn norms(&self) -> Result<Norms> {
        let of = |gradient: &Option<Tensor>| gradient.as_ref().map(square).transpose();
        let squares = self.0.par_iter().map(of).collect::<Result<Vec<_>>>()?;
        let total = squares.iter().flatten().sum::<f64>().sqrt();
        let each = squares.into_iter().map(|square| square.map(f64::sqrt)).collect();
        Ok(Norms { total, each })
    }
}

impl Norms {
    /// What gradients are multiplied by, so that their norm is at most `limit` (any where that is 0), as
    /// `torch.nn.utils.clip_grad_norm_`.
    pub(in crate::train) fn scale(&self, limit: f64) -> f64 {
        if limit > 0.0 { (limit / (self.total + 1e-6)).min(1.0) } else { 1.0 }
    }
}

/// So many numbers are summed at a time; fixed, because the order of a sum decides its rounding.
const PIECE: usize = 1 << 16;

fn square(gradient: &Tensor) -> Result<f64> {
    let (storage, layout) = gradient.storage_and_layout();
    let numbers = match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(numbers)), Some((from, to))) => numbers.get(from..to),
        _ => None,
    };
    if let Some(numbers) = numbers {
        let sum = |piece: &[f32]| piece.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        let sums: Vec<f64> = numbers.par_chunks(PIECE).map(sum).collect();
        return Ok(sums.iter().sum());
    }
    drop(storage);
    Ok(f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?))
}
