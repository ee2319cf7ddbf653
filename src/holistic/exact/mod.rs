//! Networks run without any library, in the reference's own order of additions.
//!
//! Floating-point sums depend on their order in the last bits, and MediaPipe's pipeline magnifies last bits: a
//! region that is off by one of them changes a few bytes of a crop by one, these move a body's points by a
//! hundredth of a crop's pixel, and the next region is made of these points. Within seconds of video two correct
//! runtimes can be pixels apart where points are uncertain. So this runtime adds up as XNNPACK does, which
//! MediaPipe runs its networks with, and its sums have the same bits on every machine that the program runs on.
//!
//! It reads the networks' `.tflite` files. It knows the operators that they use and no others.

mod kernels;
mod lanes;
mod plan;
mod steps;
mod vector;

use super::network::{Complexity, Model, Network, NetworkError, Runtime};
use lanes::Lanes;
use plan::Plan;
use std::path::PathBuf;

/// Runs the networks' own files.
#[derive(Clone, Debug)]
pub struct ExactRuntime {
    models: PathBuf,
    complexity: Complexity,
}

impl ExactRuntime {
    /// With the `.tflite` files of a folder.
    pub fn new(models: impl Into<PathBuf>, complexity: Complexity) -> Self {
        Self { models: models.into(), complexity }
    }
}

impl Runtime for ExactRuntime {
    fn open(&self, model: Model) -> Result<Box<dyn Network>, NetworkError> {
        let path = self.models.join(model.stem(self.complexity)).with_extension("tflite");
        let bad = |reason: String| NetworkError::BadModel { model, path: path.clone(), reason };
        let file = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(NetworkError::NoModel { model, path });
            }
            read => read.map_err(|error| bad(error.to_string()))?,
        };
        let needed = || model.outputs().iter().filter(|output| output.is_needed);
        let names: Vec<&str> = needed().map(|output| output.name).collect();
        let plan = Plan::read(&file, &names).map_err(|error| bad(error.to_string()))?;
        let side = model.input_side_px();
        let is_right = plan.input_length() == side * side * 3
            && plan.output_lengths().eq(needed().map(|output| output.length));
        if !is_right {
            return Err(bad("its input or its outputs have other sizes".to_owned()));
        }
        Ok(Box::new(ExactNetwork { model, plan, lanes: Lanes::of_this_processor() }))
    }
}

struct ExactNetwork {
    model: Model,
    plan: Plan,
    lanes: Lanes,
}

impl Network for ExactNetwork {
    fn run(&mut self, input: &[f32]) -> Result<Vec<Vec<f32>>, NetworkError> {
        let expected = self.plan.input_length();
        if input.len() != expected {
            return Err(NetworkError::Input { model: self.model, expected, found: input.len() });
        }
        self.plan.run(self.lanes, input);
        let mut given = self.plan.outputs();
        let outputs = self.model.outputs().iter();
        let take =
            |is_needed: bool| if is_needed { given.next().unwrap_or_default().to_vec() } else { Vec::new() };
        Ok(outputs.map(|output| output.is_needed).map(take).collect())
    }
}
