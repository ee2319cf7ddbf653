//! Headline → plan: which signs, in which order, with which marks on the face.
//!
//! Tokens are resolved to units (`resolve`, `words`, `figures`), words without a sign are spelled
//! or left out (`spelling`; where all are to be spelled, `spell`), the rules R1 to R11 move what they are sure of (`order`), and what
//! comes out is written down sign by sign (here). The time is linear in the text, and a lexicon's
//! size does not matter: all look-ups are by hash.

mod config;
mod figures;
mod order;
mod resolve;
mod signs;
mod spell;
mod spelling;
mod unit;
mod words;

pub use config::PlannerConfig;
pub use signs::{Signs, StandIn};

use super::{NonManual, Plan, PlannedSign, SignKind, source};
use crate::lexicon::{Lexicon, SignId};
use resolve::Resolver;
use signs::Usable;
use unit::{Clause, Content, Part, Question, Role, Unit};

/// Where no comma says how far a condition goes, so many units are marked.
const UNMARKED_CONDITION: usize = 2;

/// Plans headlines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planner {
    config: PlannerConfig,
}

impl Planner {
    /// A planner with these rules and limits.
    pub fn new(config: PlannerConfig) -> Self {
        Self { config }
    }

    /// The rules and limits.
    pub fn config(&self) -> &PlannerConfig {
        &self.config
    }

    /// The signs of a text in signing order. Any text has a plan; what could not be planned is in
    /// its omissions and notices.
    pub fn plan(&self, text: &str, lexicon: &Lexicon) -> Plan {
        self.plan_with(text, lexicon)
    }

    /// As [`Self::plan`], with the signs of anything that has signs.
    pub fn plan_with(&self, text: &str, signs: &dyn Signs) -> Plan {
        let PlannerConfig { spell, .. } = self.config;
        let usable = Usable { signs, without_practice: self.config.refuses_practice(), spell };
        let limit = cut(text, self.config.longest_text);
        let mut resolved = Resolver::new(text, limit, usable, &self.config).resolve();
        let (coverage, mut notices) = spelling::settle(&mut resolved, text, usable, &self.config);
        if limit < text.len() {
            let longest = self.config.longest_text;
            notices
                .insert(0, format!("the text is longer than {longest} characters: the rest is not signed"));
        }
        for clause in resolved.clauses.iter_mut().filter(|_| !spell) {
            order::arrange(clause, usable, &self.config);
        }
        let signs = Writer { usable, config: &self.config, signs: Vec::new() }.write(&resolved.clauses);
        if signs.is_empty() {
            notices.push("nothing in this text can be signed".to_owned());
        }
        let mut omitted = resolved.omitted;
        omitted.sort_by_key(|omission| omission.span.start);
        Plan { text: text.to_owned(), signs, omitted, coverage, notices }
    }
}

/// Where a text is cut: behind so many characters, at the last space before if one is near.
fn cut(text: &str, longest: usize) -> usize {
    let Some((limit, _)) = text.char_indices().nth(longest) else { return text.len() };
    let head = &text[..limit];
    let tail = head.char_indices().rev().take(40).find(|(_, character)| character.is_whitespace());
    tail.map_or(limit, |(at, _)| at)
}

/// Clauses → planned signs.
struct Writer<'a> {
    usable: Usable<'a>,
    config: &'a PlannerConfig,
    signs: Vec<PlannedSign>,
}

