//! Where motion comes from: the flags that choose it, over the environment, the file and the defaults.

use crate::config::Config;
use crate::interpreter::{
    GenerationUnit, GeneratorKind, Planner, PlannerConfig, SourceConfig, SourceOrder, Sources, networks,
};
use crate::lexicon::{Lexicon, LexiconConfig};
use crate::models::bundles::Loader;
use crate::models::weights::Places;
use anyhow::anyhow;
use candle_core::Device;
use clap::ValueEnum;
use std::path::PathBuf;

/// What these flags stand under in the help.
const HEADING: &str = "Where motion comes from";

/// Flags of every command that signs or plans.
#[derive(clap::Args, Default)]
pub(super) struct SourceFlags {
    /// Whom to ask first for each sign; who has nothing says why, and the next is asked [default: auto].
    #[arg(long, help_heading = HEADING, value_enum, env = "NASHRA_SOURCE")]
    source: Option<Source>,
    /// The model that generates [default: the first that is there].
    #[arg(long, help_heading = HEADING, value_enum, value_name = "MODEL", env = "NASHRA_GENERATOR")]
    generator: Option<Generator>,
    /// What it generates at once, with --source generate [default: sign].
    #[arg(long, help_heading = HEADING, value_enum, value_name = "UNIT", env = "NASHRA_GENERATE")]
    generate: Option<Unit>,
    /// How much of a model's own way there is in transitions between recorded or retrieved signs, 0 to 1
    /// [default: 0].
    #[arg(long, help_heading = HEADING, value_name = "SHARE", value_parser = share, env = "NASHRA_BLEND")]
    blend: Option<f32>,
    /// A folder of models, looked in before the usual places (`nashra models list` shows them).
    #[arg(long, help_heading = HEADING, value_name = "DIR", env = "NASHRA_MODELS")]
    models: Option<PathBuf>,
}

/// Whom to ask first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Source {
    /// Recordings, letters, the nearest recording, a model of recordings, practice signs.
    Auto,
    /// Recordings and letters only; all else is spelled.
    Recorded,
    /// The sign that is nearest by meaning, then as auto.
    Retrieve,
    /// A model, whatever it learnt from, but for numbers; then as auto.
    Generate,
    /// The manual alphabet for every word.
    Spell,
}

/// A model that generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Generator {
    /// Tokens of motion, one after another.
    T2mGpt,
    /// All of a motion at once.
    MotionClip,
}

/// What is generated at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unit {
    /// Each sign by itself.
    Sign,
    /// What is between two pauses, where it has neither names nor numbers.
    Clause,
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("expected a number from 0 to 1, found {text:?}"))
}

/// What the file says under a key, as a flag would say it.
fn from_file<T: ValueEnum>(key: &str, value: Option<&str>) -> anyhow::Result<Option<T>> {
    let Some(value) = value else { return Ok(None) };
    T::from_str(value, true).map(Some).map_err(|_| {
        let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
        anyhow!("the configuration's {key} is {value:?}: expected {}", names.join(", "))
    })
}

impl SourceFlags {
    /// What is asked for, with the seed and the air's rules that are the command's.
    pub(super) fn resolve(&self, file: &Config, seed: u64, on_air: bool) -> anyhow::Result<SourceConfig> {
        let source =
            self.source.map_or_else(|| from_file("source", file.source.as_deref()), |s| Ok(Some(s)))?;
        let named = |flag: Option<Generator>| match flag {
            Some(generator) => Ok(Some(generator)),
            None => from_file("generator", file.generator.as_deref()),
        };
        let unit =
            self.generate.map_or_else(|| from_file("generate", file.generate.as_deref()), |u| Ok(Some(u)))?;
        Ok(SourceConfig {
            order: match source.unwrap_or(Source::Auto) {
                Source::Auto => SourceOrder::Auto,
                Source::Recorded => SourceOrder::Recorded,
                Source::Retrieve => SourceOrder::Retrieve,
                Source::Generate => SourceOrder::Generate,
                Source::Spell => SourceOrder::Spell,
            },
            generator: named(self.generator)?.map(|generator| match generator {
                Generator::T2mGpt => GeneratorKind::T2mGpt,
                Generator::MotionClip => GeneratorKind::MotionClip,
            }),
            unit: match unit.unwrap_or(Unit::Sign) {
                Unit::Sign => GenerationUnit::Sign,
                Unit::Clause => GenerationUnit::Clause,
            },
            blend: self.blend.or(file.blend).unwrap_or(0.0),
            seed,
            on_air,
        })
    }

    /// The sources, and a planner that plans for them.
    pub(super) fn sources(
        &self,
        file: &Config,
        seed: u64,
        on_air: bool,
        lexicon: &Lexicon,
    ) -> anyhow::Result<(Sources, Planner)> {
        let config = self.resolve(file, seed, on_air)?;
        // Other places are searched too, so a folder that was misspelt would go unnoticed.
        if let Some(folder) = self.models.as_deref().filter(|folder| !folder.is_dir()) {
            anyhow::bail!("--models {}: expected a folder, found none", folder.display());
        }
        let places = Places::new(self.models.clone(), file.models.clone());
        let indices = LexiconConfig::from_environment().data_dir.map(|data| data.join("indices"));
        let loader = Loader::new(places, Device::Cpu);
        let models = networks::load(&config, &loader, lexicon, indices.as_deref())?;
        let planner = config.order.planner(PlannerConfig { on_air, ..PlannerConfig::default() });
        Ok((Sources::of(&config, &models)?, Planner::new(planner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = Config::parse("source = \"retrieve\"\nblend = 0.25\ngenerate = \"clause\"\n").unwrap();
        let none = SourceFlags::default().resolve(&file, 7, true).unwrap();
        assert_eq!(
            (none.order, none.blend, none.unit),
            (SourceOrder::Retrieve, 0.25, GenerationUnit::Clause)
        );
        assert_eq!((none.seed, none.on_air, none.generator), (7, true, None));
        let flags = SourceFlags { source: Some(Source::Spell), blend: Some(0.5), ..SourceFlags::default() };
        let flags = flags.resolve(&file, 0, false).unwrap();
        assert_eq!((flags.order, flags.blend), (SourceOrder::Spell, 0.5));
        let bare = SourceFlags::default().resolve(&Config::default(), 0, false).unwrap();
        assert_eq!(bare, SourceConfig::default());
    }

    #[test]
    fn a_name_in_the_file_that_is_none_is_an_error_with_those_that_are() {
        let file = Config { source: Some("best".into()), ..Config::default() };
        let message = SourceFlags::default().resolve(&file, 0, false).unwrap_err().to_string();
        assert!(message.contains("\"best\"") && message.contains("retrieve, generate"), "{message}");
        let file = Config { generator: Some("gan".into()), ..Config::default() };
        let message = SourceFlags::default().resolve(&file, 0, false).unwrap_err().to_string();
        assert!(message.contains("t2m-gpt, motion-clip"), "{message}");
    }

    #[test]
    fn a_folder_of_models_that_is_not_there_is_named() {
        let flags = SourceFlags {
            source: Some(Source::Retrieve),
            models: Some("/nowhere/models".into()),
            ..SourceFlags::default()
        };
        let lexicon = Lexicon::builtin().unwrap();
        let message = flags.sources(&Config::default(), 0, false, &lexicon).err().unwrap().to_string();
        assert!(message.contains("--models /nowhere/models"), "{message}");
        assert!(share("1.5").is_err() && share("0.5") == Ok(0.5));
    }
}
