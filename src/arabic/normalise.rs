//! One spelling for text that comes in many: a *surface* form for people and letters, a *folded*
//! form for look-up only.
//!
//! Feeds write the same word with and without vowel marks, in Persian letters, in presentation
//! forms, with tatweel and invisible direction marks. The surface form takes these away and keeps
//! what a reader sees; the folded form also takes away what writers themselves confuse (hamza
//! seats, ة and ه, ى and ي). Both remember which bytes of the original each of theirs came from,
//! so that a sign can point at the words that it covers. Every step is linear in the text.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Text made from another text, with the bytes of the original that each byte stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    text: String,
    /// For each byte of `text`, where its character begins in the original.
    starts: Vec<usize>,
    /// For each byte of `text`, where its character ends in the original.
    ends: Vec<usize>,
}

impl Mapped {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a range of bytes of this text came from; empty for an empty
    /// range. Ranges beyond the end are cut to it.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.text.len());
        if range.start >= end {
            let at = self.starts.get(range.start).or(self.ends.last()).copied().unwrap_or(0);
            return at..at;
        }
        self.starts[range.start]..self.ends[end - 1]
    }

    /// The look-up form of this text, mapped to the same original.
    pub fn fold(&self) -> Mapped {
        let mut folded = Mapped::with_capacity(self.text.len());
        for (at, character) in self.text.char_indices() {
            let origin = self.origin(at..at + character.len_utf8());
            match fold_letter(character) {
                Some(letter) => folded.push(letter, &origin),
                None => folded.absorb(&origin),
            }
        }
        folded
    }

    fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            starts: Vec::with_capacity(bytes),
            ends: Vec::with_capacity(bytes),
        }
    }

    fn push(&mut self, character: char, origin: &Range<usize>) {
        self.text.push(character);
        self.starts.resize(self.text.len(), origin.start);
        self.ends.resize(self.text.len(), origin.end);
    }

    /// Counts dropped bytes to the letter before them, so that a word's span ends after its last
    /// vowel mark and not before it.
    fn absorb(&mut self, origin: &Range<usize>) {
        let Some(last) = self.text.chars().next_back().filter(|last| !last.is_whitespace()) else { return };
        let from = self.text.len() - last.len_utf8();
        for end in &mut self.ends[from..] {
            *end = origin.end;
        }
    }
}

/// The surface form: NFKC without vowel marks, tatweel and invisible marks; ASCII digits and
/// punctuation; Persian ک ی as Arabic ك ي. Line ends become `\n`, other control characters spaces.
pub fn normalise(text: &str) -> Mapped {
    let mut surface = Mapped::with_capacity(text.len());
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, mark)) = characters.next_if(|&(_, next)| canonical_combining_class(next) != 0) {
            end = at + mark.len_utf8();
        }
        let origin = start..end;
        if is_isolated_mark(first) {
            surface.absorb(&origin);
        } else if first.is_ascii() {
            push_surface(&mut surface, first, &origin);
        } else {
            // Composition happens first, so that ا with a combining hamza becomes أ and not ا.
            for character in text[origin.clone()].nfkc() {
                push_surface(&mut surface, character, &origin);
            }
        }
    }
    surface
}

/// The look-up form of a word or phrase: normalised, folded, words parted by single spaces.
///
/// Both the lexicon's forms and a headline's words go through this, and nothing else is compared.
/// It is never shown.
pub fn fold(text: &str) -> String {
    let folded = normalise(text).fold();
    let mut out = String::with_capacity(folded.text.len());
    for word in folded.text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The look-up form of text that is normalised already.
pub(crate) fn fold_surface(surface: &str) -> String {
    surface.chars().filter_map(fold_letter).collect()
}

fn push_surface(surface: &mut Mapped, character: char, origin: &Range<usize>) {
    if is_invisible(character) || canonical_combining_class(character) != 0 {
        surface.absorb(origin);
    } else {
        surface.push(surface_character(character), origin);
    }
}

/// Vowel marks that are characters of their own; NFKC would make a space and a mark of each.
fn is_isolated_mark(character: char) -> bool {
    matches!(character, '\u{FC5E}'..='\u{FC63}' | '\u{FCF2}'..='\u{FCF4}' | '\u{FE70}'..='\u{FE7F}')
}

/// Characters that draw nothing of their own: tatweel, joiners, direction marks, Quranic signs.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{0640}' | '\u{00AD}' | '\u{061C}' | '\u{FEFF}' | '\u{180E}'
        | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}')
}

