//! avatar.
