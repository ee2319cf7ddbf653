//! Training SignCLIP: clips and words brought to one place by contrast.

mod loader;
mod recipe;
mod task;

pub use loader::{SignClipBatch, SignClipLoader};
pub use recipe::{SignClipModel, SignClipPreset, SignClipRecipe, SignClipTraining, Small};
pub use task::SignClipTask;
