//! What all the networks are made of.
//!
//! candle's fused LayerNorm, RMS norm and softmax have no backward pass: a gradient stops there without
//! a word and everything below stays as it was. So each of them exists here several times behind one call:
//! fused when nothing below is being trained; with a gradient of its own while something is, on a processor
//! (`ops`); made of differentiable steps everywhere else.

mod activation;
mod attention;
mod conv;
mod linear;
mod mask;
mod norm;
mod ops;
mod pass;
mod positions;
mod sizes;

pub use activation::Activation;
pub use attention::{Attention, attend, merge_heads, split_heads};
pub use conv::{Conv1d, Kernel, repeat_frames};
pub use linear::project;
pub use mask::{causal_bias, masked_mean, padding_bias};
pub use norm::{LayerNorm, RmsNorm, softmax};
pub(crate) use ops::{Delta, SmoothL1, curve, is_trained};
pub use pass::{Noise, Pass};
pub use positions::{halved_sinusoids, interleaved_sinusoids};
pub use sizes::{LARGEST, check_sizes, check_table};
