//! Making the practice dataset: who signs what, and all of it onto disk.

use super::camera_noise::{Rates, seen_by_mediapipe};
use super::perform::perform;
use super::signer::{SIGNERS, Signer};
use crate::body::Motion;
use crate::dataset::dice::Dice;
use crate::dataset::{About, ClipRecord, Dataset, DatasetError, DatasetWriter, EncodedClip, Word};
use crate::lexicon::{Lexicon, LexiconError, SignClip, TrainedOn};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Changes whenever the same seed gives other clips.
const VERSION: u32 = 1;
/// Clips in memory at once.
const CHUNK: usize = 48;

/// Which practice dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Everything follows from it.
    pub seed: u64,
    /// How many of the 150 news words, the first ones; all where None.
    pub words: Option<usize>,
    /// Clips a word, shared by two signers.
    pub clips_per_word: usize,
}

/// What [`make`] did.
#[derive(Debug)]
pub struct Made {
    /// The dataset.
    pub dataset: Dataset,
    /// Whether the very same one was there already, and was kept.
    pub kept: bool,
}

/// Why the practice dataset cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// The practice lexicon's.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// The store's.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A news word without a notated motion.
    #[error("the practice lexicon has no notated sign {key:?}")]
    NoSign {
        /// The word's key.
        key: String,
    },
}

/// A clip to be made.
pub(super) struct Task {
    pub(super) word: usize,
    pub(super) signer: usize,
    pub(super) take: u32,
}

/// The user's folder for a seed's dataset: `nashra/datasets/practice-SEED` in the cache folder. None where
/// the environment names neither a cache folder nor a home.
pub fn default_folder(seed: u64) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join(format!("nashra/datasets/practice-{seed}")))
}

impl Practice {
    fn about(&self, words: usize) -> About {
        let Practice { seed, clips_per_word, .. } = self;
        About {
            name: format!("practice-{seed}"),
            trained_on_kind: TrainedOn::Practice,
            notes: format!(
                "Practice signs: invented, not Syrian Arabic Sign Language nor any other. Made by `nashra data \
                 synth --seed {seed} --words {words} --clips-per-word {clips_per_word}` (nashra {}, practice \
                 dataset {VERSION}): {SIGNERS} signers that do not exist, landmarks with a camera's mistakes.",
                env!("CARGO_PKG_VERSION")
            ),
        }
    }

    /// Who signs what: every word is signed by two signers, and words go round all pairs of signers, so that
    /// of 150 words each signer has 50.
    pub(super) fn tasks(&self, words: usize) -> Vec<Task> {
        let mut pairs: Vec<[usize; 2]> =
            (0..SIGNERS).flat_map(|a| (a + 1..SIGNERS).map(move |b| [a, b])).collect();
        Dice::new(self.seed, &["pairs"]).shuffle(&mut pairs);
        let mut tasks = Vec::new();
        for word in 0..words {
            let pair = pairs[word % pairs.len()];
            // Where clips are odd, the extra one goes to each of the two in turn.
            let first = (self.clips_per_word + word / pairs.len() % 2) / 2;
            for (signer, count) in pair.into_iter().zip([first, self.clips_per_word - first]) {
                tasks.extend((0..count as u32).map(|take| Task { word, signer, take }));
            }
        }
        tasks
    }
}

/// Makes the practice dataset in a folder, on all threads of rayon's pool. The same one that is there already
/// is kept unless `again`; another dataset is replaced only with `again`. `progress` is called with clips made
/// and clips in all.
///
/// # Errors
/// [`PracticeError::Dataset`] where the folder holds another dataset, or cannot be written.
pub fn make(
    folder: &Path,
    practice: &Practice,
    again: bool,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Made, PracticeError> {
    let lexicon = Lexicon::builtin()?;
    let mut keys = Lexicon::news_words()?;
    keys.truncate(practice.words.unwrap_or(usize::MAX));
    let about = practice.about(keys.len());
    let tasks = practice.tasks(keys.len());
    if !again
        && let Ok(dataset) = Dataset::open(folder)
        && dataset.about() == &about
        && dataset.clips().len() == tasks.len()
    {
        return Ok(Made { dataset, kept: true });
    }
    let mut writer = match again {
        true => DatasetWriter::replace(folder, about)?,
        false => DatasetWriter::create(folder, about)?,
    };
    let signs = signs(&lexicon, &keys, &mut writer)?;
    let signers = Signer::all(practice.seed);
    for (chunk, part) in tasks.chunks(CHUNK).enumerate() {
        let make = |task: &Task| made(practice.seed, &keys[task.word], &signers[task.signer], task, &signs);
        let clips: Vec<_> = part.par_iter().map(make).collect();
        for made in clips {
            let (record, clip) = made?;
            writer.push_encoded(record, &clip)?;
        }
        progress((chunk * CHUNK + part.len()).min(tasks.len()), tasks.len());
    }
    Ok(Made { dataset: writer.finish()?, kept: false })
}

/// The signs' motions; their words go into the dataset in the same order.
fn signs(
    lexicon: &Lexicon,
    keys: &[String],
    writer: &mut DatasetWriter,
) -> Result<Vec<Arc<Motion>>, PracticeError> {
    let mut signs = Vec::new();
    for key in keys {
        let no_sign = || PracticeError::NoSign { key: key.clone() };
        let id = lexicon.by_key(key).ok_or_else(no_sign)?;
        let SignClip::Notated(motion) = lexicon.clip(id)? else { return Err(no_sign()) };
        let entry = lexicon.entry(id);
        writer.word(Word {
            key: key.clone(),
            gloss: entry.gloss.clone(),
            category: entry.category.name().to_owned(),
            forms: entry.forms.clone(),
        });
        signs.push(motion);
    }
    Ok(signs)
}

fn made(
    seed: u64,
    key: &str,
    signer: &Signer,
    task: &Task,
    signs: &[Arc<Motion>],
) -> Result<(ClipRecord, EncodedClip), PracticeError> {
    let id = format!("{key}-{}-{}", signer.name, task.take);
    let mut dice = Dice::new(seed, &["clip", &id]);
    let clean = perform(signer, &signs[task.word], &mut dice);
    let clip = seen_by_mediapipe(&clean, signer.camera.scale_px, &Rates::MEASURED, &mut dice);
    let encoded =
        EncodedClip::new(&clip).map_err(|message| DatasetError::Unstorable { id: id.clone(), message })?;
    let record = ClipRecord {
        id,
        word: task.word,
        signer: signer.name.clone(),
        session: format!("{}-1", signer.name),
        take: task.take,
        fps: clip.fps,
        frames: clip.frame_count(),
        source: "practice sign, made".to_owned(),
        copy_of: None,
    };
    Ok((record, encoded))
}
