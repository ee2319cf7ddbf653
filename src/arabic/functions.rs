//! Function words: the words that build a sentence, by what they do in it.
//!
//! They are compared by a lighter look-up form than the lexicon's (only hamza on alif is ignored),
//! because these short words are told apart by what folding takes away: على is a preposition, علي
//! a man; ما is a particle, ماء is water.

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// What a function word does; several may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Function {
    /// Left out.
    pub drop: bool,
    /// Signed where there is a sign, else left out.
    pub optional: bool,
    /// Negates what follows.
    pub negator: bool,
    /// Begins a clause.
    pub subordinator: bool,
    /// A place follows.
    pub locative: bool,
    /// A time follows, even one that carries a number.
    pub temporal: bool,
    /// An action follows whose doer is not said.
    pub passive: bool,
    /// What follows has not happened yet.
    pub future: bool,
    /// What follows was before.
    pub past: bool,
    /// Makes a yes-or-no question.
    pub polar: bool,
    /// Asks for something.
    pub content: bool,
    /// Asks for something where it begins a question.
    pub content_from_start: bool,
}

/// A word that means one thing beside certain words and another elsewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Contextual {
    words: Vec<String>,
    before: Vec<String>,
    after: Vec<String>,
    after_number: bool,
    before_number: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    r#as: String,
    forms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Lists {
    drop: Vec<String>,
    optional: Vec<String>,
    negators: Vec<String>,
    subordinators: Vec<String>,
    locatives: Vec<String>,
    temporals: Vec<String>,
    passives: Vec<String>,
    future: Vec<String>,
    past: Vec<String>,
    polar: Vec<String>,
    content: Vec<String>,
    content_from_start: Vec<String>,
    not_speakers: Vec<String>,
    time_adjectives: Vec<String>,
    time_units: Vec<String>,
    place_nouns: Vec<String>,
    whole: Vec<String>,
    phrase: Vec<Phrase>,
    contextual: Vec<Contextual>,
    symbols: BTreeMap<String, String>,
    acronyms: BTreeMap<String, String>,
}

/// Notes a role.
type Mark = fn(&mut Function);

/// The function words that ship.
pub struct Functions {
    words: HashMap<String, Function>,
    phrases: HashMap<String, Function>,
    longest_phrase: usize,
    lists: Lists,
}

/// The function words that ship.
pub fn functions() -> &'static Functions {
    static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
        toml::from_str::<Lists>(include_str!("../../assets/arabic/functions.toml"))
            .map(Functions::new)
            .expect("the embedded function words are valid: a test reads them")
    });
    &FUNCTIONS
}

impl Functions {
    fn new(mut lists: Lists) -> Self {
        for list in [
            &mut lists.not_speakers,
            &mut lists.time_adjectives,
            &mut lists.time_units,
            &mut lists.place_nouns,
            &mut lists.whole,
        ] {
            list.iter_mut().for_each(|word| *word = light_fold(word));
            list.sort_unstable();
        }
        let mut functions = Self { words: HashMap::new(), phrases: HashMap::new(), longest_phrase: 0, lists };
        functions.add_words();
        functions.add_phrases();
        functions
    }

    fn add_words(&mut self) {
        let lists = &self.lists;
        let roles: [(&[String], Mark); 12] = [
            (&lists.drop, |f| f.drop = true),
            (&lists.optional, |f| f.optional = true),
            (&lists.negators, |f| f.negator = true),
            (&lists.subordinators, |f| f.subordinator = true),
            (&lists.locatives, |f| f.locative = true),
            (&lists.temporals, |f| f.temporal = true),
            (&lists.passives, |f| f.passive = true),
            (&lists.future, |f| f.future = true),
            (&lists.past, |f| f.past = true),
            (&lists.polar, |f| f.polar = true),
            (&lists.content, |f| f.content = true),
            (&lists.content_from_start, |f| f.content_from_start = true),
        ];
        for (words, set) in roles {
            for word in words {
                set(self.words.entry(light_fold(word)).or_default());
            }
        }
    }

