//! What all the networks are made of.
//!
//! candle's fused LayerNorm, RMS norm and softmax have no backward pass: a gradient stops there without
//! a word and everything below stays as it was. So each of them exists here twice behind one call: made
//! of differentiable steps while anything below is being trained, fused when nothing is.

mod activation;
mod attention;
mod conv;
mod mask;
mod norm;
mod pass;
mod positions;
mod sizes;

pub use activation::Activation;
pub use attention::{attend, merge_heads, split_heads};
pub use conv::{Conv1d, Kernel, repeat_frames};
pub use mask::{causal_bias, masked_mean, padding_bias};
pub use norm::{LayerNorm, RmsNorm, softmax};
pub use pass::{Noise, Pass};
pub use positions::{halved_sinusoids, interleaved_sinusoids};
pub use sizes::{LARGEST, check_sizes, check_table};
