//! A small regression, trained in all the ways that a run can go.

mod ends;
mod resume;

use super::data::shuffled;
use super::metrics::{self, MetricRow};
use super::{Loader, Outcome, RunAbout, RunConfig, RunFolder, Span, StepLoss, Stop, Task, TrainError, run};
use crate::models::checkpoint::Trainable;
use crate::models::layers::{Noise, Pass};
use candle_core::{DType, Device, Module, Tensor, Var};
use candle_nn::{Linear, linear};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const CPU: Device = Device::Cpu;
const INPUTS: usize = 3;

/// Points of a known plane; a loader moves them a little, as augmentation does.
struct Points {
    count: usize,
    jitter: f64,
}

impl Points {
    fn point(&self, index: usize) -> ([f32; INPUTS], f32) {
        let x = [1, 2, 3].map(|k| ((index * k) as f32 * 0.7).sin());
        (x, 0.5 * x[0] - x[1] + 0.25 * x[2] + 0.1)
    }
}

impl Loader for Points {
    type Batch = (Tensor, Tensor);

    fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
        shuffled(self.count, batch_size, noise)
    }

    fn load(&self, examples: &[usize], noise: &Noise) -> Result<Self::Batch, TrainError> {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for index in examples {
            let (x, y) = self.point(*index);
            inputs.extend(x.map(|x| x + (self.jitter * (noise.unit() - 0.5)) as f32));
            targets.push(y);
        }
        let inputs = Tensor::from_vec(inputs, (examples.len(), INPUTS), &CPU)?;
        Ok((inputs, Tensor::from_vec(targets, (examples.len(), 1), &CPU)?))
    }
}

/// What happens at a step, counted from 1 over this process.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    /// The process dies.
    Kill,
    /// Somebody asks to stop.
    Stop,
    /// The loss is no number.
    NotANumber,
}

struct Regression {
    points: Arc<Points>,
    trainable: Trainable,
    layers: [Linear; 2],
    /// Moves by itself, as codebooks do, and is no parameter of the optimiser.
    average: Var,
    /// Needed to go on.
    history: Tensor,
    dropout: f32,
    event: Option<(u64, Event)>,
    calls: u64,
    stop: Stop,
    /// In place of the real loss, one a validation.
    script: Vec<f64>,
    validations: usize,
}

impl Regression {
    fn new() -> Self {
        let trainable = Trainable::new(4);
        let vb = trainable.builder(DType::F32, &CPU);
        let layers = [linear(INPUTS, 8, vb.pp("first")), linear(8, 1, vb.pp("second"))].map(Result::unwrap);
        vb.get_with_hints(8, "average", candle_nn::Init::Const(0.0)).unwrap();
        let average = trainable.get("average").unwrap();
        let history = Tensor::zeros(8, DType::F32, &CPU).unwrap();
        let points = Arc::new(Points { count: 22, jitter: 0.1 });
        let (stop, script) = (Stop::new(), Vec::new());
        let (event, calls, validations, dropout) = (None, 0, 0, 0.2);
        Self { points, trainable, layers, average, history, dropout, event, calls, stop, script, validations }
    }

    /// Without anything drawn.
    fn plain() -> Self {
        let points = Arc::new(Points { count: 24, jitter: 0.0 });
        Self { points, dropout: 0.0, ..Self::new() }
    }

    fn scripted(script: &[f64]) -> Self {
        Self { script: script.to_vec(), ..Self::new() }
    }

    fn with(mut self, at: u64, event: Event) -> Self {
        self.event = Some((at, event));
        self
    }

    fn hidden(&self, inputs: &Tensor) -> Tensor {
        self.layers[0].forward(inputs).unwrap().tanh().unwrap()
    }

    fn weights(&self) -> BTreeMap<String, Vec<f32>> {
        let of = |var: Var| var.flatten_all().unwrap().to_vec1().unwrap();
        self.trainable.vars().into_iter().map(|(name, var)| (name, of(var))).collect()
    }
}

impl Task for Regression {
    type Loader = Points;

