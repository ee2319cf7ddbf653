//! Reading what `torch.save` pickled, without running any of it.
//!
//! A pickle is a program for a stack machine that may call any function of Python's. This machine knows
//! how torch builds tensors and how Python builds dictionaries, lists and tuples; every other class or
//! call becomes an inert [`Value::Opaque`], so that a checkpoint with a framework's settings in it still
//! gives its weights. Strings are borrowed from the file; values, stack and memo have bounds.

mod call;
mod machine;
mod value;

pub(super) use machine::read;
pub(super) use value::{Id, Storage, StoredTensor, Tree, Value};
