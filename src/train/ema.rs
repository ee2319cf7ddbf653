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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::config::OptimiserConfig;

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.to_dtype(DType::F32).unwrap().to_vec1().unwrap()
    }

    /// Averages of one parameter that takes some values in turn.
    fn followed(dtype: DType, decay: f64, values: &[f32]) -> (BTreeMap<String, Var>, Ema) {
        let start = Tensor::new(&[1.0f32, 2.0], &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let vars = BTreeMap::from([("w".to_owned(), Var::from_tensor(&start).unwrap())]);
        let adam = || AdamW::new(&OptimiserConfig::default(), &[], vars.clone(), |_| false).unwrap();
        let mut ema = Ema::new(decay, &adam()).unwrap();
        for (value, step) in values.iter().zip(1..) {
            let value = Tensor::full(*value, 2, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
            vars["w"].set(&value).unwrap();
            // A new one, because small weights have a copy that only the optimiser moves.
            ema.update(&adam(), step).unwrap();
        }
        (vars, ema)
    }

    #[test]
    fn averages_follow_by_the_decay_and_faster_at_first() {
        for dtype in [DType::F32, DType::BF16] {
            let (_, ema) = followed(dtype, 0.2, &[4.0, 8.0]);
            // 2/11 are kept at the first step, 0.2 of that at the second.
            let expected = [1.0, 2.0].map(|w: f32| (w * 2.0 / 11.0 + 4.0 * 9.0 / 11.0) * 0.2 + 8.0 * 0.8);
            let found = numbers(&ema.state()["w"]);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn what_stood_in_is_taken_off_again() {
        let (vars, ema) = followed(DType::F32, 0.5, &[4.0, 8.0]);
        let held = ema.put_on(&vars).unwrap();
        assert_eq!(numbers(&vars["w"]), numbers(&ema.state()["w"]));
        held.take_off().unwrap();
        assert_eq!(numbers(&vars["w"]), [8.0, 8.0]);
    }
}
