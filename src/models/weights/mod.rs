//! Where the networks' files are, whether they are whole, and how a machine with a network gets them.
//!
//! [`Manifest`] says which files each model needs; [`Places`] finds them in a folder or in the Hugging
//! Face cache on disk; [`verify()`] reads them through; [`Puller`] downloads them. Nothing but [`Puller`]
//! touches a network.

mod error;
mod found;
mod hub_cache;
mod look;
mod manifest;
mod opener;
mod places;
mod progress;
mod pull;
mod record;
#[cfg(test)]
mod testing;
mod verify;

pub use error::{Look, WeightsError};
pub use found::Found;
pub use manifest::{KnownFile, Manifest, Model, Need, Role, Source};
pub use opener::{Headers, Opener};
pub use places::{Origin, Place, Places};
pub use progress::{Progress, Silent};
pub use pull::{FileState, Planned, PullError, PullOptions, PullReport, PulledFile, Puller};
pub use verify::{FileCheck, HashSource, ModelCheck, verify};
