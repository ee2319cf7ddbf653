//! Reading signs back: what a reader that has never seen our signs makes of the drawn ones.
//!
//! A video goes to a landmark model ([`reader`]); its landmarks become [`Track`]s, and each track is
//! compared with those of all signs it could be ([`dtw`]). [`Report`] counts what was found and what
//! was taken for what.

pub mod dtw;
pub mod reader;
mod report;
mod track;

pub use report::{Clip, Film, Kind, Read, Report, Share, Totals};
pub use track::{Look, Track};
