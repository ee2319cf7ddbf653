//! Where a sign comes from. It travels with the sign to every screen and file.

use serde::{Deserialize, Serialize};

/// Whether a signer of the language has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Nobody has.
    NotReviewed,
    /// A Syrian deaf signer has approved it.
    Approved,
}

/// Where a motion comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Provenance {
    /// A recording of a signer.
    Recorded {
        /// Which recording: the file, or the collection it came in.
        source: String,
        /// ISO 639-3 code of the sign language.
        language: String,
        /// Whether it was reviewed.
        review: Review,
    },
    /// The nearest recording, by embedding.
    Retrieved {
        /// Which recording.
        source: String,
        /// Cosine similarity to what was asked for, in thousandths.
        similarity_millis: i32,
    },
    /// A model made it.
    Generated {
        /// Which model.
        model: String,
        /// With which seed.
        seed: u64,
    },
    /// A letter of the manual alphabet, from joint angles measured on recordings.
    Letter {
        /// What it was measured from.
        source: String,
        /// ISO 639-3 code of the sign language.
        language: String,
        /// Whether it was reviewed.
        review: Review,
    },
    /// Invented so that everything can run: **not** a sign of any language.
    Practice,
}

impl Provenance {
    /// One word for it, as in the JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Provenance::Recorded { .. } => "recorded",
            Provenance::Retrieved { .. } => "retrieved",
            Provenance::Generated { .. } => "generated",
            Provenance::Letter { .. } => "letter",
            Provenance::Practice => "practice",
        }
    }

    /// A short line for people: what it is, of which language, whether it was reviewed.
    pub fn describe(&self) -> String {
        let reviewed = |review: &Review| match review {
            Review::NotReviewed => "not reviewed",
            Review::Approved => "reviewed",
        };
        match self {
            Provenance::Recorded { source, language, review } => {
                format!("recorded ({language}, {source}, {})", reviewed(review))
            }
            Provenance::Retrieved { source, similarity_millis } => {
                format!("retrieved ({source}, similarity {:.2})", *similarity_millis as f32 * 1e-3)
            }
            Provenance::Generated { model, seed } => format!("generated ({model}, seed {seed})"),
            Provenance::Letter { source, language, review } => {
                format!("letter ({language}, measured from {source}, {})", reviewed(review))
            }
            Provenance::Practice => "practice (not SyArSL)".to_owned(),
        }
    }

    /// Whether it may go on air: everything but practice signs.
    pub fn may_go_on_air(&self) -> bool {
        !matches!(self, Provenance::Practice)
    }
}
