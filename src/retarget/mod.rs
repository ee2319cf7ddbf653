//! retarget.
mod solver_standin;
pub use solver_standin::*;
