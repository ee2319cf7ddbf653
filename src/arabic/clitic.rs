//! What may be attached to a word: و ف ب ل ك س and the article before it, endings behind it.
//!
//! This lists every legal way to take a word apart, fewest pieces first. It decides nothing: a way
//! counts only where what remains is a word that somebody knows.

use super::normalise::fold_surface;

/// What an ending says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ending {
    /// Nothing that is signed: case, possessor, agreement.
    #[default]
    None,
    /// ة on an adjective.
    Feminine,
    /// ان, تان, تين: two.
    Dual,
    /// ات, ون: several.
    Plural,
    /// ين: two or several, only the context tells.
    DualOrPlural,
    /// ي, ية: belonging to what remains, لبناني of لبنان.
    Nisba,
}

/// One way to take a word apart.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Split {
    /// What remains, in look-up form.
    pub stem: String,
    /// What remains, as displayed.
    pub surface: String,
    /// و or ف was before it.
    pub conjunction: bool,
    /// ب, ل or ك was before it.
    pub preposition: Option<char>,
    /// The article was before it.
    pub article: bool,
    /// س of the future was before it.
    pub future: bool,
    /// What was behind it.
    pub ending: Ending,
    /// How many pieces were taken off or exchanged.
    pub strips: u8,
}

/// The ways to take clitics off the front of a word (display form), the whole word first.
pub fn front_splits(surface: &str) -> Vec<Split> {
    let whole = Split { surface: surface.to_owned(), ..Split::default() };
    let mut splits = vec![whole.clone()];
    let mut starts = vec![whole.clone()];
    if let Some(rest) = surface.strip_prefix(['و', 'ف']) {
        starts.push(Split { surface: rest.to_owned(), conjunction: true, strips: 1, ..Split::default() });
    }
    for start in starts {
        if start.strips > 0 {
            splits.push(start.clone());
        }
        splits.extend(without_article(&start));
        splits.extend(without_preposition(&start));
    }
    for split in &mut splits {
        split.stem = fold_surface(&split.surface);
    }
    splits.retain(|split| split.strips == 0 || split.surface.chars().count() >= shortest(split));
    splits.sort_by_key(|split| split.strips);
    splits
}

/// Two letters may remain behind an article, three behind a single letter that may be a root's.
fn shortest(split: &Split) -> usize {
    if split.article { 2 } else { 3 }
}

fn without_article(split: &Split) -> Option<Split> {
    let rest = split.surface.strip_prefix("ال")?;
    Some(Split { surface: rest.to_owned(), article: true, strips: split.strips + 1, ..split.clone() })
}

fn without_preposition(split: &Split) -> Vec<Split> {
    let mut splits = Vec::new();
    let Some(first) = split.surface.chars().next() else { return splits };
    let Some(rest) = split.surface.strip_prefix(['ب', 'ل', 'ك', 'س']) else { return splits };
    let stripped = Split { surface: rest.to_owned(), strips: split.strips + 1, ..split.clone() };
    if first == 'س' {
        // Only an imperfect verb follows the future.
        if rest.starts_with(['ي', 'ت', 'ن', 'أ', 'ا']) {
            splits.push(Split { future: true, ..stripped });
        }
        return splits;
    }
    let stripped = Split { preposition: Some(first), ..stripped };
    splits.extend(without_article(&stripped));
    // لل is ل and ال, whose ا is not written.
    if first == 'ل' && rest.starts_with('ل') {
        let restored = Split { surface: format!("ا{rest}"), ..stripped.clone() };
        splits.extend(without_article(&restored));
        splits.push(restored);
    }
    splits.push(stripped);
    splits
}

/// The ways to take endings off a split, each one piece more than it. Verbs' imperfect prefixes
/// are exchanged here, never taken off.
pub fn back_splits(front: &Split) -> Vec<Split> {
    let mut splits = Vec::new();
    let mut add = |stem: String, ending: Ending| {
        if stem.chars().count() >= 3 {
            splits.push(Split {
                stem: fold_surface(&stem),
                surface: stem,
                ending,
                strips: front.strips + 1,
                ..front.clone()
            });
        }
    };
    let word = front.surface.as_str();
    let letters = word.chars().count();
    for (ending, meaning) in ENDINGS {
        let Some(stem) = word.strip_suffix(ending) else { continue };
        match (ending, meaning) {
            ("تان" | "تين", _) => add(format!("{stem}ة"), meaning),
            ("ات", _) => {
                add(format!("{stem}ة"), meaning);
                add(stem.to_owned(), meaning);
            }
            (_, Ending::Nisba) if stem.chars().count() < 4 => {}
            // Taking ة off makes other words (جامعة, مكتبة): only nisbas end in ية for sure.
            ("ة", _) if !stem.ends_with('ي') => {}
            _ => add(stem.to_owned(), meaning),
        }
    }
    for pronoun in PRONOUNS {
        if let Some(stem) = word.strip_suffix(pronoun) {
            possessed(stem, &mut |stem| add(stem, Ending::None));
        }
    }
    if letters >= 4 && !front.article && front.preposition.is_none() {
        other_persons(word, &mut |stem| add(stem, Ending::None));
    }
    splits
}

