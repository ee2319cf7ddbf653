//! The manual alphabet: each letter as joint angles at a few instants, in a text file to edit.
//!
//! The figures are measured from recordings (`nashra letters measure`); letters that Arabic borrows
//! and that no recording shows are spelled as others, which the file says one by one.

use super::Review;
pub use super::key::{Key, KeyArm};
use crate::body::{Articulation, Motion, maths};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The letters that are known.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterTable {
    /// Letters with a handshape of their own.
    #[serde(default, rename = "letter")]
    pub letters: Vec<Letter>,
    /// Letters spelled as another.
    #[serde(default, rename = "alias")]
    pub aliases: Vec<Alias>,
}

/// One letter, or a ligature that has a sign (`ال`, `لا`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// As it is written.
    pub letter: String,
    /// The recording that it was measured from.
    pub source: String,
    /// ISO 639-3 code of the sign language.
    pub language: String,
    /// How well the measured hand explains the recorded points: 1 is exactly.
    pub confidence: f32,
    /// Whether a signer has looked at it.
    pub review: Review,
    /// How long the last instant is held, seconds.
    pub hold: f32,
    /// The instants, in order; one where nothing moves.
    #[serde(rename = "key")]
    pub keys: Vec<Key>,
}

/// A letter that is spelled as another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// As it is written.
    pub letter: String,
    /// The letter that is signed.
    pub signed_as: String,
    /// Why.
    pub note: String,
}

/// What is wrong with a letters file.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// Not the TOML that is expected.
    #[error("the letters file is not as expected: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A letter without an instant, or with instants out of order.
    #[error("letter {letter}: {found}; expected at least one [[letter.key]], their times rising from 0")]
    Keys {
        /// Which letter.
        letter: String,
        /// What was found.
        found: String,
    },
    /// A number that cannot be.
    #[error("letter {letter}, {field}: expected finite numbers, palm and fingers not along one line")]
    Numbers {
        /// Which letter.
        letter: String,
        /// Which field.
        field: &'static str,
    },
    /// An alias to nowhere.
    #[error("alias {letter}: there is no letter {signed_as} to sign it as")]
    Alias {
        /// Which alias.
        letter: String,
        /// What it names.
        signed_as: String,
    },
}

impl LetterTable {
    /// Reads a letters file.
    ///
    /// # Errors
    /// [`LettersError`], with the line where the syntax is wrong, else with letter and field.
    pub fn parse(toml: &str) -> Result<Self, LettersError> {
        let table: Self = toml::from_str(toml)?;
        for letter in &table.letters {
            letter.check()?;
        }
        for alias in &table.aliases {
            if !table.letters.iter().any(|l| l.letter == alias.signed_as) {
                let (letter, signed_as) = (alias.letter.clone(), alias.signed_as.clone());
                return Err(LettersError::Alias { letter, signed_as });
            }
        }
        Ok(table)
    }

    /// The letter that is signed for what is written, aliases followed.
    pub fn find(&self, written: &str) -> Option<&Letter> {
        let alias = self.aliases.iter().find(|a| a.letter == written);
        let signed = alias.map_or(written, |a| &a.signed_as);
        self.letters.iter().find(|l| l.letter == signed)
    }

    /// The aliases for letters that no recording shows.
    pub fn usual_aliases() -> Vec<Alias> {
        ALIASES
            .iter()
            .map(|[letter, signed_as, note]| Alias {
                letter: (*letter).to_owned(),
                signed_as: (*signed_as).to_owned(),
                note: (*note).to_owned(),
            })
            .collect()
    }

    /// The file's text, one arm a block and one finger a line.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(HEADER);
        for letter in &self.letters {
            letter.write(&mut text);
        }
        for Alias { letter, signed_as, note } in &self.aliases {
            let _ = write!(
                text,
                "\n[[alias]]\nletter = {letter:?}\nsigned_as = {signed_as:?}\nnote = {note:?}\n"
            );
        }
        text
    }
}

