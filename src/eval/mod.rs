//! Judging signing by number: the field's distances, retrieval, generation, and reading signs back.
//!
//! All but [`trained`] is plain maths on [`crate::pose::PoseSequence`], slices and score matrices; no
//! network is asked. Each number carries its definition, because papers use one name for several.
//!
//! - [`distance`]: how far a made clip is from a recorded one: DTWp, nDTW-MJE, DTW-(PA-)JPE, MPJPE
//! - [`kinematics`]: whether a clip moves as a signer does: energy, jerk, bones, hands
//! - [`retrieval`]: hits, precision, recall, ranks from a score matrix, each beside its chance
//! - [`baseline`]: what nearest neighbours and class means reach without learning anything
//! - [`generation`]: Fréchet distance, diversity, multimodality, R-precision, MM-Dist
//! - [`codes`]: how a codebook is used
//! - [`compare`], [`pairs`]: clips beside their recordings, by all of these
//! - [`table`], [`paper`]: reports, and what SyriSign's paper printed
//! - [`trained`]: trained models on a dataset, beside chance, neighbours and recordings
//! - [`round_trip`]: reading drawn signs back from their pictures

pub mod baseline;
pub mod codes;
pub mod compare;
pub mod distance;
pub mod generation;
pub mod kinematics;
pub mod pairs;
pub mod paper;
pub mod retrieval;
pub mod round_trip;
mod symmetric;
pub mod table;
pub mod trained;

pub use round_trip::{Clip, Film, Kind, Look, Read, Report, Share, Totals, Track, dtw, reader};
