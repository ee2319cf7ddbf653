//! What the letters of a word say for certain: consonants, long vowels, and the short ones that are
//! marked.

use super::Sound;

/// A letter with what stands above and below it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Letter {
    pub(super) letter: char,
    vowel: Option<Sound>,
    /// An n follows the vowel.
    tanwin: bool,
    doubled: bool,
    /// Marked as without a vowel.
    closed: bool,
}

pub(super) fn letters(word: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for character in word.chars() {
        let vowel = match character {
            '\u{064E}' | '\u{064B}' | '\u{0670}' => Some(Sound::A),
            '\u{064F}' | '\u{064C}' => Some(Sound::U),
            '\u{0650}' | '\u{064D}' => Some(Sound::I),
            _ => None,
        };
        match (character, letters.last_mut()) {
            ('\u{064B}'..='\u{0650}' | '\u{0670}', Some(last)) => {
                last.vowel = vowel;
                last.tanwin = matches!(character, '\u{064B}'..='\u{064D}');
            }
            ('\u{0651}', Some(last)) => last.doubled = true,
            ('\u{0652}', Some(last)) => last.closed = true,
            _ if is_letter(character) => letters.push(Letter { letter: character, ..Letter::default() }),
            _ => {}
        }
    }
    letters
}

fn is_letter(character: char) -> bool {
    consonant(character).is_some() || matches!(character, 'ا' | 'أ' | 'إ' | 'آ' | 'ٱ' | 'ى' | 'ی' | 'ة')
}

/// The consonant that a letter stands for; و and ي included.
fn consonant(letter: char) -> Option<Sound> {
    use Sound::*;
    Some(match letter {
        'ء' | 'ؤ' | 'ئ' | 'أ' | 'إ' => Hamza,
        'ب' => Ba,
        'ت' => Ta,
        'ث' => Tha,
        'ج' | 'چ' | 'ژ' => Jim,
        'ح' => Hha,
        'خ' => Kha,
        'د' => Dal,
        'ذ' => Dhal,
        'ر' => Ra,
        'ز' => Zay,
        'س' => Sin,
        'ش' => Shin,
        'ص' => Sad,
        'ض' => Dad,
        'ط' => Tta,
        'ظ' => Zza,
        'ع' => Ayn,
        'غ' => Ghayn,
        'ف' => Fa,
        'ق' => Qaf,
        'ك' | 'ک' | 'گ' => Kaf,
        'ل' => Lam,
        'م' => Mim,
        'ن' => Nun,
        'ه' => Ha,
        'و' => Waw,
        'ي' => Ya,
        'پ' => Pa,
        'ڤ' => Va,
        _ => return None,
    })
}

/// What the letters say for certain, short vowels still missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Consonant {
        sound: Sound,
        /// No vowel may follow.
        closed: bool,
    },
    Vowel {
        sound: Sound,
        long: bool,
    },
}

impl Unit {
    pub(super) fn is_consonant(&self) -> bool {
        matches!(self, Unit::Consonant { .. })
    }

    pub(super) fn is_long(&self, vowel: Sound) -> bool {
        *self == Unit::Vowel { sound: vowel, long: true }
    }
}

const fn consonantal(sound: Sound) -> Unit {
    Unit::Consonant { sound, closed: false }
}

const fn closed(sound: Sound) -> Unit {
    Unit::Consonant { sound, closed: true }
}

const fn short(sound: Sound) -> Unit {
    Unit::Vowel { sound, long: false }
}

const fn long(sound: Sound) -> Unit {
    Unit::Vowel { sound, long: true }
}

/// How many letters the article and what is attached before it take: ال, وال, بال, لل; 0 without.
pub(super) fn article_length(letters: &[Letter]) -> usize {
    let spelled: String = letters.iter().take(3).map(|letter| letter.letter).collect();
    let length = match spelled.as_str() {
        _ if spelled.starts_with("ال") => 2,
        "وال" | "فال" | "بال" | "كال" => 3,
        _ if spelled.starts_with("لل") => 2,
        _ => 0,
    };
    if letters.len() >= length + 2 { length } else { 0 }
}

pub(super) fn units(letters: &[Letter]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(2 * letters.len());
    let article = article_length(letters);
    let stem = &letters[article..];
    if article > 0 {
        push_article(&letters[..article], stem, &mut units);
    }
    for at in 0..stem.len() {
        push_letter(stem, at, &mut units);
    }
    units
}

