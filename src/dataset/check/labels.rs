//! Labels that contradict each other.

use super::alike::Group;
use super::{Finding, Kind};
use crate::arabic::fold;
use crate::dataset::Dataset;
use std::collections::{BTreeMap, BTreeSet};

/// Motions under two words, words that are spelled the same, and words without clips.
pub(super) fn findings(dataset: &Dataset, groups: &[Group]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = groups.iter().filter_map(|group| motion(dataset, group)).collect();
    findings.extend(glosses(dataset));
    let used: BTreeSet<usize> = dataset.clips().iter().map(|clip| clip.word).collect();
    let unused = dataset.words().iter().enumerate().filter(|(number, _)| !used.contains(number));
    findings.extend(unused.map(|(_, word)| {
        Finding::new(Kind::Unused, vec![word.key.clone()], 0.0, "a word without clips".to_owned())
    }));
    findings
}

fn motion(dataset: &Dataset, group: &Group) -> Option<Finding> {
    let clips = dataset.clips();
    let words: BTreeSet<usize> = group.clips.iter().map(|clip| clips[*clip].word).collect();
    if words.len() < 2 {
        return None;
    }
    let ids = group.clips.iter().map(|clip| clips[*clip].id.clone()).collect();
    let glosses: Vec<&str> = words.iter().map(|word| dataset.words()[*word].gloss.as_str()).collect();
    let what = format!("one motion, {} words: {}", words.len(), glosses.join("، "));
    Some(Finding::new(Kind::MotionClash, ids, words.len() as f64, what))
}

fn glosses(dataset: &Dataset) -> Vec<Finding> {
    let mut by_spelling: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, word) in dataset.words().iter().enumerate() {
        let folded = fold(&word.gloss).to_lowercase();
        // A letter is a sign of its own, with its hamza and its tatweel; and folding leaves nothing of marks.
        let is_letter = folded.trim().chars().count() < 2;
        let spelling = if is_letter { word.gloss.clone() } else { folded };
        by_spelling.entry(spelling).or_default().push(number);
    }
    let clash = |words: &Vec<usize>| {
        let keys: Vec<String> = words.iter().map(|word| dataset.words()[*word].key.clone()).collect();
        let glosses: Vec<&str> = words.iter().map(|word| dataset.words()[*word].gloss.as_str()).collect();
        let what = format!("{} words are spelled alike: {}", keys.len(), glosses.join("، "));
        Finding::new(Kind::GlossClash, keys, words.len() as f64, what)
    };
    by_spelling.values().filter(|words| words.len() > 1).map(clash).collect()
}
