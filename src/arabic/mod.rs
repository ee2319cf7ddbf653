//! Arabic text: normalised, cut into tokens, its numbers, dates and names read, its words sounded.
//!
//! Nothing here knows the lexicon: what needs a vocabulary asks for one. No stemmer decides
//! anything, because stemmers take letters off names (فرنسا becomes رنس).

mod calendar;
mod clitic;
mod expression;
mod functions;
mod names;
mod normalise;
mod number;
mod pronounce;
mod token;

pub use calendar::{MONTHS, Moment, clock_at, date_at};
pub use clitic::{Ending, Split, back_splits, front_splits};
pub use expression::{Expression, Vocabulary, expression_at};
pub(crate) use functions::light_fold;
pub use functions::{Function, Functions, functions};
pub use names::{Gazetteer, NameKind, gazetteer};
pub use normalise::{Mapped, fold, normalise};
pub use number::{LARGEST, Number, Numeral, atoms, cardinal_at, is_number_word, ordinal, read_digits};
pub use pronounce::{Phoneme, Sound, Syllable, pronounce};
pub use token::{Token, TokenKind, tokenise};
