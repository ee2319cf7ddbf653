//! Categories of words that a source gives none: the lexicon's, where it knows the word.

use crate::arabic::fold;
use crate::dataset::Word;
use crate::lexicon::{Lexicon, LexiconError, SignId};

/// Looks words up in the lexicon that ships.
#[derive(Default)]
pub(super) struct Categories {
    lexicon: Option<Lexicon>,
}

impl Categories {
    /// Fills in a word's category, which stays empty where the lexicon does not know the word either.
    ///
    /// # Errors
    /// The lexicon cannot be read.
    pub(super) fn fill_in(&mut self, word: &mut Word) -> Result<(), LexiconError> {
        let is_arabic = |letter: char| ('\u{621}'..='\u{64A}').contains(&letter);
        if !word.category.is_empty() || !word.gloss.contains(is_arabic) {
            return Ok(());
        }
        let lexicon = match &mut self.lexicon {
            Some(lexicon) => lexicon,
            none => none.insert(Lexicon::builtin()?),
        };
        let category = |sign| lexicon.entry(sign).category.name().to_owned();
        let forms = std::iter::once(&word.gloss).chain(&word.forms);
        if let Some(sign) = forms.into_iter().find_map(|form| find(lexicon, form)) {
            word.category = category(sign);
        }
        Ok(())
    }
}

/// A letter as one; words with and without their article.
fn find(lexicon: &Lexicon, form: &str) -> Option<SignId> {
    let letter = || lexicon.letter(form).filter(|(_, bytes)| *bytes == form.len()).map(|(sign, _)| sign);
    let folded = fold(form);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let look_up =
        |words: &[&str]| if words.is_empty() { None } else { lexicon.lookup(words).first().copied() };
    let bare = || match words.as_slice() {
        [word] => look_up(&[word.strip_prefix("ال")?]),
        _ => None,
    };
    look_up(&words).or_else(bare).or_else(letter)
}

#[cfg(test)]
mod tests {
    use super::super::found::word;
    use super::*;

    #[test]
    fn words_of_the_news_have_their_category_and_others_none() {
        let mut categories = Categories::default();
        for (written, expected) in [("الصحة", "health"), ("ب", "letter"), ("book", ""), ("زقزقة", "")]
        {
            let mut word = word(written);
            categories.fill_in(&mut word).unwrap();
            assert_eq!(word.category, expected, "{written}");
        }
    }
}
