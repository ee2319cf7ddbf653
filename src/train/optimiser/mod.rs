//! AdamW with parameter groups (Loshchilov and Hutter 2019), as `torch.optim.AdamW` reckons.
//!
//! On a processor a step is one pass over raw numbers, in place; elsewhere it is made of candle's
//! operations. Both round alike on every run, whatever the number of threads: parameters and pieces of
//! them are shared out, and nothing is summed in an order that depends on who is first.

mod gradients;
mod groups;
mod moments;

pub(super) use gradients::{Gradients, Norms};
pub(super) use groups::{Group, Grouping};

use super::TrainError;
use super::config::{GroupConfig, OptimiserConfig};
use candle_core::{DType, Device, Tensor, Var};
use moments::{Moments, Rates};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A parameter that is trained.
pub(super) struct Slot {
    /// Its name in the network.
    pub(super) name: String,
    /// Its place in the network.
    pub(super) var: Var,
    /// Its group.
    pub(super) group: Group,
    /// Steps in which it had a gradient.
    steps: u64,
    moments: Moments,
}

/// The optimiser and what it remembers.
pub(super) struct AdamW {
    config: OptimiserConfig,
    /// By name.
    slots: Vec<Slot>,
    /// Names that are left as they are.
    frozen: Vec<String>,
}

impl AdamW {
    /// Sorts variables into groups.
    pub(super) fn new(
        config: &OptimiserConfig,
        groups: &[GroupConfig],
        vars: BTreeMap<String, Var>,
        keep: impl Fn(&str) -> bool,
    ) -> Result<Self, TrainError> {
        let grouping = Grouping::new(config, groups, vars.keys())?;
        let (mut slots, mut frozen) = (Vec::new(), Vec::new());
        for (name, var) in vars {
            let group = grouping.of(&name, var.rank());
            if group.frozen || keep(&name) || !var.dtype().is_float() {
                frozen.push(name);
                continue;
            }
            let moments = Moments::new(&var)?;
            slots.push(Slot { name, var, group, steps: 0, moments });
        }
        if slots.is_empty() {
            return Err(TrainError::Settings("expected parameters to train, found all frozen".to_owned()));
        }
        Ok(Self { config: config.clone(), slots, frozen })
    }

    /// What is trained, by name.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// What is not.
    pub(super) fn frozen(&self) -> &[String] {
        &self.frozen
    }

    /// Moves the parameters that have a gradient. `share` is the schedule's; gradients are multiplied by
    /// `scale` first, which is how they are clipped.
    pub(super) fn step(&mut self, gradients: &Gradients, share: f64, scale: f64) -> Result<(), TrainError> {
        let config = &self.config;
        let stepped =
            self.slots.par_iter_mut().zip(gradients.tensors().par_iter()).map(|(slot, gradient)| {
                let Some(gradient) = gradient else { return Ok(()) };
                slot.steps += 1;
                let rates = Rates::new(config, &slot.group, share, scale, slot.steps);
                slot.moments.step(&slot.var, gradient, &rates)
            });
        stepped.collect::<candle_core::Result<()>>().map_err(TrainError::from)
    }

    /// What must be kept to go on: `first.NAME`, `second.NAME`, `master.NAME` where weights have fewer
    /// than 32 bits, and `steps`, `[parameters]`.
    pub(super) fn state(&self) -> candle_core::Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for slot in &self.slots {
            for (part, tensor) in slot.moments.tensors(&slot.var)? {
                state.insert(format!("{part}.{}", slot.name), tensor);
            }
        }
        let steps: Vec<i64> = self.slots.iter().map(|slot| slot.steps.cast_signed()).collect();
        state.insert("steps".to_owned(), Tensor::new(steps, &Device::Cpu)?);
        Ok(state)
    }

    /// Takes up what [`state`](Self::state) gave; what is wrong, in words.
    pub(super) fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        let of = |name: &str| state.get(name).ok_or_else(|| format!("expected a tensor `{name}`"));
        let steps = of("steps")?.to_dtype(DType::I64).and_then(|t| t.to_vec1::<i64>());
        let steps = steps.map_err(|e| e.to_string())?;
        if steps.len() != self.slots.len() {
            return Err(format!("expected {} trained parameters, found {}", self.slots.len(), steps.len()));
        }
        for (slot, steps) in self.slots.iter_mut().zip(steps) {
            slot.steps = steps.unsigned_abs();
            let name = slot.name.clone();
            let part = |part: &str| of(&format!("{part}.{name}"));
            slot.moments.restore(&slot.var, part)?;
        }
        Ok(())
    }

    /// The weights in 32 bits, by name.
    pub(super) fn weights(&self) -> candle_core::Result<BTreeMap<String, Tensor>> {
        let of = |slot: &Slot| Ok((slot.name.clone(), slot.moments.weight(&slot.var)?));
        self.slots.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests;
