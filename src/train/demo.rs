//! The demo models: everything that a fresh clone signs with by models, trained one after another from
//! nothing. Each run is kept, and one that was finished or broken off is not begun again.

use super::gpt::GptTask;
use super::motion_clip::MotionClipTask;
use super::sign_clip::SignClipTask;
use super::text::TextTask;
use super::vq_vae::VqVaeTask;
use super::{
    About, Corpus, Done, Ending, Model, RunAbout, RunFolder, Setup, Stop, TrainError, presets, train,
};
use crate::models::bundles::Loader;
use crate::models::weights::Places;
use candle_core::{DType, Device};
use std::path::{Path, PathBuf};

/// The preset that demo models are.
const PRESET: &str = "small";

/// What is trained where.
#[derive(Debug)]
pub struct Demo<'a> {
    /// The practice clips.
    pub corpus: &'a Corpus,
    /// Where the models go.
    pub models: PathBuf,
    /// Where the runs are kept.
    pub runs: PathBuf,
    /// Of all that is drawn.
    pub seed: u64,
    /// Changed settings, each after its model's name: `gpt.run.length.epochs=5`.
    pub changes: Vec<String>,
}

/// Trains them: text encoder, SignCLIP, VQ-VAE, GPT, MotionCLIP. A stopped one is the last of the list.
///
/// # Errors
/// As [`train`].
pub fn train_all(demo: &Demo, stop: &Stop) -> Result<Vec<Done>, TrainError> {
    let mut all = Vec::new();
    let text = demo.runs.join("text/model");
    let vq_vae = demo.runs.join("vq-vae/model");
    let on = |key: &str, folder: &Path| format!("model.{key}={:?}", folder.display().to_string());
    let steps: [&dyn Fn() -> Result<Done, TrainError>; 5] = [
        &|| demo.one::<TextTask>(&text, vec![], stop),
        &|| demo.one::<SignClipTask>(&demo.models.join("sign-clip"), vec![], stop),
        &|| demo.one::<VqVaeTask>(&vq_vae, vec![], stop),
        &|| {
            let on = vec![on("vq-vae", &vq_vae), on("text", &text)];
            demo.one::<GptTask>(&demo.models.join("t2m-gpt"), on, stop)
        },
        &|| demo.one::<MotionClipTask>(&demo.models.join("motion-clip"), vec![on("text", &text)], stop),
    ];
    for step in steps {
        let done = step()?;
        let is_stopped = done.outcome.ending == Ending::Stopped;
        all.push(done);
        if is_stopped {
            break;
        }
    }
    Ok(all)
}

impl Demo<'_> {
    fn one<M: Model>(
        &self,
        product: &Path,
        mut changes: Vec<String>,
        stop: &Stop,
    ) -> Result<Done, TrainError> {
        changes.push(format!("run.seed={}", self.seed));
        let own = self.changes.iter().filter_map(|change| change.strip_prefix(M::NAME)?.strip_prefix('.'));
        changes.extend(own.map(str::to_owned));
        let mut recipe: M::Recipe = presets::settings(PRESET, presets::text(M::NAME, PRESET)?, &changes)?;
        let known = self.corpus.dataset().about();
        let dataset = self.corpus.dataset().folder().display().to_string();
        let at = self.runs.join(M::NAME);
        let folder = match at.join("run.json").is_file() {
            true => RunFolder::open(&at)?,
            false => {
                let about = RunAbout::new(&format!("{}-{PRESET}", M::NAME), self.seed, "cpu", &dataset);
                RunFolder::create_at(&at, &presets::show(&recipe)?, &about)?
            }
        };
        let about = About {
            name: format!("demo {} on practice signs", M::NAME),
            trained_on: known.trained_on_kind.clone(),
            notes: format!(
                "A small model that shows that everything runs. It learnt invented practice signs by signers \
                 that do not exist ({}, seed {}): what it signs is NOT Syrian Arabic Sign Language. Made by \
                 `nashra data synth` and `nashra train demo`.",
                known.name, self.seed
            ),
            half: true,
        };
        let device = Device::Cpu;
        let setup = Setup {
            models: Loader::new(Places::new(None, None), device.clone()),
            device,
            dtype: DType::F32,
            seed: self.seed,
        };
        train::<M>(&mut recipe, self.corpus, &setup, &folder, (product, &about), stop)
    }
}
