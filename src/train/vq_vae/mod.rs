//! Training the VQ-VAE: motion as tokens and back (T2M-GPT's first stage).

mod folder;
mod recipe;
mod task;
mod windows;

pub(crate) use folder::{CONFIG, STATISTICS, WEIGHTS};
pub use folder::{TrainedVqVae, VqVaeFolder};
pub use recipe::{VqVaeModel, VqVaeRecipe, VqVaeTraining};
pub use task::VqVaeTask;
pub use windows::{WindowBatch, WindowLoader};
