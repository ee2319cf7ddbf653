//! sculpt.