fn push_article(article: &[Letter], stem: &[Letter], units: &mut Vec<Unit>) {
    let (first, vowel) = match article.first().map(|letter| letter.letter) {
        Some('و') => (Sound::Waw, Sound::A),
        Some('ف') => (Sound::Fa, Sound::A),
        Some('ب') => (Sound::Ba, Sound::I),
        Some('ك') => (Sound::Kaf, Sound::A),
        Some('ل') => (Sound::Lam, Sound::I),
        _ => (Sound::Hamza, Sound::A),
    };
    units.extend([consonantal(first), short(vowel)]);
    let next = stem.first().and_then(|letter| consonant(letter.letter)).unwrap_or(Sound::Hamza);
    units.push(closed(if next.is_sun() { next } else { Sound::Lam }));
}

fn push_letter(stem: &[Letter], at: usize, units: &mut Vec<Unit>) {
    let here = stem[at];
    let is_last = at + 1 == stem.len();
    match here.letter {
        'ا' | 'ٱ' if at == 0 => {
            units.extend([consonantal(Sound::Hamza), short(here.vowel.unwrap_or(Sound::I))]);
        }
        'ا' | 'ى' | 'ی' | 'ٱ' if here.tanwin => units.extend([short(Sound::A), closed(Sound::Nun)]),
        // A silent seat: of the tanwin before it, and behind a final ū.
        'ا' | 'ى' if at > 0 && stem[at - 1].tanwin => {}
        'ا' if is_last && at > 1 && units.last().is_some_and(|unit| unit.is_long(Sound::U)) => {}
        'ا' | 'ى' | 'ی' | 'ٱ' => push_long(Sound::A, units),
        'آ' => units.extend([consonantal(Sound::Hamza), long(Sound::A)]),
        'أ' | 'إ' if at == 0 && here.vowel.is_none() => {
            let vowel = if here.letter == 'إ' { Sound::I } else { Sound::A };
            units.extend([consonantal(Sound::Hamza), short(vowel)]);
        }
        'ة' => push_feminine_ending(here, units),
        'و' if is_long_vowel(stem, at) => push_long(Sound::U, units),
        'ي' if is_long_vowel(stem, at) => push_long(Sound::I, units),
        letter => {
            let Some(sound) = consonant(letter) else { return };
            let nisba = letter == 'ي' && stem.get(at + 1).is_some_and(|next| next.letter == 'ة');
            let nisba = nisba && at > 1 && units.last().is_some_and(Unit::is_consonant);
            if nisba {
                units.push(short(Sound::I));
            }
            if here.doubled || nisba {
                units.push(closed(sound));
            }
            units.push(Unit::Consonant { sound, closed: here.closed });
            units.extend(here.vowel.map(short));
            if here.tanwin {
                units.push(closed(Sound::Nun));
            }
        }
    }
}

/// ة is silent behind ā, else an a; with tanwin its t is heard.
fn push_feminine_ending(ending: Letter, units: &mut Vec<Unit>) {
    if units.last().is_some_and(Unit::is_consonant) {
        units.push(short(Sound::A));
    }
    if ending.tanwin {
        units.extend([consonantal(Sound::Ta), short(ending.vowel.unwrap_or(Sound::A)), closed(Sound::Nun)]);
    }
}

/// A long vowel takes up the mark of its own short one.
fn push_long(sound: Sound, units: &mut Vec<Unit>) {
    if units.last() == Some(&short(sound)) {
        units.pop();
    }
    units.push(long(sound));
}

/// Whether a و or ي is a long vowel.
fn is_long_vowel(stem: &[Letter], at: usize) -> bool {
    let here = stem[at];
    let Some(before) = at.checked_sub(1).map(|before| stem[before]) else { return false };
    let own = if here.letter == 'و' { Sound::U } else { Sound::I };
    let marked = here.vowel.is_some() || here.doubled || here.closed;
    let glides = matches!(before.letter, 'ا' | 'آ' | 'ى') || before.vowel.is_some_and(|vowel| vowel != own);
    let after = stem.get(at + 1).map(|next| next.letter);
    let plural = here.letter == 'و' && after == Some('ا') && at + 2 == stem.len();
    let begins = matches!(after, Some('ا' | 'آ' | 'ى' | 'ة' | 'و' | 'ي' | 'أ')) && !plural;
    !marked && !glides && !begins
}
