//! Clauses that a model makes as a whole.
//!
//! What a model makes of a clause has no boundaries that anybody knows, so it becomes one planned sign
//! whose span is the whole clause: its caption is lit and marked as one, and nothing claims to know when
//! which word is signed. A clause with a name or a number is left as it is, because a model that gets
//! either wrong says something else.

use super::generated::Generated;
use super::source::{CLAUSE, PassedOver};
use super::{NonManual, Plan, PlannedSign, SignKind};
use crate::lexicon::Provenance;
use std::ops::Range;

/// Replaces each clause whose generated motion passes the gates; the others stay, and a notice says why.
/// From when nobody wants the plan any more, all stay.
pub(super) fn whole(mut plan: Plan, generated: &Generated, is_wanted: &dyn Fn() -> bool) -> Plan {
    let signs = std::mem::take(&mut plan.signs);
    for clause in signs.chunk_by(|a, b| (a.kind == SignKind::Pause) == (b.kind == SignKind::Pause)) {
        let made = if is_wanted() { generate(clause, &plan.text, generated) } else { None };
        match made {
            Some(Ok(sign)) => plan.signs.push(sign),
            Some(Err(PassedOver(reason))) => {
                let text = plan.text.get(span(clause)).unwrap_or_default();
                plan.notices.push(format!("“{text}” is signed sign by sign: {reason}"));
                plan.signs.extend_from_slice(clause);
            }
            None => plan.signs.extend_from_slice(clause),
        }
    }
    plan
}

/// The sign of a clause; none of a pause, and of a single sign.
fn generate(
    clause: &[PlannedSign],
    text: &str,
    generated: &Generated,
) -> Option<Result<PlannedSign, PassedOver>> {
    let [first, _, ..] = clause else { return None };
    if first.kind == SignKind::Pause {
        return None;
    }
    let exact = |sign: &&PlannedSign| matches!(sign.kind, SignKind::Number | SignKind::Spelled);
    if let Some(sign) = clause.iter().find(exact) {
        let kind = if sign.kind == SignKind::Number { "a number" } else { "a word that is spelled" };
        return Some(Err(PassedOver(format!("«{}» is {kind}", sign.gloss))));
    }
    let span = span(clause);
    let words = text.get(span.clone())?;
    let ids: Vec<_> = clause.iter().flat_map(|sign| sign.signs.iter().copied()).collect();
    let made = generated.make(words, ids.len());
    Some(made.map(|made| planned(clause, words, span, ids, made.provenance)))
}

fn planned(
    clause: &[PlannedSign],
    words: &str,
    span: Range<usize>,
    signs: Vec<crate::lexicon::SignId>,
    provenance: Provenance,
) -> PlannedSign {
    PlannedSign {
        gloss: words.to_owned(),
        span,
        kind: SignKind::Lexical,
        signs,
        pause_millis: 0,
        non_manuals: common(clause),
        rule: CLAUSE,
        provenance: Some(provenance),
    }
}

/// The bytes from the first to the last word of a clause, in the text's order.
fn span(clause: &[PlannedSign]) -> Range<usize> {
    let start = clause.iter().map(|sign| sign.span.start).min().unwrap_or(0);
    start..clause.iter().map(|sign| sign.span.end).max().unwrap_or(start)
}

/// Marks that all signs of a clause have: a question's brows, not a topic's.
fn common(clause: &[PlannedSign]) -> Vec<NonManual> {
    let Some((first, others)) = clause.split_first() else { return Vec::new() };
    let on_all = |mark: &NonManual| others.iter().all(|sign| sign.non_manuals.contains(mark));
    first.non_manuals.iter().copied().filter(on_all).collect()
}
