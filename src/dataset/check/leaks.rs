//! What would let a model be tested on what it was trained on.

use super::alike::Group;
use super::{Finding, Kind};
use crate::dataset::{Dataset, Part, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Clips of one origin, and clips that are nearly the same, in different parts of a split.
pub(super) fn findings(dataset: &Dataset, splits: &[Split], groups: &[Group]) -> Vec<Finding> {
    splits.iter().flat_map(|split| of_split(dataset, split, groups)).collect()
}

fn of_split(dataset: &Dataset, split: &Split, groups: &[Group]) -> Vec<Finding> {
    let clips = dataset.clips();
    let mut findings = Vec::new();
    let mut told: BTreeSet<[usize; 2]> = BTreeSet::new();
    for leak in split.leaks(dataset) {
        let [(one, part), (other, elsewhere)] = [leak.clip, leak.other];
        told.insert([one.min(other), one.max(other)]);
        let ids = vec![clips[one].id.clone(), clips[other].id.clone()];
        let (part, elsewhere, name) = (part.name(), elsewhere.name(), &split.name);
        let what = format!("copies of one clip in {part} and {elsewhere} of the split {name}");
        findings.push(Finding::new(Kind::Leak, ids, 0.0, what));
    }
    let parts: BTreeMap<usize, Part> = Part::ALL
        .into_iter()
        .flat_map(|part| split.part(part).iter().map(move |clip| (*clip, part)))
        .collect();
    for group in groups {
        let placed: Vec<(usize, Part)> =
            group.clips.iter().filter_map(|clip| Some((*clip, *parts.get(clip)?))).collect();
        let found: BTreeSet<Part> = placed.iter().map(|(_, part)| *part).collect();
        let pair = <[usize; 2]>::try_from(placed.iter().map(|(clip, _)| *clip).collect::<Vec<_>>());
        if found.len() < 2 || pair.is_ok_and(|pair| told.contains(&pair)) {
            continue;
        }
        let names: Vec<&str> = found.iter().map(|part| part.name()).collect();
        let ids = placed.iter().map(|(clip, _)| clips[*clip].id.clone()).collect();
        let how = if group.is_exact { "the same landmarks" } else { "nearly the same motion" };
        let what = format!("{how} in {} of the split {}", names.join(" and "), split.name);
        findings.push(Finding::new(Kind::Leak, ids, f64::from(group.distance), what));
    }
    findings
}
