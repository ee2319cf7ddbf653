//! Building a network from a checkpoint, whole or not at all.

use super::spec::unchecked;
use super::{Allowed, Checkpoint, CheckpointError, Spec};
use candle_core::{DType, Device, Error, Result as CandleResult, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::sync::{Arc, Mutex, PoisonError};

/// Builds a network from a checkpoint that has just its tensors in just its shapes, save for what is
/// `allowed`. `build` is called twice, once on zeros, and may only ask its `VarBuilder` for tensors.
///
/// # Errors
/// [`CheckpointError::Mismatch`] with all that differs; [`CheckpointError::Tensor`] for a weight that is
/// NaN or infinite; [`CheckpointError::Network`] where `build` fails for reasons of its own.
pub fn load<M>(
    checkpoint: &Checkpoint,
    allowed: &Allowed,
    dtype: DType,
    device: &Device,
    build: impl Fn(VarBuilder<'static>) -> CandleResult<M>,
) -> Result<M, CheckpointError> {
    let failure = Arc::new(Mutex::new(None));
    let allowed = allowed.complete();
    let weights = Weights { checkpoint: checkpoint.clone(), allowed, failure: failure.clone() };
    let asked = weights.clone();
    let spec = Spec::recorded(&build, Box::new(move |name| asked.contains_tensor(name)))?;
    spec.check(checkpoint, &weights.allowed)?;
    let builder = VarBuilder::from_backend(Box::new(weights), dtype, device.clone());
    build(builder).map_err(|reason| {
        let read = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        read.unwrap_or(CheckpointError::Network { reason })
    })
}

/// Builds a network on [random weights](Spec::random), to see whether it runs and how fast.
///
/// # Errors
/// [`CheckpointError::Network`].
pub fn build_random<M>(
    seed: u64,
    dtype: DType,
    device: &Device,
    build: impl Fn(VarBuilder<'static>) -> CandleResult<M>,
) -> Result<M, CheckpointError> {
    let weights = Spec::of(&build)?.random(seed);
    let failed = |reason| CheckpointError::Network { reason };
    let weights = weights.map_err(failed)?.into_iter().collect();
    build(VarBuilder::from_tensors(weights, dtype, device)).map_err(failed)
}

/// Reads what is asked for.
#[derive(Clone)]
struct Weights {
    checkpoint: Checkpoint,
    allowed: Allowed,
    /// The first refusal, with what candle's error has no place for.
    failure: Arc<Mutex<Option<CheckpointError>>>,
}

impl Weights {
    fn source<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.allowed.source(name, |name| self.checkpoint.contains(name))
    }
}

impl SimpleBackend for Weights {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, device: &Device) -> CandleResult<Tensor> {
        let source = self.source(name).unwrap_or(name);
        let tensor = self.checkpoint.weight(source, dtype, device).map_err(|error| {
            let reason = Error::Msg(error.to_string());
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            reason
        })?;
        if tensor.shape() == &shape {
            return Ok(tensor);
        }
        let got = tensor.shape().clone();
        Err(Error::UnexpectedShape { msg: format!("tensor `{name}`"), expected: shape, got })
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> CandleResult<Tensor> {
        Err(unchecked(name))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.source(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::TensorError;
    use super::super::testing::{checkpoint, tensor};
    use super::*;
    use candle_core::Module;
    use candle_nn::{Linear, linear, linear_no_bias};

    fn network(vb: VarBuilder<'static>) -> CandleResult<Linear> {
        linear(2, 1, vb.pp("out"))
    }

    fn loaded(tensors: &[(&str, Tensor)], allowed: &Allowed) -> Result<Linear, CheckpointError> {
        load(&checkpoint(tensors), allowed, DType::F32, &Device::Cpu, network)
    }

    #[test]
    fn the_network_computes_with_the_files_numbers() {
        let weights = [("out.weight", tensor(&[2.0, 3.0], &[1, 2])), ("out.bias", tensor(&[0.5], &[1]))];
        let network = loaded(&weights, &Allowed::none()).unwrap();
        let out = network.forward(&tensor(&[1.0, 10.0], &[1, 2])).unwrap();
        assert_eq!(out.to_vec2::<f32>().unwrap(), [[32.5]]);
    }

    #[test]
    fn nothing_is_built_from_a_file_that_differs() {
        let error = loaded(&[("out.weight", tensor(&[2.0, 3.0], &[2, 1]))], &Allowed::none()).unwrap_err();
        let CheckpointError::Mismatch { mismatch, .. } = error else { panic!("{error}") };
        assert_eq!(mismatch.missing, ["out.bias"]);
        assert_eq!(mismatch.misshapen.len(), 1);
    }

    #[test]
    fn a_weight_that_is_no_number_is_named() {
        let weights = [("out.weight", tensor(&[2.0, f32::NAN], &[1, 2])), ("out.bias", tensor(&[0.5], &[1]))];
        let error = loaded(&weights, &Allowed::none()).unwrap_err();
        assert!(
            matches!(&error, CheckpointError::Tensor { name, reason: TensorError::NotFinite { at: 1, .. }, .. }
                if name == "out.weight"),
            "{error}"
        );
    }

    #[test]
    fn a_tied_weight_is_read_from_its_alias() {
        let weights = [("shared", tensor(&[2.0, 3.0], &[1, 2])), ("out.bias", tensor(&[0.5], &[1]))];
        let tied = Allowed::none().alias("out.weight", "shared");
        let network = loaded(&weights, &tied).unwrap();
        assert_eq!(network.weight().to_vec2::<f32>().unwrap(), [[2.0, 3.0]]);
        assert!(loaded(&weights, &Allowed::none()).is_err());
    }

    #[test]
    fn a_network_may_ask_what_the_file_holds() {
        let either = |vb: VarBuilder<'static>| match vb.contains_tensor("out.bias") {
            true => network(vb),
            false => linear_no_bias(2, 1, vb.pp("out")),
        };
        let weight = ("out.weight", tensor(&[2.0, 3.0], &[1, 2]));
        let bias = ("out.bias", tensor(&[0.5], &[1]));
        for (tensors, biased) in [(vec![weight.clone()], false), (vec![weight, bias], true)] {
            let of = checkpoint(&tensors);
            let network = load(&of, &Allowed::none(), DType::F32, &Device::Cpu, either).unwrap();
            assert_eq!(network.bias().is_some(), biased);
        }
    }

    #[test]
    fn random_weights_run_the_network() {
        let build = || build_random(3, DType::F32, &Device::Cpu, network).unwrap();
        let out = build().forward(&tensor(&[1.0, 10.0], &[1, 2])).unwrap().to_vec2::<f32>().unwrap();
        assert!(out[0][0].is_finite() && out[0][0] != 0.0);
        assert_eq!(out, build().forward(&tensor(&[1.0, 10.0], &[1, 2])).unwrap().to_vec2::<f32>().unwrap());
    }
}