impl Writer<'_> {
    fn write(mut self, clauses: &[Clause]) -> Vec<PlannedSign> {
        let mut begins_sentence = true;
        for (index, clause) in clauses.iter().enumerate() {
            let first = self.signs.len();
            let topic = self.topic(clause, begins_sentence);
            for (at, unit) in clause.units.iter().enumerate() {
                let condition = clause.conditional && (!clause.ends_sentence || at < UNMARKED_CONDITION);
                self.unit(unit, clause, topic == Some(at), condition);
            }
            if clause.ends_sentence && clause.question == Question::None {
                let leaves_nod_free =
                    |mark: &NonManual| matches!(mark, NonManual::Place | NonManual::Intensity);
                let stated = self.signs[first..].last_mut();
                let stated = stated.filter(|sign| sign.non_manuals.iter().all(leaves_nod_free));
                stated.into_iter().for_each(|sign| sign.non_manuals.push(NonManual::Nod));
            }
            begins_sentence = clause.ends_sentence;
            if clause.pause_millis > 0 && index + 1 < clauses.len() {
                self.pause(clause);
            }
        }
        self.signs
    }

    /// R3: what a statement begins with, behind its time and place.
    fn topic(&self, clause: &Clause, begins_sentence: bool) -> Option<usize> {
        let plain = |unit: &Unit| unit.role == Role::Plain && unit.words > 0 && !unit.negated;
        let first = clause.units.iter().position(plain)?;
        let comment = clause.units.len() > first + 1;
        (self.config.mark_topic
            && !self.config.spell
            && begins_sentence
            && comment
            && clause.question == Question::None)
            .then_some(first)
    }

    fn unit(&mut self, unit: &Unit, clause: &Clause, topic: bool, condition: bool) {
        let Content::Made(parts) = &unit.content else { return };
        let mut non_manuals = self.non_manuals(unit, clause, topic && !condition);
        if condition {
            non_manuals.insert(0, NonManual::Conditional);
        }
        for part in parts {
            let planned = match part {
                Part::Sign(id, kind) => self.sign(unit, *id, *kind, unit.rule),
                Part::Added(id, kind, rule) => self.sign(unit, *id, *kind, rule),
                Part::Spelled(text) => self.spelled(unit, text),
                Part::StandIn(word, stand_in) => self.stand_in(unit, word, stand_in),
            };
            self.signs.push(PlannedSign { non_manuals: non_manuals.clone(), ..planned });
        }
    }

    fn non_manuals(&self, unit: &Unit, clause: &Clause, topic: bool) -> Vec<NonManual> {
        let mut marks = Vec::new();
        match clause.question {
            Question::YesNo if self.config.mark_questions => marks.push(NonManual::YesNoQuestion),
            Question::Content if self.config.mark_questions => marks.push(NonManual::ContentQuestion),
            _ => {}
        }
        if unit.negated {
            marks.push(NonManual::Headshake);
        }
        if topic {
            marks.push(NonManual::Topic);
        }
        if clause.quoted {
            marks.push(NonManual::QuotedSpeaker);
        }
        if unit.role == Role::Place && unit.link.locative && !clause.quoted {
            marks.push(NonManual::Place);
        }
        if unit.intense {
            marks.push(NonManual::Intensity);
        }
        let affirms = self.usable.grammatical(&["أكد", "نعم"], "confirm").is_some_and(|yes| unit.has(yes));
        if affirms && !unit.negated && clause.question == Question::None {
            marks.push(NonManual::Nod);
        }
        marks
    }

    fn sign(&self, unit: &Unit, id: SignId, kind: SignKind, rule: &'static str) -> PlannedSign {
        let entry = self.usable.signs.entry(id);
        PlannedSign {
            gloss: entry.gloss.clone(),
            span: unit.span.clone(),
            kind,
            signs: vec![id],
            pause_millis: 0,
            non_manuals: Vec::new(),
            rule,
            provenance: Some(entry.provenance.clone()),
        }
    }

    fn spelled(&self, unit: &Unit, text: &str) -> PlannedSign {
        let letters = self.usable.letters(text);
        let provenance = letters.first().map(|id| self.usable.signs.entry(*id).provenance.clone());
        PlannedSign {
            gloss: text.to_owned(),
            span: unit.span.clone(),
            kind: SignKind::Spelled,
            signs: letters,
            pause_millis: 0,
            non_manuals: Vec::new(),
            rule: unit.rule,
            provenance,
        }
    }

    /// A sign for a word that has none; where a model makes it, what would be spelled stays with it.
    fn stand_in(&self, unit: &Unit, word: &str, stand_in: &StandIn) -> PlannedSign {
        let rule = if stand_in.sign.is_some() { source::RETRIEVED } else { source::GENERATED };
        let signs = stand_in.sign.map_or_else(|| self.usable.letters(word), |sign| vec![sign]);
        PlannedSign {
            gloss: word.to_owned(),
            span: unit.span.clone(),
            kind: SignKind::Lexical,
            signs,
            pause_millis: 0,
            non_manuals: Vec::new(),
            rule,
            provenance: Some(stand_in.provenance.clone()),
        }
    }

    fn pause(&mut self, clause: &Clause) {
        self.signs.push(PlannedSign {
            gloss: String::new(),
            span: clause.pause_at..clause.pause_at,
            kind: SignKind::Pause,
            signs: Vec::new(),
            pause_millis: clause.pause_millis,
            non_manuals: Vec::new(),
            rule: "punctuation",
            provenance: None,
        });
    }
}

#[cfg(test)]
mod tests;
