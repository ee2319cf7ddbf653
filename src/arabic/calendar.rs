//! Dates and clock times in words: both sets of month names, `الساعة العاشرة والنصف`.

use super::number::{Numeral, ordinal, read_digits};
use super::{Token, TokenKind, cardinal_at};

/// Both names of each month: the Levant's first, then the one that the Gulf, Egypt and agencies
/// write. Spelled as displayed.
pub const MONTHS: [(&str, &str); 12] = [
    ("كانون الثاني", "يناير"),
    ("شباط", "فبراير"),
    ("آذار", "مارس"),
    ("نيسان", "أبريل"),
    ("أيار", "مايو"),
    ("حزيران", "يونيو"),
    ("تموز", "يوليو"),
    ("آب", "أغسطس"),
    ("أيلول", "سبتمبر"),
    ("تشرين الأول", "أكتوبر"),
    ("تشرين الثاني", "نوفمبر"),
    ("كانون الأول", "ديسمبر"),
];

/// A date or time of day, and how many tokens it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Day of the month, 1 to 31, where it is written.
    pub day: Option<u8>,
    /// Month, 1 to 12, where it is written.
    pub month: Option<u8>,
    /// Year, where it is written.
    pub year: Option<u16>,
    /// Hour and minute, where they are written.
    pub clock: Option<(u8, u8)>,
    /// Tokens that it takes.
    pub tokens: usize,
}

/// The date that begins at a token: `25 آذار 2026`, `25 آذار/مارس`, `تموز 2026`, `25/3/2026`, `آذار`.
///
/// A month's name that is also another word (مارس, آب) counts only beside a day or a year.
pub fn date_at(tokens: &[Token], at: usize) -> Option<Moment> {
    let first = tokens.get(at)?;
    if first.kind == TokenKind::Number {
        return numeric_date(first).or_else(|| date_with_day(tokens, at));
    }
    let (month, sure, mut taken) = month_at(tokens, at)?;
    let year = year_at(tokens, at + taken);
    if !sure && year.is_none() {
        return None;
    }
    taken += usize::from(year.is_some());
    Some(Moment { day: None, month: Some(month), year, clock: None, tokens: taken })
}

fn numeric_date(token: &Token) -> Option<Moment> {
    let Numeral::Date { day, month, year } = read_digits(&token.surface) else { return None };
    Some(Moment { day: Some(day), month: Some(month), year, clock: None, tokens: 1 })
}

fn date_with_day(tokens: &[Token], at: usize) -> Option<Moment> {
    let Numeral::Cardinal(number) = read_digits(&tokens.get(at)?.surface) else { return None };
    let day = u8::try_from(number.whole).ok().filter(|day| (1..=31).contains(day))?;
    if !number.fraction.is_empty() || number.negative {
        return None;
    }
    let (month, _, taken) = month_at(tokens, at + 1)?;
    let year = year_at(tokens, at + 1 + taken);
    let tokens = 1 + taken + usize::from(year.is_some());
    Some(Moment { day: Some(day), month: Some(month), year, clock: None, tokens })
}

fn year_at(tokens: &[Token], at: usize) -> Option<u16> {
    let token = tokens.get(at).filter(|token| token.kind == TokenKind::Number)?;
    token.surface.parse().ok().filter(|year| (1000..=2999).contains(year))
}

/// A month's name, whether it can be nothing else, and its tokens; `آذار/مارس` is one month.
fn month_at(tokens: &[Token], at: usize) -> Option<(u8, bool, usize)> {
    let (month, sure, taken) = month_name_at(tokens, at)?;
    let slash = tokens.get(at + taken).is_some_and(|token| token.surface == "/");
    match month_name_at(tokens, at + taken + 1) {
        Some((other, _, more)) if slash && other == month => Some((month, true, taken + 1 + more)),
        _ => Some((month, sure, taken)),
    }
}

fn month_name_at(tokens: &[Token], at: usize) -> Option<(u8, bool, usize)> {
    let first = tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
    let second = tokens.get(at + 1).map_or("", |token| token.folded.as_str());
    let two = |month, taken| Some((month, true, taken));
    match (first.folded.as_str(), second) {
        ("كانون", "الثاني") => two(1, 2),
        ("كانون", "الاول") => two(12, 2),
        ("تشرين", "الاول") => two(10, 2),
        ("تشرين", "الثاني") => two(11, 2),
        // Without its hamza it is أب, a father.
        ("اب", _) => (first.surface == "آب").then_some((8, false, 1)),
        ("مارس", _) => Some((3, false, 1)),
        ("يناير", _) => two(1, 1),
        ("شباط" | "فبراير", _) => two(2, 1),
        ("اذار", _) => two(3, 1),
        ("نيسان" | "ابريل", _) => two(4, 1),
        ("ايار" | "مايو", _) => two(5, 1),
        ("حزيران" | "يونيو" | "يونيه", _) => two(6, 1),
        ("تموز" | "يوليو" | "يوليه", _) => two(7, 1),
        ("اغسطس", _) => two(8, 1),
        ("ايلول" | "سبتمبر", _) => two(9, 1),
        ("اكتوبر", _) => two(10, 1),
        ("نوفمبر", _) => two(11, 1),
        ("ديسمبر", _) => two(12, 1),
        _ => None,
    }
}

/// The time of day that begins at a token: `10:30`, `الساعة 10`, `الساعة العاشرة والنصف`,
/// `الساعة الثانية عشرة إلا ربعا`. Day or night is left to the words that follow.
pub fn clock_at(tokens: &[Token], at: usize) -> Option<Moment> {
    let first = tokens.get(at)?;
    if let Some(clock) = digital(first) {
        return Some(moment(clock, 1));
    }
    if !matches!(first.folded.as_str(), "الساعه" | "بالساعه" | "للساعه") {
        return None;
    }
    let next = tokens.get(at + 1)?;
    if let Some(clock) = digital(next) {
        return Some(moment(clock, 2));
    }
    let (hour, mut taken) = hour_at(tokens, at + 1)?;
    taken += 1;
    let (clock, more) = minutes_at(tokens, at + taken, hour);
    Some(moment(clock, taken + more))
}

