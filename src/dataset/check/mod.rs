//! Looking a dataset through before anything is trained on it: what is broken, what is doubled, what is
//! called by two names, and what would make a test say more than it knows.
//!
//! Each clip is decoded once, on all cores, and measured (`measure.rs`); everything else goes by those
//! measurements. Distances are in shoulder widths, so they mean the same for every camera and signer.

mod alike;
mod clips;
mod finding;
mod labels;
mod leaks;
mod measure;
#[cfg(test)]
mod tests;

pub use finding::{CheckReport, Finding, Kind, Severity};

use crate::dataset::{Dataset, DatasetError, Split};
use alike::Group;
use measure::Measured;
use rayon::prelude::*;

/// What a check is told.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The split to look for leaks in; None: all that the dataset has.
    pub split: Option<String>,
    /// Clips whose hands and arms are no farther apart than this are near duplicates: the root of the mean
    /// square over sixteen moments, shoulder widths.
    pub near: f32,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { split: None, near: NEAR }
    }
}

/// The limit unless told otherwise, shoulder widths. Of 880 takes of 11 words that one signer recorded one
/// after another, the two that are most alike are 0.0155 apart, so none of them is taken for a copy; a copy
/// that was scaled, moved or brought to another rate is well below the limit (see the tests).
pub const NEAR: f32 = 0.01;

/// Checks a dataset, and its splits for leaks. `progress` is told how many clips are measured.
///
/// # Errors
/// A split cannot be read. Clips that cannot are findings.
pub fn check(
    dataset: &Dataset,
    options: &CheckOptions,
    progress: impl Fn(usize) + Sync,
) -> Result<CheckReport, DatasetError> {
    let names = match &options.split {
        Some(name) => vec![name.clone()],
        None => split_names(dataset),
    };
    let splits = names.iter().map(|name| Split::load(dataset, name)).collect::<Result<Vec<_>, _>>()?;
    let measure = |clip: usize| {
        let measured = dataset.read(clip).map(|clip| Measured::of(&clip)).map_err(|error| error.to_string());
        progress(1);
        measured
    };
    let measured: Vec<Result<Measured, String>> =
        (0..dataset.clips().len()).into_par_iter().map(measure).collect();
    let groups = alike::groups(&measured, options.near);
    let mut findings = clips::findings(dataset, &measured);
    findings.extend(labels::findings(dataset, &groups));
    findings.extend(copies(dataset, &groups));
    findings.extend(leaks::findings(dataset, &splits, &groups));
    // Errors first, kinds together, the worst of each kind first.
    findings.sort_by(|a, b| {
        let figures = b.figure.total_cmp(&a.figure);
        (a.severity, a.kind).cmp(&(b.severity, b.kind)).then(figures).then_with(|| a.clips.cmp(&b.clips))
    });
    Ok(CheckReport {
        dataset: dataset.folder().to_owned(),
        clips: dataset.clips().len(),
        words: dataset.words().len(),
        splits: names,
        findings,
    })
}

/// Clips that are the same, or nearly, and are not said to be copies.
fn copies<'a>(dataset: &'a Dataset, groups: &'a [Group]) -> impl Iterator<Item = Finding> + 'a {
    let clips = dataset.clips();
    let origin = |clip: usize| clips[clip].copy_of.as_deref().unwrap_or(&clips[clip].id);
    let unsaid = move |group: &&Group| group.clips.iter().any(|clip| origin(*clip) != origin(group.clips[0]));
    groups.iter().filter(unsaid).map(|group| {
        let kind = if group.is_exact { Kind::Duplicate } else { Kind::NearDuplicate };
        let what = match kind {
            Kind::Duplicate => "the same landmarks".to_owned(),
            _ => format!("nearly the same motion, {:.4} shoulder widths apart", group.distance),
        };
        let ids = group.clips.iter().map(|clip| clips[*clip].id.clone()).collect();
        Finding::new(kind, ids, f64::from(group.distance), what)
    })
}

/// The splits that a dataset's folder has, in the order of their names.
fn split_names(dataset: &Dataset) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dataset.folder().join("splits")) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let tables = paths.filter(|path| path.extension().is_some_and(|extension| extension == "csv"));
    let mut names: Vec<String> =
        tables.filter_map(|path| path.file_stem()?.to_str().map(str::to_owned)).collect();
    names.sort();
    names
}
