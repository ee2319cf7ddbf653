//! What will be signed: the planner's result, for people to read before anything moves.

use crate::lexicon::{Provenance, SignId};
use serde::Serialize;
use std::ops::Range;

/// What a planned sign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignKind {
    /// A sign with a meaning of its own.
    Lexical,
    /// Part of a number.
    Number,
    /// A word spelled with the manual alphabet.
    Spelled,
    /// Nothing moves: a boundary.
    Pause,
}

/// A mark on the face, head or body that goes with signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NonManual {
    /// Brows raised, head slightly forward: a yes-or-no question.
    YesNoQuestion,
    /// Brows lowered: a question for who, what, where.
    ContentQuestion,
    /// Headshake with a negation.
    Headshake,
    /// Brows raised on what the sentence is about.
    Topic,
    /// A nod: at the end of a statement, and with what is affirmed.
    Nod,
    /// Trunk, a shoulder and the eyes turned a little: somebody else's words.
    QuotedSpeaker,
    /// Brows raised, head tilted: a condition.
    Conditional,
    /// The eyes go to the hands for a moment: a place.
    Place,
    /// Eyes narrowed, brows lowered: very.
    Intensity,
}

/// One sign in signing order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedSign {
    /// What is shown for it: an Arabic word; empty for a pause.
    pub gloss: String,
    /// The bytes of the headline's text that it covers; empty range for a pause.
    pub span: Range<usize>,
    /// What it is.
    pub kind: SignKind,
    /// The lexicon's signs to make, in order: one, or a letter each when spelled; none for a pause.
    pub signs: Vec<SignId>,
    /// For a pause, its length at speed 1.
    pub pause_millis: u32,
    /// Marks that go with it.
    pub non_manuals: Vec<NonManual>,
    /// The rule that put it there: `R1` … `R11`, or a name such as `number`, `names`, `punctuation`.
    pub rule: &'static str,
    /// Where the planned sign comes from; none for a pause.
    pub provenance: Option<Provenance>,
}

/// A word that is not signed, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Omission {
    /// The word as it stands in the text.
    pub word: String,
    /// Its bytes in the headline's text.
    pub span: Range<usize>,
    /// Why: `function-word`, `no-sign`, `not-arabic`, `refused-on-air`, …
    pub reason: &'static str,
}

/// How much of the headline is signed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Words that carry meaning.
    pub content_words: usize,
    /// Of these, signed with signs (numbers included).
    pub signed_words: usize,
    /// Of these, spelled.
    pub spelled_words: usize,
}

impl Coverage {
    /// Signed words in percent of the words that carry meaning; 0 where none does.
    pub fn percent(&self) -> f32 {
        if self.content_words == 0 {
            0.0
        } else {
            100.0 * self.signed_words as f32 / self.content_words as f32
        }
    }
}

/// The signs of a headline, in signing order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The headline's text, as it came.
    pub text: String,
    /// The signs.
    pub signs: Vec<PlannedSign>,
    /// What was left out.
    pub omitted: Vec<Omission>,
    /// How much of it is signed.
    pub coverage: Coverage,
    /// What people should be told: too much spelled, text cut, …
    pub notices: Vec<String>,
}
