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
pub use generators::BundleGenerator;
pub use retriever::SignClipRetriever;

use super::model::{Generator, GeneratorKind, Models, Retriever};
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
/// What nobody named and cannot be used is warned of and done without.
///
/// # Errors
/// Where a model is asked for by name and is nowhere: what it lacks, where it was looked for, and how to
/// get it. Where one is asked for and is broken: the file, and what is wrong with it.
pub fn load(
    config: &SourceConfig,
    loader: &Loader,
    lexicon: &Lexicon,
    indices: Option<&Path>,
) -> Result<Models, NetworkError> {
    let retriever = if wants_retriever(config, lexicon) {
        let is_needed = config.order == SourceOrder::Retrieve;
        usable(SIGN_CLIP, is_needed, || retriever(loader, is_needed, lexicon, indices))?
    } else {
        None
    };
    Ok(Models { retriever, generators: generators(config, loader)? })
}

/// What was loaded; where it was not needed and is broken, nothing, and a warning that says why.
fn usable<T>(
    id: &str,
    is_needed: bool,
    load: impl FnOnce() -> Result<Option<T>, NetworkError>,
) -> Result<Option<T>, NetworkError> {
    match load() {
        Err(error) if !is_needed => {
            tracing::warn!("the model {id} is not used: {error}");
            Ok(None)
        }
        loaded => loaded,
    }
}

fn retriever(
    loader: &Loader,
    is_needed: bool,
    lexicon: &Lexicon,
    indices: Option<&Path>,
) -> Result<Option<Arc<dyn Retriever>>, NetworkError> {
    let Some((folder, card)) = found(loader, SIGN_CLIP, is_needed)? else { return Ok(None) };
    Ok(Some(Arc::new(SignClipRetriever::load(&folder, card, loader, lexicon, indices)?)))
}

/// The generator that was named, or else the first that may make signs and the first that makes ways
/// between them, as far as either is asked for.
fn generators(config: &SourceConfig, loader: &Loader) -> Result<Vec<Arc<dyn Generator>>, NetworkError> {
    let signs = !matches!(config.order, SourceOrder::Recorded | SourceOrder::Spell);
    let bridges = config.blend > 0.0;
    let is_explicit = config.order == SourceOrder::Generate;
    let named = config.generator.as_slice();
    if bridges && named.iter().any(|kind| !kind.bridges()) {
        // The sources refuse it, whether it is there or not.
        return Ok(Vec::new());
    }
    let kinds = if named.is_empty() { &GeneratorKind::ALL[..] } else { named };
    let mut loaded: Vec<Arc<dyn Generator>> = Vec::new();
    let (mut lacks_signs, mut lacks_bridges) = (signs, bridges);
    for &kind in kinds {
        let bridges = lacks_bridges && kind.bridges();
        if !lacks_signs && !bridges {
            continue;
        }
        let is_needed = bridges || (lacks_signs && (is_explicit || !named.is_empty()));
        let wanted = |card: &Card| {
            let idle = lacks_signs && !is_explicit && card.trained_on.is_practice();
            if idle {
                tracing::info!("{} learnt practice signs: it signs with `--source generate` only", card.name);
            }
            Wanted { signs: lacks_signs && !idle, bridges, anyway: !named.is_empty() }
        };
        let load = || found_generator(kind, loader, wanted);
        let Some((generator, wanted)) = usable(kind.name(), is_needed, load)? else { continue };
        loaded.push(generator);
        lacks_signs &= !wanted.signs;
        lacks_bridges &= !wanted.bridges;
    }
    let is_asked = is_explicit || !named.is_empty();
    let missing = if lacks_bridges {
        kinds.iter().find(|kind| kind.bridges())
    } else {
        kinds.first().filter(|_| signs && is_asked && loaded.is_empty())
    };
    if let Some(missing) = missing {
        found(loader, missing.name(), true)?;
    }
    Ok(loaded)
}

/// What a generator is wanted for.
#[derive(Clone, Copy)]
struct Wanted {
    signs: bool,
    bridges: bool,
    /// It was named, so that it must be there even where it has nothing to do.
    anyway: bool,
}

/// A generator and what it is for.
type Taken = (Arc<dyn Generator>, Wanted);

/// A generator that is there and wanted, and for what it is.
fn found_generator(
    kind: GeneratorKind,
    loader: &Loader,
    wanted: impl FnOnce(&Card) -> Wanted,
) -> Result<Option<Taken>, NetworkError> {
    let Some((folder, card)) = found(loader, kind.name(), false)? else { return Ok(None) };
    let wanted = wanted(&card);
    if !wanted.signs && !wanted.bridges && !wanted.anyway {
        return Ok(None);
    }
    Ok(Some((Arc::new(BundleGenerator::load(kind, &folder, card, loader)?), wanted)))
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
