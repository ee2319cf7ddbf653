//! The lexicon that ships: the texts under `assets/lexicon/`, embedded.

use super::handshapes::Handshapes;
use super::letters::LetterTable;
use super::signs;
use super::store::Source;
use super::{Category, Entry, Lexicon, LexiconError, Provenance};
use std::sync::Arc;

macro_rules! texts {
    ($($file:literal),* $(,)?) => {
        [$(($file, include_str!(concat!("../../assets/lexicon/", $file)))),*]
    };
}

const HANDSHAPES: [(&str, &str); 1] = texts!["handshapes.toml"];
const LETTERS: [(&str, &str); 1] = texts!["letters.toml"];

/// The 150 news words.
const PRACTICE: [(&str, &str); 9] = texts![
    "practice/government.toml",
    "practice/health.toml",
    "practice/security.toml",
    "practice/economy.toml",
    "practice/weather.toml",
    "practice/place.toml",
    "practice/time.toml",
    "practice/sport.toml",
    "practice/society.toml",
];

/// Closed classes that a grammar needs besides.
const CLOSED: [(&str, &str); 3] = texts!["numbers.toml", "calendar.toml", "functions.toml"];

impl Lexicon {
    /// The keys of the 150 news words that ship, in the files' order.
    ///
    /// # Errors
    /// As [`Lexicon::builtin`].
    pub fn news_words() -> Result<Vec<String>, LexiconError> {
        let shapes = builtin_handshapes()?;
        let mut keys = Vec::new();
        for (file, text) in PRACTICE {
            keys.extend(signs::parse(file, text, &shapes)?.into_iter().map(|sign| sign.entry.key));
        }
        Ok(keys)
    }

    /// What ships: letters, the 150 practice signs, numbers, calendar and function signs.
    ///
    /// # Errors
    /// [`LexiconError::Document`] or [`LexiconError::Letters`] where one of the texts has a mistake.
    pub fn builtin() -> Result<Lexicon, LexiconError> {
        let shapes = builtin_handshapes()?;
        let mut lexicon = Lexicon::default();
        for (file, text) in PRACTICE.into_iter().chain(CLOSED) {
            for sign in signs::parse(file, text, &shapes)? {
                lexicon.add_written(sign);
            }
        }
        add_letters(&mut lexicon)?;
        Ok(lexicon)
    }
}

impl Handshapes {
    /// The handshapes that ship.
    ///
    /// # Errors
    /// [`LexiconError::Document`] where their text has a mistake.
    pub fn builtin() -> Result<Handshapes, LexiconError> {
        builtin_handshapes()
    }
}

/// The handshapes that ship.
pub(super) fn builtin_handshapes() -> Result<Handshapes, LexiconError> {
    let [(file, text)] = HANDSHAPES;
    Handshapes::parse(file, text)
}

/// Reads a file of letters.
pub(super) fn parse_letters(file: &str, text: &str) -> Result<LetterTable, LexiconError> {
    LetterTable::parse(text)
        .map_err(|error| LexiconError::Letters { file: file.to_owned(), message: error.to_string() })
}

