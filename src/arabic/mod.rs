//! arabic.
