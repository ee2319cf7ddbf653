//! Back-translation: text → motion → SignCLIP → text.

use super::judge::Embedding;
use super::{Judge, Made, ModelsError, Shown};
use crate::eval::retrieval::{Metric, Retrieval, pose_to_text};
use crate::eval::table::{Row, Table, Value};

/// Recorded clips as the judge embedded them.
pub struct Recorded<'a> {
    /// The part's.
    pub part: &'a [Shown<Vec<f32>>],
    /// The training clips'.
    pub train: &'a [Shown<Vec<f32>>],
}

/// Whether the judge reads a made motion as the word that it was made of, beside recordings (the ceiling)
/// and chance. `through` are recordings that went through a codebook, where there is one.
///
/// # Errors
/// Where nothing was made of any word that the judge knows.
pub fn reading(
    judge: &Judge,
    recorded: &Recorded,
    made: &[Made],
    through: Option<&[Shown<Embedding>]>,
) -> Result<Table, ModelsError> {
    let mut columns: Vec<(String, Retrieval)> = Vec::new();
    let mut chance = None;
    let mut add = |name: &str, clips: Vec<(usize, Option<&[f32]>)>| -> Result<(), ModelsError> {
        let labels: Vec<usize> = clips.iter().map(|(word, _)| *word).collect();
        let scores =
            pose_to_text(judge.words(), &labels, &judge.scores(clips.iter().map(|(_, clip)| *clip)))?;
        chance.get_or_insert_with(|| scores.chance());
        columns.push((name.to_owned(), scores.measure()));
        Ok(())
    };
    for made in made {
        let motions = made.motions.iter().map(|motion| (motion.word, motion.embedding.as_deref()));
        add(made.name, motions.collect())?;
    }
    if let Some(through) = through {
        add("recorded, through the codes", through.iter().map(|c| (c.word, c.of.as_deref())).collect())?;
    }
    add("recorded", recorded.part.iter().map(|clip| (clip.word, Some(&clip.of[..]))).collect())?;
    let counts = columns.iter().map(|(name, found)| format!("{name} {}", found.queries)).collect::<Vec<_>>();
    columns.extend(chance.map(|chance| ("chance".to_owned(), chance)));
    let mut table =
        Table::new("Back-translation: is a motion read as its word?", columns.iter().map(|(n, _)| n));
    const ROWS: [Metric; 5] =
        [Metric::HitRate(1), Metric::HitRate(5), Metric::HitRate(10), Metric::MedianRank, Metric::MeanRank];
    for metric in ROWS {
        let cells = columns.iter().map(|(_, found)| found.get(metric).map(Value::from)).collect();
        table.rows.push(Row::new(metric.name(), metric.definition(), cells));
    }
    table.notes.push(format!(
        "each motion looks among {} words; motions: {}",
        judge.words().len(),
        counts.join(", ")
    ));
    table.notes.push(
        "the judge must have been trained without generated motion, and shares its training recordings with the \
         generator: what both overlook is not seen here"
            .into(),
    );
    Ok(table)
}
