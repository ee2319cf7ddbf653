//! Made motions as a set: FID, R-precision, MM-Dist, diversity, multimodality on the judge's embeddings.

use super::{Judge, Made, ModelsError, Recorded, Shown};
use crate::eval::generation::{
    DIVERSITY_PAIRS, Embeddings, MULTIMODALITY_PAIRS, POOL, REPETITIONS, diversity, frechet_distance,
    multimodality, text_match,
};
use crate::eval::table::{Row, Table, Value};
use std::collections::BTreeMap;

/// A word and the embedding of a clip of it.
type Clip<'a> = (usize, &'a [f32]);

/// A set of clips, and the recordings that it is compared with.
struct Set<'a> {
    name: &'a str,
    clips: Vec<Clip<'a>>,
    real: Vec<Clip<'a>>,
    /// Clips a word.
    samples: usize,
}

/// What a set is judged to be.
struct Judged {
    fid: Option<f64>,
    precision: [Vec<f64>; 3],
    distance: Vec<f64>,
    diversity: Vec<f64>,
    within: Option<f64>,
    multimodality: Option<f64>,
}

/// One table: each generator, the part's recordings, chance where there is one.
///
/// # Errors
/// Where embeddings are no numbers.
pub fn as_a_set(judge: &Judge, recorded: &Recorded, made: &[Made], seed: u64) -> Result<Table, ModelsError> {
    let (part, train) = (view(recorded.part), view(recorded.train));
    let all: Vec<Clip> = train.iter().chain(&part).copied().collect();
    let mut sets: Vec<Set> = Vec::new();
    for made in made {
        sets.push(Set { name: made.name, clips: read(made), real: all.clone(), samples: made.samples });
    }
    // The recordings of the part have no business among those that they are compared with.
    sets.push(Set { name: "recorded", clips: part, real: train, samples: 1 });
    let judged = sets.iter().map(|set| set.judge(judge, seed)).collect::<Result<Vec<_>, _>>()?;
    Ok(table(judge, &sets, &judged))
}

/// The motions that the judge could read.
fn read(made: &Made) -> Vec<Clip<'_>> {
    made.motions.iter().filter_map(|motion| Some((motion.word, motion.embedding.as_deref()?))).collect()
}

fn view(clips: &[Shown<Vec<f32>>]) -> Vec<Clip<'_>> {
    clips.iter().map(|clip| (clip.word, &clip.of[..])).collect()
}

impl Set<'_> {
    fn judge(&self, judge: &Judge, seed: u64) -> Result<Judged, ModelsError> {
        let width = judge.width();
        let rows = |clips: &[Clip]| {
            Embeddings::new(width, clips.iter().flat_map(|(_, clip)| clip.iter().copied()).collect())
        };
        let all = rows(&self.clips)?;
        let enough = self.clips.len() > 1 && self.real.len() > 1;
        let (texts, motions) = self.pairs(judge);
        let (texts, motions) = (Embeddings::new(width, texts)?, Embeddings::new(width, motions)?);
        let seeds = || (0..REPETITIONS as u64).map(|i| seed.wrapping_add(i));
        let (mut precision, mut distance) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new());
        if texts.len() >= POOL {
            for seed in seeds() {
                let found = text_match(&texts, &motions, seed)?;
                precision.iter_mut().zip(found.r_precision).for_each(|(all, one)| all.push(one));
                distance.push(found.distance);
            }
        }
        let whole =
            self.samples >= MULTIMODALITY_PAIRS && self.clips.len() == judge.words().len() * self.samples;
        Ok(Judged {
            fid: enough.then(|| frechet_distance(&all, &rows(&self.real)?)).transpose()?,
            precision,
            distance,
            diversity: if enough {
                seeds().map(|s| diversity(&all, s)).collect::<Result<_, _>>()?
            } else {
                Vec::new()
            },
            within: self.within(),
            multimodality: whole.then(|| multimodality(&all, self.samples, seed)).transpose()?,
        })
    }

    /// Each word's text and its first motion, `[words, width]` both.
    fn pairs(&self, judge: &Judge) -> (Vec<f32>, Vec<f32>) {
        let (mut texts, mut motions) = (Vec::new(), Vec::new());
        for (word, text) in judge.words().iter().zip(judge.texts()) {
            if let Some((_, clip)) = self.clips.iter().find(|(of, _)| of == word) {
                texts.extend_from_slice(text);
                motions.extend_from_slice(clip);
            }
        }
        (texts, motions)
    }

    /// The mean distance of two motions of one word, over all pairs of each, then over words that have any.
    fn within(&self) -> Option<f64> {
        let mut of_word: BTreeMap<usize, Vec<&[f32]>> = BTreeMap::new();
        self.clips.iter().for_each(|(word, clip)| of_word.entry(*word).or_default().push(clip));
        let apart =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
        let spread = |clips: &Vec<&[f32]>| {
            let pairs = clips
                .iter()
                .enumerate()
                .flat_map(|(i, a)| clips.iter().skip(i + 1).map(move |b| apart(a, b)));
            Value::of(&pairs.collect::<Vec<_>>()).map(|value| value.mean)
        };
        Value::of(&of_word.values().filter_map(spread).collect::<Vec<_>>()).map(|value| value.mean)
    }
}

fn table(judge: &Judge, sets: &[Set], judged: &[Judged]) -> Table {
    let names = sets.iter().map(|set| set.name).chain(["chance"]);
    let mut table = Table::new("Made motions as a set", names);
    let mut row =
        |name: &str, definition: String, cell: &dyn Fn(&Judged) -> Option<Value>, chance: Option<f64>| {
            let cells = judged.iter().map(cell).chain([chance.map(Value::from)]).collect();
            table.rows.push(Row::new(name, definition, cells));
        };
    row(
        "FID",
        "Fréchet distance of the embeddings' Gaussians from the recordings'".into(),
        &|j| j.fid.map(Value::from),
        None,
    );
    for top in 0..3 {
        row(
            &format!("R-precision@{}", top + 1),
            format!(
                "texts whose own motion is among the {} nearest of {POOL}, {REPETITIONS} shuffles",
                top + 1
            ),
            &|judged| Value::of(&judged.precision[top]),
            Some((top + 1) as f64 / POOL as f64),
        );
    }
    row("MM-Dist", "mean distance of a text from its own motion".into(), &|j| Value::of(&j.distance), None);
    row(
        "diversity",
        format!(
            "mean distance of random pairs ({DIVERSITY_PAIRS}; 100 below as many motions), {REPETITIONS} draws"
        ),
        &|judged| Value::of(&judged.diversity),
        None,
    );
    row(
        "spread within a word",
        "mean distance of two motions of one word, all pairs".into(),
        &|judged| judged.within.map(Value::from),
        None,
    );
    row(
        "multimodality",
        format!("{MULTIMODALITY_PAIRS} random pairs of each word; needs as many samples a word"),
        &|judged| judged.multimodality.map(Value::from),
        None,
    );
    let counts =
        sets.iter().map(|set| format!("{}: {} beside {}", set.name, set.clips.len(), set.real.len()));
    table.notes.push(format!(
        "the feature extractor is the judge, {} numbers a clip: nothing here compares with published numbers, whose \
         extractor is another. Samples: {}. Of fewer samples than numbers a covariance is not full, and an FID is \
         higher than it would be",
        judge.width(),
        counts.collect::<Vec<_>>().join("; ")
    ));
    table.notes.push(
        "made motions stand beside all recordings, training and judged ones; recorded ones of the part beside those \
         of training"
            .into(),
    );
    table
}
