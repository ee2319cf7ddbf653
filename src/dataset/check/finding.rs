//! What a check finds.

use serde::Serialize;
use std::path::PathBuf;

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A clip of one origin, or nearly the same motion, in two parts of a split.
    Leak,
    /// The same motion under two words.
    MotionClash,
    /// Two words that are spelled the same once vowel marks and letters' variants are set aside.
    GlossClash,
    /// A clip whose bytes cannot be read.
    Unreadable,
    /// No frames, no shoulders, or never a hand.
    Empty,
    /// The same landmarks twice.
    Duplicate,
    /// Nearly the same motion twice.
    NearDuplicate,
    /// A hand or the body that is seen and does not move at all.
    Frozen,
    /// A hand that is elsewhere from one frame to the next.
    Jumps,
    /// Hands are seen in few frames.
    FewHands,
    /// Shorter than any sign.
    Short,
    /// Longer than one sign.
    Long,
    /// Signed by the left hand.
    LeftHanded,
    /// A word without clips.
    Unused,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Training on it gives wrong results.
    Error,
    /// Worth a look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl Kind {
    /// A short name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Leak => "leak",
            Kind::MotionClash => "motion-clash",
            Kind::GlossClash => "gloss-clash",
            Kind::Unreadable => "unreadable",
            Kind::Empty => "empty",
            Kind::Duplicate => "duplicate",
            Kind::NearDuplicate => "near-duplicate",
            Kind::Frozen => "frozen",
            Kind::Jumps => "jumps",
            Kind::FewHands => "few-hands",
            Kind::Short => "short",
            Kind::Long => "long",
            Kind::LeftHanded => "left-handed",
            Kind::Unused => "unused",
        }
    }

    /// How bad it always is.
    pub fn severity(self) -> Severity {
        match self {
            Kind::Leak | Kind::MotionClash | Kind::GlossClash | Kind::Unreadable | Kind::Empty => {
                Severity::Error
            }
            Kind::LeftHanded => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// The clips, by id; words' keys where it is about words.
    pub clips: Vec<String>,
    /// How much of it, in the unit that `what` says.
    pub figure: f64,
    /// The finding in words, with the figure.
    pub what: String,
}

impl Finding {
    pub(super) fn new(kind: Kind, clips: Vec<String>, figure: f64, what: String) -> Self {
        Self { kind, severity: kind.severity(), clips, figure, what }
    }
}

/// All that a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// The dataset's folder.
    pub dataset: PathBuf,
    /// How many clips were looked at.
    pub clips: usize,
    /// How many words there are.
    pub words: usize,
    /// The splits that were looked at.
    pub splits: Vec<String>,
    /// The findings, errors first.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// How many findings are as bad as this.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
