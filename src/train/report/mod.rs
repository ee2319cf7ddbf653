//! A run as one page: its curves, its parameters, what its network makes.
//!
//! The page needs nothing but itself, so that it can be sent and opened anywhere.

mod chart;
mod page;

pub(super) use page::write;
