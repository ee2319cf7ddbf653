//! The loop: batches to gradients to steps, and what is due after each.

use super::data::{Prefetch, Start};
use super::ema::Ema;
use super::metrics::{MetricRow, Recorder};
use super::optimiser::{AdamW, Gradients};
use super::parameters::{CHECKED_AFTER, Watch};
use super::progress::Progress;
use super::random::{Purpose, noise};
use super::run::{Ending, Outcome, peak_memory_bytes};
use super::state::RunState;
use super::task::{Loader, StepLoss, Task};
use super::{RunConfig, RunFolder, Span, Stop, TrainError, report};
use candle_core::{DType, Tensor};
use std::collections::BTreeMap;
use std::time::Instant;

type Batches<T> = Prefetch<<<T as Task>::Loader as Loader>::Batch>;

/// A run under way.
pub(super) struct Engine<'a, T: Task> {
    pub(super) task: &'a mut T,
    pub(super) config: &'a RunConfig,
    pub(super) folder: &'a RunFolder,
    pub(super) optimiser: AdamW,
    pub(super) ema: Option<Ema>,
    /// Until the parameters were asked.
    pub(super) watch: Option<Watch>,
    pub(super) state: RunState,
    pub(super) recorder: Recorder,
    pub(super) progress: Progress,
    steps_per_epoch: u64,
    waited_share: f64,
    /// When this process began, and the run's time before it.
    begun: (Instant, f64),
    /// The step and the time of the last checkpoint.
    pub(super) saved: (Option<u64>, Instant),
}

impl<'a, T: Task> Engine<'a, T> {
    /// Puts everything together, as the newest checkpoint has it where there is one.
    pub(super) fn begin(
        task: &'a mut T,
        config: &'a RunConfig,
        folder: &'a RunFolder,
    ) -> Result<Self, TrainError> {
        let order = noise(config.seed, Purpose::Order, 0);
        let batches = task.loader().batches(0, config.batch_size, &order).len();
        let steps_per_epoch = batches.div_ceil(config.accumulate) as u64;
        if steps_per_epoch == 0 {
            return Err(TrainError::NoExamples);
        }
        let vars = task.trainable().vars();
        let optimiser = AdamW::new(&config.optimiser, &config.groups, vars, |name| task.frozen(name))?;
        let ema = if config.ema > 0.0 { Some(Ema::new(config.ema, &optimiser)?) } else { None };
        let watch = Some(Watch::new(&optimiser)?);
        let state = RunState { config_hash: config.hash(), ..RunState::default() };
        let begun = Instant::now();
        let total = config.length.steps(steps_per_epoch);
        let mut engine = Self {
            recorder: Recorder::new(folder.path(), 0),
            progress: Progress::new(0, total),
            task,
            config,
            folder,
            optimiser,
            ema,
            watch,
            state,
            steps_per_epoch,
            waited_share: 0.0,
            begun: (begun, 0.0),
            saved: (None, begun),
        };
        engine.resume()?;
        engine.begun.1 = engine.state.seconds;
        engine.recorder = Recorder::new(folder.path(), engine.state.step);
        engine.progress = Progress::new(engine.state.step, total);
        Ok(engine)
    }

    /// Trains until it is over or somebody asks to stop.
    pub(super) fn go(&mut self, stop: &Stop) -> Result<Ending, TrainError> {
        if let Some(ending) = self.ending() {
            return Ok(ending);
        }
        let start = Start {
            seed: self.config.seed,
            epoch: self.state.epoch,
            position: self.state.position,
            batch_size: self.config.batch_size,
            accumulate: self.config.accumulate,
        };
        let mut batches = Prefetch::new(self.task.loader(), start)?;
        loop {
            let ends_epoch = self.step(&mut batches)?;
            self.waited_share = batches.waited_share();
            let is_last = self.is_at_length();
            self.after_step(ends_epoch, is_last)?;
            if let Some(ending) = self.ending() {
                return Ok(ending);
            }
            if stop.is_asked() {
                return Ok(Ending::Stopped);
            }
        }
    }

    /// The last checkpoint, the report and what to tell.
    pub(super) fn finish(mut self, ending: Ending) -> Result<Outcome, TrainError> {
        if ending != Ending::Stopped {
            self.check_parameters()?;
            self.keep_last()?;
        }
        if self.saved.0 != Some(self.state.step) {
            self.save()?;
        }
        report::write(self.folder)?;
        let best = self.state.best.first();
        Ok(Outcome {
            ending,
            steps: self.state.step,
            epochs: self.state.epoch,
            best: best.map(|best| best.value).filter(|value| !value.is_nan()),
            weights: best.map(|best| self.folder.weights(best.step)),
            seconds: self.state.seconds,
            waited_share: self.waited_share,
            peak_memory_bytes: peak_memory_bytes(),
        })
    }

    /// Takes the bar away, however it ended.
    pub(super) fn end_progress(&self) {
        self.progress.end();
    }

