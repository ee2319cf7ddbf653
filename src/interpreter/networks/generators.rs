//! T2M-GPT and MotionCLIP as the interpreter asks for them.

use super::{Card, NetworkError};
use crate::body::{Motion, maths::minimum_jerk};
use crate::interpreter::gates::Expectations;
use crate::interpreter::landmarks;
use crate::interpreter::model::{GenerationRequest, Generator, GeneratorKind, ModelFailure};
use crate::lexicon::TrainedOn;
use crate::models::bundles::{BundleError, Loader, MotionClipBundle, T2mGptBundle};
use crate::pose::{Interpolation, PoseSequence};
use crate::retarget;
use std::path::Path;

/// T2M-GPT with its card.
#[derive(Debug)]
pub struct T2mGptGenerator {
    bundle: T2mGptBundle,
    card: Card,
    expectations: Expectations,
}

/// MotionCLIP with its card.
#[derive(Debug)]
pub struct MotionClipGenerator {
    bundle: MotionClipBundle,
    card: Card,
    expectations: Expectations,
}

impl T2mGptGenerator {
    /// Loads a folder.
    ///
    /// # Errors
    /// Where it is broken, or its card has no expectations.
    pub fn load(folder: &Path, card: Card, loader: &Loader) -> Result<Self, NetworkError> {
        let expectations = card.expectations(folder)?;
        Ok(Self { bundle: T2mGptBundle::load(folder, loader)?, card, expectations })
    }
}

impl MotionClipGenerator {
    /// Loads a folder.
    ///
    /// # Errors
    /// Where it is broken, or its card has no expectations.
    pub fn load(folder: &Path, card: Card, loader: &Loader) -> Result<Self, NetworkError> {
        let expectations = card.expectations(folder)?;
        Ok(Self { bundle: MotionClipBundle::load(folder, loader)?, card, expectations })
    }
}

fn failure(card: &Card, error: &BundleError) -> ModelFailure {
    ModelFailure { model: card.name.clone(), message: error.to_string() }
}

impl Generator for T2mGptGenerator {
    fn kind(&self) -> GeneratorKind {
        GeneratorKind::T2mGpt
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

    fn generate(&self, request: &GenerationRequest) -> Result<PoseSequence, ModelFailure> {
        let made = self.bundle.generate(request.text, request.seed, request.frames);
        made.map_err(|error| failure(&self.card, &error))
    }

    /// The way is sketched as a smooth line and then said by the codebook, which knows no other ways than
    /// those it learnt. Text and seed do not matter.
    fn bridge(&self, before: &Motion, after: &Motion, frames: usize, _: &str, _: u64) -> Option<Motion> {
        let sketch = sketch(before, after, frames)?;
        let rate = self.bundle.config().fps;
        let clip = landmarks::of_motion(&sketch).resample(rate, Interpolation::Linear).ok()?;
        // A whole number of tokens, or the end would be cut off.
        let missing =
            clip.frame_count().next_multiple_of(self.bundle.frames_per_token()) - clip.frame_count();
        let said = self.bundle.reconstruct(&held(clip, missing)).ok()?;
        let motion = retarget::articulate(&said).ok()?.motion;
        let start = before.frames.len() as f32 / Motion::FPS;
        let at = |i: usize| motion.sample(start + i as f32 / Motion::FPS);
        let frames = (0..frames).map(at).collect::<Option<Vec<_>>>()?;
        Some(Motion { fps: Motion::FPS, frames })
    }
}

impl Generator for MotionClipGenerator {
    fn kind(&self) -> GeneratorKind {
        GeneratorKind::MotionClip
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

    /// The seed does not matter: the network draws nothing.
    fn generate(&self, request: &GenerationRequest) -> Result<PoseSequence, ModelFailure> {
        let made = self.bundle.generate(request.text, request.frames);
        made.map_err(|error| failure(&self.card, &error))
    }

    fn bridge(&self, _: &Motion, _: &Motion, _: usize, _: &str, _: u64) -> Option<Motion> {
        None
    }
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
