//! What the planner may do: its rules, each with a switch, and its limits.

use serde::{Deserialize, Serialize};

/// The planner's rules and limits.
///
/// The rules are derived from published work on the sign languages of the region and have **not**
/// been validated by Syrian deaf signers. Rule R11 (a headline's present tense has no sign) adds
/// nothing and therefore has no switch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlannerConfig {
    /// Refuse practice signs: spell or leave out what has no other sign.
    pub on_air: bool,
    /// Do without practice signs, off air too.
    pub without_practice: bool,
    /// Spell every word as it stands, in the text's own order; figures keep their number signs.
    pub spell: bool,
    /// R1: time before everything else in its clause.
    pub time_first: bool,
    /// R2: place before everything but time.
    pub place_early: bool,
    /// R3: brows up on what the sentence begins with.
    pub mark_topic: bool,
    /// R4: leave out articles, prepositions and particles even where they have a sign.
    pub drop_function_words: bool,
    /// R5: a sign for past or future where no time is said.
    pub mark_tense: bool,
    /// R6: the negator behind what it negates, with a headshake.
    pub negator_last: bool,
    /// R7: TWO after a dual, MANY after a plural ending.
    pub mark_number: bool,
    /// R8: question words last in their clause, brows with questions.
    pub mark_questions: bool,
    /// Brows and head with a condition, instead of a sign for إذا.
    pub mark_conditions: bool,
    /// R9: numbers after the noun that they count.
    pub number_after_noun: bool,
    /// R10: no sign for the passive's auxiliary.
    pub drop_passive: bool,
    /// Words without a sign are spelled up to this length in letters; names up to twice of it.
    pub longest_spelled_word: usize,
    /// Where more than this share of a text's words would be spelled, only names are.
    pub largest_spelled_share: f32,
    /// Longer texts are cut, with a notice.
    pub longest_text: usize,
}

impl Default for PlannerConfig {
    fn default() -> Self {
        Self {
            on_air: false,
            without_practice: false,
            spell: false,
            time_first: true,
            place_early: true,
            mark_topic: true,
            drop_function_words: true,
            mark_tense: true,
            negator_last: true,
            mark_number: true,
            mark_questions: true,
            mark_conditions: true,
            number_after_noun: true,
            drop_passive: true,
            longest_spelled_word: 9,
            largest_spelled_share: 1.0 / 3.0,
            longest_text: 2_000,
        }
    }
}

impl PlannerConfig {
    /// Whether practice signs are not used.
    pub(super) fn refuses_practice(&self) -> bool {
        self.on_air || self.without_practice
    }

    /// Why a word that has only practice signs is left out.
    pub(super) fn refusal(&self) -> &'static str {
        if self.on_air { "refused-on-air" } else { "practice-only" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_switch_is_an_error_and_a_missing_one_its_default() {
        let config: PlannerConfig = toml::from_str("on-air = true").unwrap();
        assert!(config.on_air && config.time_first);
        assert!(toml::from_str::<PlannerConfig>("time-frist = false").is_err());
    }
}
