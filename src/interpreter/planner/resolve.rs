//! Tokens → clauses of units: what each word is, before anything is moved.

use super::PlannerConfig;
use super::signs::Usable;
use super::unit::{Clause, Content, Link, Question, Unit};
use crate::arabic::{Token, TokenKind, functions, tokenise};
use crate::interpreter::Omission;
use std::ops::Range;

/// Pauses at speed 1, in milliseconds.
const SENTENCE_MILLIS: u32 = 450;
const COLON_MILLIS: u32 = 300;
const COMMA_MILLIS: u32 = 220;
const BRACKET_MILLIS: u32 = 180;

/// A text's clauses, and the words that are not in them.
pub(super) struct Resolved {
    pub(super) clauses: Vec<Clause>,
    pub(super) omitted: Vec<Omission>,
}

/// What the word before says about whether a name follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameHint {
    None,
    /// A title was before: a word without the article is a name.
    Title,
    /// A name was before: so many more words may belong to it.
    Name(u8),
}

pub(super) struct Resolver<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) usable: Usable<'a>,
    pub(super) config: &'a PlannerConfig,
    pub(super) link: Link,
    pub(super) hint: NameHint,
    pub(super) clause: Clause,
    clauses: Vec<Clause>,
    omitted: Vec<Omission>,
    question: Question,
    quoted: bool,
    /// إذا or لو began the clause at hand.
    conditional: bool,
}

impl<'a> Resolver<'a> {
    /// Reads a text. `text` is what spans point into; only its first `limit` bytes are read.
    pub(super) fn new(text: &'a str, limit: usize, usable: Usable<'a>, config: &'a PlannerConfig) -> Self {
        Self {
            text,
            tokens: tokenise(text.get(..limit).unwrap_or(text)),
            usable,
            config,
            link: Link::default(),
            hint: NameHint::None,
            clause: Clause::default(),
            clauses: Vec::new(),
            omitted: Vec::new(),
            question: Question::None,
            quoted: false,
            conditional: false,
        }
    }

    pub(super) fn resolve(mut self) -> Resolved {
        self.begin_sentence(0);
        let mut at = 0;
        while at < self.tokens.len() {
            at += self.step(at).max(1);
        }
        let end = self.tokens.last().map_or(0, |token| token.span.end);
        self.end_clause(0, end, true);
        Resolved { clauses: self.clauses, omitted: self.omitted }
    }

    /// Resolves what begins at a token; the tokens that it takes.
    fn step(&mut self, at: usize) -> usize {
        match self.tokens[at].kind {
            TokenKind::Word if self.config.spell => self.as_it_stands(at),
            TokenKind::Number if self.config.spell => self.numeral(at),
            TokenKind::Punctuation => {
                self.boundary(at);
                1
            }
            TokenKind::Emoji => {
                self.omit(at..at + 1, "emoji");
                1
            }
            TokenKind::Symbol => self.symbol(at),
            TokenKind::Latin => self.latin(at),
            TokenKind::Number | TokenKind::Word => self.figure(at).unwrap_or_else(|| self.word(at)),
        }
    }

    /// The bytes of the text that a range of tokens covers.
    pub(super) fn span(&self, tokens: Range<usize>) -> Range<usize> {
        let covered = self.tokens.get(tokens).unwrap_or_default();
        let start = covered.iter().map(|token| token.span.start).min().unwrap_or(0);
        start..covered.iter().map(|token| token.span.end).max().unwrap_or(start)
    }

    /// Adds a unit to the clause; what is known from the words before it goes with it.
    pub(super) fn push(&mut self, mut unit: Unit) {
        let before = std::mem::take(&mut self.link);
        let link = &mut unit.link;
        link.conjunction |= before.conjunction;
        link.preposition |= before.preposition;
        link.locative |= before.locative;
        link.temporal |= before.temporal;
        link.passive |= before.passive;
        link.tense = link.tense.or(before.tense);
        if before.passive {
            unit.rule = "R10";
        }
        self.clause.units.push(unit);
    }

    /// Reports tokens that are not signed.
    pub(super) fn omit(&mut self, tokens: Range<usize>, reason: &'static str) {
        let span = self.span(tokens);
        let word = self.text.get(span.clone()).unwrap_or_default().to_owned();
        self.omitted.push(Omission { word, span, reason });
    }

    /// The clause at hand is a condition.
    pub(super) fn begin_condition(&mut self) {
        self.conditional = true;
    }

    /// The sentence's question, where the clause at hand asks it.
    pub(super) fn question(&self) -> Question {
        self.question
    }

    fn symbol(&mut self, at: usize) -> usize {
        let surface = self.tokens[at].surface.clone();
        if let Some(word) = functions().symbol(&surface) {
            self.stand_in(at, word, "symbol");
        }
        1
    }

