//! Networks of the fixtures, and their gradients beside the reference's.

use crate::models::checkpoint::{Allowed, Checkpoint, Spec, Trainable, load, save_safetensors};
use crate::models::parity::Fixture;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(Fixture::path(name)).unwrap()).unwrap()
}

pub(super) fn checkpoint(folder: &str) -> Checkpoint {
    Checkpoint::open(Fixture::path(&format!("{folder}/model.safetensors"))).unwrap()
}

/// The network of a folder, strictly loaded.
pub(super) fn network<M>(folder: &str, build: impl Fn(VarBuilder<'static>) -> Result<M>) -> M {
    let stripped = checkpoint(folder).strip_prefix("text_model.").unwrap();
    load(&stripped, &Allowed::none(), DType::F32, &Device::Cpu, build).unwrap()
}

/// Writes a folder as repositories have it: a configuration, random weights, and files of the tokenizer
/// fixtures.
pub(super) fn write_folder<M>(
    folder: &Path,
    config: &impl Serialize,
    tokenizer: &str,
    build: impl Fn(VarBuilder<'static>) -> Result<M>,
) {
    std::fs::write(folder.join("config.json"), serde_json::to_vec(config).unwrap()).unwrap();
    let weights = Spec::of(build).unwrap().random(7).unwrap();
    save_safetensors(&folder.join("model.safetensors"), &weights).unwrap();
    let from = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tokenizers")).join(tokenizer);
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
}

/// The message of a refusal.
pub(super) fn refusal<T>(result: Result<T>) -> String {
    result.err().expect("a refusal").to_string()
}

#[derive(Deserialize)]
struct Gradients {
    loss: f64,
    gradients: BTreeMap<String, [f64; 2]>,
}

/// Compares each variable's gradient of `sum(output · sin(0, 1, …))` with the reference's: its norm, and
/// its sum in proportion to the norm.
pub(super) fn check_gradients<M>(
    folder: &str,
    build: impl Fn(VarBuilder<'static>) -> Result<M>,
    output: impl Fn(&M) -> Result<Tensor>,
) {
    let expected: Gradients = json(&format!("{folder}/grads.json"));
    let trainable = Trainable::new(1);
    let network = build(trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    trainable.load(&checkpoint(folder).strip_prefix("text_model.").unwrap(), &Allowed::none()).unwrap();
    let output = output(&network).unwrap();
    let weights: Vec<f32> = (0..output.elem_count()).map(|n| (n as f32).sin()).collect();
    let weights = Tensor::from_vec(weights, output.dims(), &Device::Cpu).unwrap();
    let loss = (output * weights).unwrap().sum_all().unwrap();
    let value = f64::from(loss.to_scalar::<f32>().unwrap());
    let gap = (value - expected.loss).abs() / expected.loss.abs();
    println!("parity | {folder} loss | {gap:.1e} in proportion");
    assert!(gap < 1e-5, "{value} and {}", expected.loss);
    let gradients = loss.backward().unwrap();
    let mut largest: f64 = 0.0;
    for (name, var) in trainable.vars() {
        let found = gradients.get(&var).unwrap_or_else(|| panic!("no gradient of {name}"));
        let found = found.to_dtype(DType::F64).unwrap();
        let norm = found.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt();
        let sum = found.sum_all().unwrap().to_scalar::<f64>().unwrap();
        // A key's bias moves all scores of a query alike: its gradient is nothing but rounding.
        if is_key_bias(&name) {
            assert!(norm < 1e-4, "{name}: {norm}");
            continue;
        }
        let Some([wanted_norm, wanted_sum]) =
            expected.gradients.get(&in_reference(&name, &expected.gradients))
        else {
            // The reference never trains it.
            assert_eq!(name, "final_logits_bias");
            continue;
        };
        assert!(norm > 0.0 && norm.is_finite(), "{name}: {norm}");
        let gap = (norm - wanted_norm).abs().max((sum - wanted_sum).abs()) / wanted_norm;
        largest = largest.max(gap);
        assert!(gap < 1e-4, "{name}: norm {norm} for {wanted_norm}, sum {sum} for {wanted_sum}");
    }
    println!("parity | {folder} gradients | {largest:.1e} in proportion to each norm");
}

fn is_key_bias(name: &str) -> bool {
    name.ends_with("k_proj.bias") || name.ends_with("key.bias")
}

fn in_reference(name: &str, known: &BTreeMap<String, [f64; 2]>) -> String {
    let prefixed = format!("text_model.{name}");
    if known.contains_key(&prefixed) { prefixed } else { name.to_owned() }
}

/// Every variable of a network trained from nothing has a gradient that is finite and not 0, but for
/// those whose gradient is 0 by their nature.
pub(super) fn every_variable_learns<M>(
    build: impl Fn(VarBuilder<'static>) -> Result<M>,
    output: impl Fn(&M) -> Result<Tensor>,
) {
    let trainable = Trainable::new(3);
    let network = build(trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    let output = output(&network).unwrap();
    let weights = Tensor::randn(0f32, 1.0, output.dims(), &Device::Cpu).unwrap();
    let gradients = (output * weights).unwrap().sum_all().unwrap().backward().unwrap();
    let expected = Spec::of(build).unwrap();
    assert_eq!(trainable.vars().len(), expected.len());
    for (name, var) in trainable.vars() {
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("no gradient of {name}"));
        let size = gradient.abs().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(size.is_finite() && (size > 0.0 || is_key_bias(&name)), "{name}: {size}");
    }
}

/// How many ids a tokenizer fixture has.
pub(super) fn vocabulary(tokenizer: &str) -> usize {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tokenizers")).join(tokenizer);
    crate::models::tokenizer::TextTokenizer::marian(&folder).unwrap().vocab_size()
}
