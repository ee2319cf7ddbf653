//! Reading the reference numbers in `tests/data/parity`, and how far ours are from them.

use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::PathBuf;

/// The tensors of one file.
pub(crate) struct Fixture(HashMap<String, Tensor>);

impl Fixture {
    /// A file below `tests/data/parity`.
    pub(crate) fn path(name: &str) -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity")).join(name)
    }

    /// `name.safetensors`.
    pub(crate) fn read(name: &str) -> Self {
        let path = Self::path(&format!("{name}.safetensors"));
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu);
        Self(tensors.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// Whether it has a tensor.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A tensor that it must have; whole numbers as u32.
    pub(crate) fn get(&self, name: &str) -> Tensor {
        let tensor = self.0.get(name).unwrap_or_else(|| panic!("the fixture has no {name}"));
        if tensor.dtype() == DType::I64 { tensor.to_dtype(DType::U32).unwrap() } else { tensor.clone() }
    }
}

/// Values of a tensor, for an exact comparison.
pub(crate) fn bits(tensor: &Tensor) -> Vec<u32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

/// The largest absolute difference, said aloud.
pub(crate) fn gap(name: &str, made: &Tensor, wanted: &Tensor) -> f32 {
    assert_eq!(made.dims(), wanted.dims(), "{name}");
    let gap = values(made).iter().zip(values(wanted)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("parity | {name} | {gap:.1e}");
    gap as f32
}

/// The largest difference in proportion to the largest value wanted, said aloud.
pub(crate) fn relative(name: &str, made: &Tensor, wanted: &Tensor) -> f32 {
    let size = values(wanted).iter().map(|x| x.abs()).fold(1e-30, f64::max);
    let gap = f64::from(gap(name, made, wanted)) / size;
    println!("parity | {name} | {gap:.1e} in proportion");
    gap as f32
}
