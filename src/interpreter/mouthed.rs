//! Which word is mouthed with each planned sign.
//!
//! It is the headline's own word, as it stands there, without its article: a sign has no article, and
//! its mouthing is short. Signs that stand for no word of the text (a number's parts, a sign that a rule
//! added) are mouthed by their gloss.

use super::{Plan, PlannedSign, SignKind};

/// Rules that add a sign beside those of the words.
const ADDED: [&str; 3] = ["R5", "R7", "quote"];

/// The word of each sign of a plan; none for pauses and where there is no Arabic word.
pub(super) fn words(plan: &Plan) -> Vec<Option<String>> {
    let mut said: Vec<&std::ops::Range<usize>> = Vec::new();
    let mut word = |sign| {
        let own = own_word(plan, sign).filter(|_| !said.contains(&&sign.span));
        if own.is_some() {
            said.push(&sign.span);
        }
        own.or_else(|| arabic(&sign.gloss)).filter(|_| sign.kind != SignKind::Pause)
    };
    plan.signs.iter().map(|sign: &PlannedSign| word(sign)).collect()
}

/// The headline's word that a sign stands for.
fn own_word(plan: &Plan, sign: &PlannedSign) -> Option<String> {
    if sign.kind == SignKind::Number || ADDED.contains(&sign.rule) {
        return None;
    }
    let words = plan.text.get(sign.span.clone())?.split_whitespace().map(without_article);
    arabic(&words.collect::<Vec<_>>().join(" "))
}

/// The text, if there is an Arabic letter in it.
fn arabic(text: &str) -> Option<String> {
    let is_letter = |c: char| matches!(c, 'ء'..='غ' | 'ف'..='ي');
    text.contains(is_letter).then(|| text.to_owned())
}

fn without_article(word: &str) -> &str {
    let rest = ["وال", "بال", "فال", "كال", "ال", "لل"].iter().find_map(|article| word.strip_prefix(article));
    rest.filter(|rest| rest.chars().count() > 2).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::Planner;
    use crate::lexicon::Lexicon;

    fn mouthed(text: &str) -> Vec<Option<String>> {
        words(&Planner::default().plan(text, &Lexicon::builtin().unwrap()))
    }

    #[test]
    fn words_are_mouthed_as_they_stand_without_their_article() {
        let words: Vec<String> = mouthed("الرئيس يزور حلب").into_iter().flatten().collect();
        assert!(words.contains(&"رئيس".to_owned()) && words.contains(&"حلب".to_owned()), "{words:?}");
    }

    #[test]
    fn figures_are_mouthed_as_number_words_and_pauses_not_at_all() {
        let lexicon = Lexicon::builtin().unwrap();
        let plan = Planner::default().plan("مقتل 25 شخصا، والحكومة تعلن", &lexicon);
        for (sign, word) in plan.signs.iter().zip(words(&plan)) {
            match sign.kind {
                SignKind::Pause => assert_eq!(word, None),
                SignKind::Number => assert_eq!(word.as_deref(), Some(sign.gloss.as_str())),
                _ => assert!(word.is_some(), "{sign:?}"),
            }
        }
    }
}
