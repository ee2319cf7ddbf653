//! Training the GPT: tokens of motion from the feature of a text (T2M-GPT's second stage).

mod loader;
mod recipe;
mod task;

pub use loader::{TokenBatch, TokenLoader};
pub use recipe::{Corruption, GptModel, GptRecipe, GptTraining};
pub use task::GptTask;
pub(crate) use task::text_features;
