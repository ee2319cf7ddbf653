//! Everything by the manual alphabet: words as they stand, in the text's own order.
//!
//! Whoever asks for this wants to read the text off the hand. So nothing is moved, left out or added, the
//! article is spelled too, and figures keep their number signs, which nobody spells.

use super::resolve::Resolver;
use super::unit::{Content, Part, Role, Unit};
use crate::arabic::{Number, Numeral, read_digits};

/// The rule of what is spelled because everything is.
const SPELL: &str = "spell";

impl Resolver<'_> {
    /// A word's letters.
    pub(super) fn as_it_stands(&mut self, at: usize) -> usize {
        let token = self.tokens[at].clone();
        if self.usable.letters(&token.surface).is_empty() {
            self.omit(at..at + 1, "no-sign");
        } else {
            let content = Content::Made(vec![Part::Spelled(token.surface.clone())]);
            self.push(Unit::new(token.span, &token.surface, content, SPELL));
        }
        1
    }

    /// A figure's number signs, whatever words stand beside it.
    pub(super) fn numeral(&mut self, at: usize) -> usize {
        let whole = Number::whole;
        let numbers = match read_digits(&self.tokens[at].surface) {
            Numeral::Cardinal(number) => vec![number],
            Numeral::Series(numbers) => numbers,
            Numeral::Clock { hour, minute } => [hour, minute].map(|part| whole(part.into())).to_vec(),
            Numeral::Date { day, month, year } => {
                let parts = [Some(day.into()), Some(month.into()), year.map(u64::from)];
                parts.into_iter().flatten().map(whole).collect()
            }
            Numeral::Code(digits) => return self.digits(at, &digits),
        };
        let parts = numbers.iter().map(|number| self.number_parts(number)).collect::<Option<Vec<_>>>();
        self.push_figure(at, 1, parts.map(|parts| parts.concat()), Role::Figure, "number")
    }
}
