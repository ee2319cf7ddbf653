//! Which sources are asked, and in which order.
//!
//! The order is by honesty first and quality second. What a signer made goes before what nobody made;
//! what is exact goes before its imitation; what is invented goes last, and is refused on air wherever it
//! comes from.
//!
//! | order | asked, first to last |
//! |---|---|
//! | `auto` | recordings · letters · the nearest recording · a model that learnt from recordings · practice signs |
//! | `recorded` | recordings · letters; words that have neither are spelled |
//! | `retrieve` | the nearest sign, recorded or else practice · as `auto` |
//! | `generate` | a model, whatever it learnt from, but for numbers · as `auto` |
//! | `spell` | the manual alphabet for every word; figures keep their number signs |
//!
//! So with `auto` a practice sign is made from its notation, which is exact, and never from a model's
//! imitation of it; and a word that the lexicon does not know is spelled rather than signed with an
//! invented sign. Who wants to see what models do names them. Numbers are never generated: what has an exact
//! sign must not become nearly another number.

use super::PlannerConfig;
use super::generated::Generated;
use super::model::{Generator, GeneratorKind, Models};
use super::recorded::Recorded;
use super::retrieved::Retrieved;
use super::source::{MotionSource, Sources};
use super::written::{Letters, Practice};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whom to ask first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceOrder {
    /// The best that there is.
    #[default]
    Auto,
    /// Recordings and letters, nothing else.
    Recorded,
    /// The nearest sign by meaning first.
    Retrieve,
    /// A model first.
    Generate,
    /// Letters for everything.
    Spell,
}

/// What a generator makes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GenerationUnit {
    /// Sign by sign.
    #[default]
    Sign,
    /// What is between two pauses, where it has neither names nor numbers.
    Clause,
}

/// Where motion is to come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceConfig {
    /// Whom to ask first.
    pub order: SourceOrder,
    /// Which generator; none takes the first that is loaded.
    pub generator: Option<GeneratorKind>,
    /// What it makes at once, where it is asked first.
    pub unit: GenerationUnit,
    /// How much of a generator's bridge is in the transitions between recorded or retrieved signs, 0 to 1.
    pub blend: f32,
    /// What generators vary by.
    pub seed: u64,
    /// Nothing that is invented.
    pub on_air: bool,
}

/// What is asked for cannot be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// No retriever is loaded.
    #[error(
        "the source `retrieve` needs the model `sign-clip`, which is not loaded; `nashra models list` says where \
         it is looked for"
    )]
    NoRetriever,
    /// The generator is not loaded.
    #[error(
        "{wanted_by} needs the model `{model}`, which is not loaded; `nashra models list` says where it is looked \
         for"
    )]
    NoGenerator {
        /// What asked for it.
        wanted_by: &'static str,
        /// Its name.
        model: &'static str,
    },
    /// The generator makes signs, and no ways between them.
    #[error(
        "blending needs a model that makes ways from sign to sign, and `{model}` makes none; `t2m-gpt` does: name \
         it with --generator, or leave --blend out"
    )]
    NoBridges {
        /// Its name.
        model: &'static str,
    },
}

impl SourceOrder {
    /// The planner for this order: what no source of it may sign is spelled.
    pub fn planner(self, config: PlannerConfig) -> PlannerConfig {
        match self {
            SourceOrder::Auto | SourceOrder::Retrieve | SourceOrder::Generate => config,
            SourceOrder::Recorded => PlannerConfig { without_practice: true, ..config },
            SourceOrder::Spell => PlannerConfig { spell: true, ..config },
        }
    }
}

