//! A headline as it came in.

use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// A headline: the text as it came, where from, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// The sender's id, or a running number.
    pub id: String,
    /// The text as it came.
    pub text: String,
    /// Who sent it: `argument`, `stdin`, a file, a socket, `typed`.
    pub source: String,
    /// When it came.
    pub received: SystemTime,
}

impl Headline {
    /// A headline that came just now.
    pub fn new(id: impl Into<String>, text: impl Into<String>, source: impl Into<String>) -> Self {
        Self { id: id.into(), text: text.into(), source: source.into(), received: SystemTime::now() }
    }
}
