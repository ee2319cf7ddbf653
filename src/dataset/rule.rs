//! Rules to split by. Copies and augmentations never lie on both sides of any of them: they train where
//! their original trains, and are left out where it validates or tests.

use super::dice::Dice;
use super::split::origins;
use super::{Dataset, DatasetError, Part, Split, WhyLeftOut};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// How a dataset is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitRule {
    /// The paper's 80/10/10 by take: of each word one take in ten tests and one in ten validates, at least
    /// one of three or more; by different signers where there are several. Every signer is in every part, so
    /// it says nothing of how a model does with somebody new.
    Take,
    /// All clips of one signer test; one in ten of the others' validates, by take.
    Signer(String),
    /// All clips of one session test; one in ten of the others validates, by take.
    Session(String),
    /// Of each word and signer the last fifth of the takes tests and the tenth before it validates: what was
    /// recorded later, by people who are known.
    LastTakes,
}

type Place = Result<Part, WhyLeftOut>;

impl SplitRule {
    /// Splits a dataset; the same seed splits alike.
    ///
    /// # Errors
    /// [`DatasetError::NoSuchName`] where nobody is called as the rule says.
    pub fn apply(&self, dataset: &Dataset, seed: u64) -> Result<Split, DatasetError> {
        let clips = dataset.clips();
        let origins = origins(clips);
        // A clip stands for all of its origin: the first that is no copy, else the first.
        let mut heads: BTreeMap<usize, usize> = BTreeMap::new();
        for (clip, origin) in origins.iter().enumerate() {
            let head = heads.entry(*origin).or_insert(clip);
            if clips[*head].copy_of.is_some() && clips[clip].copy_of.is_none() {
                *head = clip;
            }
        }
        let originals: Vec<usize> = heads.values().copied().collect();
        let placed = match self {
            Self::Take => by_take(dataset, seed, &originals, 0.1),
            Self::LastTakes => by_last_takes(dataset, &originals),
            Self::Signer(name) => {
                let signer = |clip: usize| clips[clip].signer.as_str();
                apart(dataset, seed, &originals, ("signer", name), signer)?
            }
            Self::Session(name) => {
                let session = |clip: usize| clips[clip].session.as_str();
                apart(dataset, seed, &originals, ("session", name), session)?
            }
        };
        let place = |clip: usize| -> Place {
            let head = heads[&origins[clip]];
            match placed.get(&head).copied().unwrap_or(Ok(Part::Train)) {
                Ok(part) if part != Part::Train && clip != head => Err(WhyLeftOut::Copy),
                place => place,
            }
        };
        let places: Vec<Place> = (0..clips.len()).map(place).collect();
        Ok(Split::of(self.file_name(), &places))
    }

    /// The rule as a file's name.
    fn file_name(&self) -> String {
        let usable = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        self.to_string().chars().map(usable).collect()
    }
}

/// How many of `count` a share is: at least one of three or more, none of fewer.
fn held(count: usize, share: f64) -> usize {
    if count < 3 { 0 } else { ((count as f64 * share).round() as usize).max(1) }
}

/// Clips by what they have in common, in order.
fn grouped<K: Ord>(clips: &[usize], key: impl Fn(usize) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &clip in clips {
        groups.entry(key(clip)).or_default().push(clip);
    }
    groups
}

/// Of each word a share tests (0.1, or none where something else tests) and a tenth validates.
fn by_take(dataset: &Dataset, seed: u64, originals: &[usize], test: f64) -> BTreeMap<usize, Place> {
    let mut placed = BTreeMap::new();
    for (word, clips) in grouped(originals, |clip| dataset.clips()[clip].word) {
        let order = signers_in_turn(dataset, &clips, &mut Dice::new(seed, &[&dataset.words()[word].key]));
        let testing = if test > 0.0 { held(order.len(), test) } else { 0 };
        let validating = held(order.len(), 0.1);
        for (at, clip) in order.into_iter().enumerate() {
            let part = match at {
                at if at < testing => Part::Test,
                at if at < testing + validating => Part::Validation,
                _ => Part::Train,
            };
            placed.insert(clip, Ok(part));
        }
    }
    placed
}

/// A word's clips in a drawn order in which signers take turns, so that neighbours are different people.
fn signers_in_turn(dataset: &Dataset, clips: &[usize], dice: &mut Dice) -> Vec<usize> {
    let by_signer = grouped(clips, |clip| dataset.clips()[clip].signer.as_str());
    let mut hands: Vec<Vec<usize>> = by_signer.into_values().collect();
    hands.iter_mut().for_each(|hand| dice.shuffle(hand));
    dice.shuffle(&mut hands);
    let longest = hands.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest).flat_map(|turn| hands.iter().filter_map(move |hand| hand.get(turn).copied())).collect()
}

fn by_last_takes(dataset: &Dataset, originals: &[usize]) -> BTreeMap<usize, Place> {
    let clips = dataset.clips();
    let mut placed = BTreeMap::new();
    for (_, mut takes) in grouped(originals, |clip| (clips[clip].word, clips[clip].signer.as_str())) {
        takes.sort_by_key(|&clip| (clips[clip].take, clips[clip].id.as_str()));
        let (testing, validating) = (held(takes.len(), 0.2), held(takes.len(), 0.1));
        for (from_the_end, clip) in takes.into_iter().rev().enumerate() {
            let part = match from_the_end {
                at if at < testing => Part::Test,
                at if at < testing + validating => Part::Validation,
                _ => Part::Train,
            };
            placed.insert(clip, Ok(part));
        }
    }
    placed
}

/// Everything of one name tests; words that nobody else has are left out.
fn apart<'a>(
    dataset: &'a Dataset,
    seed: u64,
    originals: &[usize],
    (what, name): (&'static str, &str),
    of: impl Fn(usize) -> &'a str,
) -> Result<BTreeMap<usize, Place>, DatasetError> {
    let known: BTreeSet<&str> = (0..dataset.clips().len()).map(&of).collect();
    if !known.contains(name) {
        return Err(DatasetError::unknown(what, name, known.into_iter()));
    }
    let (there, elsewhere): (Vec<usize>, Vec<usize>) = originals.iter().partition(|clip| of(**clip) == name);
    let learnt: BTreeSet<usize> = elsewhere.iter().map(|clip| dataset.clips()[*clip].word).collect();
    let mut placed = by_take(dataset, seed, &elsewhere, 0.0);
    for clip in there {
        let is_learnt = learnt.contains(&dataset.clips()[clip].word);
        placed.insert(clip, if is_learnt { Ok(Part::Test) } else { Err(WhyLeftOut::WordOnlyThere) });
    }
    Ok(placed)
}

impl fmt::Display for SplitRule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Take => f.write_str("take"),
            Self::Signer(name) => write!(f, "signer:{name}"),
            Self::Session(name) => write!(f, "session:{name}"),
            Self::LastTakes => f.write_str("last-takes"),
        }
    }
}

impl FromStr for SplitRule {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        match text.split_once(':') {
            None if text == "take" => Ok(Self::Take),
            None if text == "last-takes" => Ok(Self::LastTakes),
            Some(("signer", name)) if !name.is_empty() => Ok(Self::Signer(name.to_owned())),
            Some(("session", name)) if !name.is_empty() => Ok(Self::Session(name.to_owned())),
            _ => Err(DatasetError::Rule { found: text.to_owned() }),
        }
    }
}