const ENDINGS: [(&str, Ending); 13] = [
    ("تان", Ending::Dual),
    ("تين", Ending::Dual),
    ("ان", Ending::Dual),
    ("ات", Ending::Plural),
    ("ون", Ending::Plural),
    ("ين", Ending::DualOrPlural),
    ("وا", Ending::None),
    ("ية", Ending::Nisba),
    ("ة", Ending::Feminine),
    ("ت", Ending::None),
    // Tanween's alif, and the dual's before a possessor.
    ("ا", Ending::None),
    ("و", Ending::Plural),
    ("ي", Ending::Nisba),
];

/// ك and ي are left out: they are far more often letters of the word (بنك, محلي).
const PRONOUNS: [&str; 5] = ["هما", "هم", "ها", "ه", "نا"];

/// What a word looks like without a possessor: حكومته → حكومة, مستشفاها → مستشفى, وزراؤه → وزراء.
fn possessed(stem: &str, add: &mut impl FnMut(String)) {
    add(stem.to_owned());
    if let Some(bare) = stem.strip_suffix('ت') {
        add(format!("{bare}ة"));
    } else if let Some(bare) = stem.strip_suffix("اؤ").or_else(|| stem.strip_suffix("ائ")) {
        add(format!("{bare}اء"));
    } else if let Some(bare) = stem.strip_suffix('ا') {
        add(format!("{bare}ى"));
    }
}

/// The same imperfect verb in other persons: تعلن → يعلن.
fn other_persons(word: &str, add: &mut impl FnMut(String)) {
    const PERSONS: [char; 4] = ['ي', 'ت', 'ن', 'أ'];
    let Some(rest) = word.strip_prefix(PERSONS) else { return };
    for person in PERSONS {
        if !word.starts_with(person) {
            add(format!("{person}{rest}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(word: &str) -> Vec<String> {
        let fronts = front_splits(word);
        let backs: Vec<_> = fronts.iter().flat_map(back_splits).collect();
        fronts.into_iter().chain(backs).map(|split| split.stem).collect()
    }

    #[test]
    fn the_whole_word_comes_first_and_fewer_strips_before_more() {
        let splits = front_splits("وبالوزارة");
        assert_eq!(splits[0].stem, "وبالوزاره");
        assert!(splits.windows(2).all(|pair| pair[0].strips <= pair[1].strips));
        let last = splits.last().unwrap();
        assert_eq!((last.stem.as_str(), last.preposition, last.article), ("وزاره", Some('ب'), true));
    }

    #[test]
    fn the_article_after_lam_is_restored() {
        assert!(stems("للأمم").contains(&"الامم".to_owned()));
        assert!(stems("للأمم").contains(&"امم".to_owned()));
        assert!(stems("للجنة").contains(&"لجنه".to_owned()));
        assert!(stems("ولليونان").contains(&"يونان".to_owned()));
    }

    #[test]
    fn an_alif_with_hamza_is_no_article() {
        assert!(!stems("إلغاء").contains(&"غا".to_owned()));
        assert!(!stems("ألعاب").contains(&"عاب".to_owned()));
    }

    #[test]
    fn endings_restore_the_letter_that_they_hid() {
        assert!(stems("حكومته").contains(&"حكومه".to_owned()));
        assert!(stems("مستشفاها").contains(&"مستشفي".to_owned()));
        assert!(stems("وزراؤه").contains(&"وزرا".to_owned()));
        assert!(stems("دولتين").contains(&"دوله".to_owned()));
        assert!(stems("حكومات").contains(&"حكومه".to_owned()));
        assert!(stems("جديداً".trim_end_matches('\u{64B}')).contains(&"جديد".to_owned()));
    }

    #[test]
    fn ta_marbuta_is_neither_a_pronoun_nor_taken_off_a_noun() {
        assert!(!stems("جامعة").contains(&"جامع".to_owned()));
        assert!(!stems("مكتبة").contains(&"مكتب".to_owned()));
        assert!(stems("اقتصادية").contains(&"اقتصادي".to_owned()));
    }

    #[test]
    fn the_future_needs_an_imperfect_verb() {
        assert!(front_splits("سيعلن").iter().any(|split| split.future && split.stem == "يعلن"));
        assert!(stems("ستعلن").contains(&"يعلن".to_owned()));
        assert!(!front_splits("سلام").iter().any(|split| split.future));
    }

    proptest! {
        #[test]
        fn any_word_splits_into_known_lengths(word in "[\u{0621}-\u{064A}]{0,20}") {
            for front in front_splits(&word) {
                prop_assert!(front.strips <= 3);
                for back in back_splits(&front) {
                    prop_assert_eq!(back.strips, front.strips + 1);
                }
            }
        }
    }
}
