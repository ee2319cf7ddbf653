//! The rules that move units within their clause, or add signs to them.
//!
//! Each moves only what it is sure of: one group of time words, one place behind its preposition,
//! a number directly before its noun. In doubt the headline's own order stays, which the sign
//! languages of the region allow.

use super::PlannerConfig;
use super::signs::Usable;
use super::unit::{Clause, Content, Part, Question, Role, Tense, Unit};
use crate::arabic::functions;
use crate::interpreter::SignKind;
use std::ops::Range;

/// Puts a clause's units into signing order.
pub(super) fn arrange(clause: &mut Clause, usable: Usable<'_>, config: &PlannerConfig) {
    let units = &mut clause.units;
    if config.mark_number {
        mark_number(units, usable);
    }
    if config.number_after_noun {
        number_after_noun(units);
    }
    if config.negator_last {
        negator_last(units);
    }
    if config.mark_questions && clause.question == Question::Content {
        question_last(units);
    }
    if config.place_early {
        place_early(units);
    }
    if config.time_first {
        time_first(units);
    }
    if config.mark_tense {
        mark_tense(units, usable);
    }
}

/// R7: TWO behind a dual, MANY behind a plural, unless a number says how many.
fn mark_number(units: &mut [Unit], usable: Usable<'_>) {
    let two = usable.number(2);
    let many = usable.grammatical(&["كثير"], "many");
    for at in 0..units.len() {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
        let counted = beside.filter_map(|at| units.get(at)).any(|unit| {
            unit.role == Role::Number || many.is_some_and(|many| unit.has(many)) || unit.rule == "ordinal"
        });
        let unit = &mut units[at];
        let added = match (counted, unit.dual, unit.plural) {
            (false, true, _) => two.map(|id| Part::Added(id, SignKind::Number, "R7")),
            (false, _, true) => many.map(|id| Part::Added(id, SignKind::Lexical, "R7")),
            _ => None,
        };
        if let (Some(part), Content::Made(parts)) = (added, &mut unit.content) {
            parts.push(part);
        }
    }
}

/// R9: `3 جرحى` → WOUNDED 3. A number of days or years becomes a length of time.
fn number_after_noun(units: &mut [Unit]) {
    let mut at = 0;
    while at + 1 < units.len() {
        if units[at].role == Role::Number && units[at + 1].is_countable() {
            let duration = units[at + 1].role == Role::Time;
            for unit in &mut units[at..=at + 1] {
                unit.duration = duration;
            }
            if duration {
                units[at].role = Role::Time;
            }
            // What was said before the number was said about the noun.
            units[at + 1].link = units[at].link;
            units[at].link = super::unit::Link::default();
            units[at].rule = "R9";
            units.swap(at, at + 1);
            at += 1;
        }
        at += 1;
    }
}

/// R6: the negator behind what it negates; both with a headshake.
fn negator_last(units: &mut [Unit]) {
    let mut at = 0;
    while at + 1 < units.len() {
        if units[at].role == Role::Negator {
            units[at].rule = "R6";
            units[at].negated = true;
            units[at + 1].negated = true;
            // The link is the phrase's, not the negator's.
            let link = units[at].link;
            units[at + 1].link.conjunction |= link.conjunction;
            units.swap(at, at + 1);
            at += 1;
        }
        at += 1;
    }
    if let Some(last) = units.last_mut().filter(|unit| unit.role == Role::Negator) {
        last.negated = true;
    }
}

/// R8: the question word at the clause's end.
fn question_last(units: &mut Vec<Unit>) {
    let Some(at) = units.iter().position(|unit| unit.role == Role::Question) else { return };
    if at + 1 < units.len() {
        let mut question = units.remove(at);
        question.rule = "R8";
        units.push(question);
    }
}

/// R2: a place behind its preposition goes to the clause's beginning, if there is only one.
fn place_early(units: &mut [Unit]) {
    let mut places = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let start = at;
        if units[at].role == Role::Place && units[at].link.locative {
            at += 1;
            while units.get(at).is_some_and(|unit| unit.role == Role::Place && !is_separate(unit)) {
                at += 1;
            }
            places.push(start..at);
        } else {
            at += 1;
        }
    }
    if let [place] = places.as_slice() {
        bring_forward(units, place.clone(), "R2");
    }
}

/// A place behind a preposition of its own (إلى حلب) is not part of the place before it.
fn is_separate(unit: &Unit) -> bool {
    unit.link.preposition && !unit.link.locative
}

/// R1: time goes to the clause's beginning, if the clause says only one.
fn time_first(units: &mut [Unit]) {
    let mut times = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let start = at;
        while units.get(at).is_some_and(|unit| belongs_to_time(unit, at > start)) {
            at += 1;
        }
        let group = start..at;
        if group.is_empty() {
            at += 1;
        } else if says_when(&units[group.clone()]) {
            times.push(group);
        }
    }
    if let [time] = times.as_slice() {
        bring_forward(units, time.clone(), "R1");
    }
}

fn belongs_to_time(unit: &Unit, inside: bool) -> bool {
    match unit.role {
        Role::Time | Role::BeforeTime => true,
        _ => inside && functions().is_time_adjective(&unit.surface),
    }
}

/// Whether a group of time words says when something happens. Lengths (`5 سنوات`) do only behind
/// بعد and the like, and a bare unit (`ساعات العمل`) does not at all.
fn says_when(group: &[Unit]) -> bool {
    let has_time = group.iter().any(|unit| unit.role == Role::Time);
    let placed = group.iter().any(|unit| unit.link.temporal || unit.role == Role::BeforeTime);
    if group.iter().any(|unit| unit.duration) {
        return has_time && placed;
    }
    let known = group.iter().any(|unit| {
        let word = unit.surface.trim_start_matches(['و', 'ب', 'ل']);
        let definite =
            word.starts_with("ال") || word.ends_with('ا') || matches!(word, "غد" | "أمس" | "امس" | "الآن");
        let is_unit = functions().is_time_unit(word) && word != "اليوم";
        matches!(unit.rule, "date" | "clock" | "expression") || (definite && !is_unit)
    });
    has_time && (placed || known || group.len() > 1 || group.iter().any(|unit| unit.link.locative))
}

fn bring_forward(units: &mut [Unit], group: Range<usize>, rule: &'static str) {
    if group.start == 0 {
        return;
    }
    for unit in &mut units[group.clone()] {
        if unit.rule != "R9" && unit.rule != "R6" {
            unit.rule = rule;
        }
    }
    units[..group.end].rotate_right(group.len());
}

/// R5: a tense is signed at the beginning, where no time says it.
fn mark_tense(units: &mut Vec<Unit>, usable: Usable<'_>) {
    if units.iter().any(|unit| unit.role == Role::Time && !unit.duration) {
        return;
    }
    let Some((tense, span)) = units.iter().find_map(|unit| Some((unit.link.tense?, unit.span.clone())))
    else {
        return;
    };
    let sign = match tense {
        Tense::Future => usable.grammatical(&["سوف"], "future"),
        Tense::Past => usable.grammatical(&["سابقا"], "past"),
    };
    if let Some(id) = sign {
        let content = Content::Made(vec![Part::Added(id, SignKind::Lexical, "R5")]);
        units.insert(0, Unit { words: 0, ..Unit::new(span, "", content, "R5") });
    }
}
