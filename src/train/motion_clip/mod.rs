//! Training MotionCLIP: a motion autoencoder whose latents lie where their texts do.

mod loader;
mod recipe;
mod task;

pub use loader::{MotionBatch, MotionLoader};
pub use recipe::{MotionClipModel, MotionClipRecipe, MotionClipTraining};
pub use task::MotionClipTask;
