//! Which clips train, validate and test.

use super::{ClipRecord, Dataset};
use std::collections::BTreeMap;

/// Three parts of a dataset, as clip indices in rising order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its name, which is its file's.
    pub name: String,
    /// Clips to train on.
    pub train: Vec<usize>,
    /// Clips to choose by while training.
    pub validation: Vec<usize>,
    /// Clips to report on.
    pub test: Vec<usize>,
    /// Clips in none of the parts, in rising order.
    pub left_out: Vec<LeftOut>,
}

/// A clip in no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its index.
    pub clip: usize,
    /// Why it is in none.
    pub why: WhyLeftOut,
}

/// Why a clip is in no part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyLeftOut {
    /// A copy or augmentation of a clip that validates or tests.
    Copy,
    /// Its word is signed only by the signer, or in the session, that is kept apart: nothing could learn it.
    WordOnlyThere,
}

impl WhyLeftOut {
    /// One word for it, as in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "left-out-copy",
            Self::WordOnlyThere => "left-out-word-only-there",
        }
    }
}

/// A part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// To train on.
    Train,
    /// To choose by while training.
    Validation,
    /// To report on.
    Test,
}

impl Part {
    /// In order.
    pub const ALL: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

    /// Its name, as in files.
    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Validation => "validation",
            Part::Test => "test",
        }
    }
}

/// Two clips of one origin in different parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// A clip, and its part.
    pub clip: (usize, Part),
    /// A later one of the same origin, and its part.
    pub other: (usize, Part),
}

impl Split {
    /// The clips of a part.
    pub fn part(&self, part: Part) -> &[usize] {
        match part {
            Part::Train => &self.train,
            Part::Validation => &self.validation,
            Part::Test => &self.test,
        }
    }

    /// A split by each clip's place, `[clips]`.
    pub(super) fn of(name: String, places: &[Result<Part, WhyLeftOut>]) -> Split {
        let part = |wanted| (0..places.len()).filter(|clip| places[*clip] == Ok(wanted)).collect();
        let left_out = places.iter().enumerate();
        let left_out = left_out.filter_map(|(clip, place)| place.err().map(|why| LeftOut { clip, why }));
        Split {
            name,
            train: part(Part::Train),
            validation: part(Part::Validation),
            test: part(Part::Test),
            left_out: left_out.collect(),
        }
    }

    /// Clips of one origin in different parts, by what the records say of copies: for each origin, its first
    /// clip with every later one that lies in another part.
    pub fn leaks(&self, dataset: &Dataset) -> Vec<Leak> {
        let origins = origins(dataset.clips());
        let mut by_origin: BTreeMap<usize, Vec<(usize, Part)>> = BTreeMap::new();
        for part in Part::ALL {
            for &clip in self.part(part) {
                if let Some(&origin) = origins.get(clip) {
                    by_origin.entry(origin).or_default().push((clip, part));
                }
            }
        }
        let mut leaks = Vec::new();
        for mut clips in by_origin.into_values() {
            clips.sort_unstable();
            let Some((&first, rest)) = clips.split_first() else { continue };
            let elsewhere = rest.iter().filter(|other| other.1 != first.1);
            leaks.extend(elsewhere.map(|&other| Leak { clip: first, other }));
        }
        leaks
    }
}

/// Which clips have one origin: for each clip the lowest index among those that are copies of each other,
/// directly or through others, even through a clip that is not in the dataset. `[clips]`
pub(super) fn origins(clips: &[ClipRecord]) -> Vec<usize> {
    let mut numbers: BTreeMap<&str, usize> =
        clips.iter().enumerate().map(|(number, clip)| (clip.id.as_str(), number)).collect();
    // Clips that are named but not there come after those that are.
    for original in clips.iter().filter_map(|clip| clip.copy_of.as_deref()) {
        let next = numbers.len();
        numbers.entry(original).or_insert(next);
    }
    let mut parents: Vec<usize> = (0..numbers.len()).collect();
    for (clip, record) in clips.iter().enumerate() {
        if let Some(&original) = record.copy_of.as_deref().and_then(|id| numbers.get(id)) {
            let (a, b) = (root(&mut parents, clip), root(&mut parents, original));
            // The lower is the parent, so that no chain is a circle.
            parents[a.max(b)] = a.min(b);
        }
    }
    (0..clips.len()).map(|clip| root(&mut parents, clip)).collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}
