//! Arabic in egui, which shapes runs but does not order them.
//!
//! egui (0.36) hands each section of a [`LayoutJob`] to the shaper by itself, and the shaper takes
//! the direction from the run's script. So a line comes out right if it is cut into runs of one
//! direction and one font, and these are handed over as sections in visual order, each run's own
//! letters still in logical order: they join as they should, digits stay digits, and what is not
//! Arabic is placed by the Unicode bidirectional algorithm.

use bevy_egui::egui::{
    self, Color32, FontFamily, FontId, TextFormat,
    text::{ByteIndex, LayoutJob, LayoutSection},
};
use std::borrow::Cow;
use std::ops::Range;
use unicode_bidi::{BidiInfo, Level};

/// The name of egui's family in which the Arabic font comes first.
pub const ARABIC_FAMILY: &str = "nashra-arabic";

/// Distance between lines, in font sizes. Arabic fonts ask for more than these few lines need.
const LINE_HEIGHT: f32 = 1.5;

/// Which of the two font families draws a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The system's Arabic font.
    Arabic,
    /// egui's own.
    Latin,
}

/// A run of one direction and one face, to be placed to the right of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisualRun<'a> {
    /// What the shaper gets.
    pub text: Cow<'a, str>,
    /// Which font draws it.
    pub face: Face,
}

/// The runs of one line, from left to right. `rtl` is the paragraph's direction.
pub fn visual_runs(line: &str, rtl: bool) -> Vec<VisualRun<'_>> {
    if !line.chars().any(is_arabic) {
        return vec![VisualRun { text: line.into(), face: Face::Latin }];
    }
    let base = if rtl { Level::rtl() } else { Level::ltr() };
    let info = BidiInfo::new(line, Some(base));
    let mut runs = Vec::new();
    for paragraph in &info.paragraphs {
        let (levels, ranges) = info.visual_runs(paragraph, paragraph.range.clone());
        for range in ranges {
            let right_to_left = levels.get(range.start).is_some_and(|level| level.is_rtl());
            push_run(&mut runs, &line[range], right_to_left);
        }
    }
    runs
}

/// Whether a text reads from right to left: its first letter decides, as the standard says.
pub fn is_rtl(text: &str) -> bool {
    use unicode_bidi::{BidiClass, bidi_class};
    text.chars()
        .find_map(|c| match bidi_class(c) {
            BidiClass::R | BidiClass::AL => Some(true),
            BidiClass::L => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

fn push_run<'a>(runs: &mut Vec<VisualRun<'a>>, text: &'a str, right_to_left: bool) {
    let mut pieces = same_face(text, right_to_left);
    if right_to_left {
        pieces.reverse();
    }
    for (range, face) in pieces {
        let piece = &text[range];
        let shaped_rtl = piece.chars().any(is_arabic_letter);
        let text = if right_to_left && !shaped_rtl { reversed(piece).into() } else { Cow::Borrowed(piece) };
        runs.push(VisualRun { text, face });
    }
}

/// Cuts a run wherever the font changes; in a left-to-right run an Arabic sign (a percent sign
/// after digits) stands alone, because the shaper would turn around everything beside it.
fn same_face(text: &str, right_to_left: bool) -> Vec<(Range<usize>, Face)> {
    let mut pieces: Vec<(Range<usize>, Face)> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let face = face_of(c);
        let alone = !right_to_left && is_arabic_letter(c);
        match pieces.last_mut() {
            Some((range, last)) if *last == face && !alone => range.end = end,
            _ => pieces.push((at..end, face)),
        }
    }
    pieces
}

/// Signs that both fonts have go with the Arabic one, so that phrases stay in one piece.
fn face_of(c: char) -> Face {
    let shared = matches!(c, ' ' | '!' | ',' | '-' | '.' | ':' | '«' | '»' | '0'..='9');
    if shared || is_arabic(c) { Face::Arabic } else { Face::Latin }
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{200B}'..='\u{200F}')
}

/// Whether the shaper takes the script, and with it the direction, from this character.
fn is_arabic_letter(c: char) -> bool {
    let common = matches!(c, '\u{060C}' | '\u{061B}' | '\u{061F}' | '\u{0640}' | '\u{064B}'..='\u{0655}'
        | '\u{0660}'..='\u{0669}' | '\u{0670}' | '\u{200B}'..='\u{200F}');
    is_arabic(c) && !common
}

/// A piece without letters, turned around, its brackets too.
fn reversed(piece: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    piece.graphemes(true).rev().flat_map(str::chars).map(mirrored).collect()
}

fn mirrored(c: char) -> char {
    const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];
    PAIRS
        .iter()
        .find_map(|&(open, close)| match c {
            _ if c == open => Some(close),
            _ if c == close => Some(open),
            _ => None,
        })
        .unwrap_or(c)
}

