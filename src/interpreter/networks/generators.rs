//! T2M-GPT and MotionCLIP as the interpreter asks for them.

use super::{Card, NetworkError};
use crate::body::{Motion, maths::minimum_jerk};
use crate::interpreter::gates::Expectations;
use crate::interpreter::landmarks;
use crate::interpreter::model::{GenerationRequest, Generator, GeneratorKind, ModelFailure};
use crate::lexicon::TrainedOn;
use crate::models::bundles::{Loader, MotionClipBundle, T2mGptBundle};
use crate::pose::{Interpolation, PoseSequence};
use crate::retarget;
use std::path::Path;

/// A generator's network with its card.
#[derive(Debug)]
pub struct BundleGenerator {
    bundle: Bundle,
    card: Card,
    expectations: Expectations,
}

#[derive(Debug)]
enum Bundle {
    T2mGpt(Box<T2mGptBundle>),
    MotionClip(Box<MotionClipBundle>),
}

impl BundleGenerator {
    /// Loads a folder of a kind.
    ///
    /// # Errors
    /// Where it is broken, or its card has no expectations.
    pub fn load(
        kind: GeneratorKind,
        folder: &Path,
        card: Card,
        loader: &Loader,
    ) -> Result<Self, NetworkError> {
        let expectations = card.expectations(folder)?;
        let bundle = match kind {
            GeneratorKind::T2mGpt => Bundle::T2mGpt(Box::new(T2mGptBundle::load(folder, loader)?)),
            GeneratorKind::MotionClip => {
                Bundle::MotionClip(Box::new(MotionClipBundle::load(folder, loader)?))
            }
        };
        Ok(Self { bundle, card, expectations })
    }
}

impl Generator for BundleGenerator {
    fn kind(&self) -> GeneratorKind {
        match self.bundle {
            Bundle::T2mGpt(_) => GeneratorKind::T2mGpt,
            Bundle::MotionClip(_) => GeneratorKind::MotionClip,
        }
    }

    fn model(&self) -> &str {
        &self.card.name
    }

    fn trained_on(&self) -> &TrainedOn {
        &self.card.trained_on
    }

    fn expectations(&self) -> &Expectations {
        &self.expectations
    }

    /// To MotionCLIP the seed does not matter: it draws nothing.
    fn generate(&self, request: &GenerationRequest) -> Result<PoseSequence, ModelFailure> {
        let GenerationRequest { text, seed, frames } = *request;
        let made = match &self.bundle {
            Bundle::T2mGpt(bundle) => bundle.generate(text, seed, frames),
            Bundle::MotionClip(bundle) => bundle.generate(text, frames),
        };
        made.map_err(|error| ModelFailure { model: self.card.name.clone(), message: error.to_string() })
    }

    /// T2M-GPT's way is sketched as a smooth line and then said by the codebook, which knows no other ways
    /// than those it learnt. Text and seed do not matter.
    fn bridge(&self, before: &Motion, after: &Motion, frames: usize, _: &str, _: u64) -> Option<Motion> {
        match &self.bundle {
            Bundle::T2mGpt(bundle) => said(bundle, before, after, frames),
            Bundle::MotionClip(_) => None,
        }
    }
}

/// The way from `before` to `after` as a codebook says it.
fn said(bundle: &T2mGptBundle, before: &Motion, after: &Motion, frames: usize) -> Option<Motion> {
    let sketch = sketch(before, after, frames)?;
    let clip = landmarks::of_motion(&sketch).resample(bundle.config().fps, Interpolation::Linear).ok()?;
    // A whole number of tokens, or the end would be cut off.
    let missing = clip.frame_count().next_multiple_of(bundle.frames_per_token()) - clip.frame_count();
    let said = bundle.reconstruct(&held(clip, missing)).ok()?;
    let motion = retarget::articulate(&said).ok()?.motion;
    let start = before.frames.len() as f32 / Motion::FPS;
    let at = |i: usize| motion.sample(start + i as f32 / Motion::FPS);
    let frames = (0..frames).map(at).collect::<Option<Vec<_>>>()?;
    Some(Motion { fps: Motion::FPS, frames })
}

/// `before`, a smooth line of so many frames, `after`.
fn sketch(before: &Motion, after: &Motion, frames: usize) -> Option<Motion> {
    let (from, to) = (before.frames.last()?, after.frames.first()?);
    let between = (1..=frames).map(|i| from.lerp(to, minimum_jerk(i as f32 / (frames + 1) as f32)));
    let all = before.frames.iter().cloned().chain(between).chain(after.frames.iter().cloned());
    Some(Motion { fps: Motion::FPS, frames: all.collect() })
}

/// The clip with its last frame so many times more.
fn held(mut clip: PoseSequence, more: usize) -> PoseSequence {
    let Some(last) = clip.frame_count().checked_sub(1) else { return clip };
    let (positions, confidences) = (clip.frame(last).to_vec(), clip.frame_confidences(last).to_vec());
    for _ in 0..more {
        clip.positions.extend_from_slice(&positions);
        clip.confidences.extend_from_slice(&confidences);
    }
    clip
}
