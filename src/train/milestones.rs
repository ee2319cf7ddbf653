//! What is due now and then in a run: validation, samples, the parameters' report, checkpoints.

use super::checkpoint::{Snapshot, Tensors, latest};
use super::engine::Engine;
use super::metrics::write_whole;
use super::parameters::{Parameter, frozen_rows, judge};
use super::state::{Best, RunState};
use super::task::Task;
use super::{TrainError, report};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

impl<T: Task> Engine<'_, T> {
    /// Measures, and keeps the weights if they are among the best.
    pub(super) fn validate(&mut self) -> Result<(), TrainError> {
        if self.state.validated == Some(self.state.step) {
            return Ok(());
        }
        self.state.validated = Some(self.state.step);
        let metrics = self.with_averages(|task| task.validate())?;
        if metrics.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = metrics.iter().map(|(name, value)| self.row("validation", name, *value)).collect();
        self.recorder.write(&rows)?;
        let told: Vec<String> = metrics.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
        self.progress.note(&format!("step {}: {}", self.state.step, told.join(", ")));
        let watched = &self.config.early_stopping.metric;
        let value = metrics.iter().find(|(name, _)| name == watched).map(|(_, value)| *value);
        let value = value.ok_or_else(|| TrainError::NoMetric {
            metric: watched.clone(),
            known: metrics.iter().map(|(name, _)| (*name).to_owned()).collect(),
        })?;
        self.rank(value)?;
        report::write(self.folder)
    }

    /// Puts the weights among the best where they belong there.
    fn rank(&mut self, value: f64) -> Result<(), TrainError> {
        let better = self.config.early_stopping.better;
        let place = self.state.best.iter().position(|best| better.than(value, best.value));
        self.state.stale =
            if place == Some(0) || self.state.best.is_empty() { 0 } else { self.state.stale + 1 };
        let place = place.unwrap_or(self.state.best.len());
        if place >= self.config.keep_best {
            return Ok(());
        }
        self.keep_weights()?;
        self.state.best.insert(place, Best { step: self.state.step, value });
        for dropped in self.state.best.split_off(self.config.keep_best.min(self.state.best.len())) {
            // It may be gone already, where a run goes on from before it was dropped.
            let _ = fs::remove_file(self.folder.weights(dropped.step));
        }
        Ok(())
    }

    /// The last weights stand for the best where nothing was measured.
    pub(super) fn keep_last(&mut self) -> Result<(), TrainError> {
        if self.state.best.is_empty() {
            self.keep_weights()?;
            self.state.best.push(Best { step: self.state.step, value: f64::NAN });
            self.saved.0 = None;
        }
        Ok(())
    }

    fn keep_weights(&mut self) -> Result<(), TrainError> {
        let path = self.folder.weights(self.state.step);
        self.with_averages(|task| Ok(task.trainable().save(&path)?))
    }

    /// Draws samples into the folder.
    pub(super) fn sample(&mut self) -> Result<(), TrainError> {
        for (title, svg) in self.with_averages(|task| task.samples())? {
            write_whole(&self.folder.sample(self.state.step, &title), svg.as_bytes())?;
        }
        Ok(())
    }

    /// Does something with the averages in the weights' place, if the run averages.
    fn with_averages<R>(
        &mut self,
        with: impl FnOnce(&mut T) -> Result<R, TrainError>,
    ) -> Result<R, TrainError> {
        let Some(ema) = &self.ema else { return with(self.task) };
        let held = ema.put_on(&self.task.trainable().vars())?;
        let result = with(self.task);
        held.take_off()?;
        result
    }

    /// Asks each parameter, once, whether training reaches it.
    pub(super) fn check_parameters(&mut self) -> Result<(), TrainError> {
        let Some(watch) = self.watch.take().filter(|_| !self.state.checked && self.state.step > 0) else {
            return Ok(());
        };
        let shares = (0..self.state.step).map(|step| self.share(step)).sum();
        let (mut rows, faults) = watch.report(&self.optimiser, self.config, shares)?;
        let of = rows.len();
        let vars = self.task.trainable().vars();
        let shape = |name: &String| vars.get(name).map(|var| var.dims().to_vec()).unwrap_or_default();
        rows.extend(frozen_rows(self.optimiser.frozen().iter().map(|name| (name.as_str(), shape(name)))));
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        write_parameters(self.folder.path(), &rows)?;
        self.state.checked = true;
        judge(faults, self.state.step, of)
    }

    /// Writes a checkpoint.
    pub(super) fn save(&mut self) -> Result<(), TrainError> {
        let vars = self.task.trainable().vars();
        let weights = vars.into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
        let ema = self.ema.as_ref().map(|ema| ema.state()).unwrap_or_default();
        let watch = self.watch.as_ref().map(|watch| watch.state()).transpose()?.unwrap_or_default();
        let parts = [
            ("weights", weights),
            ("optimiser", self.optimiser.state()?),
            ("ema", ema),
            ("watch", watch),
            ("task", self.task.state()),
        ];
        Snapshot { state: self.state.clone(), parts: BTreeMap::from(parts) }
            .write(&self.folder.checkpoints())?;
        self.saved = (Some(self.state.step), Instant::now());
        Ok(())
    }

    /// Goes on from the newest checkpoint, where there is one.
    pub(super) fn resume(&mut self) -> Result<(), TrainError> {
        let Some((path, snapshot)) = latest(&self.folder.checkpoints())? else { return Ok(()) };
        let wrong = |reason: String| TrainError::OtherRun { path: path.clone(), reason };
        let RunState { config_hash, step, .. } = &snapshot.state;
        if *config_hash != self.state.config_hash {
            let found = format!(
                "expected a run of these settings ({}), found another's ({config_hash})",
                self.state.config_hash
            );
            return Err(wrong(found));
        }
        tracing::info!("goes on from step {step}: {}", path.display());
        self.set_weights(snapshot.part("weights")).map_err(wrong)?;
        self.optimiser.restore(snapshot.part("optimiser")).map_err(wrong)?;
        if let Some(ema) = &mut self.ema {
            ema.restore(snapshot.part("ema")).map_err(wrong)?;
        }
        self.task.restore(snapshot.part("task"))?;
        match &mut self.watch {
            Some(watch) if !snapshot.state.checked => watch.restore(snapshot.part("watch")).map_err(wrong)?,
            watch => *watch = None,
        }
        self.saved.0 = Some(snapshot.state.step);
        self.state = snapshot.state;
        Ok(())
    }

    fn set_weights(&self, weights: &Tensors) -> Result<(), String> {
        let vars = self.task.trainable().vars();
        if let Some(name) = weights.keys().find(|name| !vars.contains_key(*name)) {
            return Err(format!("expected no weight `{name}`, which the network does not have"));
        }
        for (name, var) in &vars {
            let stored =
                weights.get(name).ok_or_else(|| format!("expected a weight `{name}`, found none"))?;
            let moved = stored.to_dtype(var.dtype()).and_then(|t| t.to_device(var.device()));
            moved.and_then(|moved| var.set(&moved)).map_err(|e| format!("weight `{name}`: {e}"))?;
        }
        Ok(())
    }
}

