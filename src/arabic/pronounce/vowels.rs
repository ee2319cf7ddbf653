//! Short vowels where a word has no marks: syllables of the shapes that Arabic has.

use super::letters::{Letter, Unit, article_length, letters, units};
use super::{Phoneme, Sound};

/// Words that are written without their ā, and how they sound.
const RESPELLED: [(&str, &str); 5] =
    [("الله", "أَللاه"), ("هذا", "هاذا"), ("هذه", "هاذِه"), ("ذلك", "ذالِك"), ("لكن", "لاكِن")];

/// A word's sounds.
pub(super) fn sounds(word: &str) -> Vec<Phoneme> {
    let respelled = RESPELLED.iter().find(|(written, _)| *written == word);
    let letters = letters(respelled.map_or(word, |(_, sounded)| sounded));
    Filler::new(&units(&letters), is_verbal_noun(&letters)).fill()
}

/// Whether it begins with a bare alif that is no article, and has an ā: اجتماع, استقبال, not استقبل.
fn is_verbal_noun(letters: &[Letter]) -> bool {
    let bare = &letters[article_length(letters)..];
    matches!(bare, [first, rest @ ..] if first.letter == 'ا' && rest.iter().any(|l| l.letter == 'ا'))
}

/// What came before a consonant.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    LongVowel,
    ShortVowel,
    Coda,
}

/// Puts missing short vowels in.
struct Filler<'a> {
    units: &'a [Unit],
    verbal_noun: bool,
    out: Vec<Phoneme>,
}

impl<'a> Filler<'a> {
    fn new(units: &'a [Unit], verbal_noun: bool) -> Self {
        Self { units, verbal_noun, out: Vec::with_capacity(2 * units.len()) }
    }

    fn fill(mut self) -> Vec<Phoneme> {
        let mut before = Before::Nothing;
        for at in 0..self.units.len() {
            before = match self.units[at] {
                Unit::Vowel { sound, long } => {
                    self.out.push(Phoneme { sound, long });
                    if long { Before::LongVowel } else { Before::ShortVowel }
                }
                Unit::Consonant { sound, closed } => {
                    self.push_consonant(sound);
                    if !closed && self.takes_vowel(at, before) {
                        let sound = self.vowel(at, before);
                        self.out.push(Phoneme { sound, long: false });
                        Before::ShortVowel
                    } else {
                        Before::Coda
                    }
                }
            };
        }
        self.out
    }

    /// Two of one consonant without a vowel between are one long one.
    fn push_consonant(&mut self, sound: Sound) {
        match self.out.last_mut() {
            Some(last) if last.sound == sound => last.long = true,
            _ => self.out.push(Phoneme { sound, long: false }),
        }
    }

    fn takes_vowel(&self, at: usize, before: Before) -> bool {
        let run = self.units[at..].iter().take_while(|unit| unit.is_consonant()).count();
        let ends_word = at + run == self.units.len();
        match (before, run) {
            (Before::Nothing, 1) => ends_word,
            (_, 1) => false,
            (Before::ShortVowel, 2) => ends_word,
            (Before::ShortVowel, _) => false,
            _ => true,
        }
    }

    fn vowel(&self, at: usize, before: Before) -> Sound {
        let sound = |at: usize| match self.units.get(at) {
            Some(Unit::Consonant { sound, .. }) => Some(*sound),
            _ => None,
        };
        let is_long = |at: usize, vowel| self.units.get(at).is_some_and(|unit| unit.is_long(vowel));
        let participle = at == 0
            && sound(0) == Some(Sound::Mim)
            && ((sound(1) == Some(Sound::Sin) && sound(2) == Some(Sound::Ta))
                || (sound(1).is_some() && is_long(2, Sound::A) && self.units.len() > 4));
        if participle || is_long(at + 2, Sound::U) {
            Sound::U
        } else if self.verbal_noun
            || sound(at + 1) == Some(Sound::Ya)
            || (before == Before::LongVowel && at + 2 >= self.units.len())
        {
            Sound::I
        } else {
            Sound::A
        }
    }
}
