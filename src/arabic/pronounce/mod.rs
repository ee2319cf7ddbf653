//! How an Arabic word sounds, as far as lips show it: letters → sounds in syllables, one stressed.
//!
//! News text has no vowel marks. Marks that are there are followed; where they are missing, short
//! vowels are put in so that syllables are of the shapes that Arabic has (CV, CVC, CVV, CVVC), by
//! these rules of thumb:
//!
//! - a word or a run of consonants begins CV; of longer runs every second consonant closes its syllable;
//! - the vowel is a, but u before a syllable with ū (حكومة) and in the prefix of active participles
//!   (مستشفى, محافظ), i before y, after ā at a word's end (عامل), and in verbal nouns that begin with a
//!   bare alif (اجتماع, استقبال);
//! - و and ي are long vowels between consonants and consonants elsewhere.
//!
//! A speaker would say some words otherwise (دولة is read dūla, not dawla). On the lips a, i and the
//! like differ little, so that what is lost is smaller than what a missing mouthing would lose.

mod letters;
mod vowels;

use unicode_normalization::UnicodeNormalization;

/// A sound of Standard Arabic, and the two borrowed ones that news names have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the letters'")]
pub enum Sound {
    Hamza,
    Ba,
    Ta,
    Tha,
    Jim,
    Hha,
    Kha,
    Dal,
    Dhal,
    Ra,
    Zay,
    Sin,
    Shin,
    Sad,
    Dad,
    Tta,
    Zza,
    Ayn,
    Ghayn,
    Fa,
    Qaf,
    Kaf,
    Lam,
    Mim,
    Nun,
    Ha,
    Waw,
    Ya,
    Pa,
    Va,
    /// Vowel a; ā where long.
    A,
    /// Vowel i; ī where long.
    I,
    /// Vowel u; ū where long.
    U,
}

impl Sound {
    /// Whether it is one of the three vowels.
    pub fn is_vowel(self) -> bool {
        matches!(self, Sound::A | Sound::I | Sound::U)
    }

    /// Whether the article's l becomes this sound.
    fn is_sun(self) -> bool {
        use Sound::*;
        matches!(self, Ta | Tha | Dal | Dhal | Ra | Zay | Sin | Shin | Sad | Dad | Tta | Zza | Lam | Nun)
    }
}

/// A sound with its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phoneme {
    /// Which.
    pub sound: Sound,
    /// A long vowel, or a doubled consonant.
    pub long: bool,
}

/// Sounds about one vowel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syllable {
    /// In order; a doubled consonant between two syllables counts to the second.
    pub phonemes: Vec<Phoneme>,
    /// Whether it carries its word's stress.
    pub stressed: bool,
    /// Whether it begins a word.
    pub first: bool,
}

/// The syllables of a word or of several; empty where there is no Arabic letter in it.
pub fn pronounce(text: &str) -> Vec<Syllable> {
    let normal: String = text.nfkc().collect();
    let words = normal.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    words.flat_map(|word| syllables(&vowels::sounds(word))).collect()
}

/// A word's sounds in syllables.
fn syllables(sounds: &[Phoneme]) -> Vec<Syllable> {
    let mut syllables: Vec<Syllable> = Vec::new();
    let mut onset: Vec<Phoneme> = Vec::new();
    for (at, phoneme) in sounds.iter().enumerate() {
        let before_vowel = sounds.get(at + 1).is_some_and(|next| next.sound.is_vowel());
        if phoneme.sound.is_vowel() {
            let phonemes = onset.drain(..).chain([*phoneme]).collect();
            syllables.push(Syllable { phonemes, stressed: false, first: syllables.is_empty() });
        } else if let (false, Some(last)) = (before_vowel, syllables.last_mut()) {
            last.phonemes.push(*phoneme);
        } else {
            onset.push(*phoneme);
        }
    }
    if let Some(at) = stress(&syllables) {
        syllables[at].stressed = true;
    }
    syllables
}

