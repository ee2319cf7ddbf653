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
/// Where a model is there and is broken: the file, and what is wrong with it. One that is not there is
/// not an error here; who needs it says so.
pub fn load(
    config: &SourceConfig,
    loader: &Loader,
    lexicon: &Lexicon,
    indices: Option<&Path>,
) -> Result<Models, NetworkError> {
    let mut models =
        Models { folder: loader.places().destination().map(Path::to_owned), ..Models::default() };
    if wants_retriever(config, lexicon)
        && let Some((folder, card)) = found(loader, SIGN_CLIP)?
    {
        let retriever = SignClipRetriever::load(&folder, card, loader, lexicon, indices)?;
        models.retriever = Some(Arc::new(retriever));
    }
    for kind in [GeneratorKind::T2mGpt, GeneratorKind::MotionClip] {
        let wanted = config.generator.is_none_or(|generator| generator == kind);
        if !wanted || !models.generators.is_empty() || !wants_generators(config) {
            continue;
        }
        let Some((folder, card)) = found(loader, kind.name())? else { continue };
        let needed = config.order == SourceOrder::Generate || config.blend > 0.0;
        if needed || !card.trained_on.is_practice() {
            models.generators.push(generator(kind, &folder, card, loader)?);
        }
    }
    Ok(models)
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

fn wants_generators(config: &SourceConfig) -> bool {
    config.blend > 0.0 || !matches!(config.order, SourceOrder::Recorded | SourceOrder::Spell)
}

/// A model's folder and card, if it is anywhere.
fn found(loader: &Loader, id: &str) -> Result<Option<(PathBuf, Card)>, NetworkError> {
    match loader.places().find(id) {
        Ok(found) => {
            let card = Card::read(&found.folder)?;
            Ok(Some((found.folder, card)))
        }
        Err(WeightsError::Missing { .. }) => {
            tracing::debug!("the model {id} is not there");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