/// `parameters.csv` and `parameters.json`.
fn write_parameters(folder: &Path, rows: &[Parameter]) -> Result<(), TrainError> {
    let path = folder.join("parameters.json");
    let json = serde_json::to_string_pretty(rows).map_err(|e| TrainError::write(&path, e))?;
    write_whole(&path, json.as_bytes())?;
    let path = folder.join("parameters.csv");
    let mut table = csv::Writer::from_writer(Vec::new());
    let number = |number: Option<f64>| number.map(|x| x.to_string()).unwrap_or_default();
    let write = |table: &mut csv::Writer<Vec<u8>>| -> csv::Result<()> {
        table.write_record(["name", "group", "shape", "count", "gradient-norm", "change"])?;
        for row in rows {
            let shape: Vec<String> = row.shape.iter().map(usize::to_string).collect();
            let [count, shape] = [row.count.to_string(), shape.join("x")];
            let (norm, change) = (number(row.gradient_norm), number(row.change));
            table.write_record([&row.name, &row.group, &shape, &count, &norm, &change])?;
        }
        Ok(())
    };
    write(&mut table).map_err(|e| TrainError::write(&path, e))?;
    let bytes = table.into_inner().map_err(|e| TrainError::write(&path, e))?;
    write_whole(&path, &bytes)
}