/// The syllable that is stressed: a last one that is overlong, else a heavy one before the last, else
/// the one before that.
fn stress(syllables: &[Syllable]) -> Option<usize> {
    let last = syllables.len().checked_sub(1)?;
    let weight = |at: usize| {
        let syllable = &syllables[at].phonemes;
        let rime = syllable.iter().skip_while(|phoneme| !phoneme.sound.is_vowel());
        let weight: usize = rime.map(|phoneme| if phoneme.long { 2 } else { 1 }).sum();
        let doubled = syllables.get(at + 1).and_then(|next| next.phonemes.first());
        weight + usize::from(doubled.is_some_and(|phoneme| phoneme.long && !phoneme.sound.is_vowel()))
    };
    Some(match last {
        0 => 0,
        _ if weight(last) > 2 => last,
        _ if weight(last - 1) > 1 => last - 1,
        _ => last.saturating_sub(2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// In letters that can be read aloud; syllables parted by dots, the stressed one in quotes.
    fn said(text: &str) -> String {
        let syllable = |syllable: &Syllable| {
            let sounds: String = syllable.phonemes.iter().map(latin).collect();
            if syllable.stressed { format!("'{sounds}") } else { sounds }
        };
        pronounce(text).iter().map(syllable).collect::<Vec<_>>().join(".")
    }

    fn latin(phoneme: &Phoneme) -> String {
        use Sound::*;
        let once = match phoneme.sound {
            Hamza => "?",
            Ba => "b",
            Ta => "t",
            Tha => "þ",
            Jim => "j",
            Hha => "H",
            Kha => "x",
            Dal => "d",
            Dhal => "ð",
            Ra => "r",
            Zay => "z",
            Sin => "s",
            Shin => "š",
            Sad => "S",
            Dad => "D",
            Tta => "T",
            Zza => "Z",
            Ayn => "3",
            Ghayn => "g",
            Fa => "f",
            Qaf => "q",
            Kaf => "k",
            Lam => "l",
            Mim => "m",
            Nun => "n",
            Ha => "h",
            Waw => "w",
            Ya => "y",
            Pa => "p",
            Va => "v",
            A => "a",
            I => "i",
            U => "u",
        };
        once.repeat(if phoneme.long { 2 } else { 1 })
    }

    #[test]
    fn unvowelled_words_get_plausible_vowels() {
        for (word, expected) in [
            ("حلب", "'Ha.lab"),
            ("وزير", "wa.'ziir"),
            ("وزارة", "wa.'zaa.ra"),
            ("حكومة", "Hu.'kuu.ma"),
            ("مجلس", "'maj.las"),
            ("مدرسة", "'mad.ra.sa"),
            ("اجتماع", "?ij.ti.'maa3"),
            ("انتخابات", "?in.ti.xaa.'baat"),
            ("استقبال", "?is.tiq.'baal"),
            ("مستشفى", "mus.'taš.faa"),
            ("محافظ", "mu.'Haa.fiZ"),
            ("سورية", "suu.'ri.yya"),
            ("سوريا", "'suu.ri.yaa"),
            ("طويل", "Ta.'wiil"),
            ("أعلن", "'?a3.lan"),
            ("آذار", "?aa.'ðaar"),
            ("نهاية", "na.'haa.ya"),
        ] {
            assert_eq!(said(word), expected, "{word}");
        }
    }

    #[test]
    fn the_article_takes_on_sun_letters_and_no_others() {
        assert_eq!(said("الشمس"), "'?a.šša.mas");
        assert_eq!(said("القمر"), "'?al.qa.mar");
        assert_eq!(said("للصحة"), "'li.SSa.Ha");
        assert_eq!(said("والناس"), "wa.'nnaas");
    }

    #[test]
    fn marks_that_are_there_are_followed() {
        assert_eq!(said("كُتِبَ"), "'ku.ti.ba");
        assert_eq!(said("صِحَّة"), "'Si.HHa");
        assert_eq!(said("شَمْس"), "'šams");
        assert_eq!(said("شكرًا"), "'šak.ran");
        assert_eq!(said("كِتَابٌ"), "ki.'taa.bun");
    }

    #[test]
    fn words_written_without_their_long_vowel_have_it() {
        assert_eq!(said("الله"), "?a.'llaah");
        assert_eq!(said("هذا"), "'haa.ðaa");
        assert_eq!(said("لكن"), "'laa.kin");
    }

    #[test]
    fn several_words_are_said_one_after_another() {
        let syllables = pronounce("وزارة الصحة");
        assert_eq!(syllables.iter().filter(|s| s.stressed).count(), 2);
        assert_eq!(syllables.iter().filter(|s| s.first).count(), 2);
        assert!(pronounce("COVID 19 «»").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_syllable_has_one_vowel_and_every_word_one_stress(word in "[ا-غف-يأإآؤئءىةپڤ\u{064B}-\u{0652}]{1,14}") {
            let syllables = pronounce(&word);
            for syllable in &syllables {
                prop_assert_eq!(syllable.phonemes.iter().filter(|p| p.sound.is_vowel()).count(), 1);
            }
            prop_assert_eq!(syllables.iter().filter(|s| s.stressed).count(), usize::from(!syllables.is_empty()));
        }
    }
}
