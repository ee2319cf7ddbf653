//! Numbers as headlines write them: in digits, in words, in both, and what they are made of.

mod atoms;
mod digits;
mod words;

pub use atoms::{LARGEST, atoms};
pub use digits::{Numeral, read_digits};
pub use words::{cardinal_at, is_number_word, ordinal};

/// A number that is not negative: whole part and the digits after the point.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Number {
    /// The whole part.
    pub whole: u64,
    /// The digits after the decimal point, as written; empty for a whole number.
    pub fraction: String,
    /// Whether a minus sign was before it.
    pub negative: bool,
}

impl Number {
    /// A whole number.
    pub fn whole(value: u64) -> Self {
        Self { whole: value, ..Self::default() }
    }

    /// This number of thousands, millions, …; none beyond [`LARGEST`]. The fraction's digits move
    /// into the whole part exactly, without going through floating point.
    pub fn scaled(&self, scale: u64) -> Option<Number> {
        let mut whole = self.whole.checked_mul(scale)?;
        let mut unit = scale;
        let mut rest = String::new();
        for digit in self.fraction.chars() {
            let value = u64::from(digit.to_digit(10)?);
            if unit.is_multiple_of(10) {
                unit /= 10;
                whole = whole.checked_add(value.checked_mul(unit)?)?;
            } else {
                rest.push(digit);
            }
        }
        (whole <= LARGEST).then_some(Number { whole, fraction: rest, negative: self.negative })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_scale_exactly() {
        let number = Number { whole: 2, fraction: "5".to_owned(), negative: false };
        assert_eq!(number.scaled(1_000_000), Some(Number::whole(2_500_000)));
        let number = Number { whole: 1, fraction: "2345".to_owned(), negative: false };
        let scaled = number.scaled(1000).unwrap();
        assert_eq!((scaled.whole, scaled.fraction.as_str()), (1234, "5"));
        assert_eq!(Number::whole(u64::MAX).scaled(1000), None);
    }
}
