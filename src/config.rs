//! Settings: flag over environment over file over default, each key in one place.
//!
//! The file is TOML, by default `nashra/config.toml` in the user's configuration folder
//! (`XDG_CONFIG_HOME`, else `~/.config`), or what `--config` or `NASHRA_CONFIG` names. Flags and
//! environment variables are clap's business; a flag that was not given asks [`Config`].

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What the file says. Every key may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Signing speed, 0.25 to 2.
    pub speed: Option<f32>,
    /// Seed of everything that is varied at random.
    pub seed: Option<u64>,
    /// Refuse practice signs: spell or caption instead.
    pub on_air: Option<bool>,
    /// Folders of recorded signs, besides the imported ones.
    pub lexicon: Option<Vec<PathBuf>>,
    /// Where motion comes from first: `auto`, `recorded`, `retrieve`, `generate`, `spell`.
    pub source: Option<String>,
    /// The model that generates: `t2m-gpt`, `motion-clip`.
    pub generator: Option<String>,
    /// What is generated at once: `sign`, `clause`.
    pub generate: Option<String>,
    /// The share of a model's own way in transitions, 0 to 1.
    pub blend: Option<f32>,
    /// The folder of models.
    pub models: Option<PathBuf>,
    /// The avatar file.
    pub avatar: Option<PathBuf>,
    /// Picture size, `1280x720`.
    pub size: Option<String>,
    /// Frames a second of rendered files.
    pub fps: Option<u32>,
    /// How finely the avatar is drawn: `auto`, `low`, `medium`, `high`.
    pub quality: Option<String>,
    /// Backdrop: `default`, `green`, `alpha` or `#RRGGBB`.
    pub background: Option<String>,
    /// Show captions.
    pub captions: Option<bool>,
    /// Mouth the words that are signed.
    pub mouthing: Option<bool>,
    /// What happens to headlines that come faster than they are signed: `hold`, `drop-oldest`, `catch-up`.
    pub queue: Option<String>,
    /// How many headlines may wait.
    pub queue_size: Option<usize>,
}

/// Why the configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("configuration {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("configuration {path}: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, key and what was expected.
        message: String,
    },
}

impl Config {
    /// Reads the named file, else the one that `NASHRA_CONFIG` names, else the user's, else nothing.
    ///
    /// # Errors
    /// A named file that is missing, and any file that cannot be read or has an unknown key or a
    /// value of the wrong kind.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let from_environment = std::env::var_os("NASHRA_CONFIG").map(PathBuf::from);
        if let Some(path) = named.map(Path::to_owned).or(from_environment) {
            return Self::read(&path);
        }
        match Self::user_path() {
            Some(path) if path.exists() => Self::read(&path),
            _ => Ok(Self::default()),
        }
    }

    /// Where the user's own file is looked for.
    pub fn user_path() -> Option<PathBuf> {
        let base = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
        Some(base.join("nashra").join("config.toml"))
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|message| ConfigError::Parse { path: path.to_owned(), message })
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// A message with the line, and the nearest known key where a key is unknown.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| explain(&error))?;
        if let Some(speed) = config.speed.filter(|s| !(0.25..=2.0).contains(s)) {
            return Err(format!("speed is {speed}: expected 0.25 to 2"));
        }
        if let Some(blend) = config.blend.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(format!("blend is {blend}: expected 0 to 1"));
        }
        Ok(config)
    }
}

/// The error's own text (it shows the line), with a guess at what an unknown key was meant to be.
fn explain(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let Some(unknown) =
        error.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
    else {
        return text;
    };
    let keys = error.message().split('`').skip(3).step_by(2);
    let near = keys
        .map(|key| (strsim::jaro_winkler(key, unknown), key))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, key)) => format!("{}\ndid you mean `{key}`?", text.trim_end()),
        None => text,
    }
}

/// A commented file in which every key stands with its default.
pub const EXAMPLE: &str = r##"# Nashra's settings. A flag wins over the environment, the environment over this file.

# Signing speed, 0.25 to 2.
#speed = 1.0
# Seed of everything that is varied at random: the same seed gives the same motion.
#seed = 0
# Refuse practice signs (they are not Syrian Arabic Sign Language): spell or caption instead.
#on-air = false
# Folders of recorded signs (.pose files with an index.csv), besides the imported ones.
#lexicon = []
# Whom to ask first for each sign: "auto" (recordings, letters, the nearest recording, a model of
# recordings, practice signs), "recorded" (recordings and letters only), "retrieve" (the sign nearest by
# meaning), "generate" (a model), "spell" (the manual alphabet for every word).
#source = "auto"
# The model that generates: "t2m-gpt" or "motion-clip".
#generator = "t2m-gpt"
# What is generated at once where models are asked first: "sign" or "clause".
#generate = "sign"
# How much of a model's own way there is in transitions between recorded or retrieved signs, 0 to 1.
#blend = 0.0
# The folder of models.
#models = "models"
# The avatar: woman, man, or a .glb or .vrm file.
#avatar = "man"
# Picture size in pixels.
#size = "1280x720"
# Frames a second of rendered files.
#fps = 25
# How finely the avatar is drawn: "low" (thin meshes, hard edges), "medium" (smooth edges), "high" (every
# triangle), or "auto": what the graphics driver can afford.
#quality = "auto"
# Backdrop: "default", "green", "alpha" or "#RRGGBB".
#background = "default"
# Arabic captions under the avatar.
#captions = true
# Mouth the Arabic word with each sign.
#mouthing = true
# Headlines that come faster than they are signed: "hold", "drop-oldest" or "catch-up".
#queue = "hold"
# How many headlines may wait.
#queue-size = 64
"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_its_line_and_the_nearest_key() {
        let message = Config::parse("seed = 1\nsped = 2.0\n").unwrap_err();
        assert!(message.contains("line 2"), "{message}");
        assert!(message.contains("did you mean `speed`?"), "{message}");
    }

    #[test]
    fn a_speed_outside_its_range_is_refused() {
        assert!(Config::parse("speed = 9.0").unwrap_err().contains("0.25 to 2"));
    }

    #[test]
    fn a_blend_outside_its_range_is_refused() {
        assert!(Config::parse("blend = -0.1").unwrap_err().contains("0 to 1"));
        assert!(Config::parse("blend = nan").unwrap_err().contains("0 to 1"));
    }

    #[test]
    fn the_example_uncommented_is_a_valid_file_with_every_key() {
        let text: String = EXAMPLE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
            .map(|line| format!("{line}\n"))
            .collect();
        let config = Config::parse(&text).unwrap();
        let full = serde_json::to_value(&config).unwrap();
        for (key, value) in full.as_object().unwrap() {
            assert!(!value.is_null(), "{key} is missing from the example");
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error_that_names_it() {
        let error = Config::load(Some(Path::new("no-such-file.toml"))).unwrap_err();
        assert!(error.to_string().contains("no-such-file.toml"));
    }
}
