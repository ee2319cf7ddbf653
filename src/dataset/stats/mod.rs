//! A dataset in figures: the rows of the paper's Table I, its Fig. 1 (words by category), who signs how
//! much, how long clips are, and how much of a signer is seen in them.

mod chart;
mod measure;
mod paper;

pub use chart::{Bar, bars};
pub use paper::{COMPARED, Factors, Published};

use crate::dataset::{Dataset, DatasetError, files};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A dataset in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// What it is called.
    pub name: String,
    /// Words that have clips.
    pub words: usize,
    /// Signers.
    pub signers: usize,
    /// Clips.
    pub samples: usize,
    /// Clips that are copies or augmentations of others.
    pub copies: usize,
    /// Clips of a word.
    pub repetitions: Spread,
    /// Clips of a word by one signer who signs it.
    pub repetitions_by_signer: Spread,
    /// Frames a second.
    pub fps: Spread,
    /// What a clip holds.
    pub modality: String,
    /// The length of all clips together, seconds.
    pub total_seconds: f64,
    /// The length of clips, seconds.
    pub seconds: Spread,
    /// The length of clips, frames.
    pub frames: Spread,
    /// Words by category, the largest first (the paper's Fig. 1).
    pub categories: Vec<CategoryCount>,
    /// Clips by signer, in the order of their names.
    pub by_signer: Vec<SignerCount>,
    /// Clips by their length.
    pub lengths: Vec<LengthCount>,
    /// How much is seen, part by part.
    pub presence: Vec<Presence>,
}

/// Least, mean and most of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The most.
    pub most: f64,
}

/// A category's words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryCount {
    /// Its name; `none` of words that have no category.
    pub name: String,
    /// How many words it has.
    pub words: usize,
    /// Their share of all words, 0 to 1.
    pub share: f64,
    /// How many clips these have.
    pub clips: usize,
}

/// A signer's clips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignerCount {
    /// The signer.
    pub signer: String,
    /// Clips.
    pub clips: usize,
    /// Words among them.
    pub words: usize,
    /// Their length, seconds.
    pub seconds: f64,
}

/// Clips of about one length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LengthCount {
    /// The shortest of them, frames.
    pub from_frames: usize,
    /// The longest, frames.
    pub to_frames: usize,
    /// How many clips.
    pub clips: usize,
}

/// How much of a part is seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Presence {
    /// The part: a component of the layout.
    pub part: String,
    /// The share of all frames in which any of its points is seen, 0 to 1.
    pub share: f64,
    /// Clips in which it is never seen.
    pub clips_without: usize,
}

impl Stats {
    /// Measures a dataset. `progress` is told how many clips are read.
    ///
    /// # Errors
    /// A clip cannot be read.
    pub fn of(dataset: &Dataset, progress: impl Fn(usize) + Sync) -> Result<Stats, DatasetError> {
        measure::stats(dataset, progress)
    }

    /// The rows of the paper's Table I.
    pub fn factors(&self) -> Factors {
        paper::factors(self)
    }

    /// The paper's Fig. 1 of this dataset, as SVG.
    pub fn categories_chart(&self) -> String {
        let bar = |count: &CategoryCount| Bar {
            label: count.name.clone(),
            value: count.words as f64,
            note: format!("{} ({:.1} %)", count.words, 100.0 * count.share),
        };
        bars(
            &format!("Words by category, {}", self.name),
            &self.categories.iter().map(bar).collect::<Vec<_>>(),
        )
    }

    /// How long clips are, as SVG.
    pub fn lengths_chart(&self) -> String {
        let bar = |count: &LengthCount| Bar {
            label: count.label(),
            value: count.clips as f64,
            note: count.clips.to_string(),
        };
        bars(&format!("Clips by frames, {}", self.name), &self.lengths.iter().map(bar).collect::<Vec<_>>())
    }

    /// Writes `stats.json`, `categories.svg` and `lengths.svg` into a folder, which is made where there is
    /// none, and says what was written.
    ///
    /// # Errors
    /// [`DatasetError::Io`].
    pub fn save(&self, folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
        std::fs::create_dir_all(folder).map_err(files::failed(folder, "making the folder"))?;
        let json = serde_json::to_string_pretty(self)
            .map_err(|error| DatasetError::File { path: folder.to_owned(), message: error.to_string() })?;
        let contents = [
            ("stats.json", json + "\n"),
            ("categories.svg", self.categories_chart()),
            ("lengths.svg", self.lengths_chart()),
        ];
        contents
            .into_iter()
            .map(|(name, text)| {
                let path = folder.join(name);
                files::write(&path, text.as_bytes()).map(|()| path)
            })
            .collect()
    }
}

impl LengthCount {
    /// The lengths as people write them.
    pub fn label(&self) -> String {
        format!("{}–{}", self.from_frames, self.to_frames)
    }
}
