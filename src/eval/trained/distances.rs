//! How far made motions are from the recordings of their word, beside other recordings.

use super::{Bench, Made, Shown, Tell};
use crate::eval::distance::Measure;
use crate::eval::table::{Row, Table, Value};
use crate::pose::PoseSequence;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is reported, by name.
const MEASURES: [&str; 7] =
    ["nDTWp", "DTWp", "nDTW-MJE", "MPJPE body", "MPJPE hands", "PA-MPJPE body", "PA-MPJPE hands"];

/// What is compared with a recording, and of how many the mean and the least are taken.
type Candidates<'a> = Vec<(String, Vec<Vec<Comparison<'a>>>)>;

/// A hypothesis and a reference.
type Comparison<'a> = (&'a PoseSequence, &'a PoseSequence);

/// Each made motion beside the part's recordings of its word: the mean over these and the nearest; between
/// other recordings of the word, which is as near as one may hope for, and recordings of another word.
/// `recorded` and `train` are clips whose leading hand is the right, as generators learn them.
pub fn distances(bench: &Bench, made: &[Made], recorded: &[Shown], train: &[Shown], tell: Tell) -> Table {
    let candidates = candidates(bench, made, recorded, train);
    let measures: Vec<Measure> = MEASURES.iter().filter_map(|name| Measure::named(name)).collect();
    let names = candidates.iter().map(|(name, _)| name.clone());
    let title = format!("Distance from the {} part's recordings, lower is nearer", bench.part().name());
    let mut table = Table::new(title, names);
    let all: usize = candidates.iter().map(|(_, groups)| groups.len()).sum();
    let done = AtomicUsize::new(0);
    // [candidates][groups][measures]: mean and least.
    let found: Vec<Vec<Vec<Option<[f64; 2]>>>> = candidates
        .iter()
        .map(|(_, groups)| {
            let of_group = |group: &Vec<Comparison>| {
                let found = measures.iter().map(|measure| summary(measure, group)).collect();
                tell("comparing", done.fetch_add(1, Ordering::Relaxed) + 1, all);
                found
            };
            groups.par_iter().map(of_group).collect()
        })
        .collect();
    for (index, measure) in measures.iter().enumerate() {
        for (which, suffix) in ["", ", nearest"].into_iter().enumerate() {
            let cell = |groups: &Vec<Vec<Option<[f64; 2]>>>| {
                let values: Vec<f64> =
                    groups.iter().filter_map(|group| Some(group.get(index)?.as_ref()?[which])).collect();
                Value::of(&values)
            };
            let definition = match which {
                0 => measure.definition.to_owned(),
                _ => "the least over the word's recordings instead of their mean".to_owned(),
            };
            let name = format!("{}{suffix} ({})", measure.name, measure.unit);
            table.rows.push(Row::new(name, definition, found.iter().map(cell).collect()));
        }
    }
    table.notes.push(
        "mean ± sd over motions; all clips stand on the recording's shoulders, so that pixels are its own; \
         signers who lead with the left hand are mirrored, as generators learn them. \"Same signer\" and \
         \"another signer\" are training recordings of the word: what retrieval would sign"
            .into(),
    );
    table
}

fn candidates<'a>(
    bench: &Bench,
    made: &'a [Made],
    recorded: &'a [Shown],
    train: &'a [Shown],
) -> Candidates<'a> {
    let of_word = |word: usize| recorded.iter().filter(move |clip| clip.word == word);
    let mut candidates: Candidates = Vec::new();
    for made in made {
        let group =
            |motion: &'a super::Motion| of_word(motion.word).map(|clip| (&motion.pose, &clip.of)).collect();
        candidates.push((made.name.to_owned(), made.motions.iter().map(group).collect()));
    }
    let takes = |is_same: bool| {
        let of_clip = move |clip: &'a Shown| -> Option<Vec<Comparison<'a>>> {
            let is_other = |other: &&Shown| {
                let same = bench.signer(other.clip) == bench.signer(clip.clip);
                other.word == clip.word && other.clip != clip.clip && same == is_same
            };
            Some(vec![(&train.iter().find(is_other)?.of, &clip.of)])
        };
        recorded.iter().filter_map(of_clip).collect::<Vec<_>>()
    };
    candidates.push(("same signer".into(), takes(true)));
    candidates.push(("another signer".into(), takes(false)));
    let half = recorded.len() / 2;
    let other = |(index, clip): (usize, &'a Shown)| {
        let others = recorded.iter().cycle().skip(index + half).take(recorded.len());
        others.clone().find(|other| other.word != clip.word).map(|other| vec![(&other.of, &clip.of)])
    };
    candidates.push(("another word".into(), recorded.iter().enumerate().filter_map(other).collect()));
    // A part whose training clips all are of one signer has no take of another's.
    candidates.retain(|(_, groups)| !groups.is_empty());
    candidates
}

/// The mean and the least distance of a group, where the measure has a value for any.
fn summary(measure: &Measure, group: &[Comparison]) -> Option<[f64; 2]> {
    let score = |(made, recorded): &Comparison| {
        let placed = on_the_shoulders_of(made, recorded)?;
        measure.score(&placed, recorded).ok().flatten()
    };
    let found: Vec<f64> = group.iter().filter_map(score).collect();
    let least = found.iter().copied().min_by(f64::total_cmp)?;
    Some([found.iter().sum::<f64>() / found.len() as f64, least])
}

/// The clip moved and scaled so that its shoulders are where and as wide as the other's, at its own depth.
pub(super) fn on_the_shoulders_of(clip: &PoseSequence, other: &PoseSequence) -> Option<PoseSequence> {
    let (own, wanted) = (clip.shoulders().ok()?, other.shoulders().ok()?);
    let scale = wanted.width / own.width;
    let mut placed = clip.clone();
    for (position, confidence) in placed.positions.iter_mut().zip(&placed.confidences) {
        if *confidence != 0.0 {
            *position = wanted.middle + scale * (*position - own.middle);
        }
    }
    Some(placed)
}
