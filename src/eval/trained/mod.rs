//! Trained models, judged on a dataset: what each does, beside what chance, neighbours and recordings do.
//!
//! A number of a model alone says little: five words in a hundred found is poor or good by how many words
//! there are, a distance of a made clip is near or far by how far two takes of one word are from each
//! other. So each stands beside its base here: chance, nearest neighbours, recordings by the same judge.
//!
//! - [`Bench`]: the words and clips that are judged by
//! - [`Judge`]: a SignCLIP that reads clips and words
//! - [`retrieval`]: SignCLIP and what needs no training, text to pose and pose to text
//! - [`Generator`], [`Made`]: T2M-GPT and MotionCLIP, and the motions that they made
//! - [`reading`], [`distances`], [`motion`], [`as_a_set`]: made motions, judged in four ways
//! - [`codebook`]: what of clips a VQ-VAE's codes can say
//! - [`table_iii`]: the paper's numbers beside ours

mod bench;
mod codebook;
mod distances;
mod error;
mod generator;
mod judge;
mod motion;
mod reading;
mod retrieval;
mod runs;
mod set;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use bench::{Bench, Shown, Tell};
pub use codebook::{Codes, codebook};
pub use distances::distances;
pub use error::ModelsError;
pub use generator::{Generator, Made, Motion, make};
pub use judge::Judge;
pub use motion::motion;
pub use reading::{Recorded, reading};
pub use retrieval::retrieval;
pub use runs::{Run, table_iii};
pub use set::as_a_set;
