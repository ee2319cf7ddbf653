//! The variables of a network that is trained.

use super::random::{Draws, kept_size};
use super::spec::{unchecked, unlike};
use super::{Allowed, Checkpoint, CheckpointError, Spec, save_safetensors};
use candle_core::{DType, Device, Result as CandleResult, Shape, Tensor, Var};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Variables by name. A network built on [`builder`](Self::builder) makes them; their first values follow
/// the hints it gives, from a seed mixed with their names, so that neither the order of building nor the
/// rest of the network changes them. Clones and builders share the variables.
///
/// A matrix that is asked for without a hint (candle means zeros by that, from which nothing learns)
/// begins as N(0, 1/√fan_in). `Init::Randn { mean: 0., stdev: 0. }` asks for zeros in earnest.
#[derive(Clone, Debug)]
pub struct Trainable {
    seed: u64,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl Trainable {
    /// No variables yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, vars: Arc::default() }
    }

    /// Builds networks whose weights are these variables; a name that is asked for again is the same one.
    pub fn builder(&self, dtype: DType, device: &Device) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), dtype, device.clone())
    }

    /// The variables by name. They are handles: setting one sets the network's.
    pub fn vars(&self) -> BTreeMap<String, Var> {
        self.lock().clone()
    }

    /// A variable's handle.
    pub fn get(&self, name: &str) -> Option<Var> {
        self.lock().get(name).cloned()
    }

    /// Names and shapes.
    pub fn spec(&self) -> Spec {
        Spec::of_shapes(self.lock().iter().map(|(name, var)| (name.clone(), var.dims().to_vec())))
    }

    /// Sets all variables from a checkpoint that has just these names and shapes, save for what is
    /// `allowed`. Build the network first.
    ///
    /// # Errors
    /// As [`load`](super::load); no variable has changed then.
    pub fn load(&self, checkpoint: &Checkpoint, allowed: &Allowed) -> Result<(), CheckpointError> {
        self.spec().check(checkpoint, allowed)?;
        let vars = self.lock();
        let mut read = Vec::with_capacity(vars.len());
        for (name, var) in vars.iter() {
            // What is missing in spite of the check may be: it stays as it is.
            let Some(source) = allowed.source(name, |name| checkpoint.contains(name)) else { continue };
            read.push((var, checkpoint.weight(source, var.dtype(), var.device())?));
        }
        let set = read.into_iter().try_for_each(|(var, tensor)| var.set(&tensor));
        set.map_err(|reason| CheckpointError::Network { reason })
    }

    /// Writes all variables as safetensors.
    ///
    /// # Errors
    /// As [`save_safetensors`].
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let tensors = self.lock().iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        save_safetensors(path, &tensors)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first(&self, name: &str, shape: &[usize], hint: Init) -> Vec<f32> {
        let hint = match hint {
            Init::Const(0.0) if shape.len() > 1 => Init::Randn { mean: 0.0, stdev: kept_size(shape) },
            hint => hint,
        };
        Draws::new(self.seed, name).of(hint, shape)
    }
}