const HEADER: &str = "\
# The Arabic manual alphabet, as measured by `nashra letters measure`.
#
# Measured from recordings of Jordanian Sign Language (jos); NOT reviewed by a Syrian signer. Whoever
# reviews a letter corrects its figures and sets review = \"approved\".
#
# time, hold: seconds. wrist: shoulder widths from midway between the shoulders, x to the signer's
# left, y up, z toward the viewer. fingers_point, palm_faces: directions in the same frame.
# Angles in degrees. thumb: out of the palm, across the palm, middle joint, end joint.
# Fingers: knuckle, toward the thumb, middle joint, end joint; all bend toward the palm.
";

const ALIASES: [[&str; 3]; 7] = [
    [
        "ة",
        "ه",
        "no recording shows it; it is written as a ه with dots, and ه is how it sounds at a pause. Spelling it as ت would follow its sound before another word. To be decided by a Syrian signer.",
    ],
    ["پ", "ب", "borrowed letter (p): spelled as the letter that Arabic writes in its place"],
    ["چ", "ج", "borrowed letter (ch): spelled as the letter that it is a form of"],
    ["گ", "ك", "borrowed letter (g): spelled as the letter that it is a form of"],
    ["ڤ", "ف", "borrowed letter (v): spelled as the letter that Arabic writes in its place"],
    ["ژ", "ز", "borrowed letter (zh): spelled as the letter that it is a form of"],
    ["ٱ", "ا", "alif with wasla: a spelling of ا"],
];

impl Letter {
    fn check(&self) -> Result<(), LettersError> {
        let wrong =
            |found: &str| Err(LettersError::Keys { letter: self.letter.clone(), found: found.to_owned() });
        let Some(first) = self.keys.first() else { return wrong("none") };
        if first.time != 0.0 {
            return wrong("the first is not at 0");
        }
        if !self.keys.windows(2).all(|pair| pair[0].time < pair[1].time && pair[1].time < 10.0) {
            return wrong("times that do not rise, or beyond 10 s");
        }
        if !(0.0..=10.0).contains(&self.hold) {
            return wrong("a hold below 0 or beyond 10 s");
        }
        for arm in self.keys.iter().flat_map(|key| [Some(&key.right), key.left.as_ref()]).flatten() {
            arm.check().map_err(|field| LettersError::Numbers { letter: self.letter.clone(), field })?;
        }
        Ok(())
    }

    /// Whether it has a movement.
    pub fn moves(&self) -> bool {
        self.keys.len() > 1
    }

    /// Its length, hold included, seconds.
    pub fn duration(&self) -> f32 {
        self.keys.last().map_or(0.0, |key| key.time) + self.hold
    }

    /// The letter's motion, 60 frames a second: from the first instant to the end of the hold,
    /// without the way there or back. Instants are joined without stopping between them.
    pub fn to_motion(&self) -> Motion {
        let count = (self.duration() * Motion::FPS).round().max(1.0) as usize;
        let poses: Vec<Articulation> = self.keys.iter().map(Key::pose).collect();
        let frames = (0..count).map(|i| self.pose_at(&poses, i as f32 / Motion::FPS)).collect();
        Motion { fps: Motion::FPS, frames }
    }

    fn pose_at(&self, poses: &[Articulation], time: f32) -> Articulation {
        let next = self.keys.iter().position(|key| key.time > time);
        match next {
            Some(next) if next > 0 => {
                let (from, to) = (&self.keys[next - 1], &self.keys[next]);
                let t = (time - from.time) / (to.time - from.time);
                // Movement starts and ends softly; in between it flows.
                let ends = (next == 1, next == self.keys.len() - 1);
                poses[next - 1].lerp(&poses[next], soft(t, ends))
            }
            Some(_) => poses[0].clone(),
            None => poses.last().cloned().unwrap_or_else(Articulation::neutral),
        }
    }

