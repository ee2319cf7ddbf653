//! The sign whose meaning is nearest to what is asked for.
//!
//! Near is not the same: the sign may be another word's, and its provenance says whose. So nothing below
//! the retriever's threshold is taken, a number is never taken for another one, letters are never taken,
//! and a recording that is near enough goes before any practice sign, however near that is. The whole
//! lexicon is searched for it, because any number of practice signs may be nearer. On air nothing is taken
//! that a retriever of practice signs found.

use super::SignKind;
use super::kept::Kept;
use super::model::{Hit, Retriever, text_of};
use super::recorded::Recorded;
use super::source::{MotionSource, PassedOver, SignRequest, SourcedMotion};
use crate::lexicon::{Category, Entry, Lexicon, Provenance, SignId};
use std::sync::{Arc, OnceLock};

/// How many answers of the retriever are kept.
const ROOM: usize = 2048;

/// Signs of the lexicon by nearness; of one lexicon, since a retriever is.
pub(super) struct Retrieved {
    retriever: Arc<dyn Retriever>,
    recorded: Arc<Recorded>,
    /// Whether practice signs may be retrieved where no recording is near enough.
    practice: bool,
    on_air: bool,
    /// Whether the lexicon has any sign that may be retrieved: embedding a text takes longer than a look.
    any: OnceLock<bool>,
    /// The hits that are near enough; where none is, the nearest.
    hits: Kept<String, Arc<[Hit]>>,
}

/// A sign that is near enough, and how it got here.
pub(super) struct Found {
    pub(super) sign: SignId,
    pub(super) provenance: Provenance,
}

impl Retrieved {
    pub(super) fn new(
        retriever: Arc<dyn Retriever>,
        recorded: Arc<Recorded>,
        practice: bool,
        on_air: bool,
    ) -> Self {
        Self { retriever, recorded, practice, on_air, any: OnceLock::new(), hits: Kept::with_room(ROOM) }
    }

    /// The nearest sign for a text; `own` is the sign that the text is the word of, if it has one.
    ///
    /// # Errors
    /// [`PassedOver`] where none is near enough that may be taken.
    pub(super) fn find(
        &self,
        text: &str,
        own: Option<SignId>,
        lexicon: &Lexicon,
    ) -> Result<Found, PassedOver> {
        if !self.any.get_or_init(|| self.has_any(lexicon)) {
            return Err(PassedOver("the lexicon has no recordings".into()));
        }
        if self.on_air && self.retriever.trained_on().is_practice() {
            return Err(PassedOver(format!(
                "{} learnt from practice signs: what it finds is refused on air",
                self.retriever.name()
            )));
        }
        let threshold = self.retriever.threshold();
        let hits = self.hits.get_or_make(text.to_owned(), || self.near_enough(text, lexicon, threshold))?;
        let known = hits.iter().filter(|hit| (hit.sign.0 as usize) < lexicon.len());
        let mut near: Vec<(&Hit, &Entry)> = known.map(|hit| (hit, lexicon.entry(hit.sign))).collect();
        let Some((nearest, _)) = near.first().copied() else {
            return Err(PassedOver(format!("{} knows no sign of this lexicon", self.retriever.name())));
        };
        near.retain(|(hit, _)| hit.similarity >= threshold);
        if near.is_empty() {
            return Err(PassedOver(format!(
                "the nearest sign to «{text}» is «{}» with a similarity of {:.2}: expected {threshold:.2} at least",
                lexicon.entry(nearest.sign).gloss,
                nearest.similarity
            )));
        }
        near.retain(|(hit, entry)| is_apt(hit.sign, entry, own, lexicon));
        let recorded = near.iter().find(|(_, entry)| matches!(entry.provenance, Provenance::Recorded { .. }));
        let practice = near.iter().find(|(_, entry)| entry.provenance == Provenance::Practice);
        let Some((hit, entry)) = recorded.or(practice.filter(|_| self.practice)) else {
            let reason = if practice.is_some() {
                "only practice signs are"
            } else {
                "no sign that may stand for it is"
            };
            return Err(PassedOver(format!("{reason} near enough to «{text}»")));
        };
        let provenance = Provenance::Retrieved {
            gloss: entry.gloss.clone(),
            similarity_millis: (hit.similarity * 1000.0).round() as i32,
            origin: Box::new(entry.provenance.clone()),
            trained_on: self.retriever.trained_on().clone(),
        };
        Ok(Found { sign: hit.sign, provenance })
    }

    /// What is kept of the retriever's answer: of a whole lexicon, most is too far.
    fn near_enough(&self, text: &str, lexicon: &Lexicon, threshold: f32) -> Result<Arc<[Hit]>, PassedOver> {
        let hits = self.retriever.nearest(text, lexicon.len());
        let mut hits = hits.map_err(|error| PassedOver(error.to_string()))?;
        let near = hits.iter().take_while(|hit| hit.similarity >= threshold).count();
        hits.truncate(near.max(1));
        Ok(Arc::from(hits))
    }

    /// The stroke of a sign that was found.
    ///
    /// # Errors
    /// [`PassedOver`] where its clip cannot be read.
    pub(super) fn motion_of(&self, found: Found, lexicon: &Lexicon) -> Result<SourcedMotion, PassedOver> {
        let motion = self.recorded.stroke(lexicon, found.sign, SignKind::Lexical)?;
        Ok(SourcedMotion { motion, provenance: found.provenance })
    }

    fn has_any(&self, lexicon: &Lexicon) -> bool {
        let mut words = lexicon.entries().filter(|(_, entry)| entry.category != Category::Letter);
        words.any(|(_, entry)| self.practice || matches!(entry.provenance, Provenance::Recorded { .. }))
    }

    fn found(&self, request: &SignRequest) -> Result<Found, PassedOver> {
        if request.kind == SignKind::Spelled || request.entry.category == Category::Letter {
            return Err(PassedOver("letters are spelled".into()));
        }
        self.find(text_of(request.entry), Some(request.sign), request.lexicon)
    }
}

/// Whether a near sign may stand for what is asked for: the nearest number is another number.
fn is_apt(hit: SignId, entry: &Entry, own: Option<SignId>, lexicon: &Lexicon) -> bool {
    let exact = own.is_some_and(|own| {
        let own_entry = lexicon.entry(own);
        hit == own || (own_entry.gloss == entry.gloss && own_entry.category == entry.category)
    });
    let is_number = |entry: &Entry| entry.category == Category::Number;
    let counts = is_number(entry) || own.is_some_and(|own| is_number(lexicon.entry(own)));
    entry.category != Category::Letter && (exact || !counts)
}

impl MotionSource for Retrieved {
    fn name(&self) -> &'static str {
        "retrieved"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        self.motion_of(self.found(request)?, request.lexicon)
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        self.found(request).map(|found| found.provenance)
    }
}
