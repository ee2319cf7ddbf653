//! Weights on disk and the networks that read them.
//!
//! A [`Checkpoint`] is a file of tensors by name, as safetensors or as `torch.save` writes it. The file
//! is mapped and nothing is read before it is asked for; what a pickle would have run is never run.
//! [`load`] builds a network from one and refuses it whole where a name or a shape differs, with
//! everything that differs in the message. A network's own names are its [`Spec`]; what training moves
//! lives in a [`Trainable`].

mod allowed;
mod container;
mod error;
mod file;
mod mismatch;
mod pickle;
mod random;
mod root;
mod safetensors;
mod save;
mod shards;
mod spec;
mod strict;
mod tensor_view;
mod torch;
mod torch_legacy;
mod torch_zip;
mod trainable;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod testing;

pub use allowed::Allowed;
pub(crate) use allowed::matches;
pub use container::{Checkpoint, Format, TensorInfo};
pub use error::{CheckpointError, FormatError, PickleError, TensorError};
pub use mismatch::{Mismatch, Misshapen};
pub use save::save_safetensors;
pub(crate) use save::save_with_metadata;
pub use spec::Spec;
pub use strict::{build_random, load};
pub use tensor_view::StoredType;
pub use trainable::Trainable;
