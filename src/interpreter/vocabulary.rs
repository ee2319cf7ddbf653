//! A lexicon's signs for the planner, and what stands for words that it does not know.

use super::model::text_of;
use super::order::SourceOrder;
use super::planner::{Planner, Signs, StandIn};
use super::source::Sources;
use super::{GenerationUnit, Plan, clause};
use crate::lexicon::{Entry, Lexicon, SignId};
use std::cell::Cell;

/// So many words of a text are generated at most, because the signer waits for them.
const MOST_GENERATED: usize = 8;

impl Sources {
    /// Plans a text with all that these sources know. A word that the lexicon does not have (names,
    /// which must be spelled, set aside) is signed with a sign that is near enough, or as the generator
    /// that was asked for makes it; where clauses are generated, these become one planned sign each. What
    /// was decided so has the rule `retrieved`, `generated` or `clause`; [`Self::ask_for`] gives its
    /// motion.
    pub fn plan(&self, planner: &Planner, text: &str, lexicon: &Lexicon) -> Plan {
        self.plan_while(planner, text, lexicon, &|| true)
    }

    /// The same as long as somebody wants it, which is asked before each word and each clause that a model is
    /// asked for. From when nobody does, no model is asked any more: words are spelled and clauses signed
    /// sign by sign, in a plan that is of no use.
    pub fn plan_while(
        &self,
        planner: &Planner,
        text: &str,
        lexicon: &Lexicon,
        is_wanted: &dyn Fn() -> bool,
    ) -> Plan {
        let vocabulary = Vocabulary { lexicon, sources: self, generated: Cell::new(0), is_wanted };
        let plan = planner.plan_with(text, &vocabulary);
        match &self.generated {
            Some(generated) if self.config.unit == GenerationUnit::Clause => {
                clause::whole(plan, generated, is_wanted)
            }
            _ => plan,
        }
    }
}

struct Vocabulary<'a> {
    lexicon: &'a Lexicon,
    sources: &'a Sources,
    /// How many words were asked of the generator.
    generated: Cell<usize>,
    /// Whether anybody waits for the plan.
    is_wanted: &'a dyn Fn() -> bool,
}

impl Signs for Vocabulary<'_> {
    fn entry(&self, id: SignId) -> &Entry {
        self.lexicon.entry(id)
    }

    fn lookup(&self, folded_words: &[&str]) -> &[SignId] {
        self.lexicon.lookup(folded_words)
    }

    fn longest_form(&self, first_folded_word: &str) -> usize {
        self.lexicon.longest_form(first_folded_word)
    }

    fn letter(&self, text: &str) -> Option<(SignId, usize)> {
        self.lexicon.letter(text)
    }

    fn number_atom(&self, value: u64) -> Option<SignId> {
        self.lexicon.number_atom(value)
    }

    fn by_key(&self, key: &str) -> Option<SignId> {
        self.lexicon.by_key(key)
    }

    fn stand_in(&self, word: &str) -> Option<StandIn> {
        if !(self.is_wanted)() {
            return None;
        }
        if self.sources.order() == SourceOrder::Generate {
            self.made(word).or_else(|| self.near(word))
        } else {
            self.near(word)
        }
    }
}

impl Vocabulary<'_> {
    fn near(&self, word: &str) -> Option<StandIn> {
        match self.sources.retrieved.as_ref()?.find(word, None, self.lexicon) {
            Ok(found) => {
                let known_as = text_of(self.lexicon.entry(found.sign)).to_owned();
                Some(StandIn { sign: Some(found.sign), known_as, provenance: found.provenance })
            }
            Err(reason) => {
                tracing::debug!(word, reason = reason.0, "spelled, not retrieved");
                None
            }
        }
    }

    fn made(&self, word: &str) -> Option<StandIn> {
        let generated = self.sources.generated.as_ref()?;
        let asked = self.generated.replace(self.generated.get() + 1);
        if asked >= MOST_GENERATED {
            return None;
        }
        match generated.make(word, 1) {
            Ok(made) => Some(StandIn { sign: None, known_as: word.to_owned(), provenance: made.provenance }),
            Err(reason) => {
                tracing::debug!(word, reason = reason.0, "spelled, not generated");
                None
            }
        }
    }
}
