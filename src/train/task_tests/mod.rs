//! The tasks themselves: each network learns, all of it, from a practice dataset of a few clips, and what is
//! written is what was trained.

mod corpus;
mod products;

use super::gpt::GptTask;
use super::motion_clip::MotionClipTask;
use super::sign_clip::SignClipTask;
use super::text::TextTask;
use super::vq_vae::VqVaeTask;
use super::{About, Corpus, Ending, Model, RunAbout, RunFolder, Setup, Stop, Task, metrics, presets, run};
use crate::dataset::SplitRule;
use crate::dataset::synth::{Practice, make};
use crate::lexicon::TrainedOn;
use crate::models::bundles::Loader as Models;
use crate::models::weights::Places;
use candle_core::{DType, Device};
use std::path::Path;
use std::sync::LazyLock;

/// Few clips of few words. Their folder is gone, what was mapped of it stays.
static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let practice = Practice { seed: 3, words: Some(4), clips_per_word: 4 };
    let dataset = make(folder.path(), &practice, false, &mut |_, _| ()).unwrap().dataset;
    let split = SplitRule::Take.apply(&dataset, 1).unwrap();
    Corpus::new(dataset, split).unwrap()
});

/// Sizes with which a hundred steps take moments.
fn tiny(model: &str) -> Vec<&'static str> {
    let own: &[&str] = match model {
        "sign-clip" => &[
            "model.small.width=32",
            "model.small.layers=1",
            "model.small.words=60",
            "model.max-frames=8",
            "run.early-stopping.metric=text-to-pose MedR",
        ],
        "vq-vae" => &[
            "model.codebooks=[[\"body\"], [\"left-hand\", \"right-hand\"]]",
            "model.codes=16",
            "model.code-dim=8",
            "model.width=16",
            "model.depth=1",
            "training.window=8",
            "data.fps=15",
        ],
        "gpt" => &["model.width=32", "model.heads=2", "model.layers=1", "model.longest=20"],
        "motion-clip" => &[
            "model.parts=[\"body\"]",
            "model.frames=8",
            "model.feed-forward=32",
            "model.layers=1",
            "model.heads=2",
            "data.fps=15",
        ],
        _ => &["model.width=32", "model.layers=1", "model.words=60"],
    };
    [own, &["run.length={ steps = 101 }", "run.batch-size=4", "run.log-every=1", "run.ema=0"]].concat()
}

fn recipe<M: Model>(changes: &[String]) -> M::Recipe {
    let mut all: Vec<String> = tiny(M::NAME).into_iter().map(str::to_owned).collect();
    all.extend(["run.validate-every={ steps = 0 }".to_owned(), "run.sample-every={ steps = 0 }".to_owned()]);
    all.extend_from_slice(changes);
    presets::settings("small", presets::text(M::NAME, "small").unwrap(), &all).unwrap()
}

fn setup(dtype: DType) -> Setup {
    let models = Models::new(Places::new(None, None), Device::Cpu);
    Setup { device: Device::Cpu, dtype, seed: 1, models }
}

fn about() -> About {
    About { name: "a test".into(), trained_on: TrainedOn::Practice, notes: String::new(), half: false }
}

fn task<M: Model>(changes: &[String]) -> M {
    M::build(&recipe::<M>(changes), &CORPUS, &setup(DType::F32)).unwrap()
}

/// What a GPT or a MotionCLIP stands on, untrained, and the settings that name it.
fn stands_on(model: &str, folder: &Path) -> Vec<String> {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let mut changes = Vec::new();
    if model == "gpt" || model == "motion-clip" {
        let text = task::<TextTask>(&[]).write(&folder.join("text"), &about(), &CORPUS).unwrap();
        changes.push(format!("model.text={}", quoted(&text)));
    }
    if model == "gpt" {
        let vq_vae = task::<VqVaeTask>(&[]).write(&folder.join("vq-vae"), &about(), &CORPUS).unwrap();
        changes.push(format!("model.vq-vae={}", quoted(&vq_vae)));
    }
    changes
}

/// Trains: the losses of all steps. The engine ends with an error where a parameter has not moved by step 100.
fn losses<M: Model>(dtype: DType, changes: &[&str]) -> Vec<f64> {
    let root = tempfile::tempdir().unwrap();
    let mut all = stands_on(M::NAME, root.path());
    all.extend(changes.iter().map(|change| (*change).to_owned()));
    let mut recipe = recipe::<M>(&all);
    let mut task = M::build(&recipe, &CORPUS, &setup(dtype)).unwrap();
    let folder = RunFolder::create(root.path(), "", &RunAbout::default()).unwrap();
    let outcome = run(&mut task, M::run_config(&mut recipe), &folder, &Stop::new()).unwrap();
    assert_eq!(outcome.ending, Ending::Finished);
    assert!(outcome.best.is_some_and(f64::is_finite), "{outcome:?}");
    assert!(task.trainable().vars().values().all(|var| var.dtype() == DType::F32));
    let rows = metrics::read(&folder.path().join("metrics.csv")).unwrap();
    rows.iter().filter(|row| row.split == "train" && row.name == "loss").map(|row| row.value).collect()
}

fn learns<M: Model>() {
    let losses = losses::<M>(DType::F32, &[]);
    assert_eq!(losses.len(), 101);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (first, last) = (mean(&losses[..10]), mean(&losses[91..]));
    assert!(last < 0.95 * first, "{first} {last}");
}

#[test]
fn all_of_a_sign_clip_learns() {
    learns::<SignClipTask>();
}

#[test]
fn all_of_a_vq_vae_learns() {
    learns::<VqVaeTask>();
}

#[test]
fn all_of_a_gpt_learns() {
    learns::<GptTask>();
}

#[test]
fn all_of_a_motion_clip_learns() {
    learns::<MotionClipTask>();
}

#[test]
fn all_of_a_text_encoder_learns() {
    learns::<TextTask>();
}

/// Sixteen bits begin where thirty-two do, within what they can tell apart.
#[test]
fn all_are_trained_in_sixteen_bits_too() {
    fn alike<M: Model>() {
        let few = ["run.length={ steps = 8 }"];
        let (half, whole) = (losses::<M>(DType::BF16, &few), losses::<M>(DType::F32, &few));
        assert!(half.len() == 8 && half.iter().all(|loss| loss.is_finite()), "{half:?}");
        assert!((half[0] - whole[0]).abs() < 0.05 * whole[0], "{} {half:?} {whole:?}", M::NAME);
    }
    alike::<SignClipTask>();
    alike::<VqVaeTask>();
    alike::<GptTask>();
    alike::<MotionClipTask>();
    alike::<TextTask>();
}
