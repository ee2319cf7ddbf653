//! What AdamW remembers of a parameter, and how it moves it.

use super::super::config::OptimiserConfig;
use super::Group;
use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;
use std::cell::RefCell;

/// The numbers of one step of one parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Times gradients.
    scale: f64,
    betas: [f64; 2],
    eps: f64,
    /// What decay leaves of a weight: 1 − rate · decay.
    kept: f64,
    /// Rate over the first moment's bias.
    rate: f64,
    /// Root of the second moment's bias.
    root: f64,
}

impl Rates {
    /// At a parameter's step, from 1.
    pub(super) fn new(config: &OptimiserConfig, group: &Group, share: f64, scale: f64, step: u64) -> Self {
        let rate = config.lr * share * group.lr_scale;
        let [first, second] = config.betas.map(|beta| 1.0 - beta.powf(step as f64));
        Self {
            scale,
            betas: config.betas,
            eps: config.eps,
            kept: 1.0 - rate * group.weight_decay,
            rate: rate / first,
            root: second.sqrt(),
        }
    }
}

/// Decayed means of a parameter's gradients and of their squares, in 32 bits.
pub(super) enum Moments {
    /// Of f32 weights on a processor.
    Host { first: Vec<f32>, second: Vec<f32> },
    /// Of all others; `master` are the weights in 32 bits where they have fewer.
    Device { first: Tensor, second: Tensor, master: Option<Tensor> },
}

impl Moments {
    /// Zeros.
    pub(super) fn new(var: &Var) -> Result<Self> {
        match (var.device(), var.dtype()) {
            (Device::Cpu, DType::F32) => {
                let count = var.elem_count();
                Ok(Moments::Host { first: vec![0.0; count], second: vec![0.0; count] })
            }
            _ => Self::on_device(var),
        }
    }

    /// Zeros, for candle's operations.
    pub(super) fn on_device(var: &Var) -> Result<Self> {
        let zeros = || Tensor::zeros(var.shape(), DType::F32, var.device());
        let small = var.dtype() != DType::F32;
        let master = small.then(|| var.as_tensor().detach().to_dtype(DType::F32)).transpose()?;
        Ok(Moments::Device { first: zeros()?, second: zeros()?, master })
    }

    /// Moves the parameter.
    pub(super) fn step(&mut self, var: &Var, gradient: &Tensor, rates: &Rates) -> Result<()> {
        match self {
            Moments::Host { first, second } => {
                let pass = Pass { rates: *rates, moments: RefCell::new((first, second)) };
                var.as_tensor().inplace_op2(&gradient.contiguous()?, &pass)
            }
            Moments::Device { first, second, master } => {
                let [keep_first, keep_second] = rates.betas;
                let gradient = (gradient * rates.scale)?;
                *first = ((&*first * keep_first)? + (&gradient * (1.0 - keep_first))?)?;
                *second = ((&*second * keep_second)? + (gradient.sqr()? * (1.0 - keep_second))?)?;
                let spread = ((second.sqrt()? / rates.root)? + rates.eps)?;
                let weight = master.clone().unwrap_or_else(|| var.as_tensor().detach());
                let moved = ((weight * rates.kept)? - (&*first / spread)?.affine(rates.rate, 0.0)?)?;
                var.set(&moved.to_dtype(var.dtype())?)?;
                if master.is_some() {
                    *master = Some(moved);
                }
                Ok(())
            }
        }
    }

    /// The parameter in 32 bits; a copy.
    pub(super) fn weight(&self, var: &Var) -> Result<Tensor> {
        match self {
            Moments::Device { master: Some(master), .. } => Ok(master.clone()),
            _ => var.as_tensor().detach().copy(),
        }
    }