    /// One step; whether its epoch ends with it.
    fn step(&mut self, batches: &mut Batches<T>) -> Result<bool, TrainError> {
        let seed = self.config.seed;
        let mut gradients = Gradients::new(self.optimiser.slots());
        let mut losses: BTreeMap<&'static str, f64> = BTreeMap::new();
        let (epoch, position, ends_epoch) = loop {
            let item = batches.next()?;
            let place = (item.epoch << 32) | item.position as u64;
            let loss = self.task.loss(item.batch, &noise(seed, Purpose::Loss, place))?;
            let numbers = numbers(&loss)?;
            self.check_finite(&numbers)?;
            for (name, value) in numbers {
                *losses.entry(name).or_default() += value * item.weight;
            }
            gradients.add(self.optimiser.slots(), loss.total.backward()?, item.weight)?;
            if item.ends_step {
                break (item.epoch, item.position, item.ends_epoch);
            }
        };
        let norms = gradients.norms()?;
        losses.insert("gradient-norm", norms.total);
        self.check_finite(&losses.iter().map(|(name, value)| (*name, *value)).collect::<Vec<_>>())?;
        let share = self.share(self.state.step);
        self.optimiser.step(&gradients, share, norms.scale(self.config.clip_norm))?;
        self.state.step += 1;
        (self.state.epoch, self.state.position) =
            if ends_epoch { (epoch + 1, 0) } else { (epoch, position + 1) };
        if let Some(ema) = &mut self.ema {
            ema.update(&self.optimiser, self.state.step)?;
        }
        self.task.after_step(&noise(seed, Purpose::After, self.state.step))?;
        if let Some(watch) = &mut self.watch {
            watch.add(&norms);
        }
        self.progress.at(self.state.step, epoch, losses.get("loss").copied().unwrap_or_default());
        losses.insert("lr", self.config.optimiser.lr * share);
        for (name, value) in losses {
            self.state.window.entry(name.to_owned()).or_default().add(value);
        }
        self.state.seconds = self.begun.1 + self.begun.0.elapsed().as_secs_f64();
        Ok(ends_epoch)
    }

    /// What is due: in this order, so that a checkpoint has all of it.
    fn after_step(&mut self, ends_epoch: bool, is_last: bool) -> Result<(), TrainError> {
        let step = self.state.step;
        if self.config.log_every > 0 && step.is_multiple_of(self.config.log_every) || is_last {
            self.log()?;
        }
        if step >= CHECKED_AFTER || is_last {
            self.check_parameters()?;
        }
        if self.is_due(self.config.validate_every, ends_epoch) || is_last {
            self.validate()?;
        }
        if self.is_due(self.config.sample_every, ends_epoch) {
            self.sample()?;
        }
        let minutes = self.saved.1.elapsed().as_secs_f64() / 60.0;
        let is_late = self.config.checkpoint_minutes > 0.0 && minutes >= self.config.checkpoint_minutes;
        let is_time = self.config.checkpoint_every > 0 && step.is_multiple_of(self.config.checkpoint_every);
        if is_late || is_time { self.save() } else { Ok(()) }
    }

    /// Writes the means since the last time.
    fn log(&mut self) -> Result<(), TrainError> {
        let window = std::mem::take(&mut self.state.window);
        let mut rows: Vec<MetricRow> =
            window.iter().filter_map(|(name, mean)| Some(self.row("train", name, mean.value()?))).collect();
        rows.push(self.row("system", "steps-per-second", self.progress.rate(self.state.step)));
        rows.push(self.row("system", "waited-share", self.waited_share));
        self.recorder.write(&rows)
    }

    pub(super) fn row(&self, split: &str, name: &str, value: f64) -> MetricRow {
        let RunState { step, epoch, .. } = self.state;
        MetricRow { step, epoch, split: split.to_owned(), name: name.to_owned(), value }
    }

    /// The schedule's share at a step, the first of which is 0.
    pub(super) fn share(&self, step: u64) -> f64 {
        self.config.schedule.share(step, self.config.length.steps(self.steps_per_epoch))
    }

    fn is_due(&self, span: Span, ends_epoch: bool) -> bool {
        match span {
            Span::Epochs(epochs) => epochs > 0 && ends_epoch && self.state.epoch.is_multiple_of(epochs),
            Span::Steps(steps) => steps > 0 && self.state.step.is_multiple_of(steps),
        }
    }

    fn is_at_length(&self) -> bool {
        match self.config.length {
            Span::Epochs(epochs) => self.state.epoch >= epochs,
            Span::Steps(steps) => self.state.step >= steps,
        }
    }

    fn ending(&self) -> Option<Ending> {
        let patience = self.config.early_stopping.patience;
        let is_hopeless = patience > 0 && self.state.stale >= patience;
        match (self.is_at_length(), is_hopeless) {
            (true, _) => Some(Ending::Finished),
            (_, true) => Some(Ending::EarlyStopped),
            _ => None,
        }
    }

    fn check_finite(&self, numbers: &[(&'static str, f64)]) -> Result<(), TrainError> {
        if numbers.iter().all(|(_, value)| value.is_finite()) {
            return Ok(());
        }
        let parts = numbers.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Err(TrainError::NotFinite { step: self.state.step + 1, parts })
    }
}

/// The loss, then its parts.
fn numbers(loss: &StepLoss) -> candle_core::Result<Vec<(&'static str, f64)>> {
    let number = |tensor: &Tensor| tensor.detach().to_dtype(DType::F64)?.to_scalar::<f64>();
    let parts = loss.parts.iter().map(|(name, part)| Ok((*name, number(part)?)));
    std::iter::once(Ok(("loss", number(&loss.total)?))).chain(parts).collect()
}
