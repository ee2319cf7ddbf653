//! Training a small text encoder from nothing: the forms of a word come together, words come apart.
//!
//! Demo models have no AraT5. What a generator needs of a text encoder is that a word's forms lie together
//! and away from other words, and that is learnt from the words alone, by the same contrast as SignCLIP's.

mod task;

pub use task::{TextBatch, TextLoader, TextModel, TextRecipe, TextTask};
