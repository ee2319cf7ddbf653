//! What of recorded clips the codes of a VQ-VAE can say, and which codes they use.

use super::judge::Embedding;
use super::{Bench, Judge, ModelsError, Shown, Tell};
use crate::eval::codes::CodeUse;
use crate::eval::distance::Measure;
use crate::eval::table::{Row, Table, Value};
use crate::models::bundles::{T2mGptBundle, Through};
use crate::pose::{Interpolation, PoseSequence};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What [`codebook`] finds.
#[derive(Clone, Debug)]
pub struct Codes {
    /// The table.
    pub table: Table,
    /// The clips as they came out of the codes.
    pub clips: Vec<Shown>,
    /// Smooth L1 of standardised numbers, mean over clips and codebooks.
    pub loss: f64,
    /// Perplexity over all clips, mean over codebooks.
    pub perplexity: f64,
    /// The commitment, not weighted, mean over clips and codebooks.
    pub commitment: f64,
}

impl Codes {
    /// The clips as the judge reads them.
    pub fn read_by(&self, judge: &Judge) -> Vec<Shown<Embedding>> {
        let read = judge.embed(&self.clips.iter().map(|clip| &clip.of).collect::<Vec<_>>());
        let one = |(clip, of): (&Shown, Embedding)| Shown { clip: clip.clip, word: clip.word, of };
        self.clips.iter().zip(read).map(one).collect()
    }
}

const MEASURES: [&str; 4] = ["MPJPE body", "MPJPE hands", "PA-MPJPE hands", "nDTWp"];

/// Sends clips, whose leading hand is the right, through the codes and back.
///
/// # Errors
/// [`ModelsError::NoClips`] if none comes through.
pub fn codebook(
    bench: &Bench,
    bundle: &T2mGptBundle,
    recorded: &[Shown],
    tell: Tell,
) -> Result<Codes, ModelsError> {
    let done = AtomicUsize::new(0);
    let found = recorded.par_iter().filter_map(|shown| {
        let found = through(bundle, &shown.of);
        tell("through the codes", done.fetch_add(1, Ordering::Relaxed) + 1, recorded.len());
        let warned = |error| tracing::warn!("clip {} does not come through the codes: {error}", shown.clip);
        found.map_err(warned).ok().map(|found| (shown, found))
    });
    let found: Vec<(&Shown, Through)> = found.collect();
    if found.is_empty() {
        return Err(ModelsError::NoClips {
            part: bench.part().name(),
            split: bench.corpus().split().name.clone(),
        });
    }
    let books = &bundle.config().codebooks;
    let mut table = Table::new("VQ-VAE: clips through the codes", names(bundle));
    let (mut losses, mut commitments, mut uses) = (Vec::new(), Vec::new(), Vec::new());
    for (index, book) in books.iter().enumerate() {
        let of_book = || found.iter().filter_map(|(_, through)| through.codebooks.get(index));
        losses.push(Value::of(&of_book().map(|book| f64::from(book.loss)).collect::<Vec<_>>()));
        commitments.push(Value::of(&of_book().map(|book| f64::from(book.commitment)).collect::<Vec<_>>()));
        let tokens: Vec<&[u32]> = of_book().map(|book| &book.tokens[..]).collect();
        uses.push(CodeUse::of(book.vq_vae.nb_code, &tokens)?);
    }
    let loss = "smooth L1 of standardised numbers, mean over frames, numbers and clips";
    table.rows.push(Row::new("reconstruction", loss, losses.clone()));
    let commitment = "mean squared distance of latents from their codes, not weighted";
    table.rows.push(Row::new("commitment", commitment, commitments.clone()));
    type Count = fn(&CodeUse) -> f64;
    let counts: [(&str, &str, Count); 4] = [
        ("codes", "entries of the codebook", |u| u.codes as f64),
        ("used", "entries that the clips' tokens name", |u| u.used as f64),
        ("perplexity", "exp of the entropy of the entries' shares, over all clips", |u| u.perplexity),
        ("largest share", "share of tokens that the most used entry takes", |u| u.largest_share),
    ];
    for (name, definition, of) in counts {
        table.rows.push(Row::new(name, definition, uses.iter().map(|u| Some(of(u).into())).collect()));
    }
    distances(&mut table, &found);
    table.notes.push(format!("{} clips of the {} part", found.len(), bench.part().name()));
    let mean = |values: &[Option<Value>]| {
        Value::of(&values.iter().flatten().map(|value| value.mean).collect::<Vec<_>>())
            .map_or(0.0, |value| value.mean)
    };
    let perplexities: Vec<Option<Value>> = uses.iter().map(|u| Some(u.perplexity.into())).collect();
    Ok(Codes {
        loss: mean(&losses),
        perplexity: mean(&perplexities),
        commitment: mean(&commitments),
        table,
        clips: found
            .into_iter()
            .map(|(shown, through)| Shown { of: through.clip, ..shown.clone() })
            .collect(),
    })
}

/// The codebooks' columns: named after the parts of each.
fn names(bundle: &T2mGptBundle) -> Vec<String> {
    let name = |book: &crate::models::bundles::CodebookConfig| {
        book.parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>().join(" + ")
    };
    bundle.config().codebooks.iter().map(name).collect()
}

/// A clip at the bundle's rate, through its codes.
fn through(
    bundle: &T2mGptBundle,
    clip: &PoseSequence,
) -> Result<Through, crate::models::bundles::BundleError> {
    let fps = bundle.config().fps;
    match clip.fps == fps {
        true => bundle.through(clip),
        false => bundle.through(&clip.resample(fps, Interpolation::Linear)?),
    }
}

/// How far clips are from themselves afterwards, as rows of the first column.
fn distances(table: &mut Table, found: &[(&Shown, Through)]) {
    for measure in MEASURES.iter().filter_map(|name| Measure::named(name)) {
        let score =
            |(shown, through): &(&Shown, Through)| measure.score(&through.clip, &shown.of).ok().flatten();
        let values: Vec<f64> = found.par_iter().filter_map(score).collect();
        let name = format!("{}, whole clip ({})", measure.name, measure.unit);
        table.rows.push(Row::new(name, measure.definition, vec![Value::of(&values)]));
    }
}
