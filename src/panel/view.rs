//! What the operator's panel shows, as plain data: made from the playback and from what the runner
//! reports, so that it can be tested without a window.

use crate::interpreter::{Plan, PlannedSign, SignKind, Utterance};
use crate::lexicon::{Provenance, Review};
use bevy::prelude::Resource;
use std::collections::VecDeque;

/// How many reports and dropped headlines are kept for show.
const KEPT: usize = 20;

/// A word in both languages of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// In Arabic.
    pub arabic: &'static str,
    /// In English.
    pub english: &'static str,
}

const fn word(arabic: &'static str, english: &'static str) -> Word {
    Word { arabic, english }
}

/// One sign of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRow {
    /// The Arabic word; empty for a pause.
    pub gloss: String,
    /// What it is.
    pub kind: Word,
    /// The rule that put it there.
    pub rule: &'static str,
    /// Where its motion comes from; none for a pause.
    pub origin: Option<Origin>,
    /// `source: reason` of each that was asked before and had none.
    pub passed_over: Vec<String>,
    /// Whether it is being signed.
    pub now: bool,
}

impl PlanRow {
    /// Everything that is known of its motion's origin: what does not fit beside the word.
    pub fn details(&self) -> String {
        let mut lines: Vec<String> = self.origin.iter().map(|origin| origin.detail.clone()).collect();
        if !self.passed_over.is_empty() {
            lines.push("asked before:".to_owned());
            lines.extend(self.passed_over.iter().map(|why| format!("· {why}")));
        }
        lines.join("\n")
    }
}

/// Where a motion comes from, for people to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// One word for it.
    pub word: Word,
    /// The rest: the source, the language, whether it was reviewed.
    pub detail: String,
    /// Whether it is a sign of a sign language, and chosen by what knows such.
    pub genuine: bool,
}

impl Origin {
    /// Says a provenance in words.
    pub fn of(provenance: &Provenance) -> Origin {
        let (word, detail) = match provenance {
            Provenance::Recorded { source, language, review } => {
                (word("مسجَّلة", "recorded"), of_language(source, language, *review))
            }
            Provenance::Retrieved { gloss, similarity_millis, origin, trained_on } => (
                word("مسترجَعة", "retrieved"),
                format!(
                    "sign of «{gloss}», similarity {:.3}; {}{}",
                    *similarity_millis as f32 / 1000.0,
                    origin.describe(),
                    if trained_on.is_practice() { "; found by a model of practice signs" } else { "" }
                ),
            ),
            Provenance::Generated { model, seed, trained_on } => {
                let of_what = if trained_on.is_practice() { ", of invented signs" } else { "" };
                (word("مولَّدة", "generated"), format!("{model}, seed {seed}{of_what}"))
            }
            Provenance::Letter { source, language, review } => {
                (word("حرف", "letter"), of_language(source, language, *review))
            }
            Provenance::Practice => (word("تدريبية", "practice"), "invented, not SyArSL".into()),
        };
        Origin { word, detail, genuine: provenance.may_go_on_air() }
    }
}

fn of_language(source: &str, language: &str, review: Review) -> String {
    let reviewed = match review {
        Review::NotReviewed => "not reviewed",
        Review::Approved => "approved",
    };
    if source.is_empty() {
        format!("{language}, {reviewed}")
    } else {
        format!("{language}, {reviewed}: {source}")
    }
}

