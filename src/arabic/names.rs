//! Names: which words are names of places, agencies, organisations and people.
//!
//! A name without a sign is spelled, another word without one may be left out; this is all that
//! the list decides.

use super::expression::Vocabulary;
use super::normalise::fold;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What bears a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A town, a country, a river.
    Place,
    /// A news agency or a newspaper.
    Agency,
    /// An organisation or a club.
    Organisation,
    /// A person: a given or a family name.
    Person,
}

/// The gazetteer that ships.
pub fn gazetteer() -> &'static Gazetteer {
    static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| {
        toml::from_str::<Lists>(include_str!("../../assets/arabic/gazetteer.toml"))
            .map(Gazetteer::new)
            .expect("the embedded gazetteer is valid: a test reads it")
    });
    &GAZETTEER
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    places: Vec<String>,
    agencies: Vec<String>,
    organisations: Vec<String>,
    people: Vec<String>,
    particles: Vec<String>,
    titles: Vec<String>,
}

/// Names by their look-up form.
pub struct Gazetteer {
    /// By look-up form: what bears the name, and its spelling.
    names: HashMap<String, (NameKind, String)>,
    longest: HashMap<String, usize>,
    particles: HashSet<String>,
    titles: HashSet<String>,
}

impl Gazetteer {
    fn new(lists: Lists) -> Self {
        let fold_all = |words: &[String]| words.iter().map(|word| fold(word)).collect();
        let mut gazetteer = Gazetteer {
            names: HashMap::new(),
            longest: HashMap::new(),
            particles: fold_all(&lists.particles),
            titles: fold_all(&lists.titles),
        };
        gazetteer.add(&lists.places, NameKind::Place);
        gazetteer.add(&lists.agencies, NameKind::Agency);
        gazetteer.add(&lists.organisations, NameKind::Organisation);
        gazetteer.add(&lists.people, NameKind::Person);
        gazetteer
    }

    fn add(&mut self, names: &[String], kind: NameKind) {
        for name in names {
            let folded = fold(name);
            let words = folded.split(' ').count();
            let first = folded.split(' ').next().unwrap_or_default().to_owned();
            let longest = self.longest.entry(first).or_default();
            *longest = words.max(*longest);
            self.names.entry(folded).or_insert_with(|| (kind, name.clone()));
        }
    }

    /// What bears this name, in look-up form, words parted by single spaces.
    pub fn kind(&self, folded: &str) -> Option<NameKind> {
        self.names.get(folded).map(|(kind, _)| *kind)
    }

    /// The place that an adjective in look-up form, without its article, belongs to: فرنسيه → فرنسا.
    pub fn place_of(&self, folded: &str) -> Option<&str> {
        let stem =
            ["يين", "يون", "يات", "يه", "ي"].into_iter().find_map(|ending| folded.strip_suffix(ending))?;
        if stem.chars().count() < 3 {
            return None;
        }
        let spellings = [
            stem.to_owned(),
            format!("{stem}ا"),
            format!("{stem}يا"),
            format!("ال{stem}"),
            format!("{stem}ه"),
        ];
        let place = |spelling: &String| self.names.get(spelling).filter(|(kind, _)| *kind == NameKind::Place);
        spellings.iter().find_map(place).map(|(_, name)| name.as_str())
    }

    /// Whether a word in look-up form is part of a person's name with the word beside it: عبد, أبو.
    pub fn is_particle(&self, folded: &str) -> bool {
        self.particles.contains(folded)
    }

    /// Whether a word in look-up form is a title, after which a name follows.
    pub fn is_title(&self, folded: &str) -> bool {
        self.titles.contains(folded)
    }
}

impl Vocabulary for Gazetteer {
    fn contains(&self, folded_words: &[&str]) -> bool {
        match folded_words {
            [word] => self.names.contains_key(*word),
            words => self.names.contains_key(&words.join(" ")),
        }
    }

    fn longest_from(&self, first_folded_word: &str) -> usize {
        self.longest.get(first_folded_word).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gazetteer_is_read_and_knows_each_kind() {
        let names = gazetteer();
        assert_eq!(names.kind(&fold("إدلب")), Some(NameKind::Place));
        assert_eq!(names.kind(&fold("دير الزور")), Some(NameKind::Place));
        assert_eq!(names.kind(&fold("رويترز")), Some(NameKind::Agency));
        assert_eq!(names.kind(&fold("ماكرون")), Some(NameKind::Person));
        assert_eq!(names.kind(&fold("وزارة")), None);
        assert_eq!(names.place_of("فرنسيه"), Some("فرنسا"));
        assert_eq!(names.place_of("قطري"), Some("قطر"));
        assert_eq!(names.place_of("صيني"), Some("الصين"));
        assert_eq!(names.place_of("اقتصادي"), None);
        assert_eq!(names.longest_from(&fold("دير")), 2);
        assert!(names.is_particle(&fold("عبد")) && names.is_title(&fold("الرئيس")));
    }
}
