//! Where motion comes from: sources asked in a set order, and who answered.
//!
//! The order is recorded, letters, practice: a recording of a signer is better than anything made, and
//! practice signs are nobody's language. A source that has nothing says why, and its reason travels
//! with the sign to whoever looks at the result. More sources go into the list where their quality
//! puts them.

use super::SignKind;
use super::recorded::Recorded;
use crate::body::Motion;
use crate::lexicon::{Entry, Lexicon, Provenance, SignClip, SignId};
use std::sync::Arc;

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
}

/// Sources in the order in which they are asked.
pub struct Sources(Vec<Box<dyn MotionSource>>);

/// What asking gave.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The motion, if a source had one.
    pub motion: Option<SourcedMotion>,
    /// `source: reason` of each that was asked before and passed.
    pub passed_over: Vec<String>,
}

impl Sources {
    /// Recorded, letters, practice.
    pub fn standard(on_air: bool) -> Self {
        Self(vec![Box::new(Recorded::default()), Box::new(Letters), Box::new(Practice { on_air })])
    }

    /// Any list, in its order.
    pub fn new(sources: Vec<Box<dyn MotionSource>>) -> Self {
        Self(sources)
    }

    /// Asks one after another until one answers.
    pub fn ask(&self, request: &SignRequest) -> Answer {
        let mut passed_over = Vec::new();
        for source in &self.0 {
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
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|source| source.name())).finish()
    }
}

/// The manual alphabet, from measured joint angles.
#[derive(Clone, Copy, Debug)]
struct Letters;

impl MotionSource for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        if !matches!(request.entry.provenance, Provenance::Letter { .. }) {
            return Err(PassedOver(format!("«{}» is not a letter of the alphabet", request.entry.gloss)));
        }
        made(request)
    }
}

/// Signs that were invented so that everything can run.
#[derive(Clone, Copy, Debug)]
struct Practice {
    on_air: bool,
}

impl MotionSource for Practice {
    fn name(&self) -> &'static str {
        "practice"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        if request.entry.provenance != Provenance::Practice {
            return Err(PassedOver(format!("«{}» is not a practice sign", request.entry.gloss)));
        }
        if self.on_air {
            return Err(PassedOver(
                "practice signs are no signs of any language and are refused on air".into(),
            ));
        }
        made(request)
    }
}

/// The motion of a sign that is written, not recorded.
fn made(request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
    match request.lexicon.clip(request.sign) {
        Ok(SignClip::Notated(motion)) => {
            Ok(SourcedMotion { motion, provenance: request.entry.provenance.clone() })
        }
        Ok(SignClip::Recorded(_)) => Err(PassedOver("the lexicon has a recording of it, no notation".into())),
        Err(error) => Err(PassedOver(error.to_string())),
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
