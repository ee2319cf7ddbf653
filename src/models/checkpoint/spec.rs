//! The names and shapes that a network asks for, found by building it on tensors that cost nothing.

use super::mismatch::{Mismatch, Shapes};
use super::random::{Draws, kept_size};
use super::{Allowed, Checkpoint, CheckpointError, StoredType};
use candle_core::{DType, Device, Error, Result as CandleResult, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Names, shapes and first values of a network's tensors.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    tensors: BTreeMap<String, Asked>,
}

#[derive(Clone, Debug)]
struct Asked {
    shape: Vec<usize>,
    stored: StoredType,
    hint: Init,
}

impl Spec {
    /// Builds a network on zeros that take no memory at any size, and notes what it asks for.
    /// `contains_tensor` answers no; `get_unchecked` is an error, since nobody says what it should be.
    ///
    /// # Errors
    /// [`CheckpointError::Network`], also where one name is asked for in two shapes.
    pub fn of<M>(
        build: impl FnOnce(VarBuilder<'static>) -> CandleResult<M>,
    ) -> Result<Self, CheckpointError> {
        Self::recorded(build, Box::new(|_| false))
    }

    /// As [`of`](Self::of), for a checkpoint: `contains_tensor` answers what it holds.
    pub(super) fn recorded<M>(
        build: impl FnOnce(VarBuilder<'static>) -> CandleResult<M>,
        there: Box<dyn Fn(&str) -> bool + Send + Sync>,
    ) -> Result<Self, CheckpointError> {
        let spec = Arc::new(Mutex::new(Self::default()));
        let recorder = Recorder { spec: spec.clone(), there };
        let builder = VarBuilder::from_backend(Box::new(recorder), DType::F32, Device::Cpu);
        build(builder).map_err(|reason| CheckpointError::Network { reason })?;
        let spec = spec.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(spec.clone())
    }

    /// A spec of named shapes.
    pub(super) fn of_shapes(shapes: impl IntoIterator<Item = (String, Vec<usize>)>) -> Self {
        let asked = |shape| Asked { shape, stored: StoredType::F32, hint: Init::default() };
        Self { tensors: shapes.into_iter().map(|(name, shape)| (name, asked(shape))).collect() }
    }

    /// Reads a listing: `name<TAB>type<TAB>[shape]` a line, `#` before remarks.
    ///
    /// # Errors
    /// [`CheckpointError::Listing`].
    pub fn from_listing(text: &str) -> Result<Self, CheckpointError> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let read = |(number, line): (usize, &str)| {
            let wrong = || CheckpointError::Listing { line: number, found: line.to_owned() };
            let mut parts = line.split('\t');
            let (Some(name), Some(_), Some(shape), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong());
            };
            Ok((name.to_owned(), shape_of(shape).ok_or_else(wrong)?))
        };
        Ok(Self::of_shapes(lines.map(read).collect::<Result<Vec<_>, _>>()?))
    }

    /// Writes a listing, sorted by name.
    pub fn to_listing(&self) -> String {
        let mut text = String::new();
        for (name, Asked { shape, stored, .. }) in &self.tensors {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name}\t{stored}\t{shape:?}");
        }
        text
    }

    /// How many tensors there are.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// How many numbers there are in all tensors together.
    pub fn elements(&self) -> u64 {
        self.tensors.values().map(|asked| asked.shape.iter().product::<usize>() as u64).sum()
    }

    /// Names and shapes, sorted by name.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, asked)| (name.as_str(), asked.shape.as_slice()))
    }

    /// Whether a checkpoint has just these tensors in these shapes.
    ///
    /// # Errors
    /// [`CheckpointError::Mismatch`] with everything that differs.
    pub fn check(&self, checkpoint: &Checkpoint, allowed: &Allowed) -> Result<(), CheckpointError> {
        let stored = checkpoint.tensors().map(|tensor| (tensor.name, tensor.shape)).collect();
        self.compare(&stored, allowed, checkpoint.path())
    }

    /// As [`check`](Self::check), with a listing in the checkpoint's place.
    ///
    /// # Errors
    /// [`CheckpointError::Listing`] and [`CheckpointError::Mismatch`].
    pub fn compare_listing(&self, text: &str, allowed: &Allowed) -> Result<(), CheckpointError> {
        let listing = Self::from_listing(text)?;
        self.compare(&listing.tensors().collect(), allowed, Path::new("listing"))
    }

    fn compare(&self, stored: &Shapes<'_>, allowed: &Allowed, path: &Path) -> Result<(), CheckpointError> {
        match Mismatch::between(&self.tensors().collect(), stored, allowed) {
            None => Ok(()),
            Some(mismatch) => {
                Err(CheckpointError::Mismatch { path: PathBuf::from(path), mismatch: Box::new(mismatch) })
            }
        }
    }

    /// Weights of a seed that keep the size of what flows through: N(0, 1/√fan_in) for matrices and
    /// convolutions; for vectors what their hint says, when constant, and a tenth of N(0, 1). As `f32`.
    ///
    /// # Errors
    /// candle's.
    pub fn random(&self, seed: u64) -> CandleResult<BTreeMap<String, Tensor>> {
        let weights = |(name, asked): (&String, &Asked)| {
            let count = asked.shape.iter().product();
            let (mean, deviation) = match (asked.shape.len(), asked.hint) {
                (0 | 1, Init::Const(value)) => (value, 0.1),
                (0 | 1, _) => (0.0, 0.1),
                _ => (0.0, kept_size(&asked.shape)),
            };
            let numbers = Draws::new(seed, name).spread(count, mean, deviation);
            Ok((name.clone(), Tensor::from_vec(numbers, asked.shape.as_slice(), &Device::Cpu)?))
        };
        self.tensors.iter().map(weights).collect()
    }
}

