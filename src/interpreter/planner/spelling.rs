//! What happens to words without a sign: spelled, or left out and reported.

use super::PlannerConfig;
use super::resolve::Resolved;
use super::signs::Usable;
use super::unit::{Content, Part, Role, Unit};
use crate::interpreter::{Coverage, Omission};

/// So many words may be spelled even where that is all there is: a name by itself, a greeting.
const ALWAYS_SPELLED: usize = 2;

/// Decides about every unknown word, and counts.
pub(super) fn settle(
    resolved: &mut Resolved,
    text: &str,
    usable: Usable<'_>,
    config: &PlannerConfig,
) -> (Coverage, Vec<String>) {
    let mut notices = stand_ins(resolved, usable);
    let mut speller = Speller { text, usable, config, names_only: false };
    let content_words = content_words(resolved);
    let (spelled, others) = speller.count(resolved);
    let too_much = spelled as f32 > config.largest_spelled_share * content_words as f32;
    speller.names_only = too_much && others > ALWAYS_SPELLED;

    if speller.names_only {
        notices.push(format!(
            "{spelled} of {content_words} words have no sign that may be used, more than a third: only names are \
             spelled, the other words are left out"
        ));
    } else if too_much {
        notices.push(format!("{spelled} of {content_words} words are spelled, more than a third"));
    }
    for clause in &mut resolved.clauses {
        let units = std::mem::take(&mut clause.units);
        clause.units = speller.settle_clause(units, &mut resolved.omitted, &mut notices);
    }
    resolved.clauses.retain(|clause| !clause.units.is_empty());
    let refused = resolved.omitted.iter().filter(|omission| omission.reason == config.refusal()).count();
    if refused > 0 {
        let why = if config.on_air { "shown on air" } else { "used" };
        notices.push(format!("{refused} words have only practice signs, which are not {why}"));
    }
    (coverage(resolved, content_words), notices)
}

/// Lets signs stand for words without any; what is said about it. Names are not asked for: the sign that
/// is nearest to a name is another name.
fn stand_ins(resolved: &mut Resolved, usable: Usable<'_>) -> Vec<String> {
    let mut notices = Vec::new();
    for unit in resolved.clauses.iter_mut().flat_map(|clause| &mut clause.units) {
        let Content::Unknown { text, keep: false, .. } = &unit.content else { continue };
        // What a model makes of a word is kept beside what would be spelled.
        let Some(stand_in) = usable.signs.stand_in(text).filter(|_| !usable.letters(text).is_empty()) else {
            continue;
        };
        notices.push(if stand_in.sign.is_some() {
            format!("“{text}” has no sign: the sign of “{}” stands for it", stand_in.known_as)
        } else {
            format!("“{text}” has no sign: a model makes one")
        });
        unit.content = Content::Made(vec![Part::StandIn(text.clone(), stand_in)]);
    }
    notices
}

struct Speller<'a> {
    text: &'a str,
    usable: Usable<'a>,
    config: &'a PlannerConfig,
    names_only: bool,
}

impl Speller<'_> {
    /// The words that would be spelled, and those among them that are no names.
    fn count(&self, resolved: &Resolved) -> (usize, usize) {
        let mut spelled = 0;
        let mut others = 0;
        for unit in resolved.clauses.iter().flat_map(|clause| &clause.units) {
            if let Content::Unknown { text, keep, .. } = &unit.content
                && self.refusal(text, *keep, false).is_none()
            {
                spelled += unit.words;
                others += if *keep { 0 } else { unit.words };
            }
        }
        (spelled, others)
    }

    /// Why a word is not spelled; none where it is.
    fn refusal(&self, text: &str, keep: bool, refused: bool) -> Option<&'static str> {
        let longest = self.config.longest_spelled_word;
        let too_long = text.chars().count() > if keep { longest.saturating_mul(2) } else { longest };
        if too_long || self.usable.letters(text).is_empty() {
            Some(if refused { self.config.refusal() } else { "no-sign" })
        } else if self.names_only && !keep {
            Some(if refused { self.config.refusal() } else { "too-much-spelling" })
        } else {
            None
        }
    }

    fn settle_clause(
        &self,
        units: Vec<Unit>,
        omitted: &mut Vec<Omission>,
        notices: &mut Vec<String>,
    ) -> Vec<Unit> {
        let mut settled: Vec<Unit> = Vec::with_capacity(units.len());
        let mut gap: Option<Unit> = None;
        for mut unit in units {
            if let Content::Unknown { text, keep, refused } = &unit.content {
                if let Some(reason) = self.refusal(text, *keep, *refused) {
                    let word = self.text.get(unit.span.clone()).unwrap_or_default().to_owned();
                    strand_negator(settled.last_mut(), &word, notices);
                    omitted.push(Omission { word, span: unit.span.clone(), reason });
                    gap = Some(unit);
                    continue;
                }
                unit.content = Content::Made(vec![Part::Spelled(text.clone())]);
            }
            if let Some(left_out) = gap.take() {
                unit.after_gap = true;
                // في [شمال] حلب is still a place behind its preposition.
                unit.link.locative |= left_out.link.locative && left_out.role == Role::Place;
                unit.link.tense = unit.link.tense.or(left_out.link.tense);
            }
            settled.push(unit);
        }
        settled
    }
}

/// Keeps a negator where it stands when the word that it negates is left out: behind any other
/// word it would negate that.
fn strand_negator(last: Option<&mut Unit>, word: &str, notices: &mut Vec<String>) {
    if let Some(negator) = last.filter(|unit| unit.role == Role::Negator) {
        negator.role = Role::Plain;
        negator.negated = true;
        notices.push(format!("“{word}” is negated and has no sign: only the negation is signed"));
    }
}

fn content_words(resolved: &Resolved) -> usize {
    let units: usize = resolved.clauses.iter().flat_map(|clause| &clause.units).map(|unit| unit.words).sum();
    units + resolved.omitted.iter().filter(|omission| is_content(omission)).count()
}

fn is_content(omission: &Omission) -> bool {
    !matches!(
        omission.reason,
        "function-word" | "passive" | "question-particle" | "condition-particle" | "intensity" | "emoji"
    )
}

fn coverage(resolved: &Resolved, content_words: usize) -> Coverage {
    let mut coverage = Coverage { content_words, signed_words: 0, spelled_words: 0 };
    for unit in resolved.clauses.iter().flat_map(|clause| &clause.units) {
        if unit.is_signed() {
            coverage.signed_words += unit.words;
        } else {
            coverage.spelled_words += unit.words;
        }
    }
    coverage
}
