//! Whether training reaches every parameter.
//!
//! A layer without a backward pass, a tensor that was detached, or a part that the loss does not see: all
//! of them train without complaint and leave weights as they were. So after the first steps each
//! parameter is asked what it got and how far it went, and one that should have moved and did not ends
//! the run.

use super::optimiser::{AdamW, Group, Norms};
use super::{RunConfig, TrainError};
use candle_core::{DType, Device, Result as CandleResult, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Asked after so many steps, or at the end of a shorter run.
pub(super) const CHECKED_AFTER: u64 = 100;

/// What a parameter got and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Parameter {
    /// Its name in the network.
    pub(super) name: String,
    /// Its group; `frozen` where nothing trains it.
    pub(super) group: String,
    /// Its shape.
    pub(super) shape: Vec<usize>,
    /// Numbers in it.
    pub(super) count: usize,
    /// Mean norm of its gradients; none where there was none.
    pub(super) gradient_norm: Option<f64>,
    /// How far it went since the start, as a share of its norm then or now, whichever is greater: what began
    /// as zeros has gone all of its way, 1.
    pub(super) change: Option<f64>,
}

/// The gradients of the first steps.
pub(super) struct Watch {
    start: BTreeMap<String, Tensor>,
    /// Of each trained parameter's norms.
    sums: Vec<f64>,
    /// Steps with a gradient.
    counts: Vec<f64>,
}

impl Watch {
    /// Begins with the weights that the run begins with.
    pub(super) fn new(optimiser: &AdamW) -> CandleResult<Self> {
        let count = optimiser.slots().len();
        Ok(Self { start: optimiser.weights()?, sums: vec![0.0; count], counts: vec![0.0; count] })
    }

    /// One more step.
    pub(super) fn add(&mut self, norms: &Norms) {
        for ((sum, count), norm) in self.sums.iter_mut().zip(&mut self.counts).zip(&norms.each) {
            if let Some(norm) = norm {
                *sum += norm;
                *count += 1.0;
            }
        }
    }

    /// What must be kept to go on.
    pub(super) fn state(&self) -> CandleResult<BTreeMap<String, Tensor>> {
        let of = |numbers: &[f64]| Tensor::new(numbers, &Device::Cpu);
        Ok(BTreeMap::from([("sums".to_owned(), of(&self.sums)?), ("counts".to_owned(), of(&self.counts)?)]))
    }

    /// Takes up what [`state`](Self::state) gave; what is wrong, in words.
    pub(super) fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        for (name, numbers) in [("sums", &mut self.sums), ("counts", &mut self.counts)] {
            let stored = state.get(name).and_then(|tensor| tensor.to_vec1::<f64>().ok());
            *numbers = stored
                .filter(|stored| stored.len() == numbers.len())
                .ok_or_else(|| format!("expected `{name}` of {} parameters", numbers.len()))?;
        }
        Ok(())
    }

    /// A row for each trained parameter, and what is wrong with those that should have moved.
    /// `reach` is the sum of the schedule's shares up to now.
    pub(super) fn report(
        &self,
        optimiser: &AdamW,
        config: &RunConfig,
        reach: f64,
    ) -> CandleResult<(Vec<Parameter>, Vec<String>)> {
        let now = optimiser.weights()?;
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for (slot, (sum, count)) in optimiser.slots().iter().zip(self.sums.iter().zip(&self.counts)) {
            let (Some(start), Some(now)) = (self.start.get(&slot.name), now.get(&slot.name)) else {
                continue;
            };
            let gradient_norm = (*count > 0.0).then(|| sum / count);
            let (moved, size, largest) = distance(start, now)?;
            // The optimiser moves no weight further than about its rate, and less than a weight's last bit
            // is nothing.
            let is_in_reach = reach_of(config, &slot.group, reach) > 1e-6 * largest;
            let fault = match gradient_norm {
                None => Some("no gradient"),
                Some(0.0) => Some("its gradient is 0"),
                Some(_) if moved == 0.0 && is_in_reach => Some("it is what it was"),
                Some(_) => None,
            };
            faults.extend(fault.map(|fault| format!("{} ({fault})", slot.name)));
            rows.push(Parameter {
                name: slot.name.clone(),
                group: slot.group.name.clone(),
                shape: slot.var.dims().to_vec(),
                count: slot.var.elem_count(),
                gradient_norm,
                change: Some(moved / size.max(f64::MIN_POSITIVE)),
            });
        }
        Ok((rows, faults))
    }
}