/// Cuts a text into lines of at most `width`, at spaces; a word that is wider stands on a line of
/// its own. `measure` gives the width of a stretch of text, in the unit of `width`.
pub fn wrap(text: &str, width: f32, mut measure: impl FnMut(&str) -> f32) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut line: Option<Range<usize>> = None;
    for word in words(text) {
        line = match line {
            Some(so_far) if measure(&text[so_far.start..word.end]) <= width => Some(so_far.start..word.end),
            Some(full) => {
                lines.push(&text[full]);
                Some(word)
            }
            None => Some(word),
        };
    }
    lines.extend(line.map(|last| &text[last]));
    lines
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// One line as egui draws it.
pub fn line_job(line: &str, rtl: bool, size: f32, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    for run in visual_runs(line, rtl) {
        let family = match run.face {
            Face::Arabic => FontFamily::Name(ARABIC_FAMILY.into()),
            Face::Latin => FontFamily::Proportional,
        };
        // `LayoutJob::append` would join runs of one format again, and the shaper would turn digits
        // around with the Arabic beside them.
        let start = ByteIndex(job.text.len());
        job.text.push_str(&run.text);
        let byte_range = start..ByteIndex(job.text.len());
        // Centred, the two fonts' baselines come within a pixel of each other.
        let valign = egui::Align::Center;
        let format = TextFormat { valign, ..TextFormat::simple(FontId::new(size, family), color) };
        job.sections.push(LayoutSection { leading_space: 0.0, byte_range, format });
    }
    job
}

/// A text of several lines, wrapped to the width there is, Arabic at the right edge.
pub fn paragraph(ui: &mut egui::Ui, text: &str, size: f32, color: Color32) {
    let rtl = is_rtl(text);
    let width = ui.available_width();
    let lines = {
        let painter = ui.painter();
        wrap(text, width, |part| painter.layout_job(line_job(part, rtl, size, color)).size().x)
    };
    for line in lines {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(width, LINE_HEIGHT * size), egui::Sense::hover());
        let galley = ui.painter().layout_job(line_job(line, rtl, size, color));
        let (at, anchor) = if rtl {
            (rect.right_center(), egui::Align2::RIGHT_CENTER)
        } else {
            (rect.left_center(), egui::Align2::LEFT_CENTER)
        };
        ui.painter().galley(anchor.anchor_size(at, galley.size()).min, galley, color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(line: &str) -> Vec<String> {
        visual_runs(line, true).into_iter().map(|run| run.text.into_owned()).collect()
    }

    #[test]
    fn an_arabic_phrase_stays_in_one_run_in_logical_order() {
        assert_eq!(drawn("وزارة الصحة"), ["وزارة الصحة"]);
    }

    #[test]
    fn a_number_stands_to_the_left_of_the_word_before_it() {
        assert_eq!(drawn("مقتل 25 شخصا"), [" شخصا", "25", "مقتل "]);
    }

    #[test]
    fn each_run_is_shaped_by_itself() {
        let job = line_job("لل: 25 حلب", true, 15.0, Color32::WHITE);
        let sections: Vec<&str> =
            job.sections.iter().map(|s| &job.text[s.byte_range.start.0..s.byte_range.end.0]).collect();
        assert_eq!(sections, [" حلب", "25", "لل: "]);
    }

    #[test]
    fn latin_brackets_around_latin_are_mirrored_in_an_arabic_line() {
        assert_eq!(drawn("قال (BBC)"), ["(", "BBC", ")", "قال "]);
    }

    #[test]
    fn an_arabic_percent_sign_does_not_turn_its_number_around() {
        let runs = drawn("نمو 25٪");
        assert!(runs.contains(&"25".to_owned()) && !runs.iter().any(|run| run == "25٪"), "{runs:?}");
    }

    #[test]
    fn the_first_letter_gives_the_direction() {
        assert!(is_rtl("25 شخصا") && !is_rtl("25 people") && !is_rtl(""));
    }

    #[test]
    fn a_word_wider_than_the_line_stands_alone() {
        let lines = wrap("a bbbbbbbb cc d", 4.0, |part| part.chars().count() as f32);
        assert_eq!(lines, ["a", "bbbbbbbb", "cc d"]);
    }

    proptest! {
        #[test]
        fn no_character_is_lost_or_made_up(line in "\\PC{0,40}") {
            let mut before: Vec<char> = line.chars().map(mirror_class).collect();
            let mut after: Vec<char> =
                visual_runs(&line, true).iter().flat_map(|run| run.text.chars()).map(mirror_class).collect();
            before.sort_unstable();
            after.sort_unstable();
            prop_assert_eq!(before, after);
        }

        #[test]
        fn wrapping_keeps_every_word(text in "[ا-ي a-z]{0,60}", width in 1.0f32..20.0) {
            let lines = wrap(&text, width, |part| part.chars().count() as f32);
            let words: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
            prop_assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
        }
    }

    /// Either of a pair of brackets counts as the first of them.
    fn mirror_class(c: char) -> char {
        c.min(mirrored(c))
    }
}
