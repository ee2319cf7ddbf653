//! Networks that read text, and the one that translates it.
//!
//! [`TextEncoder`] turns texts into vectors, whichever of [`T5Encoder`] (AraT5), [`ClipTextModel`] and
//! [`BertModel`] its folder holds; [`SharedEncoders`] keeps one of each folder, however many models ask.
//! [`Translator`] is OPUS-MT with its tokenizers, on [`marian`].

mod bert;
mod clip;
mod encoder;
mod error;
mod fast;
mod folder;
pub mod marian;
mod network;
mod parts;
mod recent;
mod shared;
mod t5;
#[cfg(test)]
mod testing;
mod translator;

pub use bert::{BertConfig, BertModel};
pub use clip::{ClipText, ClipTextConfig, ClipTextModel};
pub use encoder::{TextEncoder, TextTokens};
pub use error::{InputError, TextError};
pub use folder::Folder;
pub use network::{Encoded, TextConfig, TextNetwork};
pub use shared::SharedEncoders;
pub use t5::{T5Config, T5Encoder};
pub use translator::Translator;
