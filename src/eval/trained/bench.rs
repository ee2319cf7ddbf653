//! What models are judged on: the words of a part of a split, their clips, and those of training.

use super::ModelsError;
use crate::dataset::Part;
use crate::pose::PoseSequence;
use crate::train::{Corpus, left_handed};
use std::collections::BTreeSet;

/// Told how far a step is: its name, how much is done, of how much.
pub type Tell<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// A clip of the dataset and the word that it shows.
#[derive(Clone, Debug)]
pub struct Shown<T = PoseSequence> {
    /// The clip's number in the dataset.
    pub clip: usize,
    /// The word's number in the dataset.
    pub word: usize,
    /// The clip, or what was made of it.
    pub of: T,
}

/// Words and clips to judge by.
#[derive(Debug)]
pub struct Bench<'a> {
    corpus: &'a Corpus,
    part: Part,
    words: Vec<usize>,
    left_handed: Vec<String>,
}

impl<'a> Bench<'a> {
    /// The words that a part has clips of; the first `limit` of them where that is given.
    ///
    /// # Errors
    /// [`ModelsError::NoClips`].
    pub fn new(corpus: &'a Corpus, part: Part, limit: Option<usize>) -> Result<Self, ModelsError> {
        let records = corpus.dataset().clips();
        let of = |clip: &usize| records.get(*clip).map(|record| record.word);
        let words: BTreeSet<usize> = corpus.clips(part).iter().filter_map(of).collect();
        let words: Vec<usize> = words.into_iter().take(limit.unwrap_or(usize::MAX)).collect();
        match words.is_empty() {
            true => Err(ModelsError::NoClips { part: part.name(), split: corpus.split().name.clone() }),
            false => Ok(Self { corpus, part, words, left_handed: left_handed(corpus) }),
        }
    }

    /// The corpus.
    pub fn corpus(&self) -> &'a Corpus {
        self.corpus
    }

    /// The part that is judged on.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The words, as numbers of the dataset, rising.
    pub fn words(&self) -> &[usize] {
        &self.words
    }

    /// The text that stands for a word: its gloss, its key where it has none.
    pub fn text(&self, word: usize) -> &'a str {
        let word = self.corpus.words().get(word);
        word.map_or("", |word| if word.gloss.is_empty() { &word.key } else { &word.gloss })
    }

    /// The clips of the words in a part.
    pub fn clips(&self, part: Part) -> Vec<usize> {
        let is_of = |clip: &&usize| self.words.binary_search(&self.word(**clip)).is_ok();
        self.corpus.clips(part).iter().filter(is_of).copied().collect()
    }

    fn word(&self, clip: usize) -> usize {
        self.corpus.dataset().clips().get(clip).map_or(usize::MAX, |record| record.word)
    }

    /// Who signs a clip.
    pub fn signer(&self, clip: usize) -> &'a str {
        self.corpus.dataset().clips().get(clip).map_or("", |record| record.signer.as_str())
    }

    /// Makes something of clips, in their order; those of which nothing can be made are left out with a
    /// warning.
    ///
    /// # Errors
    /// [`ModelsError::NoClips`] if nothing can be made of any.
    pub fn read<T: Send, E: std::fmt::Display>(
        &self,
        clips: &[usize],
        make: impl Fn(PoseSequence) -> Result<T, E> + Sync,
    ) -> Result<Vec<Shown<T>>, ModelsError> {
        let read = self
            .corpus
            .read_these(clips, |clip, pose| make(pose).map(|of| Shown { clip, word: self.word(clip), of }));
        match read.is_empty() {
            true => Err(ModelsError::NoClips { part: "named", split: self.corpus.split().name.clone() }),
            false => Ok(read),
        }
    }

    /// The clips as generators learn them: mirrored where the signer leads with the left hand.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn led_by_right(&self, clips: &[usize]) -> Result<Vec<Shown>, ModelsError> {
        let mut shown = self.read(clips, Ok::<_, std::convert::Infallible>)?;
        for shown in &mut shown {
            if self.left_handed.iter().any(|name| name == self.signer(shown.clip))
                && let Ok(mirrored) = shown.of.mirror_horizontal()
            {
                shown.of = mirrored;
            }
        }
        Ok(shown)
    }
}
