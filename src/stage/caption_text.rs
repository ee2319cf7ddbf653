//! A headline cut into words and pages for the captions. No renderer.

use crate::interpreter::{Plan, SignKind};
use crate::lexicon::Provenance;
use std::ops::Range;

/// Longer words are cut, so that one endless word cannot fill the picture.
const LONGEST_WORD_CHARS: usize = 40;

/// How the caption marks a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Signed with a sign that somebody recorded, retrieved or generated.
    None,
    /// Spelled letter by letter.
    Spelled,
    /// Signed with a practice sign.
    Practice,
    /// Not signed.
    Unsigned,
}

/// A word of a headline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Its bytes in the headline, with the blanks after it.
    pub(super) span: Range<usize>,
    /// What is shown: control characters taken out, blanks made single.
    pub(super) shown: String,
    /// How it is marked.
    pub(super) mark: Mark,
}

/// The words of a headline, marked by what the plan says of them.
pub(super) fn words(plan: &Plan) -> Vec<Word> {
    spans(&plan.text)
        .map(|span| {
            let shown = shown(&plan.text[span.clone()]);
            let mark = mark(plan, &span);
            Word { span, shown, mark }
        })
        .filter(|word| !word.shown.trim().is_empty())
        .collect()
}

/// Pages of at most `chars` characters, as ranges of words; none of no words.
pub(super) fn pages(words: &[Word], chars: usize) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, word) in words.iter().enumerate() {
        let length = word.shown.chars().count();
        if used + length > chars && index > start {
            pages.push(start..index);
            (start, used) = (index, 0);
        }
        used += length;
    }
    if start < words.len() {
        pages.push(start..words.len());
    }
    pages
}

/// Whether two ranges of bytes share any.
pub(super) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Each word with the blanks after it; long ones cut.
fn spans(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let mut blank = false;
        let mut letters = 0;
        let end = rest
            .char_indices()
            .find(|(_, c)| {
                let ends = (blank && !c.is_whitespace()) || letters >= LONGEST_WORD_CHARS;
                blank |= c.is_whitespace();
                letters += usize::from(!c.is_whitespace());
                ends
            })
            .map_or(rest.len(), |(at, _)| at);
        let span = start..start + end;
        start = span.end;
        Some(span)
    })
}

/// Without control characters and direction overrides, which would garble the line's order, and
/// with at most four marks on a letter.
fn shown(word: &str) -> String {
    let mut marks = 0;
    let visible = word.trim().chars().filter(|c| {
        marks = if is_mark(*c) { marks + 1 } else { 0 };
        !c.is_control() && !is_direction(*c) && marks <= 4
    });
    let mut shown: String = visible.collect();
    if word.ends_with(char::is_whitespace) {
        shown.push(' ');
    }
    shown
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn mark(plan: &Plan, span: &Range<usize>) -> Mark {
    let mut signs = plan.signs.iter().filter(|sign| overlap(&sign.span, span)).peekable();
    if signs.peek().is_none() {
        return Mark::Unsigned;
    }
    let marks = signs.map(|sign| match sign.kind {
        _ if sign.provenance.as_ref().is_some_and(Provenance::is_practice) => Mark::Practice,
        SignKind::Spelled => Mark::Spelled,
        _ => Mark::None,
    });
    // One practice sign is enough for the word to carry its mark.
    marks
        .max_by_key(|mark| match mark {
            Mark::Practice => 2,
            Mark::Spelled => 1,
            Mark::None | Mark::Unsigned => 0,
        })
        .unwrap_or(Mark::Unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{Coverage, PlannedSign};
    use proptest::prelude::*;

    fn plan(text: &str, signs: Vec<PlannedSign>) -> Plan {
        let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
        Plan { text: text.into(), signs, omitted: vec![], coverage, notices: vec![] }
    }

    fn sign(span: Range<usize>, kind: SignKind, provenance: Option<Provenance>) -> PlannedSign {
        PlannedSign {
            gloss: String::new(),
            span,
            kind,
            signs: vec![],
            pause_millis: 0,
            non_manuals: vec![],
            rule: "R1",
            provenance,
        }
    }

    #[test]
    fn words_carry_the_mark_of_the_signs_that_cover_them() {
        let text = "في حلب اليوم";
        let halab = text.find("حلب").unwrap();
        let today = text.find("اليوم").unwrap();
        let plan = plan(
            text,
            vec![
                sign(today..text.len(), SignKind::Lexical, Some(Provenance::Practice)),
                sign(halab..halab + 6, SignKind::Spelled, None),
            ],
        );
        let marks: Vec<Mark> = words(&plan).iter().map(|word| word.mark).collect();
        assert_eq!(marks, [Mark::Unsigned, Mark::Spelled, Mark::Practice]);
    }

    #[test]
    fn pages_hold_every_word_once_in_order() {
        let words = words(&plan(&"كلمة أخرى ".repeat(50), vec![]));
        let pages = pages(&words, 60);
        assert!(pages.len() > 5);
        assert_eq!(pages.iter().cloned().flatten().collect::<Vec<_>>(), (0..words.len()).collect::<Vec<_>>());
    }

    #[test]
    fn overrides_null_bytes_and_towers_of_marks_are_not_shown() {
        let words = words(&plan("\u{202E}abc\0 س\u{064B}\u{064B}\u{064B}\u{064B}\u{064B}\u{064B}", vec![]));
        assert_eq!(words[0].shown, "abc ");
        assert_eq!(words[1].shown.chars().count(), 5);
    }

    proptest! {
        #[test]
        fn any_text_is_cut_into_words_that_cover_it(text in any::<String>()) {
            let mut at = 0;
            for span in spans(&text) {
                prop_assert_eq!(span.start, at);
                prop_assert!(text.is_char_boundary(span.end) && span.end > span.start);
                at = span.end;
            }
            prop_assert_eq!(at, text.len());
            let _ = pages(&words(&plan(&text, vec![])), 30);
        }
    }
}
