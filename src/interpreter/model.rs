//! What the interpreter asks of neural networks, without any network in it.
//!
//! A [`Retriever`] finds the signs of the lexicon that are nearest to a text; a [`Generator`] makes a
//! motion for one. Both are traits, so that what is done with their answers (thresholds, gates, marks,
//! what comes next) is written and tested here without weights, and networks know nothing of it.
//!
//! Whatever a model gives is material to be judged: a retriever's similarity is compared with the
//! threshold that its evaluation set, a generator's motion with its training data ([`Expectations`]).

use super::gates::Expectations;
use crate::body::Motion;
use crate::lexicon::{Entry, SignId, TrainedOn};
use crate::pose::PoseSequence;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A sign that a retriever found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The sign, of the lexicon that the retriever indexed.
    pub sign: SignId,
    /// Cosine similarity of the text's and the sign's embeddings, −1 to 1.
    pub similarity: f32,
}

/// Finds signs by what they mean. One retriever is of one lexicon, whose numbers it gives.
pub trait Retriever: Send + Sync {
    /// The model's name, as people read it.
    fn name(&self) -> &str;

    /// What it learnt from: a retriever that was trained on invented signs takes any sign for another.
    fn trained_on(&self) -> &TrainedOn;

    /// At least so similar is near enough; set by evaluation and stored with the model.
    fn threshold(&self) -> f32;

    /// The signs nearest to an Arabic text by [`Hit::similarity`], nearest first, at most `count`. The same text has the same
    /// answer.
    ///
    /// # Errors
    /// [`ModelFailure`] where the text cannot be embedded.
    fn nearest(&self, text: &str, count: usize) -> Result<Vec<Hit>, ModelFailure>;
}

/// What a generator is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationRequest<'a> {
    /// Arabic: a sign's word, or a clause of the headline as it stands there.
    pub text: &'a str,
    /// What is varied at random is varied by this: the same request has the same answer.
    pub seed: u64,
    /// So many frames at the model's own rate; none leaves the length to the model.
    pub frames: Option<usize>,
}

/// Makes motions from texts.
pub trait Generator: Send + Sync {
    /// Which of the architectures it is.
    fn kind(&self) -> GeneratorKind;

    /// The model's name and version, as provenance has it.
    fn model(&self) -> &str;

    /// What it learnt its motions from: a model that was trained on invented signs makes invented signs.
    fn trained_on(&self) -> &TrainedOn;

    /// Its training data's statistics, which its motions must keep to.
    fn expectations(&self) -> &Expectations;

    /// Landmarks with a body, both shoulders and hands; in any scale, at any rate from 1 to 1000 frames a
    /// second, in any layout whose components and points are named as Holistic's.
    ///
    /// # Errors
    /// [`ModelFailure`] where it has no motion for the text.
    fn generate(&self, request: &GenerationRequest) -> Result<PoseSequence, ModelFailure>;

    /// A way from one sign to the next: `frames` frames at [`Motion::FPS`] that follow `before` and lead
    /// to `after`, which are the last and the first moments of the two. None where the model makes none
    /// here, or its architecture none at all ([`GeneratorKind::bridges`]).
    fn bridge(&self, before: &Motion, after: &Motion, frames: usize, text: &str, seed: u64)
    -> Option<Motion>;
}

/// The architectures that motion is generated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GeneratorKind {
    /// Tokens of a VQ-VAE, predicted by a GPT (Zhang et al. 2023).
    T2mGpt,
    /// A transformer autoencoder in CLIP's space (Tevet et al. 2022).
    MotionClip,
}

impl GeneratorKind {
    /// All, in the order in which they are looked for.
    pub const ALL: [Self; 2] = [GeneratorKind::T2mGpt, GeneratorKind::MotionClip];

    /// Its name, as flags, files and messages have it.
    pub fn name(self) -> &'static str {
        match self {
            GeneratorKind::T2mGpt => "t2m-gpt",
            GeneratorKind::MotionClip => "motion-clip",
        }
    }

    /// Whether it makes ways from one sign to the next: a codebook says any piece of motion again in what it
    /// learnt, a latent code of a whole sign does not.
    pub fn bridges(self) -> bool {
        match self {
            GeneratorKind::T2mGpt => true,
            GeneratorKind::MotionClip => false,
        }
    }
}

/// Why a model has no answer, for people to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{model}: {message}")]
pub struct ModelFailure {
    /// The model.
    pub model: String,
    /// What was expected, and what was found.
    pub message: String,
}

/// The models that are loaded.
#[derive(Clone, Default)]
pub struct Models {
    /// Finds signs by meaning.
    pub retriever: Option<Arc<dyn Retriever>>,
    /// Make motion; the first is asked where none is named.
    pub generators: Vec<Arc<dyn Generator>>,
}

impl Models {
    /// The generator of a kind, or the first of all.
    pub fn generator(&self, kind: Option<GeneratorKind>) -> Option<&Arc<dyn Generator>> {
        self.generators_of(kind).next()
    }

    /// The generators of a kind, or all.
    pub(super) fn generators_of(
        &self,
        kind: Option<GeneratorKind>,
    ) -> impl Iterator<Item = &Arc<dyn Generator>> {
        self.generators.iter().filter(move |generator| kind.is_none_or(|kind| generator.kind() == kind))
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let generators: Vec<&str> = self.generators.iter().map(|generator| generator.model()).collect();
        f.debug_struct("Models")
            .field("retriever", &self.retriever.as_ref().map(|retriever| retriever.name()))
            .field("generators", &generators)
            .finish()
    }
}

/// What models are asked for a sign by: its gloss where that is Arabic, else its first form that is.
pub fn text_of(entry: &Entry) -> &str {
    let is_arabic = |text: &str| text.contains(|c: char| matches!(c, 'ء'..='غ' | 'ف'..='ي'));
    let forms = std::iter::once(&entry.gloss).chain(&entry.forms);
    forms.map(String::as_str).find(|form| is_arabic(form)).unwrap_or(&entry.gloss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Lexicon;

    #[test]
    fn a_sign_is_asked_for_by_its_arabic_word() {
        let lexicon = Lexicon::builtin().unwrap();
        for (_, entry) in lexicon.entries() {
            assert_eq!(text_of(entry), entry.gloss);
        }
        let (_, entry) = lexicon.entries().next().unwrap();
        let entry = Entry { gloss: "HOSPITAL".into(), forms: vec!["مشفى".into()], ..entry.clone() };
        assert_eq!(text_of(&entry), "مشفى");
    }

    #[test]
    fn failures_name_their_model() {
        let failure = ModelFailure { model: "signclip".into(), message: "expected text".into() };
        assert_eq!(failure.to_string(), "signclip: expected text");
    }
}
