//! The settings of a training run, as TOML; each has a default and a name that nobody knows is an error.

use super::TrainError;
use super::schedule::Schedule;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// A number of epochs or of steps: `{ epochs = 3 }`, `{ steps = 500 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// Passes over the training examples.
    Epochs(u64),
    /// Steps of the optimiser.
    Steps(u64),
}

impl Span {
    /// In steps; 0 stays 0.
    pub fn steps(self, steps_per_epoch: u64) -> u64 {
        match self {
            Span::Epochs(epochs) => epochs.saturating_mul(steps_per_epoch),
            Span::Steps(steps) => steps,
        }
    }
}

/// Numbers that networks are trained in. Weights that are kept in sixteen bits have a copy in thirty-two
/// that the optimiser moves. There is no float16: its gradients vanish unless losses are scaled, which
/// bfloat16 does without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the range of 32; for GPUs.
    Bf16,
}

impl Precision {
    /// What networks are built with.
    pub fn dtype(self) -> candle_core::DType {
        match self {
            Precision::F32 => candle_core::DType::F32,
            Precision::Bf16 => candle_core::DType::BF16,
        }
    }
}

/// AdamW (Loshchilov and Hutter 2019), as `torch.optim.AdamW`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct OptimiserConfig {
    /// Learning rate at its highest; the schedule and the groups scale it.
    pub lr: f64,
    /// How much of the mean and of the mean square of gradients is kept a step.
    pub betas: [f64; 2],
    /// Beside the root of the mean square, against division by 0.
    pub eps: f64,
    /// Decoupled weight decay, times the learning rate.
    pub weight_decay: f64,
    /// Decay everything, as PyTorch does where nobody makes groups. Otherwise (the default) nothing
    /// decays that has one dimension (biases, scales of norms) or whose name has `embed` or `position`
    /// in it: their size means something, or they are rarely seen.
    pub decay_all: bool,
}

impl Default for OptimiserConfig {
    fn default() -> Self {
        Self { lr: 1e-4, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01, decay_all: false }
    }
}

/// Parameters that are trained differently. The first group with a pattern that fits a name has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GroupConfig {
    /// Its name in reports.
    pub name: String,
    /// Patterns of parameters' names; `*` stands for any run of characters.
    pub matches: Vec<String>,
    /// Times the learning rate; 1 where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lr_scale: Option<f64>,
    /// In place of the optimiser's, and of its rule of what does not decay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Stays as it is.
    #[serde(default)]
    pub frozen: bool,
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// As accuracy.
    Higher,
    /// As a loss.
    #[default]
    Lower,
}

impl Better {
    /// Whether one value is better than another; what is no number is never better.
    pub fn than(self, value: f64, other: f64) -> bool {
        match self {
            _ if value.is_nan() => false,
            _ if other.is_nan() => true,
            Better::Higher => value > other,
            Better::Lower => value < other,
        }
    }
}

/// The metric of validation that decides what is best and when no more is to be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Its name.
    pub metric: String,
    /// Which way it is better.
    pub better: Better,
    /// After so many validations in a row that were not better, the run ends; 0 is never.
    pub patience: u64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: "loss".to_owned(), better: Better::Lower, patience: 0 }
    }
}

/// How a run goes. A cadence of 0 is never.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RunConfig {
    /// Of all that is drawn.
    pub seed: u64,
    /// When it is over.
    pub length: Span,
    /// Examples in a batch.
    pub batch_size: usize,
    /// Batches in a step; their gradients are averaged over their examples.
    pub accumulate: usize,
    /// The highest norm that the gradient of all parameters together may have; 0 is any.
    pub clip_norm: f64,
    /// Decay of the weights' moving average, which is validated and kept in their place; 0 is none.
    pub ema: f64,
    /// How many of the best weights are kept, 1 or more.
    pub keep_best: usize,
    /// When to validate.
    pub validate_every: Span,
    /// When to draw samples.
    pub sample_every: Span,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Minutes after which there is a checkpoint in any case.
    pub checkpoint_minutes: f64,
    /// Steps between rows of metrics, each the mean since the last.
    pub log_every: u64,
    /// Numbers that the network is trained in.
    pub precision: Precision,
    /// Threads of the processor; 0 is one a core. Matrices are multiplied by as many as the environment's
    /// `RAYON_NUM_THREADS` says, whatever stands here: candle reads nothing else.
    pub threads: usize,
    /// AdamW.
    pub optimiser: OptimiserConfig,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// What is best, and when to give up.
    pub early_stopping: EarlyStopping,
    /// Parameters that are trained differently.
    pub groups: Vec<GroupConfig>,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            length: Span::Epochs(100),
            batch_size: 32,
            accumulate: 1,
            clip_norm: 1.0,
            ema: 0.0,
            keep_best: 1,
            validate_every: Span::Epochs(1),
            sample_every: Span::Epochs(0),
            checkpoint_every: 1000,
            checkpoint_minutes: 10.0,
            log_every: 10,
            precision: Precision::F32,
            threads: 0,
            optimiser: OptimiserConfig::default(),
            schedule: Schedule::default(),
            early_stopping: EarlyStopping::default(),
            groups: Vec::new(),
        }
    }
}

