//! Retrieval: given scores of queries and items, how near the top the right items are.
//!
//! "R@k" is three things in the literature, so there are three here, each with its
//! [`Metric::definition`]: a hit rate (what most papers mean), a precision, and a true recall
//! (TP / (TP + FN), what SignCLIP's code prints as text-to-video R@k). Beside each stands its [`chance`]:
//! what a ranking by lot reaches on the same labels, exactly.
//!
//! - [`Scores`]: a matrix `[queries, items]` with the label of each row and column
//! - [`text_to_pose`] and [`pose_to_text`]: the two ways that sign language papers ask
//! - [`Retrieval`]: the metrics, measured or by chance

pub mod chance;
mod metric;
mod scores;

pub use metric::{Metric, Retrieval};
pub use scores::{Scores, ScoresError, pose_to_text, text_to_pose};
