//! The interpreter's models as real networks: found, loaded, and put behind the traits that sources ask.
//!
//! What a network is worth is not in its weights. Each folder has a `card.json` that says what it was
//! trained on, which decides whether its motion may be shown as a language's and on air, and by what its
//! answers are judged.

mod card;
mod error;
mod generators;
mod retriever;
#[cfg(test)]
mod tests;

pub use card::Card;
pub use error::NetworkError;
pub use generators::{MotionClipGenerator, T2mGptGenerator};
pub use retriever::SignClipRetriever;

use super::model::{Generator, GeneratorKind, Models};
use super::order::{SourceConfig, SourceOrder};
use crate::lexicon::{Lexicon, Provenance};
use crate::models::bundles::Loader;
use crate::models::weights::WeightsError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The retriever's name in the manifest.
const SIGN_CLIP: &str = "sign-clip";

/// Loads the networks that a configuration asks for and that are there. What nobody would ask is not
/// loaded: with `auto`, a generator that learnt invented signs, or a retriever where nothing is recorded.
///
/// # Errors
/// Where a model is asked for by name and is nowhere: what it lacks, where it was looked for, and how to
/// get it. Where one is there and is broken: the file, and what is wrong with it.
pub fn load(
    config: &SourceConfig,
    loader: &Loader,
    lexicon: &Lexicon,
    indices: Option<&Path>,
) -> Result<Models, NetworkError> {
    let mut models =
        Models { folder: loader.places().destination().map(Path::to_owned), ..Models::default() };
    let is_needed = config.order == SourceOrder::Retrieve;
    if wants_retriever(config, lexicon)
        && let Some((folder, card)) = found(loader, SIGN_CLIP, is_needed)?
    {
        let retriever = SignClipRetriever::load(&folder, card, loader, lexicon, indices)?;
        models.retriever = Some(Arc::new(retriever));
    }
    models.generators.extend(first_generator(config, loader)?);
    Ok(models)
}

/// The generator that was named, or the first that is there.
fn first_generator(
    config: &SourceConfig,
    loader: &Loader,
) -> Result<Option<Arc<dyn Generator>>, NetworkError> {
    if config.blend <= 0.0 && matches!(config.order, SourceOrder::Recorded | SourceOrder::Spell) {
        return Ok(None);
    }
    let is_asked = config.order == SourceOrder::Generate || config.blend > 0.0;
    let kinds = match config.generator {
        Some(kind) => vec![kind],
        None => vec![GeneratorKind::T2mGpt, GeneratorKind::MotionClip],
    };
    for &kind in &kinds {
        let Some((folder, card)) = found(loader, kind.name(), false)? else { continue };
        if is_asked || !card.trained_on.is_practice() {
            return generator(kind, &folder, card, loader).map(Some);
        }
        tracing::info!("{} learnt practice signs: it is asked with `--source generate` only", card.name);
        return Ok(None);
    }
    if is_asked || config.generator.is_some() {
        found(loader, kinds[0].name(), true)?;
    }
    Ok(None)
}

fn generator(
    kind: GeneratorKind,
    folder: &Path,
    card: Card,
    loader: &Loader,
) -> Result<Arc<dyn Generator>, NetworkError> {
    Ok(match kind {
        GeneratorKind::T2mGpt => Arc::new(T2mGptGenerator::load(folder, card, loader)?),
        GeneratorKind::MotionClip => Arc::new(MotionClipGenerator::load(folder, card, loader)?),
    })
}

fn wants_retriever(config: &SourceConfig, lexicon: &Lexicon) -> bool {
    match config.order {
        SourceOrder::Retrieve => true,
        SourceOrder::Auto | SourceOrder::Generate => {
            lexicon.entries().any(|(_, entry)| matches!(entry.provenance, Provenance::Recorded { .. }))
        }
        SourceOrder::Recorded | SourceOrder::Spell => false,
    }
}

/// A model's folder and card, if it is anywhere; one that is needed must be.
fn found(loader: &Loader, id: &str, is_needed: bool) -> Result<Option<(PathBuf, Card)>, NetworkError> {
    match loader.places().find(id) {
        Ok(found) => {
            let card = Card::read(&found.folder)?;
            Ok(Some((found.folder, card)))
        }
        Err(WeightsError::Missing { .. }) if !is_needed => {
            tracing::debug!("the model {id} is not there");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
