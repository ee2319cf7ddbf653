//! Nashra signs Arabic headlines: text in, a signing 3D avatar out, on one offline machine.
//!
//! The rooms, lowest first. Each imports only from rooms above it in this list; nothing before
//! [`avatar`]'s plugin knows the renderer.
//!
//! - [`pose`]: landmarks over time, `.pose` files
//! - [`body`]: the normalised humanoid: bones, hand shapes, face weights, forward kinematics
//! - [`arabic`]: normalising, segmenting, numbers, names
//! - [`lexicon`]: signs and letters, the notation and its compiler
//! - [`retarget`]: landmarks → articulation → joint rotations
//! - [`dataset`]: clips of words by signers: storing, splitting, making practice ones
//! - [`holistic`]: video → landmarks, by MediaPipe Holistic's networks
//! - [`models`]: the networks, and reading their weights strictly
//! - [`interpreter`]: headline → plan → utterance
//! - [`train`]: the training engine, and what of each network is trained by it
//! - [`eval`]: metrics and their reports; reading signs back from landmarks
//! - [`feed`], [`output`]: headlines in, frames out
//! - [`sculpt`]: the generator of our own avatars
//! - [`stop`]: a wish to end long work early, from wherever it comes; imports nothing
//! - [`config`], [`cli`]: settings and commands
//! - [`avatar`], [`stage`], [`panel`], [`app`]: what is seen (the last three with feature `app`)

pub mod arabic;
pub mod avatar;
pub mod body;
pub mod dataset;
pub mod eval;
pub mod feed;
pub mod holistic;
pub mod interpreter;
pub mod lexicon;
pub mod models;
pub mod output;
pub mod pose;
pub mod retarget;
pub mod sculpt;
pub mod stop;
pub mod train;

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "app")]
pub mod panel;
#[cfg(feature = "app")]
pub mod stage;

pub mod cli;
pub mod config;
