//! Models that make motion of text, and what they made of the words of a bench.

use super::judge::Embedding;
use super::{Bench, Judge, ModelsError, Tell};
use crate::models::bundles::{BundleError, MotionClipBundle, T2mGptBundle};
use crate::pose::PoseSequence;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A model that makes motion of a word.
#[derive(Debug)]
pub enum Generator {
    /// T2M-GPT: another motion for each seed.
    T2mGpt(T2mGptBundle),
    /// MotionCLIP: one motion a word.
    MotionClip(MotionClipBundle),
}

impl Generator {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::T2mGpt(_) => "T2M-GPT",
            Self::MotionClip(_) => "MotionCLIP",
        }
    }

    /// How many different motions it makes of one word, of as many as are asked for.
    fn samples(&self, asked: usize) -> usize {
        match self {
            Self::T2mGpt(_) => asked.max(1),
            Self::MotionClip(_) => 1,
        }
    }

    /// A motion, as long as the model finds right.
    fn make(&self, text: &str, seed: u64) -> Result<PoseSequence, BundleError> {
        match self {
            Self::T2mGpt(bundle) => bundle.generate(text, seed, None),
            Self::MotionClip(bundle) => bundle.generate(text, None),
        }
    }
}

/// A motion that was made of a word.
#[derive(Clone, Debug)]
pub struct Motion {
    /// The word's number in the dataset.
    pub word: usize,
    /// The motion, in shoulder widths.
    pub pose: PoseSequence,
    /// How the judge reads it.
    pub embedding: Embedding,
}

/// What a generator made: of each word as many motions, one after another.
#[derive(Clone, Debug)]
pub struct Made {
    /// The generator.
    pub name: &'static str,
    /// Motions a word.
    pub samples: usize,
    /// `[words · samples]`, without those that could not be made.
    pub motions: Vec<Motion>,
}

/// Makes `samples` motions of each word; the `i`-th of word number `w` with the seed `seed + i · words + w`.
/// The judge, where there is one, reads them. What cannot be made is warned of and left out.
///
/// # Errors
/// [`ModelsError::NothingMade`].
pub fn make(
    generator: &Generator,
    bench: &Bench,
    judge: Option<&Judge>,
    (samples, seed): (usize, u64),
    tell: Tell,
) -> Result<Made, ModelsError> {
    let (samples, words) = (generator.samples(samples), bench.words().len());
    let asked: Vec<(usize, usize)> =
        (0..words).flat_map(|word| (0..samples).map(move |i| (word, i))).collect();
    let done = AtomicUsize::new(0);
    let one = |&(place, sample): &(usize, usize)| {
        let word = *bench.words().get(place)?;
        let seed = seed.wrapping_add((sample * words + place) as u64);
        let made = generator.make(bench.text(word), seed);
        tell("making motions", done.fetch_add(1, Ordering::Relaxed) + 1, asked.len());
        match made {
            Ok(pose) => Some(Motion { word, pose, embedding: None }),
            Err(error) => {
                tracing::warn!("{} makes nothing of {}: {error}", generator.name(), bench.text(word));
                None
            }
        }
    };
    let mut motions: Vec<Motion> = asked.par_iter().filter_map(one).collect();
    if motions.is_empty() {
        return Err(ModelsError::NothingMade { name: generator.name().into(), words });
    }
    if let Some(judge) = judge {
        let read = judge.embed(&motions.iter().map(|motion| &motion.pose).collect::<Vec<_>>());
        motions.iter_mut().zip(read).for_each(|(motion, read)| motion.embedding = read);
    }
    Ok(Made { name: generator.name(), samples, motions })
}
