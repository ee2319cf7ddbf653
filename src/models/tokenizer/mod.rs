//! From text to the numbers that a text encoder reads, and back.
//!
//! A [`TextTokenizer`] is read straight from what the model repositories ship:
//!
//! | models | files | a text becomes |
//! |---|---|---|
//! | AraT5 and other T5 | `spiece.model`, or `tokenizer.json` | `… </s>` |
//! | OPUS-MT (Marian) | `source.spm`, `target.spm`, `vocab.json` | `… </s>` |
//! | BERT | `tokenizer.json`, or `vocab.txt` | `[CLS] … [SEP]` |
//! | CLIP | `tokenizer.json`, or `vocab.json` and `merges.txt` | `<\|startoftext\|> … <\|endoftext\|>` |
//!
//! SentencePiece models are run here and not by the `tokenizers` library, whose reading of their
//! normalisation drops the vowel mark that follows an Arabic presentation form. BERT and CLIP run
//! in that library. [`WordPieces`] makes a small vocabulary for encoders trained from nothing.
//!
//! Control tokens written in a text (`</s>`, `[SEP]`) are text: no feed can end or pad a prompt.

mod bert;
mod charsmap;
mod clip;
mod error;
mod inspect;
mod library;
mod marian;
mod model_proto;
mod normaliser;
mod protobuf;
mod sentencepiece;
mod settings;
mod special;
mod t5;
#[cfg(test)]
mod tests;
mod text;
mod train;
mod unigram;

pub use clip::CLIP_CONTEXT;
pub use error::TokenizerError;
pub use special::SpecialTokens;
pub use text::{Overflow, TextTokenizer, TokenBatch};
pub use train::WordPieces;
