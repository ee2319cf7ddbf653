//! One model, from its settings to its folder.

use super::gpt::{GptRecipe, GptTask};
use super::motion_clip::{MotionClipRecipe, MotionClipTask};
use super::product::About;
use super::sign_clip::{SignClipRecipe, SignClipTask};
use super::text::{TextRecipe, TextTask};
use super::vq_vae::{VqVaeRecipe, VqVaeTask};
use super::{Corpus, Outcome, RunConfig, RunFolder, Setup, Stop, Task, TrainError, run};
use crate::models::checkpoint::{Allowed, Checkpoint};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A model that can be trained.
pub trait Model: Task + Sized {
    /// Its settings.
    type Recipe: Serialize + DeserializeOwned;
    /// Its name on the command line and before its presets.
    const NAME: &'static str;

    /// Reads what is learnt from and builds the network.
    ///
    /// # Errors
    /// Where the settings contradict themselves, or files cannot be read.
    fn build(recipe: &Self::Recipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError>;

    /// The loop's settings.
    fn run_config(recipe: &mut Self::Recipe) -> &mut RunConfig;

    /// Writes the folder that others read, with the weights as they stand.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn write(&self, folder: &Path, about: &About, corpus: &Corpus) -> Result<PathBuf, TrainError>;
}

macro_rules! models {
    ($($task:ident, $recipe:ident, $name:literal, $build:expr, $write:expr;)*) => {
        $(impl Model for $task {
            type Recipe = $recipe;
            const NAME: &'static str = $name;

            fn build(recipe: &$recipe, corpus: &Corpus, setup: &Setup) -> Result<Self, TrainError> {
                $build(recipe, corpus, setup)
            }

            fn run_config(recipe: &mut $recipe) -> &mut RunConfig {
                &mut recipe.run
            }

            fn write(&self, folder: &Path, about: &About, corpus: &Corpus) -> Result<PathBuf, TrainError> {
                $write(self, folder, about, corpus)
            }
        })*
    };
}

models! {
    SignClipTask, SignClipRecipe, "sign-clip", SignClipTask::new, SignClipTask::save;
    MotionClipTask, MotionClipRecipe, "motion-clip", MotionClipTask::new, MotionClipTask::save;
    GptTask, GptRecipe, "gpt", GptTask::new, GptTask::save;
    VqVaeTask, VqVaeRecipe, "vq-vae", VqVaeTask::new,
        |task: &VqVaeTask, folder: &Path, _: &About, _: &Corpus| task.save(folder);
    TextTask, TextRecipe, "text",
        |recipe: &TextRecipe, corpus: &Corpus, setup: &Setup| TextTask::new(recipe, corpus.words(), setup),
        |task: &TextTask, folder: &Path, _: &About, _: &Corpus| task.save(folder);
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Done {
    /// The run's folder.
    pub run: PathBuf,
    /// The model's folder; none of a run that was stopped before its end.
    pub model: Option<PathBuf>,
    /// How it went.
    pub outcome: Outcome,
}

/// Trains a model, or goes on with it where the run has checkpoints, and writes the best weights as the
/// model's folder.
///
/// # Errors
/// As [`Model::build`], [`run`] and [`Model::write`].
pub fn train<M: Model>(
    recipe: &mut M::Recipe,
    corpus: &Corpus,
    setup: &Setup,
    folder: &RunFolder,
    product: (&Path, &About),
    stop: &Stop,
) -> Result<Done, TrainError> {
    let mut task = M::build(recipe, corpus, setup)?;
    let outcome = run(&mut task, M::run_config(recipe), folder, stop)?;
    let mut done = Done { run: folder.path().to_owned(), model: None, outcome };
    if done.outcome.ending == super::Ending::Stopped {
        return Ok(done);
    }
    if let Some(weights) = &done.outcome.weights {
        task.trainable().load(&Checkpoint::open(weights)?, &Allowed::none())?;
    }
    done.model = Some(task.write(product.0, product.1, corpus)?);
    Ok(done)
}