    fn loader(&self) -> Arc<Points> {
        Arc::clone(&self.points)
    }

    fn trainable(&self) -> &Trainable {
        &self.trainable
    }

    fn loss(&mut self, (inputs, targets): (Tensor, Tensor), noise: &Noise) -> Result<StepLoss, TrainError> {
        self.calls += 1;
        let event = self.event.filter(|(at, _)| *at == self.calls).map(|(_, event)| event);
        if event == Some(Event::Kill) {
            return Err(TrainError::task("killed"));
        }
        if event == Some(Event::Stop) {
            self.stop.ask();
        }
        let hidden = self.hidden(&inputs);
        self.history = hidden.detach().mean(0)?;
        let hidden = Pass::Train(noise).dropout(&hidden, self.dropout)?;
        let wrong = (self.layers[1].forward(&hidden)? - targets)?;
        let mut total = wrong.sqr()?.mean_all()?;
        if event == Some(Event::NotANumber) {
            total = (total * f64::NAN)?;
        }
        Ok(StepLoss { parts: vec![("absolute", wrong.detach().abs()?.mean_all()?)], total })
    }

    fn after_step(&mut self, noise: &Noise) -> Result<(), TrainError> {
        let moved = ((self.average.as_detached_tensor() * 0.9)? + (&self.history * (0.1 * noise.unit()))?)?;
        Ok(self.average.set(&moved)?)
    }

    fn validate(&mut self) -> Result<Vec<(&'static str, f64)>, TrainError> {
        self.validations += 1;
        let all: Vec<usize> = (0..10).map(|i| i + 100).collect();
        let points = Points { count: 200, jitter: 0.0 };
        let (inputs, targets) = points.load(&all, &Noise::new(0, 0))?;
        let wrong = (self.layers[1].forward(&self.hidden(&inputs))? - targets)?;
        let loss = f64::from(wrong.sqr()?.mean_all()?.to_scalar::<f32>()?);
        let average = f64::from(self.average.sum_all()?.to_scalar::<f32>()?);
        let loss = if self.script.is_empty() { loss } else { self.script[self.validations - 1] };
        Ok(vec![("average", average), ("loss", loss)])
    }

    fn state(&self) -> BTreeMap<String, Tensor> {
        BTreeMap::from([("history".to_owned(), self.history.clone())])
    }

    fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), TrainError> {
        self.history = state.get("history").cloned().ok_or_else(|| TrainError::task("no history"))?;
        Ok(())
    }

    fn frozen(&self, name: &str) -> bool {
        name == "average"
    }

    fn samples(&mut self) -> Result<Vec<(String, String)>, TrainError> {
        Ok(vec![("عينة".to_owned(), "<svg></svg>".to_owned())])
    }
}

fn config() -> RunConfig {
    let text = "length = { steps = 30 }\nbatch-size = 4\nema = 0.9\nkeep-best = 2\nlog-every = 4\n\
                validate-every = { steps = 7 }\nsample-every = { steps = 10 }\ncheckpoint-every = 5\n\
                checkpoint-minutes = 0\n[optimiser]\nlr = 0.02\n[schedule]\nwarm-up = 5\nkind = \"cosine\"\n";
    RunConfig::from_toml(text, Path::new("test.toml")).unwrap()
}

fn folder() -> (tempfile::TempDir, RunFolder) {
    let root = tempfile::tempdir().unwrap();
    let about = RunAbout { name: "regression".into(), ..RunAbout::default() };
    let folder = RunFolder::create(root.path(), "", &about).unwrap();
    (root, folder)
}

fn train(task: &mut Regression, config: &RunConfig, folder: &RunFolder) -> Result<Outcome, TrainError> {
    let stop = task.stop.clone();
    run(task, config, folder, &stop)
}

/// All rows but those that tell of time.
fn rows(folder: &RunFolder) -> Vec<MetricRow> {
    let rows = metrics::read(&folder.path().join("metrics.csv")).unwrap();
    rows.into_iter().filter(|row| row.split != "system").collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
