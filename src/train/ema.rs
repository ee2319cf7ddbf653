//! The moving average of weights, which often generalises better than the last ones (Polyak and Juditsky
//! 1992).

use super::optimiser::AdamW;
use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Averages of the trained parameters, in 32 bits. What is frozen, or moves by itself, has none.
pub(super) struct Ema {
    decay: f64,
    averages: BTreeMap<String, Tensor>,
}

/// The weights that averages stand in for at present.
pub(super) struct Held(Vec<(Var, Tensor)>);

impl Ema {
    /// Begins with the weights as they are.
    pub(super) fn new(decay: f64, optimiser: &AdamW) -> Result<Self> {
        Ok(Self { decay, averages: optimiser.weights()? })
    }

    /// Follows the weights after a step, the first of which is 1. Early on less is remembered, at most
    /// (1 + step) / (10 + step), so that the first weights are soon forgotten.
    pub(super) fn update(&mut self, optimiser: &AdamW, step: u64) -> Result<()> {
        let kept = self.decay.min((1 + step) as f64 / (10 + step) as f64);
        let slots = optimiser.slots();
        if slots.iter().all(|slot| is_plain(&slot.var)) {
            let follow = Follow { kept: kept as f32, new: (1.0 - kept) as f32 };
            let one = |(average, slot): (&Tensor, &super::optimiser::Slot)| {
                average.inplace_op2(&slot.var.as_tensor().detach(), &follow)
            };
            let averages: Vec<&Tensor> = self.averages.values().collect();
            return averages.into_par_iter().zip(slots).map(one).collect();
        }
        for (name, weight) in optimiser.weights()? {
            if let Some(average) = self.averages.get_mut(&name) {
                *average = ((&*average * kept)? + (weight * (1.0 - kept))?)?;
            }
        }
        Ok(())
    }

    /// Puts the averages in the weights' place.
    pub(super) fn put_on(&self, vars: &BTreeMap<String, Var>) -> Result<Held> {
        let mut held = Vec::with_capacity(self.averages.len());
        for (name, average) in &self.averages {
            let Some(var) = vars.get(name) else { continue };
            held.push((var.clone(), var.as_tensor().detach().copy()?));
            var.set(&average.to_dtype(var.dtype())?)?;
        }
        Ok(Held(held))
    }

    /// The averages by name.
    pub(super) fn state(&self) -> BTreeMap<String, Tensor> {
        self.averages.clone()
    }

    /// Takes up what [`state`](Self::state) gave; what is wrong, in words.
    pub(super) fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> std::result::Result<(), String> {
        for (name, average) in &mut self.averages {
            let stored = state.get(name).filter(|stored| stored.shape() == average.shape());
            let stored =
                stored.ok_or_else(|| format!("expected an average {:?} of `{name}`", average.shape()))?;
            let moved = stored.to_dtype(DType::F32).and_then(|t| t.to_device(average.device())?.copy());
            *average = moved.map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

impl Held {
    /// Puts the weights back.
    pub(super) fn take_off(self) -> Result<()> {
        self.0.into_iter().try_for_each(|(var, weight)| var.set(&weight))
    }
}

fn is_plain(var: &Var) -> bool {
    matches!(var.device(), Device::Cpu) && var.dtype() == DType::F32
}

/// One pass over an average and its weights, in place.
struct Follow {
    kept: f32,
    new: f32,
}

impl InplaceOp2 for Follow {
    fn name(&self) -> &'static str {
        "ema"
    }

    fn cpu_fwd(
        &self,
        average: &mut CpuStorage,
        at: &Layout,
        weight: &CpuStorage,
        from: &Layout,
    ) -> Result<()> {
        let (CpuStorage::F32(average), CpuStorage::F32(weight)) = (average, weight) else {
            bail!("ema: expected f32")
        };
        let within = |layout: &Layout| layout.contiguous_offsets().map(|(from, to)| from..to);
        let average = within(at).and_then(|range| average.get_mut(range));
        let weight = within(from).and_then(|range| weight.get(range));
        let (Some(average), Some(weight)) = (average, weight) else {
            bail!("ema: expected contiguous numbers")
        };
        for (average, weight) in average.iter_mut().zip(weight) {
            *average = *average * self.kept + weight * self.new;
        }
        Ok(())
    }
}
