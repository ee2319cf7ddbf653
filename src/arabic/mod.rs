//! Arabic text: normalised, cut into tokens, its numbers, dates and names read.
//!
//! Nothing here knows the lexicon: what needs a vocabulary asks for one. No stemmer decides
//! anything, because stemmers take letters off names (فرنسا becomes رنس).

mod normalise;

pub use normalise::{Mapped, fold, normalise};
