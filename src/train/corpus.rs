//! Clips of a dataset, split, as training reads them: in parallel, in order, and past the broken ones.

use super::TrainError;
use crate::dataset::{Dataset, Leak, Part as Portion, Split, Word};
use crate::pose::PoseSequence;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A dataset and what of it is for what.
#[derive(Debug)]
pub struct Corpus {
    dataset: Dataset,
    split: Split,
}

impl Corpus {
    /// A dataset by a split of it.
    ///
    /// # Errors
    /// Where a clip of one part is a copy of another part's, and where nothing is left to learn from or to judge by.
    pub fn new(dataset: Dataset, split: Split) -> Result<Self, TrainError> {
        if let Some(Leak { clip: (clip, part), other: (other, elsewhere) }) = split.leaks(&dataset).first() {
            let id = |clip: &usize| dataset.clips().get(*clip).map_or("?", |record| record.id.as_str());
            let reason = format!(
                "the split {}: {} ({}) and {} ({}) are copies of one clip",
                split.name,
                id(clip),
                part.name(),
                id(other),
                elsewhere.name()
            );
            return Err(TrainError::Settings(reason));
        }
        let corpus = Self { dataset, split };
        for portion in [Portion::Train, Portion::Validation] {
            if corpus.clips(portion).is_empty() {
                return Err(no_clips(portion));
            }
        }
        Ok(corpus)
    }

    /// The dataset.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The split.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// All words, also those that a portion lacks; a label is an index of this.
    pub fn words(&self) -> &[Word] {
        self.dataset.words()
    }

    /// The label of a clip.
    pub fn label(&self, clip: usize) -> u32 {
        self.dataset.clips().get(clip).map_or(u32::MAX, |record| record.word as u32)
    }

    /// The clips of a portion.
    pub fn clips(&self, portion: Portion) -> &[usize] {
        self.split.part(portion)
    }

    /// Reads clips and makes something of each, in their order. Clips of which nothing can be made are
    /// left out with a warning.
    ///
    /// # Errors
    /// Where nothing can be made of any.
    pub fn read<T: Send, E: std::fmt::Display>(
        &self,
        portion: Portion,
        make: impl Fn(usize, PoseSequence) -> Result<T, E> + Sync,
    ) -> Result<Vec<T>, TrainError> {
        let made = self.read_these(self.clips(portion), make);
        if made.is_empty() {
            return Err(no_clips(portion));
        }
        Ok(made)
    }

    /// As [`Self::read`], of any clips; perhaps of none.
    pub fn read_these<T: Send, E: std::fmt::Display>(
        &self,
        clips: &[usize],
        make: impl Fn(usize, PoseSequence) -> Result<T, E> + Sync,
    ) -> Vec<T> {
        let read = |&clip: &usize| {
            let sequence = self.dataset.read(clip).map_err(|error| error.to_string())?;
            make(clip, sequence).map_err(|error| error.to_string())
        };
        let made: Vec<Result<T, String>> = clips.par_iter().map(read).collect();
        let mut kept = Vec::with_capacity(made.len());
        for (clip, made) in clips.iter().zip(made) {
            match made {
                Ok(made) => kept.push(made),
                Err(reason) => {
                    let id = self.dataset.clips().get(*clip).map_or("?", |record| record.id.as_str());
                    tracing::warn!("clip {id} is left out: {reason}");
                }
            }
        }
        kept
    }

    /// How often each label is among clips.
    pub fn counts(&self, clips: &[usize]) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for &clip in clips {
            *counts.entry(self.label(clip)).or_default() += 1;
        }
        counts
    }
}

fn no_clips(portion: Portion) -> TrainError {
    TrainError::Settings(format!(
        "expected clips in the split's {} part, found none that can be read",
        portion.name()
    ))
}