/// `[512, 263, 3]`.
fn shape_of(text: &str) -> Option<Vec<usize>> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let lengths = inner.split(',').map(str::trim).filter(|_| !inner.is_empty());
    lengths.map(|length| length.parse().ok()).collect()
}

/// Answers with broadcast zeros and notes the question.
struct Recorder {
    spec: Arc<Mutex<Spec>>,
    there: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl SimpleBackend for Recorder {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        hint: Init,
        dtype: DType,
        device: &Device,
    ) -> CandleResult<Tensor> {
        let asked = Asked { shape: shape.dims().to_vec(), stored: stored(dtype), hint };
        let mut spec = self.spec.lock().unwrap_or_else(PoisonError::into_inner);
        let before = spec.tensors.entry(name.to_owned()).or_insert(asked);
        if before.shape != shape.dims() {
            return Err(unlike(name, &before.shape, shape));
        }
        Tensor::zeros((), dtype, device)?.broadcast_as(shape)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> CandleResult<Tensor> {
        Err(unchecked(name))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        (self.there)(name)
    }
}

/// One name asked for in two shapes.
pub(super) fn unlike(name: &str, expected: &[usize], got: Shape) -> Error {
    Error::UnexpectedShape { msg: format!("`{name}` is asked for twice"), expected: expected.into(), got }
}

/// A tensor asked for without saying its shape.
pub(super) fn unchecked(name: &str) -> Error {
    Error::Msg(format!("`{name}` is asked for without a shape, which nothing could check"))
}

fn stored(dtype: DType) -> StoredType {
    match dtype {
        DType::F64 => StoredType::F64,
        DType::F32 => StoredType::F32,
        DType::F16 => StoredType::F16,
        DType::BF16 => StoredType::BF16,
        DType::I64 => StoredType::I64,
        DType::I32 => StoredType::I32,
        DType::I16 => StoredType::I16,
        DType::U32 => StoredType::U32,
        DType::U8 => StoredType::U8,
        _ => StoredType::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_nn::{LayerNorm, Linear, layer_norm, linear};

    fn network(width: usize) -> impl Fn(VarBuilder<'static>) -> CandleResult<(Linear, LayerNorm)> {
        move |vb| Ok((linear(width, 3, vb.pp("out"))?, layer_norm(width, 1e-5, vb.pp("norm"))?))
    }

    #[test]
    fn a_network_larger_than_memory_is_listed_without_cost() {
        let spec = Spec::of(network(1 << 40)).unwrap();
        let names: Vec<&str> = spec.tensors().map(|(name, _)| name).collect();
        assert_eq!(names, ["norm.bias", "norm.weight", "out.bias", "out.weight"]);
        assert_eq!(spec.elements(), (5 << 40) + 3);
    }

    #[test]
    fn a_listing_says_what_the_spec_says() {
        let spec = Spec::of(network(4)).unwrap();
        let text = spec.to_listing();
        assert!(text.contains("out.weight\tfloat32\t[3, 4]\n"), "{text}");
        spec.compare_listing(&text, &Allowed::none()).unwrap();
        spec.compare_listing(
            &format!("# remark\n{text}scale\tfloat32\t[]\n"),
            &Allowed::none().ignoring("scale"),
        )
        .unwrap();
        assert!(matches!(
            spec.compare_listing(&text.replace("[3, 4]", "[4, 3]"), &Allowed::none()),
            Err(CheckpointError::Mismatch { .. })
        ));
        assert!(matches!(Spec::from_listing("a\tfloat32"), Err(CheckpointError::Listing { line: 1, .. })));
    }

    #[test]
    fn one_name_in_two_shapes_is_refused_and_in_one_shape_is_shared() {
        assert_eq!(Spec::of(|vb| Ok((vb.get(3, "a")?, vb.get(3, "a")?))).unwrap().len(), 1);
        let error = Spec::of(|vb| Ok((vb.get(3, "a")?, vb.get(4, "a")?))).unwrap_err();
        assert!(error.to_string().contains("`a` is asked for twice"), "{error}");
        assert!(Spec::of(|vb| vb.get_unchecked("a")).is_err());
    }

    #[test]
    fn random_weights_keep_the_size_of_what_flows_through() {
        let spec = Spec::of(network(400)).unwrap();
        let weights = spec.random(5).unwrap();
        let deviation = |name: &str| {
            let squares = weights[name].sqr().unwrap().mean_all().unwrap();
            squares.to_scalar::<f32>().unwrap().sqrt()
        };
        assert!((deviation("out.weight") - 0.05).abs() < 0.005, "1/sqrt(400)");
        assert!((deviation("norm.weight") - 1.0).abs() < 0.05, "about 1");
        assert!((deviation("norm.bias") - 0.1).abs() < 0.02, "about 0");
        let again = spec.random(5).unwrap();
        let numbers = |of: &BTreeMap<String, Tensor>| of["out.weight"].to_vec2::<f32>().unwrap();
        assert_eq!(numbers(&weights), numbers(&again));
        assert_ne!(numbers(&weights), numbers(&spec.random(6).unwrap()));
    }
}
