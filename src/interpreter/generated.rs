//! Motions that a model makes, where they pass the gates.
//!
//! What passes is read as a recording would be and cut to its stroke. It is kept by its text, together
//! with what did not pass: the same text and seed give the same motion, so asking again would change
//! nothing.

use super::gates::judge;
use super::kept::Kept;
use super::model::{GenerationRequest, Generator, text_of};
use super::source::{MotionSource, PassedOver, SignRequest, SourcedMotion};
use super::{SignKind, trim};
use crate::body::Motion;
use crate::lexicon::{Category, Provenance};
use std::sync::Arc;

/// How many motions are kept: about 20 MB.
const ROOM: usize = 512;

/// A generator with its gates.
pub(super) struct Generated {
    pub(super) generator: Arc<dyn Generator>,
    seed: u64,
    on_air: bool,
    made: Kept<String, Result<Arc<Motion>, PassedOver>>,
}

impl Generated {
    pub(super) fn new(generator: Arc<dyn Generator>, seed: u64, on_air: bool) -> Self {
        Self { generator, seed, on_air, made: Kept::with_room(ROOM) }
    }

    /// What its motions come from.
    fn provenance(&self) -> Provenance {
        Provenance::Generated {
            model: self.generator.model().to_owned(),
            seed: self.seed,
            trained_on: self.generator.trained_on().clone(),
        }
    }

    /// Whether its motions may be shown.
    ///
    /// # Errors
    /// [`PassedOver`] on air, where the model learnt from practice signs.
    pub(super) fn permitted(&self) -> Result<Provenance, PassedOver> {
        let provenance = self.provenance();
        if self.on_air && !provenance.may_go_on_air() {
            return Err(PassedOver(format!(
                "{} learnt from practice signs, which are refused on air",
                self.generator.model()
            )));
        }
        Ok(provenance)
    }

    /// The motion of a text of so many signs.
    ///
    /// # Errors
    /// [`PassedOver`] where the model has none, or none that passes the gates.
    pub(super) fn make(&self, text: &str, signs: usize) -> Result<SourcedMotion, PassedOver> {
        let provenance = self.permitted()?;
        // Judged by how many signs it has too, but a text has always as many.
        let made = self.made.get_or_make(text.to_owned(), || self.fresh(text, signs))?;
        Ok(SourcedMotion { motion: made?, provenance })
    }

    /// The outer error is the model's, which may do better another time; the inner is the gates'.
    fn fresh(&self, text: &str, signs: usize) -> Result<Result<Arc<Motion>, PassedOver>, PassedOver> {
        let request = GenerationRequest { text, seed: self.seed, frames: None };
        let clip = self.generator.generate(&request).map_err(|error| PassedOver(error.to_string()))?;
        let judged = judge(&clip, self.generator.expectations(), signs);
        Ok(judged.map(|motion| Arc::new(trim::stroke(&motion))).map_err(|rejection| {
            PassedOver(format!("the motion of {} is turned down: {rejection}", self.generator.model()))
        }))
    }

    fn text<'a>(&self, request: &SignRequest<'a>) -> Result<&'a str, PassedOver> {
        if request.kind == SignKind::Spelled || request.entry.category == Category::Letter {
            return Err(PassedOver("letters are spelled".into()));
        }
        if request.kind == SignKind::Number || request.entry.category == Category::Number {
            return Err(PassedOver("a number must be exact".into()));
        }
        Ok(text_of(request.entry))
    }
}

impl MotionSource for Generated {
    fn name(&self) -> &'static str {
        "generated"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        self.make(self.text(request)?, 1)
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        self.text(request)?;
        self.permitted()
    }
}
