//! Where motion comes from: sources asked in a set order, and who answered.
//!
//! A source that has nothing says why, and its reason travels with the sign to whoever looks at the
//! result. Which sources there are, and in which order, is [`SourceConfig`](super::SourceConfig)'s.

use super::generated::Generated;
use super::order::{SourceConfig, SourceOrder};
use super::retrieved::{Found, Retrieved};
use super::{PlannedSign, SignKind};
use crate::body::Motion;
use crate::lexicon::{Entry, Lexicon, Provenance, SignId};
use std::sync::Arc;

/// The rule of a sign that stands for a word that the lexicon does not know, because it is near.
pub(super) const RETRIEVED: &str = "retrieved";
/// The rule of a word that the lexicon does not know and a model makes.
pub(super) const GENERATED: &str = "generated";
/// The rule of a clause that a model makes as a whole.
pub(super) const CLAUSE: &str = "clause";

/// One sign that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest<'a> {
    /// Its number.
    pub sign: SignId,
    /// Its entry.
    pub entry: &'a Entry,
    /// The lexicon that both are of.
    pub lexicon: &'a Lexicon,
    /// What it is in its headline; a letter is trimmed differently from a sign.
    pub kind: SignKind,
}

/// A sign's stroke, ready to be joined, and whose it is.
#[derive(Clone, Debug)]
pub struct SourcedMotion {
    /// The stroke.
    pub motion: Arc<Motion>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Why a source did not answer, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver(pub String);

/// Something that may have a motion for a sign.
pub trait MotionSource: Send + Sync {
    /// Its name, as the result's `passed_over` has it.
    fn name(&self) -> &'static str;

    /// The sign's stroke.
    ///
    /// # Errors
    /// [`PassedOver`] says why it has none; the next source is asked.
    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver>;

    /// What [`Self::motion`] would answer, as far as that is known without making a motion.
    ///
    /// # Errors
    /// [`PassedOver`] where it is known that it would not.
    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        self.motion(request).map(|sourced| sourced.provenance)
    }
}

impl<T: MotionSource + ?Sized> MotionSource for Arc<T> {
    fn name(&self) -> &'static str {
        T::name(self)
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        T::motion(self, request)
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        T::foresee(self, request)
    }
}

/// Sources in the order in which they are asked.
pub struct Sources {
    pub(super) list: Vec<Box<dyn MotionSource>>,
    /// Asked for words that the lexicon does not know.
    pub(super) retrieved: Option<Arc<Retrieved>>,
    /// Asked for such words, and for whole clauses.
    pub(super) generated: Option<Arc<Generated>>,
    /// Whose bridges are blended into transitions.
    pub(super) bridging: Option<Arc<Generated>>,
    pub(super) config: SourceConfig,
}

/// What asking gave.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The motion, if a source had one.
    pub motion: Option<SourcedMotion>,
    /// `source: reason` of each that was asked before and passed.
    pub passed_over: Vec<String>,
}

impl Sources {
    /// What every clone has: recordings, letters, practice signs.
    pub fn standard(on_air: bool) -> Self {
        let config = SourceConfig { on_air, ..SourceConfig::default() };
        Self::without_models(config)
    }

    /// Any list, in its order.
    pub fn new(sources: Vec<Box<dyn MotionSource>>) -> Self {
        Self {
            list: sources,
            retrieved: None,
            generated: None,
            bridging: None,
            config: SourceConfig::default(),
        }
    }

    /// What was asked for when they were put together.
    pub fn config(&self) -> &SourceConfig {
        &self.config
    }

    /// Asks one after another until one answers.
    pub fn ask(&self, request: &SignRequest) -> Answer {
        let mut passed_over = Vec::new();
        for source in &self.list {
            match source.motion(request) {
                Ok(motion) if !motion.motion.frames.is_empty() => {
                    return Answer { motion: Some(motion), passed_over };
                }
                Ok(_) => passed_over.push(format!("{}: its motion is empty", source.name())),
                Err(PassedOver(reason)) => passed_over.push(format!("{}: {reason}", source.name())),
            }
        }
        Answer { motion: None, passed_over }
    }

