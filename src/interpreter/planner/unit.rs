//! What a headline is cut into on its way to a plan: clauses of units.

use super::StandIn;
use crate::interpreter::SignKind;
use crate::lexicon::SignId;
use std::ops::Range;

/// What a unit is in its sentence, as far as the rules need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Role {
    /// Anything else.
    #[default]
    Plain,
    /// When: a day, a date, a time of day, a span of time.
    Time,
    /// بعد, منذ: belongs to the time behind it.
    BeforeTime,
    /// Where.
    Place,
    /// A number that counts what follows.
    Number,
    /// A number that counts nothing behind it: a percentage, a score, a code.
    Figure,
    /// Negates what follows.
    Negator,
    /// Asks for something.
    Question,
}

/// A part of a unit: one planned sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// A sign, of the lexicon or of a number.
    Sign(SignId, SignKind),
    /// A word in display form, spelled.
    Spelled(String),
    /// A word in display form, and what stands for it.
    StandIn(String, StandIn),
    /// A sign that a rule adds.
    Added(SignId, SignKind, &'static str),
}

impl Part {
    /// Whether this is a certain sign.
    pub(super) fn is(&self, sign: SignId) -> bool {
        matches!(self, Part::Sign(id, _) | Part::Added(id, ..) if *id == sign)
    }
}

/// What a unit is signed with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// These, in order.
    Made(Vec<Part>),
    /// A word without a sign: spelled or left out, which depends on how many there are.
    Unknown {
        /// What would be spelled, in display form.
        text: String,
        /// A name, or a word whose loss would turn the meaning round: spelled in any case.
        keep: bool,
        /// There is a sign, which may not go on air.
        refused: bool,
    },
}

/// A tense that a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tense {
    Past,
    Future,
}

/// What the words before a unit, or attached to it, say about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// و or ف.
    pub(super) conjunction: bool,
    /// Any preposition.
    pub(super) preposition: bool,
    /// في, بـ, داخل.
    pub(super) locative: bool,
    /// بعد, منذ.
    pub(super) temporal: bool,
    /// The article.
    pub(super) article: bool,
    /// تم: the action's doer is not said.
    pub(super) passive: bool,
    pub(super) tense: Option<Tense>,
}

/// One or several words that are signed together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit {
    /// Its bytes in the text.
    pub(super) span: Range<usize>,
    /// The last of its words, as displayed.
    pub(super) surface: String,
    /// Words of the text that it stands for.
    pub(super) words: usize,
    pub(super) content: Content,
    pub(super) rule: &'static str,
    pub(super) role: Role,
    pub(super) link: Link,
    /// Part of "3 days": a length, moved only behind بعد or منذ.
    pub(super) duration: bool,
    /// Words were left out directly before it.
    pub(super) after_gap: bool,
    /// Two of it, by its ending.
    pub(super) dual: bool,
    /// Several of it, by its ending.
    pub(super) plural: bool,
    /// A headshake goes with it.
    pub(super) negated: bool,
    /// Very: the face says so.
    pub(super) intense: bool,
    /// Stands for a person, an office or an institution, who may speak.
    pub(super) may_speak: bool,
}

impl Unit {
    pub(super) fn new(span: Range<usize>, surface: &str, content: Content, rule: &'static str) -> Self {
        Self {
            span,
            surface: surface.to_owned(),
            words: 1,
            content,
            rule,
            role: Role::Plain,
            link: Link::default(),
            duration: false,
            after_gap: false,
            dual: false,
            plural: false,
            negated: false,
            intense: false,
            may_speak: false,
        }
    }

    /// A unit of one sign.
    pub(super) fn sign(span: Range<usize>, surface: &str, id: SignId, rule: &'static str) -> Self {
        Self::new(span, surface, Content::Made(vec![Part::Sign(id, SignKind::Lexical)]), rule)
    }

    /// Whether it is signed with a sign of its own and not spelled.
    pub(super) fn is_signed(&self) -> bool {
        matches!(&self.content, Content::Made(parts) if !matches!(parts.as_slice(), [Part::Spelled(_)]))
    }

    /// Whether a certain sign is part of it.
    pub(super) fn has(&self, sign: SignId) -> bool {
        matches!(&self.content, Content::Made(parts) if parts.iter().any(|part| part.is(sign)))
    }

    /// Whether this is a noun that a number may count.
    pub(super) fn is_countable(&self) -> bool {
        let free = !self.after_gap && !self.link.conjunction && !self.link.preposition && !self.link.article;
        self.is_signed() && free && matches!(self.role, Role::Plain | Role::Time)
    }
}

/// What a sentence asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Question {
    #[default]
    None,
    YesNo,
    Content,
}

/// Units between two boundaries, within which the rules may move them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Clause {
    pub(super) units: Vec<Unit>,
    pub(super) question: Question,
    /// Somebody else's words.
    pub(super) quoted: bool,
    /// What it says is a condition.
    pub(super) conditional: bool,
    /// The pause behind it; 0 where a clause ends without punctuation.
    pub(super) pause_millis: u32,
    /// Where in the text the pause is.
    pub(super) pause_at: usize,
    /// A sentence ends behind it.
    pub(super) ends_sentence: bool,
}