/// At most that many characters; what is cut is replaced by dots.
pub fn shortened(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The rows of an utterance's plan; `now` is the index of the sign being made.
pub fn plan_rows(utterance: &Utterance, now: Option<usize>) -> Vec<PlanRow> {
    let row = |(index, sign): (usize, &PlannedSign)| {
        let span = utterance.spans.iter().find(|span| span.sign == index);
        let made = span.and_then(|span| span.provenance.as_ref());
        PlanRow {
            gloss: sign.gloss.clone(),
            kind: kind_word(sign.kind),
            rule: sign.rule,
            origin: made.or(sign.provenance.as_ref()).map(Origin::of),
            passed_over: span.map(|span| span.passed_over.clone()).unwrap_or_default(),
            now: now == Some(index),
        }
    };
    utterance.plan.signs.iter().enumerate().map(row).collect()
}

fn kind_word(kind: SignKind) -> Word {
    match kind {
        SignKind::Lexical => word("إشارة", "sign"),
        SignKind::Number => word("عدد", "number"),
        SignKind::Spelled => word("تهجئة", "spelled"),
        SignKind::Pause => word("وقفة", "pause"),
    }
}

/// How much of a headline is signed, in one line.
pub fn coverage_line(plan: &Plan) -> String {
    let coverage = &plan.coverage;
    format!(
        "{:.0} % signed: {} of {} words, {} spelled",
        coverage.percent(),
        coverage.signed_words,
        coverage.content_words,
        coverage.spelled_words
    )
}

/// The words that are not signed, with the reason of each.
pub fn omitted_lines(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.omitted.iter().map(|omission| (omission.word.clone(), omission.reason)).collect()
}

/// A headline that will not be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its text.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What the runner reports of the headlines before they are signed.
#[derive(Resource, Clone, Debug, Default)]
pub struct QueueView {
    /// The queue's policy, by its name on the command line.
    pub policy: String,
    /// How many headlines may wait.
    pub capacity: usize,
    /// The headlines that wait to be planned, next first.
    pub waiting: Vec<String>,
    /// The headline being planned.
    pub planning: Option<String>,
    /// How many were dropped since the start.
    pub dropped_count: usize,
    /// The latest of them, newest first.
    pub dropped: VecDeque<Dropped>,
    /// What happened, newest first.
    pub reports: VecDeque<String>,
    /// The seed of generated motion.
    pub seed: u64,
    /// Whether practice signs are refused.
    pub on_air: bool,
    /// Whether the interpreter is still being made: nothing is signed before.
    pub loading: bool,
}

impl QueueView {
    /// Notes a headline that will not be signed.
    pub fn drop_headline(&mut self, text: impl Into<String>, reason: impl Into<String>) {
        self.dropped_count += 1;
        self.dropped.push_front(Dropped { text: text.into(), reason: reason.into() });
        self.dropped.truncate(KEPT);
    }

    /// Notes something that the operator should know.
    pub fn report(&mut self, line: impl Into<String>) {
        self.reports.push_front(line.into());
        self.reports.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Motion;
    use crate::interpreter::{Coverage, SignSpan};
    use std::sync::Arc;

    fn utterance() -> Utterance {
        let sign = |gloss: &str, kind, provenance| PlannedSign {
            gloss: gloss.into(),
            span: 0..0,
            kind,
            signs: vec![],
            pause_millis: 0,
            non_manuals: vec![],
            rule: "R1",
            provenance,
        };
        let plan = Plan {
            text: "حلب".into(),
            signs: vec![
                sign("حلب", SignKind::Lexical, Some(Provenance::Practice)),
                sign("", SignKind::Pause, None),
            ],
            omitted: vec![],
            coverage: Coverage { content_words: 2, signed_words: 1, spelled_words: 0 },
            notices: vec![],
        };
        let recorded = Provenance::Recorded {
            source: "clip".into(),
            language: "ssy".into(),
            review: Review::NotReviewed,
        };
        let passed_over = vec!["retrieved: nothing is near enough".to_owned()];
        let span = SignSpan { sign: 0, part: 0, frames: 0..10, provenance: Some(recorded), passed_over };
        let motion = Motion { fps: Motion::FPS, frames: vec![] };
        Utterance { plan: Arc::new(plan), motion: Arc::new(motion), spans: vec![span], blended: Vec::new() }
    }

    #[test]
    fn a_row_says_where_the_motion_really_came_from() {
        let rows = plan_rows(&utterance(), Some(0));
        let origin = rows[0].origin.clone().unwrap();
        assert_eq!((origin.word.english, origin.detail.as_str()), ("recorded", "ssy, not reviewed: clip"));
        assert!(rows[0].now && !rows[1].now && rows[1].origin.is_none());
        let details = rows[0].details();
        assert!(details.contains("clip") && details.contains("nothing is near enough"), "{details}");
        assert_eq!(rows[1].details(), "");
    }

    #[test]
    fn practice_signs_are_called_what_they_are() {
        let origin = Origin::of(&Provenance::Practice);
        assert!(!origin.genuine && origin.detail.contains("not SyArSL"));
    }

    #[test]
    fn coverage_is_said_in_words_and_percent() {
        assert_eq!(coverage_line(&utterance().plan), "50 % signed: 1 of 2 words, 0 spelled");
    }

    #[test]
    fn what_is_too_long_is_cut_with_dots() {
        assert_eq!(shortened("حلب", 3), "حلب");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }

    #[test]
    fn every_dropped_headline_is_counted_though_only_the_latest_are_kept() {
        let mut view = QueueView::default();
        for index in 0..100 {
            view.drop_headline(index.to_string(), "full");
        }
        assert_eq!((view.dropped_count, view.dropped.len()), (100, KEPT));
        assert_eq!(view.dropped[0].text, "99");
    }
}