    /// Asks for a part of a planned sign. What a plan of [`Self::plan`] has as retrieved or generated was
    /// decided there; everything else is asked for as [`Self::ask`] does.
    pub fn ask_for(&self, planned: &PlannedSign, request: &SignRequest) -> Answer {
        let Some(sourced) = self.decided(planned, request) else { return self.ask(request) };
        match sourced {
            Ok(motion) => Answer { motion: Some(motion), passed_over: Vec::new() },
            Err(PassedOver(reason)) => {
                Answer { motion: None, passed_over: vec![format!("{}: {reason}", planned.rule)] }
            }
        }
    }

    /// The motion of a sign that stands for an unknown word or a whole clause; none for others.
    fn decided(
        &self,
        planned: &PlannedSign,
        request: &SignRequest,
    ) -> Option<Result<SourcedMotion, PassedOver>> {
        match (planned.rule, &planned.provenance) {
            (RETRIEVED, Some(provenance @ Provenance::Retrieved { .. })) => {
                let found = Found { sign: request.sign, provenance: provenance.clone() };
                self.retrieved.as_ref().map(|retrieved| retrieved.motion_of(found, request.lexicon))
            }
            (GENERATED | CLAUSE, Some(Provenance::Generated { .. })) => {
                let signs = if planned.rule == CLAUSE { planned.signs.len() } else { 1 };
                self.generated.as_ref().map(|generated| generated.make(&planned.gloss, signs))
            }
            _ => None,
        }
    }

    /// How many of a planned sign's [`signs`](PlannedSign::signs) are asked for, from the first on: all,
    /// but of what a model makes as a whole, one.
    pub fn parts_of(planned: &PlannedSign) -> usize {
        let whole = matches!(planned.rule, GENERATED | CLAUSE);
        if whole { planned.signs.len().min(1) } else { planned.signs.len() }
    }

    /// Who would answer, as far as that is known without making a motion: gates may still turn a
    /// generated motion down. None where nobody would.
    pub fn foresee(&self, planned: &PlannedSign, lexicon: &Lexicon) -> Option<Provenance> {
        if matches!(planned.rule, RETRIEVED | GENERATED | CLAUSE) {
            return planned.provenance.clone();
        }
        let sign = *planned.signs.first().filter(|sign| (sign.0 as usize) < lexicon.len())?;
        let entry = lexicon.entry(sign);
        let request = SignRequest { sign, entry, lexicon, kind: planned.kind };
        self.list.iter().find_map(|source| source.foresee(&request).ok())
    }

    /// The order in which they are asked.
    pub fn order(&self) -> SourceOrder {
        self.config.order
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list.iter().map(|source| source.name())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_is_answered_by_its_source_and_the_others_say_why_not() {
        let lexicon = Lexicon::builtin().unwrap();
        let sources = Sources::standard(false);
        for (sign, entry) in lexicon.entries() {
            let request = SignRequest { sign, entry, lexicon: &lexicon, kind: SignKind::Lexical };
            let answer = sources.ask(&request);
            let motion = answer.motion.expect(&entry.key);
            assert_eq!(motion.provenance, entry.provenance);
            let passed = if entry.provenance == Provenance::Practice { 2 } else { 1 };
            assert_eq!(answer.passed_over.len(), passed, "{}: {:?}", entry.key, answer.passed_over);
        }
    }

    #[test]
    fn practice_is_refused_on_air_and_says_so() {
        let lexicon = Lexicon::builtin().unwrap();
        let (sign, entry) = lexicon.entries().find(|(_, e)| e.provenance == Provenance::Practice).unwrap();
        let request = SignRequest { sign, entry, lexicon: &lexicon, kind: SignKind::Lexical };
        let answer = Sources::standard(true).ask(&request);
        assert!(answer.motion.is_none());
        assert!(answer.passed_over.last().unwrap().starts_with("practice: "));
    }
}
