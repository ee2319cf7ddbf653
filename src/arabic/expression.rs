//! Expressions of several words, looked for before single words, longest first.

use super::clitic::{Split, front_splits};
use super::{Token, TokenKind};

/// What is known: forms in look-up spelling, of one word or several.
pub trait Vocabulary {
    /// Whether these words, in look-up form, are exactly a known form.
    fn contains(&self, folded_words: &[&str]) -> bool;

    /// The number of words of the longest known form that begins with a word; 0 where none does.
    fn longest_from(&self, first_folded_word: &str) -> usize;
}

/// A known expression found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The tokens that it takes, two or more.
    pub tokens: usize,
    /// Its words in look-up form, as the vocabulary has them.
    pub key: Vec<String>,
    /// How the first word was taken apart.
    pub first: Split,
}

/// The longest known expression that begins at a token; clitics may be on its first word, and each
/// word may have the article or lack it. Of equal lengths, the one with fewest changes.
pub fn expression_at(tokens: &[Token], at: usize, vocabulary: &dyn Vocabulary) -> Option<Expression> {
    let words =
        tokens[at.min(tokens.len())..].iter().take_while(|token| token.kind == TokenKind::Word).count();
    if words < 2 {
        return None;
    }
    let mut best: Option<Expression> = None;
    for first in front_splits(&tokens[at].surface) {
        for stem in [first.stem.clone(), toggle_article(&first.stem)] {
            let longest = vocabulary.longest_from(&stem).min(words);
            let shortest = best.as_ref().map_or(2, |best| best.tokens + 1);
            for length in (shortest..=longest).rev() {
                let Some(key) = known_key(&stem, &tokens[at + 1..at + length], vocabulary) else { continue };
                best = Some(Expression { tokens: length, key, first: first.clone() });
                break;
            }
        }
    }
    best
}

/// The words as they are, with one word's article changed, or with every article changed.
fn known_key(stem: &str, rest: &[Token], vocabulary: &dyn Vocabulary) -> Option<Vec<String>> {
    let plain: Vec<&str> =
        std::iter::once(stem).chain(rest.iter().map(|token| token.folded.as_str())).collect();
    if vocabulary.contains(&plain) {
        return Some(plain.into_iter().map(str::to_owned).collect());
    }
    let toggled: Vec<String> = plain.iter().map(|word| toggle_article(word)).collect();
    // Longer expressions are fixed phrases: one article more or less is rare, and looking costs.
    let changeable = if plain.len() <= 3 { 1..plain.len() } else { 0..0 };
    for changed in changeable {
        let mut words = plain.clone();
        words[changed] = &toggled[changed];
        if vocabulary.contains(&words) {
            return Some(words.into_iter().map(str::to_owned).collect());
        }
    }
    let mut words = plain;
    for (word, toggled) in words.iter_mut().zip(&toggled).skip(1) {
        *word = toggled;
    }
    vocabulary.contains(&words).then(|| words.into_iter().map(str::to_owned).collect())
}

fn toggle_article(folded: &str) -> String {
    match folded.strip_prefix("ال") {
        Some(rest) => rest.to_owned(),
        None => format!("ال{folded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arabic::{fold, tokenise};

    struct Words(Vec<String>);

    impl Words {
        fn new(forms: &[&str]) -> Self {
            Self(forms.iter().map(|form| fold(form)).collect())
        }
    }

    impl Vocabulary for Words {
        fn contains(&self, words: &[&str]) -> bool {
            self.0.contains(&words.join(" "))
        }

        fn longest_from(&self, first: &str) -> usize {
            let begins = |form: &&String| form.split(' ').next() == Some(first);
            self.0.iter().filter(begins).map(|form| form.split(' ').count()).max().unwrap_or(0)
        }
    }

    fn find(forms: &[&str], text: &str) -> Option<(usize, String)> {
        expression_at(&tokenise(text), 0, &Words::new(forms)).map(|found| (found.tokens, found.key.join(" ")))
    }

    #[test]
    fn the_longest_expression_wins() {
        let forms = ["مجلس الأمن", "مجلس الأمن الدولي", "مجلس"];
        assert_eq!(find(&forms, "مجلس الأمن الدولي يجتمع"), Some((3, "مجلس الامن الدولي".to_owned())));
        assert_eq!(find(&forms, "مجلس الأمن يجتمع"), Some((2, "مجلس الامن".to_owned())));
        assert_eq!(find(&forms, "مجلس النواب"), None);
    }

    #[test]
    fn clitics_and_articles_do_not_hide_an_expression() {
        let forms = ["الأمم المتحدة", "وزارة الصحة"];
        assert_eq!(find(&forms, "للأمم المتحدة دور"), Some((2, "الامم المتحده".to_owned())));
        assert_eq!(find(&forms, "وبالأمم المتحدة"), Some((2, "الامم المتحده".to_owned())));
        assert_eq!(find(&forms, "ووزارة الصحة"), Some((2, "وزاره الصحه".to_owned())));
        assert_eq!(find(&forms, "وزارة صحة"), Some((2, "وزاره الصحه".to_owned())));
    }

    #[test]
    fn punctuation_ends_an_expression() {
        assert_eq!(find(&["وزارة الصحة"], "وزارة، الصحة"), None);
    }
}
