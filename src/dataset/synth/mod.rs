//! The practice dataset: the 150 news words of the practice lexicon, signed by six signers that do not
//! exist, in the shape of the paper's data (each signer 50 words five times, two signers a word, 60 frames a
//! second, at most seven seconds). Its signs are invented: what is trained on it is practice too.
//!
//! A clip is made in three steps, each in a file of its own: a signer with habits (`signer`) performs a
//! word once (`perform`: hands come up, the sign, hands go down), a camera films it, and MediaPipe's
//! mistakes are laid over it ([`camera_noise`]). Everything follows from the seed and the clip's name, so the
//! bytes are the same on every run and with any number of threads.

pub mod camera_noise;
mod make;
mod perform;
mod signer;
#[cfg(test)]
mod tests;

pub use make::{Made, Practice, PracticeError, default_folder, make};