    fn add_phrases(&mut self) {
        for phrase in &self.lists.phrase {
            let function = match phrase.r#as.as_str() {
                "negator" => Function { negator: true, ..Function::default() },
                "subordinator" => Function { drop: true, subordinator: true, ..Function::default() },
                _ => Function { drop: true, ..Function::default() },
            };
            for form in &phrase.forms {
                self.longest_phrase = self.longest_phrase.max(form.split(' ').count());
                self.phrases.insert(light_fold(form), function);
            }
        }
    }

    /// What a word does (display form), and whether و or ف was before it; none for other words.
    pub fn word(&self, surface: &str) -> Option<(Function, bool)> {
        let word = light_fold(surface);
        if let Some(function) = self.words.get(&word) {
            return Some((*function, false));
        }
        let rest = word.strip_prefix(['و', 'ف']).filter(|_| !self.is_whole(surface))?;
        self.words.get(rest).filter(|_| rest.chars().count() > 1).map(|function| (*function, true))
    }

    /// The longest phrase that begins a list of words (display form), what it does, its words.
    pub fn phrase(&self, surfaces: &[&str]) -> Option<(Function, usize)> {
        let words: Vec<String> =
            surfaces.iter().take(self.longest_phrase).map(|word| light_fold(word)).collect();
        (2..=words.len()).rev().find_map(|length| {
            let key = words[..length].join(" ");
            let found = self.phrases.get(&key).or_else(|| self.phrases.get(key.strip_prefix('و')?));
            found.map(|function| (*function, length))
        })
    }

    /// Whether a word (display form, without clitics) is whole though it looks taken apart.
    pub fn is_whole(&self, surface: &str) -> bool {
        contains(&self.lists.whole, surface)
    }

    /// Whether a word before a colon is no speaker.
    pub fn is_no_speaker(&self, surface: &str) -> bool {
        contains(&self.lists.not_speakers, surface)
    }

    /// Whether a word belongs to the unit of time before it.
    pub fn is_time_adjective(&self, surface: &str) -> bool {
        contains(&self.lists.time_adjectives, surface)
    }

    /// Whether a word (article or not) is a unit of time, which by itself does not say when.
    pub fn is_time_unit(&self, surface: &str) -> bool {
        contains(&self.lists.time_units, surface.strip_prefix("ال").unwrap_or(surface))
    }

    /// Whether a word is part of a place's description even without a sign: شمال, بلدة.
    pub fn is_place_noun(&self, surface: &str) -> bool {
        contains(&self.lists.place_nouns, surface)
    }

    /// Whether a word has its listed meaning between these neighbours (display forms; empty at the
    /// text's ends). Words without a condition always have.
    pub fn holds_between(&self, surface: &str, before: &str, after: &str) -> bool {
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let has =
            |list: &[String], word: &str| list.iter().any(|other| light_fold(other) == light_fold(word));
        self.lists.contextual.iter().filter(|rule| has(&rule.words, surface)).all(|rule| {
            has(&rule.before, before)
                || has(&rule.after, after)
                || (rule.after_number && is_number(before))
                || (rule.before_number && is_number(after))
        })
    }

    /// The Arabic word that a symbol stands for.
    pub fn symbol(&self, surface: &str) -> Option<&str> {
        self.lists.symbols.get(surface).map(String::as_str)
    }

    /// The Arabic words that a Latin abbreviation stands for.
    pub fn acronym(&self, surface: &str) -> Option<&str> {
        let letters = surface.trim_end_matches(|c: char| c.is_ascii_digit());
        self.lists.acronyms.get(&letters.to_ascii_uppercase()).map(String::as_str)
    }
}

fn contains(sorted: &[String], surface: &str) -> bool {
    sorted.binary_search(&light_fold(surface)).is_ok()
}

/// A spelling without tatweel and without hamza on alif; all other letters stay apart.
pub(crate) fn light_fold(surface: &str) -> String {
    let fold = |letter| if matches!(letter, 'أ' | 'إ' | 'آ') { 'ا' } else { letter };
    surface.chars().filter(|letter| *letter != '\u{0640}').map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_that_folding_would_confuse_stay_apart() {
        let functions = functions();
        assert!(functions.word("على").is_some());
        assert!(functions.word("علي").is_none());
        assert!(functions.word("ما").is_some());
        assert!(functions.word("ماء").is_none());
        assert!(functions.word("الى").is_some());
    }

    #[test]
    fn a_conjunction_may_stand_before_a_function_word() {
        let (function, joined) = functions().word("ولن").unwrap();
        assert!(function.negator && joined);
        assert!(functions().word("وفد").is_none());
    }

    #[test]
    fn phrases_come_before_their_words() {
        let (function, words) = functions().phrase(&["لا", "يزال", "مستمرا"]).unwrap();
        assert!(function.drop && !function.negator);
        assert_eq!(words, 2);
        assert!(functions().phrase(&["من", "دون", "كهرباء"]).unwrap().0.negator);
    }

    #[test]
    fn a_year_is_a_year_only_beside_what_makes_it_one() {
        let functions = functions();
        assert!(functions.holds_between("عام", "منذ", "2011"));
        assert!(functions.holds_between("العام", "", "الماضي"));
        assert!(!functions.holds_between("عام", "مدير", "الشركة"));
        assert!(functions.holds_between("كتاب", "", ""));
    }
}