impl RunConfig {
    /// Reads TOML; `path` is what errors call it.
    ///
    /// # Errors
    /// [`TrainError::Config`] for what is no TOML, unknown names, and numbers that cannot be.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, TrainError> {
        let read = toml::from_str::<Self>(text).map_err(|e| e.to_string());
        let config = read.map_err(|reason| TrainError::Config { path: path.to_owned(), reason })?;
        config.check().map_err(|reason| TrainError::Config { path: path.to_owned(), reason })?;
        Ok(config)
    }

    /// As TOML, with all that was left to defaults.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("numbers, texts and tables are TOML")
    }

    /// What cannot be, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let optimiser = &self.optimiser;
        let share = |x: f64| (0.0..1.0).contains(&x);
        let positive = |x: f64| x >= 0.0 && x.is_finite();
        let rules = [
            (self.batch_size > 0, "batch-size: expected 1 or more, found 0"),
            (self.accumulate > 0, "accumulate: expected 1 or more, found 0"),
            (self.keep_best > 0, "keep-best: expected 1 or more, found 0"),
            (!matches!(self.length, Span::Epochs(0) | Span::Steps(0)), "length: expected more than 0"),
            (share(self.ema), "ema: expected at least 0 and less than 1"),
            (optimiser.betas.iter().all(|b| share(*b)), "betas: expected at least 0 and less than 1"),
            (positive(optimiser.lr), "lr: expected a number of at least 0"),
            (positive(optimiser.eps), "eps: expected a number of at least 0"),
            (positive(optimiser.weight_decay), "weight-decay: expected a number of at least 0"),
            (positive(self.clip_norm), "clip-norm: expected a number of at least 0"),
            (positive(self.checkpoint_minutes), "checkpoint-minutes: expected a number of at least 0"),
            (positive(self.schedule.factor), "schedule.factor: expected a number of at least 0"),
            (positive(self.schedule.final_share), "schedule.final-share: expected a number of at least 0"),
        ];
        let broken = rules.iter().find(|(holds, _)| !holds).map(|(_, rule)| (*rule).to_owned());
        let group = self
            .groups
            .iter()
            .find(|group| ![group.lr_scale, group.weight_decay].into_iter().flatten().all(positive));
        let group = group.map(|g| format!("group `{}`: expected numbers of at least 0", g.name));
        broken.or(group).map_or(Ok(()), Err)
    }

    /// Tells runs apart that cannot go on from each other's checkpoints: all that decides which numbers
    /// come out, but not how long, how often it is looked at, and on how many threads.
    pub fn hash(&self) -> String {
        let plain = Self::default();
        let decisive = Self {
            length: plain.length,
            keep_best: plain.keep_best,
            validate_every: plain.validate_every,
            sample_every: plain.sample_every,
            checkpoint_every: plain.checkpoint_every,
            checkpoint_minutes: plain.checkpoint_minutes,
            log_every: plain.log_every,
            threads: plain.threads,
            early_stopping: plain.early_stopping,
            ..self.clone()
        };
        let digest = Sha256::digest(decisive.to_toml());
        digest.iter().take(8).fold(String::new(), |mut hash, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RunConfig, String> {
        RunConfig::from_toml(text, Path::new("preset.toml")).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let text = "seed = 7\nlength = { steps = 300 }\n[optimiser]\nlr = 2e-4\nbetas = [0.9, 0.99]\n\
                    [schedule]\nkind = \"multi-step\"\nat = [200]\nfactor = 0.05\n\
                    [[groups]]\nname = \"text\"\nmatches = [\"text.*\"]\nlr-scale = 0.1\n";
        let config = read(text).unwrap();
        assert_eq!(config.length, Span::Steps(300));
        assert_eq!(config.groups[0].lr_scale, Some(0.1));
        assert_eq!(config.batch_size, RunConfig::default().batch_size);
        assert_eq!(read(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn names_that_nobody_knows_are_errors() {
        for text in [
            "sed = 1",
            "[optimiser]\nlearning-rate = 1",
            "[schedule]\nwarmup = 1",
            "precision = \"f16\"",
            "[[groups]]\nname = \"a\"\nmatches = []\nfreeze = true",
            "length = { hours = 1 }",
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("preset.toml") && error.contains("unknown"), "{error}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_errors() {
        for (text, name) in
            [("batch-size = 0", "batch-size"), ("ema = 1.0", "ema"), ("[optimiser]\nlr = nan", "lr")]
        {
            assert!(read(text).unwrap_err().contains(name));
        }
    }

    #[test]
    fn the_hash_tells_other_runs_apart_but_not_longer_ones() {
        let config = RunConfig::default();
        let longer = RunConfig { length: Span::Steps(9), threads: 3, ..config.clone() };
        let other = RunConfig { seed: 2, ..config.clone() };
        assert_eq!(config.hash(), longer.hash());
        assert_ne!(config.hash(), other.hash());
    }
}
