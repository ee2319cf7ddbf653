//! One sign of the lexicon.

use super::Provenance;
use crate::body::Motion;
use crate::pose::PoseSequence;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A sign's number in its lexicon; stable while the lexicon is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SignId(pub u32);

/// What part of a bulletin a sign belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Category {
    Government,
    Health,
    Security,
    Economy,
    Weather,
    Place,
    Time,
    Sport,
    Society,
    Number,
    Letter,
    /// Not said by whoever imported it.
    Other,
}

/// A sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Stable name: ASCII for our own (`ministry-of-health`), the file's stem for recordings.
    pub key: String,
    /// The gloss shown to people: an Arabic word.
    pub gloss: String,
    /// Its part of the bulletin.
    pub category: Category,
    /// Every Arabic form that it signs, display spelling; forms of several words are expressions.
    pub forms: Vec<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// How a sign moves, before it is joined to its neighbours.
#[derive(Clone, Debug)]
pub enum SignClip {
    /// Compiled from notation: begins and ends at the stroke, without preparation or retraction.
    Notated(Arc<Motion>),
    /// Landmarks of a recording, hands coming up and going down included.
    Recorded(Arc<PoseSequence>),
}