/// How far a weight can have gone.
fn reach_of(config: &RunConfig, group: &Group, shares: f64) -> f64 {
    config.optimiser.lr * group.lr_scale * shares
}

/// Norm of the difference, norm of the start, largest of the start.
fn distance(start: &Tensor, now: &Tensor) -> CandleResult<(f64, f64, f64)> {
    let number = |tensor: Tensor| tensor.to_dtype(DType::F64)?.to_scalar::<f64>();
    let norm = |tensor: &Tensor| Ok::<_, candle_core::Error>(number(tensor.sqr()?.sum_all()?)?.sqrt());
    let largest = number(start.abs()?.flatten_all()?.max(0)?)?;
    // Squares of small differences vanish; the largest difference does not.
    let difference = (now - start)?;
    let furthest = number(difference.abs()?.flatten_all()?.max(0)?)?;
    Ok((norm(&difference)?.max(furthest), norm(start)?.max(norm(now)?), largest))
}

/// The rows of what is not trained.
pub(super) fn frozen_rows<'a>(frozen: impl Iterator<Item = (&'a str, Vec<usize>)>) -> Vec<Parameter> {
    let row = |(name, shape): (&str, Vec<usize>)| Parameter {
        name: name.to_owned(),
        group: "frozen".to_owned(),
        count: shape.iter().product(),
        shape,
        gradient_norm: None,
        change: None,
    };
    frozen.map(row).collect()
}

/// The error, where there is a fault.
pub(super) fn judge(faults: Vec<String>, steps: u64, of: usize) -> Result<(), TrainError> {
    if faults.is_empty() { Ok(()) } else { Err(TrainError::DidNotMove { steps, names: faults, of }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;

    /// What is said of three parameters of which one got nothing but zeros, one stayed and one moved.
    fn faults(shares: f64) -> Vec<String> {
        let config = RunConfig::default();
        let one = || Var::new(&[1.0f32], &Device::Cpu).unwrap();
        let vars: BTreeMap<String, Var> =
            ["moved", "stayed", "zero"].map(|name| (name.to_owned(), one())).into();
        let adam = AdamW::new(&config.optimiser, &[], vars.clone(), |_| false).unwrap();
        let mut watch = Watch::new(&adam).unwrap();
        watch.add(&Norms { total: 1.0, each: vec![Some(1.0), Some(2.0), Some(0.0)] });
        watch.add(&Norms { total: 1.0, each: vec![Some(3.0), None, Some(0.0)] });
        vars["moved"].set(&Tensor::new(&[1.5f32], &Device::Cpu).unwrap()).unwrap();
        let mut again = Watch::new(&adam).unwrap();
        again.restore(&watch.state().unwrap()).unwrap();
        again.start = watch.start;
        let (rows, faults) = again.report(&adam, &config, shares).unwrap();
        assert_eq!(
            rows.iter().map(|row| row.gradient_norm).collect::<Vec<_>>(),
            [Some(2.0), Some(2.0), Some(0.0)]
        );
        assert_eq!(rows[0].change, Some(1.0 / 3.0));
        faults
    }

    #[test]
    fn what_stays_or_gets_nothing_is_named() {
        assert_eq!(faults(100.0), ["stayed (it is what it was)", "zero (its gradient is 0)"]);
    }

    #[test]
    fn what_the_warm_up_cannot_have_moved_is_not_blamed() {
        assert_eq!(faults(1e-4), ["zero (its gradient is 0)"]);
    }
}
