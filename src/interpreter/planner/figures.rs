//! Numbers, dates, clock times, percentages and scores → units of number signs.

use super::resolve::Resolver;
use super::unit::{Content, Part, Role, Unit};
use crate::arabic::{
    MONTHS, Moment, Number, Numeral, TokenKind, atoms, cardinal_at, clock_at, date_at, fold, read_digits,
};
use crate::interpreter::SignKind;

/// Digits of a code that are signed; longer ones are of no use to anybody.
const LONGEST_CODE: usize = 20;

impl Resolver<'_> {
    /// The number, date or time that begins at a token; the tokens that it takes.
    pub(super) fn figure(&mut self, at: usize) -> Option<usize> {
        if let Some(moment) = clock_at(&self.tokens, at) {
            let parts = self.clock_parts(at, &moment);
            return Some(self.push_figure(at, moment.tokens, parts, Role::Time, "clock"));
        }
        if let Some(moment) = date_at(&self.tokens, at) {
            let parts = self.date_parts(&moment);
            return Some(self.push_figure(at, moment.tokens, parts, Role::Time, "date"));
        }
        if let Some((number, tokens)) = cardinal_at(&self.tokens, at) {
            return Some(self.cardinal(at, &number, tokens));
        }
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Number)?;
        let parts = match read_digits(&token.surface) {
            Numeral::Series(numbers) => numbers.iter().map(|number| self.number_parts(number)).collect(),
            Numeral::Code(digits) => return Some(self.digits(at, &digits)),
            Numeral::Cardinal(_) | Numeral::Date { .. } | Numeral::Clock { .. } => None,
        };
        let parts = parts.map(|parts: Vec<Vec<Part>>| parts.concat());
        Some(self.push_figure(at, 1, parts, Role::Figure, "number"))
    }

    /// The digits of a code, one by one.
    pub(super) fn digits(&mut self, at: usize, digits: &str) -> usize {
        let parts = digits.chars().take(LONGEST_CODE).map(|digit| self.digit_part(digit));
        let parts = parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat());
        self.push_figure(at, 1, parts, Role::Figure, "number")
    }

    fn cardinal(&mut self, at: usize, number: &Number, tokens: usize) -> usize {
        let mut parts = self.number_parts(number);
        let taken = self.percent_at(at + tokens);
        if taken > 0 {
            let sign = self.usable.grammatical(&["بالمئة", "في المئة"], "percent");
            let percent =
                sign.map_or(Part::Spelled("بالمئة".to_owned()), |id| Part::Sign(id, SignKind::Number));
            parts.iter_mut().for_each(|parts| parts.push(percent.clone()));
            return self.push_figure(at, tokens + taken, parts, Role::Figure, "percent");
        }
        let is_year = tokens == 1 && (1900..=2100).contains(&number.whole) && number.fraction.is_empty();
        let after_time = self.clause.units.last().is_some_and(|unit| unit.role == Role::Time);
        let dated = after_time || self.link.locative || self.link.temporal;
        // في 2000 مدرسة is no year.
        let counts = self.tokens.get(at + 1).is_some_and(|next| self.usable.find(&[&next.folded]).is_some());
        let role = if is_year && dated && (after_time || !counts) { Role::Time } else { Role::Number };
        self.push_figure(at, tokens, parts, role, "number")
    }

    /// The tokens of a percent sign or its words.
    fn percent_at(&self, at: usize) -> usize {
        let word = |at: usize| self.tokens.get(at).map_or("", |token| token.folded.as_str());
        match (word(at), word(at + 1)) {
            ("%" | "بالميه" | "بالمايه", _) => 1,
            ("في", "الميه" | "المايه") => 2,
            _ => 0,
        }
    }

    /// Adds a unit of number signs, or reports it where a sign is missing.
    pub(super) fn push_figure(
        &mut self,
        at: usize,
        tokens: usize,
        parts: Option<Vec<Part>>,
        role: Role,
        rule: &'static str,
    ) -> usize {
        let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
            let refused = self.config.refuses_practice();
            self.omit(at..at + tokens, if refused { self.config.refusal() } else { "no-sign" });
            return tokens;
        };
        let span = self.span(at..at + tokens);
        let surface = self.tokens[at].surface.clone();
        let words =
            self.tokens[at..at + tokens].iter().filter(|token| token.kind != TokenKind::Punctuation).count();
        let unit = Unit { words, role, ..Unit::new(span, &surface, Content::Made(parts), rule) };
        self.push(unit);
        tokens
    }

    fn whole_parts(&self, value: u64) -> Option<Vec<Part>> {
        let has_sign = |value| self.usable.number(value).is_some();
        let sign = |value| self.usable.number(value).map(|id| Part::Sign(id, SignKind::Number));
        atoms(value, &has_sign).into_iter().map(sign).collect()
    }

    fn digit_part(&self, digit: char) -> Option<Vec<Part>> {
        self.whole_parts(u64::from(digit.to_digit(10)?))
    }

    pub(super) fn number_parts(&self, number: &Number) -> Option<Vec<Part>> {
        let word = |forms: &[&str], key, spelled: &str| {
            let sign = self.usable.grammatical(forms, key);
            sign.map_or(Part::Spelled(spelled.to_owned()), |id| Part::Sign(id, SignKind::Number))
        };
        let mut parts = Vec::new();
        if number.negative {
            parts.push(word(&["تحت الصفر", "ناقص"], "minus", "ناقص"));
        }
        parts.extend(self.whole_parts(number.whole)?);
        if !number.fraction.is_empty() {
            parts.push(word(&["فاصلة"], "decimal-point", "فاصلة"));
            for digit in number.fraction.chars() {
                parts.extend(self.digit_part(digit)?);
            }
        }
        Some(parts)
    }

    fn clock_parts(&self, at: usize, moment: &Moment) -> Option<Vec<Part>> {
        let (hour, minute) = moment.clock?;
        let mut parts = Vec::new();
        if self.tokens[at].kind == TokenKind::Word
            && let Some(id) = self.usable.find(&["ساعه"])
        {
            parts.push(Part::Sign(id, SignKind::Lexical));
        }
        parts.extend(self.whole_parts(u64::from(hour))?);
        if minute > 0 {
            parts.extend(self.whole_parts(u64::from(minute))?);
        }
        Some(parts)
    }

    /// Day, month, year. A month without a sign is said by its number, as people do: شهر 3.
    fn date_parts(&self, moment: &Moment) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        if let Some(day) = moment.day {
            parts.extend(self.whole_parts(u64::from(day))?);
        }
        if let Some(month) = moment.month {
            let (levant, other) = MONTHS.get(usize::from(month).checked_sub(1)?)?;
            match self.usable.grammatical(&[levant, other], "") {
                Some(id) => parts.push(Part::Sign(id, SignKind::Lexical)),
                None => {
                    parts.extend(
                        self.usable.find(&[&fold("شهر")]).map(|id| Part::Sign(id, SignKind::Lexical)),
                    );
                    parts.extend(self.whole_parts(u64::from(month))?);
                }
            }
        }
        if let Some(year) = moment.year {
            parts.extend(self.whole_parts(u64::from(year))?);
        }
        Some(parts)
    }
}