fn surface_character(character: char) -> char {
    match character {
        '\n' | '\r' | '\u{0085}' | '\u{2028}' | '\u{2029}' => '\n',
        _ if character.is_control() || character.is_whitespace() => ' ',
        '\u{0660}'..='\u{0669}' => ascii_digit(character, 0x0660),
        '\u{06F0}'..='\u{06F9}' => ascii_digit(character, 0x06F0),
        '٫' => '.',
        '٬' | '،' => ',',
        '٪' => '%',
        '؛' => ';',
        '؟' => '?',
        '۔' => '.',
        '«' | '»' | '“' | '”' | '„' | '‟' | '‹' | '›' => '"',
        '‘' | '’' | '‚' | '‛' | '`' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        'ٱ' => 'ا',
        'ک' | 'ڪ' => 'ك',
        'ی' | 'ې' | 'ێ' | 'ے' => 'ي',
        'ہ' | 'ھ' | 'ە' | 'ۀ' => 'ه',
        'ۃ' => 'ة',
        'ں' => 'ن',
        'ۆ' | 'ۇ' => 'و',
        other => other,
    }
}

fn ascii_digit(digit: char, zero: u32) -> char {
    char::from_digit(u32::from(digit) - zero, 10).unwrap_or(digit)
}

/// A letter's look-up form; none where it is dropped.
fn fold_letter(letter: char) -> Option<char> {
    Some(match letter {
        'ء' => return None,
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ئ' => 'ي',
        'ة' => 'ه',
        'ؤ' => 'و',
        // Borrowed sounds: writers use these and the plain letter for the same name.
        'ڤ' => 'ف',
        'پ' => 'ب',
        'چ' => 'ج',
        'گ' => 'ك',
        other => other.to_lowercase().next().unwrap_or(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vowel_marks_tatweel_and_direction_marks_go_away() {
        assert_eq!(normalise("وِزَارَةُ الصِّحَّـــة").text(), "وزارة الصحة");
        assert_eq!(normalise("\u{202B}حلب\u{202C}\u{200F}").text(), "حلب");
        assert_eq!(normalise("می‌خواهد").text(), "ميخواهد");
    }

    #[test]
    fn combining_hamza_composes_before_marks_are_dropped() {
        assert_eq!(normalise("ا\u{0654}علن").text(), "أعلن");
        assert_eq!(normalise("ا\u{064E}\u{0653}ن").text(), "آن");
    }

    #[test]
    fn presentation_forms_and_ligatures_become_letters() {
        assert_eq!(normalise("ﻻ").text(), "لا");
        assert_eq!(normalise("ﷲ").text(), "الله");
        assert_eq!(normalise("ﺣﻠﺐ").text(), "حلب");
        assert_eq!(normalise("حل\u{FE76}ب").text(), "حلب");
    }

    #[test]
    fn digits_of_all_three_kinds_are_one() {
        assert_eq!(normalise("2026 ٢٠٢٦ ۲۰۲۶").text(), "2026 2026 2026");
        assert_eq!(normalise("١٬٥٠٠٫٢٥٪").text(), "1,500.25%");
    }

    #[test]
    fn folding_takes_away_what_writers_confuse() {
        assert_eq!(fold("أُعلِنَ  في\u{00A0}القاهرةِ"), "اعلن في القاهره");
        assert_eq!(fold("مسؤول"), "مسوول");
        assert_eq!(fold("وزراء"), "وزرا");
        assert_eq!(fold("مستشفى"), fold("مستشفي"));
        assert_eq!(fold("هيئة"), "هييه");
        assert_eq!(fold(" آذار "), "اذار");
    }

    #[test]
    fn a_words_origin_includes_its_marks() {
        let text = "في حَلَبَ اليوم";
        let surface = normalise(text);
        let at = surface.text().find("حلب").unwrap();
        assert_eq!(&text[surface.origin(at..at + "حلب".len())], "حَلَبَ");
    }

    #[test]
    fn control_characters_part_words_and_are_no_text() {
        assert_eq!(normalise("حلب\0دمشق\r\nحمص").text(), "حلب دمشق\n\nحمص");
    }

    proptest! {
        #[test]
        fn every_origin_is_a_range_of_whole_characters(text in "\\PC*|[\u{0600}-\u{06FF}\u{200B}-\u{206F} 0-9]*") {
            for mapped in [normalise(&text), normalise(&text).fold()] {
                for (at, character) in mapped.text().char_indices() {
                    let origin = mapped.origin(at..at + character.len_utf8());
                    prop_assert!(origin.start < origin.end);
                    prop_assert!(text.get(origin).is_some());
                }
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[\u{0600}-\u{06FF} ]*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
