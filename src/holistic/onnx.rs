//! Networks run by ONNX Runtime, whose library is loaded when it is first needed.
//!
//! The library is no part of the program, so that the program builds and starts without it; a process loads
//! one, once. A network is one session: on each thread that runs networks, open them anew.

use super::library;
use super::network::{Complexity, Model, Network, NetworkError, Output, Runtime};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// ONNX Runtime, loaded, and where the networks lie.
#[derive(Debug)]
pub struct OnnxRuntime {
    environment: Environment,
    options: OnnxOptions,
}

/// Where networks lie, and how they are run.
#[derive(Clone, Debug)]
pub struct OnnxOptions {
    /// The folder of installed networks (`pose_detection.onnx` and so on), and of the library where no
    /// variable of the environment names another.
    pub models: PathBuf,
    /// Which network finds the landmarks of bodies.
    pub complexity: Complexity,
    /// How many threads compute one network together; workers side by side want 1.
    pub threads: usize,
}

impl OnnxOptions {
    /// Complexity 1, one thread.
    pub fn new(models: impl Into<PathBuf>) -> Self {
        Self { models: models.into(), complexity: Complexity::default(), threads: 1 }
    }
}

/// The process' one environment, which no second one may follow. It is never dropped.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The environment; made of a library where there is none yet.
fn environment(path: PathBuf) -> Result<Environment, NetworkError> {
    // Whoever panicked while it was locked left it as it was.
    let mut made = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*made {
        return Ok(environment.clone());
    }
    // The loader takes a relative path from the program's folder, not from the working one.
    let path = std::path::absolute(&path).unwrap_or(path);
    let bad = |reason: String| NetworkError::BadLibrary { path: path.clone(), reason };
    let builder = ort::init_from(&path).map_err(|error| bad(error.to_string()))?;
    let environment = builder.build().map_err(|error| bad(error.to_string()))?;
    Ok(made.insert(environment).clone())
}

impl OnnxRuntime {
    /// Loads the library: the one that `NASHRA_ONNXRUNTIME` or `ORT_DYLIB_PATH` names, else the one that lies
    /// among the networks. Where the process has loaded one already, that one stays.
    ///
    /// # Errors
    /// [`NetworkError::NoLibrary`], [`NetworkError::BadLibrary`].
    pub fn load(options: OnnxOptions) -> Result<Self, NetworkError> {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let path =
            library::find(&options.models, &variable).map_err(|looked| NetworkError::NoLibrary { looked })?;
        Ok(Self { environment: environment(path)?, options })
    }

    fn session(&self, path: &std::path::Path) -> ort::Result<Session> {
        let builder: SessionBuilder = Session::builder(&self.environment)?;
        let builder = builder.with_optimization_level(GraphOptimizationLevel::Level3)?;
        let builder = builder.with_intra_threads(self.options.threads)?;
        // Threads that wait by spinning take the time of the workers beside them.
        builder.with_intra_op_spinning(false)?.commit_from_file(path)
    }
}

impl Runtime for OnnxRuntime {
    fn open(&self, model: Model) -> Result<Box<dyn Network>, NetworkError> {
        let path = self.options.models.join(model.stem(self.options.complexity)).with_extension("onnx");
        if !path.is_file() {
            return Err(NetworkError::NoModel { model, path });
        }
        let bad = |reason: String| NetworkError::BadModel { model, path: path.clone(), reason };
        let session = self.session(&path).map_err(|error| bad(error.to_string()))?;
        let has = |name: &str| session.outputs().iter().any(|outlet| outlet.name() == name);
        let missing = model.outputs().iter().find(|output| output.is_needed && !has(output.name));
        match (missing, session.inputs().len()) {
            (None, 1) => Ok(Box::new(OnnxNetwork { model, session })),
            (Some(output), _) => Err(bad(format!("expected an output {:?}, found none", output.name))),
            (None, inputs) => Err(bad(format!("expected one input, found {inputs}"))),
        }
    }
}

struct OnnxNetwork {
    model: Model,
    session: Session,
}

impl Network for OnnxNetwork {
    fn run(&mut self, input: &[f32]) -> Result<Vec<Vec<f32>>, NetworkError> {
        let model = self.model;
        let side = model.input_side_px();
        let expected = side * side * 3;
        if input.len() != expected {
            return Err(NetworkError::Input { model, expected, found: input.len() });
        }
        let failed = |error: ort::Error| NetworkError::Run { model, reason: error.to_string() };
        let input = TensorRef::from_array_view(([1, side, side, 3], input)).map_err(failed)?;
        let given = self.session.run(ort::inputs![input]).map_err(failed)?;
        let read = |output: &Output| {
            let Some(value) = given.get(output.name).filter(|_| output.is_needed) else {
                return Ok(Vec::new());
            };
            let (_, numbers) = value.try_extract_tensor::<f32>().map_err(failed)?;
            match numbers.len() == output.length {
                true => Ok(numbers.to_vec()),
                false => {
                    let Output { name, length, .. } = output;
                    let reason =
                        format!("output {name:?}: expected {length} numbers, found {}", numbers.len());
                    Err(NetworkError::Run { model, reason })
                }
            }
        };
        model.outputs().iter().map(read).collect()
    }
}

/// Runs files that tests made.
#[cfg(test)]
pub(in crate::holistic) mod testing {
    use super::*;

    /// The first output of a network in memory; none where the library is not on the machine: where
    /// `NASHRA_ONNXRUNTIME` or `ORT_DYLIB_PATH` names it, or among the user's installed networks.
    pub(in crate::holistic) fn run(onnx: &[u8], shape: &[usize], input: &[f32]) -> Option<Vec<f32>> {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let options = OnnxOptions::new(home.join(".local/share/nashra/models/holistic"));
        let runtime = match OnnxRuntime::load(options) {
            Err(NetworkError::NoLibrary { .. }) => return None,
            loaded => loaded.unwrap(),
        };
        let mut session = Session::builder(&runtime.environment).unwrap().commit_from_memory(onnx).unwrap();
        let input = TensorRef::from_array_view((shape.to_vec(), input)).unwrap();
        let outputs = session.run(ort::inputs![input]).unwrap();
        let (_, numbers) = outputs[0].try_extract_tensor::<f32>().unwrap();
        Some(numbers.to_vec())
    }
}