    /// By name, in the shape of the parameter.
    pub(super) fn tensors(&self, var: &Var) -> Result<Vec<(&'static str, Tensor)>> {
        let of = |numbers: &[f32]| Tensor::from_slice(numbers, var.shape(), &Device::Cpu);
        Ok(match self {
            Moments::Host { first, second } => vec![("first", of(first)?), ("second", of(second)?)],
            Moments::Device { first, second, master } => {
                let master = master.iter().map(|master| ("master", master.clone()));
                [("first", first.clone()), ("second", second.clone())].into_iter().chain(master).collect()
            }
        })
    }

    /// Takes up what [`tensors`](Self::tensors) gave; what is wrong, in words.
    pub(super) fn restore<'a>(
        &mut self,
        var: &Var,
        part: impl Fn(&str) -> std::result::Result<&'a Tensor, String>,
    ) -> std::result::Result<(), String> {
        let part = |name: &str| {
            let tensor = part(name)?;
            if tensor.shape() != var.shape() {
                return Err(format!("{name}: expected {:?}, found {:?}", var.shape(), tensor.shape()));
            }
            // A copy: what was read may share its storage.
            tensor.to_dtype(DType::F32).and_then(|t| t.to_device(var.device())).map_err(|e| e.to_string())
        };
        let numbers =
            |tensor: Tensor| tensor.flatten_all().and_then(|t| t.to_vec1::<f32>()).map_err(|e| e.to_string());
        match self {
            Moments::Host { first, second } => {
                *first = numbers(part("first")?)?;
                *second = numbers(part("second")?)?;
            }
            Moments::Device { first, second, master } => {
                *first = part("first")?;
                *second = part("second")?;
                if master.is_some() {
                    *master = Some(part("master")?);
                }
            }
        }
        Ok(())
    }
}

/// One pass over a parameter, its gradient and its moments.
struct Pass<'a> {
    rates: Rates,
    /// candle hands an operation out as shared.
    moments: RefCell<(&'a mut Vec<f32>, &'a mut Vec<f32>)>,
}

/// So many numbers are one piece of work.
const PIECE: usize = 1 << 15;

impl InplaceOp2 for Pass<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_at: &Layout,
        gradient: &CpuStorage,
        gradient_at: &Layout,
    ) -> Result<()> {
        let (CpuStorage::F32(weights), CpuStorage::F32(gradient)) = (weights, gradient) else {
            bail!("adamw: expected f32 weights and gradients")
        };
        let within = |layout: &Layout| layout.contiguous_offsets().map(|(from, to)| from..to);
        let weights = within(weights_at).and_then(|range| weights.get_mut(range));
        let gradient = within(gradient_at).and_then(|range| gradient.get(range));
        let (Some(weights), Some(gradient)) = (weights, gradient) else {
            bail!("adamw: expected contiguous weights and gradients")
        };
        let rates = self.rates;
        let mut moments = self.moments.borrow_mut();
        let (first, second) = &mut *moments;
        if [gradient.len(), first.len(), second.len()] != [weights.len(); 3] {
            bail!("adamw: expected {} numbers in gradient and moments", weights.len())
        }
        let pieces = weights.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
        let moments = first.par_chunks_mut(PIECE).zip(second.par_chunks_mut(PIECE));
        pieces.zip(moments).for_each(|((weights, gradient), (first, second))| {
            advance(&rates, weights, gradient, first, second);
        });
        Ok(())
    }
}

/// The formulas, number by number.
fn advance(rates: &Rates, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let [keep_first, keep_second] = rates.betas.map(|beta| beta as f32);
    let [new_first, new_second] = rates.betas.map(|beta| (1.0 - beta) as f32);
    let (scale, kept, rate) = (rates.scale as f32, rates.kept as f32, rates.rate as f32);
    let (root, eps) = (rates.root as f32, rates.eps as f32);
    let moments = first.iter_mut().zip(second.iter_mut());
    for ((weight, gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(moments) {
        let gradient = gradient * scale;
        *first = *first * keep_first + gradient * new_first;
        *second = *second * keep_second + gradient * gradient * new_second;
        let spread = second.sqrt() / root + eps;
        *weight = *weight * kept - rate * (*first / spread);
    }
}