impl Sources {
    /// The sources of an order, of the models that are loaded. Where nothing was asked for by name,
    /// models that are not there are done without.
    ///
    /// # Errors
    /// [`SourceError`] where a model that was asked for is not loaded, or cannot do what it was asked for.
    pub fn of(config: &SourceConfig, models: &Models) -> Result<Self, SourceError> {
        let mut sources = Self::without_models(config.clone());
        let explicit = config.order == SourceOrder::Generate;
        let asks_models = !matches!(config.order, SourceOrder::Recorded | SourceOrder::Spell);
        let generators = || models.generators_of(config.generator);
        if config.blend > 0.0
            && let Some(kind) = config.generator.filter(|kind| !kind.bridges())
        {
            return Err(SourceError::NoBridges { model: kind.name() });
        }
        if generators().next().is_none() {
            require_no_generator(config, asks_models)?;
        }
        if config.order == SourceOrder::Retrieve && models.retriever.is_none() {
            return Err(SourceError::NoRetriever);
        }
        let generated =
            |generator: &Arc<_>| Arc::new(Generated::new(Arc::clone(generator), config.seed, config.on_air));
        if config.blend > 0.0 {
            let bridging = generators().find(|generator| generator.kind().bridges());
            let model = generators().next().map_or("", |generator| generator.kind().name());
            sources.bridging = Some(generated(bridging.ok_or(SourceError::NoBridges { model })?));
        }
        if !asks_models {
            return Ok(sources);
        }
        let recorded = Arc::new(Recorded::default());
        let practice = config.order == SourceOrder::Retrieve && !config.on_air;
        let retrieved = models.retriever.as_ref().map(|retriever| {
            let retriever = Arc::clone(retriever);
            Arc::new(Retrieved::new(retriever, Arc::clone(&recorded), practice, config.on_air))
        });
        let usable = |generator: &&Arc<dyn Generator>| explicit || !generator.trained_on().is_practice();
        let generated = generators().find(usable).map(generated);
        sources.list = list(config, recorded, retrieved.as_ref(), generated.as_ref());
        sources.retrieved = retrieved;
        sources.generated = generated.filter(|_| explicit);
        tracing::debug!(?sources, ?models, "where motion comes from");
        Ok(sources)
    }

    pub(super) fn without_models(config: SourceConfig) -> Self {
        let recorded = Arc::new(Recorded::default());
        Self { list: list(&config, recorded, None, None), config, ..Self::new(Vec::new()) }
    }
}

/// # Errors
/// [`SourceError::NoGenerator`] where something was asked for that only a generator does.
fn require_no_generator(config: &SourceConfig, asks: bool) -> Result<(), SourceError> {
    let wanted_by = if config.order == SourceOrder::Generate {
        "the source `generate`"
    } else if config.blend > 0.0 {
        "blending"
    } else if config.generator.is_some() && asks {
        "the generator that was named"
    } else {
        return Ok(());
    };
    let model = config.generator.unwrap_or(GeneratorKind::T2mGpt).name();
    Err(SourceError::NoGenerator { wanted_by, model })
}

fn list(
    config: &SourceConfig,
    recorded: Arc<Recorded>,
    retrieved: Option<&Arc<Retrieved>>,
    generated: Option<&Arc<Generated>>,
) -> Vec<Box<dyn MotionSource>> {
    fn boxed<T: MotionSource + 'static>(source: T) -> Option<Box<dyn MotionSource>> {
        Some(Box::new(source))
    }
    let recorded = boxed(recorded);
    let retrieved = retrieved.and_then(|retrieved| boxed(Arc::clone(retrieved)));
    let generated = generated.and_then(|generated| boxed(Arc::clone(generated)));
    let (letters, practice) = (boxed(Letters), boxed(Practice { on_air: config.on_air }));
    let order = match config.order {
        SourceOrder::Auto => [recorded, letters, retrieved, generated, practice],
        SourceOrder::Recorded => [recorded, letters, None, None, None],
        SourceOrder::Retrieve => [retrieved, recorded, letters, generated, practice],
        SourceOrder::Generate => [generated, recorded, letters, retrieved, practice],
        SourceOrder::Spell => [recorded, letters, practice, None, None],
    };
    order.into_iter().flatten().collect()
}
