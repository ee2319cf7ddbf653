//! Getting models from the Hugging Face hub, on a machine that has a network.
//!
//! `hub` speaks to the hub and to the hosts that it sends on to; `partial` is a file that is not whole
//! yet; `transfer` brings one file, as often as it takes; `puller` brings a model.

mod error;
mod hub;
mod partial;
mod puller;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod transfer;

pub use error::PullError;
pub use puller::{FileState, Planned, PullOptions, PullReport, PulledFile, Puller};