    fn write(&self, text: &mut String) {
        let Self { letter, source, language, confidence, review, hold, keys } = self;
        let review = match review {
            Review::NotReviewed => "not-reviewed",
            Review::Approved => "approved",
        };
        let _ = write!(
            text,
            "\n[[letter]]\nletter = {letter:?}\nsource = {source:?}\nlanguage = {language:?}\n\
             confidence = {confidence:.2}\nreview = \"{review}\"\nhold = {hold:.2}\n"
        );
        for key in keys {
            let _ = write!(text, "[[letter.key]]\ntime = {:.2}\n", key.time);
            key.right.write(text, "right");
            if let Some(left) = &key.left {
                left.write(text, "left");
            }
        }
    }
}

/// Time within a stretch, made soft where the whole movement starts or ends.
fn soft(t: f32, (starts, ends): (bool, bool)) -> f32 {
    match (starts, ends) {
        (true, true) => maths::minimum_jerk(t),
        (true, false) => t * t * (2.0 - t),
        (false, true) => t * (1.0 + t - t * t),
        (false, false) => t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Arm, Side};

    fn table() -> LetterTable {
        let arm = KeyArm::of(Side::Right, &Arm::relaxed(Side::Right));
        let mut raised = arm.clone();
        raised.wrist[1] = -0.5;
        let key = |time, right: &KeyArm| Key { time, right: right.clone(), left: None };
        let letter = Letter {
            letter: "ب".into(),
            source: "a recording".into(),
            language: "jos".into(),
            confidence: 0.9,
            review: Review::NotReviewed,
            hold: 0.4,
            keys: vec![key(0.0, &arm), key(0.3, &raised)],
        };
        let alias = LetterTable::usual_aliases().into_iter().find(|a| a.letter == "پ");
        LetterTable { letters: vec![letter], aliases: alias.into_iter().collect() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let table = table();
        assert_eq!(LetterTable::parse(&table.to_toml()).unwrap(), table);
        assert_eq!(table.find("پ"), table.find("ب"));
        assert!(table.find("ب").is_some());
    }

    #[test]
    fn a_letter_moves_from_its_first_to_its_last_instant() {
        let table = table();
        let motion = table.letters[0].to_motion();
        assert_eq!(motion.frames.len(), 42);
        let wrist = |i: usize| motion.frames[i].arms[1].wrist.y;
        assert!((wrist(0) + 1.46).abs() < 1e-3 && (wrist(41) + 0.5).abs() < 1e-3);
        assert!((1..42).all(|i| wrist(i) >= wrist(i - 1) - 1e-6));
    }

    #[test]
    fn the_alphabet_that_ships_is_whole_and_short() {
        let table = LetterTable::parse(include_str!("../../assets/lexicon/letters.toml")).unwrap();
        let written = "ءآأإابتثجحخدذرزسشصضطظعغفقكلمنهؤويىئةپچگڤ";
        for letter in written.chars().map(String::from).chain(["ال".into(), "لا".into()]) {
            let found = table.find(&letter).unwrap_or_else(|| panic!("no {letter}"));
            assert!((0.35..=0.95).contains(&found.duration()), "{letter}: {} s", found.duration());
            assert!(found.to_motion().frames.iter().all(|f| f.arms.iter().all(|a| a.palm.is_normalized())));
        }
    }

    #[test]
    fn wrong_files_are_refused_by_name() {
        let mut no_keys = table();
        no_keys.letters[0].keys.clear();
        let text = no_keys.to_toml();
        assert!(LetterTable::parse(&text).is_err());
        let mut nowhere = table();
        nowhere.aliases[0].signed_as = "ق".into();
        let error = LetterTable::parse(&nowhere.to_toml()).unwrap_err().to_string();
        assert!(error.contains("پ") && error.contains("ق"), "{error}");
        let mut flat = table();
        flat.letters[0].keys[0].right.palm_faces = flat.letters[0].keys[0].right.fingers_point;
        let error = LetterTable::parse(&flat.to_toml()).unwrap_err().to_string();
        assert!(error.contains("ب") && error.contains("palm_faces"), "{error}");
    }
}
