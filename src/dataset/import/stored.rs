//! Another dataset of this program, to be taken over or merged with others.

use super::ImportError;
use super::found::{Found, Landmarks, Listing, Span};
use crate::dataset::{About, Dataset};
use crate::lexicon::TrainedOn;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The clips of a dataset, and what it says of itself.
///
/// # Errors
/// It cannot be opened.
pub(super) fn read(folder: &Path) -> Result<(Listing, About), ImportError> {
    let dataset = Arc::new(Dataset::open(folder)?);
    let about = dataset.about().clone();
    let found = dataset.clips().iter().enumerate().map(|(number, clip)| Found {
        id: clip.id.clone(),
        path: PathBuf::from(&clip.source),
        landmarks: Landmarks::Stored(dataset.clone(), number),
        word: dataset.word_of(number).clone(),
        signer: clip.signer.clone(),
        session: clip.session.clone(),
        take: Some(clip.take),
        span: Span::Whole,
        fps: None,
        copy_of: clip.copy_of.clone(),
    });
    let language = match &about.trained_on_kind {
        TrainedOn::Recorded { language } => Some(language.clone()),
        _ => None,
    };
    Ok((Listing { found: found.collect(), rejected: Vec::new(), language }, about))
}
