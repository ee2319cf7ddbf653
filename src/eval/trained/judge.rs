//! A SignCLIP that reads clips: which word is each?

use super::{Bench, ModelsError, Shown, Tell};
use crate::models::sign_clip::{SignClip, SignClipError};
use crate::pose::PoseSequence;

/// Clips that are read and embedded at once.
const TOGETHER: usize = 16;

/// A SignCLIP, and the words of a bench as it reads them.
#[derive(Debug)]
pub struct Judge {
    model: SignClip,
    words: Vec<usize>,
    /// `[words][width]`
    texts: Vec<Vec<f32>>,
}

/// A clip's embedding, `[width]`; none where the model cannot read the clip.
pub(super) type Embedding = Option<Vec<f32>>;

impl Judge {
    /// Embeds the words of a bench.
    ///
    /// # Errors
    /// Where a word cannot be read.
    pub fn new(model: SignClip, bench: &Bench) -> Result<Self, ModelsError> {
        let texts: Vec<&str> = bench.words().iter().map(|&word| bench.text(word)).collect();
        let texts = model.embed_texts(&texts)?;
        Ok(Self { model, words: bench.words().to_vec(), texts })
    }

    /// The width of an embedding.
    pub fn width(&self) -> usize {
        self.model.width()
    }

    /// The words, as [`Bench::words`].
    pub fn words(&self) -> &[usize] {
        &self.words
    }

    /// The words' embeddings, `[words][width]`.
    pub fn texts(&self) -> &[Vec<f32>] {
        &self.texts
    }

    /// Embeds clips; what cannot be read is warned of.
    pub fn embed(&self, clips: &[&PoseSequence]) -> Vec<Embedding> {
        let alone = |clip: &&PoseSequence| self.model.embed_pose(clip).map_err(told).ok();
        let together = |clips: &[&PoseSequence]| match self.model.embed_poses(clips) {
            Ok(found) => found.into_iter().map(Some).collect(),
            Err(_) => clips.iter().map(alone).collect::<Vec<_>>(),
        };
        clips.chunks(TOGETHER).flat_map(together).collect()
    }

    /// Reads and embeds clips of the dataset; those that cannot be are left out with a warning.
    ///
    /// # Errors
    /// [`ModelsError::NoClips`] if that is all of them.
    pub fn embed_clips(
        &self,
        bench: &Bench,
        clips: &[usize],
        tell: Tell,
    ) -> Result<Vec<Shown<Vec<f32>>>, ModelsError> {
        let mut embedded = Vec::with_capacity(clips.len());
        for (chunk, some) in clips.chunks(TOGETHER).enumerate() {
            let shown = bench.read(some, Ok::<_, std::convert::Infallible>).unwrap_or_default();
            let found = self.embed(&shown.iter().map(|shown| &shown.of).collect::<Vec<_>>());
            let pairs = shown.into_iter().zip(found);
            embedded.extend(
                pairs.filter_map(|(Shown { clip, word, .. }, of)| Some(Shown { clip, word, of: of? })),
            );
            tell("embedding", (chunk * TOGETHER + some.len()).min(clips.len()), clips.len());
        }
        match embedded.is_empty() {
            true => Err(ModelsError::NoClips {
                part: bench.part().name(),
                split: bench.corpus().split().name.clone(),
            }),
            false => Ok(embedded),
        }
    }

    /// How near each word is to each clip, `[words, clips]`, by dot products, which are cosines where the
    /// model gives unit lengths; a clip that was not read is near to nothing.
    pub fn scores<'a>(&self, clips: impl Iterator<Item = Option<&'a [f32]>> + Clone) -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let row = |text: &Vec<f32>| {
            clips
                .clone()
                .map(|clip| clip.map_or(f32::NEG_INFINITY, |clip| dot(text, clip)))
                .collect::<Vec<_>>()
        };
        self.texts.iter().flat_map(row).collect()
    }
}

fn told(error: SignClipError) {
    tracing::warn!("the judge cannot read a clip: {error}");
}