/// The measured manual alphabet, and the letters that are spelled as others.
fn add_letters(lexicon: &mut Lexicon) -> Result<(), LexiconError> {
    let [(file, text)] = LETTERS;
    let table = parse_letters(file, text)?;
    for letter in &table.letters {
        let entry = Entry {
            key: format!("letter-{}", letter.letter),
            gloss: letter.letter.clone(),
            category: Category::Letter,
            forms: Vec::new(),
            provenance: Provenance::Letter {
                // The letter says more to people than its file's name, which the letters file keeps.
                source: format!("recording of «{}»", letter.letter),
                language: letter.language.clone(),
                review: letter.review,
            },
        };
        lexicon.add_letter(&letter.letter, entry, Source::Made(Arc::new(letter.to_motion())));
    }
    for alias in &table.aliases {
        lexicon.add_letter_alias(&alias.letter, &alias.signed_as);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::check::{ALIKE, hand_points, motion_distance};
    use super::super::wrist::{WristAngles, bend};
    use super::super::{SignClip, SignId};
    use super::*;
    use crate::body::{Arm, Motion, Side, body_clearance};

    fn practice() -> Vec<Entry> {
        let shapes = builtin_handshapes().unwrap();
        let files = PRACTICE.into_iter().flat_map(|(file, text)| signs::parse(file, text, &shapes).unwrap());
        files.map(|sign| sign.entry).collect()
    }

    fn notated(lexicon: &Lexicon) -> Vec<(String, Arc<Motion>)> {
        let written = lexicon.entries().filter(|(_, entry)| entry.provenance == Provenance::Practice);
        written.filter_map(|(id, entry)| Some((entry.key.clone(), motion(lexicon, id)?))).collect()
    }

    fn motion(lexicon: &Lexicon, id: SignId) -> Option<Arc<Motion>> {
        match lexicon.clip(id).unwrap() {
            SignClip::Notated(motion) => Some(motion),
            SignClip::Recorded(_) => None,
        }
    }

    #[test]
    fn there_are_150_practice_words_and_every_category_has_some() {
        let entries = practice();
        assert_eq!(entries.len(), 150);
        for (_, category) in &Category::NAMES[..9] {
            assert!(entries.iter().filter(|entry| entry.category == *category).count() >= 8, "{category:?}");
        }
        assert!(entries.iter().all(|entry| entry.forms.contains(&entry.gloss)));
    }

    #[test]
    fn no_two_signs_share_a_form_or_a_key() {
        let lexicon = Lexicon::builtin().unwrap();
        for (id, entry) in lexicon.entries() {
            assert_eq!(lexicon.by_key(&entry.key), Some(id));
            for form in &entry.forms {
                let folded = crate::arabic::fold(form);
                let words: Vec<&str> = folded.split_whitespace().collect();
                assert_eq!(lexicon.lookup(&words), [id], "{form}");
                assert!(lexicon.longest_form(words[0]) >= words.len());
            }
        }
    }

    #[test]
    fn every_letter_of_arabic_names_can_be_spelled() {
        let lexicon = Lexicon::builtin().unwrap();
        for letter in "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإؤئىةپچگڤ".chars()
        {
            let (id, bytes) = lexicon.letter(&letter.to_string()).unwrap();
            assert_eq!(bytes, letter.len_utf8());
            assert_eq!(lexicon.entry(id).provenance.kind(), "letter", "{letter}");
            assert!(motion(&lexicon, id).is_some_and(|motion| motion.duration() > 0.1), "{letter}");
        }
        for (text, longest) in [("لاجئ", "لا"), ("الحسكة", "ال"), ("لبنان", "ل")] {
            let (id, bytes) = lexicon.letter(text).unwrap();
            assert_eq!((&*lexicon.entry(id).gloss, bytes), (longest, longest.len()));
        }
        assert_eq!(lexicon.letter("x"), None);
        assert_eq!(lexicon.letter(""), None);
    }

    #[test]
    fn all_numbers_that_the_grammar_composes_have_a_sign() {
        let lexicon = Lexicon::builtin().unwrap();
        let tens = (20..=90).step_by(10);
        let powers = [100, 1000, 1_000_000, 1_000_000_000, 1_000_000_000_000];
        for value in (0..=10).chain(tens).chain(powers) {
            assert!(lexicon.number_atom(value).is_some(), "{value}");
        }
        assert_eq!(lexicon.number_atom(11), None);
    }

    /// What `check` finds wrong with the frames of all written signs.
    fn problems(check: impl Fn(&Motion, &mut Vec<String>)) -> String {
        let mut all = Vec::new();
        for (key, motion) in notated(&Lexicon::builtin().unwrap()) {
            let mut own = Vec::new();
            check(&motion, &mut own);
            if let Some(first) = own.first() {
                all.push(format!("{key}: {first} ({} in all)", own.len()));
            }
        }
        all.join("\n")
    }

    #[test]
    fn every_stroke_is_within_joints_reach_and_outside_the_body() {
        let found = problems(|motion, found| {
            for (frame, pose) in motion.frames.iter().enumerate() {
                for side in Side::BOTH.into_iter().filter(|side| *pose.arm(*side) != Arm::relaxed(*side)) {
                    let arm = pose.arm(side);
                    let (shoulder, bent) = bend(side, arm);
                    let off = bent.wrist.distance(arm.wrist);
                    let angles = WristAngles::of(side, shoulder, &bent, arm.palm);
                    let clear =
                        hand_points(side, arm).map(body_clearance).into_iter().fold(f32::MAX, f32::min);
                    if arm.shape != arm.shape.clamped() || off > 0.02 {
                        found.push(format!("frame {frame} {side:?} {off} out of reach"));
                    }
                    if !angles.within_limits(0.15) {
                        found.push(format!("frame {frame} {side:?} {angles:?}"));
                    }
                    if clear < -0.025 {
                        found.push(format!("frame {frame} {side:?} {clear} inside the body"));
                    }
                }
            }
        });
        assert!(found.is_empty(), "{found}");
    }

    #[test]
    fn strokes_are_smooth_and_of_a_length_that_signs_have() {
        let found = problems(|motion, found| {
            if !(0.3..=1.7).contains(&motion.duration()) {
                found.push(format!("{} s", motion.duration()));
            }
            for (frame, pair) in motion.frames.windows(2).enumerate() {
                for side in Side::BOTH {
                    let (a, b) = (pair[0].arm(side), pair[1].arm(side));
                    let moved = a.wrist.distance(b.wrist);
                    let turned = a.palm.angle_between(b.palm);
                    let swung = (a.swivel - b.swivel).abs();
                    if moved > 0.10 || turned > 0.32 || swung > 0.15 {
                        found.push(format!(
                            "frame {frame} {side:?} jumps: {moved} {turned} rad, elbow {swung}"
                        ));
                    }
                }
            }
        });
        assert!(found.is_empty(), "{found}");
    }

    #[test]
    fn every_motion_is_distinct_from_every_other() {
        let signs = notated(&Lexicon::builtin().unwrap());
        let mut closest: Vec<(f32, &str, &str)> = Vec::new();
        for (i, (key, motion)) in signs.iter().enumerate() {
            for (other_key, other) in &signs[..i] {
                closest.push((motion_distance(motion, other), key, other_key));
            }
        }
        closest.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(closest[0].0 > ALIKE, "too much alike: {:?}", &closest[..12]);
    }
}