fn moment(clock: (u8, u8), tokens: usize) -> Moment {
    Moment { day: None, month: None, year: None, clock: Some(clock), tokens }
}

fn digital(token: &Token) -> Option<(u8, u8)> {
    match (token.kind, read_digits(&token.surface)) {
        (TokenKind::Number, Numeral::Clock { hour, minute }) => Some((hour, minute)),
        _ => None,
    }
}

fn hour_at(tokens: &[Token], at: usize) -> Option<(u8, usize)> {
    let token = tokens.get(at)?;
    if token.kind == TokenKind::Number {
        return token.surface.parse().ok().filter(|hour| *hour <= 24).map(|hour| (hour, 1));
    }
    let hour = u8::try_from(ordinal(&token.folded)?).ok()?;
    let teen = tokens.get(at + 1).is_some_and(|token| matches!(token.folded.as_str(), "عشر" | "عشره"));
    match (hour, teen) {
        (1 | 11, true) => Some((11, 2)),
        (2, true) => Some((12, 2)),
        (1..=10, false) => Some((hour, 1)),
        _ => None,
    }
}

/// What follows the hour: a share of it, minutes, or a share of it still to go.
fn minutes_at(tokens: &[Token], at: usize, hour: u8) -> ((u8, u8), usize) {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.folded.as_str());
    let before = |minutes: u8| (if hour <= 1 { 12 } else { hour - 1 }, 60 - minutes);
    match (word(at), word(at + 1)) {
        ("والنصف" | "ونصف", _) => ((hour, 30), 1),
        ("والربع" | "وربع", _) => ((hour, 15), 1),
        ("والثلث" | "وثلث", _) => ((hour, 20), 1),
        ("الا", "ربعا" | "الربع" | "ربع") => (before(15), 2),
        ("الا", "ثلثا" | "الثلث" | "ثلث") => (before(20), 2),
        (joined, _) if joined.starts_with('و') => match minutes_in_words(tokens, at) {
            Some((minutes, taken)) => ((hour, minutes), taken),
            None => ((hour, 0), 0),
        },
        _ => ((hour, 0), 0),
    }
}

/// `وعشر دقائق`, `و20 دقيقة`.
fn minutes_in_words(tokens: &[Token], at: usize) -> Option<(u8, usize)> {
    let skip = usize::from(tokens.get(at)?.folded == "و");
    let (number, taken) = cardinal_at(tokens, at + skip)?;
    let minutes = u8::try_from(number.whole).ok().filter(|minutes| *minutes < 60)?;
    let unit = &tokens.get(at + skip + taken)?.folded;
    matches!(unit.as_str(), "دقيقه" | "دقايق").then_some((minutes, skip + taken + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arabic::tokenise;

    type Date = (Option<u8>, Option<u8>, Option<u16>, usize);

    fn date(text: &str) -> Option<Date> {
        date_at(&tokenise(text), 0).map(|moment| (moment.day, moment.month, moment.year, moment.tokens))
    }

    fn clock(text: &str) -> Option<((u8, u8), usize)> {
        clock_at(&tokenise(text), 0).and_then(|moment| Some((moment.clock?, moment.tokens)))
    }

    #[test]
    fn dates_are_read_with_both_sets_of_month_names() {
        assert_eq!(date("25 آذار 2026"), Some((Some(25), Some(3), Some(2026), 3)));
        assert_eq!(date("25 آذار/مارس 2026"), Some((Some(25), Some(3), Some(2026), 5)));
        assert_eq!(date("٢٥/٣/٢٠٢٦"), Some((Some(25), Some(3), Some(2026), 1)));
        assert_eq!(date("8 كانون الأول"), Some((Some(8), Some(12), None, 3)));
        assert_eq!(date("تشرين الثاني 2025"), Some((None, Some(11), Some(2025), 3)));
        assert_eq!(date("17 أغسطس"), Some((Some(17), Some(8), None, 2)));
        for (index, (levant, other)) in MONTHS.iter().enumerate() {
            for name in [levant, other] {
                let month = u8::try_from(index + 1).unwrap();
                assert_eq!(date(&format!("1 {name}")).and_then(|date| date.1), Some(month), "{name}");
            }
        }
    }

    #[test]
    fn words_that_are_also_months_need_a_day_or_a_year() {
        assert_eq!(date("مارس الضغوط"), None);
        assert_eq!(date("أب لثلاثة أطفال"), None);
        assert_eq!(date("15 آب"), Some((Some(15), Some(8), None, 2)));
        assert_eq!(date("45 آذار"), None);
    }

    #[test]
    fn clock_times_are_read_in_digits_and_in_words() {
        assert_eq!(clock("10:30"), Some(((10, 30), 1)));
        assert_eq!(clock("الساعة 10:30 صباحا"), Some(((10, 30), 2)));
        assert_eq!(clock("الساعة العاشرة والنصف"), Some(((10, 30), 3)));
        assert_eq!(clock("الساعة الثانية عشرة ظهرا"), Some(((12, 0), 3)));
        assert_eq!(clock("الساعة الواحدة إلا ربعا"), Some(((12, 45), 4)));
        assert_eq!(clock("الساعة السابعة وعشر دقائق"), Some(((7, 10), 4)));
        assert_eq!(clock("الساعة الآن"), None);
    }
}
