//! Which parameters are trained how.

use super::super::TrainError;
use super::super::config::{GroupConfig, OptimiserConfig};
use crate::models::checkpoint::matches;

/// How a parameter is trained.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::train) struct Group {
    /// Its name in reports.
    pub(in crate::train) name: String,
    /// Times the learning rate.
    pub(in crate::train) lr_scale: f64,
    /// Times the learning rate and the weight.
    pub(in crate::train) weight_decay: f64,
    /// Not at all.
    pub(in crate::train) frozen: bool,
}

/// The rules that sort parameters.
pub(in crate::train) struct Grouping<'a> {
    config: &'a OptimiserConfig,
    groups: &'a [GroupConfig],
}

impl<'a> Grouping<'a> {
    /// Checks that every pattern fits something: one that does not is a slip of the pen that would train
    /// what was to stay.
    pub(in crate::train) fn new<'n>(
        config: &'a OptimiserConfig,
        groups: &'a [GroupConfig],
        names: impl Iterator<Item = &'n String> + Clone,
    ) -> Result<Self, TrainError> {
        for group in groups {
            for pattern in &group.matches {
                if !names.clone().any(|name| matches(pattern, name)) {
                    let wrong = format!(
                        "group `{}`: expected a parameter that fits `{pattern}`, found none",
                        group.name
                    );
                    return Err(TrainError::Settings(wrong));
                }
            }
        }
        Ok(Self { config, groups })
    }

    /// The group of a parameter of so many dimensions.
    pub(in crate::train) fn of(&self, name: &str, rank: usize) -> Group {
        let fits = |group: &&GroupConfig| group.matches.iter().any(|pattern| matches(pattern, name));
        let found = self.groups.iter().find(fits);
        let lower = name.to_lowercase();
        let means_something = rank < 2 || lower.contains("embed") || lower.contains("position");
        let plain = match means_something && !self.config.decay_all {
            true => 0.0,
            false => self.config.weight_decay,
        };
        Group {
            name: found.map_or("rest", |group| &group.name).to_owned(),
            lr_scale: found.and_then(|group| group.lr_scale).unwrap_or(1.0),
            weight_decay: found.and_then(|group| group.weight_decay).unwrap_or(plain),
            frozen: found.is_some_and(|group| group.frozen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OptimiserConfig {
        OptimiserConfig { weight_decay: 0.1, ..OptimiserConfig::default() }
    }

    fn group(name: &str, pattern: &str) -> GroupConfig {
        GroupConfig { name: name.into(), matches: vec![pattern.into()], ..GroupConfig::default() }
    }

    fn names() -> Vec<String> {
        ["text.0.weight", "text.0.bias", "text.embeddings.weight", "head.weight"].map(str::to_owned).to_vec()
    }

    #[test]
    fn vectors_and_embeddings_do_not_decay_unless_all_does() {
        let decays = |config: &OptimiserConfig| {
            let names = names();
            let grouping = Grouping::new(config, &[], names.iter()).unwrap();
            let rank = |name: &str| if name.ends_with("bias") { 1 } else { 2 };
            let decays: Vec<bool> =
                names.iter().map(|name| grouping.of(name, rank(name)).weight_decay > 0.0).collect();
            decays
        };
        assert_eq!(decays(&config()), [true, false, false, true]);
        assert_eq!(decays(&OptimiserConfig { decay_all: true, ..config() }), [true; 4]);
    }

    #[test]
    fn the_first_group_that_fits_has_the_parameter() {
        let first = GroupConfig { weight_decay: Some(0.5), lr_scale: Some(0.2), ..group("biases", "*.bias") };
        let groups = [first, GroupConfig { frozen: true, ..group("text", "text.*") }];
        let (config, names) = (config(), names());
        let grouping = Grouping::new(&config, &groups, names.iter()).unwrap();
        let bias = grouping.of("text.0.bias", 1);
        assert_eq!(
            (bias.name.as_str(), bias.weight_decay, bias.lr_scale, bias.frozen),
            ("biases", 0.5, 0.2, false)
        );
        assert!(grouping.of("text.0.weight", 2).frozen);
        assert_eq!(grouping.of("head.weight", 2).name, "rest");
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_an_error() {
        let (config, names) = (config(), names());
        let error = Grouping::new(&config, &[group("a", "txt.*")], names.iter()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("txt.*"));
    }
}
