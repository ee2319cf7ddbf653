//! retarget.