    fn latin(&mut self, at: usize) -> usize {
        let surface = self.tokens[at].surface.clone();
        match functions().acronym(&surface) {
            Some(words) => self.stand_in(at, words, "acronym"),
            None => self.omit(at..at + 1, "not-arabic"),
        }
        1
    }

    /// An Arabic word that a symbol or an abbreviation stands for. It is spelled where it has no
    /// sign: a sum of money without its currency would say something else.
    fn stand_in(&mut self, at: usize, words: &str, rule: &'static str) {
        let span = self.span(at..at + 1);
        let folded = crate::arabic::fold(words);
        let found = self.usable.find(&folded.split(' ').collect::<Vec<_>>());
        let unit = match found {
            Some(id) => Unit::sign(span, words, id, rule),
            None => {
                let text = words.strip_prefix("ال").unwrap_or(words).to_owned();
                Unit::new(span, words, Content::Unknown { text, keep: true, refused: false }, rule)
            }
        };
        self.push(unit);
    }

    /// Punctuation: a pause, and most often the end of a clause.
    fn boundary(&mut self, at: usize) {
        let token = &self.tokens[at];
        let start = token.span.start;
        let next_spaced = self.tokens.get(at + 1).is_none_or(|next| next.spaced);
        match token.surface.as_str() {
            "." | "!" | "?" | "\n" | "|" | ";" | "•" => {
                let new_text = matches!(token.surface.as_str(), "\n" | "|");
                self.end_clause(SENTENCE_MILLIS, start, true);
                self.quoted &= !new_text;
                self.begin_sentence(at + 1);
            }
            "," => self.end_clause(COMMA_MILLIS, start, false),
            ":" => self.colon(at),
            "-" if token.spaced && next_spaced => self.end_clause(COLON_MILLIS, start, false),
            "(" | ")" | "[" | "]" | "{" | "}" => self.end_clause(BRACKET_MILLIS, start, false),
            _ => {}
        }
    }

    /// After a speaker's colon come the speaker's words.
    fn colon(&mut self, at: usize) {
        let span = self.tokens[at].span.clone();
        let speaks = self.is_speaker();
        if speaks
            && let Some(say) = self.usable.grammatical(&["قال"], "say")
            && !self.clause.units.iter().any(|unit| unit.has(say))
        {
            self.push(Unit { words: 0, ..Unit::sign(span.clone(), ":", say, "quote") });
        }
        self.end_clause(COLON_MILLIS, span.start, false);
        self.quoted |= speaks;
    }

    /// Whether the clause at hand is somebody who may speak, and little else.
    fn is_speaker(&self) -> bool {
        let units = &self.clause.units;
        let words: usize = units.iter().map(|unit| unit.words).sum();
        let excluded = units.iter().any(|unit| functions().is_no_speaker(&unit.surface));
        words <= 6 && !excluded && units.iter().any(|unit| unit.may_speak)
    }

    /// Ends the clause at hand. Without units it only lengthens the pause before it.
    pub(super) fn end_clause(&mut self, pause_millis: u32, pause_at: usize, ends_sentence: bool) {
        self.hint = NameHint::None;
        if pause_millis > 0 {
            self.link = Link::default();
        }
        if self.clause.units.is_empty() {
            if let Some(last) = self.clauses.last_mut() {
                last.pause_millis = last.pause_millis.max(pause_millis);
                last.ends_sentence |= ends_sentence;
            }
            return;
        }
        let clause = std::mem::take(&mut self.clause);
        self.clauses.push(Clause {
            question: self.question,
            quoted: self.quoted,
            conditional: std::mem::take(&mut self.conditional),
            pause_millis,
            pause_at,
            ends_sentence,
            ..clause
        });
    }

    /// Looks ahead to the sentence's end for what it asks.
    fn begin_sentence(&mut self, at: usize) {
        let ends = |token: &Token| {
            token.kind == TokenKind::Punctuation
                && matches!(token.surface.as_str(), "." | "!" | "?" | "\n" | "|" | ";")
        };
        let rest = self.tokens.get(at..).unwrap_or_default();
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let asks = rest.get(length).is_some_and(|mark| mark.surface == "?");
        let function = |token: &Token| functions().word(&token.surface).map(|(function, _)| function);
        let first = rest.first().and_then(function).unwrap_or_default();
        let content = rest[..length].iter().filter_map(function).any(|function| function.content);
        self.question = if first.content || (asks && (content || first.content_from_start)) {
            Question::Content
        } else if first.polar || asks {
            Question::YesNo
        } else {
            Question::None
        };
    }
}
