//! What a run of digits and separators means: a number, a date, a clock time, a score, a code.

use super::{LARGEST, Number};

/// A run of digits, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeral {
    /// One number.
    Cardinal(Number),
    /// A day: `25/3/2026`, `2026-03-25`, `25/3`.
    Date {
        /// Day of the month, 1 to 31.
        day: u8,
        /// Month, 1 to 12.
        month: u8,
        /// Year, where it is written.
        year: Option<u16>,
    },
    /// A time of day, `10:30`.
    Clock {
        /// Hour, 0 to 24.
        hour: u8,
        /// Minute, 0 to 59.
        minute: u8,
    },
    /// Several numbers: a score `2-1`, years `2025/2026`, a range `10-15`.
    Series(Vec<Number>),
    /// Digits that are a name more than a number: too long, or with a nought in front.
    Code(String),
}

/// Reads a number token's surface (ASCII digits and separators).
pub fn read_digits(surface: &str) -> Numeral {
    let negative = surface.starts_with('-');
    let body = surface.strip_prefix('-').unwrap_or(surface);
    if !negative && let Some(numeral) = date(body).or_else(|| clock(body)) {
        return numeral;
    }
    if let Some(number) = number(body) {
        return Numeral::Cardinal(Number { negative, ..number });
    }
    let pieces: Vec<&str> = body.split([':', '/', '-']).collect();
    if (2..=4).contains(&pieces.len())
        && let Some(numbers) = pieces.into_iter().map(number).collect()
    {
        return Numeral::Series(numbers);
    }
    Numeral::Code(body.chars().filter(char::is_ascii_digit).collect())
}

/// `1500`, `1,500`, `1.500.000`, `2.5`, `2,5`: a lone separator with three digits behind it groups
/// thousands when it is a comma and marks a fraction when it is a point.
fn number(text: &str) -> Option<Number> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return None;
    }
    let commas = text.matches(',').count();
    let points = text.matches('.').count();
    let (whole, fraction) = match (commas, points) {
        (0, 0) => (text.to_owned(), ""),
        (0, 1) => split(text, '.')?,
        (1, 0) if !is_grouped(text, ',') => split(text, ',')?,
        (_, 0) if is_grouped(text, ',') => (text.replace(',', ""), ""),
        (0, _) if is_grouped(text, '.') => (text.replace('.', ""), ""),
        (_, 1) => {
            let (whole, fraction) = text.split_once('.')?;
            is_grouped(whole, ',').then(|| (whole.replace(',', ""), fraction))?
        }
        _ => return None,
    };
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let whole: u64 = whole.parse().ok().filter(|&value| value <= LARGEST)?;
    let fraction = fraction.trim_end_matches('0');
    (fraction.len() <= 9).then(|| Number { whole, fraction: fraction.to_owned(), negative: false })
}

fn split(text: &str, at: char) -> Option<(String, &str)> {
    text.split_once(at).map(|(whole, fraction)| (whole.to_owned(), fraction))
}

/// Whether every group after the first has three digits and the first one to three.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

fn date(text: &str) -> Option<Numeral> {
    let separator = ['/', '-', '.'].into_iter().find(|&mark| text.matches(mark).count() == 2);
    let pieces: Vec<u16> = match separator {
        Some(mark) => text.split(mark).map(|piece| piece.parse().ok()).collect::<Option<_>>()?,
        None => text.split('/').map(|piece| piece.parse().ok()).collect::<Option<_>>()?,
    };
    let (day, month, year) = match *pieces.as_slice() {
        [day, month, year] if year >= 1000 => (day, month, Some(year)),
        [year, month, day] if year >= 1000 => (day, month, Some(year)),
        [day, month] => (day, month, None),
        _ => return None,
    };
    let is_day = (1..=31).contains(&day) && (1..=12).contains(&month);
    let (day, month) = (u8::try_from(day).ok()?, u8::try_from(month).ok()?);
    is_day.then_some(Numeral::Date { day, month, year })
}

fn clock(text: &str) -> Option<Numeral> {
    let (hour, minute) = text.split_once(':')?;
    if minute.len() != 2 {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24u8 && minute < 60u8).then_some(Numeral::Clock { hour, minute })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(value: u64) -> Numeral {
        Numeral::Cardinal(Number::whole(value))
    }

    #[test]
    fn separators_group_or_mark_a_fraction() {
        assert_eq!(read_digits("1,500"), whole(1500));
        assert_eq!(read_digits("1.500.000"), whole(1_500_000));
        let half = Number { whole: 2, fraction: "5".to_owned(), negative: false };
        assert_eq!(read_digits("2.5"), Numeral::Cardinal(half.clone()));
        assert_eq!(read_digits("2,5"), Numeral::Cardinal(half));
        let below = Number { whole: 5, fraction: String::new(), negative: true };
        assert_eq!(read_digits("-5"), Numeral::Cardinal(below));
    }

    #[test]
    fn dates_are_read_in_both_orders() {
        let day = Numeral::Date { day: 25, month: 3, year: Some(2026) };
        assert_eq!(read_digits("25/3/2026"), day);
        assert_eq!(read_digits("2026-03-25"), day);
        assert_eq!(read_digits("25/3"), Numeral::Date { day: 25, month: 3, year: None });
    }

    #[test]
    fn a_score_is_two_numbers_and_a_time_is_a_time() {
        assert_eq!(read_digits("2-1"), Numeral::Series(vec![Number::whole(2), Number::whole(1)]));
        assert_eq!(read_digits("10:30"), Numeral::Clock { hour: 10, minute: 30 });
        assert_eq!(read_digits("2025/2026"), Numeral::Series(vec![Number::whole(2025), Number::whole(2026)]));
    }

    #[test]
    fn long_runs_and_leading_noughts_are_codes() {
        assert_eq!(read_digits("00963112345678"), Numeral::Code("00963112345678".to_owned()));
        assert!(matches!(read_digits("99999999999999999999999"), Numeral::Code(_)));
    }

    proptest! {
        #[test]
        fn any_run_reads_as_something(text in "-?[0-9][0-9.,:/-]{0,30}") {
            read_digits(&text);
        }

        #[test]
        fn plain_numbers_read_as_themselves(value in 0..=LARGEST) {
            prop_assert_eq!(read_digits(&value.to_string()), whole(value));
        }
    }
}