impl SimpleBackend for Trainable {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        hint: Init,
        dtype: DType,
        device: &Device,
    ) -> CandleResult<Tensor> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            return match var.shape() == &shape {
                true => var.as_tensor().to_dtype(dtype)?.to_device(device),
                false => Err(unlike(name, var.dims(), shape)),
            };
        }
        let numbers = self.first(name, shape.dims(), hint);
        let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)?;
        let var = Var::from_tensor(&tensor)?;
        let tensor = var.as_tensor().clone();
        vars.insert(name.to_owned(), var);
        Ok(tensor)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> CandleResult<Tensor> {
        Err(unchecked(name))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{checkpoint, tensor};
    use super::*;
    use candle_core::Module;
    use candle_nn::{Linear, Optimizer, SGD, linear};

    const CPU: Device = Device::Cpu;

    fn built(seed: u64) -> (Trainable, Linear) {
        let trainable = Trainable::new(seed);
        let network = linear(3, 2, trainable.builder(DType::F32, &CPU).pp("out")).unwrap();
        (trainable, network)
    }

    fn numbers(of: &Trainable, name: &str) -> Vec<f32> {
        of.get(name).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn first_values_depend_on_seed_and_name_and_not_on_order() {
        let (alone, _) = built(1);
        let after = Trainable::new(1);
        let vb = after.builder(DType::F32, &CPU);
        linear(9, 9, vb.pp("before")).unwrap();
        linear(3, 2, vb.pp("out")).unwrap();
        assert_eq!(numbers(&alone, "out.weight"), numbers(&after, "out.weight"));
        assert_ne!(numbers(&alone, "out.weight"), numbers(&built(2).0, "out.weight"));
    }

    #[test]
    fn a_matrix_without_a_hint_does_not_begin_as_zeros() {
        let trainable = Trainable::new(1);
        let vb = trainable.builder(DType::F32, &CPU);
        vb.get((4, 4), "matrix").unwrap();
        vb.get(4, "vector").unwrap();
        vb.get_with_hints((4, 4), "zeros", Init::Randn { mean: 0.0, stdev: 0.0 }).unwrap();
        assert!(numbers(&trainable, "matrix").iter().all(|n| *n != 0.0));
        assert!(numbers(&trainable, "vector").iter().all(|n| *n == 0.0));
        assert!(numbers(&trainable, "zeros").iter().all(|n| *n == 0.0));
    }

    #[test]
    fn every_variable_has_a_gradient_and_training_moves_the_network() {
        let (trainable, network) = built(1);
        let input = tensor(&[1.0, 2.0, 3.0], &[1, 3]);
        let loss = || network.forward(&input).unwrap().sqr().unwrap().sum_all().unwrap();
        let gradients = loss().backward().unwrap();
        let vars = trainable.vars();
        assert!(vars.values().all(|var| gradients.get(var).is_some()));
        let before = loss().to_scalar::<f32>().unwrap();
        SGD::new(vars.into_values().collect(), 0.01).unwrap().step(&gradients).unwrap();
        assert!(loss().to_scalar::<f32>().unwrap() < before);
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let (saved, _) = built(1);
        saved.save(&path).unwrap();
        let (other, network) = built(2);
        other.load(&Checkpoint::open(&path).unwrap(), &Allowed::none()).unwrap();
        assert_eq!(numbers(&saved, "out.weight"), numbers(&other, "out.weight"));
        assert_eq!(network.weight().to_vec2::<f32>().unwrap().concat(), numbers(&other, "out.weight"));
    }

    #[test]
    fn a_refused_file_changes_nothing() {
        let (trainable, _) = built(1);
        let before = numbers(&trainable, "out.weight");
        let weight = ("out.weight", tensor(&[1.0; 6], &[2, 3]));
        for bias in [vec![], vec![("out.bias", tensor(&[1.0, f32::INFINITY], &[2]))]] {
            let tensors = [vec![weight.clone()], bias].concat();
            assert!(trainable.load(&checkpoint(&tensors), &Allowed::none()).is_err());
            assert_eq!(numbers(&trainable, "out.weight"), before);
        }
    }

    #[test]
    fn a_new_head_keeps_its_first_values_on_an_old_body() {
        let (trainable, _) = built(1);
        let head = linear(2, 1, trainable.builder(DType::F32, &CPU).pp("head")).unwrap();
        let before = numbers(&trainable, "head.weight");
        let old = [("out.weight", tensor(&[1.0; 6], &[2, 3])), ("out.bias", tensor(&[1.0; 2], &[2]))];
        let old = checkpoint(&old);
        assert!(trainable.load(&old, &Allowed::none()).is_err());
        let allowed = Allowed::none().fresh("head.*");
        trainable.load(&old, &allowed).unwrap();
        assert_eq!(numbers(&trainable, "out.weight"), [1.0; 6]);
        assert_eq!(head.weight().to_vec2::<f32>().unwrap().concat(), before);
        let whole = |vb: VarBuilder<'static>| linear(2, 1, vb.pp("head"));
        assert!(super::super::load(&old, &allowed.ignoring("out.*"), DType::F32, &CPU, whole).is_err());
    }

    #[test]
    fn a_name_asked_for_again_is_the_same_variable() {
        let (trainable, _) = built(1);
        let vb = trainable.builder(DType::F32, &CPU);
        assert_eq!(vb.get((2, 3), "out.weight").unwrap().id(), trainable.get("out.weight").unwrap().id());
        assert!(vb.get((3, 2), "out.weight").is_err());
        assert_eq!(trainable.vars().len(), 2);
    }
}
